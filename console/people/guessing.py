"""Secrets in addresses: who asks for too many that don't exist has to wait."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete
from sqlalchemy.orm import Session

from console.errors import TooMany
from console.people import queries
from console.people.models import LoginFailure
from console.people.rules import FAILURES_KEPT, FREE_FAILURES_ADDRESS, next_attempt_at


def refuse_guesses(session: Session, address: str, now: datetime) -> None:
    """Stop a network address that has guessed too often: 19 in an hour are free.

    Raises:
        TooMany.
    """
    again = next_attempt_at(queries.failures(session, _key(address), now), FREE_FAILURES_ADDRESS)
    if again is not None and now < again:
        raise TooMany(_("Du har försökt för många gånger. Vänta en stund."))


def count_guess(session: Session, address: str, now: datetime) -> None:
    session.execute(delete(LoginFailure).where(LoginFailure.at < now - FAILURES_KEPT))
    session.add(LoginFailure(key=_key(address), at=now))


def _key(address: str) -> str:
    return f"link:{address}"
