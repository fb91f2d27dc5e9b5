"""What every page of an event needs."""

from __future__ import annotations

from flask import Blueprint, current_app, g
from sqlalchemy.orm import Session

from console.incidents import queries
from console.incidents.models import Incident

bp = Blueprint("incidents", __name__)


def mail_is_set_up() -> bool:
    return bool(current_app.config["SETTINGS"].smtp_url)


def board_url(incident: Incident) -> str:
    """The board stands above this noun; its address is fixed."""
    return f"/incidents/{incident.slug}"


def enter(session: Session, slug: str) -> Incident:
    """The event a page is about; the band shows it, and whether it is an exercise."""
    incident = queries.by_slug(session, slug)
    g.event = incident
    return incident
