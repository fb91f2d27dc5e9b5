"""What the log says about reaching people: own addresses, reminders, by-hand tasks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from console import phrases
from console.incidents import rules
from console.people.address_kinds import LABELS, AddressKind
from console.web.log_names import Names, Say


def _names(facts: Mapping[str, Any], names: Names) -> str:
    return ", ".join(names.people.get(one["person"], "?") for one in facts["notices"])


def _kind(facts: Mapping[str, Any]) -> str:
    return str(LABELS[AddressKind(facts["kind"])])


def _passed_on(facts: Mapping[str, Any], names: Names) -> str:
    who = _names(facts, names)
    if facts["to"]:
        return _("%(who)s har inte läst. De andra administratörerna har fått veta det.", who=who)
    return _("%(who)s har inte läst, och det finns ingen annan administratör.", who=who)


def _answer(facts: Mapping[str, Any], names: Names) -> str:
    label = rules.PENDING_LABELS[rules.PendingPosts(facts["pending_posts"])]
    return _("Ändrade svaret. Inlägg på väg ut: %(answer)s.", answer=label)


def _can_from(facts: Mapping[str, Any], names: Names) -> str:
    if facts["at"] is None:
        return _("Gör det som ska göras för hand nu.")
    at = phrases.clock(datetime.fromisoformat(facts["at"]))
    return _("Kan göra det för hand från kl %(at)s.", at=at)


SENTENCES: dict[str, Say] = {
    "notice:address:sent": lambda f, n: _("%(kind)s: skickat.", kind=_kind(f)),
    "notice:address:failed": lambda f, n: _("%(kind)s: gick inte fram.", kind=_kind(f)),
    "notice:address:unknown": lambda f, n: _("%(kind)s: oklart om det gick fram.", kind=_kind(f)),
    "notice:task:reminded": lambda f, n: _(
        "Påminde om det som ska göras för hand: %(names)s.", names=_names(f, n)
    ),
    "notice:passed_on": _passed_on,
    "notice:answer:changed": _answer,
    "notice:can_from:said": _can_from,
}
