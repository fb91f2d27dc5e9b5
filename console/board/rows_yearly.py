"""What the start page says of yearly reports: to write, to judge, and what then follows (4.3).

What deviates is read from the reports themselves, so it is gone when one is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flask import url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console import phrases
from console.accounts.coverage import today
from console.accounts.rules import platform_name
from console.board import own
from console.board.start_model import Deviating, Deviation, Waiting
from console.db import once
from console.parts import Verb
from console.people.models import Person
from console.people.rules import Role
from console.review import yearly_queries as reports
from console.review.evaluation_rules import due_at
from console.review.yearly_queries import Pending
from console.review.yearly_rules import State, Step


def waiting(session: Session, person: Person, now: datetime) -> list[Waiting]:
    """For an account's administrators: its report, and then the plan to change or the account to
    end. For who judges: the reports that are sent."""
    mine = {one.id for one in own.accounts(session, person)}
    pending: dict[int, Pending] = {}
    if mine or Role.OPERATIONS_MANAGER in person.roles:
        pending = {one.id: one for one in reports.pending_of(session, person, sorted(mine))}
    if Role.STRATEGY in person.roles:
        pending |= {one.id: one for one in _everywhere(session, now)}
    found: list[Waiting] = []
    judged: list[Pending] = []
    for one in pending.values():
        rest = _("för %(name)s", name=one.name)
        if one.sent_at is None:
            if one.account_id in mine:  # of others' accounts it deviates, and is said there
                url = url_for("yearly_reports.show", report_id=one.id)
                found.append(Waiting(_("Skriv årsrapporten"), rest, url, due=due_at(one.due_on)))
        elif one.evaluated_at is None:
            if one.sent_by_id != person.id:
                judged.append(one)
        elif one.step == Step.CHANGE:
            url = url_for("plans.edit_page", account_id=one.account_id)
            found.append(Waiting(_("Ändra planen"), rest, url, since=one.evaluated_at))
        else:
            url = url_for("plans.end_page", account_id=one.account_id)
            found.append(Waiting(_("Avsluta kontot"), rest, url, since=one.evaluated_at))
    return [*found, *_to_judge(judged)]


def _everywhere(session: Session, now: datetime) -> list[Pending]:
    """Read once for the strategy department's own list and for what deviates."""
    day = today(now)
    return once(session, ("reports", day), lambda: reports.pending_everywhere(session, day))


def _to_judge(judged: Sequence[Pending]) -> list[Waiting]:
    """In one row, however many: in the autumn every account's may wait."""
    if not judged:
        return []
    since = min(one.sent_at for one in judged if one.sent_at)
    rest = _("för %(name)s", name=judged[0].name)
    url = url_for("yearly_reports.show", report_id=judged[0].id)
    if len(judged) > 1:
        rest = ngettext("för %(num)d konto", "för %(num)d konton", len(judged))
        url = url_for("yearly_reports.index", state=State.SENT.value)
    return [Waiting(_("Utvärdera årsrapporten"), rest, url, since=since)]


def deviations(session: Session, now: datetime) -> list[Deviating]:
    """Accounts in use whose report should have been sent (4.3-a), each with its latest."""
    late = {
        one.account_id: (one.id, one.due_on)
        for one in _everywhere(session, now)
        if one.sent_at is None
    }
    return [Deviating(late, _late, late=True)]


def _late(one: Any, known: tuple[int, date]) -> Deviation:
    number, due_on = known
    locale = get_locale()
    lang = locale.language if locale else "sv"
    return Deviation(
        key=f"account-{one.id}",
        state="by_hand",
        what=_("Årsrapporten är försenad"),
        account=one.name,
        platform=platform_name(one.platform),
        since=_("sedan %(day)s", day=phrases.date_short(due_at(due_on), lang)),
        verb=Verb(_("Till rapporten"), url_for("yearly_reports.show", report_id=number)),
    )
