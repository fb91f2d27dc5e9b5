"""The exercise wall: what `pretend` has taken, account by account, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels import registry
from channels.platforms import PLATFORMS
from console.accounts.models import Account
from console.incidents.models import IncidentAccount
from console.messages.models import Delivery

LATEST = 10
"""Posts shown of each account, while all accounts are shown."""


@dataclass(frozen=True)
class Post:
    """A post as the account's followers would see it."""

    remote_id: str
    """Also the post's anchor on the page: receipts link there."""
    at: datetime
    text: str
    language: str


@dataclass(frozen=True)
class WallAccount:
    """An account's part of the wall. Accounts keep their places."""

    id: int
    name: str
    platform: str
    posts: tuple[Post, ...]
    count: int
    """All its posts, those not shown included."""


def wall(session: Session, incident_id: int, account_id: int | None = None) -> list[WallAccount]:
    """The wall of an exercise, in board order.

    Args:
        account_id: only this account, and then every post of it.
    """
    posts, counts = _posts(session, incident_id, account_id)
    publishing = select(IncidentAccount.account_id).where(
        IncidentAccount.incident_id == incident_id, IncidentAccount.use == "publish"
    )
    accounts = session.scalars(
        select(Account)
        .where(Account.id.in_(publishing) | Account.id.in_(posts))
        .order_by(Account.position, Account.id)
    )
    return [
        WallAccount(
            id=one.id,
            name=one.short_name,
            platform=PLATFORMS[one.platform].name,
            posts=tuple(posts.get(one.id, ())),
            count=counts.get(one.id, 0),
        )
        for one in accounts
        if account_id in (None, one.id)
        and (one.id in posts or registry.effective_kind(one.kind, True) == registry.PRETEND)
    ]


def _posts(
    session: Session, incident_id: int, account_id: int | None
) -> tuple[dict[int, list[Post]], dict[int, int]]:
    """Account id → its posts, newest first; account id → how many there are."""
    of = Delivery.account_id
    numbered = select(
        of,
        Delivery.id,
        Delivery.remote_id,
        Delivery.settled_at,
        Delivery.content,
        Delivery.language,
        func.row_number().over(partition_by=of, order_by=Delivery.id.desc()).label("place"),
        func.count().over(partition_by=of).label("total"),
    ).where(
        Delivery.incident_id == incident_id,
        Delivery.kind == registry.PRETEND,
        Delivery.state == "sent",
    )
    if account_id is not None:
        numbered = numbered.where(of == account_id)
    rows = numbered.subquery()
    query = select(rows).order_by(rows.c.account_id, rows.c.place)
    if account_id is None:
        query = query.where(rows.c.place <= LATEST)
    posts: dict[int, list[Post]] = {}
    counts: dict[int, int] = {}
    for row in session.execute(query):
        post = Post(row.remote_id, row.settled_at, row.content, row.language)
        posts.setdefault(row.account_id, []).append(post)
        counts[row.account_id] = row.total
    return posts, counts
