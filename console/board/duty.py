"""På jour: who is reached first, and handing it over in one press. Stands over every event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock, live
from console.db import unit_of_work
from console.errors import BadInput, ConsoleError, NotFound
from console.incidents import operations as incidents
from console.incidents.queries import open_incidents
from console.incidents.rules import NoticeKind
from console.incidents.views.common import mail_is_set_up, show_in_band
from console.listing import row_number
from console.people import duty, queries
from console.people.labels import role_label
from console.people.models import Duty, Person
from console.people.rules import DUTY_ROLES, Permission, Role
from console.phrases import STOCKHOLM
from console.web.guard import current_person, needs

bp = Blueprint("duty", __name__, url_prefix="/duty")


@dataclass(frozen=True)
class Row:
    """Somebody with the role."""

    person: Person
    place: int
    """On the list of whom to ring; 0: not on it."""


@dataclass(frozen=True)
class Shown:
    """One role's duty, as a reader sees it."""

    role: Role
    label: str
    holder: Person | None
    since: datetime | None
    until: datetime | None
    late: bool
    rows: tuple[Row, ...]
    may_change: bool
    mine: bool
    may_take: bool


@bp.get("")
@needs(Permission.VIEW_DUTY)
def show() -> str:
    return _page()


def _page(problem: str = "") -> str:
    with unit_of_work() as session:
        show_in_band(session, None)
        person, now = current_person(), clock.now()
        # One's own duty first: on a phone the other lies below.
        roles = sorted(DUTY_ROLES, key=lambda role: role not in person.roles)
        shown = [_shown(session, role, person, now) for role in roles]
        return render_template("people/duty.html", duties=shown, me=person, problem=problem)


@bp.post("/<role>/hand-over")
@needs(Permission.HAND_OVER_DUTY)
def hand_over(role: str) -> Response | tuple[str, int]:
    """One press: the named person has the duty from now on."""
    return _done(_role(role), "hand_over")


@bp.post("/<role>/earlier")
@needs(Permission.HAND_OVER_DUTY)
def earlier(role: str) -> Response | tuple[str, int]:
    return _done(_role(role), "earlier")


@bp.post("/<role>/leave")
@needs(Permission.HAND_OVER_DUTY)
def leave(role: str) -> Response | tuple[str, int]:
    return _done(_role(role), "leave")


def _done(role: Role, what: Literal["hand_over", "earlier", "leave"]) -> Response | tuple[str, int]:
    try:
        with unit_of_work() as session:
            actor, now, person = current_person(), clock.now(), _person(session)
            if what == "hand_over":
                taken = duty.hand_over(session, actor, role, person, now, until=_until())
                _tell(session, actor, role, person, taken, now)
                flash(_("%(name)s har jouren.", name=person.name), "done")
            elif what == "earlier":
                duty.call_earlier(session, actor, role, person, now)
            else:
                duty.leave_call_list(session, actor, role, person, now)
            topics = [live.incident_topic(event.id) for event in open_incidents(session)]
            live.announce(session, *topics)
    except ConsoleError as error:
        return _page(error.message), error.status
    return redirect(url_for("duty.show", _anchor=role.value))


def _tell(
    session: Session, actor: Person, role: Role, person: Person, taken: Duty, now: datetime
) -> None:
    """Who is given the duty by somebody else while an event is open gets to know it."""
    if person.id == actor.id:
        return
    for event in open_incidents(session):
        incidents.tell(
            session,
            event,
            NoticeKind.STAFF,
            f"duty {taken.id}",
            [person],
            now,
            subject=f"Du har jouren: {event.name}",
            text=f"{actor.name} satte dig på jour. Du nås först från nu. Kan du inte? Lämna över.",
            path="/duty",
            mail=mail_is_set_up(),
            actor_id=actor.id,
        )


def _role(value: str) -> Role:
    for role in DUTY_ROLES:
        if role == value:
            return role
    raise NotFound(_("Den rollen har ingen jour."))


def _person(session: Session) -> Person:
    number = row_number(request.form.get("person"))
    if not number:
        raise BadInput(_("Välj någon som har rollen."), field="person")
    return queries.get(session, number)


def _until() -> datetime | None:
    """A local time from the form, as an aware one; None: not said."""
    text = request.form.get("until", "").strip()
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM)
    except ValueError:
        raise BadInput(_("Skriv dag och klockslag."), field="until") from None


def _shown(session: Session, role: Role, reader: Person, now: datetime) -> Shown:
    row, holder = queries.duty(session, role), queries.on_duty(session, role)
    places = queries.call_places(session, role)
    people = sorted(
        queries.with_role(session, role), key=lambda one: (places.get(one.id, 10_000), one.name)
    )
    until = row.until if row is not None and holder is not None else None
    changes = role in reader.roles or Role.INFORMATION_UNIT in reader.roles
    return Shown(
        role=role,
        label=role_label(session, role),
        holder=holder,
        since=row.since if row is not None and holder is not None else None,
        until=until,
        late=until is not None and until <= now,
        rows=tuple(Row(one, places.get(one.id, 0)) for one in people),
        may_change=changes,
        mine=holder is not None and holder.id == reader.id,
        may_take=role in reader.roles and (holder is None or holder.id != reader.id),
    )
