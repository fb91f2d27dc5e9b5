"""What the fields of a draft hold, read one by one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _


def text(fields: dict[str, Any], name: str) -> str:
    """What a field holds, without white space around it; "" where it holds no text."""
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""


def instant(fields: dict[str, Any], name: str, faults: dict[str, str]) -> datetime | None:
    """The moment in a field; what can't be read is added to `faults`."""
    said = text(fields, name)
    if not said:
        return None
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        faults[name] = _("Skriv dag och klockslag.")
        return None
    return at


def whole(fields: dict[str, Any], name: str, faults: dict[str, str]) -> int | None:
    """The whole number in a field; what isn't one is added to `faults`."""
    value = fields.get(name)
    if value in (None, ""):
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        faults[name] = _("Skriv ett heltal.")
        return None
    return value
