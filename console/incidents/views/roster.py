"""Bemanning: who holds each place in the event's staff, and the number to ring."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock
from console.db import unit_of_work
from console.errors import BadInput
from console.incidents import roster
from console.incidents.models import Incident
from console.incidents.views.common import bp, enter
from console.people import choosing
from console.people import queries as people
from console.people.rules import Permission, may
from console.web.guard import current_person, needs


@dataclass(frozen=True)
class Refused:
    """What was typed for a place, and why it wasn't saved."""

    place: str
    person: str
    name: str
    phone: str
    field: str
    problem: str


@bp.get("/incidents/<slug>/roster")
@needs(Permission.VIEW_BOARD)
def show_roster(slug: str) -> str:
    with unit_of_work() as session:
        return _page(session, enter(session, slug))


@bp.post("/incidents/<slug>/roster/<place>")
@needs(Permission.EDIT_ROSTER)
def set_roster(slug: str, place: str) -> Response | tuple[str, int]:
    typed = request.form.get("person", "")
    name, phone = request.form.get("name", ""), request.form.get("phone", "")
    if request.form.get("do") == "empty":
        typed, name, phone = "", "", ""
    try:
        with unit_of_work() as session:
            chosen = choosing.chosen(session, typed, "person")
            roster.set_place(
                session,
                current_person(),
                enter(session, slug),
                place,
                clock.now(),
                person=None if chosen is None else people.get(session, chosen),
                name=name,
                phone=phone,
            )
    except BadInput as error:
        wrong = Refused(place, typed, name, phone, error.field or "", error.message)
        with unit_of_work() as session:
            return _page(session, enter(session, slug), wrong), error.status
    return redirect(url_for("incidents.show_roster", slug=slug))


def _page(session: Session, incident: Incident, wrong: Refused | None = None) -> str:
    edits = may(current_person().roles, Permission.EDIT_ROSTER) and incident.state == "open"
    places = roster.of_event(session, incident.id)
    held = {one.person_id for one in places if one.person_id}
    return render_template(
        "incidents/roster.html",
        incident=incident,
        places=places,
        people=choosing.offer(session, choosing.everybody(), held) if edits else None,
        may_change=edits,
        wrong=wrong,
    )
