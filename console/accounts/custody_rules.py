"""What can happen to an account's login details once they are kept for it (3-b, 3-d, 5-b). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from channels.platforms import PLATFORMS
from console.people.rules import Permission, Role, may

WITNESS_WITHIN = timedelta(minutes=15)
"""How long somebody who asks to open an envelope waits for a witness."""
SHOWN_WITHIN = timedelta(minutes=15)
"""How long the opener has, after the witness, to look at what is in it."""
PAGE_ADMINISTRATORS = 2
"""Verified ones, where a platform is run from people's own logins."""
LONGEST_REASON = 500


class Form(StrEnum):
    PHYSICAL = "physical"
    DIGITAL = "digital"


class Seal(StrEnum):
    """An envelope's life."""

    SEALED = "sealed"
    DUE = "due"
    """Its seal no longer counts: the account needs a new envelope."""
    REPLACED = "replaced"


class Kind(StrEnum):
    OPENING = "opening"
    """Emergency access."""
    DRILL = "drill"
    """Shows that the envelope can be opened, and nothing of what is in it."""
    LOAN = "loan"


class Step(StrEnum):
    """The life of an opening, a drill or a loan."""

    ASKED = "asked"
    """Waits for a witness."""
    OPEN = "open"
    """Somebody has had the login: the password is to be changed and the envelope sealed again."""
    CLOSED = "closed"
    PASSED = "passed"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


SEAL_ARROWS: dict[tuple[Seal, Seal], str] = {
    (Seal.SEALED, Seal.DUE): "custody:seal:broken",
    (Seal.SEALED, Seal.REPLACED): "custody:envelope:replaced",
    (Seal.DUE, Seal.REPLACED): "custody:envelope:replaced",
}
STEP_ARROWS: dict[tuple[Step, Step], str] = {
    (Step.ASKED, Step.OPEN): "custody:opened",
    (Step.ASKED, Step.PASSED): "custody:drill:passed",
    (Step.ASKED, Step.FAILED): "custody:drill:failed",
    (Step.ASKED, Step.WITHDRAWN): "custody:withdrawn",
    (Step.ASKED, Step.LAPSED): "custody:lapsed",
    (Step.OPEN, Step.CLOSED): "custody:closed",
}
"""Every move there is, and the timeline's tag for it. What isn't here can't happen."""

FORM_LABELS: dict[Form, LazyString] = {
    Form.PHYSICAL: _("Kuvert av papper"),
    Form.DIGITAL: _("Digitalt kuvert"),
}
KIND_LABELS: dict[Kind, LazyString] = {
    Kind.OPENING: _("Öppning"),
    Kind.DRILL: _("Provöppning"),
    Kind.LOAN: _("Utlåning"),
}
STEP_LABELS: dict[Step, LazyString] = {
    Step.ASKED: _("Väntar på vittne"),
    Step.OPEN: _("Öppnad"),
    Step.CLOSED: _("Klar"),
    Step.PASSED: _("Gick att öppna"),
    Step.FAILED: _("Gick inte att öppna"),
    Step.WITHDRAWN: _("Återtagen"),
    Step.LAPSED: _("För sent"),
}


@lru_cache(1024)
def exempt(platform: str) -> bool:
    """Does the platform do without an envelope? (3-d: there is no shared password to keep.)"""
    found = PLATFORMS.get(platform)
    return found is not None and found.personal_login


def exempt_platforms() -> list[str]:
    """Keys of the platforms that are exempt."""
    return sorted(key for key in PLATFORMS if exempt(key))


def may_open(roles: Iterable[str], administers: bool) -> bool:
    """May somebody open this account's envelope, or witness that? (3-b)

    Args:
        administers: the account is one of the person's own. Who is only an administrator opens no
            other account's.
    """
    roles = set(roles)
    others = roles - {Role.ACCOUNT_ADMINISTRATOR}
    return may(roles if administers else others, Permission.OPEN_ENVELOPE)


def may_keep(roles: Iterable[str], administers: bool) -> bool:
    """May somebody seal the login, lend it, and say that the password is changed?"""
    roles = set(roles)
    others = roles - {Role.ACCOUNT_ADMINISTRATOR}
    return may(roles if administers else others, Permission.KEEP_LOGIN)


def lapsed(asked_at: datetime, now: datetime) -> bool:
    """Is it too late for a witness?"""
    return now > asked_at + WITNESS_WITHIN
