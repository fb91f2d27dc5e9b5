"""Search among all that has been sent, and one message as the public record that it is (4.5-b)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from flask import (
    Blueprint,
    flash,
    get_template_attribute,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from console import clock
from console.db import unit_of_work
from console.errors import BadInput, ConsoleError, NotAllowed
from console.incidents.views.common import show_in_band
from console.people.rules import Permission
from console.phrases import STOCKHOLM
from console.policy.queries import current
from console.review import (
    finding_queries,
    handout_operations,
    queries,
    record_forms,
    record_pdf,
    record_shown,
)
from console.review.charts_shown import LANGUAGES
from console.review.finding_queries import POSTS, Sieve
from console.review.lines import names
from console.web.faults import shown_again
from console.web.guard import current_person, needs

bp = Blueprint("records", __name__)

Answer = Response | str | tuple[str, int]
PLACES = ("after", "before")
LONGEST = 200
"""Characters of what is sought."""


@bp.get("/search")
@needs(Permission.VIEW_TIMELINE)
def search() -> Answer:
    """`words`, `event`, `account`, `since`, `until`, `record`; `after`, `before`: a page."""
    form = record_forms.FindForm(request.args)
    with unit_of_work() as session:
        show_in_band(session, None)
        form.event.choices = [
            SelectChoice("", _("Alla")),
            SelectChoice(POSTS, _("Vanliga inlägg")),
            *(
                SelectChoice(one.slug, f"{_('Övning')}: {one.name}" if one.exercise else one.name)
                for one in finding_queries.events(session)
            ),
        ]
        form.account.choices = [
            SelectChoice("", _("Alla")),
            *(SelectChoice(str(n), name) for n, name in finding_queries.accounts(session)),
        ]
        found, status = finding_queries.NOTHING, 200
        for field in (form.since, form.until):
            if field.process_errors:
                field.errors = [_("Skriv en dag, som 2026-06-11.")]
                status = 422
        if form.since.data and form.until.data and form.until.data < form.since.data:
            form.until.errors = [_("Slutet måste komma efter början.")]
            status = 422
        sieve = _sieve(form)
        if status == 200:
            after, before = (request.args.get(name, "") for name in PLACES)
            try:
                found = finding_queries.page_of(session, sieve, after=after, before=before)
            except BadInput as error:
                form.words.errors = [error.message]
                status = error.status
        return render_template(
            "review/search.html",
            form=form,
            found=found,
            narrowed=sieve != Sieve(),
            faulty=status != 200,
            kind_of=record_shown.kind_of,
            newer_url=_place_url("before", found.newer),
            older_url=_place_url("after", found.older),
        ), status


def _sieve(form: record_forms.FindForm) -> Sieve:
    account = form.account.data or ""
    return Sieve(
        words=(form.words.data or "")[:LONGEST],
        account=int(account)
        if account.isascii() and account.isdigit() and len(account) < 19
        else 0,
        event=(form.event.data or "")[:LONGEST],
        since=_midnight(form.since.data),
        until=_midnight(form.until.data, days=1),
        record=(form.record.data or "")[:LONGEST],
    )


def _midnight(day: date | None, *, days: int = 0) -> datetime | None:
    """When a day begins in Sweden, or so many days later; nothing beyond what can be counted."""
    if day is None:
        return None
    if not 1900 <= day.year <= 2199:
        day = day.replace(year=min(max(day.year, 1900), 2199), day=min(day.day, 28))
    return datetime.combine(day + timedelta(days=days), time.min, STOCKHOLM)


def _place_url(name: str, place: str) -> str:
    """The same search from another place on; "": there is no more."""
    kept = [(one, value) for one, value in request.args.items(multi=True) if one not in PLACES]
    return f"{request.path}?{urlencode([*kept, (name, place)])}" if place else ""


@bp.get("/records/<int:message_id>")
@needs(Permission.VIEW_TIMELINE)
def show(message_id: int) -> str:
    with unit_of_work() as session:
        return _page(session, message_id, record_forms.HandOutForm(formdata=None))


@bp.post("/records/<int:message_id>/handouts")
@needs(Permission.VIEW_TIMELINE)
def hand_out(message_id: int) -> Answer:
    form = record_forms.HandOutForm()
    try:
        with unit_of_work() as session:
            row = handout_operations.hand_out(
                session,
                current_person(),
                message_id,
                clock.now(),
                masked=form.masked.data != "n",
                to=form.to.data or "",
                reason=form.reason.data or "",
            )
    except ConsoleError as error:
        return shown_again(form, error, lambda session: _page(session, message_id, form))
    flash(_("Utlämnandet är antecknat. Hämta filen nedan."))
    return redirect(url_for("records.show", message_id=message_id, _anchor=f"utlamnad-{row.id}"))


@bp.get("/records/<int:message_id>/handouts/<int:handout_id>.pdf")
@needs(Permission.VIEW_TIMELINE)
def copy(message_id: int, handout_id: int) -> Response:
    """The copy as a file to print."""
    with unit_of_work() as session, force_locale("sv"):
        row = queries.handout(session, message_id, handout_id)
        if not handout_operations.may_hand_out(current_person(), masked=row.masked):
            raise NotAllowed(_("Din roll får bara lämna ut en maskerad kopia."))
        message = record_shown.sent_message(session, message_id)
        mask = queries.to_mask(session, message.incident_id, message.id) if row.masked else None
        people = names(session, masked=row.masked).people
        record = record_shown.of_message(session, message, people, mask)
        word = get_template_attribute("components/marks.html", "state_word")
        made = record_pdf.pdf(
            record,
            record_pdf.Copy(current(session).municipality, row.masked, row.at),
            lambda state: word(state).strip(),
            LANGUAGES,
        )
        name = f"handling-{record.number.replace(':', '-')}"
    answer = Response(made, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _page(session: Session, message_id: int, form: record_forms.HandOutForm) -> str:
    show_in_band(session, None)
    message = record_shown.sent_message(session, message_id)
    record = record_shown.of_message(session, message, names(session, masked=False).people)
    return render_template(
        "review/record.html",
        record=record,
        form=form,
        handouts=queries.handouts(session, message_id),
        may_whole=handout_operations.may_hand_out(current_person(), masked=False),
        languages=LANGUAGES,
    )
