"""What every page of an event needs; pages of the nouns above enter an event by it too."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from flask import Blueprint, current_app, g
from sqlalchemy.orm import Session

from console import live
from console.config import Settings
from console.incidents import queries
from console.incidents.models import Incident

bp = Blueprint("incidents", __name__)


@dataclass(frozen=True)
class OtherEvent:
    """An event that is open beside the one a page is about."""

    name: str
    exercise: bool
    url: str
    todo: int
    """Red and orange rows on its board."""
    topic: str
    """What tells that the number may have changed."""


@dataclass
class Above:
    """What these pages need to know from nouns above this one, which say so when they are
    registered (see `console.board.around`)."""

    alarms: Callable[[Session, Incident], int]
    """How much is red or orange on an event's board."""
    under_way: Callable[[Session, int], Collection[int]]
    """The accounts on which an event has a post under way."""


def mail_is_set_up() -> bool:
    settings: Settings = current_app.config["SETTINGS"]
    return bool(settings.smtp_url)


def board_url(incident: Incident) -> str:
    """The board stands above this noun; its address is fixed."""
    return f"/incidents/{incident.slug}"


def enter(session: Session, slug: str) -> Incident:
    """The event a page is about.

    From here on the band says its name and whether it is an exercise, and names the others.
    """
    incident = queries.by_slug(session, slug)
    show_in_band(session, incident)
    return incident


def show_in_band(session: Session, incident: Incident | None) -> None:
    """Put an event in the band and the other open ones beside it (None: only those)."""
    g.event = incident
    above: Above = current_app.extensions["above_incidents"]
    g.other_events = [
        OtherEvent(
            name=other.name,
            exercise=other.exercise,
            url=board_url(other),
            todo=above.alarms(session, other),
            topic=live.incident_topic(other.id),
        )
        for other in queries.open_now(session)
        if incident is None or other.id != incident.id
    ]


def under_way(session: Session, incident_id: int) -> Collection[int]:
    """See `Above`."""
    above: Above = current_app.extensions["above_incidents"]
    return above.under_way(session, incident_id)
