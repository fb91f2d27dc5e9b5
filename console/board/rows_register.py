"""What the start page says of the register itself: too few administrators (3-a), accounts that
rest, and accounts that ended without a report (2.1-c)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console import phrases
from console.accounts import oversight, queries
from console.accounts.rules import platform_name
from console.board import own
from console.board.start_model import Deviating, Deviation, Waiting, numbered
from console.parts import Verb
from console.people.models import Person
from console.people.rules import Role
from console.policy.queries import current


def asking_for_more(session: Session, person: Person, now: datetime) -> list[Waiting]:
    """For the manager who signed the plan: the account has too few administrators (3-a)."""
    if Role.OPERATIONS_MANAGER not in person.roles:
        return []
    among = oversight.vouched_for(person.id)
    short = oversight.short_of_administrators(session, current(session).min_admins, among)
    return [
        Waiting(
            _("Be om en administratör till"),
            _("för %(name)s på %(platform)s", name=one.name, platform=platform_name(one.platform)),
            url_for("accounts.show", account_id=one.id) + "#administratorer",
        )
        for one in oversight.named(session, short).values()
    ]


def short(session: Session, now: datetime) -> list[Deviating]:
    """Accounts in use that too few people can run (3-a)."""
    return [Deviating(own.short(session, current(session).min_admins), _short, urgent=True)]


def _short(one: Any, have: int) -> Deviation:
    what = _("Bara %(n)s administratörer", n=have)
    if have < 2:
        what = _("Bara en administratör") if have else _("Ingen administratör")
    return Deviation(
        key=f"account-{one.id}",
        state="refused",
        what=what,
        account=one.name,
        platform=platform_name(one.platform),
        since="",
        verb=Verb(_("Utse en till"), url_for("accounts.settings", account_id=one.id)),
    )


def resting(session: Session, now: datetime) -> list[Deviating]:
    """Accounts that nobody uses, until somebody decides about them."""
    return [Deviating(numbered(own.in_use(session).resting), _resting)]


def _resting(one: Any, _known: None) -> Deviation:
    return Deviation(
        key=f"account-{one.id}",
        state="by_hand",
        what=_("Beslut om vilande konto"),
        account=one.name,
        platform=platform_name(one.platform),
        since=_since(one.since),
        verb=Verb(_("Besluta"), url_for("accounts.show", account_id=one.id) + "#bruk"),
    )


def reports_to_write(session: Session, person: Person, now: datetime) -> list[Waiting]:
    """For an ended account's administrators: its report (2.1-c)."""
    if not own.accounts(session, person):
        return []
    return [
        Waiting(
            _("Lämna slutrapporten"),
            _("för %(name)s", name=one.name),
            url_for("endings.report_page", account_id=one.id),
            due=one.at,
        )
        for one in oversight.without_report(session, queries.ids_administered(person.id))
    ]


def reports_owed(session: Session, now: datetime) -> list[Deviating]:
    """Accounts that ended without their report: it was due that day (2.1-c, 4.3-e)."""
    found = {one.id: one.at for one in oversight.without_report(session)}
    return [Deviating(found, _report_owed, late=True)]


def _report_owed(one: Any, ended: datetime) -> Deviation:
    return Deviation(
        key=f"account-{one.id}",
        state="by_hand",
        what=_("Avslutat utan slutrapport"),
        account=one.name,
        platform=platform_name(one.platform),
        since=_since(ended),
        verb=Verb(_("Lämna rapporten"), url_for("endings.report_page", account_id=one.id)),
    )


def _since(at: datetime) -> str:
    locale = get_locale()
    lang = locale.language if locale else "sv"
    return _("sedan %(day)s", day=phrases.date_short(at, lang))
