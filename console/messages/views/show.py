"""A message that can't be changed any more: its text, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import g, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.accounts.models import Account
from console.accounts.rules import platform_name
from console.approvals.models import Approval
from console.incidents.models import Incident
from console.messages import labels, queries, reasons, rules
from console.messages.models import Broadcast, Delivery, Message, Round, Version
from console.messages.views import pins
from console.messages.views.common import actions_of, type_of
from console.parts import State
from console.people.models import Person
from console.people.rules import Permission, may

RECEIPTS = 100
"""Posts whose receipts the page shows, the newest."""


@dataclass(frozen=True)
class Receipt:
    """What became of one post."""

    number: int
    """Its round's."""
    account: str
    language: str
    state: State
    at: datetime | None
    """When that was settled."""
    link: str
    """Where it stands; "": not known."""


def page(session: Session, incident: Incident, message: Message) -> str:
    kind, slug = type_of(message), incident.slug
    broadcast = queries.newest_broadcast(session, message.id)
    states = session.execute(
        select(Delivery.state, func.count())
        .where(Delivery.message_id == message.id)
        .group_by(Delivery.state)
    ).all()
    rounds = session.scalars(
        select(Round)
        .join(Broadcast, Broadcast.id == Round.broadcast_id)
        .where(Broadcast.message_id == message.id)
        .order_by(Round.n.desc())
        .limit(20)
    ).all()
    version = session.scalar(
        select(Version).where(Version.message_id == message.id).order_by(Version.id.desc()).limit(1)
    )
    removed = message.id in queries.removed(session, incident.id)
    stops = may(g.person.roles, Permission.STOP_BROADCAST) and incident.state == "open"
    writes = may(g.person.roles, Permission.WRITE_MESSAGE) and incident.state == "open"
    return render_template(
        "messages/show.html",
        slug=slug,
        message=message,
        kind=labels.TYPES[kind],
        state=labels.STATES[message.state],
        texts=[(_("Borttagen"), reasons.said("removed"))]
        if removed
        else [
            (labels.label(name, kind), message.fields[name])
            for name in rules.fields_of(kind)
            if message.fields.get(name)
        ],
        broadcast=broadcast,
        states=states,
        rounds=rounds,
        version=None if removed else version,
        approvals=_approvals(session, version),
        receipts=_receipts(session, message.id),
        pins=pins.of_message(session, incident, message.id),
        controls={
            name: url_for(f"messages.{name}", slug=slug, broadcast_id=broadcast.id)
            for name in ("pause", "resume", "stop")
        }
        if broadcast is not None and broadcast.state in rules.ACTIVE and stops
        else {},
        correct_url=url_for("messages.correct", slug=slug, _anchor=f"m-{message.id}")
        if message.record_number is not None and stops
        else "",
        fault_url=url_for("messages.fault", slug=slug, message_id=message.id)
        if message.corrects_id is not None and may(g.person.roles, Permission.STOP_BROADCAST)
        else "",
        removal_url=url_for("messages.ask_removal_page", slug=slug, message_id=message.id)
        if message.record_number is not None and stops
        else "",
        withdraw_url=url_for("messages.withdraw", slug=slug, message_id=message.id)
        if message.state == "approved" and writes
        else "",
        actions=actions_of(incident, g.person),
    )


def _approvals(session: Session, version: Version | None) -> list[tuple[str, datetime]]:
    """(name, when) of each approval of exactly these words that stands."""
    if version is None:
        return []
    query = (
        select(Person.name, Approval.given_at)
        .join(Approval, Approval.person_id == Person.id)
        .where(
            Approval.subject == "message_version",
            Approval.subject_id == version.id,
            Approval.content_hash == version.content_hash,
            Approval.withdrawn_at.is_(None),
        )
        .order_by(Approval.given_at, Approval.id)
    )
    return [(row.name, row.given_at) for row in session.execute(query)]


def _receipts(session: Session, message_id: int) -> list[Receipt]:
    query = (
        select(Delivery, Round.number, Account.short_name, Account.platform)
        .join(Round, Round.id == Delivery.round_id)
        .join(Account, Account.id == Delivery.account_id)
        .where(Delivery.message_id == message_id)
        .order_by(Round.number.desc(), Account.position, Delivery.id)
        .limit(RECEIPTS)
    )
    return [
        Receipt(
            number,
            f"{name}, {platform_name(platform)}",
            one.language,
            cast(State, one.state),
            one.settled_at,
            one.remote_link or "",
        )
        for one, number, name, platform in session.execute(query)
    ]
