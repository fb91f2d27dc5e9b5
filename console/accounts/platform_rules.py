"""Whose posts the municipality answers for on a platform (4.6-b, 4.6-c), and what a platform that
it adds itself may be called (2-a). Pure."""

from __future__ import annotations

import re
from enum import StrEnum

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from channels.platforms import ADDED

LONGEST_NAME = 40
LONGEST_REASON = 2000
LONGEST_LINE = 200
# No slash, percent or bracket: the name is part of addresses and of sentences.
_NAME = re.compile(r"[^\W_][\w .+&'-]*")


class Scope(StrEnum):
    """Whose personal data the committee answers for."""

    BOTH = "both"
    """Its own posts and the visitors'."""
    OWN = "own"
    """Its own only: it can't affect what visitors publish."""


SCOPE_LABELS: dict[Scope, LazyString] = {
    Scope.BOTH: _("Egna inlägg och besökares"),
    Scope.OWN: _("Bara egna inlägg"),
}
NAMED: dict[str, Scope] = {
    **dict.fromkeys(("facebook", "blog", "wordpress", "comments"), Scope.BOTH),
    **dict.fromkeys(("x", "website", "website_feed", "email", "sms", "webhook"), Scope.OWN),
}
"""What the rules say by name (4.6-b): pages and blogs with their comments, our own website's
among them, and X. Where nobody but us can publish, there is nothing to assess."""


def scope(platform: str, affects: bool | None) -> Scope | None:
    """Whose posts we answer for; None: the platform must be assessed first (4.6-c).

    Args:
        affects: the newest assessment's answer, which goes before the rules' own; None: none yet.
    """
    if affects is None:
        return NAMED.get(platform)
    return Scope.BOTH if affects else Scope.OWN


def key_of(name: str) -> str:
    """The key of a platform added by this name."""
    return ADDED + " ".join(name.split())


def name_fault(name: str) -> str | None:
    """What keeps a platform from being called so."""
    name = " ".join(name.split())
    if not name:
        return str(gettext("Skriv vad plattformen heter."))
    if len(name) > LONGEST_NAME:
        return str(gettext("Skriv högst %(n)s tecken.", n=LONGEST_NAME))
    if not _NAME.fullmatch(name):
        return str(gettext("Skriv namnet med bokstäver och siffror."))
    return None


def assessment_faults(affects: bool | None, reason: str, decided_by: str) -> dict[str, str]:
    """What an assessment lacks, field → sentence."""
    found = {}
    if affects is None:
        found["affects"] = gettext("Svara ja eller nej.")
    if not decided_by.strip():
        found["decided_by"] = gettext("Skriv vem som beslutade.")
    elif len(decided_by) > LONGEST_LINE:
        found["decided_by"] = gettext("Skriv högst %(n)s tecken.", n=LONGEST_LINE)
    if not reason.strip():
        found["reason"] = gettext("Skriv varför ni bedömer så.")
    elif len(reason) > LONGEST_REASON:
        found["reason"] = gettext("Skriv högst %(n)s tecken.", n=LONGEST_REASON)
    return found
