"""What stands behind one entry of the timeline: the exact text, who approved it, its receipt, and
how it differs from the one before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.accounts.models import Account
from console.accounts.rules import platform_name
from console.approvals.models import Approval
from console.errors import NotFound
from console.incidents.models import Incident
from console.messages import envelope, queries, reasons
from console.messages.models import (
    Attempt,
    Broadcast,
    Delivery,
    Message,
    Round,
    Version,
    VersionPart,
)
from console.people.models import Person
from console.timeline.queries import LoggedEntry, Sieve, entries_of, entry_of

MOST_POSTS = 60
"""Posts of a round that its page shows; the message's page has them all."""


@dataclass(frozen=True)
class Piece:
    """A run of words of a difference."""

    text: str
    kind: str
    """kept | new | gone"""


@dataclass(frozen=True)
class Receipt:
    at: datetime
    event: str
    """As in `Attempt.event`."""
    detail: str


@dataclass(frozen=True)
class Shown:
    """One post: its text as it was sent, letter for letter."""

    delivery_id: int
    account: str
    language: str
    state: str
    at: datetime | None
    title: str
    text: str
    """"": it is removed, and shown to nobody."""
    link: str
    """Where it stands, as the platform said; ""."""
    remote_id: str
    receipts: Sequence[Receipt]
    earlier: datetime | None
    """When the text that it is compared with was sent; None: it was the account's first."""
    pieces: Sequence[Piece]
    """The difference to that; [] where there is none."""


@dataclass(frozen=True)
class Approved:
    name: str
    at: datetime
    language: str
    exact: bool
    """What was approved is the text that stands here, by its hash."""


@dataclass(frozen=True)
class Point:
    entry: LoggedEntry
    message: Message | None
    version: Version | None
    approvals: Sequence[Approved]
    """Each that stands, of the Swedish text and then of the other languages'."""
    round: Round | None
    posts: Sequence[Shown]
    total: int
    """Posts that there are."""
    removed: bool


def of_entry(session: Session, incident: Incident, n: int) -> Point:
    """
    Raises:
        NotFound: the event has no such entry.
    """
    entry = entry_of(session, incident.id, n)
    if entry is None:
        raise NotFound(_("Händelsen har ingen post med det numret."))
    delivery = _row(session, Delivery, entry.facts.get("delivery"), incident.id)
    round_ = _row(session, Round, entry.facts.get("round"), incident.id)
    if delivery is not None:
        round_ = session.get(Round, delivery.round_id)
    version = session.get(Version, entry.facts["version"]) if _is(entry.facts, "version") else None
    message = _row(session, Message, entry.facts.get("message"), incident.id)
    if round_ is not None and message is None:
        message = session.get_one(Broadcast, round_.broadcast_id).message
    if version is not None and version.message.incident_id != incident.id:
        version = None
    if version is None and round_ is not None:
        version = session.get_one(Broadcast, round_.broadcast_id).version
    if version is not None and message is None:
        message = version.message
    gone = message is not None and message.id in queries.removed(session, incident.id)
    posts, total = _posts(session, delivery, round_, gone=gone)
    return Point(
        entry=entry,
        message=message,
        version=version,
        approvals=_approvals(session, version),
        round=round_,
        posts=posts,
        total=total,
        removed=gone,
    )


def _is(facts: Mapping[str, Any], name: str) -> bool:
    return isinstance(facts.get(name), int)


def _row(session: Session, kind: Any, number: Any, incident_id: int) -> Any:
    row = session.get(kind, number) if isinstance(number, int) else None
    return row if row is not None and row.incident_id == incident_id else None


def _approvals(session: Session, version: Version | None) -> list[Approved]:
    if version is None:
        return []
    query = (
        select(Person.name, Approval.given_at, Approval.content_hash)
        .join(Approval, Approval.person_id == Person.id)
        .where(
            Approval.subject == queries.VERSION_SUBJECT,
            Approval.subject_id == version.id,
            Approval.withdrawn_at.is_(None),
        )
        .order_by(Approval.given_at, Approval.id)
    )
    found = [
        Approved(row.name, row.given_at, "sv", row.content_hash == version.content_hash)
        for row in session.execute(query)
    ]
    return found + _translations(session, version)


def _translations(session: Session, version: Version) -> list[Approved]:
    """Who approved the other languages stands in the timeline alone."""
    parts = session.scalars(
        select(VersionPart)
        .where(VersionPart.version_id == version.id, VersionPart.approved_at.is_not(None))
        .order_by(VersionPart.language)
    ).all()
    if not parts:
        return []
    sieve = Sieve(nouns=("translation",), since=version.submitted_at)
    given = {
        entry.facts.get("language"): entry
        for entry in entries_of(session, version.message.incident_id, limit=MOST_POSTS, sieve=sieve)
        if entry.tag == "translation:approved" and entry.facts.get("version") == version.id
    }
    found = []
    for part in parts:
        entry = given.get(part.language)
        who = session.get(Person, entry.person_id) if entry and entry.person_id else None
        if entry is not None and who is not None:
            exact = entry.facts["content_hash"] == part.content_hash
            found.append(Approved(who.name, entry.at, part.language, exact))
    return found


def _posts(
    session: Session, delivery: Delivery | None, round_: Round | None, *, gone: bool
) -> tuple[list[Shown], int]:
    if delivery is not None:
        return [_shown(session, delivery, gone=gone)], 1
    if round_ is None:
        return [], 0
    ids = session.scalars(
        select(Delivery.id)
        .join(Account, Account.id == Delivery.account_id)
        .where(Delivery.round_id == round_.id)
        .order_by(Account.position, Delivery.id)
    ).all()
    rows = [session.get_one(Delivery, one) for one in ids[:MOST_POSTS]]
    return [_shown(session, one, gone=gone) for one in rows], len(ids)


def _shown(session: Session, row: Delivery, *, gone: bool) -> Shown:
    account = session.get_one(Account, row.account_id)
    earlier = _earlier(session, row)
    hidden = earlier is not None and row.incident_id is not None and (
        earlier.message_id in queries.removed(session, row.incident_id)
    )  # fmt: skip
    attempts = session.scalars(
        select(Attempt).where(Attempt.delivery_id == row.id).order_by(Attempt.id)
    )
    return Shown(
        delivery_id=row.id,
        account=f"{account.short_name}, {platform_name(account.platform)}",
        language=row.language,
        state=row.state,
        at=row.settled_at,
        title="" if gone else row.title,
        text=reasons.said("removed") if gone else row.content,
        link=row.remote_link or "",
        remote_id=row.remote_id or "",
        receipts=[Receipt(one.at, one.event, one.detail) for one in attempts],
        earlier=None if earlier is None else earlier.settled_at or earlier.started_at,
        pieces=[]
        if gone or hidden or earlier is None or earlier.content == row.content
        else difference(earlier.content, row.content),
    )


def _earlier(session: Session, row: Delivery) -> Delivery | None:
    """What the account showed before, in the same language: the post that an edit changed, or the
    event's post there before this one."""
    if row.edits_id is not None:
        return session.get(Delivery, row.edits_id)
    return session.scalar(
        select(Delivery)
        .where(
            Delivery.incident_id == row.incident_id,
            Delivery.account_id == row.account_id,
            Delivery.language == row.language,
            Delivery.id < row.id,
            Delivery.act == "post",
        )
        .order_by(Delivery.id.desc())
        .limit(1)
    )


def difference(before: str, after: str) -> list[Piece]:
    """Word by word, in the order they are read; what is gone stands before what came instead."""
    old, new = before.split(), after.split()
    found: list[Piece] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            found.append(Piece(" ".join(old[a:b]), "kept"))
            continue
        if a < b:
            found.append(Piece(" ".join(old[a:b]), "gone"))
        if c < d:
            found.append(Piece(" ".join(new[c:d]), "new"))
    return found


def changes(session: Session, found: Point) -> list[Piece]:
    """How the version differs from the one of the same message before it; [] if it is the first."""
    version = found.version
    if version is None or version.number == 1:
        return []
    earlier = session.scalar(
        select(Version)
        .where(Version.message_id == version.message_id, Version.number < version.number)
        .order_by(Version.number.desc())
        .limit(1)
    )
    if earlier is None:
        return []
    old, new = (
        " ".join(text for text in envelope.read(one.canonical, one.content_hash).texts.values())
        for one in (earlier, version)
    )
    return [] if old == new else difference(old, new)
