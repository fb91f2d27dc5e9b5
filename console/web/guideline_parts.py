"""What pages of other nouns show of the guideline: whose pledge an account waits for, and what a
plan was approved under. Accounts know nothing of the guideline, so their templates ask here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import jinja2
from sqlalchemy.orm import object_session

from console import clock
from console.accounts.models import Account
from console.accounts.plan_models import PlanVersion
from console.accounts.rules import publishes
from console.guideline import queries
from console.guideline.models import GuidelineVersion
from console.policy import queries as policy
from console.policy.rules import TORSBY_2011
from console.policy.values import Document


@dataclass(frozen=True)
class Under:
    """The rules and the guideline that a plan was approved under (1-a)."""

    at: datetime
    """When its last mark was given; until then now."""
    rules: policy.Version | None
    """None: no version of the rules was put in force here before it: torsby-2011 applied."""
    documents: tuple[Document, ...]
    """That the rules rested on."""
    guideline: GuidelineVersion | None
    """None: no version was written down here by then."""


def install(environment: jinja2.Environment) -> None:
    """Both take a row of a session that is still open, as it is while a view draws its page."""
    environment.globals.update(unpledged=unpledged, approved_under=approved_under)


def unpledged(account: Account) -> set[int]:
    """Ids of the account's administrators who stand as waiting for their pledge (3.2-d)."""
    session = object_session(account)
    if session is None or not publishes(account.state):
        return set()
    book = queries.book(session, clock.now())
    people = {row.person_id for row in account.administrators if row.person.active}
    return queries.unpledged(session, book, people)


def approved_under(version: PlanVersion) -> Under | None:
    """None: the plan's session is closed."""
    session = object_session(version)
    if session is None:
        return None
    at = version.signed_at or clock.now()
    # The profile is part of what was frozen; the guideline is what applied when it was approved.
    rules = policy.applied_at(session, version.submitted_at)
    profile = rules.profile if rules else TORSBY_2011
    return Under(at, rules, profile.documents, queries.applied_at(session, at))
