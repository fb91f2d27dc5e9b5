"""One event as its page shows it, from what has gone out. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from console import phrases
from console.messages import still, wording
from console.messages.rendering import Standing
from console.phrases import clock
from console.site import striking
from console.site.feeds import Item
from console.site.told import Event, Told
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


def page(event: Event, lang: Lang, sender: Sender, now: datetime) -> EventPage:
    """The event's page in one language."""
    newest = event.told[0]
    news = event.news
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
        updated_at=max([one.newest_at for one in event.told] + striking.changes(event)),
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
        still=_still(event, news, lang),
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
    said = [unstruck(striking.shown(event, one, phrases.sentence(headline)))] if headline else []
    text = words(event, one, "sv")
    if text and unstruck(text) not in said:
        said.append(unstruck(text))
    corrections = [other.first_at for other in event.corrections_of(one.id)]
    if not any("Rättat kl" in part for part in said):
        said += [f"Rättat kl\N{NO-BREAK SPACE}{clock(at)}." for at in corrections[:1]]
    said += [text.text for text in _still(event, one, "sv")]
    newer = [told.first_at for told in event.told
             if told.type != "rumour" and told.first_at > one.first_at]  # fmt: skip
    # It no longer says that it still applies: see `_still`.
    ended = [min(newer)] if newer and one.still_at is not None else []
    return Item(
        key=f"message-{one.id}",
        event=event.slug,
        title=("ÖVNING: " if event.exercise else "") + one.envelope.title,
        text=" ".join(said),
        link=f"{base}/h/{event.slug}/",
        published=one.first_at,
        updated=max([one.newest_at, *striking.changes(event, one), *ended]),
    )


def instruction(event: Event, row: Standing, lang: Lang) -> Instruction:
    one = next(told for told in event.told if told.id == row.id)
    english = one.english
    place = row.area if row.area.casefold() not in row.headline.casefold() else ""
    parts = [phrases.sentence(part) for part in (place, row.detail) if part]
    headline = striking.shown(event, one, row.headline)
    more = striking.shown(event, one, " ".join(parts)) if parts else None
    if lang == "en" and english.get("headline"):
        detail = english.get("detail")
        headline = striking.translated(event, one, english["headline"], headline, whole=True)
        more = striking.translated(event, one, detail, more, whole=False) if detail else None
    return Instruction(headline, more)


def words(event: Event, one: Told, lang: Lang) -> Text | None:
    """The message's own words; what is wrong in them stands struck."""
    if one.removed is not None:
        line, grounds = _REMOVED[lang]
        at, ground = clock(one.removed.at), grounds[one.removed.ground]
        return Text(line.format(at=at, ground=ground), lang)
    texts = one.envelope.texts
    if one.type == "correction":
        right = [phrases.sentence(texts[name]) for name in ("right", "thanks") if texts.get(name)]
        body = " ".join(["Rättelse.", *right])
    else:
        body = texts.get("text") or " ".join(
            texts[name] for name in ("instruction", "instruction_detail") if texts.get(name)
        )
    swedish = striking.shown(event, one, body) if body else None
    if lang == "en" and one.english.get("body"):
        return striking.translated(event, one, one.english["body"], swedish, whole=False)
    return swedish


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


def _still(event: Event, one: Told, lang: Lang) -> tuple[Text, ...]:
    """What was approved to be said when nothing is new, once it has been: of the newest message
    only, and not while anything in it is wrong or gone."""
    allowed = one.envelope.still_valid
    if one.still_at is None or allowed is None or one is not event.news:
        return ()
    wrong = any(mark.message_id == one.id for mark in event.marks) or event.corrections_of(one.id)
    text = words(event, one, "sv")
    if one.removed is not None or wrong or (text is not None and text.struck):
        return ()
    stands = bool(one.envelope.texts.get("instruction") or one.envelope.standing)
    since = wording.since_line(one.anchor, one.still_at, lang)
    said = Text(f"{since} {still.sentences(lang, stands=stands)}", lang)
    return (said, Text(phrases.sentence(allowed.line))) if allowed.line else (said,)


def unstruck(text: Text) -> str:
    """For feeds, whose readers can't be counted on to strike: without what was wrong."""
    return " ".join("".join(part for part, wrong in text.pieces if not wrong).split())


def _newest(event: Event, name: str) -> Text | None:
    """A field of the newest message that has it; once the event is over it is only history."""
    found = next((one for one in event.told if one.envelope.texts.get(name)), None)
    if found is None or event.over:
        return None
    return striking.shown(event, found, found.envelope.texts[name])


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
        text = striking.shown(event, one, whole)
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
    right = " ".join(filter(None, (striking.right(event, c) for c in reversed(corrections))))
    text = striking.shown(event, one, f"{striking.mended(event, one, texts['text'])} {right}")
    if english:
        text = striking.translated(event, one, english, text, whole=False)
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
