"""The board's rows about people who haven't been reached."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from console import phrases
from console.board.queries_reach import Reach
from console.incidents.models import Incident
from console.parts import Todo, Verb

if TYPE_CHECKING:
    from console.board.queries import Facts

NAMED = 3
"""Names in one row; the page behind it has them all."""


def todo(incident: Incident, facts: Facts) -> Iterator[Todo]:
    """Who doesn't know whether posts are on their way out in a platform's own app."""
    unsure = [row.name for row in facts.notices if row.unsure]
    if unsure:
        rest = "…" if len(unsure) > NAMED else ""
        yield Todo(
            "unsure-posts",
            "unknown",
            ngettext(
                "%(num)s vet inte om inlägg är på väg ut",
                "%(num)s vet inte om inlägg är på väg ut",
                len(unsure),
            ),
            ", ".join(unsure[:NAMED]) + rest,
            Verb(_("Ring dem"), url_for("incidents.notices", slug=incident.slug) + "#vet-inte"),
        )


def unmanned(reach: Reach, delivery_id: int, now: datetime) -> str:
    """Why nobody does a by-hand task just now, and whom to ring; empty: somebody does, or may.

    An answer goes before the register of absences: whoever has read it is at it, holiday or not.
    """
    rows = [row for row in reach.hands if row.delivery_id == delivery_id]
    people = [row for row in rows if row.name is not None]
    if not rows:
        return ""
    if not people:
        return _("Obemannad: kontot har ingen administratör. Gör det själva.")
    later = [row for row in people if row.can_from is not None and row.can_from > now]
    at_it = [row for row in people if row.read_at is not None and row not in later]
    if at_it:
        return ""
    there = [row for row in people if not row.away]
    called = next((row for row in (*there, *people) if row.phone), None)
    ring = _("Ring %(name)s, %(phone)s.", name=called.name, phone=called.phone) if called else ""
    if not there:
        why = _("Obemannad: alla administratörer är borta.")
    elif not any(row.administers or row in later for row in there):
        why = _("Administratörerna är borta. Ersättare: %(name)s.", name=there[0].name)
    elif later:
        first = min(row.can_from for row in later)
        why = _("Obemannad till %(at)s.", at=phrases.clock(first))
    elif rows[0].written_at + reach.patience <= now:
        why = _("Ingen har svarat.")
    else:
        return ""
    return f"{why} {ring}".strip()
