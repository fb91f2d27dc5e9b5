"""*Lämna över passet*: the giver signs, the receiver reads and signs; a page that prints."""

from __future__ import annotations

import json
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from console import clock
from console.board import queries_staff, summary
from console.db import unit_of_work
from console.errors import ConsoleError
from console.incidents import queries, rules
from console.incidents.forms import show_faults
from console.incidents.operations import shifts
from console.incidents.views.common import enter, mail_is_set_up
from console.listing import row_number
from console.people.labels import role_label, role_labels
from console.people.queries import with_role
from console.people.rules import Permission, Role, may
from console.web.guard import current_person, needs

bp = Blueprint("handovers", __name__, url_prefix="/incidents/<slug>/handovers")


class OfferForm(FlaskForm):
    receiver = SelectField(_l("Vem tar över?"), validate_choice=False)
    note = TextAreaField(_l("Vad mer behöver nästa veta?"))


class TakeOverForm(FlaskForm):
    reason = TextAreaField(_l("Varför tar du över utan överlämning?"))


class SignForm(FlaskForm):
    seen = StringField()


@bp.get("/")
@needs(Permission.VIEW_BOARD)
def index(slug: str) -> str:
    """Every handover of the event, and who holds each shift."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        person = current_person()
        return render_template(
            "staff/handovers.html",
            incident=incident,
            rows=queries.handovers_of(session, incident.id),
            shifts=queries_staff.shifts(session, incident),
            role_labels=role_labels(session),
            states=rules.HandoverState,
            mine=[role for role in rules.SHIFT_ROLES if role in person.roles]
            if incident.state == rules.State.OPEN
            else [],
        )


@bp.get("/new/<role>")
@needs(Permission.HAND_OVER_SHIFT)
def new(slug: str, role: str) -> str:
    with unit_of_work() as session:
        return _new_page(session, slug, role, OfferForm(), TakeOverForm())


@bp.post("/new/<role>")
@needs(Permission.HAND_OVER_SHIFT)
def offer(slug: str, role: str) -> Response | tuple[str, int]:
    form = OfferForm()
    try:
        with unit_of_work() as session:
            incident, now = enter(session, slug), clock.now()
            row = shifts.offer(
                session,
                current_person(),
                incident,
                role=role,
                receiver_id=row_number(form.receiver.data),
                note=form.note.data or "",
                sections=summary.sections(session, incident, now),
                now=now,
                mail=mail_is_set_up(),
            )
            receiver = row.receiver.name
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            return _new_page(session, slug, role, form, TakeOverForm()), error.status
    flash(_("Du har skrivit under. Du har passet tills %(name)s har skrivit under.", name=receiver))
    return redirect(url_for("handovers.show", slug=slug, handover_id=row.id))


@bp.post("/new/<role>/take-over")
@needs(Permission.HAND_OVER_SHIFT)
def take_over(slug: str, role: str) -> Response | tuple[str, int]:
    """The one who holds the shift can't hand it over."""
    form = TakeOverForm()
    try:
        with unit_of_work() as session:
            incident, now = enter(session, slug), clock.now()
            row = shifts.take_over(
                session,
                current_person(),
                incident,
                role=role,
                reason=form.reason.data or "",
                sections=summary.sections(session, incident, now),
                now=now,
            )
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            return _new_page(session, slug, role, OfferForm(formdata=None), form), error.status
    flash(_("Du har passet."), "done")
    return redirect(url_for("handovers.show", slug=slug, handover_id=row.id))


@bp.get("/<int:handover_id>")
@needs(Permission.VIEW_BOARD)
def show(slug: str, handover_id: int) -> str:
    with unit_of_work() as session:
        return _page(session, slug, handover_id)


@bp.post("/<int:handover_id>/sign")
@needs(Permission.HAND_OVER_SHIFT)
def sign(slug: str, handover_id: int) -> Response:
    return _settle(slug, handover_id, signs=True)


@bp.post("/<int:handover_id>/withdraw")
@needs(Permission.HAND_OVER_SHIFT)
def withdraw(slug: str, handover_id: int) -> Response:
    return _settle(slug, handover_id, signs=False)


def _settle(slug: str, handover_id: int, *, signs: bool) -> Response:
    seen = SignForm().seen.data or ""
    try:
        with unit_of_work() as session:
            incident, now, actor = enter(session, slug), clock.now(), current_person()
            queries.handover(session, incident.id, handover_id)
            if signs:
                shifts.take(session, actor, handover_id, seen, now)
            else:
                shifts.take_back(session, actor, handover_id, now)
        flash(_("Du har passet.") if signs else _("Överlämningen är tillbakatagen."), "done")
    except ConsoleError as error:
        flash(error.message, "error")
    return redirect(url_for("handovers.show", slug=slug, handover_id=handover_id))


def _new_page(session: Session, slug: str, role: str, form: OfferForm, over: TakeOverForm) -> str:
    incident, person = enter(session, slug), current_person()
    known = role in rules.SHIFT_ROLES
    people = with_role(session, Role(role)) if known else []
    form.receiver.choices = [
        SelectChoice("", _("Välj")),
        *(SelectChoice(str(one.id), one.name) for one in people if one.id != person.id),
    ]
    holder = queries.shift_holder(session, incident, role) if known else None
    return render_template(
        "staff/hand_over.html",
        incident=incident,
        role=role,
        role_label=role_label(session, role) if known else "",
        mine=role in person.roles and incident.state == rules.State.OPEN,
        holder=holder,
        holds=holder is None or holder.id == person.id,
        alone=len(form.receiver.choices) == 1,
        sections=summary.sections(session, incident, clock.now()),
        form=form,
        over=over,
    )


def _page(session: Session, slug: str, handover_id: int) -> str:
    incident, person = enter(session, slug), current_person()
    row = queries.handover(session, incident.id, handover_id)
    frozen = json.loads(row.canonical)
    waits = row.state == rules.HandoverState.OFFERED and incident.state == rules.State.OPEN
    works = may(person.roles, Permission.HAND_OVER_SHIFT)
    return render_template(
        "staff/handover.html",
        incident=incident,
        row=row,
        made_at=datetime.fromisoformat(frozen["made_at"]),
        giver=frozen["giver"]["name"],
        receiver=frozen["receiver"]["name"],
        note=frozen["note"],
        sections=[(one["heading"], one["rows"]) for one in frozen["sections"]],
        role_label=role_label(session, row.role),
        waits=waits,
        may_sign=waits and works and person.id == row.receiver_id,
        may_withdraw=waits and works and person.id in (row.giver_id, row.receiver_id),
    )
