"""A returned text keeps its thread: who sent it back, when, why, and what has changed since."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import phrases
from console.messages import envelope, labels, rules, schedule
from console.messages.models import Message, Version
from console.messages.rules import MessageType
from console.messages.view_model import Change, Turn
from console.people.models import Person


class Timed(Protocol):
    """A frozen envelope, or the times of a draft."""

    @property
    def first_at(self) -> datetime | None: ...
    @property
    def interval(self) -> int | None: ...
    @property
    def rounds(self) -> int | None: ...
    @property
    def ends_at(self) -> datetime | None: ...
    @property
    def promise_at(self) -> datetime | None: ...


def texts_of(message: Message) -> dict[str, str]:
    """A draft's texts by field, as an envelope would hold them."""
    found = {n: str(message.fields.get(n) or "").strip() for n in rules.fields_of(_kind(message))}
    return {name: text for name, text in found.items() if text}


def turns(
    session: Session,
    message: Message,
    texts: Mapping[str, str],
    times: Timed,
    now: datetime,
    before: int | None = None,
) -> tuple[Turn, ...]:
    """The returned versions of a message, oldest first.

    Args:
        texts, times: of what the reader has before them: the newest turn is compared with it, an
            earlier one with the version that was returned next.
        before: only versions with a lower number; None: all.
    """
    query = select(Version).where(Version.message_id == message.id, Version.state == "returned")
    if before is not None:
        query = query.where(Version.number < before)
    versions = session.scalars(query.order_by(Version.number)).all()
    if not versions:
        return ()
    frozen = [envelope.read(one.canonical, one.content_hash) for one in versions]
    after: list[tuple[Mapping[str, str], Timed]] = [(one.texts, one) for one in frozen[1:]]
    after.append((texts, times))
    people = {one.submitted_by_id for one in versions} | {one.settled_by_id for one in versions}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(people)))
    names = {row.id: row.name for row in rows}
    return tuple(
        Turn(
            number=version.number,
            sent_by=names[version.submitted_by_id],
            sent_at=version.submitted_at,
            returned_by=names.get(version.settled_by_id, ""),
            returned_at=version.settled_at or version.submitted_at,
            reason=version.reason or "",
            changes=_changes(_kind(message), was, later, now),
        )
        for version, was, later in zip(versions, frozen, after, strict=True)
    )


def _kind(message: Message) -> MessageType:
    return MessageType(message.type)


def _changes(
    kind: MessageType,
    was: envelope.Envelope,
    later: tuple[Mapping[str, str], Timed],
    now: datetime,
) -> tuple[Change, ...]:
    texts, times = later
    found = [
        Change(str(labels.label(name, kind)), was.texts.get(name, ""), texts.get(name, ""))
        for name in rules.fields_of(kind)
        if was.texts.get(name, "") != texts.get(name, "")
    ]
    for label, say in ((_("Tider"), times_in_words), (_("Lovar"), _promise)):
        if (old := say(was, now)) != (new := say(times, now)):
            found.append(Change(label, old, new))
    return tuple(found)


def _promise(times: Timed, now: datetime) -> str:
    if times.promise_at is None:
        return ""
    when = phrases.when(times.promise_at, now, str(get_locale()))
    return str(_("Nytt besked %(when)s", when=when))


def times_in_words(frozen: Timed, now: datetime) -> str:
    """ "13.10, sedan var 30:e minut till kl 22.00, 18 omgångar" """
    lang = str(get_locale())
    anchor = frozen.first_at if frozen.first_at is not None and frozen.first_at > now else None
    text: str = phrases.when(anchor, now, lang) if anchor else _("Vid godkännande")
    if not frozen.interval:
        return str(_("%(first)s, en gång", first=text))
    text += ", " + _(
        "sedan %(every)s", every=phrases.every(timedelta(seconds=frozen.interval), lang)
    )
    limits = (anchor or now, frozen.interval, frozen.rounds, frozen.ends_at)
    last = schedule.last_n(*limits)
    if last != schedule.last_before_word(*limits, frozen.promise_at) and frozen.promise_at:
        word = phrases.when(frozen.promise_at, now, lang)
        return text + _(" tills nästa besked %(when)s", when=word)
    if frozen.ends_at is not None:
        text += " " + _("till %(when)s", when=phrases.when(frozen.ends_at, now, lang))
    if last is not None:
        text += ", " + ngettext("%(num)s omgång", "%(num)s omgångar", last)
    return str(text)
