"""What pages of other nouns say of rumours: how many are open when an event is to end. Messages
know nothing of rumours, so their templates ask here."""

from __future__ import annotations

import jinja2
from sqlalchemy.orm import object_session

from console.incidents.models import Incident
from console.monitoring import queries


def install(environment: jinja2.Environment) -> None:
    """It takes a row of a session that is still open, as it is while a view draws its page."""
    environment.globals.update(open_rumours=open_rumours)


def open_rumours(incident: Incident) -> int:
    """How many of the event's rumours somebody still has something to do with."""
    session = object_session(incident)
    return 0 if session is None else queries.count_open(session, incident.id)
