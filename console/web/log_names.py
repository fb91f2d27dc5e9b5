"""What sentences of the log are made of: what ids stand for, and what a sentence is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.accounts.models import Account
from console.accounts.rules import platform_name
from console.people.models import Person


@dataclass(frozen=True)
class Names:
    """What ids stand for: account id → short name and platform, person id → name."""

    accounts: Mapping[int, str]
    people: Mapping[int, str]

    def account(self, facts: Mapping[str, Any]) -> str:
        return self.accounts.get(facts.get("account", 0), _("Ett konto"))


Say = Callable[[Mapping[str, Any], Names], str]
"""An entry's facts → its sentence, in the reader's language."""


def names(session: Session) -> Names:
    """Of all accounts and people."""
    return Names(
        accounts={
            row.id: f"{row.short_name} {platform_name(row.platform)}"
            for row in session.execute(select(Account.id, Account.short_name, Account.platform))
        },
        people={row.id: row.name for row in session.execute(select(Person.id, Person.name))},
    )
