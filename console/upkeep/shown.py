"""How an account is looked after, as its page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy.orm import Session

from console.accounts import custody, platform_queries
from console.accounts.models import Account
from console.accounts.platform_rules import SCOPE_LABELS
from console.people.models import Person
from console.policy.queries import current
from console.upkeep import queries, rules
from console.upkeep.models import AccountHabits, ProfileCheck, ProfileItem, SecurityReport
from console.upkeep.queries import Due
from console.upkeep.rules import Found, Item


@dataclass(frozen=True)
class Shown:
    item_labels: ClassVar = rules.ITEM_LABELS
    sender_labels: ClassVar = rules.SENDER_LABELS
    trouble_labels: ClassVar = rules.TROUBLE_LABELS

    in_use: bool
    has_profile: bool
    may_keep: bool
    may_read_consents: bool
    due: Due | None
    """None: nothing is asked about the profile."""
    check: ProfileCheck | None
    missing: Sequence[ProfileItem]
    logo_changed: bool
    """The rules have another logo than the one it was compared with."""
    habits: AccountHabits | None
    scope: str
    """In words; "": the platform must be assessed."""
    unconsented: int
    to_take_down: int
    reports: Sequence[SecurityReport]
    """Open ones."""

    @property
    def lacking(self) -> bool:
        """Does a section of the page say that something isn't as it should be?"""
        profile = bool(self.missing) or (self.due is not None and self.due.late)
        photos = self.unconsented + self.to_take_down > 0
        return profile or photos or bool(self.reports) or (self.in_use and not self.scope)


def of_account(session: Session, account: Account, person: Person, now: datetime) -> Shown:
    administers = custody.administers(session, person, account.id)
    asked = rules.looked_after(account.platform, account.state)
    check = queries.last_check(session, account.id)
    items = queries.items(session, [account.id]).get(account.id, {})
    scope = platform_queries.scope(session, account.platform)
    in_use = account.state in rules.IN_USE
    return Shown(
        in_use=in_use,
        has_profile=rules.has_profile(account.platform),
        may_keep=rules.may_keep(person.roles, administers),
        may_read_consents=rules.may_read_consents(person.roles, administers),
        due=queries.checks(session, [account], now)[0] if asked else None,
        check=check,
        missing=[
            items[item] for item in Item if item in items and items[item].found == Found.MISSING
        ],
        logo_changed=check is not None and check.logo != current(session).logo,
        habits=queries.habits(session, account.id),
        scope=str(SCOPE_LABELS[scope]) if scope else "",
        unconsented=len(queries.unconsented(session, [account.id]).get(account.id, ())),
        to_take_down=len(queries.to_take_down(session, [account.id]).get(account.id, ())),
        reports=[one for one in queries.reports(session, account.id)
                 if in_use and one.settled_at is None],
    )  # fmt: skip
