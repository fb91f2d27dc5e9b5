"""Who else has the same form open."""

from __future__ import annotations

from flask import g, render_template

from console import clock
from console.db import unit_of_work
from console.incidents import queries as incidents
from console.messages import writers
from console.messages.views.common import bp, of_event
from console.people.rules import Permission
from console.web.guard import needs


@bp.post("/messages/<int:message_id>/writers")
@needs(Permission.WRITE_MESSAGE, keeps_alive=False)
def also_here(slug: str, message_id: int) -> str:
    with unit_of_work() as session:
        message = of_event(session, incidents.by_slug(session, slug), message_id)
        others = writers.here(session, g.person.id, message.id, clock.now())
    return render_template("messages/_writers.html", others=others)
