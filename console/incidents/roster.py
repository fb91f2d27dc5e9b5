"""Bemanning: the places in an event's staff, who holds each, and the number to ring.

Source: crisis-practice, "Who" and "First hour".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import live
from console.errors import BadInput
from console.incidents.models import Incident, RosterPlace
from console.incidents.operations.common import allow, hold_open
from console.people import queries as people
from console.people.models import Person
from console.people.rules import Permission, Role
from console.policy.queries import current as current_profile
from console.timeline.operations import record

NAME_LENGTH = 80
PHONE_LENGTH = 40
"""Characters."""


class Place(StrEnum):
    CHIEF_OF_STAFF = "chief_of_staff"
    INFORMATION_LEAD = "information_lead"
    WRITER = "writer"
    APPROVER = "approver"
    WEB = "web"
    SPOKESPERSON = "spokesperson"
    SWITCHBOARD = "switchboard"
    MONITORING = "monitoring"
    LOCAL_RADIO = "local_radio"


LABELS: dict[Place, LazyString] = {
    Place.CHIEF_OF_STAFF: _l("Stabschef"),
    Place.INFORMATION_LEAD: _l("Informationsansvarig"),
    Place.WRITER: _l("Skribent"),
    Place.APPROVER: _l("Beslutsfattare på jour"),
    Place.WEB: _l("Webbansvarig"),
    Place.SPOKESPERSON: _l("Talesperson"),
    Place.SWITCHBOARD: _l("Växel"),
    Place.MONITORING: _l("Omvärldsbevakning"),
    Place.LOCAL_RADIO: _l("Kontakt med lokalradion"),
}
BY_DUTY: dict[Place, Role] = {Place.APPROVER: Role.APPROVER}
"""Places that are held by whoever has a role's duty (På jour), in every event."""


class Holder(Protocol):
    """Who has a duty: a person, or the columns of one."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def phone(self) -> str: ...


class Written(Protocol):
    """A `RosterPlace`, or its columns."""

    @property
    def place(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def person_id(self) -> int | None: ...


@dataclass(frozen=True)
class Held:
    """One place as it stands. `name` empty: nobody holds it."""

    place: Place
    name: str = ""
    phone: str = ""
    person_id: int | None = None
    by_duty: bool = False

    @property
    def label(self) -> str:
        return str(LABELS[self.place])


def places(session: Session) -> list[Place]:
    """The places that the municipality wants held, in the catalogue's order (profile)."""
    wanted = current_profile(session).roster_places
    return [place for place in Place if place in wanted]


def of_event(session: Session, incident_id: int) -> list[Held]:
    """Every wanted place of an event, held or not."""
    query = select(RosterPlace).where(RosterPlace.incident_id == incident_id)
    holders = {role: people.on_duty(session, role) for role in BY_DUTY.values()}
    return arranged(places(session), session.scalars(query), holders)


def arranged(
    wanted: Iterable[Place], rows: Iterable[Written], holders: Mapping[Role, Holder | None]
) -> list[Held]:
    """The wanted places with who holds each.

    Args:
        rows: what has been written about the event's places.
        holders: who has the duty of the roles that some places go by.
    """
    written: dict[str, Written] = {row.place: row for row in rows}
    held = []
    for place in wanted:
        if place in BY_DUTY:
            who = holders.get(BY_DUTY[place])
            one = Held(place, by_duty=True)
            if who is not None:
                one = Held(place, who.name, who.phone, who.id, by_duty=True)
        elif (row := written.get(place)) is not None:
            one = Held(place, row.name, row.phone, row.person_id)
        else:
            one = Held(place)
        held.append(one)
    return held


def set_place(
    session: Session,
    actor: Person,
    incident: Incident,
    place: str,
    now: datetime,
    *,
    person: Person | None = None,
    name: str = "",
    phone: str = "",
) -> Held:
    """Say who holds a place; neither a person nor a name: nobody does any more.

    Args:
        person: somebody who uses the console: their own number is used unless another is given.
        name: of somebody who doesn't.
        phone: the number to ring.

    Raises:
        NotAllowed; WrongState: closed.
        BadInput: no such place, or one held by duty (`place`); too long, or a name without a
            number (`name`, `phone`).
    """
    allow(actor, Permission.EDIT_ROSTER)
    hold_open(session, incident)
    if place not in list(Place):
        raise BadInput(_("Platsen finns inte i bemanningen."), field="place")
    where = Place(place)
    if where in BY_DUTY:
        raise BadInput(_("Den platsen har den som har jouren. Ändra på sidan På jour."), "place")
    name, phone = " ".join(name.split()), " ".join(phone.split())
    if person is not None:
        name, phone = person.name, phone or person.phone
    if len(name) > NAME_LENGTH:
        raise BadInput(_("Korta namnet till högst 80 tecken."), field="name")
    if len(phone) > PHONE_LENGTH:
        raise BadInput(_("Korta numret till högst 40 tecken."), field="phone")
    if phone and not name:
        raise BadInput(_("Välj en person eller skriv ett namn."), field="name")
    if name and not any(sign.isdigit() for sign in phone):
        raise BadInput(_("Skriv ett nummer att ringa."), field="phone")
    _write(session, actor, incident, where, person, name, phone, now)
    return Held(where, name, phone, None if person is None else person.id)


def _write(
    session: Session,
    actor: Person,
    incident: Incident,
    place: Place,
    person: Person | None,
    name: str,
    phone: str,
    now: datetime,
) -> None:
    person_id = None if person is None else person.id
    kept = session.get(RosterPlace, (incident.id, place.value))
    if (("", "") if kept is None else (kept.name, kept.phone)) == (name, phone):
        return
    if kept is None:
        kept = RosterPlace(incident_id=incident.id, place=place.value)
        session.add(kept)
    kept.person_id, kept.name, kept.phone = person_id, name, phone
    kept.set_at, kept.set_by_id = now, actor.id
    record(
        session,
        "roster:changed",
        body={"place": place.value, "person": person_id, "held": bool(name)},
        personal={"name": name, "phone": phone} if name else None,
        now=now,
        incident_id=incident.id,
        person_id=actor.id,
    )
    live.announce(session, live.incident_topic(incident.id))
