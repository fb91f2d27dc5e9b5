"""A library that wants an account, and the people that its plan goes by."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from console.accounts import (
    custody_operations,
    custody_rules,
    plan_operations,
    plan_queries,
    platform_operations,
    platform_queries,
    signing_operations,
)
from console.accounts.models import Account
from console.accounts.plan_operations import Proposal
from console.accounts.plan_rules import CHECKLIST, Content, Named
from console.people.models import Person
from tests.cast import Cast

START = datetime(2026, 5, 18, 7, 0, tzinfo=UTC)
ANSWERS = {key: {"answer": "yes", "note": ""} for key in CHECKLIST}
OLLE = Named("Olle Ek", "olle@torsby.example", "070-174 06 00")
MAJA = Named("Maja Strand", "maja@torsby.example", "070-174 06 00")
WHOLE = Content(
    address="https://facebook.com/bokbussen",
    purposes=("inform", "dialogue"),
    purpose_text="Berätta vart bokbussen kör.",
    audience="Familjer i byarna norr om Torsby",
    goals="200 följare före årsskiftet.",
    administrators=(OLLE, MAJA),
    watch="Vardagar 8 till 16, två gånger i veckan.",
    minutes_a_week=90,
)


def at(days: int) -> datetime:
    return START + timedelta(days=days)


def proposed(
    session: Session, actor: Person, *, platform: str = "facebook", inquiry: str = ""
) -> Account:
    proposal = Proposal(
        name="Bokbussen",
        platform=platform,
        handle="bokbussen",
        operation="Torsby bibliotek",
        committee="Kulturnämnden",
        inquiry=inquiry,
    )
    return plan_operations.propose(session, actor, proposal, at(0))


def edits(session: Session, account_id: int) -> int:
    row = plan_queries.plan(session, account_id).row
    return row.edits if row else 0


def write(session: Session, actor: Person, account_id: int, content: Content = WHOLE) -> None:
    seen = edits(session, account_id)
    plan_operations.save_plan(session, actor, account_id, content, seen, at(3))


def submitted(session: Session, cast: Cast, *, platform: str = "facebook") -> Account:
    """An account whose plan waits for its marks, written by Olle."""
    account = proposed(session, cast.olle, platform=platform)
    plan_operations.save_checklist(session, cast.olle, account.id, ANSWERS, at(2))
    write(session, cast.olle, account.id)
    plan_operations.submit_plan(session, cast.olle, account.id, at(4))
    return account


def mark(session: Session, actor: Person, account_id: int, *, seen: str = "") -> None:
    waiting = plan_queries.plan(session, account_id).waiting
    seen = seen or (waiting.content_hash if waiting else "")
    signing_operations.sign(session, actor, account_id, seen, at(5), title="chef", place="Torsby")


def assess(session: Session, cast: Cast, platform: str) -> None:
    """The strategy department has said whose posts we answer for there (4.6-c)."""
    if platform_queries.scope(session, platform) is None:
        platform_operations.assess(
            session,
            cast.stina,
            platform,
            at(1),
            affects=True,
            reason="Vi kan ta bort kommentarer.",
            decided_by="Kommunstyrelsen",
            decided_on=at(1).date(),
        )


def signed(
    session: Session, cast: Cast, *, platform: str = "facebook", assessed: bool = True
) -> Account:
    account = submitted(session, cast, platform=platform)
    if assessed:
        assess(session, cast, platform)
    for person in (cast.stina, cast.anders, cast.eva):
        mark(session, person, account.id)
    if custody_rules.exempt(platform):
        verify_page(session, cast, account)
    return account


def verify_page(session: Session, cast: Cast, account: Account) -> None:
    """The strategy department has seen that both run the page from their own login."""
    for row in account.administrators:
        custody_operations.verify_page_administrator(
            session, cast.stina, account.id, row.person_id, at(4), verified=True
        )


def other(content: Content = WHOLE, *, goals: str = "500 följare.") -> Content:
    return replace(content, goals=goals)
