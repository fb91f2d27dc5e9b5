"""Mails that are rows: queued → started → sent, failed or unknown.

The row is the outbox. *Started* is committed before the mail server is called, so a mail that may
have left is never sent a second time by itself: it becomes *unknown*, and a person decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from console.db import Id

LOST_AFTER = timedelta(seconds=60)
"""A start older than this has nobody waiting for its answer any more."""


SHUT_OUT = "shut_out"
"""Why a mail failed that nobody tried to send."""


class MailState(StrEnum):
    NONE = "none"
    """No mail: nothing to say, or no mail server."""
    QUEUED = "queued"
    STARTED = "started"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Mailed:
    """Columns of a row that is a mail."""

    id: Mapped[Id]
    mail_state: Mapped[str]
    """A `MailState`."""
    mail_at: Mapped[datetime | None]
    """When it came to that state."""
    mail_detail: Mapped[str] = mapped_column(server_default="")


def queued(mail: bool, now: datetime) -> dict[str, Any]:
    """Columns of a new row whose mail is wanted.

    Args:
        mail: there is a mail server to send it.
    """
    state = MailState.QUEUED if mail else MailState.NONE
    return {"mail_state": state.value, "mail_at": now if mail else None}


R = TypeVar("R", bound=Mailed)


@dataclass(frozen=True)
class Outbox(Generic[R]):
    """The mails of one table."""

    row: type[R]
    reader: InstrumentedAttribute[Any]
    """The row's person, who has the mail only while they have a login."""
    key: Callable[[R], str]
    """The same for every copy of one queued mail; asked before it is marked as started."""
    settled: Callable[[Session, R, datetime], None]
    """Puts an outcome, written on the row already, on the timeline."""

    def has_work(self, session: Session, now: datetime) -> bool:
        """Is there a mail to send, or one that was lost on the way?"""
        wanted = (self.row.mail_state == MailState.QUEUED) | self._lost(now)
        return bool(session.scalar(select(exists().where(wanted))))

    def claim(self, session: Session, now: datetime, limit: int) -> list[tuple[R, str]]:
        """Mark up to `limit` queued mails as started. Returns each row with its key.

        Whoever has been shut out since is sent nothing: their mails have failed.
        """
        queued = (
            select(self.row)
            .where(self.row.mail_state == MailState.QUEUED)
            .order_by(self.row.id)
            .with_for_update(skip_locked=True, of=self.row)
        )
        for row in session.scalars(queued.where(self.reader.has(active=False))).all():
            row.mail_state, row.mail_at = MailState.FAILED.value, now
            row.mail_detail = SHUT_OUT
            self.settled(session, row, now)
        query = queued.where(self.reader.has(active=True)).limit(limit)
        claimed = [(row, self.key(row)) for row in session.scalars(query).all()]
        for row, _key in claimed:
            row.mail_state, row.mail_at = MailState.STARTED.value, now
        return claimed

    def settle(
        self, session: Session, row_id: int, outcome: MailState, detail: str, now: datetime
    ) -> None:
        """Write what became of a started mail: sent, failed or unknown.

        A late answer also settles what was given up as unknown; anything else is left as it is.
        """
        query = select(self.row).where(self.row.id == row_id).with_for_update(of=self.row)
        row = session.scalars(query).one()
        if row.mail_state not in (MailState.STARTED, MailState.UNKNOWN):
            return
        row.mail_state, row.mail_at, row.mail_detail = outcome.value, now, detail
        self.settled(session, row, now)

    def give_up_on_lost(self, session: Session, now: datetime) -> int:
        """Starts that nobody answers for become unknown. Returns how many."""
        lost = session.scalars(select(self.row.id).where(self._lost(now)).order_by(self.row.id))
        ids = list(lost)
        for row_id in ids:
            self.settle(session, row_id, MailState.UNKNOWN, "no_answer", now)
        return len(ids)

    def _lost(self, now: datetime) -> ColumnElement[bool]:
        return (self.row.mail_state == MailState.STARTED) & (self.row.mail_at < now - LOST_AFTER)
