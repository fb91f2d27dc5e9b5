"""What the start page says of accounts that publish less than the rules ask, or nothing at all.

Both only where the profile says so: `posts_per_week`, `close_dormant`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console import phrases
from console.accounts import queries
from console.accounts.rules import platform_name
from console.board import own
from console.board.start_model import Deviating, Deviation, Waiting
from console.monitoring import activity_queries as activity
from console.monitoring import check_rules
from console.parts import Verb
from console.people.models import Person
from console.policy.queries import current


def few_of_own(session: Session, person: Person, now: datetime) -> list[Waiting]:
    """For an account's administrators: it had too few posts last week."""
    least = current(session).posts_per_week
    if not least or not own.accounts(session, person):
        return []
    found = activity.few_posts(session, least, now, queries.ids_administered(person.id))
    if not found:
        return []
    # With the platform: a municipality has one name on many.
    names = {
        one.id: f"{one.name} {platform_name(one.platform)}" for one in own.accounts(session, person)
    }
    since = check_rules.starts(check_rules.monday_of(now))
    return [
        Waiting(
            _("Publicera oftare"),
            _("på %(name)s: %(made)s inlägg förra veckan, minst %(least)s krävs",
              name=names[number], made=made, least=least),
            url_for("accounts.show", account_id=number),
            since=since,
        )
        for number, made in found.items()
    ]  # fmt: skip


def few(session: Session, now: datetime) -> list[Deviating]:
    """Accounts with fewer posts last week than the rules ask, as far as the console knows."""
    return [Deviating(activity.few_posts(session, current(session).posts_per_week, now), _few)]


def dormant(session: Session, now: datetime) -> list[Deviating]:
    """Accounts that nobody posts to or looks at, where the rules close these: proposed for ending.
    One that rests by a decision is said so already."""
    profile = current(session)
    if not profile.close_dormant:
        return []
    since = now - timedelta(days=profile.dormant_days)
    return [Deviating(activity.standing_still(session, since), _still)]


def _few(one: Any, made: int) -> Deviation:
    return Deviation(
        key=f"account-{one.id}",
        state="by_hand",
        what=ngettext(
            "Bara %(num)d inlägg förra veckan", "Bara %(num)d inlägg förra veckan", made
        ) if made else _("Inget inlägg förra veckan"),
        account=one.name,
        platform=platform_name(one.platform),
        since="",
        verb=Verb(_("Till kontot"), url_for("accounts.show", account_id=one.id)),
    )  # fmt: skip


def _still(one: Any, last: datetime | None) -> Deviation:
    locale = get_locale()
    lang = locale.language if locale else "sv"
    since = _("sedan %(day)s", day=phrases.date_short(last, lang)) if last else ""
    return Deviation(
        key=f"account-{one.id}",
        state="by_hand",
        what=_("Står stilla: föreslås avslutas"),
        account=one.name,
        platform=platform_name(one.platform),
        since=since,
        verb=Verb(_("Avsluta"), url_for("plans.end_page", account_id=one.id)),
    )
