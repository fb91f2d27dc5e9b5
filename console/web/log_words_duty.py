"""Sentences of the log about duty, the roster and calls to approvers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from flask_babel import gettext as _

from console.incidents.roster import LABELS, Place
from console.people.rules import ROLE_LABELS, Role
from console.web.log_names import Say


class People(Protocol):
    @property
    def people(self) -> Mapping[int, str]: ...


def _named(facts: Mapping[str, Any], names: People) -> str:
    found = [names.people.get(one["person"], _("någon")) for one in facts.get("people", ())]
    return ", ".join(found)


def _handed_over(facts: Mapping[str, Any], names: People) -> str:
    who, role = names.people.get(facts["to"], _("någon")), str(ROLE_LABELS[Role(facts["role"])])
    return _("%(who)s har jouren: %(role)s.", who=who, role=role)


def _roster(facts: Mapping[str, Any], names: People) -> str:
    place = str(LABELS[Place(facts["place"])])
    if not facts["held"]:
        return _("Bemanning: %(place)s står tom.", place=place)
    who = names.people.get(facts["person"] or 0, "")
    if not who:
        return _("Bemanning: %(place)s är tillsatt.", place=place)
    return _("Bemanning: %(who)s är %(place)s.", who=who, place=place)


def _called(facts: Mapping[str, Any], names: People) -> str:
    who = _named(facts, names)
    if not facts.get("mail", True):
        return _("Texten väntar hos %(who)s i Budkavle. Mejl är inte inställt.", who=who)
    if facts["everybody"]:
        return _("Ingen kvar på listan. Kallade alla beslutsfattare: %(who)s.", who=who)
    return _("Kallade %(who)s att godkänna.", who=who)


SENTENCES: dict[str, Say] = {
    "duty:handed_over": _handed_over,
    "duty:list:changed": lambda f, n: _(
        "Ändrade ringlistan: %(role)s.", role=str(ROLE_LABELS[Role(f["role"])])
    ),
    "roster:changed": _roster,
    "approver:called": _called,
    "approver:unanswered": lambda f, n: _("%(who)s svarade inte i tid.", who=_named(f, n)),
    "approver:list:out": lambda f, n: _("Ingen mer på ringlistan kan kallas."),
}
