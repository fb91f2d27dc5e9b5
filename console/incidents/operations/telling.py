"""Telling people something about an event: one notice each, with a text and a place to go."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from console import live
from console.incidents.models import Incident, Notice
from console.incidents.operations.reaching import to_own_addresses
from console.incidents.rules import NoticeKind
from console.mails import queued
from console.people.models import Person
from console.timeline.operations import record


def tell(
    session: Session,
    incident: Incident,
    kind: NoticeKind,
    about: str,
    people: Iterable[Person],
    now: datetime,
    *,
    subject: str,
    text: str,
    path: str,
    mail: bool,
    actor_id: int | None = None,
) -> list[Notice]:
    """Write one notice to each active person; who already has this one isn't told again.

    Args:
        kind: one of `rules.TOLD`: those whose words come with the notice.
        about: what it is about, e.g. "version 12": with kind and person it makes the notice one.
        subject, text: Swedish, complete but for link, telephone number and exercise mark.
        path: where to act, from the console's root, e.g. "/incidents/vatten/messages/approve/4".
        mail: mail can be sent; without it the notice waits in the console.
        actor_id: who caused it; None: the console itself.

    Returns:
        The notices made now, in the order of `people`.
    """
    wanted = {person.id: person for person in people if person.active}
    if not wanted:
        return []
    rows = [
        {
            "incident_id": incident.id,
            "kind": kind.value,
            "about": about,
            "person_id": person_id,
            "accounts": "",
            "subject": subject,
            "content": text,
            "path": path,
            "made_at": now,
            **queued(mail, now),
        }
        for person_id in wanted
    ]
    made = set(
        session.scalars(
            upsert(Notice)
            .values(rows)
            .on_conflict_do_nothing(
                index_elements=[
                    Notice.incident_id, Notice.kind, Notice.person_id, Notice.about,
                ]
            )
            .returning(Notice.id)
        )
    )  # fmt: skip
    if not made:
        return []
    query = select(Notice).where(Notice.id.in_(made)).order_by(Notice.id)
    notices = list(session.scalars(query))
    to_own_addresses(session, made, now)
    record(
        session,
        "notice:told",
        body={
            "kind": kind.value,
            "about": about,
            "notices": [{"notice": n.id, "person": n.person_id} for n in notices],
        },
        now=now,
        incident_id=incident.id,
        person_id=actor_id,
    )
    live.announce(session, live.CALM, live.WORK, live.incident_topic(incident.id))
    return notices
