"""Messages, frozen versions, broadcasts, rounds and deliveries.

What has no event is an ordinary post (console.posts): one type of message, one round, never an
exercise, never repeated. The tables hold that themselves.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.accounts.models import Account
from console.db import Base, Id, ref
from console.errors import NotFound
from console.incidents.models import Incident
from console.people.models import Person


class Message(Base):
    """A message being written, and afterwards the thing its versions belong to."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("record_year", "record_number"),
        CheckConstraint("(incident_id IS NULL) = (type = 'post')", name="event"),
    )

    id: Mapped[Id]
    incident_id: Mapped[int | None] = ref("incidents.id", nullable=True)
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
    hands: Mapped[list[int]] = mapped_column(server_default="[]")
    """Ids of everybody who has written or saved it: none of them approves it."""
    corrects_id: Mapped[int | None] = ref("messages.id", nullable=True)
    prepared_with_id: Mapped[int | None] = ref("messages.id", nullable=True)
    """A replacing message prepared with a correction: approved together with it."""
    started: Mapped[dict[str, Any]] = mapped_column(server_default="{}")  # operations/starts.py
    record_year: Mapped[int | None]
    record_number: Mapped[int | None]

    event: Mapped[Incident | None] = relationship(lazy="joined")
    author: Mapped[Person] = relationship(foreign_keys=[author_id], lazy="joined")

    @property
    def incident(self) -> Incident:
        """The event. What is done in one is never asked of an ordinary post.

        Raises:
            NotFound: an ordinary post.
        """
        if self.event is None:
            raise NotFound(_("Texten är ett vanligt inlägg och hör inte till någon händelse."))
        return self.event

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


class ApproverCall(Base):
    """Somebody called to approve a version, once: who, in which turn, and what came of it."""

    __tablename__ = "approver_calls"
    __table_args__ = (UniqueConstraint("version_id", "person_id"),)

    id: Mapped[Id]
    version_id: Mapped[int] = ref("versions.id")
    person_id: Mapped[int] = ref("people.id")
    position: Mapped[int]
    """In which turn, from 1; those called at the same time share it."""
    everybody: Mapped[bool] = mapped_column(server_default="false")
    """Called because the list was out."""
    called_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    """When the outcome was known."""
    outcome: Mapped[str] = mapped_column(server_default="")
    """calls.Outcome; empty: the answer is waited for"""

    person: Mapped[Person] = relationship(lazy="joined")

    @property
    def name(self) -> str:
        return self.person.name

    @property
    def phone(self) -> str:
        return self.person.phone


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
        CheckConstraint(
            "incident_id IS NOT NULL OR NOT repeating AND NOT exercise"
            " AND interval_seconds IS NULL AND promise_at IS NULL",
            name="event",
        ),
    )

    id: Mapped[Id]
    incident_id: Mapped[int | None] = ref("incidents.id", nullable=True)
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
    ask_at: Mapped[datetime | None]
    """When people are asked about the promise; None: nothing more to ask."""
    still_times: Mapped[int] = mapped_column(server_default="0")
    """How often *Gäller fortfarande* may be said, each time with `still_seconds` more."""
    still_seconds: Mapped[int | None]
    still_used: Mapped[int] = mapped_column(server_default="0")
    still_at: Mapped[datetime | None]
    """When it was last said."""
    pins: Mapped[bool] = mapped_column(server_default="false")  # operations/pinning.py
    next_n: Mapped[int] = mapped_column(server_default="1")
    next_due: Mapped[datetime | None]

    version: Mapped[Version] = relationship(lazy="joined")
    message: Mapped[Message] = relationship(foreign_keys=[message_id], lazy="joined")


class PromiseAsk(Base):
    """A promise that somebody was asked about, and what came of it: one row for each promise."""

    __tablename__ = "promise_asks"
    __table_args__ = (UniqueConstraint("broadcast_id", "promise_at"),)

    id: Mapped[Id]
    broadcast_id: Mapped[int] = ref("broadcasts.id", index=False)
    promise_at: Mapped[datetime]
    asked_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(server_default="")
    """still_valid | new_word | stopped | unanswered; empty: not answered yet"""
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = ref("people.id", nullable=True)
    missed_at: Mapped[datetime | None]
    """When the promise had passed without the word."""

    broadcast: Mapped[Broadcast] = relationship(lazy="joined")


class Round(Base):
    __tablename__ = "rounds"
    __table_args__ = (
        UniqueConstraint("broadcast_id", "n"),
        UniqueConstraint("incident_id", "number"),
        CheckConstraint("incident_id IS NOT NULL OR n = 1 AND grace_at IS NULL", name="event"),
    )

    id: Mapped[Id]
    broadcast_id: Mapped[int] = ref("broadcasts.id")
    incident_id: Mapped[int | None] = ref("incidents.id", nullable=True)
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
    """website | grace | no_website | ordinary"""
    enqueued_at: Mapped[datetime | None]
    enqueue_count: Mapped[int] = mapped_column(server_default="0")

    broadcast: Mapped[Broadcast] = relationship(lazy="joined")


class Delivery(Base):
    """One round's post on one account in one language: the outbox."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(
            "uq_deliveries_one_post",
            "round_id",
            "account_id",
            "language",
            unique=True,
            postgresql_where=text("act = 'post'"),
        ),
        Index(
            "uq_deliveries_one_edit",
            "message_id",
            "edits_id",
            unique=True,
            postgresql_where=text("edits_id IS NOT NULL"),
        ),
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
        Index("ix_deliveries_look", "look_at", postgresql_where=text("look_at IS NOT NULL")),
        Index("ix_deliveries_card", "picture_id", postgresql_where=text("picture_id IS NOT NULL")),
        Index(
            "ix_deliveries_attention",
            "incident_id",
            postgresql_where=text("state IN ('unknown', 'refused', 'by_hand')"),
        ),
        CheckConstraint(
            'incident_id IS NOT NULL OR NOT exercise AND NOT "leading"'
            " AND kind NOT IN ('pretend', 'website')",
            name="event",
        ),
    )

    id: Mapped[Id]
    round_id: Mapped[int] = ref("rounds.id", index=False)
    broadcast_id: Mapped[int] = ref("broadcasts.id")
    incident_id: Mapped[int | None] = ref("incidents.id", nullable=True)
    message_id: Mapped[int] = ref("messages.id")
    account_id: Mapped[int] = ref("accounts.id")
    language: Mapped[str]
    act: Mapped[str] = mapped_column(server_default="post")
    """post | edit: what the channel is asked to do."""
    edits_id: Mapped[int | None] = ref("deliveries.id", nullable=True)
    """The post that an edit changes: always the post itself, never an earlier edit of it."""
    struck: Mapped[list[str]] = mapped_column(server_default="[]")
    """Sentences of an edit's text that were wrong: drawn struck where the channel can."""
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
    look_at: Mapped[datetime | None]
    """When an unknown post is next looked for on the platform; None: nobody looks."""
    looks: Mapped[int] = mapped_column(server_default="0")
    missed: Mapped[int] = mapped_column(server_default="0")
    """How often it was looked for, and wasn't there."""
    picture_id: Mapped[int | None] = ref("pictures.id", nullable=True, index=False)
    """The card that goes out with it; the post waits until that is drawn, or given up."""
    container: Mapped[str] = mapped_column(server_default="")  # channels.contract.Post.prepared

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


class FaultMark(Base):
    """*Fel ute* was pressed: the sentence is struck on the site, and the message goes no further.

    It is open until the correction is out (`closed_at`) or it was taken back (`withdrawn_at`).
    """

    __tablename__ = "fault_marks"
    __table_args__ = (
        Index(
            "uq_fault_marks_open",
            "message_id",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL AND closed_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    incident_id: Mapped[int] = ref("incidents.id")
    message_id: Mapped[int] = ref("messages.id")
    correction_id: Mapped[int] = ref("messages.id", unique=True)
    sentence: Mapped[str]
    """One or several, as they stand in the message."""
    pressed_at: Mapped[datetime]
    pressed_by_id: Mapped[int] = ref("people.id")
    stopped: Mapped[int]
    """Posts that had not started, and never went out."""
    under_way: Mapped[int]
    """Posts that had already started."""
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    closed_at: Mapped[datetime | None]

    @property
    def open(self) -> bool:
        return self.withdrawn_at is None and self.closed_at is None


class Removal(Base):
    """Somebody asks that posts be deleted, on one of three grounds; somebody else decides (4-i)."""

    __tablename__ = "removals"

    id: Mapped[Id]
    incident_id: Mapped[int] = ref("incidents.id")
    message_id: Mapped[int] = ref("messages.id")
    whole: Mapped[bool]
    """Every post of the message, those that go out until it is decided too."""
    ground: Mapped[str]
    """personal_data | secrecy | crime"""
    reason: Mapped[str]
    """In general words: the data itself is never repeated here."""
    state: Mapped[str]
    """asked | agreed | declined"""
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = ref("people.id")
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)

    message: Mapped[Message] = relationship(lazy="joined")


class RemovalPost(Base):
    """One post of a removal: its evidence, and whether it is gone."""

    __tablename__ = "removal_posts"
    __table_args__ = (
        Index(
            "uq_removal_posts_delivery",
            "delivery_id",
            unique=True,
            postgresql_where=text("state <> 'declined'"),
        ),
        Index("ix_removal_posts_next", "next_at", postgresql_where=text("state = 'queued'")),
    )

    id: Mapped[Id]
    removal_id: Mapped[int] = ref("removals.id")
    delivery_id: Mapped[int] = ref("deliveries.id", index=False)
    state: Mapped[str]
    """asked | declined | queued | started | by_hand | gone | refused"""
    reason: Mapped[str] = mapped_column(server_default="")
    evidence: Mapped[str]
    """The exact text as it was out. Read only with READ_EVIDENCE, and every look is logged."""
    link: Mapped[str | None]
    out_at: Mapped[datetime | None]
    captured_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[datetime | None]
    """When to try, or to try again: deleting what is gone already does nothing."""
    settled_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)

    removal: Mapped[Removal] = relationship(lazy="joined")
    delivery: Mapped[Delivery] = relationship(lazy="joined")
