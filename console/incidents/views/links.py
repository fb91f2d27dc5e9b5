"""A lock notice from a personal link: read and acknowledged without logging in.

The link opens that one notice and starts no session. A GET changes nothing about it, since mail
scanners follow links; only the button does.
"""

from __future__ import annotations

from flask import g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from console import clock
from console.db import unit_of_work
from console.errors import BadInput, WrongState
from console.incidents import forms
from console.incidents.models import Incident, Notice
from console.incidents.operations import links, notices
from console.incidents.views import lock_notice
from console.incidents.views.common import bp
from console.people import guessing
from console.web import guard
from console.web.proxies import client_address

_WHY = "its reader may have no way to log in just now; the link's secret opens this notice alone"


@bp.get("/read/<token>")
@guard.public(_WHY)
def linked(token: str) -> ResponseReturnValue:
    return _page(token, forms.ReadForm(formdata=None))


@bp.post("/read/<token>")
@guard.public(_WHY)
def read_linked(token: str) -> ResponseReturnValue:
    """*Jag har läst*; pressed again, it changes the answer."""
    form = forms.ReadForm()
    answer = form.queued.data or ""
    try:
        with unit_of_work() as session:
            notice, _incident = _opened(session, token)
            if notice.read_at is None:
                notices.acknowledge_by_link(session, notice, clock.now(), answer)
            else:
                notices.answer_again(session, notice, answer, clock.now())
    except links.UnknownLink:
        _count()
        raise
    except (BadInput, WrongState) as error:
        forms.show_faults(form, error, {"pending_posts": "queued"})
        return _page(token, form), error.status
    return redirect(url_for("incidents.linked", token=token), 303)


def _opened(session: Session, token: str) -> tuple[Notice, Incident]:
    guessing.refuse_guesses(session, client_address(), clock.now())
    return links.notice_of(session, token)


def _count() -> None:
    """In a transaction of its own, which the refusal doesn't undo."""
    with unit_of_work() as session:
        guessing.count_guess(session, client_address(), clock.now())


def _page(token: str, form: forms.ReadForm) -> str:
    url = url_for("incidents.read_linked", token=token)
    try:
        with unit_of_work() as session:
            notice, incident = _opened(session, token)
            view = lock_notice.shown(
                session,
                notice,
                incident,
                read_url=url,
                answer_url=url,
                reader=notice.person.name,
            )
    except links.UnknownLink:
        _count()
        raise
    g.event = incident
    if not form.queued.errors and notice.read_at is not None:
        form.queued.data = notice.pending_posts
    return render_template(
        "incidents/notice.html", menu=(), notice=view, incident=incident, form=form
    )
