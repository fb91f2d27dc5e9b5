"""What an event's axis of time is drawn from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Integer, case, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from console.accounts.models import Account
from console.incidents.log_sieve import Told
from console.incidents.models import Handover, Incident
from console.listing import among, fold
from console.monitoring.models import Rumour
from console.people.rules import Role
from console.review.axis_rules import Counted, Span, Window
from console.timeline.models import Body, Entry
from console.timeline.queries import LoggedEntry, Sieve, entries_of, narrowed

AT_A_TIME = 1_000
SEARCHED = 20_000
"""Entries that are looked through for words."""
MOST_SPANS = 30
"""Rumours and shifts that are drawn with their length; the newest."""


def counted(
    session: Session,
    incident_id: int,
    window: Window,
    bins: int,
    sieve: Sieve,
    only: Sequence[int] | None = None,
) -> list[Counted]:
    """How many entries of each tag there are in each bin, counted by the database.

    Args:
        only: numbers of entries; None: all that the sieve lets through.
    """
    seconds = func.extract("epoch", Entry.at - literal(window.start))
    place = func.floor(seconds / (window.length.total_seconds() / bins))
    # A number that the body names; what is masked names none.
    account = cast(Body.canonical, JSONB)[("facts", "account")].astext
    query = select(
        func.least(bins - 1, func.greatest(0, cast(place, Integer))).label("bin"),
        Entry.tag,
        case((Entry.tag.startswith("delivery:"), account), else_=None).label("account"),
        Entry.n,
    ).join(Body, Body.n == Entry.n)
    query = narrowed(query.where(Entry.incident_id == incident_id), sieve).where(
        Entry.at >= window.start, Entry.at < window.end
    )
    if only is not None:
        query = query.where(among(Entry.n, only))
    each = query.subquery()
    grouped = (
        select(each.c.bin, each.c.tag, each.c.account, func.count(), func.min(each.c.n))
        .group_by(each.c.bin, each.c.tag, each.c.account)
        .order_by(each.c.bin, each.c.tag, each.c.account)
    )
    return [
        Counted(bin_, tag, int(of) if of and of.isdigit() else None, count, first)
        for bin_, tag, of, count, first in session.execute(grouped)
    ]


def saying(
    session: Session,
    incident_id: int,
    sieve: Sieve,
    words: str,
    tell: Callable[[Sequence[LoggedEntry]], Sequence[Told]],
) -> list[int]:
    """Numbers of the entries whose sentences hold all the words, among the newest `SEARCHED`."""
    sought, found = fold(words).split(), []
    before: int | None = None
    for _batch in range(SEARCHED // AT_A_TIME):
        some = entries_of(session, incident_id, limit=AT_A_TIME, before=before, sieve=sieve)
        for entry, line in zip(some, tell(some), strict=True):
            whole = fold(f"{line.kind} {line.text} {line.who}")
            if all(word in whole for word in sought):
                found.append(entry.n)
        if len(some) < AT_A_TIME:
            break
        before = some[-1].n
    return found


def platforms(session: Session) -> dict[int, str]:
    """Account → its platform."""
    query = select(Account.id, Account.platform).order_by(Account.id)
    return {row.id: row.platform for row in session.execute(query)}


def spans(session: Session, incident: Incident, window: Window) -> list[Span]:
    """Rumours from when they were logged until they were settled, and who had the unit's shift."""
    rumours = (
        select(Rumour)
        .where(Rumour.incident_id == incident.id, Rumour.logged_at < window.end)
        .order_by(Rumour.id.desc())
        .limit(MOST_SPANS)
    )
    found = [
        Span(
            "rumours",
            one.logged_at,
            one.state_at if one.state in ("answered", "closed") else None,
            "",
        )
        for one in session.scalars(rumours)
    ]
    shifts = (
        select(Handover)
        .where(
            Handover.incident_id == incident.id,
            Handover.role == Role.INFORMATION_UNIT,
            Handover.state == "taken",
            Handover.taken_at.is_not(None),
        )
        .order_by(Handover.taken_at, Handover.id)
    )
    begun, holder = incident.opened_at, incident.opened_by.name
    for one in session.scalars(shifts):
        if one.taken_at is None:
            continue
        found.append(Span("staff", begun, one.taken_at, holder))
        begun, holder = one.taken_at, one.receiver.name
    found.append(Span("staff", begun, incident.closed_at, holder))
    return [
        one
        for one in found
        if one.start < window.end and (one.end is None or one.end > window.start)
    ][-2 * MOST_SPANS :]


def neighbours(session: Session, incident_id: int, n: int) -> tuple[int | None, int | None]:
    """The event's entries before and after one."""
    own = Entry.incident_id == incident_id
    before = session.scalar(select(func.max(Entry.n)).where(own, Entry.n < n))
    after = session.scalar(select(func.min(Entry.n)).where(own, Entry.n > n))
    return before, after
