"""Deleting posts that are out: a separate act, with ground, a second person and evidence (4-i)."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock
from console.accounts.rules import platform_name
from console.db import unit_of_work
from console.errors import BadInput, NotAllowed, NotFound, WrongState
from console.incidents.models import Incident
from console.incidents.views.common import enter, mail_is_set_up
from console.listing import row_number
from console.messages import forms, labels, reasons
from console.messages.models import Removal, RemovalPost
from console.messages.operations import removing as verbs
from console.messages.operations.settling import may_confirm
from console.messages.rules import Ground
from console.messages.views.common import actions_of, bp, of_event
from console.people.models import Person
from console.people.rules import Permission, may
from console.web.guard import needs

Answer = Response | tuple[str, int]


@bp.get("/messages/<int:message_id>/removal")
@needs(Permission.ASK_REMOVAL)
def ask_removal_page(slug: str, message_id: int) -> str:
    """Three grounds; anything else is corrected."""
    with unit_of_work() as session:
        return _ask_page(session, enter(session, slug), message_id, forms.RemovalForm())


@bp.post("/messages/<int:message_id>/removal")
@needs(Permission.ASK_REMOVAL)
def ask_removal(slug: str, message_id: int) -> Answer:
    form = forms.RemovalForm()
    chosen = request.form.get("posts", "all")
    post = row_number(chosen)
    try:
        with unit_of_work() as session:
            incident = enter(session, slug)
            if chosen != "all" and not post:
                raise BadInput(_("Välj vilka inlägg."), field="posts")
            removal = verbs.ask(
                session,
                g.person,
                incident,
                of_event(session, incident, message_id).id,
                None if chosen == "all" else [post],
                request.form.get("ground", ""),
                form.reason.data or "",
                clock.now(),
            )
            flash(_("Beviset är sparat. Någon annan beslutar."), "done")
    except (BadInput, WrongState) as error:
        field = form._fields.get(getattr(error, "field", None) or "")
        if field is not None:
            field.errors = [error.message]
        else:
            form.form_errors.append(error.message)
        with unit_of_work() as session:
            return _ask_page(session, enter(session, slug), message_id, form), 422
    return redirect(url_for("messages.removal", slug=slug, removal_id=removal.id))


@bp.get("/removals/<int:removal_id>")
@needs(Permission.ASK_REMOVAL)
def removal(slug: str, removal_id: int) -> str:
    """What is asked, and what has become of it, post by post."""
    with unit_of_work() as session:
        return _page(session, enter(session, slug), removal_id)


@bp.post("/removals/<int:removal_id>")
@needs(Permission.DECIDE_REMOVAL)
def decide_removal(slug: str, removal_id: int) -> Answer:
    answer = request.form.get("answer", "")
    try:
        with unit_of_work() as session:
            _of_event(session, enter(session, slug), removal_id)
            if answer not in ("remove", "keep"):
                raise BadInput(_("Välj om inläggen ska tas bort."), field="answer")
            verbs.decide(
                session,
                g.person,
                removal_id,
                answer == "remove",
                clock.now(),
                mail=mail_is_set_up(),
            )
            flash(_("Inläggen tas bort.") if answer == "remove" else _("Inläggen står kvar."),
                  "done")  # fmt: skip
    except (NotAllowed, WrongState) as error:
        with unit_of_work() as session:
            return _page(session, enter(session, slug), removal_id, error.message), error.status
    return redirect(url_for("messages.removal", slug=slug, removal_id=removal_id))


@bp.post("/removals/posts/<int:post_id>/evidence")
@needs(Permission.READ_EVIDENCE)
def evidence(slug: str, post_id: int) -> str:
    """The exact text. A press, not a link: every look stands on the timeline."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        _post_of(session, incident, post_id)
        one = verbs.look(session, g.person, post_id, clock.now())
        return render_template(
            "messages/evidence.html",
            post=one,
            account=one.delivery.account,
            ground=labels.GROUNDS[one.removal.ground],
            back=f"/incidents/{incident.slug}/",
        )


@bp.get("/removals/posts/<int:post_id>")
@needs(Permission.CONFIRM_BY_HAND)
def removal_post(slug: str, post_id: int) -> str:
    """For the account's administrator: which post to delete, and where."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        one = _post_of(session, incident, post_id)
        account = one.delivery.account
        return render_template(
            "messages/removal_post.html",
            menu=(),
            post=one,
            account=account,
            platform=platform_name(account.platform),
            due=one.delivery.round.due_at,
            marker=one.delivery.marker,
            confirms=may_confirm(session, g.person, account.id, clock.now()),
            confirm_url=url_for("messages.confirm_removed", slug=slug, post_id=one.id),
            board_url=f"/incidents/{incident.slug}/",
        )


@bp.post("/removals/posts/<int:post_id>/gone")
@needs(Permission.CONFIRM_BY_HAND)
def confirm_removed(slug: str, post_id: int) -> Response:
    try:
        with unit_of_work() as session:
            _post_of(session, enter(session, slug), post_id)
            verbs.confirm(session, g.person, post_id, clock.now())
            flash(_("Borttaget. Tack!"), "done")
    except WrongState as error:
        flash(error.message, "error")
    return redirect(f"/incidents/{slug}/")


def _of_event(session: Session, incident: Incident, removal_id: int) -> Removal:
    found = session.get(Removal, removal_id)
    if found is None or found.incident_id != incident.id:
        raise NotFound(_("Begäran finns inte i den här händelsen."))
    return found


def _post_of(session: Session, incident: Incident, post_id: int) -> RemovalPost:
    one = session.get(RemovalPost, post_id)
    if one is None or one.removal.incident_id != incident.id:
        raise NotFound(_("Inlägget finns inte i den här händelsen."))
    return one


def _ask_page(
    session: Session, incident: Incident, message_id: int, form: forms.RemovalForm
) -> str:
    message = of_event(session, incident, message_id)
    return render_template(
        "messages/removal_ask.html",
        slug=incident.slug,
        message=message,
        form=form,
        ground=request.form.get("ground", ""),
        grounds=[(ground.value, labels.GROUNDS[ground]) for ground in Ground],
        posts=[
            (one.id, f"{one.account.short_name}, {platform_name(one.account.platform)}",
             one.settled_at or one.started_at)
            for one in verbs.may_go(session, message.id)
        ],
        correct_url=url_for("messages.correct", slug=incident.slug, _anchor=f"m-{message.id}"),
        actions=actions_of(incident, g.person),
    )  # fmt: skip


def _page(session: Session, incident: Incident, removal_id: int, problem: str = "") -> str:
    asked = _of_event(session, incident, removal_id)
    items = verbs.posts_of(session, asked.id)
    return render_template(
        "messages/removal.html",
        slug=incident.slug,
        removal=asked,
        ground=labels.GROUNDS[asked.ground],
        asker=session.get_one(Person, asked.asked_by_id).name,
        decider=session.get_one(Person, asked.decided_by_id).name if asked.decided_by_id else "",
        problem=problem,
        posts=[
            (one, one.delivery.account, platform_name(one.delivery.account.platform),
             labels.REMOVAL_STATES[one.state], reasons.said(one.reason))
            for one in items
        ],
        decides=asked.state == "asked" and asked.asked_by_id != g.person.id,
        reads=may(g.person.roles, Permission.READ_EVIDENCE),
        confirms=may(g.person.roles, Permission.CONFIRM_BY_HAND),
        actions=actions_of(incident, g.person),
    )  # fmt: skip
