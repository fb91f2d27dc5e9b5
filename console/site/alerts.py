"""An event as CAP alerts: one for each time that the public was told something new. Pure.

Each alert holds all that applied at its moment, because an update takes the place of what it refers
to: the instructions in force first, then the news. Rumours answered aren't alerts.

What an alert is known by never changes: the sender is the host in the address that was approved
with the message, the identifier is made of rows that stay as they are, and it was sent when its
first round was due. So whatever is told later can refer to it.

No field of a message says how grave it is; what CAP asks for comes from what the message is, by the
rule in `_weight`, which is our own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from console import phrases
from console.messages.rendering import Standing
from console.site.pages import instruction, unstruck, words
from console.site.told import Event, Mark, Told
from console.site.view_model import Lang, Sender

LANGUAGES: tuple[Lang, ...] = ("sv", "en")
_MARKS: dict[Lang, str] = {"sv": "ÖVNING: ", "en": "EXERCISE: "}
_REMOVED = "-borttaget"


@dataclass(frozen=True)
class Weight:
    """What CAP asks of every alert, in its own words."""

    urgency: str
    severity: str
    certainty: str
    response: str


@dataclass(frozen=True)
class Info:
    """What an alert says in one language."""

    lang: Lang
    event: str
    headline: str
    description: str
    instruction: str
    weight: Weight
    web: str


@dataclass(frozen=True)
class Alert:
    identifier: str
    sender: str
    sent: datetime
    kind: str
    """Alert | Update | Cancel"""
    exercise: bool
    slug: str
    key: str
    """Within the event; its file's name is made of it."""
    references: tuple[str, ...]
    """Every earlier alert of the event, as CAP writes them."""
    infos: tuple[Info, ...]
    """Swedish first. Empty: its message has been removed, and only its name is left."""
    sender_name: str
    contact: str
    area: str
    promise_at: datetime | None
    """The latest time for the next word, as it was approved."""

    @property
    def reference(self) -> str:
        return f"{self.sender},{self.identifier},{moment(self.sent)}"

    @property
    def file(self) -> str:
        """Within the site."""
        return f"cap/{self.slug}.{self.key}.xml"


@dataclass(frozen=True, order=True)
class _Act:
    """Something new: a message, its translation, that it is wrong or isn't, that it is gone."""

    at: datetime
    message: int
    key: str


def moment(at: datetime) -> str:
    """As CAP writes it: Swedish time with its offset, never Z."""
    return at.astimezone(phrases.STOCKHOLM).isoformat(timespec="seconds")


def alerts(event: Event, sender: Sender) -> tuple[Alert, ...]:
    """Oldest first."""
    of = {one.id: one for one in event.told if one.type != "rumour"}
    made: list[Alert] = []
    known: set[int] = set()
    for act in sorted(_acts(event, of)):
        known.add(act.message)
        told, then = of[act.message], _as_it_stood(event, known, act.at)
        host = urlsplit(told.envelope.link).hostname or ""
        base = act.key == str(told.id)
        newest = then.told[0]
        gone = told.removed is not None and not act.key.endswith(_REMOVED)
        made.append(
            Alert(
                identifier=f"{host}-{event.slug}-{act.key}-{int(act.at.timestamp())}",
                sender=host,
                sent=act.at,
                kind=_kind(made, told if base else None),
                exercise=event.exercise,
                slug=event.slug,
                key=act.key,
                references=tuple(one.reference for one in made),
                infos=() if gone else tuple(_infos(then, newest)),
                sender_name=sender.name,
                contact=sender.phone,
                area=newest.envelope.texts.get("area") or event.area or sender.name,
                promise_at=told.envelope.promise_at if base else None,
            )
        )
    return tuple(made)


def _acts(event: Event, of: dict[int, Told]) -> Iterator[_Act]:
    for one in of.values():
        yield _Act(one.first_at, one.id, str(one.id))
        if one.english_at is not None and one.english_at > one.first_at:
            yield _Act(one.english_at, one.id, f"{one.id}-en")
        if one.removed is not None:
            yield _Act(max(one.removed.at, one.first_at), one.id, f"{one.id}{_REMOVED}")
    for fault in event.faults:
        if fault.message_id not in of:
            continue
        yield _Act(fault.at, fault.message_id, f"{fault.message_id}-fel-{fault.id}")
        if fault.withdrawn_at is not None:
            yield _Act(
                fault.withdrawn_at, fault.message_id, f"{fault.message_id}-inte-fel-{fault.id}"
            )


def _as_it_stood(event: Event, known: set[int], at: datetime) -> Event:
    """The event with what had been told of it by then."""
    told = tuple(
        one if one.english_at is not None and one.english_at <= at else replace(one, english={})
        for one in event.told
        if one.id in known
    )
    marks = tuple(
        Mark(one.message_id, one.wrong, one.at)
        for one in event.faults
        if one.open(at)
        # Its round was due a moment before it was written, and the fault was closed.
        and not any(it.envelope.corrects == one.message_id and it.first_at >= one.at for it in told)
    )
    then = replace(
        event, told=told, marks=marks, doubted=frozenset(mark.message_id for mark in marks)
    )
    newest = told[0]
    if newest.type == "all_clear" and not then.over:
        # What it ended stands again until a correction has decided.
        newest = next((one for one in told if one.type != "all_clear"), newest)
    texts = newest.envelope.texts
    own = texts.get("instruction", "")
    standing = [*newest.envelope.standing]
    if own:
        detail = texts.get("instruction_detail", "")
        standing.append(Standing(newest.id, own, texts.get("area", ""), detail))
    there = {one.id for one in told if one.removed is None}
    return replace(then, standing=tuple(one for one in standing if one.id in there))


def _kind(made: list[Alert], first_told: Told | None) -> str:
    if not made:
        return "Alert"
    return "Cancel" if first_told is not None and first_told.type == "all_clear" else "Update"


def _infos(event: Event, newest: Told) -> Iterator[Info]:
    weight = _weight(event)
    for lang in LANGUAGES:
        if lang == "en" and not newest.english.get("body"):
            continue
        rows = [instruction(event, row, lang) for row in event.standing]
        todo = [unstruck(part) for row in rows for part in (row.headline, row.detail) if part]
        news = words(event, newest, lang)
        faults = [
            one.envelope.fault_line.get(lang, "") for one in event.told if one.id in event.doubted
        ]
        said = [*faults, unstruck(news) if news else ""]
        headline = newest.english.get("headline") if lang == "en" else ""
        mark = _MARKS[lang] if event.exercise else ""
        yield Info(
            lang=lang,
            event=newest.envelope.title,
            headline=mark + (headline or newest.envelope.title),
            description=" ".join(part for part in said if part),
            instruction=" ".join(phrases.sentence(part) for part in todo if part),
            weight=weight,
            web=_web(newest, lang),
        )


def _weight(event: Event) -> Weight:
    """An instruction in force means that people are to act now because something threatens them;
    without one nobody has said how grave it is, and neither do we."""
    if event.over:
        return Weight("Past", "Minor", "Observed", "AllClear")
    if event.standing:
        return Weight("Immediate", "Moderate", "Observed", "Execute")
    return Weight("Unknown", "Unknown", "Observed", "Monitor")


def _web(newest: Told, lang: Lang) -> str:
    """The address that was approved; the English page lies beside the Swedish, in live events."""
    link = newest.envelope.link
    parts = urlsplit(link)
    if lang == "sv" or newest.envelope.exercise:
        return link
    return parts._replace(path=f"/en{parts.path}").geturl()
