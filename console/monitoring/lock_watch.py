"""Watching locked accounts: what stands there that the console hasn't sent, and what it has sent
that doesn't stand there as it was approved.

It is all in the database: whoever looks again a moment later goes on from what it says.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from channels.platforms import PLATFORMS
from console import live
from console.accounts import charge
from console.accounts.models import Account
from console.incidents.models import Incident, Lock
from console.incidents.operations.telling import tell
from console.incidents.rules import NoticeKind
from console.messages import wording
from console.messages.models import Delivery, RemovalPost, Round
from console.monitoring import lock_rules as rules
from console.monitoring.feed_models import FeedItem, FeedSource
from console.monitoring.item_rules import BY_MODERATION, ItemState
from console.monitoring.lock_models import LockAlarm
from console.monitoring.lock_rules import AlarmKind, AlarmState, Book, Outcome, Own, Seen
from console.people.models import Person, PersonRole
from console.people.rules import Role
from console.timeline.operations import record

AT_ONCE = 500
"""Items of one look."""


def look(session: Session, now: datetime, *, mail: bool) -> int:
    """Know the console's own posts again, and raise an alarm about what isn't as it should be.

    Any number of tickers may call it.

    Args:
        mail: mail can be sent.

    Returns:
        How many alarms were raised.
    """
    _withdraw_mended(session, now)
    raised = _around(session, now, mail)
    raised += _changed(session, now, mail)
    return raised + _gone(session, now, mail)


# Posts that the console hasn't sent


def _around(session: Session, now: datetime, mail: bool) -> int:
    """Judge what has been published under a lock and isn't known to be ours; what was asked about
    and turns out to be ours needs no answer."""
    asked = select(LockAlarm.id).where(
        LockAlarm.item_id == FeedItem.id, LockAlarm.kind == AlarmKind.AROUND
    )
    open_one = asked.where(LockAlarm.state == AlarmState.ASKED)
    found = session.execute(
        select(FeedItem, Lock.incident_id)
        .join(FeedSource, FeedSource.id == FeedItem.source_id)
        .join(Lock, Lock.account_id == FeedItem.account_id)
        .join(Incident, Incident.id == Lock.incident_id)
        .where(
            FeedItem.delivery_id.is_(None),
            FeedItem.source_id.is_not(None),
            ~FeedItem.test,
            # Feeds say the time in whole seconds.
            FeedItem.sort_at >= func.date_trunc("second", Lock.since),
            # Where a feed gives no times, its first answer says nothing of when.
            or_(FeedItem.at.is_not(None), FeedSource.added_at < Lock.since),
            or_(Lock.released_at.is_(None), FeedItem.sort_at < Lock.released_at),
            ~Lock.exercise,
            Incident.state == "open",
            or_(~exists(asked), exists(open_one)),
        )
        .order_by(FeedItem.sort_at, FeedItem.id, Lock.since)
        .limit(AT_ONCE)
        .with_for_update(of=FeedItem, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    # Of the second in which one event takes the account over from another, it is the latter's.
    rows = list({row.FeedItem.id: row for row in found}.values())
    if not rows:
        return 0
    books = _books(session, {row.FeedItem.account_id for row in rows}, rows[0].FeedItem.sort_at)
    taken = _taken(session, {row.FeedItem.source_id for row in rows})
    open_alarms = _open(session, AlarmKind.AROUND, [row.FeedItem.id for row in rows])
    raised = 0
    # What has a name on its platform first: another one with the same words is a copy of it.
    for row in sorted(
        rows, key=lambda row: books[row.FeedItem.account_id].by_name(_seen(row.FeedItem)) is None
    ):
        item, alarm = row.FeedItem, open_alarms.get(row.FeedItem.id)
        theirs = taken.setdefault(item.source_id, set())
        whose = books[item.account_id].judge(_seen(item), theirs)
        if whose.post is not None:
            item.delivery_id = whose.post
            item.own_hash = item.content_hash if whose.as_sent else ""
            theirs.add(whose.post)
            if whose.as_sent and item.state == ItemState.NEW:
                # Nobody has to deal with what the console itself has said, every half-hour.
                item.state, item.state_at = ItemState.SEEN, now
            if alarm is not None:
                settle(session, alarm, Outcome.OURS, None, now)
        elif alarm is None and (whose.sure or now - item.came_at >= rules.GRACE):
            _raise(session, item, row.incident_id, AlarmKind.AROUND, whose.sure, now, mail)
            raised += 1
    return raised


def _books(session: Session, account_ids: Collection[int], since: datetime) -> dict[int, Book]:
    """Account → what the console has out there, or may have, since a day before."""
    began = since - rules.BACK
    recent = or_(Round.at >= began, Delivery.settled_at >= began, Delivery.state == "by_hand")
    own: dict[int, list[Own]] = {account_id: [] for account_id in account_ids}
    for account_id, one in _own(session, and_(Delivery.account_id.in_(account_ids), recent)):
        own[account_id].append(one)
    return {account_id: Book(found) for account_id, found in own.items()}


def _own(session: Session, which: ColumnElement[bool]) -> list[tuple[int, Own]]:
    """(account, post or change) for all that may have reached a platform."""
    by_hand = or_(Delivery.kind == "by_hand", Delivery.state.in_(("by_hand", "confirmed")))
    rows = session.execute(
        select(
            Delivery.id, Delivery.account_id, Delivery.edits_id, Delivery.remote_id,
            Delivery.remote_link, Delivery.title, Delivery.content, Delivery.marker,
            Delivery.settled_at, Delivery.state, by_hand.label("by_hand"), Round.at,
        )
        .join(Round, Round.id == Delivery.round_id)
        .where(
            which,
            ~Delivery.exercise,
            or_(Delivery.started_at.is_not(None), Delivery.attempts > 0, Delivery.maybe_out,
                by_hand),
        )
        .order_by(Delivery.id)
    )  # fmt: skip
    return [
        (
            row.account_id,
            Own(
                id=row.id,
                post=row.edits_id or row.id,
                remote_id=row.remote_id or "",
                link=row.remote_link or "",
                title=row.title,
                text=row.content,
                marker=row.marker,
                by_hand=row.by_hand,
                since=row.at,
                settled_at=None if row.state == "by_hand" else row.settled_at,
            ),
        )
        for row in rows
    ]


def _taken(session: Session, source_ids: Collection[int]) -> dict[int, set[int]]:
    """Source → the posts that its items are known to be."""
    rows = session.execute(
        select(FeedItem.source_id, FeedItem.delivery_id).where(
            FeedItem.source_id.in_(source_ids), FeedItem.delivery_id.is_not(None)
        )
    )
    found: dict[int, set[int]] = {}
    for row in rows:
        found.setdefault(row.source_id, set()).add(row.delivery_id)
    return found


def _seen(item: FeedItem) -> Seen:
    return Seen(guid=item.guid, link=item.link, title=item.title, text=item.content, at=item.at)


# Posts of ours


def _ours() -> Any:
    """Items that are posts of events that are open in earnest."""
    return (
        select(FeedItem, Delivery.incident_id)
        .join(Delivery, Delivery.id == FeedItem.delivery_id)
        .join(Incident, Incident.id == Delivery.incident_id)
        .where(
            FeedItem.delivery_id.is_not(None),
            Incident.state == "open",
            ~Incident.exercise,
            FeedItem.state.not_in(BY_MODERATION),
        )
    )


def _changed(session: Session, now: datetime, mail: bool) -> int:
    """What said what was sent, and now says something that nobody has approved."""
    rows = session.execute(
        _ours()
        .where(FeedItem.own_hash != "", FeedItem.own_hash != FeedItem.content_hash)
        .where(~_alarm_exists(AlarmKind.CHANGED, LockAlarm.state != AlarmState.SETTLED))
        .order_by(FeedItem.id)
        .limit(AT_ONCE)
        .with_for_update(of=FeedItem, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    raised = 0
    for item, incident_id in rows:
        if _says_as_sent(session, item):
            item.own_hash = item.content_hash
        elif not _changed_by_hand(session, item.delivery_id):
            _raise(session, item, incident_id, AlarmKind.CHANGED, True, now, mail)
            raised += 1
    return raised


def _says_as_sent(session: Session, item: FeedItem) -> bool:
    post = item.delivery_id
    assert post is not None
    versions = _own(session, or_(Delivery.id == post, Delivery.edits_id == post))
    return Book([one for _account, one in versions]).says_as_sent(_seen(item), post)


def _changed_by_hand(session: Session, post: int | None) -> bool:
    """Has a person been asked to correct it? They may have done so in words of their own."""
    query = select(Delivery.id).where(
        Delivery.edits_id == post, Delivery.state.in_(("by_hand", "confirmed"))
    )
    return session.scalar(query.limit(1)) is not None


def _gone(session: Session, now: datetime, mail: bool) -> int:
    """What its feed has been without for so long that it isn't an old answer."""
    removed = select(RemovalPost.id).where(
        RemovalPost.delivery_id == FeedItem.delivery_id, RemovalPost.state != "declined"
    )
    source = aliased(FeedSource)
    read = (
        select(source.id)
        .where(
            source.id == FeedItem.source_id,
            source.read_at >= FeedItem.missing_since + rules.GONE_AFTER / 2,
            source.failures == 0,
        )
        .exists()
    )
    # An open one too: the post may have come back, and gone again, before anybody looked.
    told = _alarm_exists(
        AlarmKind.GONE,
        or_(LockAlarm.raised_at >= FeedItem.missing_since, LockAlarm.state != AlarmState.SETTLED),
    )
    rows = session.execute(
        _ours()
        .where(FeedItem.missing_since <= now - rules.GONE_AFTER, read, ~exists(removed), ~told)
        .order_by(FeedItem.id)
        .limit(AT_ONCE)
        .with_for_update(of=FeedItem, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for item, incident_id in rows:
        _raise(session, item, incident_id, AlarmKind.GONE, True, now, mail)
    return len(rows)


def _alarm_exists(kind: AlarmKind, which: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(LockAlarm.id)
        .where(LockAlarm.item_id == FeedItem.id, LockAlarm.kind == kind, which)
        .exists()
    )


def _withdraw_mended(session: Session, now: datetime) -> None:
    """Posts that are there again, or say again what was approved, need nobody."""
    alarms = session.scalars(
        select(LockAlarm)
        .join(FeedItem, FeedItem.id == LockAlarm.item_id)
        .where(
            LockAlarm.state != AlarmState.SETTLED,
            or_(
                and_(LockAlarm.kind == AlarmKind.GONE, FeedItem.missing_since.is_(None)),
                and_(LockAlarm.kind == AlarmKind.CHANGED,
                     func.coalesce(FeedItem.changed_at, LockAlarm.raised_at) > LockAlarm.raised_at),
            ),
        )
        .order_by(LockAlarm.id)
        .with_for_update(of=LockAlarm, skip_locked=True)
    ).all()  # fmt: skip
    for alarm in alarms:
        if alarm.kind == AlarmKind.GONE or _says_as_sent(session, alarm.item):
            settle(session, alarm, Outcome.BACK, None, now)


# Alarms


def _open(session: Session, kind: AlarmKind, item_ids: Sequence[int]) -> dict[int, LockAlarm]:
    query = select(LockAlarm).where(
        LockAlarm.item_id.in_(item_ids), LockAlarm.kind == kind,
        LockAlarm.state != AlarmState.SETTLED,
    )  # fmt: skip
    locked = query.order_by(LockAlarm.id).with_for_update(of=LockAlarm)
    return {one.item_id: one for one in session.scalars(locked)}


def _raise(
    session: Session,
    item: FeedItem,
    incident_id: int,
    kind: AlarmKind,
    sure: bool,
    now: datetime,
    mail: bool,
) -> None:
    """Write it down, and tell the account's administrators and the information unit."""
    incident = session.get_one(Incident, incident_id)
    account = session.get_one(Account, item.account_id)
    alarm = LockAlarm(
        incident_id=incident_id, account_id=account.id, item_id=item.id, kind=kind.value,
        sure=sure, raised_at=now, state=AlarmState.ASKED.value,
    )  # fmt: skip
    session.add(alarm)
    session.flush()
    body = {"alarm": alarm.id, "kind": kind.value, "account": account.id, "item": item.id,
            "at": item.at, "sure": sure}  # fmt: skip
    record(session, "lock:alarm:raised", body=body, now=now, incident_id=incident_id)
    subject, text = _words(incident, account, item, kind)
    tell(
        session,
        incident,
        NoticeKind.STAFF,
        f"lock alarm {alarm.id}",
        _people(session, account.id, now),
        now,
        subject=subject,
        text=text,
        path=f"/incidents/{incident.slug}/alarms/{alarm.id}",
        mail=mail,
    )
    live.announce(session, live.incident_topic(incident_id), live.CALM)


def _words(
    incident: Incident, account: Account, item: FeedItem, kind: AlarmKind
) -> tuple[str, str]:
    """Subject and text of the notice: never what the post says (4-i)."""
    where = f"{account.name} på {PLATFORMS[account.platform].name}"
    at = wording.clock(item.sort_at)
    if kind is AlarmKind.AROUND:
        return (
            f"Är det här vårt? Inlägg på {account.short_name}",
            f"På {where} finns ett inlägg från kl {at} som Budkavle inte känner igen."
            f" Kontot är låst av {incident.name}. Titta på inlägget och säg om det är vårt.",
        )
    if kind is AlarmKind.CHANGED:
        return (
            f"Vårt inlägg är ändrat: {account.short_name}",
            f"Inlägget från kl {at} på {where} säger något annat än det som godkändes."
            " Titta på kontot och säg vad som gäller.",
        )
    return (
        f"Vårt inlägg syns inte längre: {account.short_name}",
        f"Inlägget från kl {at} på {where} syns inte längre på kontot."
        " Titta på kontot och säg vad som gäller.",
    )


def _people(session: Session, account_id: int, now: datetime) -> Sequence[Person]:
    """Who looks after the account, then the information unit."""
    unit = select(PersonRole.person_id).where(PersonRole.role == Role.INFORMATION_UNIT)
    query = select(Person).where(Person.active, Person.id.in_(unit)).order_by(Person.id)
    return [*charge.people(session, [account_id], now), *session.scalars(query).unique()]


def settle(
    session: Session, alarm: LockAlarm, outcome: Outcome, actor: Person | None, now: datetime
) -> None:
    """Args: actor: None: the console has seen for itself that it needs nobody."""
    alarm.state, alarm.outcome = AlarmState.SETTLED.value, outcome.value
    alarm.settled_at = now
    alarm.settled_by_id = None if actor is None else actor.id
    say(session, alarm, outcome, actor, now)


def say(
    session: Session, alarm: LockAlarm, outcome: Outcome, actor: Person | None, now: datetime
) -> None:
    """Write in the timeline what an alarm came to, and show it."""
    record(
        session,
        "lock:alarm:answered",
        body={"alarm": alarm.id, "kind": alarm.kind, "account": alarm.account_id,
              "outcome": outcome.value},
        now=now,
        incident_id=alarm.incident_id,
        person_id=None if actor is None else actor.id,
    )  # fmt: skip
    live.announce(session, live.incident_topic(alarm.incident_id), live.CALM)
