"""What waits for a person and what deviates, put together from the sources that know.

The start page, Monday's mail and the page of the whole municipality all read it here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from console import phrases
from console.accounts import oversight
from console.board import (
    rows_activity,
    rows_archive,
    rows_checks,
    rows_coverage,
    rows_custody,
    rows_duty_own,
    rows_evaluation,
    rows_events,
    rows_guideline,
    rows_inbox,
    rows_moderation,
    rows_plans,
    rows_posts,
    rows_readiness,
    rows_register,
    rows_upkeep,
    rows_yearly,
)
from console.board.start_model import (
    Coming,
    Deviating,
    Deviation,
    Waiting,
    WorkGroup,
    WorkRow,
    in_events,
    split,
)
from console.people.models import Person
from console.phrases import STOCKHOLM


def _nothing(session: Session, person: Person, now: datetime) -> Sequence[Waiting]:
    return ()


def _none(session: Session, now: datetime) -> Sequence[Deviating]:
    return ()


def _no_date(session: Session, person: Person, now: datetime) -> Sequence[Coming]:
    return ()


@dataclass(frozen=True)
class Source:
    """Each question is asked in a fixed number of queries, however many the rows."""

    key: str
    """In the address of a list narrowed to its deviations."""
    label: LazyString
    """What its deviations are called in a list to choose from."""
    waiting: Callable[[Session, Person, datetime], Sequence[Waiting]] = _nothing
    """What the person can do something about, each with the page where they may."""
    deviations: Callable[[Session, datetime], Sequence[Deviating]] = _none
    """Of the whole municipality; whoever keeps the register may do what their verbs say."""
    coming: Callable[[Session, Person, datetime], Sequence[Coming]] = _no_date
    """What has a date and needs nobody yet."""


SHOWN = 10
"""Rows of a group that stand open, but for events that go on; the rest are folded away, or on the
municipality's page."""
SOURCES: tuple[Source, ...] = (
    Source("events", _l("Händelser"), rows_events.waiting),
    Source("posts", _l("Inlägg"), rows_posts.waiting),
    Source("moderation", _l("Moderering"), rows_moderation.moderation),
    Source("questions", _l("Frågor"), rows_moderation.questions),
    Source("inbox", _l("Inkorg"), rows_inbox.waiting),
    Source("evaluation", _l("Åtgärder efter en händelse"), rows_evaluation.waiting),
    Source("duty", _l("Jour"), rows_duty_own.waiting, coming=rows_duty_own.coming),
    Source("administrators", _l("För få administratörer"), rows_register.asking_for_more,
           rows_register.short),
    Source("readiness", _l("Går inte att sända till"), deviations=rows_readiness.deviations),
    Source("coverage", _l("Ingen ersättare"), rows_coverage.waiting, rows_coverage.deviations,
           rows_coverage.coming),
    Source("plans", _l("Underskrift eller plan saknas"), rows_plans.waiting,
           rows_plans.deviations),
    Source("reports", _l("Slutrapport saknas"), rows_register.reports_to_write,
           rows_register.reports_owed),
    Source("yearly", _l("Årsrapport försenad"), rows_yearly.waiting, rows_yearly.deviations),
    Source("custody", _l("Inloggningen inte i förvar"), rows_custody.waiting,
           rows_custody.deviations),
    Source("guideline", _l("Väntar på förbindelse"), rows_guideline.waiting,
           rows_guideline.deviations),
    Source("checks", _l("Bevakat för sällan"), rows_checks.waiting, rows_checks.deviations),
    Source("posting", _l("För få inlägg"), rows_activity.few_of_own, rows_activity.few),
    Source("upkeep", _l("Profil, plattform och bilder"), rows_upkeep.waiting,
           rows_upkeep.deviations),
    Source("archive", _l("Arkiv"), rows_archive.waiting, rows_archive.deviations),
    Source("dormant", _l("Står stilla"), deviations=rows_activity.dormant),
    Source("resting", _l("Vilande"), deviations=rows_register.resting),
)  # fmt: skip
"""In the order that equal rows are shown."""


def waiting(session: Session, person: Person, now: datetime) -> list[Waiting]:
    """What waits for one person, source by source; `start_model.split` sorts it."""
    return [row for source in SOURCES for row in source.waiting(session, person, now)]


Found = Mapping[str, Sequence[Deviating]]
"""Source → what deviates, way by way."""


def deviations(session: Session, now: datetime) -> Found:
    """What deviates in the whole municipality; only ways in which some account does."""
    found = {
        source.key: [kind for kind in source.deviations(session, now) if kind.found]
        for source in SOURCES
    }
    return {key: kinds for key, kinds in found.items() if kinds}


def first_rows(
    session: Session, kinds: Sequence[Deviating], most: int
) -> Sequence[Sequence[Deviation]]:
    """Of each kind the first, in words; their accounts in one query."""
    shown = [kind.first(most) for kind in kinds]
    accounts = oversight.named(session, {number for ids in shown for number in ids})
    return [
        list(kind.rows([accounts[number] for number in ids if number in accounts]).values())
        for kind, ids in zip(kinds, shown, strict=True)
    ]


def accounts_in(found: Found) -> set[int]:
    """The accounts that deviate in any of these ways."""
    return {number for kinds in found.values() for kind in kinds for number in kind.found}


def next_coming(session: Session, person: Person, now: datetime) -> Coming | None:
    """The nearest thing with a date, for somebody for whom nothing waits."""
    found = [one for source in SOURCES for one in source.coming(session, person, now)]
    return min((one for one in found if one.at > now), key=lambda one: one.at, default=None)


def grouped(waiting: Sequence[Waiting], now: datetime) -> tuple[WorkGroup, ...]:
    """What goes on now first, and all of it: a lock of this minute never stands folded away behind
    what has waited for weeks. Then what is late, what just waits, and what has a day; groups
    without rows are left out."""
    late, plain, coming = split(waiting, now)
    running = in_events(waiting)
    groups = (
        ("now", _("Pågår nu"), running, len(running)),
        ("late", _("Försenat"), late, SHOWN),
        ("waiting", _("Väntar på dig"), plain, SHOWN),
        ("coming", _("Ska vara klart"), coming, SHOWN),
    )
    return tuple(
        WorkGroup(
            key,
            title,
            key == "late",
            tuple(_row(row, now) for row in rows[:most]),
            tuple(_row(row, now) for row in rows[most:]),
        )
        for key, title, rows, most in groups
        if rows
    )


def needing(accounts: int) -> str:
    """How many accounts deviate, in words."""
    return ngettext("%(num)d konto behöver åtgärd", "%(num)d konton behöver åtgärd", accounts)


def day(at: datetime) -> str:
    """12 juni, in the reader's language."""
    locale = get_locale()
    return phrases.date_short(at, locale.language if locale else "sv")


def _row(row: Waiting, now: datetime) -> WorkRow:
    when = ""
    if row.due is not None and row.due < now:
        when = _("försenat sedan %(day)s", day=day(row.due))
    elif row.due is not None:
        when = _("senast %(day)s", day=day(row.due))
    elif row.since is not None:
        today = row.since.astimezone(STOCKHOLM).date() == now.astimezone(STOCKHOLM).date()
        when = (
            _("sedan kl %(at)s", at=phrases.clock(row.since))
            if today
            else _("sedan %(day)s", day=day(row.since))
        )
    return WorkRow(row.verb, row.rest, row.url, when, row.lang)
