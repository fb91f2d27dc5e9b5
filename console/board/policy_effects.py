"""What becomes late, or stands still, if a profile takes effect: counted before anybody decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console import phrases
from console.accounts import plan_queries, plan_rules
from console.accounts.models import Account
from console.accounts.queries import administers_still
from console.accounts.rules import State as AccountState
from console.accounts.rules import platform_name, publishes
from console.incidents import roster
from console.incidents.models import Incident, Notice, RosterPlace
from console.incidents.operations import reminding
from console.incidents.rules import NoticeKind, State
from console.messages.models import Version
from console.people.labels import label_of
from console.people.models import LoginSession, Person, PersonRole
from console.people.rules import SEEN_STEP, Permission, roles_that_may
from console.policy.rules import Profile, changed
from console.review.yearly_rules import window

NAMED = 5
"""Accounts named in a sentence; the rest are counted."""
WORKDAYS = 5


@dataclass(frozen=True)
class Effect:
    """One thing that the change would do."""

    key: str
    count: int
    text: str
    late: bool
    """Something becomes late or stops, and a person must act."""


def effects(session: Session, before: Profile, after: Profile, now: datetime) -> list[Effect]:
    """What follows from putting `after` in force instead of `before`, the late first.

    Fields that don't differ have no effects, whatever else is late already.
    """
    differing = set(changed(before, after))
    accounts = list(session.scalars(select(Account).order_by(Account.position, Account.id)))
    found = [
        effect
        for fields, look in _LOOKS
        if differing & fields
        for effect in look(session, before, after, accounts, now)
    ]
    return sorted(found, key=lambda effect: not effect.late)


def _administrators(
    session: Session, before: Profile, after: Profile, accounts: list[Account], now: datetime
) -> Iterator[Effect]:
    used = [account for account in accounts if publishes(account.state)]
    have = {a.id: sum(administers_still(row.person) for row in a.administrators) for a in used}
    short = [a for a in used if before.min_admins <= have[a.id] < after.min_admins]
    if short:
        text = ngettext(
            "%(num)s konto får för få administratörer: %(names)s.",
            "%(num)s konton får för få administratörer: %(names)s.",
            len(short),
            names=_names(short),
        )
        yield Effect("administrators", len(short), text, True)
    eased = sum(after.min_admins <= have[a.id] < before.min_admins for a in used)
    if eased:
        text = ngettext(
            "%(num)s konto har inte längre för få administratörer.",
            "%(num)s konton har inte längre för få administratörer.",
            eased,
        )
        yield Effect("administrators_eased", eased, text, False)


def per_week(profile: Profile) -> int:
    """How often an account is looked at in a week without holidays."""
    return profile.check_times * (WORKDAYS if profile.check_period == "workday" else 1)


def _checks(
    session: Session, before: Profile, after: Profile, accounts: list[Account], now: datetime
) -> Iterator[Effect]:
    used = [account for account in accounts if publishes(account.state)]
    if used and per_week(after) > per_week(before):
        text = ngettext(
            "%(num)s konto blir obevakat om det inte ses till oftare: %(after)s gånger i veckan,"
            " mot %(before)s nu.",
            "%(num)s konton blir obevakade om de inte ses till oftare: %(after)s gånger i veckan,"
            " mot %(before)s nu.",
            len(used),
            after=per_week(after),
            before=per_week(before),
        )
        yield Effect("checks", len(used), text, True)


def _chain(
    session: Session, before: Profile, after: Profile, accounts: list[Account], now: datetime
) -> Iterator[Effect]:
    ready, back = [], []
    for version in plan_queries.waiting(session):
        given = plan_queries.given(version)
        if plan_rules.stuck(after.chain, given):
            back.append(version.account)
        elif not plan_rules.outstanding(after.chain, given):
            ready.append(version.account)
    if back:
        text = ngettext(
            "%(num)s handlingsplan går tillbaka, för den som hördes ska nu besluta: %(names)s.",
            "%(num)s handlingsplaner går tillbaka, för de som hördes ska nu besluta: %(names)s.",
            len(back),
            names=_names(back),
        )
        yield Effect("returned", len(back), text, True)
    if ready:
        text = ngettext(
            "%(num)s handlingsplan har alla underskrifter som behövs och blir klar: %(names)s.",
            "%(num)s handlingsplaner har alla underskrifter som behövs och blir klara: %(names)s.",
            len(ready),
            names=_names(ready),
        )
        yield Effect("signed", len(ready), text, False)
    settled = {account.id for account in (*ready, *back)}
    signing = [a for a in accounts if a.state == AccountState.SIGNING and a.id not in settled]
    if signing:
        text = ngettext(
            "%(num)s handlingsplan väntar på underskrift och möter nya steg: %(names)s.",
            "%(num)s handlingsplaner väntar på underskrift och möter nya steg: %(names)s.",
            len(signing),
            names=_names(signing),
        )
        yield Effect("signing", len(signing), text, False)
    query = (
        select(PersonRole.role, func.count().label("people"))
        .join(Person, Person.id == PersonRole.person_id)
        .where(Person.active)
        .group_by(PersonRole.role)
    )
    held = {row.role: row.people for row in session.execute(query)}
    for step in after.chain:
        if not held.get(step.role):
            label = label_of(step.role, after.role_labels)
            text = _("Ingen har rollen %(role)s: ingen handlingsplan blir klar.", role=label)
            yield Effect(f"nobody_{step.role}", 1, text, True)


def _approvals(
    session: Session, before: Profile, after: Profile, accounts: list[Account], now: datetime
) -> Iterator[Effect]:
    if after.approvals_required <= before.approvals_required:
        return
    waiting = session.scalar(select(func.count()).where(Version.state == "waiting")) or 0
    if waiting:
        text = ngettext(
            "%(num)s meddelande väntar på godkännande och behöver nu %(n)s.",
            "%(num)s meddelanden väntar på godkännande och behöver nu %(n)s var.",
            waiting,
            n=after.approvals_required,
        )
        yield Effect("waiting", waiting, text, True)
    query = select(func.count(func.distinct(Person.id))).join(PersonRole)
    approvers = roles_that_may(Permission.APPROVE_MESSAGE)
    able = session.scalar(query.where(Person.active, PersonRole.role.in_(approvers))) or 0
    if able < after.approvals_required:
        text = ngettext(
            "Bara %(num)s person kan godkänna: inget meddelande kan gå ut.",
            "Bara %(num)s personer kan godkänna: inget meddelande kan gå ut.",
            able,
        )
        yield Effect("approvers", able, text, True)


def _sessions(
    session: Session, before: Profile, after: Profile, accounts: list[Account], now: datetime
) -> Iterator[Effect]:
    kept, lost = (now - timedelta(minutes=p.idle_minutes) - SEEN_STEP for p in (before, after))
    query = select(func.count(func.distinct(LoginSession.person_id))).where(
        LoginSession.ended_at.is_(None), LoginSession.seen_at >= kept, LoginSession.seen_at < lost
    )
    count = session.scalar(query) or 0
    if count:
        text = ngettext("%(num)s person loggas ut.", "%(num)s personer loggas ut.", count)
        yield Effect("sessions", count, text, False)


def _reminders(
    session: Session, before: Profile, after: Profile, accounts: list[Account], now: datetime
) -> Iterator[Effect]:
    query = (
        select(func.count())
        .select_from(Notice)
        .join(Incident, Incident.id == Notice.incident_id)
        .where(
            Notice.kind == NoticeKind.LOCKED,
            Notice.read_at.is_(None),
            Notice.passed_on_at.is_(None),
            Incident.state == State.OPEN,
            reminding.is_due(after, now),
            ~reminding.is_due(before, now),
        )
    )
    count = session.scalar(query) or 0
    if count:
        text = ngettext(
            "%(num)s oläst meddelande om lås blir sent och skickas igen.",
            "%(num)s olästa meddelanden om lås blir sena och skickas igen.",
            count,
        )
        yield Effect("reminders", count, text, True)


def _roster(
    session: Session, before: Profile, after: Profile, accounts: list[Account], now: datetime
) -> Iterator[Effect]:
    new = {
        place
        for place in roster.Place
        if place in after.roster_places
        and place not in before.roster_places
        and place not in roster.BY_DUTY
    }
    query = (
        select(Incident.id, RosterPlace.place)
        .join(RosterPlace, RosterPlace.incident_id == Incident.id, isouter=True)
        .where(Incident.state == State.OPEN)
    )
    held: dict[int, set[str]] = {}
    for incident_id, place in session.execute(query):
        held.setdefault(incident_id, set()).add(place)
    count = sum(not new <= places for places in held.values())
    if count:
        text = ngettext(
            "%(num)s öppen händelse får en obemannad plats.",
            "%(num)s öppna händelser får en obemannad plats.",
            count,
        )
        yield Effect("roster", count, text, True)


def _registry(
    session: Session, before: Profile, after: Profile, accounts: list[Account], now: datetime
) -> Iterator[Effect]:
    known = {one.committee.casefold() for one in after.registry}
    committees = {a.committee for a in accounts if a.committee and a.state != AccountState.ENDED}
    missing = sorted(name for name in committees if name.casefold() not in known)
    if missing:
        text = ngettext(
            "%(num)s nämnd saknar adress till sitt diarium: %(names)s.",
            "%(num)s nämnder saknar adress till sina diarier: %(names)s.",
            len(missing),
            names=", ".join(missing[:NAMED]),
        )
        yield Effect("registry", len(missing), text, True)


def report_due(profile: Profile, now: datetime) -> date:
    """The last day of the yearly report that is, or comes, next (4.3-a)."""
    today, months = now.astimezone(phrases.STOCKHOLM).date(), profile.report_months
    due = window(months, today.year).last
    return due if due >= today else window(months, today.year + 1).last


def _report(
    session: Session, before: Profile, after: Profile, accounts: list[Account], now: datetime
) -> Iterator[Effect]:
    old, new = report_due(before, now), report_due(after, now)
    if new != old:
        used = sum(publishes(account.state) for account in accounts)
        text = ngettext(
            "Nästa rapport för %(num)s konto ska vara klar %(new)s, mot %(old)s nu.",
            "Nästa rapport för %(num)s konton ska vara klar %(new)s, mot %(old)s nu.",
            used,
            new=new.isoformat(),
            old=old.isoformat(),
        )
        yield Effect("report", used, text, new < old)


def _passwords(
    session: Session, before: Profile, after: Profile, accounts: list[Account], now: datetime
) -> Iterator[Effect]:
    query = select(func.count()).where(Person.active, Person.password_hash.is_not(None))
    count = session.scalar(query) or 0
    text = ngettext(
        "%(num)s person behåller sitt lösenord tills det byts.",
        "%(num)s personer behåller sina lösenord tills de byts.",
        count,
    )
    yield Effect("passwords", count, text, False)


_LOOKS = (
    (frozenset({"min_admins"}), _administrators),
    (frozenset({"check_times", "check_period"}), _checks),
    (frozenset({"chain"}), _chain),
    (frozenset({"approvals_required"}), _approvals),
    (frozenset({"idle_minutes"}), _sessions),
    (frozenset({"reminder_minutes"}), _reminders),
    (frozenset({"roster_places"}), _roster),
    (frozenset({"registry"}), _registry),
    (frozenset({"report_months"}), _report),
    (frozenset({"password_min", "password_classes"}), _passwords),
)
"""Fields → what to look at when one of them differs."""


def _names(accounts: list[Account]) -> str:
    named = ", ".join(f"{a.short_name} {platform_name(a.platform)}" for a in accounts[:NAMED])
    rest = len(accounts) - NAMED
    return str(_("%(names)s och %(n)s till", names=named, n=rest)) if rest > 0 else named
