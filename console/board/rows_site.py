"""What the board says while the event's page on the website can't be written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.incidents.models import Incident
from console.messages import queries
from console.messages.process_models import LIVE, SiteNode
from console.parts import Todo


def read(session: Session, incident: Incident, now: datetime) -> bool:
    """Does some node show the event as it was: because it can't draw it, or can't write the whole
    site?"""
    nodes = select(SiteNode).where(SiteNode.site == incident.slug)
    if not incident.exercise and session.scalar(select(nodes.exists())):
        return True
    return (incident.slug if incident.exercise else LIVE) in queries.stuck_sites(session, now)


def rows(old: bool) -> Iterator[Todo]:
    if old:
        yield Todo(
            "site",
            "refused",
            _("Webbplatsen visar inte det senaste"),
            _(
                "Händelsens sida går inte att skriva och står som den var."
                " Ring systemadministratören."
            ),
        )
