"""Gaps that an opening left in a draft: what stands in square brackets must be filled in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from console.messages import rules
from console.policy.openings import gaps

_QUOTED = ("wrong",)
"""Sentences that are out already: quoted as they stand."""
_ENGLISH = ("headline", "detail", "body")


def faults(message_type: rules.MessageType, fields: Mapping[str, Any]) -> dict[str, str]:
    """Form field → "Fyll i [plats]." for every text of the draft that still has a gap."""
    english = fields.get("en") or {}
    texts = {name: fields.get(name) for name in rules.fields_of(message_type)}
    texts |= {f"en_{name}": english.get(name) for name in _ENGLISH}
    texts["still_line"] = fields.get("still_line")
    left = {name: gaps(str(text)) for name, text in texts.items() if text and name not in _QUOTED}
    return {name: _said(name, found) for name, found in left.items() if found}


def _said(name: str, found: list[str]) -> str:
    what = ", ".join(found)
    if name.startswith("en_"):
        said: str = _("Fyll i %(what)s i den engelska texten.", what=what)
    elif name == "short_text":
        said = _("Fyll i %(what)s i den korta texten.", what=what)
    elif name == "still_line":
        said = _("Fyll i %(what)s i raden för Inget nytt.", what=what)
    else:
        said = _("Fyll i %(what)s.", what=what)
    return said
