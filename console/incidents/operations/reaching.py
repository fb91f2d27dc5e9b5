"""Notices on their way to people's own addresses, and once more to those nothing came of."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import literal, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from console import live
from console.incidents.models import Notice, NoticeSend
from console.incidents.rules import REMINDABLE
from console.people.models import OwnAddress, Person


def to_own_addresses(session: Session, notice_ids: Collection[int], now: datetime) -> None:
    """Queue each notice to each address of its reader that has been tried and works.

    A notice that is on its way to an address already is left as it is.
    """
    session.flush()
    pairs = (
        select(Notice.id, OwnAddress.id, literal("queued"), literal(now, OwnAddress.test_at.type))
        .join(OwnAddress, OwnAddress.person_id == Notice.person_id)
        .where(
            Notice.id.in_(notice_ids),
            OwnAddress.works_since.is_not(None),
            OwnAddress.removed_at.is_(None),
        )
    )
    session.execute(
        upsert(NoticeSend)
        .from_select(["notice_id", "address_id", "state", "at"], pairs)
        .on_conflict_do_nothing(index_elements=[NoticeSend.notice_id, NoticeSend.address_id])
    )


def queue_again(session: Session, notices: Iterable[Notice], now: datetime) -> list[Notice]:
    """Queue mail and own addresses anew, except what is on its way or may have arrived.

    Whoever is shut out of the console has left, and hears no more of what happens here.

    Returns:
        Those of `notices` for which something is queued.
    """
    held = {notice.id: notice for notice in notices}
    session.flush()
    again: list[Notice] = []
    query = (
        select(Notice)
        .join(Person, Person.id == Notice.person_id)
        .where(Notice.id.in_(held), Person.active)
        .order_by(Notice.id)
        .with_for_update(of=Notice, key_share=True)
        .execution_options(populate_existing=True)
    )
    for notice in session.scalars(query):
        queued = False
        if notice.mail_state in REMINDABLE:
            notice.mail_state, notice.mail_at, notice.mail_detail = "queued", now, ""
            queued = True
        if _addresses_again(session, notice, now) or queued:
            notice.reminded_at = now
            again.append(notice)
    if again:
        live.announce(session, live.WORK)
    return again


def _addresses_again(session: Session, notice: Notice, now: datetime) -> bool:
    to_own_addresses(session, [notice.id], now)
    query = (
        select(NoticeSend)
        .join(OwnAddress, OwnAddress.id == NoticeSend.address_id)
        .where(NoticeSend.notice_id == notice.id, OwnAddress.works_since.is_not(None))
    )
    queued = False
    for one in session.scalars(query):
        if one.state in REMINDABLE:
            one.state, one.at, one.detail = "queued", now, ""
        queued = queued or one.state == "queued"
    return queued
