"""What the start page says of the inbox: what a colleague sent on, and sources that fail."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from console.board.start_model import Waiting
from console.messages.checks import without_numbers
from console.monitoring import item_queries
from console.monitoring.question_rules import SentAs
from console.people.models import Person
from console.people.rules import Permission, may


def waiting(session: Session, person: Person, now: datetime) -> list[Waiting]:
    """For whoever something was sent to: to answer it (4-d), or to know of it (4-e, 4-j). For those
    who choose the sources: to see to those that have failed for an hour, so that a broken one is
    never just quiet."""
    verbs = {
        SentAs.RESPONSE: _("Ta del av ris eller ros"),
        SentAs.ELSEWHERE: _("Ta över det som inte hör till kontot"),
    }
    found = [
        Waiting(
            verbs.get(SentAs(one.sent_as), _("Svara på det som skickats vidare")),
            without_numbers(one.title)[:80],
            url_for("inbox.show", item_id=one.id),
            since=one.state_at,
            due=due,
        )
        for one, due in item_queries.sent_on_to(session, person.id)
    ]
    if may(person.roles, Permission.KEEP_FEEDS) and (failing := item_queries.failing(session, now)):
        rest = failing[0].name
        if len(failing) > 1:
            rest = ngettext("%(num)d källa", "%(num)d källor", len(failing))
        found.append(
            Waiting(
                _("Se över källan"),
                rest,
                url_for("feeds.index"),
                since=failing[0].trouble_since or failing[0].calm_at,
            )
        )
    return found
