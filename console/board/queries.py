"""What the board shows, read in a fixed number of queries however many accounts there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, case, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from console import clock
from console.accounts.models import Account
from console.board import (
    queries_duty,
    queries_fault,
    queries_reach,
    rows_left,
    rows_returned,
    rows_site,
    rows_start_page,
)
from console.board.queries_fault import Faults
from console.board.queries_rumours import Talk, talk
from console.board.queries_staff import StaffFacts, staff
from console.incidents import queries as incidents
from console.incidents.models import Incident, IncidentAccount, Notice
from console.messages import queries as messages
from console.messages.models import Broadcast, Delivery, Message, Round, Version
from console.messages.rendering import Standing
from console.messages.rules import DeliveryState
from console.monitoring import lock_queries
from console.people.models import Person
from console.posts import queries as posts
from console.timeline.queries import LoggedEntry, entries_of

LOG_ROWS = 30
ROUNDS = 40
BROADCASTS = 30
NOISE = frozenset(
    {
        "delivery:started",
        "delivery:sent",
        "delivery:retry",
        "delivery:expired",
        "broadcast:released",
        "broadcast:running",
        "broadcast:halted",
        "round:released",
        "message:begun",
        "message:opening:used",
        "message:type:changed",
        "notice:mail:sent",
        "notice:mail:started",
        "notice:address:sent",
        "notice:told",
        "site:pages:served",
    }
)
"""Tags that the whole log shows and the board's doesn't: the matrix says it better."""

ASKS = (DeliveryState.UNKNOWN, DeliveryState.REFUSED, DeliveryState.BY_HAND)
"""States of a post that ask something of a person."""
NAMING = {
    "notice:reminded": "notices",
    "notice:told": "notices",
    "notice:task:reminded": "notices",
    "notice:passed_on": "notices",
    "approver:called": "people",
    "approver:unanswered": "people",
}
"""Tags whose sentences name people, and the fact that lists them (each has `person`)."""


@dataclass(frozen=True)
class Steady:
    """What no receipt changes: most queries, which needn't be made while a thousand come in.

    A receipt says of a post that it is sent, refused, unknown or to be tried again. Rounds, duties,
    by-hand tasks and all else are others' to change.
    """

    standing: Sequence[Standing]
    """Oldest first."""
    broadcasts: Sequence[Row[Any]]
    """id, state, state_at, state_reason, repeating, interval_seconds, anchor, max_rounds, ends_at,
    promise_at, ask_at, still_times, still_used, still_at, next_n, next_due, message_id, type,
    fields, record_year, record_number, message_state"""
    rounds: Sequence[Row[Any]]
    """id, broadcast_id, n, number, due_at, state, release_reason, goes_at: when its posts were let
    go, or should have been"""
    newest: Row[Any] | None
    """The newest round that was written."""
    waiting: Sequence[Row[Any]]
    """Versions before an approver, oldest first: id, submitted_at, message_id, type, fields,
    author, prepared_with_id"""
    notices: Sequence[Row[Any]]
    """Of locks: name, read_at, waits (to be read), unsure (whether posts are on their way out)"""
    reach: queries_reach.Reach
    talk: Talk
    staff: StaffFacts
    """Until the first posts are out, receipts tick its points too: see `facts`."""
    staffing: queries_duty.Staffing
    returned: Sequence[Row[Any]]
    """What `rows_returned.read` gives."""
    suggestions: int
    """Texts handed to the unit that nobody has read."""
    start_pages: Sequence[Row[Any]]
    """What `rows_start_page.read` gives."""
    site_is_old: bool
    """What `rows_site.read` gives."""
    left: Sequence[Row[Any]]
    """What `rows_left.read` gives."""
    alarms: Sequence[Row[Any]]
    """What `lock_queries.open_ones` gives."""


@dataclass(frozen=True)
class Facts(Steady):
    """Rows as they came; newest first unless said otherwise."""

    accounts: Sequence[Row[Any]]
    """Board order: id, short_name, platform, committee, use, delivery_id, state, settled_at"""
    attention: Sequence[Row[Any]]
    """Refused, unknown and by-hand posts: id, state, reason, settled_at, language, short_name,
    platform, number, due_at, broadcast_id, leading, type, look_at"""
    entries: Sequence[LoggedEntry]
    faults: Faults
    people: dict[int, str]
    """Names of those who stand in the entries."""


def steady(session: Session, incident: Incident) -> Steady:
    waiting = _waiting(session, incident.id)
    standing = messages.standing(session, incident.id)
    rounds = _rounds(session, incident.id)
    newest = next((row for row in rounds if row.state == "written"), None)
    return Steady(
        standing=standing,
        broadcasts=_broadcasts(session, incident.id),
        rounds=rounds,
        newest=newest,
        waiting=waiting,
        notices=_notices(session, incident.id, clock.now()),
        reach=queries_reach.reach(session, incident.id, clock.now()),
        talk=talk(session, incident, standing),
        staff=staff(session, incident),
        staffing=queries_duty.read(session, incident.id, [row.id for row in waiting]),
        returned=rows_returned.read(session, incident.id),
        suggestions=posts.unread(session, incident.id),
        start_pages=rows_start_page.read(session, incident),
        site_is_old=rows_site.read(session, incident, clock.now()),
        left=rows_left.read(session, incident.id, None if newest is None else newest.id),
        alarms=lock_queries.open_ones(session, incident.id, clock.now()),
    )


def facts(session: Session, incident: Incident, known: Steady | None = None) -> Facts:
    """
    Args:
        known: what is known to hold still; None: it is read too.
    """
    if known is None:
        known = steady(session, incident)
    elif known.staff.waits_for_posts:
        known = replace(known, staff=staff(session, incident))
    newest = known.newest
    entries = entries_of(session, incident.id, limit=LOG_ROWS, without=NOISE)
    return Facts(
        **vars(known),
        accounts=_accounts(session, incident.id, newest.id if newest is not None else None),
        attention=_attention(session, incident.id),
        entries=entries,
        faults=queries_fault.faults(session, incident.id),
        people=_names(session, entries),
    )


def _broadcasts(session: Session, incident_id: int) -> Sequence[Row[Any]]:
    b = Broadcast
    return session.execute(
        select(
            b.id, b.state, b.state_at, b.state_reason, b.repeating, b.interval_seconds, b.anchor,
            b.max_rounds, b.ends_at, b.promise_at, b.ask_at, b.still_times, b.still_used,
            b.still_at, b.next_n, b.next_due, b.message_id,
            Message.type, Message.fields, Message.record_year, Message.record_number,
            Message.state.label("message_state"),
        )
        .join(Message, Message.id == b.message_id)
        .where(b.incident_id == incident_id)
        .order_by(b.id.desc())
        .limit(BROADCASTS)
    ).all()  # fmt: skip


def _rounds(session: Session, incident_id: int) -> Sequence[Row[Any]]:
    r = Round
    return session.execute(
        select(
            r.id, r.broadcast_id, r.n, r.number, r.due_at, r.state, r.release_reason,
            func.coalesce(r.released_at, r.grace_at, r.due_at).label("goes_at"),
        )
        .where(r.incident_id == incident_id)
        .order_by(r.number.desc())
        .limit(ROUNDS)
    ).all()  # fmt: skip


def _accounts(session: Session, incident_id: int, round_id: int | None) -> Sequence[Row[Any]]:
    """Where each account stands with a round. What carries a text's first round only, and isn't
    there yet, stays as it is through the rounds that pass the account by: it has no word out."""
    this = aliased(Delivery)
    passed_by = (
        select(this.id)
        .where(
            this.round_id == round_id,
            this.account_id == Delivery.account_id,
            this.broadcast_id == Delivery.broadcast_id,
            this.state == DeliveryState.NOT_REPEATED,
        )
        .exists()
    )
    still = and_(
        Delivery.incident_id == incident_id,
        Delivery.state.in_(ASKS),
        passed_by,
    )
    # A correction may edit several posts of an account: the one that asks for most is shown.
    asks = case(
        (Delivery.state.in_(ASKS), 0),
        (Delivery.state.in_(("sent", "confirmed")), 2),
        else_=1,
    )
    mine = (
        select(Delivery.id, Delivery.account_id, Delivery.state, Delivery.settled_at)
        .where((Delivery.round_id == round_id) | still, Delivery.language == "sv")
        .ext(distinct_on(Delivery.account_id))
        .order_by(Delivery.account_id, asks, Delivery.id)
        .subquery()
    )
    return session.execute(
        select(
            Account.id, Account.short_name, Account.platform, Account.committee,
            IncidentAccount.use, mine.c.id.label("delivery_id"), mine.c.state,
            mine.c.settled_at,
        )
        .join(IncidentAccount, IncidentAccount.account_id == Account.id)
        .outerjoin(mine, mine.c.account_id == Account.id)
        .where(IncidentAccount.incident_id == incident_id)
        .order_by(Account.position, Account.id)
    ).all()  # fmt: skip


def _attention(session: Session, incident_id: int) -> Sequence[Row[Any]]:
    """Unknown and by-hand posts until somebody has settled them; refused ones as long as no later
    round of the same message has been written for the account. Edits are for *Inte rättade*, but
    for those to be made by hand."""
    later = aliased(Delivery)
    superseded = (
        select(later.id)
        .where(
            later.account_id == Delivery.account_id,
            later.broadcast_id == Delivery.broadcast_id,
            later.language == Delivery.language,
            later.id > Delivery.id,
            later.state != "not_repeated",
        )
        .exists()
    )
    return session.execute(
        select(
            Delivery.id, Delivery.state, Delivery.reason, Delivery.settled_at, Delivery.language,
            Account.short_name, Account.platform, Round.number, Round.due_at,
            Delivery.broadcast_id, Delivery.leading, Message.type, Delivery.look_at,
        )
        .join(Account, Account.id == Delivery.account_id)
        .join(Round, Round.id == Delivery.round_id)
        .join(Message, Message.id == Delivery.message_id)
        .where(
            Delivery.incident_id == incident_id,
            Delivery.state.in_(("unknown", "by_hand"))
            | ((Delivery.state == "refused") & ~superseded),
            (Delivery.act == "post") | (Delivery.state == "by_hand"),
        )
        .order_by(Account.position, Delivery.id)
    ).all()  # fmt: skip


def _waiting(session: Session, incident_id: int) -> Sequence[Row[Any]]:
    return session.execute(
        select(
            Version.id, Version.submitted_at, Version.message_id, Message.type, Message.fields,
            Person.name.label("author"), Message.prepared_with_id,
        )
        .join(Message, Message.id == Version.message_id)
        .join(Person, Person.id == Message.author_id)
        .where(Message.incident_id == incident_id, Version.state == "waiting")
        .order_by(Version.submitted_at, Version.id)
    ).all()  # fmt: skip


def _notices(session: Session, incident_id: int, now: datetime) -> Sequence[Row[Any]]:
    return session.execute(
        select(
            Person.name,
            Notice.read_at,
            incidents.waits_to_be_read(now).label("waits"),
            incidents.leaves_unsure(now).label("unsure"),
        )
        .join(Person, Person.id == Notice.person_id)
        .where(Notice.incident_id == incident_id, Notice.kind == "locked")
        .order_by(Person.name)
    ).all()


def _names(session: Session, entries: Sequence[LoggedEntry]) -> dict[int, str]:
    ids = {entry.person_id for entry in entries if entry.person_id is not None}
    ids |= {
        one["person"]
        for entry in entries
        if entry.tag in NAMING
        for one in entry.facts.get(NAMING[entry.tag], ())
    }
    ids |= {entry.facts["after"] for entry in entries if entry.tag == "rumour:owner:changed"}
    ids |= {e.facts["person"] for e in entries if e.tag == "roster:changed" and e.facts["person"]}
    query = select(Person.id, Person.name).where(Person.id.in_(ids))
    return {row.id: row.name for row in session.execute(query)}
