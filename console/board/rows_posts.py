"""What the start page says of ordinary posts, and the board of texts handed to the unit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from console.accounts.rules import platform_name
from console.board.start_model import Waiting
from console.incidents.models import Incident
from console.messages.models import Delivery
from console.parts import Todo, Verb
from console.people.models import Person
from console.people.rules import Permission, may
from console.posts import queries, rules
from console.posts.models import PostHold


def waiting(session: Session, person: Person, now: datetime) -> list[Waiting]:
    """A person's posts that are held, whose answer was lost, or that are to be made by hand."""
    if not may(person.roles, Permission.WRITE_POST):
        return []
    found = []
    holds = queries.holds_of(session, person.id)
    locked = queries.locks_on(session, {hold.account_id for hold in holds}) if holds else {}
    told: dict[int, list[PostHold]] = {}
    for hold in holds:
        told.setdefault(hold.message_id, []).append(hold)
    for message_id, mine in told.items():
        url = url_for("posts.show", message_id=message_id)
        names = ", ".join(hold.account.short_name for hold in mine)
        standing = next((locked[h.account_id] for h in mine if h.account_id in locked), None)
        if standing is not None:
            rest = _("på %(names)s, låst av %(event)s", names=names, event=standing.incident.name)
            found.append(Waiting(_("Se inlägget som hålls"), rest, url))
        elif mine[0].reason == rules.Held.LOCKED:
            rest = _("på %(names)s: låset är släppt", names=names)
            found.append(Waiting(_("Sänd på nytt eller kasta"), rest, url))
        elif mine[0].reason == rules.Held.RESTORED:
            rest = _("på %(names)s: konsolen är återställd", names=names)
            found.append(Waiting(_("Titta om inlägget är ute"), rest, url))
        else:
            rest = _("på %(names)s: inlägget gick inte ut", names=names)
            found.append(Waiting(_("Sänd på nytt eller kasta"), rest, url))
    for row in queries.asking(session, person.id):
        url = url_for("posts.show", message_id=row.message_id)
        edits = row.edits_id is not None
        verb = _("Ändra inlägget för hand") if edits else _("Publicera för hand")
        if row.state == "unknown":
            verb = _("Säg om inlägget är ändrat") if edits else _("Säg om inlägget är ute")
        found.append(Waiting(verb, _("på %(name)s", name=_name(row)), url))
    return found


def todo(incident: Incident, unread: int, allowed: frozenset[Permission]) -> Iterator[Todo]:
    """Texts that administrators of locked accounts have handed over and nobody has read."""
    if not unread or Permission.WRITE_MESSAGE not in allowed:
        return
    yield Todo(
        "suggestions",
        "waiting",
        ngettext("%(num)s textförslag att läsa", "%(num)s textförslag att läsa", unread),
        _("Från administratörer av låsta konton. Sänds inte av sig självt."),
        Verb(_("Läs förslagen"), url_for("suggestions.index", slug=incident.slug)),
    )


def _name(row: Delivery) -> str:
    return f"{row.account.short_name} {platform_name(row.account.platform)}"
