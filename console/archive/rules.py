"""When an account is pictured for the archive, what a delivery goes through, and what may be
disposed of.

Pure. Source: guideline 4.4-a (snapshots), 4.4-b (disposal) and 4.4-c (backups).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from console.accounts.rules import CONTROL
from console.phrases import STOCKHOLM

TAKE_WITHIN = timedelta(days=14)
"""A snapshot that was asked for is late after this."""
ASKED_FOR = timedelta(days=14)
"""How long after one of the rules' days it is still asked for: the console may have been down."""
LINK_LIVES = timedelta(days=30)
"""How long a mailed link opens its delivery, and a package's file is kept."""
MOST_ATTEMPTS = 3
LEASE = timedelta(minutes=10)
"""Whoever packs a delivery and hasn't finished by then is lost: it is begun anew."""
LONGEST_NUMBER = 60
BACKUP_WITHIN = timedelta(days=7)
"""A backup is late after this (4.4-c)."""
PROVED_WITHIN = timedelta(minutes=10)
"""What the timeline says is to be signed and in its second place within this. /healthz, which asks
for a minute, is for machines: a person is asked for what doesn't mend itself."""
RESTORED_WITHIN = timedelta(days=365)
"""That a backup can be restored is tried within this (4.4-c)."""


class Reason(StrEnum):
    """Why an account is pictured."""

    DAY = "day"
    PLAN = "plan"
    DESCRIBED = "described"
    EVENT = "event"


REASON_LABELS: dict[str, LazyString] = {
    "day": _l("Det är dags enligt reglerna"),
    "plan": _l("En ny handlingsplan gäller"),
    "described": _l("Kontot har nytt namn eller ny adress"),
    "event": _l("En händelse där kontot användes är avslutad"),
}


class Kind(StrEnum):
    """What is handed over."""

    SNAPSHOT = "snapshot"
    ACCOUNT = "account"
    EVENT = "event"


class DeliveryState(StrEnum):
    WAITING = "waiting"
    """Its package is being made."""
    READY = "ready"
    RECEIVED = "received"
    FAILED = "failed"
    EXPIRED = "expired"
    """Nobody gave a receipt while the file was kept."""


STATE_LABELS: dict[str, LazyString] = {
    "waiting": _l("Packas"),
    "ready": _l("Väntar på kvitto"),
    "received": _l("Mottagen"),
    "failed": _l("Gick inte att packa"),
    "expired": _l("Ingen hämtade den i tid"),
}
AGAIN = (DeliveryState.READY, DeliveryState.FAILED, DeliveryState.EXPIRED)
"""States from which a delivery can be sent again."""


def day_to_ask(days: Iterable[str], today: date) -> date | None:
    """The rules' day that is asked for now, if there is one (4.4-a).

    Args:
        days: MM-DD, never 02-29 (`policy.rules`).
        today: in Sweden.
    """
    found = [
        day
        for year in (today.year - 1, today.year)
        for day in (date.fromisoformat(f"{year}-{one}") for one in days)
        if timedelta() <= today - day < ASKED_FOR
    ]
    return max(found, default=None)


def today(now: datetime) -> date:
    """In Sweden."""
    return now.astimezone(STOCKHOLM).date()


def number_fault(number: str, *, required: bool) -> str | None:
    """What is wrong with a number that the registry or the archive has given.

    Args:
        number: with spaces folded.
        required: it is what the sender waits for.
    """
    if required and not number:
        return str(_("Skriv diarienumret."))
    if len(number) > LONGEST_NUMBER:
        return str(_("Skriv högst %(n)s tecken.", n=LONGEST_NUMBER))
    if CONTROL.search(number):
        return str(_("Texten innehåller styrtecken."))
    return None
