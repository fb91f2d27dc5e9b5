"""A delivery from its mailed link: fetched and received without logging in.

The link opens that one delivery and starts no session. A GET changes nothing, since mail scanners
follow links; only the buttons do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock
from console.archive import deliveries, forms, links
from console.archive import delivery_views as shown
from console.archive.models import ArchiveLink
from console.archive.rules import DeliveryState
from console.db import unit_of_work
from console.errors import BadInput, WrongState
from console.incidents.operations.links import UnknownLink
from console.people import guessing
from console.web import guard
from console.web.faults import show_faults
from console.web.proxies import client_address

bp = Blueprint("archive_links", __name__, url_prefix="/archive/link")
T = TypeVar("T")
_WHY = "its reader may have no login at hand; the link's secret opens this delivery alone"


@bp.get("/<token>")
@guard.public(_WHY)
def show(token: str) -> ResponseReturnValue:
    return _page(token, forms.ReceiptForm(formdata=None))


@bp.post("/<token>/file")
@guard.public(_WHY)
def fetch(token: str) -> ResponseReturnValue:
    def act(session: Session, link: ArchiveLink) -> Response:
        return shown.fetched(session, link.person, link.delivery, clock.now(), by_link=True)

    return _with(token, act)


@bp.post("/<token>/receipt")
@guard.public(_WHY)
def receive(token: str) -> ResponseReturnValue:
    form = forms.ReceiptForm()

    def act(session: Session, link: ArchiveLink) -> None:
        number = form.number.data or ""
        deliveries.receive(
            session, link.person, link.delivery_id, number, clock.now(), by_link=True
        )

    try:
        _with(token, act)
    except (BadInput, WrongState) as error:
        show_faults(form, error)
        return _page(token, form), error.status
    return redirect(url_for("archive_links.show", token=token), 303)


def _with(token: str, act: Callable[[Session, ArchiveLink], T]) -> T:
    """Do something with what the link opens; who guesses links has to wait."""
    try:
        with unit_of_work() as session:
            guessing.refuse_guesses(session, client_address(), clock.now())
            return act(session, links.opened(session, token, clock.now()))
    except UnknownLink:
        # In a transaction of its own, which the refusal doesn't undo.
        with unit_of_work() as session:
            guessing.count_guess(session, client_address(), clock.now())
        raise


def _page(token: str, form: forms.ReceiptForm) -> Response:
    def draw(_session: Session, link: ArchiveLink) -> str:
        one = link.delivery
        deliveries.need_receiver(link.person, one)
        return render_template(
            "archive/link.html",
            menu=(),
            one=one,
            title=shown.title(one),
            reader=link.person.name,
            until=link.expires_at,
            token=token,
            there=one.snapshot_id is not None or bool(one.file),
            form=shown.receipt_form(one, form) if one.state == DeliveryState.READY else None,
        )

    response = make_response(_with(token, draw))
    response.headers["Cache-Control"] = "no-store"
    return response
