"""What the log says of how a message was begun."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _

from console.web.log_names import Names, Say


def _begun(facts: Mapping[str, Any], names: Names) -> str:
    start = facts.get("from") or {}
    if "opening" in start:
        return _("Började skriva ett meddelande från mallen %(name)s.", name=_name(start))
    if "message" in start:
        return _("Började skriva ett meddelande från %(record)s.", record=start["record"])
    return _("Började skriva ett meddelande.")


def _name(start: Mapping[str, Any]) -> str:
    return str(start["en" if str(get_locale()) == "en" else "sv"])


SENTENCES: dict[str, Say] = {
    "message:begun": _begun,
    "message:opening:used": lambda f, n: _("Satte in mallen %(name)s.", name=_name(f["from"])),
}
