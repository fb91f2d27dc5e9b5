"""Sentences of the log about who is away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from console.accounts.coverage import days_text
from console.accounts.coverage_rules import Span
from console.web.log_names import Say
from console.web.log_words_duty import People


def _said(facts: Mapping[str, Any], names: People) -> dict[str, str]:
    span = Span(date.fromisoformat(facts["first"]), date.fromisoformat(facts["last"]))
    return {"who": names.people.get(facts["about"], _("någon")), "days": days_text(span)}


SENTENCES: dict[str, Say] = {
    "absence:recorded": lambda f, n: _(
        "Skrev in frånvaro: %(who)s är borta %(days)s.", **_said(f, n)
    ),
    "absence:changed": lambda f, n: _(
        "Ändrade frånvaro: %(who)s är borta %(days)s.", **_said(f, n)
    ),
    "absence:removed": lambda f, n: _(
        "Tog bort frånvaro: %(who)s är inte borta %(days)s.", **_said(f, n)
    ),
}
