"""A small register, and what its people do to look after it."""

from __future__ import annotations

from datetime import date, timedelta

from console import clock, db
from console.accounts import platform_operations
from console.accounts.models import Account
from console.accounts.operations import import_accounts
from console.accounts.queries import all_accounts
from console.people.models import Person
from console.people.operations import add_person
from console.people.rules import Role
from console.policy.operations import set_profile
from console.upkeep import consents, operations, security
from console.upkeep.rules import Found, Item

LOGO = "https://torsby.example/logotyp.svg"
THERE = {item.value: (Found.THERE.value, "") for item in Item}


def register(*, state: str = "aktiv") -> dict[str, int]:
    """Handle → number: an Instagram account, a website and a Facebook page, all Olle's."""
    base = {
        "operation": "Skolan",
        "committee": "Barn- och utbildningsnämnden",
        "administrators": ["olle@torsby.example", "maja@torsby.example"],
        "state": state,
    }
    entries = [
        {**base, "name": "Skolan", "platform": "Instagram", "handle": "@skola"},
        {**base, "name": "Webbplatsen", "platform": "webb", "handle": "torsby.se"},
        {**base, "name": "Skolans sida", "platform": "Facebook", "handle": "skola"},
    ]
    with db.unit_of_work() as session:
        import_accounts(session, None, entries, clock.now())
    with db.unit_of_work() as session:
        return {one.handle: one.id for one in all_accounts(session)}


def approve_logo(actor: Person, logo: str = LOGO) -> None:
    with db.unit_of_work() as session:
        set_profile(session, actor, clock.now(), {"logo": logo}, reason="Ny logotyp.")


def answers(**found: str) -> dict[str, tuple[str, str]]:
    """Everything is there, but for what is said."""
    return {**THERE, **{item: (state, "Skäl.") for item, state in found.items()}}


def check(actor: Person, account_id: int, evidence: str = "Bild i mappen.", **found: str) -> int:
    with db.unit_of_work() as session:
        return operations.check_profile(
            session, actor, account_id, answers(**found), evidence, clock.now()
        ).id


def mend(actor: Person, account_id: int, item: str, note: str = "") -> None:
    with db.unit_of_work() as session:
        operations.mend_item(session, actor, account_id, item, note, clock.now())


def photo(
    actor: Person, account_id: int, *, who: str = "Elsa", given: bool = True, what: str = "Flaggan"
) -> int:
    with db.unit_of_work() as session:
        return consents.record_photo(
            session,
            actor,
            account_id,
            clock.now(),
            photo=what,
            who=who,
            scope="Den här bilden, i ett år." if given else "",
            given_on=yesterday() if given else None,
        ).id


def report(actor: Person, account_id: int, *, done: str = "") -> int:
    with db.unit_of_work() as session:
        return security.report(
            session,
            actor,
            account_id,
            clock.now(),
            trouble="phishing",
            what="Ett mejl som påstod sig vara från plattformen.",
            happened_on=yesterday(),
            done=done,
        ).id


def assess(actor: Person, platform: str, *, affects: bool | None = True) -> None:
    with db.unit_of_work() as session:
        platform_operations.assess(
            session,
            actor,
            platform,
            clock.now(),
            affects=affects,
            reason="Vi kan ta bort kommentarer.",
            decided_by="Kommunstyrelsen",
            decided_on=yesterday(),
        )


def set_state(account_id: int, state: str) -> None:
    with db.unit_of_work() as session:
        session.get_one(Account, account_id).state = state


def yesterday() -> date:
    return (clock.now() - timedelta(days=1)).date()


def newcomer() -> Person:
    """An account administrator without any account."""
    with db.unit_of_work() as session:
        return add_person(
            session,
            None,
            clock.now(),
            name="Nils Ny",
            email="nils@torsby.example",
            roles=[Role.ACCOUNT_ADMINISTRATOR],
        )
