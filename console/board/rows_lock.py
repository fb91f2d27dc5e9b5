"""The board's rows about what stands on locked accounts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import Row

from console import phrases
from console.accounts.rules import platform_name
from console.incidents.models import Incident
from console.messages.checks import without_numbers
from console.monitoring.item_rules import BY_MODERATION
from console.monitoring.lock_rules import TITLES, AlarmKind, AlarmState
from console.parts import State, Todo, Verb
from console.people.rules import Permission

MOST = 8
"""Rows; the rest are counted."""
WORDS = 80
"""Characters of a post that the board repeats, for those who may answer."""


def todo(
    incident: Incident, alarms: Sequence[Row[Any]], allowed: frozenset[Permission]
) -> Iterator[Todo]:
    """Posts that the console doesn't know, and posts of ours that are changed or gone (7-d)."""
    if incident.state != "open":
        return
    answers = Permission.CONFIRM_BY_HAND in allowed
    for one in alarms[:MOST]:
        said = one.state == AlarmState.AROUND
        asks = one.kind == AlarmKind.AROUND and not said
        verb = _("Är det här vårt?") if asks else _("Titta på inlägget")
        url = url_for("lock_alarms.show", slug=incident.slug, alarm_id=one.id)
        sign: State = "missed" if one.sure or said else "unknown"
        yield Todo(
            f"lock-alarm-{one.id}",
            sign,
            f"{TITLES[one.kind]}: {one.short_name}, {platform_name(one.platform)}",
            _why(one, answers),
            Verb(verb, url) if answers else None,
        )
    if len(alarms) > MOST:
        yield Todo(
            "lock-alarms-rest",
            "missed",
            _("Och %(n)s till", n=len(alarms) - MOST),
            _("De visas när de översta är besvarade."),
        )


def _why(one: Row[Any], answers: bool) -> str:
    """When, what it says, and who looks after the account."""
    why = str(_("Publicerat kl %(at)s.", at=phrases.clock(one.at)))
    words = " ".join(without_numbers(f"{one.title} {one.content}").split())
    if answers and words and one.item_state not in BY_MODERATION:
        cut = words if len(words) <= WORDS else f"{words[: WORDS - 1]}…"
        why += f" ”{cut}”"
    if one.administrators:
        why += " " + _("Kontot sköts av %(who)s.", who=one.administrators)
    return why
