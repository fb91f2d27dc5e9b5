"""The exercise wall: what `pretend` has taken, account by account, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from channels import registry
from console import phrases
from console.accounts.models import Account
from console.accounts.rules import platform_name
from console.incidents.models import IncidentAccount
from console.messages.models import Delivery, RemovalPost
from console.messages.pin_models import PostPin
from console.pictures.models import Picture
from console.pictures.operations import Drawn, drawn_among
from console.pictures.rules import file_name

LATEST = 10
"""Posts shown of each account, while all accounts are shown."""


@dataclass(frozen=True)
class Shown:
    """The card that a post carries."""

    name: str
    """Its file's."""
    alt: str
    width: int
    height: int


@dataclass(frozen=True)
class Post:
    """A post as the account's followers would see it."""

    remote_id: str
    """Also the post's anchor on the page: receipts link there."""
    at: datetime
    text: str
    language: str
    struck: tuple[str, ...] = ()
    """Sentences of it that were wrong."""
    changed_at: datetime | None = None
    removed: bool = False
    picture: Shown | None = None
    pinned: bool = False
    """It stands first on the account."""

    @property
    def pieces(self) -> tuple[tuple[str, bool], ...]:
        """The text in pieces, each with whether it is struck."""
        return phrases.strike(self.text, self.struck)


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
            platform=platform_name(one.platform),
            posts=tuple(posts.get(one.id, ())),
            count=counts.get(one.id, 0),
        )
        for one in accounts
        if account_id in (None, one.id)
        and (one.id in posts or registry.effective_kind(one.kind, True) == registry.PRETEND)
    ]


def picture(session: Session, incident_id: int, name: str) -> Drawn | None:
    """A card on the wall of an exercise, by its file's name; None: none of its posts carries it, or
    the post is removed."""
    gone = exists().where(RemovalPost.delivery_id == Delivery.id, RemovalPost.state == "gone")
    found = session.scalar(
        select(Picture.id)
        .join(Delivery, Delivery.picture_id == Picture.id)
        .where(
            Picture.digest == name.partition(".")[0],
            Delivery.incident_id == incident_id,
            Delivery.exercise,
            Delivery.state == "sent",
            ~gone,
        )
        .limit(1)
    )
    drawn = drawn_among(session, [found] if found is not None else [])
    return drawn[0] if drawn and drawn[0].name == name else None


def _posts(
    session: Session, incident_id: int, account_id: int | None
) -> tuple[dict[int, list[Post]], dict[int, int]]:
    """Account id → its posts, newest first; account id → how many there are."""
    of, edit = Delivery.account_id, aliased(Delivery)
    newest = (
        select(Delivery.edits_id, func.max(Delivery.id).label("id"))
        .where(Delivery.act == "edit", Delivery.state.in_(("sent", "confirmed")))
        .group_by(Delivery.edits_id)
        .subquery()
    )
    gone = exists().where(RemovalPost.delivery_id == Delivery.id, RemovalPost.state == "gone")
    pinned = exists().where(
        PostPin.delivery_id == Delivery.id, PostPin.wanted, PostPin.state == "done"
    )
    numbered = (
        select(
            of,
            Delivery.id,
            func.coalesce(Delivery.remote_id, "").label("remote_id"),
            Delivery.settled_at,
            func.coalesce(edit.content, Delivery.content).label("content"),
            func.coalesce(edit.struck, Delivery.struck).label("struck"),
            edit.settled_at.label("changed_at"),
            gone.label("removed"),
            pinned.label("pinned"),
            Delivery.language,
            Picture.digest,
            Picture.media_type,
            Picture.alt,
            Picture.width,
            Picture.height,
            func.row_number().over(partition_by=of, order_by=Delivery.id.desc()).label("place"),
            func.count().over(partition_by=of).label("total"),
        )
        .outerjoin(newest, newest.c.edits_id == Delivery.id)
        .outerjoin(edit, edit.id == newest.c.id)
        .outerjoin(Picture, (Picture.id == Delivery.picture_id) & (Picture.state == "drawn"))
        .where(
            Delivery.incident_id == incident_id,
            Delivery.kind == registry.PRETEND,
            Delivery.act == "post",
            Delivery.state == "sent",
        )
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
        post = Post(
            row.remote_id,
            row.settled_at,
            "" if row.removed else row.content,
            row.language,
            tuple(row.struck),
            row.changed_at,
            row.removed,
            None
            if row.removed or not row.digest
            else Shown(file_name(row.digest, row.media_type), row.alt, row.width, row.height),
            row.pinned,
        )
        posts.setdefault(row.account_id, []).append(post)
        counts[row.account_id] = row.total
    return posts, counts
