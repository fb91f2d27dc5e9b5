"""Can an account be sent to as its settings say? Asked of a file's entries and of a form. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from channels import platforms, registry
from channels.failures import BadSettings
from channels.platforms import Repeat
from console.accounts.rules import CONTROL

KINDS = frozenset({p.kind for p in platforms.PLATFORMS.values()} | set(registry.REGISTRY)) - {
    registry.PRETEND
}
"""Channel kinds an account may have. An exercise pretends by itself; no account is `pretend`."""

_NEVER_BY_HAND = frozenset({"email", "webhook"})
"""There is no account that a person could open: without settings there is nothing."""

LARGEST_INTEGER = 2**53 - 1
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def faults(
    *,
    kind: str,
    official: bool,
    languages: Sequence[str],
    repeat_rule: str,
    settings: Mapping[str, Any],
    secret: Mapping[str, Any],
) -> dict[str, str]:
    """What can't be used, field name (or the setting's own) → sentence; {} if all can.

    The channel itself judges its settings; kinds without an adapter yet take any. A secret's value
    is never part of a sentence.
    """
    found: dict[str, str] = {}
    if kind not in KINDS:
        found["kind"] = _one_of(KINDS)
    elif official and kind != registry.WEBSITE:
        found["official"] = _("Bara webbplatsen kan vara officiell kanal.")
    if not languages or len(set(languages)) != len(languages):
        found["languages"] = _("Välj minst ett språk, och varje språk en gång.")
    elif not all(_LANGUAGE.fullmatch(language) for language in languages):
        found["languages"] = _("Skriv språkkoder, till exempel sv.")
    if repeat_rule not in frozenset(Repeat):
        found["repeat_rule"] = _one_of(frozenset(Repeat))
    for name, value in (("settings", settings), ("secret", secret)):
        if not _storable(value):
            found[name] = _("Skriv text, heltal, true, false eller listor.")
    return found or _channels_faults(kind, settings, secret)


def _channels_faults(
    kind: str, settings: Mapping[str, Any], secret: Mapping[str, Any]
) -> dict[str, str]:
    # By hand needs nothing but platform and handle, which the register asks for anyway.
    if kind not in registry.REGISTRY or kind == registry.BY_HAND:
        return {}
    # So it is done while nobody has connected the account (`console.messages.targets`).
    if not settings and not secret and kind not in _NEVER_BY_HAND:
        return {}
    try:
        registry.load(kind).parse(settings, secret)
    except BadSettings as error:
        return {error.field: _(error.message)}
    return {}


def _storable(value: object, levels: int = 8) -> bool:
    """Is it JSON that the database and the timeline can hold exactly?"""
    if levels == 0:
        return False
    if isinstance(value, dict):
        keys = all(isinstance(key, str) and not CONTROL.search(key) for key in value)
        return keys and all(_storable(one, levels - 1) for one in value.values())
    if isinstance(value, list):
        return all(_storable(one, levels - 1) for one in value)
    if isinstance(value, str):
        return not CONTROL.search(value)
    if isinstance(value, int):
        return abs(value) <= LARGEST_INTEGER
    return value is None


def _one_of(allowed: frozenset[str]) -> str:
    choices = ", ".join(sorted(allowed))
    return str(_("Välj något av: %(choices)s.", choices=choices))
