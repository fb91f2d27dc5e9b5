"""What the log says of the staff's own work: who leads, shifts, the first hour, moved accounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _

from console import phrases
from console.incidents import rules
from console.people.rules import ROLE_LABELS, Role
from console.web.log_names import Names

Facts = Mapping[str, Any]


def _who(names: Names, person_id: int) -> str:
    return names.people.get(person_id, "?")


def _role(facts: Facts) -> str:
    return str(ROLE_LABELS[Role(facts["role"])])


def _stage(facts: Facts, names: Names) -> str:
    now = _("Nu gäller: %(stage)s.", stage=rules.STAGE_LABELS[rules.Stage(facts["after"])])
    why = phrases.sentence(facts.get("reason", ""))
    return f"{now} {why}".strip()


def _closed(facts: Facts, names: Names) -> str:
    if facts.get("broken_off"):
        return _("Övningen är avslutad.")
    return _("Avslutade händelsen. Åter till normalläge.")


def _taken_over(facts: Facts, names: Names) -> str:
    return _(
        "Tog över passet (%(role)s) efter %(giver)s, utan överlämning.",
        role=_role(facts),
        giver=_who(names, facts["giver"]),
    )


SENTENCES: dict[str, Callable[[Facts, Names], str]] = {
    "incident:stage:changed": _stage,
    "incident:closed": _closed,
    "exercise:broken_off": lambda f, n: _("Avbröt övningen: skarpt läge."),
    "incident:account:moved_out": lambda f, n: _(
        "Lämnade %(account)s till %(event)s. %(why)s",
        account=f["account"]["name"],
        event=f["to"]["name"],
        why=phrases.sentence(f["reason"]),
    ),
    "incident:account:moved_in": lambda f, n: _(
        "Flyttade hit %(account)s från %(event)s. %(why)s",
        account=f["account"]["name"],
        event=f["from"]["name"],
        why=phrases.sentence(f["reason"]),
    ),
    "first_hour:ticked": lambda f, n: _("Klart i första timmen: %(what)s.", what=f["text"]),
    "first_hour:unticked": lambda f, n: _(
        "Tog bort bocken i första timmen: %(what)s.", what=f["text"]
    ),
    "shift:offered": lambda f, n: _(
        "Skrev under överlämningen av passet (%(role)s) till %(receiver)s.",
        role=_role(f),
        receiver=_who(n, f["receiver"]),
    ),
    "shift:withdrawn": lambda f, n: _("Tog tillbaka överlämningen av passet."),
    "shift:taken": lambda f, n: _(
        "Skrev under och tog emot passet (%(role)s) av %(giver)s.",
        role=_role(f),
        giver=_who(n, f["giver"]),
    ),
    "shift:taken_over": _taken_over,
}
