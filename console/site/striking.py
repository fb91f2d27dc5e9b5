"""What was said to be wrong, struck wherever the site says it. Pure.

A sentence is struck in the message that it was found in, and in every other that says the same, as
the posts of those are corrected too (`console.messages.carried`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from console import phrases
from console.messages import wording
from console.phrases import clock
from console.site.told import Event, Told
from console.site.view_model import Lang, Text

_NOTES: dict[Lang, tuple[str, str, str]] = {
    "sv": (
        "(Fel, rättas nu.)",
        "(Rättat kl\N{NO-BREAK SPACE}{at}: {right})",
        "(Rättat kl\N{NO-BREAK SPACE}{at}.)",
    ),
    "en": ("(Wrong, being corrected.)", "(Corrected at {at}: {right})", "(Corrected at {at}.)"),
}
"""Said in words beside what is struck, for whoever hears the page."""
_ONLY_SWEDISH = ("(Wrong. The correction is in Swedish.)",
                 "(Something here is wrong. The correction is in Swedish.)")  # fmt: skip
"""Of English that nobody has corrected, struck or not."""


def shown(event: Event, one: Told, text: str, lang: Lang = "sv") -> Text:
    """A text of a message with every fault in it struck: those corrected, and those only found."""
    struck: list[str] = []
    text = " ".join(text.split())
    for wrong, note, telling in _notes(event, one, lang):
        found = [s for s in _found(wrong, text, telling) if s not in struck]
        if found:
            text = text.replace(found[-1], f"{found[-1]} {note}", 1)
            struck += found
    return Text(text, lang, tuple(struck))


def translated(event: Event, one: Told, english: str, swedish: Text | None, *, whole: bool) -> Text:
    """The same of an English text. If only its Swedish can be struck, it says so itself.

    Args:
        swedish: what it is a translation of, as it is shown.
        whole: it is one sentence, and so wrong if anything in it is.
    """
    text = shown(event, one, english, "en")
    if text.struck or swedish is None or not swedish.struck:
        return text
    if whole:
        return Text(f"{text.text} {_ONLY_SWEDISH[0]}", "en", (text.text,))
    return Text(f"{text.text} {_ONLY_SWEDISH[1]}", "en")


def right(event: Event, correction: Told, lang: Lang = "sv") -> str:
    """What a correction said was right, mended by those that have corrected it since."""
    texts = correction.envelope.texts if lang == "sv" else correction.english
    text = phrases.sentence(texts.get("right" if lang == "sv" else "body", ""))
    for mark in event.marks:
        if mark.message_id == correction.id and lang == "sv":
            for sentence in _found(mark.wrong, text):
                text = text.replace(sentence, _NOTES[lang][0])
    for later in reversed(event.corrections_of(correction.id)):
        for sentence in _found(_wrong(later, lang), text):
            text = text.replace(sentence, "")
        text = f"{text} {right(event, later, lang)}"
    return " ".join(text.split())


def mended(event: Event, one: Told, text: str) -> str:
    """Without what corrections of the message said was wrong."""
    for correction in event.corrections_of(one.id):
        wrong = _wrong(correction, "sv")
        if wrong and correction.removed is None:
            text = text.replace(wrong, "")
    return " ".join(text.split())


def changes(event: Event, one: Told | None = None) -> list[datetime]:
    """When what stood there was changed with no round of its own: something was said to be wrong,
    or not to be wrong after all, or was corrected or removed. Never fewer than before, so that no
    reader of a feed takes the newer text for the older.

    Args:
        one: of this message only.
    """
    removed = [told.removed.at for told in event.told
               if told.removed is not None and one in (None, told)]  # fmt: skip
    faults = [
        fault
        for fault in event.faults
        if one is None or one.id == fault.message_id or _says(one, fault.wrong)
    ]
    return [
        *removed,
        *(fault.at for fault in faults),
        *(fault.withdrawn_at for fault in faults if fault.withdrawn_at is not None),
        *(at for told in _corrections(event, one) for at in (told.first_at, *changes(event, told))),
    ]


def _corrections(event: Event, one: Told | None) -> list[Told]:
    """Those that strike something in the message."""
    return [
        told
        for told in event.told
        if one is not None
        and told.envelope.corrects is not None
        and (
            told.envelope.corrects == one.id
            or (_reaches(told, one) and _says(one, _wrong(told, "sv")))
        )
    ]


def _notes(event: Event, one: Told, lang: Lang) -> Iterator[tuple[str, str, bool]]:
    """(what is wrong, what is said beside it, whether it was found in another message)."""
    doubt, corrected, gone = _NOTES[lang]
    for mark in event.marks if lang == "sv" else ():
        if mark.message_id == one.id or one.type != "correction":
            yield mark.wrong, doubt, mark.message_id != one.id
    for told in event.told:
        if told.envelope.corrects is None:
            continue
        other = told.envelope.corrects != one.id
        if other and not _reaches(told, one):
            continue
        at, wrong, text = clock(told.first_at), _wrong(told, lang), right(event, told, lang)
        if wrong and text:
            yield wrong, corrected.format(at=at, right=text), other
        elif wrong and told.removed is not None:
            # The correction is gone, and what it said was right; what was wrong still is.
            yield wrong, gone.format(at=at), other


def _reaches(correction: Told, other: Told) -> bool:
    """Whether it may strike in a message that it isn't for: what is said again later is true by
    then, and a correction quotes what was wrong."""
    return other.type != "correction" and other.first_at <= correction.first_at


def _wrong(correction: Told, lang: Lang) -> str:
    texts = correction.envelope.texts if lang == "sv" else correction.english
    return texts.get("wrong", "")


def _says(one: Told, wrong: str) -> bool:
    """Whether a message that the fault wasn't found in says the same."""
    said = " ".join(" ".join(one.envelope.texts.values()).split())
    return one.type != "correction" and bool(_found(wrong, said, telling=True))


def _found(wrong: str, text: str, telling: bool = False) -> list[str]:
    """The sentences of `wrong` as they stand in `text`.

    Args:
        telling: only those long enough to say which message they came from.
    """
    parts = wording.sentences(wrong)
    found = [wrong] if wrong and wrong in text else [one for one in parts if one in text]
    if telling:
        found = [one for one in parts if one in text]
    found += [bare for one in parts if not found and (bare := wording.bare(one)) in text]
    return [one for one in found if one and (not telling or wording.tells(one))]
