"""Messages, frozen versions, broadcasts, rounds and deliveries."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.accounts.models import Account
from console.db import Base, Id, ref
from console.incidents.models import Incident
from console.people.models import Person


class Message(Base):
    """A message being written, and afterwards the thing its versions belong to."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("record_year", "record_number"),)

    id: Mapped[Id]
    incident_id: Mapped[int] = ref("incidents.id")
    type: Mapped[str]
    state: Mapped[str]
    """draft | submitted | returned | approved | out | over | withdrawn"""
    author_id: Mapped[int] = ref("people.id")
    fields: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    revision: Mapped[int] = mapped_column(server_default="1")
    """Counts saves, so that two writers can't overwrite each other unseen."""
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = ref("people.id")
    corrects_id: Mapped[int | None] = ref("messages.id", nullable=True)
    prepared_with_id: Mapped[int | None] = ref("messages.id", nullable=True)
    """A replacing message prepared with a correction: approved together with it."""
    record_year: Mapped[int | None]
    record_number: Mapped[int | None]

    incident: Mapped[Incident] = relationship(lazy="joined")
    author: Mapped[Person] = relationship(foreign_keys=[author_id], lazy="joined")

    @property
    def record(self) -> str | None:
        """E.g. 2026:412, from the first send on (4.5-a)."""
        return f"{self.record_year}:{self.record_number}" if self.record_number else None


class RecordCounter(Base):
    __tablename__ = "record_counters"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Version(Base):
    """What was submitted, frozen: canonical JSON (RFC 8785) and its SHA-256 in hex."""

    __tablename__ = "versions"
    __table_args__ = (UniqueConstraint("message_id", "number"),)

    id: Mapped[Id]
    message_id: Mapped[int] = ref("messages.id")
    number: Mapped[int]
    canonical: Mapped[str]
    content_hash: Mapped[str]
    state: Mapped[str]
    """waiting | approved | returned | void"""
    submitted_at: Mapped[datetime]
    submitted_by_id: Mapped[int] = ref("people.id")
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = ref("people.id", nullable=True)
    reason: Mapped[str | None]

    message: Mapped[Message] = relationship(lazy="joined")


class VersionPart(Base):
    """One other language of a version: its own hash, its own approval."""

    __tablename__ = "version_parts"
    __table_args__ = (UniqueConstraint("version_id", "language"),)

    id: Mapped[Id]
    version_id: Mapped[int] = ref("versions.id")
    language: Mapped[str]
    canonical: Mapped[str]
    content_hash: Mapped[str]
    state: Mapped[str]
    """waiting | approved | withdrawn"""
    approved_at: Mapped[datetime | None]


class Instruction(Base):
    """What applies: stands from its message's first round until another message ends it."""

    __tablename__ = "instructions"

    id: Mapped[Id]
    incident_id: Mapped[int] = ref("incidents.id")
    message_id: Mapped[int] = ref("messages.id", unique=True)
    """Also what the instruction is known by in envelopes: a message gives at most one."""
    headline: Mapped[str]
    detail: Mapped[str]
    area: Mapped[str]
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = ref("messages.id", nullable=True)


class Broadcast(Base):
    """The approved sending of one version: anchored, at a fixed interval, until an end."""

    __tablename__ = "broadcasts"
    __table_args__ = (
        Index(
            "uq_broadcasts_one_repeating",
            "incident_id",
            unique=True,
            postgresql_where=text("repeating AND state IN ('running', 'paused')"),
        ),
        Index(
            "ix_broadcasts_next_due",
            "next_due",
            postgresql_where=text("state IN ('waiting', 'running')"),
        ),
    )

    id: Mapped[Id]
    incident_id: Mapped[int] = ref("incidents.id")
    message_id: Mapped[int] = ref("messages.id")
    version_id: Mapped[int] = ref("versions.id", unique=True)
    exercise: Mapped[bool]
    repeating: Mapped[bool]
    state: Mapped[str]
    """waiting | running | paused | done | replaced | stopped | stale | void"""
    state_at: Mapped[datetime]
    state_reason: Mapped[str] = mapped_column(server_default="")
    content_hash: Mapped[str]
    """The hash that was approved; every round compares it with the version's bytes."""
    released_at: Mapped[datetime]
    """When the last approval was given: the later release wins an account."""
    anchor: Mapped[datetime]
    interval_seconds: Mapped[int | None]
    max_rounds: Mapped[int | None]
    ends_at: Mapped[datetime | None]
    promise_at: Mapped[datetime | None]
    next_n: Mapped[int] = mapped_column(server_default="1")
    next_due: Mapped[datetime | None]

    version: Mapped[Version] = relationship(lazy="joined")
    message: Mapped[Message] = relationship(foreign_keys=[message_id], lazy="joined")


class Round(Base):
    __tablename__ = "rounds"
    __table_args__ = (
        UniqueConstraint("broadcast_id", "n"),
        UniqueConstraint("incident_id", "number"),
    )

    id: Mapped[Id]
    broadcast_id: Mapped[int] = ref("broadcasts.id")
    incident_id: Mapped[int] = ref("incidents.id")
    n: Mapped[int]
    """Counts from 1 within the broadcast: due at anchor + (n − 1) × interval."""
    number: Mapped[int]
    """Counts through the event; stands in the text and is the marker to read back by."""
    due_at: Mapped[datetime]
    state: Mapped[str]
    """written | missed"""
    at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    grace_at: Mapped[datetime | None]
    """When followers are released without the website; None: never (ordinary posts)."""
    released_at: Mapped[datetime | None]
    release_reason: Mapped[str] = mapped_column(server_default="")
    """website | grace | no_website"""
    enqueued_at: Mapped[datetime | None]
    enqueue_count: Mapped[int] = mapped_column(server_default="0")

    broadcast: Mapped[Broadcast] = relationship(lazy="joined")


class Delivery(Base):
    """One round's post on one account in one language: the outbox."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("round_id", "account_id", "language"),
        Index(
            "uq_deliveries_one_started",
            "account_id",
            "exercise",
            unique=True,
            postgresql_where=text("state = 'started'"),
        ),
        Index(
            "ix_deliveries_open",
            "round_id",
            "pacing_key",
            "id",
            postgresql_where=text("state IN ('queued', 'retry', 'claimed', 'started')"),
        ),
        Index(
            "ix_deliveries_account_open",
            "account_id",
            postgresql_where=text("state IN ('queued', 'claimed', 'started', 'by_hand')"),
        ),
        Index(
            "ix_deliveries_lease",
            "lease_until",
            postgresql_where=text("state IN ('claimed', 'started')"),
        ),
        Index(
            "ix_deliveries_attention",
            "incident_id",
            postgresql_where=text("state IN ('unknown', 'refused', 'by_hand')"),
        ),
    )

    id: Mapped[Id]
    round_id: Mapped[int] = ref("rounds.id", index=False)
    broadcast_id: Mapped[int] = ref("broadcasts.id")
    incident_id: Mapped[int] = ref("incidents.id")
    message_id: Mapped[int] = ref("messages.id")
    account_id: Mapped[int] = ref("accounts.id")
    language: Mapped[str]
    exercise: Mapped[bool]
    kind: Mapped[str]
    """The channel kind that carries it: pretend in an exercise."""
    pacing_key: Mapped[str]
    slot: Mapped[int] = mapped_column(Integer)
    """Places the row on a shard (slot modulo shards): one number for all rows of a pacing key,
    or one for each row where the key may be split."""
    fingerprint: Mapped[str]
    leading: Mapped[bool]
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    keyed: Mapped[bool]
    """The server is known to honour the key: sending again publishes nothing twice."""
    maybe_out: Mapped[bool] = mapped_column(server_default="false")
    """An attempt ended without an answer: the post may be out whatever comes later."""
    target: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    """Settings that the console itself gives the channel: of pretend and by hand."""
    content: Mapped[str]
    """The exact text."""
    title: Mapped[str]
    link: Mapped[str]
    marker: Mapped[str]
    """The round line, to read back by."""
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default="")
    token: Mapped[uuid.UUID | None]
    lease_until: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    started_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    remote_id: Mapped[str | None]
    remote_link: Mapped[str | None]
    confirmed_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)

    account: Mapped[Account] = relationship(lazy="select")
    round: Mapped[Round] = relationship(lazy="select")


class Attempt(Base):
    """Appended at each start and each outcome, never changed; ordered by id, because clocks tie."""

    __tablename__ = "attempts"

    id: Mapped[Id]
    delivery_id: Mapped[int] = ref("deliveries.id")
    attempt: Mapped[int]
    event: Mapped[str]
    """started, or the outcome: sent | refused | retry | unknown | …"""
    at: Mapped[datetime]
    worker: Mapped[str]
    detail: Mapped[str] = mapped_column(server_default="")


class Pace(Base):
    """A pacing key that somebody told to wait."""

    __tablename__ = "pacing"

    key: Mapped[str] = mapped_column(primary_key=True)
    not_before: Mapped[datetime]


class Heartbeat(Base):
    """Who is alive: tickers, workers, site processes."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    at: Mapped[datetime]
    detail: Mapped[str] = mapped_column(server_default="")


class SiteNode(Base):
    """What a site process serves: `generation` is the timeline count its snapshot was taken at."""

    __tablename__ = "site_nodes"

    name: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(primary_key=True)
    """live, or an exercise's slug"""
    generation: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]
