"""What has become of a *Fel ute*: taken back, waiting, or out but not everywhere."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock
from console.accounts import charge
from console.accounts import queries as accounts
from console.accounts.models import Account
from console.accounts.rules import platform_name
from console.db import unit_of_work
from console.errors import NotFound, WrongState
from console.incidents.models import Incident
from console.incidents.views.common import enter
from console.messages import corrected, labels, queries, reasons
from console.messages.corrected import Uncorrected
from console.messages.models import Delivery, Message
from console.messages.operations import fault as verbs
from console.messages.operations import settling
from console.messages.views.common import actions_of, bp, of_event
from console.parts import Todo, Verb
from console.people.models import Person
from console.people.rules import Permission, may
from console.web.guard import needs


@bp.get("/messages/<int:message_id>/fault")
@needs(Permission.STOP_BROADCAST)
def fault(slug: str, message_id: int) -> str:
    """A correction as those who answer for it see it: what it stopped, and what it hasn't reached.

    Args:
        message_id: the correction's.
    """
    with unit_of_work() as session:
        incident = enter(session, slug)
        correction = _correction(session, incident, message_id)
        mark = queries.mark_of(session, correction.id)
        wrong = session.get_one(Message, correction.corrects_id)
        writes = may(g.person.roles, Permission.WRITE_MESSAGE)
        is_open = mark is not None and mark.open and incident.state == "open"
        return render_template(
            "messages/fault.html",
            slug=slug,
            wrong=wrong,
            correction=correction,
            state=labels.STATES[correction.state],
            pressed=mark,
            presser=session.get_one(Person, mark.pressed_by_id) if mark is not None else None,
            sentence=reasons.said("removed")
            if wrong.id in queries.removed(session, incident.id)
            else correction.fields.get("wrong", ""),
            rows=_rows(session, incident, correction),
            write_url=url_for("messages.write", slug=slug, message_id=correction.id)
            if writes and correction.state in ("draft", "returned")
            else "",
            take_back_url=url_for("messages.take_back_fault", slug=slug, message_id=correction.id)
            if is_open
            else "",
            removal_url=url_for("messages.ask_removal_page", slug=slug, message_id=wrong.id),
            actions=actions_of(incident, g.person),
        )


@bp.post("/messages/<int:message_id>/fault/take-back")
@needs(Permission.STOP_BROADCAST)
def take_back_fault(slug: str, message_id: int) -> Response:
    """Nothing was wrong: one press undoes it."""
    try:
        with unit_of_work() as session:
            incident = enter(session, slug)
            correction = _correction(session, incident, message_id)
            mark = queries.mark_of(session, correction.id)
            if mark is None:
                raise NotFound(_("Felet finns inte i den här händelsen."))
            verbs.take_back(session, g.person, mark.id, clock.now())
            flash(_("Återtaget. Texten gäller, och sändningen fortsätter."), "done")
    except WrongState as error:
        flash(error.message, "error")
    return redirect(f"/incidents/{slug}/")


@bp.post("/tasks/<int:delivery_id>/by-hand")
@needs(Permission.SETTLE_DELIVERY)
def correct_by_hand(slug: str, delivery_id: int) -> Response:
    """Let a person make the correction that the channel didn't take."""
    try:
        with unit_of_work() as session:
            incident = enter(session, slug)
            row = session.get(Delivery, delivery_id)
            if row is None or row.incident_id != incident.id:
                raise NotFound(_("Inlägget finns inte i den här händelsen."))
            settling.correct_by_hand(session, g.person, row.id, clock.now())
    except WrongState as error:
        flash(error.message, "error")
        return redirect(f"/incidents/{slug}/")
    return redirect(url_for("messages.task", slug=slug, delivery_id=delivery_id))


def _correction(session: Session, incident: Incident, message_id: int) -> Message:
    correction = of_event(session, incident, message_id)
    if correction.corrects_id is None:
        raise NotFound(_("Meddelandet är ingen rättelse."))
    return correction


def _rows(session: Session, incident: Incident, correction: Message) -> list[Todo]:
    """*Inte rättade*: each post with why, and the verb that mends it."""
    left = corrected.uncorrected(session, correction)
    found = {one.id: one for one in accounts.by_ids(session, [post.account_id for post in left])}
    return [_row(session, incident, correction, post, found[post.account_id]) for post in left]


def _row(
    session: Session, incident: Incident, correction: Message, post: Uncorrected, account: Account
) -> Todo:
    language = f" ({post.language})" if post.language != "sv" else ""
    return Todo(
        f"uncorrected-{post.delivery_id}",
        "by_hand" if post.state == "by_hand" else "unknown",
        f"{account.short_name}, {platform_name(account.platform)}{language}",
        " ".join(filter(None, (reasons.said(post.why), post.link))),
        _verb(session, incident, correction, post, account),
    )


def _verb(
    session: Session, incident: Incident, correction: Message, post: Uncorrected, account: Account
) -> Verb | None:
    slug = incident.slug

    def task(delivery_id: int, text: str) -> Verb:
        return Verb(text, url_for("messages.task", slug=slug, delivery_id=delivery_id))

    if post.why == "not_ours":
        return _call(session, account)
    if post.why == "language":
        version = queries.latest_version(session, correction.id)
        url = url_for("messages.approve_page", slug=slug, version_id=version.id)
        return Verb(_("Läs och godkänn engelskan"), url)
    if not may(g.person.roles, Permission.SETTLE_DELIVERY):
        return None
    if post.row_id is None:
        return task(post.delivery_id, _("Titta på kontot")) if post.state == "unknown" else None
    if post.state == "by_hand":
        return task(post.row_id, _("Gör för hand"))
    if post.state == "unknown":
        return task(post.row_id, _("Titta på kontot"))
    url = url_for("messages.correct_by_hand", slug=slug, delivery_id=post.row_id)
    return Verb(_("Gör för hand"), url, "post")


def _call(session: Session, account: Account) -> Verb | None:
    """The account isn't ours in this event: who looks after it can still mend it."""
    for person in charge.people(session, [account.id], clock.now()):
        if person.phone:
            return Verb(_("Ring %(name)s", name=person.name), how="call", phone=person.phone)
    return None
