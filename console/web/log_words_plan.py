"""What the log says of an account's life and its plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from console.accounts import plan_rules
from console.accounts.rules import ARROWS, STATE_LABELS, State
from console.policy.values import DECISION
from console.web.log_names import Names, Say


def _moved(facts: Mapping[str, Any], names: Names) -> str:
    """Every arrow of an account's life."""
    text = _(
        "%(name)s: %(old)s → %(new)s.",
        name=names.account(facts),
        old=str(STATE_LABELS[State(facts["from"])]),
        new=str(STATE_LABELS[State(facts["to"])]),
    )
    return f"{text} {facts.get('reason') or ''}".strip()


def _marked(facts: Mapping[str, Any], names: Names) -> str:
    role = plan_rules.role_label(facts["role"])
    name, n = names.account(facts), facts["version"]
    if facts["kind"] == DECISION:
        return _("%(name)s: %(role)s skrev under version %(n)s.", name=name, role=role, n=n)
    return _("%(name)s: samråd med %(role)s om version %(n)s.", name=name, role=role, n=n)


def _voided(facts: Mapping[str, Any], names: Names) -> str:
    why = facts["reason"] or plan_rules.labels(facts["changed"])
    text = _(
        "%(name)s: underskrifterna på version %(n)s gäller inte.",
        name=names.account(facts),
        n=facts["version"],
    )
    return f"{text} {why}".strip()


SENTENCES: dict[str, Say] = {
    **dict.fromkeys(ARROWS.values(), _moved),
    "account:notice:given": lambda f, n: _("%(name)s: anmält.", name=n.account(f)),
    "account:inquiry:answered": lambda f, n: _("%(name)s: frågan besvarad.", name=n.account(f)),
    "account:checklist:completed": lambda f, n: _("%(name)s: checklistan klar.", name=n.account(f)),
    "account:plan:saved": lambda f, n: _(
        "%(name)s: planen ändrad (%(fields)s).",
        name=n.account(f),
        fields=plan_rules.labels(f["changed"]),
    ),
    "account:plan:renewed": lambda f, n: _(
        "%(name)s: version %(n)s skickad för underskrift.", name=n.account(f), n=f["version"]
    ),
    "account:plan:voided": _voided,
    "account:plan:replaced": lambda f, n: _(
        "%(name)s: version %(n)s gäller nu.", name=n.account(f), n=f["version"]
    ),
    "account:mark:given": _marked,
    "account:end:notified": lambda f, n: _("%(name)s: slutrapporten lämnad.", name=n.account(f)),
}
