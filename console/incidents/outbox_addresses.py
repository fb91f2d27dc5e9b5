"""A notice on its way to an own address: queued → started → sent, failed or unknown.

As `outbox` does for mail: *started* is committed before anybody is called, and what may have left
is never sent a second time by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Row, exists, select
from sqlalchemy.orm import Session

from console import live
from console.incidents.models import Notice, NoticeSend
from console.mails import SHUT_OUT
from console.people.models import OwnAddress
from console.timeline.operations import record

LOST_AFTER = timedelta(seconds=60)
"""A start older than this has nobody waiting for its answer any more."""


def has_work(session: Session, now: datetime) -> bool:
    """Is there a message to send, or one that was lost on the way?"""
    lost = (NoticeSend.state == "started") & (NoticeSend.at < now - LOST_AFTER)
    return bool(session.scalar(select(exists().where((NoticeSend.state == "queued") | lost))))


def claim(
    session: Session, now: datetime, limit: int
) -> Sequence[Row[NoticeSend, Notice, OwnAddress]]:
    """Mark up to `limit` queued messages as started; one whose address is gone, or whose reader
    has been shut out, has failed."""
    query = (
        select(NoticeSend, Notice, OwnAddress)
        .join(Notice, Notice.id == NoticeSend.notice_id)
        .join(OwnAddress, OwnAddress.id == NoticeSend.address_id)
        .where(NoticeSend.state == "queued")
        .order_by(NoticeSend.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=NoticeSend)
    )
    claimed = []
    for row in session.execute(query).all():
        send, notice, address = row
        send.detail = "removed" if address.removed_at is not None else ""
        if not notice.person.active:
            send.detail = SHUT_OUT
        send.state, send.at = ("failed" if send.detail else "started"), now
        if not send.detail:
            claimed.append(row)
    return claimed


def settle(session: Session, send_id: int, state: str, detail: str, now: datetime) -> None:
    """Write what became of a started message; a late answer settles an unknown too."""
    query = select(NoticeSend).where(NoticeSend.id == send_id).with_for_update()
    send = session.scalars(query).one()
    if send.state not in ("started", "unknown"):
        return
    send.state, send.at, send.detail = state, now, detail
    address = session.get_one(OwnAddress, send.address_id)
    if state == "failed":
        address.failed_at = now
    elif state == "sent":
        address.failed_at = None
    notice = session.get_one(Notice, send.notice_id)
    record(
        session,
        f"notice:address:{state}",
        body={"notice": notice.id, "kind": address.kind, "detail": detail},
        now=now,
        incident_id=notice.incident_id,
    )
    live.announce(session, live.incident_topic(notice.incident_id))


def give_up_on_lost(session: Session, now: datetime) -> None:
    """Starts that nobody answers for become unknown."""
    query = select(NoticeSend.id).where(
        NoticeSend.state == "started", NoticeSend.at < now - LOST_AFTER
    )
    for send_id in list(session.scalars(query)):
        settle(session, send_id, "unknown", "no_answer", now)
