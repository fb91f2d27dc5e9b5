"""Sources that are read, and the inbox of what they and people bring."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console import listing
from console.accounts.models import Account
from console.db import Base, Id, ref
from console.monitoring.models import Rumour
from console.people.models import Person
from console.pictures.models import Image

_NEWEST = (text("sort_at DESC"), text("id DESC"))
_NARROWED = {
    "open": "state IN ('new', 'question', 'forwarded')",
    "watched": "watched <> '[]'::jsonb",
    "alerts": "alert",
}


class FeedSource(Base):
    """Something that is read at intervals while it is followed."""

    __tablename__ = "feed_sources"
    __table_args__ = (
        Index(
            "uq_feed_sources_followed",
            "asked_address",
            unique=True,
            postgresql_where=text("stopped_at IS NULL"),
        ),
        Index("ix_feed_sources_calm", "calm_at", postgresql_where=text("stopped_at IS NULL")),
        Index("ix_feed_sources_busy", "busy_at", postgresql_where=text("stopped_at IS NULL")),
    )

    id: Mapped[Id]
    account_id: Mapped[int | None] = ref("accounts.id", nullable=True)
    """Whose feed it is, if it is one of the register's."""
    name: Mapped[str]
    form: Mapped[str]
    """"feed", or a key of channels.feeds.authorities.FORMATS"""
    asked_address: Mapped[str]
    """As it was given; with it a source is known."""
    address: Mapped[str]
    """Where it is now: the same, unless it has moved for good."""
    only: Mapped[list[str]] = mapped_column(server_default="[]")
    """Only items that mention one of these; []: all."""
    test: Mapped[bool] = mapped_column(server_default="false")
    """All that comes from it is a test."""
    added_at: Mapped[datetime]
    added_by_id: Mapped[int] = ref("people.id", index=False)
    stopped_at: Mapped[datetime | None]
    etag: Mapped[str] = mapped_column(server_default="")
    last_modified: Mapped[str] = mapped_column(server_default="")
    calm_at: Mapped[datetime]
    """When it is read next while no event is open."""
    busy_at: Mapped[datetime]
    """The same while one is."""
    tried_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    """When it was last read whole."""
    failures: Mapped[int] = mapped_column(server_default="0")
    """Readings in a row that failed."""
    trouble: Mapped[str] = mapped_column(server_default="")
    """channels.feeds.items.Trouble; with failures 0 a notice."""
    detail: Mapped[str] = mapped_column(server_default="")
    trouble_since: Mapped[datetime | None]

    account: Mapped[Account | None] = relationship(lazy="raise")


class FeedItem(Base):
    """Something that somebody has published, or told us that somebody has."""

    __tablename__ = "feed_items"
    __table_args__ = (
        Index("uq_feed_items_source_id_guid", "source_id", "guid", unique=True),
        Index("ix_feed_items_source_id_link", "source_id", "link"),
        Index("ix_feed_items_source_id_content_hash", "source_id", "content_hash"),
        # What the inbox is narrowed to, newest first: for all, and for an account of one's own.
        Index("ix_feed_items_newest", *_NEWEST),
        Index("ix_feed_items_account_newest", "account_id", *_NEWEST),
        Index("ix_feed_items_source_newest", "source_id", *_NEWEST),
        *(
            Index(f"ix_feed_items_{name}", *_NEWEST, postgresql_where=text(condition))
            for name, condition in _NARROWED.items()
        ),
        *(
            Index(
                f"ix_feed_items_account_{name}",
                "account_id",
                *_NEWEST,
                postgresql_where=text(condition),
            )
            for name, condition in _NARROWED.items()
        ),
        Index(
            "ix_feed_items_written",
            "by_id",
            *_NEWEST,
            postgresql_where=text("account_id IS NULL AND source_id IS NULL"),
        ),
        # Without a list of what is pending, which every search would read through.
        Index(
            "ix_feed_items_terms",
            "terms",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
        Index(
            "ix_feed_items_not_ours",
            "account_id",
            "sort_at",
            postgresql_where=text("delivery_id IS NULL AND source_id IS NOT NULL"),
        ),
        Index(
            "ix_feed_items_ours", "delivery_id", postgresql_where=text("delivery_id IS NOT NULL")
        ),
    )

    id: Mapped[Id]
    source_id: Mapped[int | None] = ref("feed_sources.id", nullable=True, index=False)
    """None: a person wrote it down."""
    account_id: Mapped[int | None] = ref("accounts.id", nullable=True, index=False)
    guid: Mapped[str]
    """As the source knows it now."""
    link: Mapped[str] = mapped_column(server_default="")
    title: Mapped[str] = mapped_column(server_default="")
    content: Mapped[str] = mapped_column(server_default="")
    author: Mapped[str] = mapped_column(server_default="")
    content_hash: Mapped[str]
    at: Mapped[datetime | None]
    """When it was published, as the source says; None: it doesn't, or can't be right."""
    came_at: Mapped[datetime]
    sort_at: Mapped[datetime]
    """The one of these that counts in lists; never ahead of the clock."""
    changed_at: Mapped[datetime | None]
    """When its words were last found changed."""
    alert: Mapped[bool] = mapped_column(server_default="false")
    test: Mapped[bool] = mapped_column(server_default="false")
    """A test: it starts nothing."""
    watched: Mapped[list[str]] = mapped_column(server_default="[]")
    """The profile's watch words that it has."""
    state: Mapped[str]
    """item_rules.ItemState"""
    state_at: Mapped[datetime]
    by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    """Who moved it last, or wrote it down; None: it came by itself."""
    seen_at: Mapped[datetime | None]
    """When a person first did something with it, or wrote it down."""
    forwarded_to_id: Mapped[int | None] = ref("people.id", nullable=True)
    sent_as: Mapped[str] = mapped_column(server_default="")
    """question_rules.SentAs, of a forwarded one."""
    note: Mapped[str] = mapped_column(server_default="")
    """What was said at the last move."""
    rumour_id: Mapped[int | None] = ref("rumours.id", nullable=True, index=False)
    """The rumour that it became."""
    image_id: Mapped[int | None] = ref("images.id", nullable=True, index=False)
    """A picture of how it looks where it stands, that a person has uploaded."""
    delivery_id: Mapped[int | None] = ref("deliveries.id", nullable=True, index=False)
    """The console's own post that it is."""
    own_hash: Mapped[str] = mapped_column(server_default="")
    """Of one of ours: the content_hash with which it said what was sent; "": it never has."""
    missing_since: Mapped[datetime | None]
    """Of one of ours: when its feed, which reaches back that far, was first read without it."""
    terms: Mapped[str] = listing.terms("title", "content", "author")

    source: Mapped[FeedSource | None] = relationship(lazy="joined")
    account: Mapped[Account | None] = relationship(lazy="raise")
    rumour: Mapped[Rumour | None] = relationship(lazy="select")
    image: Mapped[Image | None] = relationship(lazy="select")
    by: Mapped[Person | None] = relationship(foreign_keys=[by_id], lazy="joined")
    forwarded_to: Mapped[Person | None] = relationship(
        foreign_keys=[forwarded_to_id], lazy="joined"
    )


class DisposedItem(Base):
    """An item that was disposed of under a rule (4.4-b): its feed may still carry it, and must not
    bring it back. It says nothing of what the item was."""

    __tablename__ = "disposed_items"

    source_id: Mapped[int] = ref("feed_sources.id", primary_key=True, index=False)
    digest: Mapped[str] = mapped_column(primary_key=True)
    """SHA-256 in hex of its guid, or of its link."""
