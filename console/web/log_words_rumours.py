"""What the log says of rumours and of approved answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _

from console import phrases
from console.monitoring.rules import STATE_LABELS
from console.web.log_names import Names, Say


def _logged(facts: Mapping[str, Any], names: Names) -> str:
    said = facts.get("content") or _("Texten är maskerad.")
    return _("Loggade ett rykte: ”%(said)s” Sett: %(where)s.", said=said, where=facts["seen_where"])


def _state(facts: Mapping[str, Any], names: Names) -> str:
    state = STATE_LABELS[facts["after"]]
    why = phrases.sentence(facts.get("truth") or facts.get("reason") or "")
    return _("Ryktet: %(state)s. %(why)s", state=state, why=why).rstrip()


def _answer(template: Callable[[str], str]) -> Say:
    return lambda facts, names: template(facts["question"])


SENTENCES: dict[str, Say] = {
    "rumour:logged": _logged,
    "rumour:owner:changed": lambda f, n: _(
        "Ryktet sköts nu av %(who)s.", who=n.people.get(f["after"], "?")
    ),
    "rumour:state:changed": _state,
    "rumour:truth:changed": lambda f, n: _(
        "Skrev om vad som är sant: %(truth)s", truth=f.get("truth") or _("Texten är maskerad.")
    ),
    "rumour:answer:begun": lambda f, n: _("Började skriva svar på ett rykte."),
    "rumour:answered": lambda f, n: _("Ryktet är besvarat: svaret har gått ut."),
    "answer:written": _answer(lambda q: _("Skrev ett svar att ge: %(q)s", q=q)),
    "answer:changed": _answer(lambda q: _("Ändrade svaret. Det måste godkännas: %(q)s", q=q)),
    "answer:submitted": _answer(lambda q: _("Skickade svaret för godkännande: %(q)s", q=q)),
    "answer:approved": _answer(lambda q: _("Godkände svaret: %(q)s", q=q)),
    "answer:returned": _answer(lambda q: _("Returnerade svaret: %(q)s", q=q)),
    "answer:withdrawn": _answer(lambda q: _("Återtog svaret: %(q)s", q=q)),
    "answer:reopened": _answer(lambda q: _("Tog upp svaret igen: %(q)s", q=q)),
}
