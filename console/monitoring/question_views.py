"""*Frågor*: what waits for an answer, and its reply, answer and follow-up (4-c, 4-d)."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from console import clock, listing
from console.db import unit_of_work
from console.errors import ConsoleError, WrongState
from console.incidents.views.common import mail_is_set_up
from console.monitoring import (
    inbox_forms,
    inbox_views,
    item_queries,
    question_operations,
    question_queries,
    question_rules,
)
from console.people.rules import Permission
from console.policy.queries import current
from console.web.faults import shown_again
from console.web.guard import needs
from console.web.paging import page_url

bp = Blueprint("questions", __name__)

Answer = Response | str | tuple[str, int]
SHOW = ("open", "follow", "answered")


@bp.get("/questions")
@needs(Permission.VIEW_INBOX)
def index() -> str:
    show = request.args.get("show", "open")
    show = show if show in SHOW else "open"
    now = clock.now()
    with unit_of_work() as session:
        page = listing.number(request.args.get("page"))
        found = question_queries.page_of(session, g.person, show, page, now)
        return render_template(
            "inbox/questions.html",
            which=show,
            found=found,
            figures=question_queries.figures(session, g.person, now),
            names=item_queries.names(session, [one.item for one in found.rows]),
            overdue=question_rules.is_overdue,
            hours=current(session).answer_hours,
            on_workdays=current(session).answer_on_workdays,
            page_url=page_url(),
        )


@bp.post("/inbox/<int:item_id>/reply")
@needs(Permission.READ_ITEM)
def reply(item_id: int) -> Answer:
    """The colleague says what the answer is."""
    form = inbox_forms.ReplyForm()
    try:
        with unit_of_work() as session:
            now = clock.now()
            asked = question_operations.reply(
                session, g.person, item_id, form.text.data or "", now, mail=mail_is_set_up()
            )
            stays = item_queries.may_see(session, g.person, asked.item, now)
    except ConsoleError as error:
        return _refused(item_id, form, error)
    flash(_("Tack. Den som sköter kontot ger svaret där frågan ställdes."), "done")
    if stays:
        return redirect(url_for("inbox.show", item_id=item_id))
    return redirect(url_for("start.today"))


@bp.post("/inbox/<int:item_id>/answer")
@needs(Permission.READ_ITEM)
def answer(item_id: int) -> Answer:
    """The answer that has been given where the question stands."""
    form = inbox_forms.AnswerForm()
    form.at.errors = [_("Skriv dag och klockslag, eller lämna tomt.")] * bool(
        form.at.process_errors
    )
    form.follow_up_on.errors = [_("Skriv en dag, eller lämna tomt.")] * bool(
        form.follow_up_on.process_errors and form.follow_up_on.raw_data[0]
    )
    try:
        with unit_of_work() as session:
            if form.at.errors or form.follow_up_on.errors:
                return inbox_views.page(session, item_id, form), 422
            question_operations.answer(
                session,
                g.person,
                item_id,
                clock.now(),
                text=form.text.data or "",
                link=form.link.data or "",
                at=form.at.moment,
                follow_up_on=form.follow_up_on.data,
            )
    except ConsoleError as error:
        return _refused(item_id, form, error)
    flash(_("Svaret är antecknat."), "done")
    return redirect(url_for("inbox.show", item_id=item_id))


@bp.post("/questions/<int:question_id>/followed")
@needs(Permission.VIEW_INBOX)
def followed(question_id: int) -> Response:
    try:
        with unit_of_work() as session:
            asked = question_operations.follow_up(session, g.person, question_id, clock.now())
            flash(_("Uppföljt."), "done")
    except WrongState as error:
        flash(error.message, "error")
        return redirect(url_for("questions.index"))
    return redirect(url_for("inbox.show", item_id=asked.item_id))


def _refused(
    item_id: int, form: inbox_forms.ReplyForm | inbox_forms.AnswerForm, error: ConsoleError
) -> Answer:
    if isinstance(error, WrongState):
        flash(error.message, "error")
        return redirect(url_for("inbox.show", item_id=item_id))
    return shown_again(form, error, lambda session: inbox_views.page(session, item_id, form))
