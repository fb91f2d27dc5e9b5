"""The wall screen (*Väggskärm*), rendered: the page once, its part again at every hint.

It has nothing to do with *Övningsväggen* (console.site.wall), which shows an exercise's posts.
"""

from __future__ import annotations

from datetime import datetime

from flask import render_template
from sqlalchemy.orm import Session

from console import clock
from console.board import fill, queries, wall_model
from console.incidents.models import Incident


def part(session: Session, incident: Incident) -> str:
    """Everything below the sign."""
    now, facts = clock.now(), queries.facts(session, incident)
    board = fill.board(incident, facts, frozenset(), now)
    first = [str(row.fields.get("first_at") or "") for row in facts.waiting]
    coming = [at for at in (datetime.fromisoformat(one) for one in first if one) if at > now]
    view = wall_model.wall(board, incident.closed_at, min(coming, default=None))
    return render_template("wall/_live.html", wall=view)
