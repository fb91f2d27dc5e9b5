"""Personer: who may use the console, and as what."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from console import clock, listing
from console.db import unit_of_work
from console.errors import ConsoleError
from console.people import login, operations, queries, second_factor
from console.people.forms import InviteForm, PeopleSieveForm, RolesForm
from console.people.rules import Permission
from console.people.views.common import bp, link_address
from console.policy.queries import current
from console.web import guard
from console.web.faults import show_faults
from console.web.paging import page_url

_LINK = "link_to_hand_over"
"""In the signed cookie of who made the link, until the next page has shown it: the database holds
only its digest."""


@bp.get("/people")
@guard.needs(Permission.MANAGE_PEOPLE)
def index() -> ResponseReturnValue:
    form = PeopleSieveForm(request.args)
    sieve = queries.PeopleSieve(
        words=(form.words.data or "")[:200],
        role=form.role.data or "",
        state=form.state.data or "",
        order=form.order.data or "",
    )
    with unit_of_work() as session:
        found = queries.page_of(session, sieve, listing.number(request.args.get("page")))
        return render_template("people/index.html", form=form, found=found, page_url=page_url())


@bp.get("/people/invite")
@guard.needs(Permission.MANAGE_PEOPLE)
def invite_page() -> ResponseReturnValue:
    return render_template("people/invite.html", form=InviteForm())


@bp.post("/people/invite")
@guard.needs(Permission.MANAGE_PEOPLE)
def invite() -> ResponseReturnValue:
    form = InviteForm()
    try:
        with unit_of_work() as session:
            person, token = operations.invite(
                session,
                g.person,
                clock.now(),
                name=form.name.data or "",
                email=form.email.data or "",
                phone=form.phone.data or "",
                title=form.title.data or "",
                roles=form.roles.data or (),
            )
    except ConsoleError as error:
        show_faults(form, error)
        return render_template("people/invite.html", form=form), error.status
    return _hand_over(person.id, token)


@bp.get("/people/<int:person_id>")
@guard.needs(Permission.MANAGE_PEOPLE)
def person(person_id: int) -> ResponseReturnValue:
    made_for, link = cookie.pop(_LINK, (None, None))
    return _person_page(person_id, link=link if made_for == person_id else None)


@bp.post("/people/<int:person_id>/roles")
@guard.needs(Permission.MANAGE_PEOPLE)
def change_roles(person_id: int) -> ResponseReturnValue:
    form = RolesForm()
    try:
        with unit_of_work() as session:
            person = queries.get(session, person_id)
            operations.change_roles(session, g.person, clock.now(), person, form.roles.data or ())
    except ConsoleError as error:
        show_faults(form, error)
        return _person_page(person_id, form=form), error.status
    flash(_("Rollerna är ändrade."))
    return redirect(url_for("people.person", person_id=person_id), 303)


@bp.post("/people/<int:person_id>/deactivate")
@guard.needs(Permission.MANAGE_PEOPLE)
def deactivate(person_id: int) -> ResponseReturnValue:
    with unit_of_work() as session:
        person = queries.get(session, person_id)
        operations.deactivate(session, g.person, clock.now(), person)
    flash(_("%(name)s är avstängd och utloggad.", name=person.name))
    return redirect(url_for("people.person", person_id=person_id), 303)


@bp.post("/people/<int:person_id>/reactivate")
@guard.needs(Permission.MANAGE_PEOPLE)
def reactivate(person_id: int) -> ResponseReturnValue:
    with unit_of_work() as session:
        person = queries.get(session, person_id)
        operations.reactivate(session, g.person, clock.now(), person)
    flash(_("%(name)s är insläppt igen.", name=person.name))
    return redirect(url_for("people.person", person_id=person_id), 303)


@bp.post("/people/<int:person_id>/reset")
@guard.needs(Permission.MANAGE_PEOPLE)
def reset(person_id: int) -> ResponseReturnValue:
    """A new one-time link."""
    with unit_of_work() as session:
        person = queries.get(session, person_id)
        token = operations.make_reset_link(session, g.person, clock.now(), person)
    return _hand_over(person_id, token)


@bp.post("/people/<int:person_id>/sessions/end")
@guard.needs(Permission.MANAGE_PEOPLE)
def end_sessions(person_id: int) -> ResponseReturnValue:
    with unit_of_work() as session:
        person = queries.get(session, person_id)
        count = login.log_out_everywhere(session, g.person, clock.now(), person)
    flash(ngettext("%(num)s session avslutad.", "%(num)s sessioner avslutade.", count))
    return redirect(url_for("people.person", person_id=person_id), 303)


def _hand_over(person_id: int, token: str) -> ResponseReturnValue:
    """The person's page shows the link, once: a reload there makes no other one."""
    cookie[_LINK] = (person_id, link_address(token))
    return redirect(url_for("people.person", person_id=person_id), 303)


def _person_page(person_id: int, link: str | None = None, form: RolesForm | None = None) -> str:
    now = clock.now()
    with unit_of_work() as session:
        person = queries.get(session, person_id)
        return render_template(
            "people/person.html",
            shown=person,
            form=form or RolesForm(formdata=None, data={"roles": sorted(person.roles)}),
            link=link,
            link_hours=current(session).link_hours,
            waiting=queries.has_open_link(session, person, now),
            sessions=queries.sessions_of(session, person, now),
            oneself=person.id == g.person.id,
            has_app=second_factor.has(session, person.id),
        )
