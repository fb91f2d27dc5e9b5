"""What the start page says of events: locks to read, texts to approve or to write on, posts.

So many queries, however many notices, tasks and texts there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from console.accounts.models import Account
from console.accounts.rules import platform_name
from console.board import rows_returned, rows_rumours
from console.board.start_model import Running, Waiting
from console.incidents import queries as incidents
from console.incidents.models import Incident, Notice
from console.incidents.rules import TOLD, NoticeKind, State
from console.messages import queries as messages
from console.messages.models import Delivery, Message, Version
from console.messages.operations import by_hand
from console.messages.rules import EDITABLE, owing
from console.people.models import Person
from console.people.rules import Permission, may


def waiting(session: Session, person: Person, now: datetime) -> list[Waiting]:
    shifts = _shifts(session, person)
    found = [*_notices(session, person, shifts), *shifts.values()]
    if may(person.roles, Permission.CONFIRM_BY_HAND):
        found += _tasks(session, person, now)
    if may(person.roles, Permission.APPROVE_MESSAGE):
        found += _to_approve(session, person)
    if may(person.roles, Permission.WRITE_MESSAGE):
        found += _returned(session)
    if may(person.roles, Permission.RELEASE_LOCK):
        found += _to_remind(session, now)
    return found


def _called(event: Incident) -> str:
    return _("övningen %(name)s", name=event.name) if event.exercise else event.name


def _in(
    event: Incident, verb: str, rest: str, url: str, since: datetime | None = None, lang: str = ""
) -> Waiting:
    running = Running(event.exercise, event.opened_at) if event.state == State.OPEN else None
    return Waiting(verb, rest, url, since, running=running, lang=lang)


def _shifts(session: Session, person: Person) -> dict[str, Waiting]:
    """Address → the shift that is handed to the person there."""
    rows = incidents.handovers_to_sign(session, person.id)
    events = {event.id: event for event in incidents.open_now(session)} if rows else {}
    found = {}
    for row in rows:
        event = events[row.incident_id]
        url = url_for("handovers.show", slug=event.slug, handover_id=row.id)
        rest = _("från %(name)s i %(event)s", name=row.giver.name, event=_called(event))
        found[url] = _in(event, _("Ta emot passet"), rest, url, row.made_at)
    return found


def _notices(session: Session, person: Person, shifts: dict[str, Waiting]) -> list[Waiting]:
    """What the person hasn't read; what it is about stands by itself for as long as it waits.
    Events that are over share one row: nothing is to be done in them, only known."""
    unread = [
        notice
        for notice in incidents.notices_for(session, person.id)
        if notice.read_at is None
        and notice.kind != NoticeKind.APPROVE
        and not (notice.kind == NoticeKind.BY_HAND and notice.about.startswith(by_hand.ROUND))
        and notice.path not in shifts
    ]
    if not unread:
        return []
    events = incidents.incidents_of(session, unread)
    over = [one for one in unread if events[one.incident_id].state != State.OPEN]
    kept = _kept_promises(session, [notice for notice in unread if notice not in over])
    unread = [notice for notice in unread if notice.id not in kept]
    found = []
    if len(over) > 1:
        unread = [notice for notice in unread if notice not in over]
        rest = _("om händelser som är över, %(n)s stycken", n=len(over))
        since = min(notice.made_at for notice in over)
        url = url_for("incidents.my_notices")
        found.append(Waiting(_("Läs meddelanden"), rest, url, since=since))
    accounts = incidents.accounts_of_all(session, unread)
    for notice in unread:
        event = events[notice.incident_id]
        url = url_for("incidents.notice", notice_id=notice.id)
        if notice.kind in TOLD:
            verb, rest = notice.subject, _("i %(event)s", event=_called(event))
        else:
            names = dict.fromkeys(account.short_name for account in accounts[notice.id])
            verb = _("Läs om låset")
            rest = _("på %(names)s i %(event)s", names=", ".join(names), event=_called(event))
        lang = "sv" if notice.kind in TOLD else ""
        found.append(_in(event, verb, rest, url, notice.made_at, lang))
    return found


def _kept_promises(session: Session, notices: Sequence[Notice]) -> set[int]:
    """Ids of those that ask about a promise that has been kept or moved since."""
    asking = [notice for notice in notices if notice.kind == NoticeKind.PROMISE]
    owed = {
        (word.broadcast_id, word.promise_at)
        for number in {notice.incident_id for notice in asking}
        for word in owing(messages.words(session, number))
    }
    kept = set()
    for notice in asking:
        _broadcast, number, _what, promise = notice.about.split()
        if (int(number), datetime.fromisoformat(promise)) not in owed:
            kept.add(notice.id)
    return kept


def _tasks(session: Session, person: Person, now: datetime) -> list[Waiting]:
    """Posts that wait to be made on accounts that the person looks after today."""
    found = []
    for task in _by_hand(session, person, now):
        url = url_for("messages.task", slug=task.Incident.slug, delivery_id=task.id)
        name = f"{task.short_name} {platform_name(task.platform)}"
        rest = _("på %(name)s i %(event)s", name=name, event=_called(task.Incident))
        found.append(_in(task.Incident, _("Publicera för hand"), rest, url))
    return found


def _by_hand(session: Session, person: Person, now: datetime) -> Sequence[Row[Any]]:
    who = by_hand.in_charge(now)
    query = (
        select(Delivery.id, Account.short_name, Account.platform, Incident)
        .join(Account, Account.id == Delivery.account_id)
        .join(who, who.c.account_id == Delivery.account_id)
        .join(Incident, Incident.id == Delivery.incident_id)
        .where(who.c.person_id == person.id, Delivery.state == "by_hand")
        .order_by(Delivery.id)
    )
    return session.execute(query).all()


def _to_approve(session: Session, person: Person) -> list[Waiting]:
    found = []
    query = select(Version).where(Version.state == "waiting")
    versions = session.scalars(query.order_by(Version.id)).all()
    undecided = _undecided(session, {version.message.prepared_with_id for version in versions})
    for version in versions:
        if person.id in messages.had_a_hand(version):
            continue
        if version.message.prepared_with_id in undecided:
            continue  # it is read and approved on its correction's page
        event = version.message.incident
        url = url_for("messages.approve_page", slug=event.slug, version_id=version.id)
        rest = _("i %(event)s", event=_called(event))
        found.append(_in(event, _("Godkänn texten"), rest, url, version.submitted_at))
    for answer, url in rows_rumours.to_approve(session, person):
        event = answer.answer.incident
        rest = _("i %(event)s", event=_called(event))
        found.append(_in(event, _("Godkänn svaret"), rest, url, answer.submitted_at))
    return found


def _undecided(session: Session, corrections: set[int | None]) -> set[int]:
    """Those of these corrections that nobody has approved yet."""
    numbers = corrections - {None}
    if not numbers:
        return set()
    query = select(Message.id).where(Message.id.in_(numbers), Message.state.in_(EDITABLE))
    return set(session.scalars(query))


def _returned(session: Session) -> list[Waiting]:
    found = []
    for row in rows_returned.read(session):
        event = row.Incident
        url = url_for("messages.write", slug=event.slug, message_id=row.message_id)
        rest = _("som %(who)s returnerade i %(event)s", who=row.name, event=_called(event))
        found.append(_in(event, _("Ändra texten"), rest, url, row.settled_at))
    return found


def _to_remind(session: Session, now: datetime) -> list[Waiting]:
    found = []
    for event in incidents.open_now(session):
        if unread := len(incidents.unread_notices(session, event.id, now)):
            url = url_for("incidents.notices", slug=event.slug)
            rest = _("%(n)s som inte har läst låset i %(event)s", n=unread, event=_called(event))
            found.append(_in(event, _("Påminn"), rest, url))
    return found
