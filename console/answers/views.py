"""Approved answers: the list to copy from, writing one, and approving it on a telephone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock
from console.answers import forms, operations, queries, rules
from console.answers.models import Answer, AnswerVersion
from console.answers.rules import AnswerState
from console.db import unit_of_work
from console.errors import ConsoleError, NotAllowed, NotFound
from console.incidents import queries as incidents
from console.incidents.models import Incident
from console.incidents.views.common import enter, mail_is_set_up
from console.listing import row_number
from console.messages.views.common import actions_of
from console.people.rules import Permission, may
from console.web.faults import show_faults
from console.web.guard import current_person, needs

bp = Blueprint("answers", __name__, url_prefix="/incidents/<slug>/answers")

Page = str | tuple[str, int] | Response
UNFINISHED = (AnswerState.DRAFT, AnswerState.RETURNED)


@bp.get("")
@needs(Permission.VIEW_BOARD)
def listing(slug: str) -> str:
    """What may be given now; those who write and approve also see the rest."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        approved = queries.approved(session, incident)
        writes = may(g.person.roles, Permission.WRITE_MESSAGE)
        works = writes or may(g.person.roles, Permission.APPROVE_MESSAGE)
        every = queries.of_event(session, incident) if works else []
        waiting = queries.waiting(session, incident_id=incident.id) if works else []
        is_open = incident.state == "open"
        return render_template(
            "answers/list.html",
            slug=slug,
            giving=[one for one in approved if one.review is None],
            again=[one for one in approved if one.review is not None] if works else [],
            reviews=rules.REVIEW_LABELS,
            waiting=waiting,
            unfinished=[
                (one, queries.last_reason(session, one.id))
                for one in every
                if one.state in UNFINISHED
            ],
            withdrawn=[one for one in every if one.state == AnswerState.WITHDRAWN],
            revisions={one.id: one.revision for one in every},
            writes=is_open and writes,
            withdraws=may(g.person.roles, Permission.STOP_BROADCAST),
            states=rules.STATE_LABELS,
            actions=actions_of(incident, g.person),
        )


@bp.get("/part")
@needs(Permission.VIEW_BOARD, keeps_alive=False)
def part(slug: str) -> str:
    """The answers that may be given now, for a page that keeps them fresh."""
    with unit_of_work() as session:
        incident = incidents.by_slug(session, slug)
        return render_template("answers/_part.html", giving=queries.to_give(session, incident))


@bp.get("/new")
@needs(Permission.WRITE_MESSAGE)
def new(slug: str) -> str:
    with unit_of_work() as session:
        return _write_page(session, enter(session, slug), None, forms.AnswerForm(formdata=None))


@bp.post("/new")
@needs(Permission.WRITE_MESSAGE)
def write(slug: str) -> Page:
    form = forms.AnswerForm()

    def act(session: Session, incident: Incident) -> Answer:
        return operations.write(session, current_person(), incident, clock.now(), **_words(form))

    return _saved(slug, None, form, act)


@bp.get("/<int:answer_id>")
@needs(Permission.WRITE_MESSAGE)
def edit(slug: str, answer_id: int) -> str:
    with unit_of_work() as session:
        incident = enter(session, slug)
        answer = queries.one(session, incident, answer_id)
        form = forms.AnswerForm(formdata=None, obj=answer)
        return _write_page(session, incident, answer, form)


@bp.post("/<int:answer_id>")
@needs(Permission.WRITE_MESSAGE)
def save(slug: str, answer_id: int) -> Page:
    form = forms.AnswerForm()

    def act(session: Session, incident: Incident) -> Answer:
        answer = queries.one(session, incident, answer_id)
        revision = row_number(form.revision.data)
        now = clock.now()
        return operations.save(session, current_person(), answer.id, revision, now, **_words(form))

    return _saved(slug, answer_id, form, act)


@bp.post("/<int:answer_id>/submit")
@needs(Permission.WRITE_MESSAGE)
def submit(slug: str, answer_id: int) -> Page:
    """Unchanged, to be read again: what applies has changed."""

    def act(session: Session) -> None:
        revision = row_number(request.form.get("revision"))
        person, now = current_person(), clock.now()
        operations.submit(session, person, answer_id, revision, now, mail=mail_is_set_up())

    return _pressed(slug, answer_id, act, _("Skickat för godkännande."))


@bp.post("/<int:answer_id>/withdraw")
@needs(Permission.STOP_BROADCAST)
def withdraw(slug: str, answer_id: int) -> Page:
    def act(session: Session) -> None:
        operations.withdraw(session, current_person(), answer_id, clock.now())

    return _pressed(slug, answer_id, act, _("Återtaget. Ingen får svaret längre."))


@bp.post("/<int:answer_id>/reopen")
@needs(Permission.WRITE_MESSAGE)
def reopen(slug: str, answer_id: int) -> Page:
    def act(session: Session) -> None:
        operations.reopen(session, current_person(), answer_id, clock.now())

    return _pressed(slug, answer_id, act, _("Svaret är ett utkast igen."))


@bp.get("/approve/<int:version_id>")
@needs(Permission.VIEW_BOARD)
def approve_page(slug: str, version_id: int) -> str:
    with unit_of_work() as session:
        return _approve_page(session, slug, version_id)


@bp.post("/approve/<int:version_id>")
@needs(Permission.APPROVE_MESSAGE)
def approve(slug: str, version_id: int) -> Page:
    """Godkänn: with the hash that was seen."""
    try:
        with unit_of_work() as session:
            queries.version(session, enter(session, slug), version_id)
            seen = request.form.get("seen_hash", "")
            version = operations.approve(session, current_person(), version_id, seen, clock.now())
            settled = version.state == "approved"
    except NotFound:
        raise
    except ConsoleError as error:
        with unit_of_work() as session:
            return _approve_page(session, slug, version_id, error.message), error.status
    if settled:
        flash(_("Godkänt. Svaret kan ges nu."), "done")
    else:
        flash(_("Godkänt. Svaret väntar på någon till."), "done")
    return redirect(url_for("answers.listing", slug=slug))


@bp.get("/approve/<int:version_id>/return")
@needs(Permission.APPROVE_MESSAGE)
def return_page(slug: str, version_id: int) -> str:
    with unit_of_work() as session:
        return _return_page(session, slug, version_id, forms.ReasonForm(formdata=None))


@bp.post("/approve/<int:version_id>/return")
@needs(Permission.APPROVE_MESSAGE)
def send_back(slug: str, version_id: int) -> Page:
    form = forms.ReasonForm()
    try:
        with unit_of_work() as session:
            version = queries.version(session, enter(session, slug), version_id)
            reason = form.reason.data or ""
            operations.send_back(session, current_person(), version.id, reason, clock.now())
            who = version.answer.author.name
    except NotFound:
        raise
    except ConsoleError as error:
        form.reason.errors = [error.message]
        with unit_of_work() as session:
            return _return_page(session, slug, version_id, form), error.status
    flash(_("Returnerat till %(who)s.", who=who), "done")
    return redirect(url_for("answers.listing", slug=slug))


def _words(form: forms.AnswerForm) -> dict[str, Any]:
    names = ("question", "content", "question_en", "content_en")
    return {name: form[name].data or "" for name in names}


def _saved(
    slug: str,
    answer_id: int | None,
    form: forms.AnswerForm,
    act: Callable[[Session, Incident], Answer],
) -> Page:
    """Save, and unless only that was asked for, send it to an approver in the same step."""
    submits = request.form.get("do") != "save"
    try:
        with unit_of_work() as session:
            answer = act(session, enter(session, slug))
            if submits:
                person, now = current_person(), clock.now()
                operations.submit(
                    session, person, answer.id, answer.revision, now, mail=mail_is_set_up()
                )
    except NotFound:
        raise
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            incident = enter(session, slug)
            saved = None if answer_id is None else queries.one(session, incident, answer_id)
            return _write_page(session, incident, saved, form), error.status
    flash(_("Skickat för godkännande.") if submits else _("Utkastet är sparat."), "done")
    return redirect(url_for("answers.listing", slug=slug))


def _pressed(slug: str, answer_id: int, act: Callable[[Session], None], said: str) -> Page:
    try:
        with unit_of_work() as session:
            queries.one(session, enter(session, slug), answer_id)
            act(session)
        flash(said, "done")
    except NotFound:
        raise
    except ConsoleError as error:
        flash(error.message, "error")
    return redirect(url_for("answers.listing", slug=slug))


def _write_page(
    session: Session, incident: Incident, answer: Answer | None, form: forms.AnswerForm
) -> str:
    """With what somebody else has saved meanwhile, where that is why the form came back."""
    theirs = answer if answer is not None and form.form_errors else None
    reason = "" if answer is None else queries.last_reason(session, answer.id)
    if theirs is not None:
        # Read now: whoever saves again has seen it.
        form.revision.data = str(theirs.revision)
    return render_template(
        "answers/write.html",
        slug=incident.slug,
        answer=answer,
        form=form,
        theirs=theirs,
        reason=reason,
        actions=actions_of(incident, g.person),
    )


def _approve_page(session: Session, slug: str, version_id: int, problem: str = "") -> str:
    incident = enter(session, slug)
    version = queries.version(session, incident, version_id)
    if not any(
        may(g.person.roles, one) for one in (Permission.WRITE_MESSAGE, Permission.APPROVE_MESSAGE)
    ):
        raise NotAllowed(_("Bara de som skriver och godkänner får läsa utkast."))
    words = queries.read(version.canonical, version.content_hash)
    why = rules.review(words.basis, queries.now_for(session, incident))
    return render_template(
        "answers/approve.html",
        menu=(),
        slug=slug,
        version=version,
        words=words,
        review=None if why is None else rules.REVIEW_LABELS[why],
        problem=problem,
        refusal=_refusal(version),
    )


def _refusal(version: AnswerVersion) -> str:
    """Why this reader can't decide; "" if they can."""
    if version.state != "waiting":
        return _("Svaret väntar inte längre på godkännande.")
    if not may(g.person.roles, Permission.APPROVE_MESSAGE):
        return _("Svaret väntar på en beslutsfattare.")
    try:
        operations.check_may_approve(current_person(), version)
    except NotAllowed as error:
        return error.message
    return ""


def _return_page(session: Session, slug: str, version_id: int, form: forms.ReasonForm) -> str:
    version = queries.version(session, enter(session, slug), version_id)
    return render_template(
        "messages/return.html",
        menu=(),
        form=form,
        who=version.answer.author.name,
        back=url_for("answers.approve_page", slug=slug, version_id=version_id),
    )
