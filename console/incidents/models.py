"""Events, which accounts they use, locks, notices and notes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.accounts.models import Account
from console.db import Base, Id, ref
from console.mails import Mailed
from console.people.models import Person


class Incident(Base):
    """An event (händelse), live or exercise; which of the two never changes."""

    __tablename__ = "incidents"
    # So that a row may be an exercise's alone (`exercise_models.ExerciseRun`).
    __table_args__ = (UniqueConstraint("id", "exercise"),)

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    area: Mapped[str] = mapped_column(server_default="")
    stage: Mapped[str]
    """staff (stabsläge) | board (krisledningsnämnden leder)"""
    stage_since: Mapped[datetime]
    reason: Mapped[str]
    exercise: Mapped[bool]
    state: Mapped[str]
    """open | closed"""
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int] = ref("people.id")
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = ref("people.id", nullable=True)
    last_number: Mapped[int] = mapped_column(server_default="0")
    """The newest round's number; runs on through the event, missed rounds included."""
    paused_all_at: Mapped[datetime | None]
    """Set by Stoppa allt until somebody starts a broadcast anew."""
    broken_off: Mapped[bool] = mapped_column(server_default="false")
    """An exercise that was ended because something happened for real."""

    opened_by: Mapped[Person] = relationship(foreign_keys=[opened_by_id], lazy="joined")
    choices: Mapped[list[IncidentAccount]] = relationship(
        cascade="all, delete-orphan", lazy="select"
    )


class IncidentAccount(Base):
    """The decision about one account in one event (7-d)."""

    __tablename__ = "incident_accounts"

    incident_id: Mapped[int] = ref("incidents.id", primary_key=True, index=False)
    account_id: Mapped[int] = ref("accounts.id", primary_key=True)
    use: Mapped[str]
    """publish | lock_only | leave"""
    reason: Mapped[str] = mapped_column(server_default="")

    account: Mapped[Account] = relationship(lazy="joined")


class Lock(Base):
    """An account locked by an event. Live locks are one per account; exercises touch themselves."""

    __tablename__ = "locks"
    __table_args__ = (
        Index(
            "uq_locks_live_account",
            "account_id",
            unique=True,
            postgresql_where=text("released_at IS NULL AND NOT exercise"),
        ),
        Index(
            "uq_locks_incident_account",
            "incident_id",
            "account_id",
            unique=True,
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = ref("accounts.id")
    incident_id: Mapped[int] = ref("incidents.id")
    exercise: Mapped[bool] = mapped_column(Boolean)
    since: Mapped[datetime]
    released_at: Mapped[datetime | None]
    released_by_id: Mapped[int | None] = ref("people.id", nullable=True)
    release_reason: Mapped[str | None]


class Notice(Mailed, Base):
    """A notice to one person about an event: the row is the outbox for its mail."""

    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("incident_id", "kind", "person_id", "about"),)

    incident_id: Mapped[int] = ref("incidents.id")
    kind: Mapped[str]
    """rules.NoticeKind"""
    about: Mapped[str] = mapped_column(server_default="")
    """Sets repeated notices of a kind apart, e.g. the account released."""
    person_id: Mapped[int] = ref("people.id")
    accounts: Mapped[str]
    """Account ids the notice is about, comma-separated, in register order."""
    subject: Mapped[str] = mapped_column(server_default="")
    """Of kinds in rules.TOLD: they carry their words; the others' come from wording.py."""
    content: Mapped[str] = mapped_column(server_default="")
    path: Mapped[str] = mapped_column(server_default="")
    """Where to act, from the console's root; empty: the notice's own page."""
    made_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    pending_posts: Mapped[str] = mapped_column(server_default="")
    """What the reader answered about posts already scheduled in the platform's own app:
    paused | none | unknown; empty: not answered."""
    reminders: Mapped[int] = mapped_column(server_default="0")
    """How often the profile's rule has looked at it because nothing had come of it."""
    stepped_at: Mapped[datetime | None]
    """When it last did; None: not yet."""
    reminded_at: Mapped[datetime | None]
    """When a message was last sent again, by the rule or by a person."""
    passed_on_at: Mapped[datetime | None]
    """When the accounts' other administrators were told that it wasn't read."""
    can_from: Mapped[datetime | None]
    """Of by-hand notices: before this the reader can't do it."""

    person: Mapped[Person] = relationship(lazy="joined")


class RosterPlace(Base):
    """A place in the event's staff (Bemanning): who holds it and the number to ring."""

    __tablename__ = "roster_places"

    incident_id: Mapped[int] = ref("incidents.id", primary_key=True, index=False)
    place: Mapped[str] = mapped_column(primary_key=True)
    """roster.Place"""
    person_id: Mapped[int | None] = ref("people.id", nullable=True)
    """Somebody who uses the console; else only the name is known."""
    name: Mapped[str]
    phone: Mapped[str]
    """The number to ring."""
    set_at: Mapped[datetime]
    set_by_id: Mapped[int] = ref("people.id", index=False)


class NoticeSend(Base):
    """A notice on its way to one of its reader's own addresses: the row is the outbox."""

    __tablename__ = "notice_sends"
    __table_args__ = (
        UniqueConstraint("notice_id", "address_id"),
        Index(
            "ix_notice_sends_open",
            "state",
            postgresql_where=text("state IN ('queued', 'started')"),
        ),
    )

    id: Mapped[Id]
    notice_id: Mapped[int] = ref("notices.id", index=False)
    address_id: Mapped[int] = ref("own_addresses.id")
    state: Mapped[str]
    """queued | started | sent | failed | unknown"""
    at: Mapped[datetime]
    detail: Mapped[str] = mapped_column(server_default="")


class NoticeLink(Base):
    """A secret by which one notice, and nothing else, is read and acknowledged without login."""

    __tablename__ = "notice_links"

    id: Mapped[Id]
    notice_id: Mapped[int] = ref("notices.id")
    token_digest: Mapped[bytes] = mapped_column(unique=True)
    made_at: Mapped[datetime]


class Note(Base):
    """What somebody wrote in the event's log (Anteckna)."""

    __tablename__ = "incident_notes"

    id: Mapped[Id]
    incident_id: Mapped[int] = ref("incidents.id")
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str]
    """decision | call | vma | media | other"""
    happened_at: Mapped[datetime]
    written_at: Mapped[datetime]
    content: Mapped[str]

    author: Mapped[Person] = relationship(lazy="joined")


class FirstHourTick(Base):
    """A point of *Första timmen* that somebody has done; unticking keeps the row."""

    __tablename__ = "first_hour_ticks"
    __table_args__ = (
        Index(
            "uq_first_hour_ticks_key",
            "incident_id",
            "key",
            unique=True,
            postgresql_where=text("undone_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    incident_id: Mapped[int] = ref("incidents.id")
    key: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[int] = ref("people.id", index=False)
    note: Mapped[str] = mapped_column(server_default="")
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)

    by: Mapped[Person] = relationship(foreign_keys=[by_id], lazy="joined")


class Handover(Base):
    """A shift (pass) that one person hands to another. What was handed over is frozen."""

    __tablename__ = "handovers"
    __table_args__ = (
        Index(
            "uq_handovers_offered",
            "incident_id",
            "role",
            unique=True,
            postgresql_where=text("state = 'offered'"),
        ),
    )

    id: Mapped[Id]
    incident_id: Mapped[int] = ref("incidents.id")
    role: Mapped[str]
    """information_unit | approver"""
    giver_id: Mapped[int] = ref("people.id", index=False)
    """Who held the shift; signed at `made_at`, unless it was taken without them."""
    receiver_id: Mapped[int] = ref("people.id")
    state: Mapped[str]
    """offered | taken | withdrawn"""
    made_at: Mapped[datetime]
    giver_signed: Mapped[bool]
    """False: the receiver took the shift without the giver, for the reason in the summary."""
    taken_at: Mapped[datetime | None]
    """When the receiver signed."""
    canonical: Mapped[str]
    """The summary as canonical JSON (RFC 8785)."""
    content_hash: Mapped[str]
    """Its SHA-256 in hex: what both sign."""

    giver: Mapped[Person] = relationship(foreign_keys=[giver_id], lazy="joined")
    receiver: Mapped[Person] = relationship(foreign_keys=[receiver_id], lazy="joined")


class ViewLink(Base):
    """A read-only address to one page of one event, for a screen or desk without a login."""

    __tablename__ = "view_links"

    id: Mapped[Id]
    incident_id: Mapped[int] = ref("incidents.id")
    purpose: Mapped[str]
    """wall | switchboard"""
    token_digest: Mapped[bytes] = mapped_column(unique=True)
    """Of the secret in the address, which is shown once."""
    label: Mapped[str]
    """Where it is used: the screen in the staff room."""
    made_by_id: Mapped[int] = ref("people.id", index=False)
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    seen_at: Mapped[datetime | None]
    """When it was last fetched, to the minute."""

    made_by: Mapped[Person] = relationship(foreign_keys=[made_by_id], lazy="joined")
