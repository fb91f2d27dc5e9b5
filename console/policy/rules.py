"""The policy profile: what a municipality has decided, typed. The default is Torsby's of 2011."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from console.errors import Faults

PASSWORD_CLASSES = ("upper", "lower", "digit", "other")
LANGUAGES = ("sv", "en")


@dataclass(frozen=True)
class Profile:
    """Every value has torsby-2011's as its default: what a profile leaves out comes from there."""

    key: str = "torsby-2011"
    municipality: str = "Torsby kommun"
    phone: str = "0560-160 00"
    """The switchboard, given where a text exists in Swedish only."""
    radio: str = "P4 Värmland"
    """Where else to listen when the site is late."""
    feedback_email: str = "kommun@torsby.example"
    fault_line_sv: str = "Ett meddelande på den här sidan var fel. Vi rättar det nu."
    """What the public site says at once at *Fel ute*, before the correction."""
    fault_line_en: str = "A message on this page was wrong. We are correcting it now."
    languages: tuple[str, ...] = ("sv", "en")
    approvals_required: int = 1
    """People other than the author who must approve a message."""
    grace_seconds: int = 10
    """How long the other accounts wait for the official website (2.3-a)."""
    promise_warning_minutes: int = 10
    """How long before a promised word passes the unit is asked."""
    default_interval_minutes: int = 30
    idle_minutes: int = 30
    """A console session without use ends after this (5-c)."""
    idle_warning_minutes: int = 5
    """How long before that the warning is shown."""
    link_hours: int = 72
    """How long an invitation or a reset link can be used."""
    password_min: int = 10
    """Characters (5-e)."""
    password_classes: tuple[str, ...] = ("upper", "lower", "digit")
    """Kinds of characters that must all occur (5-e)."""
    min_admins: int = 2
    """Administrators an account must have (3-a)."""


_RANGES: dict[str, tuple[int, int]] = {
    "approvals_required": (1, 5),
    "grace_seconds": (0, 120),
    "promise_warning_minutes": (1, 240),
    "default_interval_minutes": (1, 1440),
    "idle_minutes": (5, 720),
    "idle_warning_minutes": (1, 60),
    "link_hours": (1, 720),
    "password_min": (10, 128),
    "min_admins": (2, 20),
}
_CHOICES: dict[str, tuple[str, ...]] = {
    "languages": LANGUAGES,
    "password_classes": PASSWORD_CLASSES,
}
TORSBY_2011 = Profile()


def from_content(content: Mapping[str, Any]) -> Profile:
    """The profile that `content` (JSON object: field name → value) describes.

    Missing fields come from torsby-2011.

    Raises:
        Faults: every field that is unknown, of the wrong kind or out of range, at once.
    """
    known = {field.name for field in fields(Profile)}
    faults: dict[str, str] = {}
    values: dict[str, Any] = {}
    for name, value in content.items():
        if name not in known:
            faults[name] = f"Profilen har inget fält som heter {name}."
            continue
        fault = _fault(name, value)
        if fault:
            faults[name] = fault
        else:
            values[name] = tuple(value) if name in _CHOICES else value
    if not faults:
        profile = Profile(**values)
        if profile.idle_warning_minutes >= profile.idle_minutes:
            faults["idle_warning_minutes"] = (
                "idle_warning_minutes måste vara mindre än idle_minutes."
            )
        if "sv" not in profile.languages:
            faults["languages"] = "languages måste ha med sv."
    if faults:
        raise Faults(faults)
    return profile


def to_content(profile: Profile) -> dict[str, Any]:
    """The JSON object that `from_content` reads back as the same profile."""
    return {
        field.name: list(value) if isinstance(value, tuple) else value
        for field in fields(Profile)
        for value in [getattr(profile, field.name)]
    }


def _fault(name: str, value: Any) -> str | None:
    if name in _RANGES:
        low, high = _RANGES[name]
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not low <= value <= high:
            return f"{name} måste vara ett heltal från {low} till {high}."
    elif name in _CHOICES:
        choices = _CHOICES[name]
        listed = isinstance(value, list | tuple) and value
        if not listed or not all(item in choices for item in value):
            return f"{name} måste vara en lista med något av {', '.join(choices)}."
    elif not isinstance(value, str) or not value.strip():
        return f"{name} måste vara en text som inte är tom."
    return None
