"""The board's promise: which word is owed next, when it presses, and the three ways out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import Row

from console import phrases
from console.board.queries import Facts
from console.board.view_model import NEAR, Promise
from console.incidents.models import Incident
from console.messages import rules
from console.parts import Verb
from console.people.rules import Permission


def promise(
    incident: Incident, facts: Facts, allowed: frozenset[Permission], now: datetime
) -> Promise | None:
    """The promise to keep next. It stands, late, until the word is out."""
    owed = rules.owing(words(facts)) if incident.state == "open" else []
    if not owed or owed[0].promise_at is None:
        return None
    rows = {row.id: row for row in facts.broadcasts}
    row, due = rows[owed[0].broadcast_id], owed[0].promise_at
    asked = (rows[word.broadcast_id] for word in owed if word.active)
    running = next((one for one in asked if one.repeating and _presses(one, now)), None)
    left = _left(running)
    slug, lang = incident.slug, str(get_locale())
    if due <= now:
        why = _("Utlovat %(at)s. Webben säger att vi är sena.", at=phrases.when(due, now, lang))
        if row.state == rules.BroadcastState.STALE:
            why += " " + _("Ingen svarade, så upprepningen har slutat.")
    else:
        why = _("Utlovat %(at)s.", at=phrases.when(due, now, lang))
        if left:
            why += " " + _("Gäller texten fortfarande?") + " "
            why += ngettext("Kan sägas %(num)s gång till.", "Kan sägas %(num)s gånger till.", left)
    if not left:
        why += " " + _("Skriv ett nytt meddelande.")
    return Promise(
        due,
        near=due - row.ask_at if row.ask_at is not None else NEAR,
        why=why,
        still_valid=Verb(
            _("Gäller fortfarande"),
            url_for("messages.still_valid", slug=slug, broadcast_id=running.id,
                    use=running.still_used + 1),
            "post",
        )
        if running is not None and left and Permission.SAY_STILL_VALID in allowed
        else None,
        replace=Verb(
            _("Ersätt"), url_for("messages.replace", slug=slug, broadcast_id=row.id), "post"
        )
        if Permission.WRITE_MESSAGE in allowed
        else None,
        stop=Verb(
            _("Stoppa"), url_for("messages.stop", slug=slug, broadcast_id=running.id), "post"
        )
        if running is not None and Permission.STOP_BROADCAST in allowed
        else None,
    )  # fmt: skip


def words(facts: Facts) -> list[rules.Word]:
    """The words that have been promised, as `rules.owing` judges them: as `queries.words`."""
    # Newest first, so that of a message the last sending stays: it is the one that went out.
    newest = {one.message_id: one for one in reversed(facts.broadcasts)}
    return [
        rules.Word(
            one.id, one.type, one.still_at or one.anchor, one.promise_at, one.state in rules.ACTIVE
        )
        for one in newest.values()
        if one.record_number is not None
    ]


def _presses(row: Row[Any], now: datetime) -> bool:
    return row.ask_at is not None and row.ask_at <= now


def _left(row: Row[Any] | None) -> int:
    """How often *Gäller fortfarande* can still be said of what is running."""
    if row is None or row.state != rules.BroadcastState.RUNNING:
        return 0
    left: int = row.still_times - row.still_used
    return left
