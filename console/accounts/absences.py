"""Record when somebody is away and who stands in; change it; take it back.

A substitute is named, or it is said that there is none yet: an absence that can't be written down
would hide the days that nobody covers (3-c).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import live
from console.accounts import coverage
from console.accounts.absence_models import Absence, AccountSubstitute
from console.accounts.coverage_rules import Span
from console.accounts.models import AccountAdministrator
from console.errors import BadInput, NotAllowed, NotFound, Stale
from console.people.models import Person
from console.people.rules import Permission, may
from console.phrases import STOCKHOLM
from console.timeline.operations import record

FURTHEST = timedelta(days=3 * 366)
"""How far ahead an absence may end: a mistyped year is caught, parental leave isn't."""


@dataclass(frozen=True)
class Wanted:
    """An absence as somebody wants it."""

    first_day: date
    last_day: date
    substitute: int | None
    """None: nobody yet."""
    by_account: Mapping[int, int] | None = None
    """Account → who stands in there instead; None: as it is."""


def add(
    session: Session, actor: Person, person_id: int, wanted: Sequence[Wanted], now: datetime
) -> list[Absence]:
    """Record absences of one person, all or none.

    Raises:
        NotAllowed: they are somebody else's, and the actor's role doesn't record others'.
        NotFound: nobody has that number.
        BadInput: days that can't be (`first_day`, `last_day`), somebody who can't stand in
            (`substitute`), or days on which they are away already (`first_day`).
    """
    person = _held(session, actor, person_id)
    made = []
    for one in wanted:
        _check(session, person, one, now)
        absence = Absence(
            person_id=person.id,
            first_day=one.first_day,
            last_day=one.last_day,
            substitute_id=one.substitute,
            recorded_by_id=actor.id,
            recorded_at=now,
        )
        session.add(absence)
        session.flush()
        _set_accounts(absence, one.by_account or {})
        _record(session, "recorded", actor, absence, now)
        made.append(absence)
    return made


def change(
    session: Session, actor: Person, absence_id: int, wanted: Wanted, seen: str, now: datetime
) -> Absence:
    """Give an absence other days or substitutes.

    Args:
        seen: `state_of` the absence when the page was drawn.

    Raises:
        as `add`; and
        Stale: somebody has changed it since.
    """
    absence = _get(session, absence_id)
    person = _held(session, actor, absence.person_id)
    session.refresh(absence)
    if absence.removed_at is not None:
        raise NotFound(_("Frånvaron är borttagen."))
    if state_of(absence) != seen:
        raise Stale(_("Någon annan har ändrat frånvaron. Läs den igen och ändra sedan."))
    _check(session, person, wanted, now, absence)
    absence.first_day, absence.last_day = wanted.first_day, wanted.last_day
    absence.substitute_id = wanted.substitute
    if wanted.by_account is not None:
        _set_accounts(absence, wanted.by_account)
    session.flush()
    if state_of(absence) != seen:
        _record(session, "changed", actor, absence, now)
    return absence


def remove(session: Session, actor: Person, absence_id: int, now: datetime) -> Absence:
    """Take an absence back; it stays in the timeline.

    Raises:
        NotAllowed; NotFound: as `change`.
    """
    absence = _get(session, absence_id)
    _held(session, actor, absence.person_id)
    session.refresh(absence)
    if absence.removed_at is None:
        absence.removed_at = now
        _record(session, "removed", actor, absence, now)
    return absence


def may_record_for(actor: Person, person_id: int) -> bool:
    """One's own, or anybody's with the role for it."""
    return actor.id == person_id or may(actor.roles, Permission.RECORD_OTHERS_ABSENCE)


def state_of(absence: Absence) -> str:
    """What a page shows of the absence, as one text to compare."""
    accounts = {row.account_id: row.substitute_id for row in absence.by_account}
    parts = [f"{key}={accounts[key]}" for key in sorted(accounts)]
    days = f"{absence.first_day}/{absence.last_day}"
    return " ".join([days, str(absence.substitute_id or 0), *parts])


def _held(session: Session, actor: Person, person_id: int) -> Person:
    """The person, held so that two absences written at once see each other."""
    if not may_record_for(actor, person_id):
        raise NotAllowed(
            _("Du kan bara skriva in din egen frånvaro. Be chefen eller strategiavdelningen.")
        )
    query = select(Person).where(Person.id == person_id).with_for_update(of=Person)
    person = session.scalars(query).one_or_none()
    if person is None:
        raise NotFound(_("Den personen finns inte."))
    return person


def _get(session: Session, absence_id: int) -> Absence:
    absence = session.get(Absence, absence_id)
    if absence is None or absence.removed_at is not None:
        raise NotFound(_("Frånvaron är borttagen."))
    return absence


def _check(
    session: Session, person: Person, wanted: Wanted, now: datetime, old: Absence | None = None
) -> None:
    today = now.astimezone(STOCKHOLM).date()
    if wanted.last_day < wanted.first_day:
        raise BadInput(_("Sista dagen kommer före första dagen."), "last_day")
    if wanted.last_day < today:
        raise BadInput(_("Dagarna har redan passerat."), "last_day")
    if wanted.last_day > today + FURTHEST:
        raise BadInput(_("Sista dagen är mer än tre år bort. Se efter att året stämmer."),
                       "last_day")  # fmt: skip
    for other in coverage.absences_of(session, person.id, today):
        days = Span(other.first_day, other.last_day)
        if other is not old and days.within(Span(wanted.first_day, wanted.last_day)):
            raise BadInput(
                _("%(name)s är redan borta %(days)s. Ändra den frånvaron i stället.",
                  name=person.name, days=coverage.days_text(days)), "first_day",
            )  # fmt: skip
    others = wanted.by_account or {}
    named = {wanted.substitute, *others.values()} - {None}
    query = coverage.can_stand_in().where(Person.id.in_(named))
    able = set(session.scalars(query.with_only_columns(Person.id)))
    for substitute in named:
        if substitute == person.id:
            raise BadInput(_("Välj någon annan än den som är borta."), "substitute")
        if substitute not in able:
            raise BadInput(_("Välj någon i listan som ersättare."), "substitute")
    theirs = set(
        session.scalars(
            select(AccountAdministrator.account_id).where(
                AccountAdministrator.person_id == person.id
            )
        )
    )
    if not set(others) <= theirs | {row.account_id for row in (old.by_account if old else ())}:
        raise BadInput(_("%(name)s sköter inte det kontot.", name=person.name), "substitute")


def _set_accounts(absence: Absence, by_account: Mapping[int, int]) -> None:
    kept = {row.account_id: row for row in absence.by_account}
    absence.by_account = [
        kept.get(account) or AccountSubstitute(absence_id=absence.id, account_id=account)
        for account in by_account
    ]
    for row in absence.by_account:
        row.substitute_id = by_account[row.account_id]


def _record(session: Session, verb: str, actor: Person, absence: Absence, now: datetime) -> None:
    session.flush()
    body = {
        "absence": absence.id,
        "about": absence.person_id,
        "first": absence.first_day.isoformat(),
        "last": absence.last_day.isoformat(),
        "substitute": absence.substitute_id,
        "accounts": [
            {"account": row.account_id, "substitute": row.substitute_id}
            for row in absence.by_account
        ],
    }
    record(session, f"absence:{verb}", body=body, now=now, person_id=actor.id)
    live.announce(session, live.CALM)
