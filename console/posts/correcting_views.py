"""The page where what was wrong in a post that is out is said, and what is right."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock
from console.db import unit_of_work
from console.errors import ConsoleError, WrongState
from console.incidents.views.common import show_in_band
from console.people.rules import Permission
from console.posts import queries
from console.posts.forms import CorrectionForm
from console.posts.operations import correcting
from console.web.faults import shown_again
from console.web.guard import needs

bp = Blueprint("post_corrections", __name__, url_prefix="/posts/<int:message_id>/correct")
Answer = Response | tuple[str, int]


@bp.get("")
@needs(Permission.WRITE_POST)
def write(message_id: int) -> str | Response:
    with unit_of_work() as session:
        message = queries.post(session, g.person, message_id)
        rows = queries.deliveries_of(session, message.id)
        if not correcting.may_correct(message, rows):
            return redirect(url_for("posts.show", message_id=message_id))
        try:
            correcting.need_answers(rows)  # before anything is typed
        except WrongState as error:
            flash(error.message, "error")
            return redirect(url_for("posts.show", message_id=message_id))
        begun = correcting.draft(session, message.id)
        said: dict[str, Any] = {} if begun is None else begun.fields
        return _page(session, message_id, CorrectionForm(formdata=None, data=said or None))


@bp.post("")
@needs(Permission.WRITE_POST)
def save(message_id: int) -> Answer:
    form = CorrectionForm()
    try:
        with unit_of_work() as session:
            said = {name: form[name].data or "" for name in ("wrong", "right", "thanks")}
            correction = correcting.write(session, g.person, message_id, said, clock.now())
            correction_id = correction.id
    except ConsoleError as error:
        return shown_again(form, error, lambda session: _page(session, message_id, form))
    return redirect(url_for("posts.confirm_page", message_id=correction_id), 303)


def _page(session: Session, message_id: int, form: CorrectionForm) -> str:
    show_in_band(session, None)
    message = queries.post(session, g.person, message_id)
    form.offer(correcting.sentences(session, message))
    return render_template("posts/correct.html", form=form, message=message)
