"""A message that can't be changed any more: its text, and what became of it."""

from __future__ import annotations

from flask import g, render_template, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.incidents.models import Incident
from console.messages import labels, rules
from console.messages.models import Broadcast, Delivery, Message, Round, Version
from console.messages.views.common import actions_of, type_of
from console.people.rules import Permission, may


def page(session: Session, incident: Incident, message: Message) -> str:
    kind, slug = type_of(message), incident.slug
    broadcast = session.scalar(select(Broadcast).where(Broadcast.message_id == message.id))
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
    stops = may(g.person.roles, Permission.STOP_BROADCAST) and incident.state == "open"
    writes = may(g.person.roles, Permission.WRITE_MESSAGE) and incident.state == "open"
    return render_template(
        "messages/show.html",
        slug=slug,
        message=message,
        kind=labels.TYPES[kind],
        state=labels.STATES[message.state],
        texts=[
            (labels.label(name, kind), message.fields[name])
            for name in rules.fields_of(kind)
            if message.fields.get(name)
        ],
        broadcast=broadcast,
        states=states,
        rounds=rounds,
        version=version,
        controls={
            name: url_for(f"messages.{name}", slug=slug, broadcast_id=broadcast.id)
            for name in ("pause", "resume", "stop")
        }
        if broadcast is not None and broadcast.state in rules.ACTIVE and stops
        else {},
        correct_url=url_for("messages.begin_correction", slug=slug)
        if message.record_number is not None and writes
        else "",
        withdraw_url=url_for("messages.withdraw", slug=slug, message_id=message.id)
        if message.state == "approved" and writes
        else "",
        actions=actions_of(incident, g.person),
    )
