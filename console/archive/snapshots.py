"""Asking for pictures of accounts, and taking what somebody hands in (4.4-a).

What asks is the rules' days, and what the timeline says of large changes: a plan in force, a new
name or address, an event closed in which the account was used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from console import live
from console.accounts import custody
from console.accounts import queries as accounts
from console.accounts.models import Account
from console.archive import deliveries, rules, snapshot_pdf
from console.archive.models import ArchiveDelivery, ArchiveReading, Snapshot, SnapshotTask
from console.archive.rules import Reason
from console.archive.snapshot_pdf import Taken
from console.errors import BadInput, NotAllowed, WrongState
from console.incidents.models import Incident, IncidentAccount
from console.monitoring.check_rules import starts
from console.people.models import Person
from console.people.queries import with_role
from console.people.rules import Permission, Role, may
from console.policy.queries import current
from console.timeline.models import Body, Entry
from console.timeline.operations import record
from console.timeline.queries import head
from console.upkeep.rules import IN_USE, WITHOUT_PROFILE

CHANGES = {
    "account:plan:replaced": Reason.PLAN,
    "account:described": Reason.DESCRIBED,
    "incident:closed": Reason.EVENT,
}
"""Tag → why what it says is a large change."""
SEEN_FROM_OUTSIDE = {"name", "address"}
"""What of an account's description the public sees change."""


def ask(session: Session, now: datetime) -> int:
    """Ask for the pictures that are due. Returns how many were asked for.

    The first time, it only puts down where the timeline stands: nobody is asked about the past.
    """
    return _ask_for_day(session, now) + _ask_for_changes(session, now)


def _ask_for_day(session: Session, now: datetime) -> int:
    day = rules.day_to_ask(current(session).snapshot_days, rules.today(now))
    if day is None:
        return 0
    about = f"day {day.isoformat()}"
    asked = select(SnapshotTask.account_id).where(SnapshotTask.about == about)
    ids = accounts.ids_where(
        session,
        *_pictured(),
        Account.created_at < starts(day + timedelta(days=1)),
        Account.id.not_in(asked),
    )
    return _ask(session, ids, Reason.DAY, about, now)


def _ask_for_changes(session: Session, now: datetime) -> int:
    end = head(session).n
    session.execute(insert(ArchiveReading).values(id=1, n=end).on_conflict_do_nothing())
    reading = session.scalar(
        select(ArchiveReading).where(ArchiveReading.n < end).with_for_update(skip_locked=True)
    )
    if reading is None:
        return 0
    since, reading.n = reading.n, end
    if not current(session).snapshot_at_change:
        return 0
    found = session.execute(
        select(Entry.n, Entry.tag, Entry.incident_id, Body.canonical)
        .join(Body, Body.n == Entry.n)
        .where(Entry.n > since, Entry.n <= end, Entry.tag.in_(CHANGES))
        .order_by(Entry.n)
    )
    count = 0
    for n, tag, incident_id, canonical in found:
        facts = {} if canonical is None else json.loads(canonical)["facts"]
        ids = _changed(session, tag, incident_id, facts)
        count += _ask(session, ids, CHANGES[tag], f"entry {n}", now)
    return count


def _changed(
    session: Session, tag: str, incident_id: int | None, facts: dict[str, object]
) -> list[int]:
    """The accounts in use that an entry says have changed."""
    if tag == "incident:closed":
        used = (
            select(IncidentAccount.account_id)
            .join(Incident, Incident.id == IncidentAccount.incident_id)
            .where(Incident.id == incident_id, ~Incident.exercise, IncidentAccount.use == "publish")
        )
        return accounts.ids_where(session, *_pictured(), Account.id.in_(used))
    if tag == "account:described" and not SEEN_FROM_OUTSIDE & facts.keys():
        return []
    return accounts.ids_where(session, *_pictured(), Account.id == facts.get("account"))


def _pictured() -> tuple[ColumnElement[bool], ...]:
    """Accounts that have something to picture."""
    return (
        Account.state.in_(IN_USE),
        Account.platform.not_in(WITHOUT_PROFILE),
    )


def _ask(session: Session, ids: Collection[int], reason: Reason, about: str, now: datetime) -> int:
    if not ids:
        return 0
    rows = [
        {
            "account_id": number,
            "reason": reason.value,
            "about": about,
            "asked_at": now,
            "due_at": now + rules.TAKE_WITHIN,
        }
        for number in ids
    ]
    new = insert(SnapshotTask).values(rows).on_conflict_do_nothing()
    asked = list(session.scalars(new.returning(SnapshotTask.account_id)))
    if asked:
        body = {"accounts": asked, "reason": reason.value, "about": about}
        record(session, "snapshot:asked", body=body, now=now)
        live.announce(session, live.CALM)
    return len(asked)


def need_taker(session: Session, actor: Person, account: Account) -> None:
    """
    Raises:
        NotAllowed: neither the account's administrator nor the strategy department.
    """
    roles = set(actor.roles)
    if not custody.administers(session, actor, account.id):
        roles -= {Role.ACCOUNT_ADMINISTRATOR}
    if not may(roles, Permission.TAKE_SNAPSHOT):
        raise NotAllowed(_("Bara kontots administratörer och strategiavdelningen gör det här."))


def take(
    session: Session,
    actor: Person,
    account_id: int,
    taken: Taken,
    taken_at: datetime | None,
    now: datetime,
    *,
    mail: bool,
) -> ArchiveDelivery:
    """Keep a picture of an account, which settles all that is asked of it, and send it to the
    archivist.

    Args:
        taken_at: when the account looked like this (aware); None: now.
        mail: mail can be sent.

    Raises:
        NotFound, NotAllowed; WrongState: the account isn't in use.
        BadInput: `taken_at` lies ahead.
    """
    account = accounts.account(session, account_id)
    need_taker(session, actor, account)
    if account.state not in IN_USE:
        raise WrongState(_("%(name)s är inte i bruk.", name=account.short_name))
    at = taken_at or now
    if at > now:
        raise BadInput(_("Tiden har inte varit än."), field="taken_at")
    made = snapshot_pdf.pdf(account, taken, at, now, current(session).municipality)
    snapshot = Snapshot(
        account_id=account.id,
        taken_at=at,
        added_at=now,
        by_id=actor.id,
        name=account.name,
        address=account.address,
        media_type=taken.media_type,
        digest=taken.digest,
        pdf_digest=hashlib.sha256(made).hexdigest(),
        size=len(made),
        pdf=made,
    )
    session.add(snapshot)
    session.flush()
    session.execute(
        update(SnapshotTask)
        .where(SnapshotTask.account_id == account.id, SnapshotTask.snapshot_id.is_(None))
        .values(snapshot_id=snapshot.id)
    )
    record(
        session,
        "snapshot:taken",
        body={
            "account": account.id, "snapshot": snapshot.id, "taken_at": at,
            "sha256": taken.digest, "pdf_sha256": snapshot.pdf_digest,
        },
        now=now,
        person_id=actor.id,
    )  # fmt: skip
    live.announce(session, live.CALM)
    archivists: Sequence[Person] = with_role(session, Role.ARCHIVIST)
    to = archivists[0] if archivists else None
    return deliveries.of_snapshot(session, actor, snapshot, to, now, mail=mail)
