"""Writing: the form, its previews, saving as it is typed, and sending it to an approver."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock
from console.db import unit_of_work
from console.errors import BadInput, ConsoleError, Faults, NotAllowed, Stale, WrongState
from console.incidents.models import Incident
from console.incidents.views.common import enter, mail_is_set_up
from console.messages import calls, carried, entered, forms, labels, rules
from console.messages.models import Message
from console.messages.operations import drafts, submit
from console.messages.rules import MessageType
from console.messages.views import show, write_view
from console.messages.views.common import (
    actions_of,
    bp,
    of_event,
    site_url,
    type_of,
)
from console.people.models import Person
from console.people.rules import Permission, may
from console.web.guard import needs

Answer = str | tuple[str, int] | Response


@dataclass
class Typed:
    """What a POST carried."""

    form: forms.WriteForm
    fields: dict[str, Any]
    faults: dict[str, str] = field(default_factory=dict)
    """Form field → sentence."""
    revision: int = 0


@bp.get("/messages/<int:message_id>")
@needs(Permission.VIEW_BOARD)
def write(slug: str, message_id: int) -> Answer:
    """The form while it can be changed, and afterwards the message with what became of it."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        message = of_event(session, incident, message_id)
        if not may(g.person.roles, Permission.WRITE_MESSAGE):
            if message.record_number is None:
                raise NotAllowed(_("Bara de som skriver får läsa utkast."))
            return show.page(session, incident, message)
        if message.state not in rules.EDITABLE or incident.state != "open":
            return show.page(session, incident, message)
        return _page(session, incident, message)


@bp.post("/messages/<int:message_id>")
@needs(Permission.WRITE_MESSAGE)
def submit_message(slug: str, message_id: int) -> Answer:
    """Save, and then send to an approver; the small buttons only save and come back."""
    do = request.form.get("do", "")
    try:
        with unit_of_work() as session:
            incident = enter(session, slug)
            message = of_event(session, incident, message_id)
            typed = typed_in(session, message)
            if do == "cut":
                typed.fields["may_cut"] = True
            elif do == "spare_link":
                typed.fields["spare_link"] = True
            elif do == "keep_link":
                typed.fields.pop("spare_link", None)
            saved = drafts.save(
                session, g.person, message.id, typed.fields, typed.revision, clock.now()
            )
            revision = saved.revision
    except Stale as error:
        return conflict(slug, message_id, error)
    except WrongState as error:
        flash(error.message, "error")
        return redirect(url_for("messages.write", slug=slug, message_id=message_id))
    if do == "images":
        return redirect(url_for("messages.own_images", slug=slug, message_id=message_id))
    if do in ("cut", "save", "short", "spare_link", "keep_link"):
        target = "short_text" if do == "short" else None
        url = url_for("messages.write", slug=slug, message_id=message_id, _anchor=target, do=do)
        return redirect(url)
    if typed.faults:
        return _again(slug, message_id, typed.faults)
    try:
        with unit_of_work() as session:
            incident = enter(session, slug)
            version = submit.submit(
                session, g.person, message_id, revision, clock.now(), site_url(incident),
                mail=mail_is_set_up(),
            )  # fmt: skip
            called = calls.called_now(session, version, mail=mail_is_set_up())
    except Faults as error:
        return _again(slug, message_id, error.faults)
    except ConsoleError as error:
        return _again(slug, message_id, {}, error.message)
    flash(_("Skickad för godkännande.") + (" " + called if called else ""), "done")
    return redirect(url_for("messages.listing", slug=slug))


@bp.post("/messages/<int:message_id>/draft")
@needs(Permission.WRITE_MESSAGE)
def save_draft(slug: str, message_id: int) -> Answer:
    """Save what has been typed so far; answers with the line that says so.

    What was typed is never lost: if somebody else has saved meanwhile, both are shown.
    """
    try:
        with unit_of_work() as session:
            incident = enter(session, slug)
            message = of_event(session, incident, message_id)
            typed = typed_in(session, message)
            message = drafts.save(
                session, g.person, message.id, typed.fields, typed.revision, clock.now()
            )
            said, revision = write_view.saved(message), message.revision
    except Stale as error:
        with unit_of_work() as session:
            message = of_event(session, enter(session, slug), message_id)
            return render_template(
                "messages/_saved.html",
                said=error.message,
                revision=None,
                theirs=_theirs(session, message),
            )
    except WrongState as error:
        said, revision = error.message, None
    return render_template("messages/_saved.html", said=said, revision=revision, theirs=None)


@bp.post("/messages/<int:message_id>/previews")
@needs(Permission.WRITE_MESSAGE)
def previews(slug: str, message_id: int) -> Answer:
    """How what has been typed will look; nothing is written."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        message = of_event(session, incident, message_id)
        typed = typed_in(session, message)
        session.expunge(message)
        message.fields = typed.fields
        view = _view(session, message, typed.faults)
        heard = request.form.get("heard", "")
        return render_template("messages/_previews.html", write=view, oob=True, heard=heard)


@bp.post("/messages/<int:message_id>/type")
@needs(Permission.WRITE_MESSAGE)
def change_type(slug: str, message_id: int) -> Answer:
    """Save what has been typed, as another type."""
    try:
        kind = MessageType(request.form.get("kind", ""))
    except ValueError:
        raise BadInput(_("Välj en sort."), field="kind") from None
    try:
        with unit_of_work() as session:
            incident = enter(session, slug)
            message = of_event(session, incident, message_id)
            typed = typed_in(session, message)
            saved = drafts.save(
                session, g.person, message.id, typed.fields, typed.revision, clock.now()
            )
            drafts.change_type(session, g.person, message.id, kind, saved.revision, clock.now())
    except Stale as error:
        return conflict(slug, message_id, error)
    except WrongState as error:
        flash(error.message, "error")
    return redirect(url_for("messages.write", slug=slug, message_id=message_id))


@bp.post("/messages/<int:message_id>/withdraw")
@needs(Permission.WRITE_MESSAGE)
def withdraw(slug: str, message_id: int) -> Answer:
    try:
        with unit_of_work() as session:
            message = of_event(session, enter(session, slug), message_id)
            drafts.withdraw(session, g.person, message.id, clock.now())
            flash(_("Återtagen."), "done")
    except WrongState as error:
        flash(error.message, "error")
    return redirect(url_for("messages.listing", slug=slug))


def typed_in(session: Session, message: Message) -> Typed:
    """What the write page posted, read as fields of this message."""
    kind = type_of(message)
    form = _form(session, message)
    standing = [one.id for one in write_view.standing_for(session, message)]
    fields, faults = forms.read(kind, form, standing, request.form, message.fields, clock.now())
    faults |= _unanswered(kind, fields, standing)
    number = request.form.get("over_revision") or form.revision.data or ""
    return Typed(form, fields, faults, entered.whole(number) or 0)


def _unanswered(kind: MessageType, fields: dict[str, Any], standing: list[int]) -> dict[str, str]:
    sentence = _("Säg om uppmaningen står kvar eller upphör.")
    left = forms.unanswered(kind, fields, standing)
    return {f"standing-{one}": sentence for one in left}


def _form(session: Session, message: Message) -> forms.WriteForm:
    sentences: list[str] = []
    if message.corrects_id is not None:
        wrong = session.get_one(Message, message.corrects_id)
        sentences = carried.sentences_of(wrong)
    return forms.shown(
        type_of(message),
        message.fields,
        exercise=message.incident.exercise,
        sentences=sentences,
    )


def _view(session: Session, message: Message, faults: dict[str, str]) -> write_view.WriteView:
    incident, now = g.event, clock.now()
    plan = submit.prepare(session, message, now, site_url(incident))
    standing = [one.id for one in write_view.standing_for(session, message)]
    faults = faults | _unanswered(type_of(message), message.fields, standing)
    return write_view.build(session, message, plan, faults, g.person, now)


def _page(
    session: Session,
    incident: Incident,
    message: Message,
    faults: dict[str, str] | None = None,
    problem: str = "",
    theirs: dict[str, Any] | None = None,
) -> str:
    """The write page; in a POST the form shows what was posted."""
    form = _form(session, message)
    if request.method == "POST":
        typed = typed_in(session, message)
        revision = message.revision
        session.expunge(message)
        message.fields, message.revision = typed.fields, revision
        faults = typed.faults | (faults or {})
    view = _view(session, message, faults if faults is not None else {})
    form.pin.description = view.pins
    for fault in view.faults if faults is not None else ():
        target = form._fields.get(fault.target)
        if target is not None:
            target.errors = [*target.errors, fault.text]
        else:
            form.form_errors.append(fault.text)
    if problem:
        form.form_errors.append(problem)
    return render_template(
        "messages/write.html",
        slug=incident.slug,
        message_id=message.id,
        write=view,
        form=form,
        actions=actions_of(incident, g.person),
        theirs=theirs,
        open_more=request.args.get("do") == "short",
    )


def _again(
    slug: str, message_id: int, faults: dict[str, str], problem: str = ""
) -> tuple[str, int]:
    with unit_of_work() as session:
        incident = enter(session, slug)
        message = of_event(session, incident, message_id)
        named = {forms.FIELD_OF.get(name, name): text for name, text in faults.items()}
        return _page(session, incident, message, named, problem), 422


def conflict(slug: str, message_id: int, error: Stale) -> tuple[str, int]:
    """The write page with what was typed and, beside it, what somebody else has saved."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        message = of_event(session, incident, message_id)
        theirs = _theirs(session, message)
        return _page(session, incident, message, {}, error.message, theirs), error.status


def _theirs(session: Session, message: Message) -> dict[str, Any]:
    """What somebody else has saved, where it differs from what was typed here."""
    typed = typed_in(session, message)
    saved_by = session.get_one(Person, message.saved_by_id).name
    kind = type_of(message)
    names = [n for n in rules.fields_of(kind) if message.fields.get(n) != typed.fields.get(n)]
    return {
        "who": saved_by,
        "at": message.saved_at,
        "revision": message.revision,
        "rows": [(labels.label(n, kind), message.fields.get(n) or "–") for n in names],
    }
