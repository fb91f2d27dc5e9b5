"""Sentences of the log about yearly reports (4.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from console.review.yearly_rules import GOAL_LABELS, STEP_LABELS, Goal, Step
from console.web.log_names import Names, Say


def _sent(facts: Mapping[str, Any], names: Names) -> str:
    return _(
        "%(name)s: skickade årsrapporten %(year)s till %(people)s.",
        name=names.account(facts),
        year=facts["year"],
        people=", ".join(names.people.get(one, "?") for one in facts["to"]),
    )


def _evaluated(facts: Mapping[str, Any], names: Names) -> str:
    return _(
        "%(name)s: utvärderade årsrapporten %(year)s. %(goal)s. %(step)s. %(why)s",
        name=names.account(facts),
        year=facts["year"],
        goal=str(GOAL_LABELS[Goal(facts["goal"])]),
        step=str(STEP_LABELS[Step(facts["step"])]),
        why=facts.get("reason") or _("Texten är maskerad."),
    )


SENTENCES: dict[str, Say] = {
    "report:opened": lambda f, n: _(
        "%(name)s: årsrapporten %(year)s öppnades. Klar senast %(day)s.",
        name=n.account(f),
        year=f["year"],
        day=f["due"],
    ),
    "report:saved": lambda f, n: _("%(name)s: skrev i årsrapporten.", name=n.account(f)),
    "report:sent": _sent,
    "report:evaluated": _evaluated,
}
