"""*Avbryt övningen – skarpt läge*: one press, at once.

No page asks again. What ends is only an exercise, so a wrong press costs a rerun of it; a question
would cost every real start. Nothing live happens by the press: the next page is where a person says
what has happened for real.
"""

from __future__ import annotations

from flask import flash, g, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from console import clock
from console.db import unit_of_work
from console.errors import WrongState
from console.incidents.views.common import board_url, enter, mail_is_set_up
from console.messages.operations import breaking_off
from console.messages.views.common import bp
from console.people.rules import Permission, may
from console.policy.queries import live_use_is_on
from console.web.guard import needs


@bp.post("/break-off")
@needs(Permission.BREAK_OFF_EXERCISE)
def break_off(slug: str) -> Response:
    opens = may(g.person.roles, Permission.OPEN_INCIDENT)
    try:
        with unit_of_work() as session:
            incident = enter(session, slug)
            # Known from here: what is refused takes the event's row with it.
            board = board_url(incident)
            breaking_off.break_off(session, g.person, incident, clock.now(), mail=mail_is_set_up())
            name, live_use = incident.name, live_use_is_on(session)
    except WrongState as error:
        # Two pressed at once: the exercise is over, and this person too wants to open for real.
        flash(error.message, "error")
        return redirect(board)
    flash(_("Övningen %(name)s är avbruten. Inget från den följer med.", name=name), "done")
    if opens:
        return redirect(url_for("incidents.new", live=1))
    flash(_("Be informationsenheten öppna händelsen på riktigt."), "error")
    if not live_use:
        flash(_("Skarp drift är inte påslagen: Budkavle kan inte sända på riktigt."), "error")
    return redirect(board)
