"""The pages of an event: opening it, its accounts and notices, its log and stage.

The board, messages and closing stand above this noun.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from channels.platforms import PLATFORMS
from console import clock
from console.accounts import queries as accounts
from console.accounts.models import Account
from console.db import unit_of_work
from console.errors import ConsoleError
from console.incidents import forms, operations, queries, rules
from console.incidents.models import Incident, IncidentAccount
from console.people.rules import Permission, may
from console.policy.queries import current, live_use_is_on
from console.timeline.queries import entries_of
from console.web.guard import needs
from console.web.log_words import lines

bp = Blueprint("incidents", __name__)

STOCKHOLM = ZoneInfo("Europe/Stockholm")
LOG_PAGE = 100


def mail_is_set_up() -> bool:
    return bool(current_app.config["SETTINGS"].smtp_url)


def board_url(incident: Incident) -> str:
    """The board stands above this noun; its address is fixed."""
    return f"/incidents/{incident.slug}"


def enter(session: Session, slug: str) -> Incident:
    """The event a page is about; the band shows it, and whether it is an exercise."""
    incident = queries.by_slug(session, slug)
    g.event = incident
    return incident


@bp.get("/")
@needs(Permission.VIEW_BOARD)
def start() -> str:
    """Calm: what is open, what waits for me, what deviates."""
    with unit_of_work() as session:
        mine = [n for n in queries.notices_for(session, g.person.id) if n.read_at is None]
        return render_template(
            "calm/start.html",
            events=[
                {
                    "event": incident,
                    "url": board_url(incident),
                    "stage_text": rules.STAGE_LABELS[rules.Stage(incident.stage)],
                    "unread": len(queries.unread_notices(session, incident.id)),
                }
                for incident in queries.open_incidents(session)
            ],
            notices=[(n, queries.by_id(session, n.incident_id)) for n in mine],
            deviating=accounts.with_deviations(session),
            in_order=len(accounts.all_accounts(session)) - len(accounts.with_deviations(session)),
            platforms=PLATFORMS,
            may_open=may(g.person.roles, Permission.OPEN_INCIDENT),
        )


@bp.get("/incidents/new")
@needs(Permission.OPEN_INCIDENT)
def new() -> str:
    with unit_of_work() as session:
        return _open_page(session, forms.OpenForm())


@bp.post("/incidents/new")
@needs(Permission.OPEN_INCIDENT)
def open_new() -> Response | tuple[str, int] | str:
    """Open the event, or (the button *Ändra raderna*) only change the rows and show them again."""
    form = forms.OpenForm()
    posted = request.form
    with unit_of_work() as session:
        offered = queries.accounts_offered(session)
        choices = forms.posted_choices(offered, posted)
        if posted.get("do") == "bulk":
            return _open_page(session, form, _in_bulk(offered, choices, form))
    try:
        with unit_of_work() as session:
            incident = operations.open_incident(
                session,
                g.person,
                name=form.name.data or "",
                area=form.area.data or "",
                stage=form.stage.data or "",
                reason=form.reason.data or "",
                exercise=form.is_exercise,
                choices=choices,
                narrowing_reason=form.narrowing_reason.data or "",
                now=clock.now(),
                mail=mail_is_set_up(),
            )
            url = board_url(incident)
    except ConsoleError as error:
        faults = forms.show_faults(form, error)
        with unit_of_work() as session:
            return _open_page(session, form, choices, faults), error.status
    return redirect(url)


def _in_bulk(
    offered: list[Account], choices: dict[int, tuple[str, str]], form: forms.OpenForm
) -> dict[int, tuple[str, str]]:
    """The rows with the chosen group's use changed, where the account can be used so."""
    use, changed = form.bulk_use.data or "", dict(choices)
    for account in offered:
        if (
            use in list(rules.Use)
            and forms.in_group(account, form.bulk_group.data or "")
            and rules.may_be(use, account.state)
        ):
            changed[account.id] = (use, choices.get(account.id, ("", ""))[1])
    return changed


def _open_page(
    session: Session,
    form: forms.OpenForm,
    choices: dict[int, tuple[str, str]] | None = None,
    faults: dict[str, str] | None = None,
) -> str:
    offered = queries.accounts_offered(session)
    form.bulk_group.choices = forms.bulk_groups(offered)
    return render_template(
        "incidents/new.html",
        form=form,
        accounts=offered,
        platforms=PLATFORMS,
        uses=rules.USE_LABELS,
        may_be=rules.may_be,
        choices=rules.default_choices(offered) if choices is None else choices,
        faults=faults or {},
        holders=queries.live_holders(session, [a.id for a in offered]),
        alone=[a for a in offered if not a.administrators],
        website_missing=not any(a.official and a.state == "active" for a in offered),
        live_use=live_use_is_on(session),
        mail=mail_is_set_up(),
    )


@bp.get("/incidents/<slug>/accounts")
@needs(Permission.VIEW_BOARD)
def decisions(slug: str) -> str:
    """Which accounts the event uses, and why (7-d)."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        choices = queries.choices_of(session, incident.id)
        decided = {choice.account_id for choice in choices}
        later = [a for a in queries.accounts_offered(session) if a.id not in decided]
        return render_template(
            "incidents/accounts.html",
            incident=incident,
            choices=choices,
            later=later,
            locks={lock.account_id: lock for lock in queries.active_locks(session, incident.id)},
            uses=rules.USE_LABELS,
            platforms=PLATFORMS,
            may_change=may(g.person.roles, Permission.OPEN_INCIDENT)
            and incident.state == rules.State.OPEN,
        )


@bp.get("/incidents/<slug>/accounts/<int:account_id>")
@needs(Permission.OPEN_INCIDENT)
def decision(slug: str, account_id: int) -> str:
    with unit_of_work() as session:
        return _use_page(session, slug, account_id, forms.UseForm())


@bp.post("/incidents/<slug>/accounts/<int:account_id>")
@needs(Permission.OPEN_INCIDENT)
def change_use(slug: str, account_id: int) -> Response | tuple[str, int]:
    form = forms.UseForm()
    use, reason = form.use.data or "", form.reason.data or ""
    try:
        with unit_of_work() as session:
            incident, now = enter(session, slug), clock.now()
            operations.change_use(
                session, g.person, incident, account_id, use, reason, now, mail=mail_is_set_up()
            )
    except ConsoleError as error:
        return _use_fault(slug, account_id, form, error)
    flash(_("Ändrat. Beslutet står i loggen."))
    return redirect(url_for("incidents.decisions", slug=slug))


@bp.post("/incidents/<slug>/accounts/<int:account_id>/release")
@needs(Permission.RELEASE_LOCK)
def release(slug: str, account_id: int) -> Response | tuple[str, int]:
    form = forms.UseForm()
    reason = form.reason.data or ""
    try:
        with unit_of_work() as session:
            incident, now = enter(session, slug), clock.now()
            operations.release_lock(
                session, g.person, incident, account_id, reason, now, mail=mail_is_set_up()
            )
    except ConsoleError as error:
        return _use_fault(slug, account_id, form, error)
    flash(_("Kontot är upplåst. Administratörerna har fått veta det."))
    return redirect(url_for("incidents.decisions", slug=slug))


def _use_fault(
    slug: str, account_id: int, form: forms.UseForm, error: ConsoleError
) -> tuple[str, int]:
    forms.show_faults(form, error)
    with unit_of_work() as session:
        return _use_page(session, slug, account_id, form), error.status


def _use_page(session: Session, slug: str, account_id: int, form: forms.UseForm) -> str:
    incident = enter(session, slug)
    account = accounts.account(session, account_id)
    choice = queries.choice_of(session, incident.id, account_id)
    lock = queries.lock_of(session, account_id, incident.exercise, incident.id)
    locked = lock is not None and lock.incident_id == incident.id
    if form.use.data is None and isinstance(choice, IncidentAccount):
        form.use.data = choice.use
    return render_template(
        "incidents/account.html",
        incident=incident,
        account=account,
        platform=PLATFORMS[account.platform].name,
        choice=choice,
        lock=lock if locked else None,
        uses=rules.USE_LABELS,
        form=form,
    )


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
            pending=rules.PENDING_LABELS,
            may_remind=may(g.person.roles, Permission.RELEASE_LOCK)
            and incident.state == rules.State.OPEN,
        )


@bp.post("/incidents/<slug>/notices/remind")
@needs(Permission.RELEASE_LOCK)
def remind(slug: str) -> Response:
    try:
        with unit_of_work() as session:
            again = operations.remind(session, g.person, enter(session, slug), clock.now())
        flash(_("Påminner %(names)s.", names=", ".join(n.person.name for n in again)))
    except ConsoleError as error:
        flash(error.message, "error")
    return redirect(url_for("incidents.notices", slug=slug))


@bp.get("/notices")
@needs(Permission.READ_NOTICE)
def my_notices() -> str:
    with unit_of_work() as session:
        mine = queries.notices_for(session, g.person.id)
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
    answer = form.pending_posts.data or ""
    try:
        with unit_of_work() as session:
            operations.acknowledge(session, g.person, notice_id, clock.now(), answer)
    except ConsoleError as error:
        forms.show_faults(form, error)
        with unit_of_work() as session:
            return _notice_page(session, notice_id, form), error.status
    return redirect(url_for("incidents.notice", notice_id=notice_id))


def _notice_page(session: Session, notice_id: int, form: forms.ReadForm) -> str:
    mine = queries.notice_for(session, notice_id, g.person.id)
    incident = queries.by_id(session, mine.incident_id)
    if incident.state == rules.State.OPEN:
        g.event = incident
    return render_template(
        "incidents/notice.html",
        notice=mine,
        incident=incident,
        accounts=queries.accounts_of(session, mine),
        platforms=PLATFORMS,
        phone=current(session).phone,
        pending=rules.PENDING_LABELS,
        form=form,
    )


@bp.get("/incidents/<slug>/log")
@needs(Permission.VIEW_BOARD)
def log(slug: str) -> str:
    with unit_of_work() as session:
        return _log_page(session, slug, forms.NoteForm())


@bp.post("/incidents/<slug>/log")
@needs(Permission.WRITE_NOTE)
def write_note(slug: str) -> Response | tuple[str, int]:
    """*Anteckna*: from the log with kind and time, from the board with the text alone."""
    form, now = forms.NoteForm(), clock.now()
    if form.happened_at.errors:
        with unit_of_work() as session:
            return _log_page(session, slug, form), 422
    try:
        with unit_of_work() as session:
            incident = enter(session, slug)
            operations.write_note(
                session,
                g.person,
                incident,
                kind=form.kind.data or rules.NoteKind.OTHER.value,
                content=form.text.data or "",
                happened_at=_moment(form.happened_at.data) or now,
                now=now,
            )
            board = board_url(incident)
    except ConsoleError as error:
        forms.show_faults(form, error, {"content": "text"})
        with unit_of_work() as session:
            return _log_page(session, slug, form), error.status
    return redirect(url_for("incidents.log", slug=slug) if "kind" in request.form else board)


def _moment(local: datetime | None) -> datetime | None:
    """A time as written in a form, in Sweden."""
    return None if local is None else local.replace(tzinfo=STOCKHOLM).astimezone(UTC)


def _log_page(session: Session, slug: str, form: forms.NoteForm) -> str:
    incident = enter(session, slug)
    before = request.args.get("before", type=int)
    entries = entries_of(session, incident.id, limit=LOG_PAGE + 1, before=before)
    shown = entries[:LOG_PAGE]
    return render_template(
        "incidents/log.html",
        incident=incident,
        form=form,
        lines=lines(session, shown),
        older=shown[-1].n if len(entries) > LOG_PAGE else None,
        may_write=may(g.person.roles, Permission.WRITE_NOTE),
    )


@bp.get("/incidents/<slug>/stage")
@needs(Permission.OPEN_INCIDENT)
def stage(slug: str) -> str:
    with unit_of_work() as session:
        incident = enter(session, slug)
        form = forms.StageForm(data={"stage": incident.stage})
        return render_template("incidents/stage.html", incident=incident, form=form)


@bp.post("/incidents/<slug>/stage")
@needs(Permission.OPEN_INCIDENT)
def change_stage(slug: str) -> Response | tuple[str, int]:
    form = forms.StageForm()
    try:
        with unit_of_work() as session:
            incident = enter(session, slug)
            operations.change_stage(session, g.person, incident, form.stage.data or "", clock.now())
            return redirect(board_url(incident))
    except ConsoleError as error:
        forms.show_faults(form, error)
        with unit_of_work() as session:
            page = render_template("incidents/stage.html", incident=enter(session, slug), form=form)
        return page, error.status
