"""Who has read that their accounts are locked; one's own notices."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from channels.platforms import PLATFORMS
from console import clock, listing
from console.db import unit_of_work
from console.errors import ConsoleError
from console.incidents import forms, operations, queries, rules
from console.incidents.views import lock_notice
from console.incidents.views.common import bp, enter, show_in_band
from console.people.address_kinds import LABELS
from console.people.rules import Permission, may
from console.web.guard import current_person, needs
from console.web.paging import page_url


@bp.get("/incidents/<slug>/notices")
@needs(Permission.VIEW_BOARD)
def notices(slug: str) -> str:
    """Who has read that their accounts are locked."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        now = clock.now()
        made = queries.notices_of(session, incident.id, rules.NoticeKind.LOCKED)
        unread = {notice.id for notice in queries.unread_notices(session, incident.id, now)}
        unsure = queries.unsure_notices(session, incident.id, now)
        accounts = queries.accounts_of_all(session, made)
        return render_template(
            "incidents/notices.html",
            incident=incident,
            rows=[(n, accounts[n.id], n.id in unread) for n in made],
            unsure=[(n, accounts[n.id]) for n in unsure],
            sends=queries.sends_of(session, incident.id),
            kinds=LABELS,
            platforms=PLATFORMS,
            pending=rules.PENDING_LABELS,
            may_remind=may(current_person().roles, Permission.RELEASE_LOCK)
            and incident.state == rules.State.OPEN,
        )


@bp.post("/incidents/<slug>/notices/remind")
@needs(Permission.RELEASE_LOCK)
def remind(slug: str) -> Response:
    try:
        with unit_of_work() as session:
            again = operations.remind(session, current_person(), enter(session, slug), clock.now())
        flash(_("Påminner %(names)s.", names=", ".join(n.person.name for n in again)))
    except ConsoleError as error:
        flash(error.message, "error")
    return redirect(url_for("incidents.notices", slug=slug))


@bp.get("/notices")
@needs(Permission.READ_NOTICE)
def my_notices() -> str:
    with unit_of_work() as session:
        show_in_band(session, None)
        page = listing.number(request.args.get("page"))
        found = queries.notices_page(session, current_person().id, page)
        events = queries.incidents_of(session, found.rows)
        accounts = queries.accounts_of_all(session, found.rows)
        return render_template(
            "incidents/my_notices.html",
            found=found,
            rows=[(n, events[n.incident_id], accounts[n.id]) for n in found.rows],
            page_url=page_url(),
        )


@bp.get("/notices/<int:notice_id>")
@needs(Permission.READ_NOTICE)
def notice(notice_id: int) -> str:
    with unit_of_work() as session:
        return _notice_page(session, notice_id, forms.ReadForm())


@bp.post("/notices/<int:notice_id>/read")
@needs(Permission.READ_NOTICE)
def read(notice_id: int) -> Response | tuple[str, int]:
    form = forms.ReadForm()
    answer = form.queued.data or ""
    try:
        with unit_of_work() as session:
            operations.acknowledge(session, current_person(), notice_id, clock.now(), answer)
    except ConsoleError as error:
        forms.show_faults(form, error, {"pending_posts": "queued"})
        with unit_of_work() as session:
            return _notice_page(session, notice_id, form), error.status
    return redirect(url_for("incidents.notice", notice_id=notice_id))


@bp.post("/notices/<int:notice_id>/answer")
@needs(Permission.READ_NOTICE)
def answer(notice_id: int) -> Response | tuple[str, int]:
    """Change the answer about posts scheduled in the platform's own app."""
    form = forms.ReadForm()
    try:
        with unit_of_work() as session:
            mine = queries.notice_for(session, notice_id, current_person().id)
            operations.answer_again(session, mine, form.queued.data or "", clock.now())
        flash(_("Svaret är ändrat."))
    except ConsoleError as error:
        forms.show_faults(form, error, {"pending_posts": "queued"})
        with unit_of_work() as session:
            return _notice_page(session, notice_id, form), error.status
    return redirect(url_for("incidents.notice", notice_id=notice_id))


def _notice_page(session: Session, notice_id: int, form: forms.ReadForm) -> str:
    mine = queries.notice_for(session, notice_id, current_person().id)
    incident = queries.by_id(session, mine.incident_id)
    show_in_band(session, incident if incident.state == rules.State.OPEN else None)
    if mine.kind in rules.TOLD:
        return render_template(
            "web/told.html",
            menu=(),
            band_small=True,
            notice=mine,
            about=incident.name,
            read_url=url_for("incidents.read", notice_id=mine.id),
        )
    if mine.read_at is not None and not form.queued.errors:
        form.queued.data = mine.pending_posts
    return render_template(
        "incidents/notice.html",
        menu=(),
        notice=lock_notice.shown(
            session,
            mine,
            incident,
            read_url=url_for("incidents.read", notice_id=mine.id),
            answer_url=url_for("incidents.answer", notice_id=mine.id),
        ),
        incident=incident,
        form=form,
    )
