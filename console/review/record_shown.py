"""One message as the public record that it is: its number, what it said on each account and when,
and what the accounts answered. The same on its page and in what is handed out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from console.accounts.models import Account
from console.accounts.rules import platform_name
from console.approvals.models import Approval
from console.errors import NotFound
from console.incidents.models import Incident
from console.messages import labels, queries, reasons
from console.messages.models import Broadcast, Delivery, Message, Removal, Round, Version
from console.messages.operations.sent import wording_of
from console.messages.rules import MessageType
from console.messages.sent_models import SentText
from console.timeline.masking import Mask

MOST_ROWS = 500
"""Rows of receipts that a record shows, the first."""


@dataclass(frozen=True)
class Said:
    """A text, in one wording."""

    language: str
    title: str
    text: str
    accounts: Sequence[str]


@dataclass(frozen=True)
class Receipt:
    account: str
    language: str
    number: int
    """The round's."""
    state: str
    at: datetime | None
    """When it was settled."""
    link: str
    said: str
    """Why it ended so, in words; ""."""


@dataclass(frozen=True)
class Record:
    """A message that has been sent."""

    message: Message
    incident: Incident | None
    kind: str
    first_at: datetime | None
    removed: bool
    author: str
    approved: Sequence[tuple[str, datetime]]
    """(who, when)"""
    texts: Sequence[Said]
    receipts: Sequence[Receipt]
    total: int
    """Receipts that there are."""

    @property
    def number(self) -> str:
        return self.message.record or ""


def kind_of(message: Message) -> str:
    """What sort of message, in a word."""
    if message.incident_id is None:
        return _("Inlägg")
    return str(labels.TYPES[MessageType(message.type)])


def sent_message(session: Session, message_id: int) -> Message:
    """
    Raises:
        NotFound: there is none, or it has never been sent.
    """
    message = session.get(Message, message_id)
    if message is None or message.record_number is None:
        raise NotFound(_("Det finns ingen skickad text med det numret."))
    return message


def of_message(
    session: Session,
    message: Message,
    people: Mapping[int, str],
    mask: Mask | None = None,
) -> Record:
    """
    Args:
        people: names by id; of a masked copy, their roles.
        mask: what holds something that mustn't be shown is left out; None: nothing is.
    """
    removed = bool(
        session.scalar(
            select(exists().where(Removal.message_id == message.id, Removal.state == "agreed"))
        )
    )
    broadcasts = session.scalars(
        select(Broadcast)
        .where(Broadcast.message_id == message.id, queries.went_out())
        .order_by(Broadcast.id)
    ).all()
    receipts, total = _receipts(session, message.id, masked=mask is not None)
    return Record(
        message=message,
        incident=message.event,
        kind=kind_of(message),
        first_at=session.scalar(
            select(func.min(SentText.at)).where(SentText.message_id == message.id)
        ),
        removed=removed,
        author=people.get(message.author_id, ""),
        approved=_approved(session, [one.version for one in broadcasts], people),
        texts=[]
        if removed or (mask is not None and message.id in mask.gone)
        else _texts(session, message.id, mask),
        receipts=receipts,
        total=total,
    )


def _approved(
    session: Session, versions: Sequence[Version], people: Mapping[int, str]
) -> list[tuple[str, datetime]]:
    rows = session.execute(
        select(Approval.person_id, Approval.given_at)
        .where(
            Approval.subject == queries.VERSION_SUBJECT,
            Approval.subject_id.in_([one.id for one in versions]),
            Approval.withdrawn_at.is_(None),
        )
        .order_by(Approval.given_at, Approval.id)
    )
    return [(people.get(row.person_id, ""), row.given_at) for row in rows]


def _texts(session: Session, message_id: int, mask: Mask | None) -> list[Said]:
    """Each wording once, with the accounts that it was for, Swedish first."""
    query = (
        select(
            Delivery.language, Delivery.title, Delivery.content, Delivery.marker,
            Account.short_name, Account.platform,
        )
        .join(Account, Account.id == Delivery.account_id)
        .where(Delivery.message_id == message_id)
        .order_by(Delivery.language != "sv", Delivery.language, Delivery.id)
    )  # fmt: skip
    found: dict[tuple[str, str, str], dict[str, None]] = {}
    for language, title, content, marker, name, platform in session.execute(query):
        key = (language, title, wording_of(content, marker))
        found.setdefault(key, {})[f"{name} {platform_name(platform)}"] = None
    return [
        Said(
            language,
            "" if mask is not None and mask.holds(title) else title,
            _("Texten är utelämnad: den nämner en person.")
            if mask is not None and mask.holds(text)
            else text,
            list(names),
        )
        for (language, title, text), names in found.items()
    ]


def _receipts(session: Session, message_id: int, *, masked: bool) -> tuple[list[Receipt], int]:
    query = (
        select(Delivery, Account.short_name, Account.platform)
        .join(Account, Account.id == Delivery.account_id)
        .where(Delivery.message_id == message_id)
        .order_by(Delivery.round_id, Account.position, Delivery.id)
    )
    total = session.scalars(
        select(func.count()).select_from(Delivery).where(Delivery.message_id == message_id)
    ).one()
    rows = session.execute(query.limit(MOST_ROWS)).unique().all()
    numbers = _numbers(session, message_id)
    found = [
        Receipt(
            account=f"{name} {platform_name(platform)}",
            language=row.language,
            number=numbers.get(row.round_id, 0),
            state=row.state,
            at=row.settled_at,
            link=row.remote_link or "",
            # What a platform answered may name anybody.
            said="" if masked or not row.reason else reasons.said(row.reason),
        )
        for row, name, platform in rows
    ]
    return found, total


def _numbers(session: Session, message_id: int) -> dict[int, int]:
    """Round → its number in the event."""
    query = (
        select(Round.id, Round.number)
        .join(Broadcast, Broadcast.id == Round.broadcast_id)
        .where(Broadcast.message_id == message_id)
    )
    return {row.id: row.number for row in session.execute(query)}
