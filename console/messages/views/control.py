"""Pausing, going on and stopping."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, g, redirect
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from console import clock
from console.db import unit_of_work
from console.errors import NotFound, WrongState
from console.incidents.views.common import enter
from console.messages.models import Broadcast
from console.messages.operations import control
from console.messages.views.common import bp
from console.people.rules import Permission
from console.web.guard import needs


@bp.post("/broadcasts/<int:broadcast_id>/pause")
@needs(Permission.STOP_BROADCAST)
def pause(slug: str, broadcast_id: int) -> Response:
    return _act(slug, broadcast_id, control.pause, lambda _done: _("Pausad. Inget mer går ut."))


@bp.post("/broadcasts/<int:broadcast_id>/resume")
@needs(Permission.STOP_BROADCAST)
def resume(slug: str, broadcast_id: int) -> Response:
    return _act(slug, broadcast_id, control.resume, _resumed)


@bp.post("/broadcasts/<int:broadcast_id>/stop")
@needs(Permission.STOP_BROADCAST)
def stop(slug: str, broadcast_id: int) -> Response:
    return _act(slug, broadcast_id, control.stop, lambda n: stopped(n, _("Texten är stoppad.")))


@bp.post("/stop-all")
@needs(Permission.STOP_BROADCAST)
def stop_all(slug: str) -> Response:
    """Stoppa allt: one press, at once."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        under_way = control.stop_all(session, g.person, incident.id, clock.now())
    flash(stopped(under_way, _("Allt är stoppat.")), "error")
    return redirect(f"/incidents/{slug}/")


def stopped(under_way: int, text: str) -> str:
    """What has happened, and what to do next.

    Args:
        text: what is stopped.
    """
    if under_way:
        text += " " + ngettext(
            "%(num)s inlägg var redan på väg ut. Följ det på tavlan, och rätta det om det är fel.",
            "%(num)s inlägg var redan på väg ut. Följ dem på tavlan, och rätta dem om de är fel.",
            under_way,
        )
    else:
        text += " " + _("Inget inlägg var på väg ut.")
    return text + " " + _("Skriv ett nytt meddelande när ni vet vad som gäller.")


def _resumed(broadcast: Broadcast) -> str:
    if broadcast.state == "running":
        return _("Utsändningen fortsätter.")
    return _("Tiden för nästa besked har passerat, så texten sänds inte mer. Skriv en ny.")


def _act(
    slug: str,
    broadcast_id: int,
    act: Callable[..., Any],
    said: Callable[[Any], str],
) -> Response:
    try:
        with unit_of_work() as session:
            incident = enter(session, slug)
            broadcast = session.get(Broadcast, broadcast_id)
            if broadcast is None or broadcast.incident_id != incident.id:
                raise NotFound(_("Utsändningen finns inte."))
            done = act(session, g.person, broadcast_id, clock.now())
            flash(said(done), "done")
    except WrongState as error:
        flash(error.message, "error")
    return redirect(f"/incidents/{slug}/")
