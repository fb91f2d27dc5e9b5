"""Rules of disposal: what may go, after how long, and by which decision (4.4-b). Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

from dateutil.relativedelta import relativedelta
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from console.accounts.rules import CONTROL
from console.phrases import STOCKHOLM

LEAST_MONTHS, MOST_MONTHS = 1, 240
LONGEST_DECISION = 200
AT_A_TIME = 1000
"""So many go in one press, the oldest; the rest is listed again."""


class Matter(StrEnum):
    """What a rule is about."""

    QUESTIONS = "questions"
    """Questions from the public that are answered."""
    ITEMS = "items"
    """What the inbox brought for information, and nothing was done about."""


MATTER_LABELS: dict[str, LazyString] = {
    "questions": _l("Besvarade frågor"),
    "items": _l("Det i inkorgen som bara var för kännedom"),
}
STATES: dict[str, tuple[str, ...]] = {"questions": ("answered",), "items": ("seen", "no_action")}
"""Matter → states of the inbox's items that it takes. What is open never goes."""


def before(now: datetime, months: int) -> datetime:
    """What came into its state before this is old enough."""
    old: datetime = now.astimezone(STOCKHOLM) - relativedelta(months=months)
    return old


def mark_of(ids: Iterable[int]) -> str:
    """What says which items were seen: SHA-256 in hex of their numbers."""
    return hashlib.sha256(",".join(map(str, sorted(ids))).encode()).hexdigest()


def rule_faults(
    matter: str, months: int | None, decision: str, decided_on: date | None, today: date
) -> dict[str, str]:
    """Field → what is wrong with a new rule.

    Args:
        decision: who decided and its paragraph, spaces folded.
        today: in Sweden.
    """
    faults: dict[str, str] = {}
    if matter not in frozenset(Matter):
        faults["matter"] = str(_("Välj vad regeln gäller."))
    if months is None or not LEAST_MONTHS <= months <= MOST_MONTHS:
        faults["months"] = str(
            _("Skriv ett antal månader, %(least)s–%(most)s.", least=LEAST_MONTHS, most=MOST_MONTHS)
        )
    if not decision:
        faults["decision"] = str(_("Skriv vem som beslutade och vilken paragraf."))
    elif len(decision) > LONGEST_DECISION:
        faults["decision"] = str(_("Skriv högst %(n)s tecken.", n=LONGEST_DECISION))
    elif CONTROL.search(decision):
        faults["decision"] = str(_("Texten innehåller styrtecken."))
    if decided_on is None:
        faults["decided_on"] = str(_("Skriv dagen som år-månad-dag."))
    elif decided_on > today:
        faults["decided_on"] = str(_("Dagen har inte varit än."))
    return faults
