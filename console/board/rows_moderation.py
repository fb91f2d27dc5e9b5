"""What the start page says of questions and moderation. It names no post by what it says."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console.board.start_model import Waiting
from console.messages.checks import without_numbers
from console.monitoring import moderation_queries, question_queries
from console.monitoring.check_rules import starts
from console.monitoring.moderation_models import Moderation
from console.monitoring.moderation_rules import ModerationState
from console.people.models import Person
from console.people.rules import Permission, may


def questions(session: Session, person: Person, now: datetime) -> list[Waiting]:
    """To answer, and to look whether somebody has asked more (4-c, 4.1-j)."""
    if not may(person.roles, Permission.VIEW_INBOX):
        return []
    found = [
        Waiting(
            _("Ge svaret, kollegan har skrivit det") if one.reply else _("Svara den som frågar"),
            without_numbers(one.item.title)[:80],
            url_for("inbox.show", item_id=one.item_id),
            since=one.received_at,
            due=one.due_at,
        )
        for one in question_queries.to_answer(session, person, now)
    ]
    return found + [
        Waiting(
            _("Följ upp svaret"),
            without_numbers(one.item.title)[:80],
            url_for("inbox.show", item_id=one.item_id),
            due=starts(one.follow_up_on + timedelta(days=1)) - timedelta(seconds=1),
        )
        for one in question_queries.to_follow_up(session, person, now)
        if one.follow_up_on is not None
    ]


def moderation(session: Session, person: Person, now: datetime) -> list[Waiting]:
    """To decide, hide or remove, and tell the author (4-g, 4-h); the registry's number (4.5-d)."""
    cases = [
        *moderation_queries.to_handle(session, person, now),
        *moderation_queries.to_register(session, person),
    ]
    return [
        Waiting(
            _verb(one),
            one.account.name if one.account is not None else "",
            url_for("moderation.show", case_id=one.id),
            since=one.state_at,
        )
        for one in cases
    ]


def _verb(case: Moderation) -> str:
    verbs: dict[str, str] = {
        ModerationState.CAPTURED: _("Välj skäl i modereringen"),
        ModerationState.REGISTRY: _("Diarieför inlägget"),
        ModerationState.GONE: _("Säg varför inlägget är borta"),
    }
    return verbs.get(case.state, _("Ta bort inlägget på kontot"))
