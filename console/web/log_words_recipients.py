"""The log's sentences about recipients: numbers, never who."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from console.recipients.rules import KIND_LABELS, Kind
from console.web.log_names import Say

_COUNTED = re.compile(r"(\d+) of (\d+) have it")
"""How a channel's note counts a list."""


def _kind(facts: Mapping[str, Any]) -> str:
    return str(KIND_LABELS[Kind(facts["kind"])]).lower()


def _forgotten(facts: Mapping[str, Any], names: Any) -> str:
    name, number = names.account(facts), facts["number"]
    if facts["state"] == "waiting":
        return _("%(name)s: %(n)s bekräftade inte och är borttagna.", name=name, n=number)
    if facts["state"] == "on":
        return _(
            "%(name)s: %(n)s svarade inte när vi frågade igen och är borttagna.",
            name=name,
            n=number,
        )
    return _("%(name)s: %(n)s borttagna adresser är raderade.", name=name, n=number)


def sent(facts: Mapping[str, Any], names: Any) -> str:
    """A post went out; to a list, the receipt says how many have it."""
    name = names.account(facts)
    counted = _COUNTED.match(str(facts.get("note", "")))
    if counted is None:
        return _("%(name)s: skickad.", name=name)
    return _("%(name)s: skickad till %(n)s av %(all)s.", name=name, n=counted[1], all=counted[2])


SENTENCES: dict[str, Say] = {
    "recipients:added": lambda f, n: _(
        "%(name)s: lade till %(n)s mottagare (%(kind)s).",
        name=n.account(f),
        n=f["number"],
        kind=_kind(f),
    ),
    "recipients:removed": lambda f, n: _(
        "%(name)s: tog bort en mottagare (%(kind)s).", name=n.account(f), kind=_kind(f)
    ),
    "recipients:restored": lambda f, n: _(
        "%(name)s: ångrade en borttagen mottagare (%(kind)s).", name=n.account(f), kind=_kind(f)
    ),
    "recipients:read": lambda f, n: _("%(name)s: läste mottagarnas adresser.", name=n.account(f)),
    "recipients:opened": lambda f, n: _("%(name)s: öppnade anmälan.", name=n.account(f)),
    "recipients:shut": lambda f, n: _("%(name)s: stängde anmälan.", name=n.account(f)),
    "recipients:confirmed": lambda f, n: _("%(name)s: en invånare anmälde sig.", name=n.account(f)),
    "recipients:renewed": lambda f, n: _(
        "%(name)s: en invånare vill ha utskicken ett år till.", name=n.account(f)
    ),
    "recipients:left": lambda f, n: _("%(name)s: en invånare slutade.", name=n.account(f)),
    "recipients:forgotten": _forgotten,
}
