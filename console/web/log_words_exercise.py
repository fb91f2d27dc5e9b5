"""Sentences of the log about exercise plans and their injects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from console.incidents.exercise_rules import InjectKind
from console.web.log_names import Names, Say


def _happened(facts: Mapping[str, Any], names: Names) -> str:
    content = facts.get("content") or _("Texten är maskerad.")
    late = " " + _("Det kom för sent.") if facts["late"] else ""
    kind = InjectKind(facts["kind"])
    if kind is InjectKind.RUMOUR:
        where = facts.get("place") or "?"
        return _("Inspel: ett rykte syns i %(where)s.", where=where) + f" {content}{late}"
    if kind is InjectKind.CHANNEL_DOWN:
        said = _(
            "Inspel: %(account)s tar inte emot på %(n)s min.",
            account=names.account(facts),
            n=facts["lasts"],
        )
        return f"{said} {content}{late}"
    if kind is InjectKind.ABSENT:
        who = names.people.get(facts["absent"], "?")
        said = _("Inspel: %(who)s är borta i %(n)s min.", who=who, n=facts["lasts"])
        return f"{said} {content}{late}"
    return _("Inspel att läsa upp: %(text)s", text=content) + late


SENTENCES: dict[str, Say] = {
    "exercise_plan:written": lambda f, n: _("Började övningsplanen %(name)s.", name=f["name"]),
    "exercise_plan:changed": lambda f, n: _("Ändrade övningsplanen %(name)s.", name=f["name"]),
    "exercise_plan:retired": lambda f, n: _("Tog bort övningsplanen %(name)s.", name=f["name"]),
    "exercise_plan:inject:added": lambda f, n: _(
        "Lade till ett inspel efter %(n)s min.", n=f["minute"]
    ),
    "exercise_plan:inject:removed": lambda f, n: _(
        "Tog bort ett inspel efter %(n)s min.", n=f["minute"]
    ),
    "exercise:plan:attached": lambda f, n: _(
        "Övningen följer planen %(name)s med %(n)s inspel.", name=f["name"], n=f["injects"]
    ),
    "inject:happened": _happened,
}
