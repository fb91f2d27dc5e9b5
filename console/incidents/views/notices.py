"""Who has read that their accounts are locked; one's own notices."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from channels.platforms import PLATFORMS
from console import clock, phrases
from console.db import unit_of_work
from console.errors import ConsoleError
from console.incidents import forms, operations, queries, rules
from console.incidents.models import Incident, Notice
from console.incidents.notice_model import May, NoticeView
from console.incidents.views.common import bp, enter, show_in_band
from console.people.rules import Permission, may
from console.policy.queries import current
from console.web.guard import current_person, needs


@bp.get("/incidents/<slug>/notices")
@needs(Permission.VIEW_BOARD)
def notices(slug: str) -> str:
    """Who has read that their accounts are locked."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        made = queries.notices_of(session, incident.id, rules.NoticeKind.LOCKED)
        unread = {notice.id for notice in queries.unread_notices(session, incident.id)}
        return render_template(
            "incidents/notices.html",
            incident=incident,
            rows=[(n, queries.accounts_of(session, n), n.id in unread) for n in made],
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
        mine = queries.notices_for(session, current_person().id)
        rows = [
            (n, queries.by_id(session, n.incident_id), queries.accounts_of(session, n))
            for n in mine
        ]
        return render_template("incidents/my_notices.html", rows=rows)


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


def _notice_page(session: Session, notice_id: int, form: forms.ReadForm) -> str:
    mine = queries.notice_for(session, notice_id, current_person().id)
    incident = queries.by_id(session, mine.incident_id)
    show_in_band(session, incident if incident.state == rules.State.OPEN else None)
    if mine.read_at is not None:
        form.queued.data = mine.pending_posts
    return render_template(
        "incidents/notice.html",
        menu=(),
        notice=_view(session, mine, incident),
        incident=incident,
        form=form,
    )


def _view(session: Session, mine: Notice, incident: Incident) -> NoticeView:
    locked = queries.accounts_of(session, mine)
    because = _("Därför skriver bara informationsenheten just nu.")
    platforms = {PLATFORMS[a.platform].name for a in locked}
    elsewhere = next(iter(platforms)) if len(platforms) == 1 else _("plattformens egen")
    return NoticeView(
        accounts=tuple((a.name, PLATFORMS[a.platform].name) for a in locked),
        since=mine.made_at,
        why=f"{phrases.sentence(incident.reason)} {because}",
        until=_("Tills vi skriver Läget över. Då får du veta det här och med mejl."),
        may=(
            May(_("Svara"), _("med godkända svar")),
            May(_("Dölj"), _("olagliga kommentarer")),
        ),
        must_not=_("Skriv inga egna inlägg."),
        must_not_rest=_("Inte i appen heller (%(app)s). Den kan vi inte stänga.", app=elsewhere),
        phone=current(session).phone,
        read_url=url_for("incidents.read", notice_id=mine.id),
        read_at=mine.read_at,
        released_at=queries.released_at(session, mine),
    )
