"""One event as its page shows it, from what has gone out. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console import phrases
from console.messages.envelope import Envelope
from console.messages.rendering import Standing
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

    @property
    def over(self) -> bool:
        return any(one.type == "all_clear" for one in self.told)

    def corrections_of(self, message_id: int) -> list[Told]:
        return [one for one in self.told if one.envelope.corrects == message_id]


def page(event: Event, lang: Lang, sender: Sender, now: datetime) -> EventPage:
    """The event's page in one language."""
    newest = event.told[0]
    news = next((one for one in event.told if one.type != "rumour"), newest)
    promises = (one.promise_at for one in event.told if one.promise_at is not None)
    promise = None if event.over else next(promises, None)
    area = newest.envelope.texts.get("area", event.area)
    plate = tuple(_instruction(event, one, lang) for one in event.standing)
    return EventPage(
        lang=lang,
        slug=event.slug,
        title=Text(_title(event.name, area)),
        area=area,
        exercise=event.exercise,
        over=event.over,
        updated_at=max(one.last_at for one in event.told),
        promise_at=promise,
        late=event.open and promise is not None and promise <= now,
        fault_line=_fault_line(event, lang),
        keep_doing=_keep_doing(plate, lang),
        plate=plate,
        latest=_words(event, news, lang),
        know=_newest(event, "known"),
        dont_know=_newest(event, "unknown"),
        doing=_newest(event, "doing"),
        help=_help(event, sender.phone, lang),
        rumours=tuple(_rumour(event, one, lang) for one in event.told if one.type == "rumour"),
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
    words = [phrases.sentence(headline)] if headline else []
    text = _words(event, one, "sv")
    if text and text.text not in words:
        words.append(text.text)
    corrections = [other.first_at for other in event.corrections_of(one.id)]
    words += [f"Rättat kl {clock(at)}." for at in corrections[-1:]]
    return Item(
        key=f"message-{one.id}",
        title=("ÖVNING: " if event.exercise else "") + one.envelope.title,
        text=" ".join(words),
        link=f"{base}/h/{event.slug}/",
        published=one.first_at,
        updated=max([one.last_at, *corrections]),
        record=one.record,
    )


def _instruction(event: Event, row: Standing, lang: Lang) -> Instruction:
    english = next(one.english for one in event.told if one.id == row.id)
    if lang == "en" and english.get("headline"):
        detail = english.get("detail")
        return Instruction(Text(english["headline"], "en"), Text(detail, "en") if detail else None)
    place = row.area if row.area.casefold() not in row.headline.casefold() else ""
    parts = [phrases.sentence(part) for part in (place, row.detail) if part]
    return Instruction(Text(row.headline), Text(" ".join(parts)) if parts else None)


def _words(event: Event, one: Told, lang: Lang) -> Text | None:
    """The message's own words, without what was wrong in them: that stands struck in the
    correction's row."""
    if lang == "en" and one.english.get("body"):
        return Text(one.english["body"], "en")
    texts = one.envelope.texts
    if one.type == "correction":
        right = [phrases.sentence(texts[name]) for name in ("right", "thanks") if texts.get(name)]
        return Text(" ".join(["Rättelse.", *right]))
    body = texts.get("text") or " ".join(
        texts[name] for name in ("instruction", "instruction_detail") if texts.get(name)
    )
    body = _mended(event, one, body)
    return Text(body) if body else None


def _mended(event: Event, one: Told, text: str) -> str:
    for correction in event.corrections_of(one.id):
        text = text.replace(correction.envelope.texts["wrong"], "")
    return " ".join(text.split())


def _newest(event: Event, name: str) -> Text | None:
    """A field of the newest message that has it; once the event is over it is only history."""
    texts = (_mended(event, one, one.envelope.texts.get(name, "")) for one in event.told)
    found = next((text for text in texts if text), None)
    return Text(found) if found and not event.over else None


def _earlier(event: Event, one: Told, lang: Lang) -> Earlier:
    texts = one.envelope.texts
    kind = KINDS.get(one.type)
    text = _words(event, one, lang)
    struck = None
    if one.type == "correction" and text and text.lang == "sv":
        struck = Text(texts["wrong"])
        text = Text(text.text.removeprefix("Rättelse. "))
    elif texts.get("instruction") and text and text.lang == "sv":
        headline = phrases.sentence(texts["instruction"])
        text = Text(f"{headline} {text.text}" if texts.get("text") else headline)
    corrections = event.corrections_of(one.id)
    return Earlier(
        at=one.first_at,
        text=text or Text(one.envelope.title),
        kind=Text(kind[lang], lang) if kind else None,
        struck=struck,
        corrected_at=corrections[-1].first_at if corrections else None,
        record=one.record,
    )


def _rumour(event: Event, one: Told, lang: Lang) -> Rumour:
    english = one.english.get("body") if lang == "en" else None
    text = english or _mended(event, one, one.envelope.texts["text"])
    language: Lang = "en" if english else "sv"
    truth, stop, rest = text.partition(". ")
    return Rumour(
        Text(truth + stop.strip(), language), Text(rest, language) if rest else None, one.first_at
    )


def _fault_line(event: Event, lang: Lang) -> Text | None:
    """What was approved beforehand to be said at once, while the correction is being written."""
    lines = (one.envelope.fault_line for one in event.told if one.id in event.doubted)
    line = next(lines, None) if event.open else None
    return Text(line[lang], lang) if line and line.get(lang) else None


def _keep_doing(plate: tuple[Instruction, ...], lang: Lang) -> Text | None:
    if not plate:
        return None
    headlines = " ".join(phrases.sentence(one.headline.text) for one in plate)
    if lang == "en" and all(one.headline.lang == "en" for one in plate):
        return Text(f"Until then: {headlines}", "en")
    return Text(f"Det här gäller tills vidare: {headlines}")


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


def _title(name: str, area: str) -> str:
    return f"{name}, {area}" if area and area.casefold() not in name.casefold() else name
