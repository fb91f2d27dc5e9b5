"""What the board says while the event's page on the website can't be written."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.incidents.models import Incident
from console.messages.process_models import SiteNode
from console.parts import Todo


def read(session: Session, incident: Incident) -> bool:
    """Does some node show a live event as it was, because it can't draw it?"""
    if incident.exercise:
        return False
    nodes = select(SiteNode).where(SiteNode.site == incident.slug)
    return bool(session.scalar(select(nodes.exists())))


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
