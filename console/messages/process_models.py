"""What says of itself that it is there: processes, open forms, servers that ask us to wait."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from console.db import Base, ref

FRESH = timedelta(seconds=15)
"""What a process said longer ago says nothing of now."""


class Heartbeat(Base):
    """Who is alive: tickers, workers, site processes."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    at: Mapped[datetime]
    detail: Mapped[str] = mapped_column(server_default="")


LIVE = "live"
"""The live site's name among sites; an exercise's is its slug."""


class SiteNode(Base):
    """What a site process serves: `generation` is the timeline count its snapshot was taken at."""

    __tablename__ = "site_nodes"

    name: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(primary_key=True)
    """live, or an exercise's slug. A live event's slug: this node couldn't draw that event, and
    shows it as it was."""
    generation: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]


class Writer(Base):
    """Who has a message's form open, and when that was last heard from the page."""

    __tablename__ = "writers"

    message_id: Mapped[int] = ref("messages.id", primary_key=True, index=False)
    person_id: Mapped[int] = ref("people.id", primary_key=True, index=False)
    seen_at: Mapped[datetime]


class Pace(Base):
    """A pacing key that somebody told to wait, or whose channel keeps a rate."""

    __tablename__ = "pacing"

    key: Mapped[str] = mapped_column(primary_key=True)
    not_before: Mapped[datetime]
    full_at: Mapped[datetime | None]
    """When a rate's bucket is full again; None or passed: it is."""
