"""*Stab*: who leads, who has the shift, and the first hour's list."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock
from console.board import queries_staff
from console.board.rows_staff import said
from console.db import unit_of_work
from console.errors import BadInput
from console.incidents import rules
from console.incidents.operations import first_hour
from console.incidents.views.common import board_url, enter
from console.people.labels import role_labels
from console.people.rules import Permission, may
from console.web.guard import current_person, needs

bp = Blueprint("staff", __name__, url_prefix="/incidents/<slug>/staff")


@bp.get("/")
@needs(Permission.VIEW_BOARD)
def show(slug: str) -> str:
    with unit_of_work() as session:
        return _page(session, slug)


@bp.post("/first-hour/<key>")
@needs(Permission.TICK_FIRST_HOUR)
def tick(slug: str, key: str) -> Response | tuple[str, int]:
    """*Klart*: from the list with a note, from the board without."""
    note = request.form.get("note", "")
    try:
        with unit_of_work() as session:
            incident = enter(session, slug)
            first_hour.tick(session, current_person(), incident, key, note, clock.now())
            board = board_url(incident)
    except BadInput as error:
        with unit_of_work() as session:
            return _page(session, slug, key, note, error.message), error.status
    here = url_for("staff.show", slug=slug, _anchor=f"first-{key}")
    return redirect(here if "note" in request.form else board)


@bp.post("/first-hour/<key>/undo")
@needs(Permission.TICK_FIRST_HOUR)
def untick(slug: str, key: str) -> Response:
    with unit_of_work() as session:
        incident = enter(session, slug)
        first_hour.untick(session, current_person(), incident, key, clock.now())
    return redirect(url_for("staff.show", slug=slug, _anchor=f"first-{key}"))


def _page(session: Session, slug: str, key: str = "", note: str = "", fault: str = "") -> str:
    """Args: key, note, fault: the note that wasn't taken, and why."""
    incident = enter(session, slug)
    open_, roles = incident.state == rules.State.OPEN, current_person().roles
    facts = queries_staff.staff(session, incident)
    return render_template(
        "staff/show.html",
        incident=incident,
        points=facts.points,
        said=said,
        shifts=facts.shifts,
        role_labels=role_labels(session),
        now=clock.now(),
        fault_key=key,
        fault_note=note,
        fault=fault,
        stage_label=rules.STAGE_LABELS[rules.Stage(incident.stage)],
        stage_detail=rules.STAGE_DETAILS[rules.Stage(incident.stage)],
        may_tick=open_ and may(roles, Permission.TICK_FIRST_HOUR),
        may_lead=open_ and may(roles, Permission.OPEN_INCIDENT),
        may_close=open_ and may(roles, Permission.CLOSE_INCIDENT),
        may_hand_over=open_ and may(roles, Permission.HAND_OVER_SHIFT),
    )
