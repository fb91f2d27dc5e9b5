"""One post that needs a person: by hand, unconfirmed, refused."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from channels.platforms import PLATFORMS
from console import clock
from console.db import unit_of_work
from console.errors import BadInput, NotAllowed, NotFound, WrongState
from console.incidents.models import Incident
from console.incidents.views.common import enter
from console.messages import forms, reasons
from console.messages.models import Delivery
from console.messages.operations import settling
from console.messages.views.common import bp
from console.people.rules import Permission, may
from console.web.guard import needs

Answer = Response | tuple[str, int]


@bp.get("/tasks/<int:delivery_id>")
@needs(Permission.CONFIRM_BY_HAND)
def task(slug: str, delivery_id: int) -> str:
    """The text to copy, what is known, and what can be said about it."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        return _page(session, incident, delivery_id, forms.LinkForm())


@bp.post("/tasks/<int:delivery_id>/confirm")
@needs(Permission.CONFIRM_BY_HAND)
def confirm(slug: str, delivery_id: int) -> Answer:
    def act(session: Session, link: str) -> str:
        settling.confirm_by_hand(session, g.person, delivery_id, link, clock.now())
        return _("Klar för hand. Tack!")

    return _settle(slug, delivery_id, act)


@bp.post("/tasks/<int:delivery_id>/resolve")
@needs(Permission.SETTLE_DELIVERY)
def resolve(slug: str, delivery_id: int) -> Answer:
    """It is out; it isn't; it isn't and is to be sent again."""
    answer = request.form.get("answer", "")

    def act(session: Session, link: str) -> str:
        if answer not in ("out", "not_out", "again"):
            raise BadInput(_("Välj om inlägget är ute."), field="answer")
        now = clock.now()
        settling.resolve_unknown(session, g.person, delivery_id, answer == "out", link, now)
        if answer == "again":
            settling.send_again(session, g.person, delivery_id, now)
            return _("Inlägget sänds igen.")
        return _("Noterat: inlägget är ute.") if answer == "out" else _("Noterat: inte ute.")

    return _settle(slug, delivery_id, act)


@bp.post("/tasks/<int:delivery_id>/again")
@needs(Permission.SETTLE_DELIVERY)
def again(slug: str, delivery_id: int) -> Answer:
    def act(session: Session, link: str) -> str:
        settling.send_again(session, g.person, delivery_id, clock.now())
        return _("Inlägget sänds igen.")

    return _settle(slug, delivery_id, act)


def _settle(slug: str, delivery_id: int, act: Callable[[Session, str], str]) -> Answer:
    form = forms.LinkForm()
    try:
        with unit_of_work() as session:
            _of_event(session, enter(session, slug), delivery_id)
            flash(act(session, form.link.data or ""), "done")
    except (BadInput, WrongState, NotAllowed) as error:
        if isinstance(error, BadInput) and error.field == "link":
            form.link.errors = [error.message]
        else:
            form.form_errors.append(error.message)
        with unit_of_work() as session:
            incident = enter(session, slug)
            return _page(session, incident, delivery_id, form), error.status
    return redirect(f"/incidents/{slug}/")


def _of_event(session: Session, incident: Incident, delivery_id: int) -> Delivery:
    delivery = session.get(Delivery, delivery_id)
    if delivery is None or delivery.incident_id != incident.id:
        raise NotFound(_("Inlägget finns inte i den här händelsen."))
    return delivery


def _page(session: Session, incident: Incident, delivery_id: int, form: forms.LinkForm) -> str:
    delivery = _of_event(session, incident, delivery_id)
    settles = may(g.person.roles, Permission.SETTLE_DELIVERY)
    refusal = None
    if delivery.state in ("refused", "unknown"):
        refusal = settling.why_not_again(session, delivery, clock.now())
    return render_template(
        "messages/task.html",
        menu=(),
        delivery=delivery,
        account=delivery.account,
        platform=PLATFORMS[delivery.account.platform].name,
        due=delivery.round.due_at,
        form=form,
        reason=reasons.said(delivery.reason),
        settles=settles,
        confirms=settling.may_confirm(session, g.person, delivery.account_id),
        why_not_again=refusal,
        board_url=f"/incidents/{incident.slug}/",
        urls={
            name: url_for(f"messages.{name}", slug=incident.slug, delivery_id=delivery.id)
            for name in ("confirm", "resolve", "again")
        },
    )
