"""One event as its page shows it, from what has gone out. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from console import phrases
from console.messages import rules, still, wording
from console.messages.envelope import Envelope
from console.messages.rendering import Standing
from console.messages.wording import bare, sentences
from console.phrases import clock
from console.site.feeds import Item
from console.site.view_model import (
    Earlier,
    EventPage,
    Help,
    Instruction,
    Lang,
    Rumour,
    Sender,
    Text,
)

KINDS: dict[str, dict[Lang, str]] = {
    "rumour": {"sv": "Rykte", "en": "Rumour"},
    "correction": {"sv": "Rättelse", "en": "Correction"},
    "all_clear": {"sv": "Läget över", "en": "All clear"},
}


@dataclass(frozen=True)
class Told:
    """A message that has reached the website, in the words that were approved."""

    id: int
    type: str
    record: str
    envelope: Envelope
    english: dict[str, str]
    """headline, detail, body; empty: there is no approved English, or no round has had it yet."""
    first_at: datetime
    """When its first round there was due; `last_at`: its newest."""
    last_at: datetime
    promise_at: datetime | None
    anchor: datetime
    """When its first round was due, wherever it went."""
    active: bool
    """It is still being repeated."""
    still_at: datetime | None
    """When *Gäller fortfarande* was last said of it."""
    english_at: datetime | None = None
    """When the first round with its English was due."""
    removed: Removed | None = None
    """Its text is gone from the page, and from here."""
    number: int = 0
    """Of its newest round there: "uppdatering 4"."""

    @property
    def newest_at(self) -> datetime:
        return max(self.last_at, self.still_at or self.last_at)


@dataclass(frozen=True)
class Removed:
    """A message was deleted (4-i): when, and on which ground."""

    at: datetime
    ground: str
    """personal_data | secrecy | crime"""


@dataclass(frozen=True)
class Mark:
    """*Fel ute*: sentences of a message that are wrong."""

    message_id: int
    wrong: str
    at: datetime


@dataclass(frozen=True)
class Fault:
    """A mark with what became of it."""

    id: int
    message_id: int
    wrong: str
    at: datetime
    withdrawn_at: datetime | None
    """When it turned out that nothing was wrong."""
    closed_at: datetime | None
    """When the correction was out."""

    def open(self, at: datetime) -> bool:
        """Whether the public was to see it at that moment."""
        ends = [end for end in (self.withdrawn_at, self.closed_at) if end is not None]
        return self.at <= at and all(at < end for end in ends)


@dataclass(frozen=True)
class Event:
    """What has been told of an event."""

    slug: str
    name: str
    area: str
    exercise: bool
    open: bool
    told: tuple[Told, ...]
    """Newest first, at least one."""
    standing: tuple[Standing, ...]
    """Instructions in force, as far as the website has been told, oldest first."""
    doubted: frozenset[int]
    """Ids of messages that are being corrected right now."""
    marks: tuple[Mark, ...] = ()
    """What somebody has said is wrong, and isn't mended yet."""
    faults: tuple[Fault, ...] = ()
    """Everything that anybody has said is wrong."""

    @property
    def over(self) -> bool:
        return any(one.type == "all_clear" for one in self.told)

    @property
    def promise_at(self) -> datetime | None:
        """The promise to keep next."""
        words = (
            rules.Word(one.id, one.type, one.still_at or one.anchor, one.promise_at, one.active)
            for one in self.told
        )
        owed = rules.owing(words)
        return owed[0].promise_at if owed else None

    def corrections_of(self, message_id: int) -> list[Told]:
        """The corrections of a message, newest first."""
        return [one for one in self.told if one.envelope.corrects == message_id]


def page(event: Event, lang: Lang, sender: Sender, now: datetime) -> EventPage:
    """The event's page in one language."""
    newest = event.told[0]
    news = next((one for one in event.told if one.type != "rumour"), newest)
    promise = event.promise_at if event.open else None
    area = newest.envelope.texts.get("area", event.area)
    plate = tuple(instruction(event, one, lang) for one in event.standing)
    return EventPage(
        lang=lang,
        slug=event.slug,
        title=Text(titled(event.name, area)),
        area=area,
        exercise=event.exercise,
        over=event.over,
        updated_at=max([one.newest_at for one in event.told] + _changes(event)),
        promise_at=promise,
        late=promise is not None and promise <= now,
        fault_line=_fault_line(event, lang),
        keep_doing=tuple(
            Text(phrases.sentence(one.headline.text), one.headline.lang)
            for one in plate
            if not one.headline.struck
        ),
        plate=plate,
        latest=words(event, news, lang),
        still=_still(news, lang),
        number=max(one.number for one in event.told),
        know=_newest(event, "known"),
        dont_know=_newest(event, "unknown"),
        doing=_newest(event, "doing"),
        help=_help(event, sender.phone, lang),
        rumours=tuple(
            _rumour(event, one, lang)
            for one in event.told
            if one.type == "rumour" and one.removed is None
        ),
        earlier=tuple(_earlier(event, one, lang) for one in event.told if one is not news),
        record=news.record,
        languages=("sv", "en") if any(one.english for one in event.told) else ("sv",),
    )


def items(event: Event, base: str) -> list[Item]:
    """The event's messages for the feeds, in Swedish.

    Args:
        base: the site's whole address without a slash at the end.
    """
    return [_item(event, one, base) for one in event.told]


def _item(event: Event, one: Told, base: str) -> Item:
    headline = one.envelope.texts.get("instruction", "")
    said = [unstruck(_shown(event, one, phrases.sentence(headline)))] if headline else []
    text = words(event, one, "sv")
    if text and unstruck(text) not in said:
        said.append(unstruck(text))
    corrections = [other.first_at for other in event.corrections_of(one.id)]
    changes = [*corrections, *_changes(event, one.id)]
    if not any("Rättat kl" in part for part in said):
        said += [f"Rättat kl\N{NO-BREAK SPACE}{clock(at)}." for at in corrections[:1]]
    said += [text.text for text in _still(one, "sv")]
    return Item(
        key=f"message-{one.id}",
        title=("ÖVNING: " if event.exercise else "") + one.envelope.title,
        text=" ".join(said),
        link=f"{base}/h/{event.slug}/",
        published=one.first_at,
        updated=max([one.newest_at, *changes]),
        record=one.record,
    )


def _changes(event: Event, message_id: int | None = None) -> list[datetime]:
    """When what stood there was changed with no round going out: something was said to be wrong, or
    not to be wrong after all, or was removed. Never fewer than before, so that no reader of a feed
    takes the newer text for the older.

    Args:
        message_id: of this message only.
    """
    faults = [one for one in event.faults if message_id in (None, one.message_id)]
    removed = [one.removed for one in event.told if message_id in (None, one.id)]
    return [
        *(one.at for one in faults),
        *(one.withdrawn_at for one in faults if one.withdrawn_at is not None),
        *(one.at for one in removed if one is not None),
    ]


def instruction(event: Event, row: Standing, lang: Lang) -> Instruction:
    one = next(told for told in event.told if told.id == row.id)
    english = one.english
    if lang == "en" and english.get("headline"):
        detail = english.get("detail")
        return Instruction(
            _shown(event, one, english["headline"], "en"),
            _shown(event, one, detail, "en") if detail else None,
        )
    place = row.area if row.area.casefold() not in row.headline.casefold() else ""
    parts = [phrases.sentence(part) for part in (place, row.detail) if part]
    return Instruction(
        _shown(event, one, row.headline), _shown(event, one, " ".join(parts)) if parts else None
    )


def words(event: Event, one: Told, lang: Lang) -> Text | None:
    """The message's own words; what is wrong in them stands struck."""
    if one.removed is not None:
        line, grounds = _REMOVED[lang]
        at, ground = clock(one.removed.at), grounds[one.removed.ground]
        return Text(line.format(at=at, ground=ground), lang)
    if lang == "en" and one.english.get("body"):
        return _shown(event, one, one.english["body"], "en")
    texts = one.envelope.texts
    if one.type == "correction":
        right = [phrases.sentence(texts[name]) for name in ("right", "thanks") if texts.get(name)]
        return Text(" ".join(["Rättelse.", *right]))
    body = texts.get("text") or " ".join(
        texts[name] for name in ("instruction", "instruction_detail") if texts.get(name)
    )
    return _shown(event, one, body) if body else None


_REMOVED: dict[Lang, tuple[str, dict[str, str]]] = {
    "sv": (
        "Ett meddelande togs bort kl\N{NO-BREAK SPACE}{at}. Det innehöll {ground}.",
        {
            "personal_data": "personuppgifter som inte ska spridas",
            "secrecy": "uppgifter som omfattas av sekretess",
            "crime": "något som kan vara brottsligt att sprida",
        },
    ),
    "en": (
        "A message was removed at {at}. It held {ground}.",
        {
            "personal_data": "personal data that must not be spread",
            "secrecy": "information under secrecy",
            "crime": "something that may be a crime to spread",
        },
    ),
}
_NOTES: dict[Lang, tuple[str, str, str]] = {
    "sv": (
        "(Fel, rättas nu.)",
        "(Rättat kl\N{NO-BREAK SPACE}{at}: {right})",
        "(Rättat kl\N{NO-BREAK SPACE}{at}.)",
    ),
    "en": ("(Wrong, being corrected.)", "(Corrected at {at}: {right})", "(Corrected at {at}.)"),
}
"""Said in words beside what is struck, for whoever hears the page."""


def _shown(event: Event, one: Told, text: str, lang: Lang = "sv") -> Text:
    """A text of a message with every fault in it struck: those corrected, and those only found."""
    doubt, mended, bare_note = _NOTES[lang]
    notes = []
    if lang == "sv":
        notes = [(mark.wrong, doubt) for mark in event.marks if mark.message_id == one.id]
    for correction in event.corrections_of(one.id):
        texts = correction.envelope.texts if lang == "sv" else correction.english
        wrong, right = texts.get("wrong", ""), texts.get("right" if lang == "sv" else "body", "")
        at = clock(correction.first_at)
        if wrong and right:
            notes.append((wrong, mended.format(at=at, right=phrases.sentence(right))))
        elif wrong and correction.removed is not None:
            # The correction is gone, and what it said was right; what was wrong still is.
            notes.append((wrong, bare_note.format(at=at)))
    struck: list[str] = []
    text = " ".join(text.split())
    for wrong, note in notes:
        found = [wrong] if wrong in text else [s for s in sentences(wrong) if s in text]
        found += [bare(s) for s in sentences(wrong) if not found and bare(s) in text]
        found = [s for s in found if s and s not in struck]
        if found:
            text = text.replace(found[-1], f"{found[-1]} {note}", 1)
            struck += found
    return Text(text, lang, tuple(struck))


def _still(one: Told, lang: Lang) -> tuple[Text, ...]:
    """What was approved to be said when nothing is new, once it has been."""
    allowed = one.envelope.still_valid
    if one.still_at is None or allowed is None:
        return ()
    stands = bool(one.envelope.texts.get("instruction") or one.envelope.standing)
    since = wording.since_line(one.anchor, one.still_at, lang)
    said = Text(f"{since} {still.sentences(lang, stands=stands)}", lang)
    return (said, Text(phrases.sentence(allowed.line))) if allowed.line else (said,)


def _mended(event: Event, one: Told, text: str) -> str:
    for correction in event.corrections_of(one.id):
        wrong = correction.envelope.texts.get("wrong", "")
        if wrong and correction.removed is None:
            text = text.replace(wrong, "")
    return " ".join(text.split())


def unstruck(text: Text) -> str:
    """For feeds, whose readers can't be counted on to strike: without what was wrong."""
    return " ".join("".join(part for part, wrong in text.pieces if not wrong).split())


def _newest(event: Event, name: str) -> Text | None:
    """A field of the newest message that has it; once the event is over it is only history."""
    found = next((one for one in event.told if one.envelope.texts.get(name)), None)
    if found is None or event.over:
        return None
    return _shown(event, found, found.envelope.texts[name])


def _earlier(event: Event, one: Told, lang: Lang) -> Earlier:
    texts = one.envelope.texts
    kind = KINDS.get(one.type)
    text = words(event, one, lang)
    struck = None
    if one.removed is not None:
        return Earlier(one.first_at, text or Text(one.envelope.title), record=one.record)
    if one.type == "correction" and text and text.lang == "sv" and texts["wrong"]:
        struck = Text(texts["wrong"])
        text = replace(text, text=text.text.removeprefix("Rättelse. "))
    elif one.type == "correction" and one.english.get("wrong"):
        struck = Text(one.english["wrong"], "en")
    elif texts.get("instruction") and text and text.lang == "sv":
        headline = phrases.sentence(texts["instruction"])
        whole = f"{headline} {texts['text']}" if texts.get("text") else headline
        text = _shown(event, one, whole)
    corrections = [] if text and text.struck else event.corrections_of(one.id)
    return Earlier(
        at=one.first_at,
        text=text or Text(one.envelope.title),
        kind=Text(kind[lang], lang) if kind else None,
        struck=struck,
        corrected_at=corrections[0].first_at if corrections else None,
        record=one.record,
    )


def _rumour(event: Event, one: Told, lang: Lang) -> Rumour:
    """The answer to a rumour: its own words, mended by what has corrected them since. What was said
    stands nowhere; what is only found to be wrong is struck until it is mended."""
    texts, corrections = one.envelope.texts, event.corrections_of(one.id)
    english = one.english.get("body") if lang == "en" and not corrections else None
    # Newest first: what was said last about it ends the answer.
    said = (c.envelope.texts.get("right", "") for c in reversed(corrections))
    right = " ".join(phrases.sentence(one) for one in said if one)
    language: Lang = "en" if english else "sv"
    text = _shown(
        event, one, english or f"{_mended(event, one, texts['text'])} {right}".strip(), language
    )
    truth, stop, rest = text.text.partition(". ")
    source = texts.get("source")
    return Rumour(
        replace(text, text=truth + stop.strip()),
        replace(text, text=rest) if rest else None,
        one.first_at,
        Text(phrases.sentence(source)) if source else None,
        corrections[0].first_at if corrections else None,
    )


def _fault_line(event: Event, lang: Lang) -> Text | None:
    """What was approved beforehand to be said at once, while the correction is being written."""
    lines = (one.envelope.fault_line for one in event.told if one.id in event.doubted)
    line = next(lines, None) if event.open else None
    return Text(line[lang], lang) if line and line.get(lang) else None


def _help(event: Event, phone: str, lang: Lang) -> tuple[Help, ...]:
    lines = {
        "sv": ("Ring", "om det är fara för liv.", "om du blir sjuk.", "Ring växeln,",
               "om du behöver hjälp."),
        "en": ("Call", "if life is in danger.", "if you fall ill.", "Call the switchboard,",
               "if you need help."),
    }[lang]  # fmt: skip
    found = [Help(Text(lines[0], lang), "112", Text(lines[1], lang))]
    if any(one.envelope.texts.get("if_ill") for one in event.told):
        found.insert(0, Help(Text(lines[0], lang), "1177", Text(lines[2], lang)))
    found.append(Help(Text(lines[3], lang), phone, Text(lines[4], lang)))
    return tuple(found)


def titled(name: str, area: str) -> str:
    return f"{name}, {area}" if area and area.casefold() not in name.casefold() else name
