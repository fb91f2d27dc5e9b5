"""What the start page says of accounts that nobody looks at as often as the rules ask (4-f)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console import phrases
from console.accounts import coverage
from console.accounts.rules import platform_name
from console.board.start_model import Deviating, Deviation, Waiting
from console.monitoring import check_queries, check_rules
from console.monitoring.check_queries import Watched
from console.parts import Verb
from console.people.models import Person
from console.people.rules import Permission, may


def waiting(session: Session, person: Person, now: datetime) -> list[Waiting]:
    """For whoever looks after accounts today: those that lack looks, in one row. Who is away isn't
    asked; who stands in is."""
    if not may(person.roles, Permission.CHECK_ACCOUNT):
        return []
    today = coverage.today(now)
    lacking = [one for one in check_queries.mine(session, person, now) if not _done(one)]
    if not lacking or check_queries.is_away(session, person.id, today):
        return []
    rest = lacking[0].account.name
    if len(lacking) > 1:
        rest = ngettext("%(num)d konto", "%(num)d konton", len(lacking))
    due = min(check_rules.due(one.asked, today) for one in lacking)
    return [Waiting(_("Titta till"), rest, url_for("checks.index"), due=due)]


def _done(one: Watched) -> bool:
    return one.progress.kept or one.progress.today


def deviations(session: Session, now: datetime) -> list[Deviating]:
    """Accounts that went without, until they are looked at as often as they should again."""
    found = {one.account.id: one for one in check_queries.deviating(session, now)}
    return [Deviating(found, _say, late=True)]


def _say(_account: Any, one: Watched) -> Deviation:
    locale = get_locale()
    lang = locale.language if locale else "sv"
    since = ""
    if one.last is not None:
        since = _("senast %(day)s", day=phrases.date_short(one.last, lang))
    return Deviation(
        key=f"account-{one.account.id}",
        state="by_hand",
        what=_("Bevakat för sällan"),
        account=one.account.name,
        platform=platform_name(one.account.platform),
        since=since,
        verb=Verb(_("Se bevakningen"), url_for("checks.account", account_id=one.account.id)),
    )
