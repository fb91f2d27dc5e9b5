"""How the municipality's own start page stands: a score and one sentence with the way out."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _

from console.accounts.readiness_rules import Score
from console.accounts.start_page_models import StartPage

PATIENCE = timedelta(minutes=5)
"""A page that is away for a moment is no fault yet."""


def standing(page: StartPage, address: str, now: datetime) -> tuple[Score, str]:
    """
    Args:
        address: the start page that the account names now.
    """
    if page.address != address or (page.answered_at is None and not page.fault):
        return Score.NOT_KNOWN, _("Startsidan är inte kontrollerad än. Det görs strax.")
    if is_away(page, now):
        return Score.FAILS, fault(page)
    if page.left_told_at is not None:
        return Score.FAILS, _(
            "Startsidan visar fortfarande %(event)s, som är över. Ta bort texten där.",
            event=page.left_over,
        )
    if not page.included:
        return Score.NOT_KNOWN, _("Startsidan hämtar inte rutan. Be webbredaktören lägga in den.")
    return Score.READY, _("Startsidan hämtar rutan.")


def is_away(page: StartPage, now: datetime) -> bool:
    return bool(page.fault and page.fault_since and now - page.fault_since >= PATIENCE)


def fault(page: StartPage) -> str:
    """Why the last look gave no page; empty: it gave one."""
    if page.fault == "status":
        return _(
            "Startsidan svarade inte med en sida (%(what)s). Rätta adressen.", what=page.detail
        )
    return {
        "": lambda: "",
        "no_connection": lambda: _("Startsidan gick inte att nå. Rätta adressen."),
        "no_answer": lambda: _("Startsidan svarade inte i tid."),
        "address": lambda: _("Startsidans adress är inte tillåten. Den ska börja med https://."),
        "busy": lambda: _("Startsidans server ber oss vänta."),
        "partial": lambda: _("Startsidan kom inte hel, eller är för stor."),
    }[page.fault]()
