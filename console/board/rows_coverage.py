"""What the start page says of days that nobody looks after an account, before they come."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console.accounts import coverage, oversight
from console.accounts.coverage import Facts
from console.accounts.coverage_rules import DAY, WARN_DAYS, Span, days_in, weeks_from
from console.accounts.rules import platform_name
from console.board import own
from console.board.start_model import Coming, Coverage, CoverageRow, Deviating, Deviation, Waiting
from console.parts import Verb
from console.people.models import Person
from console.people.rules import Role
from console.phrases import STOCKHOLM

WEEKS = 9
"""Columns of the small calendar: about as far as WARN_DAYS reaches."""
SHOWN = 6
"""Accounts in the small calendar; the whole one has them all."""
LOOK_AHEAD = timedelta(days=365)
"""How far beyond that the next thing to come is looked for."""


def ahead(now: datetime) -> Span:
    """The days that people are asked about now."""
    today = coverage.today(now)
    return Span(today, today + timedelta(days=WARN_DAYS))


def deviations(session: Session, now: datetime) -> list[Deviating]:
    """Every account that will be, or is, without anybody (3-c)."""
    today = coverage.today(now)
    found = coverage.all_uncovered(_read(session, now, None), ahead(now))

    def say(one: Any, spans: list[Span]) -> Deviation:
        return Deviation(
            key=f"account-{one.id}",
            state="refused",
            what=_what(spans, today),
            account=one.name,
            platform=platform_name(one.platform),
            since=_days(spans),
            verb=Verb(_("Namnge ersättare"), _place(one.id)),
        )

    return [Deviating(found, say, urgent=True)]


def waiting(session: Session, person: Person, now: datetime) -> list[Waiting]:
    """For an account's administrators: a substitute to name, while there is time (3-c)."""
    found = coverage.all_uncovered(_own(session, now, person), ahead(now))
    accounts = oversight.named(session, list(found))
    return [
        Waiting(
            _("Namnge ersättare"),
            _(
                "för %(name)s %(platform)s, obemannat %(days)s",
                name=one.short_name,
                platform=platform_name(one.platform),
                days=_days(found[one.id]),
            ),
            _place(one.id, "mine"),
            due=_midnight(found[one.id][0].first),
        )
        for one in accounts.values()
    ]


def coming(session: Session, person: Person, now: datetime) -> list[Coming]:
    """The first gap among the person's own accounts that they aren't asked about yet."""
    first = ahead(now).last + DAY
    later = Span(first, first + LOOK_AHEAD)
    found = coverage.all_uncovered(_own(session, now, person), later)
    if not found:
        return []
    account, spans = min(found.items(), key=lambda one: one[1][0].first)
    name = oversight.named(session, [account])[account].short_name
    asked = spans[0].first - timedelta(days=WARN_DAYS)
    return [Coming(_("en ersättare för %(name)s", name=name), _midnight(asked))]


def calendar(session: Session, person: Person, now: datetime) -> Coverage | None:
    """The small calendar: one's own accounts, or for the strategy department those with a gap.
    None: there is nothing to show."""
    today = coverage.today(now)
    weeks = weeks_from(today, WEEKS)
    window = Span(today, weeks[-1].span.last)
    strategy = Role.STRATEGY in person.roles
    facts = _read(session, now, person) if strategy else _own(session, now, person)
    found = coverage.all_uncovered(facts, window)
    ids = list(found) if strategy else _gaps_first(facts, found)
    accounts = oversight.named(session, ids[:SHOWN])
    names = Counter(one.short_name for one in accounts.values())
    rows = tuple(
        CoverageRow(
            one.short_name,
            platform_name(one.platform) if names[one.short_name] > 1 else "",
            tuple(not days_in(found.get(one.id, ()), week) for week in weeks),
        )
        for one in accounts.values()
    )
    if not rows:
        return None
    title = _("Bemanning v %(first)s–%(last)s", first=weeks[0].number, last=weeks[-1].number)
    show = "uncovered" if strategy else "mine"
    return Coverage(
        title, tuple(week.number for week in weeks), rows, url_for("coverage.show", show=show)
    )


def _read(session: Session, now: datetime, person: Person | None) -> Facts:
    """Who looks after what for a year ahead, read once in a unit of work however many parts of a
    page ask: every account for the strategy department (and for None), else the person's own."""
    whole = person is None or Role.STRATEGY in person.roles
    reader = None if whole or person is None else person.id
    key = ("coverage", now, reader)
    kept: Facts | None = session.info.get(key)
    if kept is None:
        today = coverage.today(now)
        window = Span(today, today + timedelta(days=WARN_DAYS) + LOOK_AHEAD + DAY)
        kept = session.info[key] = coverage.read(session, window, person=reader, gaps=whole)
    return kept


def _own(session: Session, now: datetime, person: Person) -> Facts:
    """Of those only the accounts that the person administers."""
    if not own.accounts(session, person):
        return Facts({}, {}, frozenset())
    facts = _read(session, now, person)
    mine = {n: people for n, people in facts.administrators.items() if person.id in people}
    return replace(facts, administrators=mine)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), STOCKHOLM)


def _gaps_first(facts: Facts, found: dict[int, list[Span]]) -> list[int]:
    manned = [account for account, people in facts.administrators.items() if people]
    return [*found, *(account for account in manned if account not in found)]


def _what(spans: list[Span], today: date) -> str:
    return _("Obemannat i dag") if spans[0].first == today else _("Ingen ersättare")


def _days(spans: list[Span]) -> str:
    return ", ".join(coverage.days_text(one) for one in spans)


def _place(account_id: int, show: str = "uncovered") -> str:
    return url_for("coverage.show", show=show) + f"#account-{account_id}"
