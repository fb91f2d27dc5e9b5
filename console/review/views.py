"""The timeline for those who review an event afterwards: its events, and exports of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from flask import Blueprint, current_app, redirect, render_template, request, send_file, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock, listing, phrases
from console.config import Settings
from console.db import unit_of_work
from console.errors import NotFound
from console.incidents import exercise_queries
from console.incidents import queries as incidents
from console.incidents.models import Incident
from console.incidents.views.common import show_in_band
from console.messages import queries as messages
from console.parts import State
from console.people.rules import Permission, may
from console.review import (
    charts_shown,
    compare_shown,
    figures_queries,
    figures_shown,
    operations,
    queries,
    rules,
)
from console.review.figures_rules import count
from console.review.lines import names
from console.review.models import TimelineExport
from console.review.package import name_of
from console.review.rules import ExportState, Trouble
from console.web.guard import current_person, needs

bp = Blueprint("review", __name__, url_prefix="/timeline")

MARKS: dict[str, State] = {
    ExportState.QUEUED: "queued",
    ExportState.RUNNING: "started",
    ExportState.DONE: "sent",
    ExportState.FAILED: "refused",
    ExportState.REMOVED: "left_alone",
}


@dataclass(frozen=True)
class ExportShown:
    """A row of templates/review/_exports.html."""

    key: str
    mark: State
    masked: bool
    who: str
    asked_at: datetime
    state: str
    url: str
    """Where the file is; "": there is none."""
    sha256: str


@bp.get("/")
@needs(Permission.VIEW_TIMELINE)
def index() -> str:
    """Every event there has been."""
    with unit_of_work() as session:
        show_in_band(session, None)
        found = queries.events(session, listing.number(request.args.get("page")))
        page_url = url_for("review.index") + "?page=%s"
        return render_template(
            "review/index.html",
            found=found,
            page_url=page_url,
            may_plan=may(current_person().roles, Permission.PLAN_EXERCISE),
        )


@bp.get("/<slug>/")
@needs(Permission.VIEW_TIMELINE)
def show(slug: str) -> str:
    """What the event's rows say of it: figures, what to look at, and the tables behind."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        figures = count(figures_queries.facts(session, incident), clock.now())
        told = figures_shown.shown(figures, names(session, masked=False).accounts)
        run = exercise_queries.run_of(session, incident.id) if incident.exercise else None
        if run is not None:
            plan = compare_shown.plan_table(run, figures, whole=sees_all(incident))
            told = replace(told, tables=[plan, *told.tables])
        return render_template(
            "review/show.html",
            incident=incident,
            total=queries.entries_count(session, incident.id),
            shown=told,
            leads=run is not None and may(current_person().roles, Permission.PLAN_EXERCISE),
            charts=charts_shown.charts(figures),
            until=figures.until,
            slug=slug,
            may_export=may(current_person().roles, Permission.EXPORT_TIMELINE),
        )


@bp.get("/<slug>/exports")
@needs(Permission.EXPORT_TIMELINE)
def exports(slug: str) -> str:
    with unit_of_work() as session:
        incident = enter(session, slug)
        return render_template(
            "review/exports.html",
            incident=incident,
            kept=rules.KEPT.days,
            removed=bool(messages.removed(session, incident.id)),
            **_list(session, slug),
        )


@bp.get("/<slug>/exports/live")
@needs(Permission.EXPORT_TIMELINE, keeps_alive=False)
def exports_part(slug: str) -> str:
    """The list as it is now; it asks for itself while something is being written."""
    with unit_of_work() as session:
        return render_template("review/_exports.html", **_list(session, slug))


@bp.post("/<slug>/exports")
@needs(Permission.EXPORT_TIMELINE)
def ask(slug: str) -> Response:
    masked = request.form.get("masked") == "y"
    with unit_of_work() as session:
        incident = incidents.by_slug(session, slug)
        operations.ask(session, current_person(), incident, clock.now(), masked=masked)
    return redirect(url_for("review.exports", slug=slug))


@bp.get("/<slug>/exports/<int:export_id>/<name>.zip")
@needs(Permission.EXPORT_TIMELINE)
def fetch(slug: str, export_id: int, name: str) -> Response:
    """The file, a piece at a time; `name` is only what it is saved as."""
    settings: Settings = current_app.config["SETTINGS"]
    with unit_of_work() as session:
        incident = incidents.by_slug(session, slug)
        export = queries.finished(session, incident.id, export_id)
        called = name_of(incident, export.asked_at, masked=export.masked)
        path: Path = settings.exports / export.file
    if not path.is_file():
        raise NotFound(_("Filen finns inte på den här servern. Exportera igen."))
    answer = send_file(
        path, mimetype="application/zip", as_attachment=True, download_name=f"{called}.zip"
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def enter(session: Session, slug: str) -> Incident:
    """The event a page is about. One that is over is reviewed in calm: the band says nothing of
    it, so that nobody takes it for a crisis."""
    incident = incidents.by_slug(session, slug)
    show_in_band(session, incident if incident.state == "open" else None)
    return incident


def sees_all(incident: Incident) -> bool:
    """May the reader see what of a plan hasn't happened? Players may, once it is over."""
    return incident.state != "open" or may(current_person().roles, Permission.PLAN_EXERCISE)


def _list(session: Session, slug: str) -> dict[str, object]:
    incident = incidents.by_slug(session, slug)
    rows = queries.exports_of(session, incident.id)
    now = clock.now()
    return {
        "slug": slug,
        "rows": [_shown(incident, row, now) for row in rows],
        "under_way": any(row.state in rules.OPEN for row in rows),
        "may_export": may(current_person().roles, Permission.EXPORT_TIMELINE),
    }


def _shown(incident: Incident, row: TimelineExport, now: datetime) -> ExportShown:
    url = ""
    if row.state == ExportState.DONE:
        name = name_of(incident, row.asked_at, masked=row.masked)
        url = url_for("review.fetch", slug=incident.slug, export_id=row.id, name=name)
    return ExportShown(
        key=f"export-{row.id}",
        mark=MARKS[row.state],
        masked=row.masked,
        who=row.asked_by.name,
        asked_at=row.asked_at,
        state=_state(row, now),
        url=url,
        sha256=row.sha256,
    )


def _state(row: TimelineExport, now: datetime) -> str:
    if row.state == ExportState.DONE and row.size is not None and row.settled_at is not None:
        day = rules.removed_at(row.settled_at)
        return _(
            "%(n)s poster, %(size)s. Tas bort %(day)s.",
            n=phrases.thousands(row.entries),
            size=_size(row.size),
            day=_day(day),
        )
    if row.state == ExportState.RUNNING:
        if rules.is_lost(row.state, row.seen_at, now):
            return _("Avbröts. Börjar om.")
        return _("Skrivs: %(n)s procent.", n=rules.percent(row.done, row.total))
    if row.state == ExportState.QUEUED:
        return _("I kö.")
    if row.state == ExportState.FAILED:
        return str(rules.TROUBLE_LABELS[Trouble(row.reason)])
    return _("Filen är borttagen. Exportera igen om den behövs.")


def _size(size: int) -> str:
    """In the units that a file manager shows."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))}\N{NO-BREAK SPACE}kB"
    return f"{size / 1_000_000:.1f}".replace(".", ",") + "\N{NO-BREAK SPACE}MB"


def _day(at: datetime) -> str:
    locale = get_locale()
    return phrases.date_sv(at, locale.language if locale else "sv")
