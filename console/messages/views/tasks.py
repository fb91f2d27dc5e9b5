"""One post that needs a person: by hand, unconfirmed, refused."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from channels.platforms import PLATFORMS
from console import clock
from console.accounts.rules import platform_name
from console.db import unit_of_work
from console.errors import BadInput, NotAllowed, NotFound, WrongState
from console.incidents.models import Incident
from console.incidents.views.common import enter
from console.messages import entered, forms, queries, reasons, rules
from console.messages.models import Broadcast, Delivery
from console.messages.operations import by_hand, images, settling
from console.messages.rules import Act, DeliveryState
from console.messages.views.common import bp
from console.people.rules import Permission, may
from console.pictures.models import Image, Picture
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


@bp.post("/tasks/<int:delivery_id>/from")
@needs(Permission.CONFIRM_BY_HAND)
def can_from(slug: str, delivery_id: int) -> Answer:
    """*Jag kan göra det från kl …*: the next time the clock shows that."""
    form, now = forms.CanFromForm(), clock.now()
    try:
        with unit_of_work() as session:
            delivery = _of_event(session, enter(session, slug), delivery_id)
            notice = by_hand.notice_of(session, delivery, g.person.id)
            if notice is None:
                raise NotFound(_("Du är inte administratör för kontot."))
            at = entered.moment(form.can_from.data or "", "", now)
            by_hand.can_from(session, g.person, notice.id, at, now)
    except BadInput as error:
        form.can_from.errors = [error.message]
        with unit_of_work() as session:
            incident = enter(session, slug)
            page = _page(session, incident, delivery_id, forms.LinkForm(formdata=None), form)
        return page, error.status
    flash(_("Informationsenheten ser det på tavlan."), "done")
    return redirect(url_for("messages.task", slug=slug, delivery_id=delivery_id))


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


def _picture(session: Session, delivery: Delivery, *, taken_away: bool) -> Picture | None:
    """The card that goes with it, once it is drawn."""
    if delivery.picture_id is None or taken_away:
        return None
    found = session.get_one(Picture, delivery.picture_id)
    return found if found.state == "drawn" else None


def _images(session: Session, delivery: Delivery, *, taken_away: bool) -> list[tuple[Image, str]]:
    """The message's own pictures, with what is said of each, where the platform takes any."""
    takes = PLATFORMS[delivery.account.platform].pictures is not None
    if not takes or taken_away or delivery.act != Act.POST:
        return []
    english = delivery.language == "en"
    rows = images.of_message(session, delivery.message_id)
    return [(one.image, one.alt_en if english else one.alt) for one in rows]


def _page(
    session: Session,
    incident: Incident,
    delivery_id: int,
    form: forms.LinkForm,
    from_form: forms.CanFromForm | None = None,
) -> str:
    delivery = _of_event(session, incident, delivery_id)
    settles = may(g.person.roles, Permission.SETTLE_DELIVERY)
    superseded = delivery.state == "expired" and delivery.reason in ("newer_text", "replaced")
    newer = by_hand.newer(session, delivery) if superseded else None
    broadcast = session.get_one(Broadcast, delivery.broadcast_id)
    waits = delivery.state == DeliveryState.BY_HAND and rules.word_was_due(broadcast, clock.now())
    refusal = None
    if delivery.state in ("refused", "unknown"):
        refusal = settling.why_not_again(session, delivery, clock.now())
    removed = queries.removed(session, incident.id)
    return render_template(
        "messages/task.html",
        menu=(),
        delivery=delivery,
        account=delivery.account,
        platform=platform_name(delivery.account.platform),
        due=delivery.round.due_at,
        form=form,
        content=reasons.said("removed") if delivery.message_id in removed else delivery.content,
        edited=session.get(Delivery, delivery.edits_id) if delivery.edits_id else None,
        reason=reasons.said(delivery.reason),
        settles=settles,
        confirms=settling.may_confirm(session, g.person, delivery.account_id, clock.now()),
        why_not_again=refusal,
        board_url=f"/incidents/{incident.slug}/",
        urls={
            name: url_for(f"messages.{name}", slug=incident.slug, delivery_id=delivery.id)
            for name in ("confirm", "resolve", "again", "can_from")
        },
        superseded=superseded,
        word_due=broadcast.promise_at if waits else None,
        newer_url=url_for("messages.task", slug=incident.slug, delivery_id=newer.id)
        if newer is not None
        else "",
        needs_picture=PLATFORMS[delivery.account.platform].needs_picture,
        picture=_picture(session, delivery, taken_away=delivery.message_id in removed),
        picture_url=url_for("messages.task_picture", slug=incident.slug, delivery_id=delivery.id),
        images=_images(session, delivery, taken_away=delivery.message_id in removed),
        slug=incident.slug,
        notice=by_hand.notice_of(session, delivery, g.person.id),
        from_form=from_form or forms.CanFromForm(formdata=None),
    )
