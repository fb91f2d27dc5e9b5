"""The timeline's words about the rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from console import phrases
from console.web.log_names import Say
from console.web.policy_words import LABELS


def _changed(facts: Mapping[str, Any], names: Any) -> str:
    fields = ", ".join(str(LABELS.get(name, name)) for name in facts["changed"])
    why = facts.get("reason")  # entries from before it was asked for have none
    said = str(_("Ändrade reglerna: %(fields)s.", fields=fields))
    return f"{said} {phrases.sentence(why)}" if why else said


SENTENCES: dict[str, Say] = {
    "policy:changed": _changed,
    "policy:live_use:started": lambda f, n: _("Skarp drift började."),
}
