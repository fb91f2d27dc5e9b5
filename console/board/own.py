"""What several sources of the work list ask of the same person or register, read once for all."""

from __future__ import annotations

from sqlalchemy.orm import Session

from console.accounts import oversight, queries
from console.accounts.models import Account
from console.accounts.oversight import Used
from console.db import once
from console.people.models import Person


def accounts(session: Session, person: Person) -> list[Account]:
    """The accounts that a person administers, in board order; most people have none."""
    return once(
        session,
        ("own accounts", person.id),
        lambda: queries.bare_administered_by(session, person.id),
    )


def in_use(session: Session) -> Used:
    """See `oversight.in_use`."""
    return once(session, "accounts in use", lambda: oversight.in_use(session))


def short(session: Session, least: int) -> dict[int, int]:
    """See `oversight.short_of_administrators`: of the whole register."""
    return once(
        session, ("short", least), lambda: oversight.short_of_administrators(session, least)
    )
