"""By-hand tasks: who looks after the account is told once for each round, and reminded by one
rule."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Subquery, Text, cast, func, literal, select, true
from sqlalchemy.orm import Session

from channels.platforms import PLATFORMS
from console import live
from console.accounts import charge, coverage
from console.errors import BadInput, NotFound
from console.incidents.models import Incident, Notice
from console.incidents.operations import reminding
from console.incidents.operations.telling import tell
from console.incidents.rules import NoticeKind, State
from console.messages import wording
from console.messages.models import Delivery, Round
from console.people.models import Person
from console.policy.queries import current
from console.policy.rules import is_quiet
from console.timeline.operations import record

ROUND = "round "
"""How what a notice of by-hand posts is about begins; other by-hand notices tell of removals."""


_ACCOUNTS = select(Delivery.account_id).where(Delivery.state == "by_hand").correlate(None)
"""Those that have something to be done by hand."""


def in_charge(now: datetime) -> Subquery:
    """Who looks after the accounts that have something to be done by hand, see `charge.of`."""
    return charge.of(coverage.today(now), _ACCOUNTS)


def about_round(round_id: int) -> str:
    """What a by-hand notice is about: with kind and person it makes the notice one."""
    return f"{ROUND}{round_id}"


def tells_of_round() -> ColumnElement[bool]:
    """Condition: the notice is about the delivery's round, as `about_round` says it."""
    return Notice.about == func.concat(ROUND, cast(Delivery.round_id, Text))


def tell_administrators(session: Session, now: datetime, *, mail: bool) -> int:
    """Write to all who look after an account whose text waits to be published by hand: its
    administrators, and who stands in for one today.

    One notice for each person and round, however many accounts; in the quiet hours none about a
    text's repetitions. Any number of tickers may call it.

    Returns:
        How many notices were written.
    """
    told = (
        select(Notice.id)
        .where(
            Notice.incident_id == Delivery.incident_id,
            Notice.kind == NoticeKind.BY_HAND,
            Notice.person_id == Person.id,
            tells_of_round(),
        )
        .exists()
    )
    quiet = is_quiet(current(session), now)
    who = in_charge(now)
    query = (
        select(Delivery, Person, Incident)
        .join(who, who.c.account_id == Delivery.account_id)
        .join(Person, Person.id == who.c.person_id)
        .join(Incident, Incident.id == Delivery.incident_id)
        .join(Round, Round.id == Delivery.round_id)
        .where(Delivery.state == "by_hand", Incident.state == State.OPEN, ~told)
        .where(Round.n == 1 if quiet else true())
        .order_by(Delivery.id, who.c.position, Person.id)
    )
    tasks: dict[tuple[int, int], list[Delivery]] = {}
    people: dict[int, Person] = {}
    events: dict[int, Incident] = {}  # by round
    for delivery, person, incident in session.execute(query):
        tasks.setdefault((delivery.round_id, person.id), []).append(delivery)
        people[person.id], events[delivery.round_id] = person, incident
    made = 0
    for (round_id, person_id), theirs in tasks.items():
        incident = events[round_id]
        names = ", ".join(dict.fromkeys(_named(one) for one in theirs))
        one = theirs[0] if len(theirs) == 1 else None
        notices = tell(
            session,
            incident,
            NoticeKind.BY_HAND,
            about_round(round_id),
            [people[person_id]],
            now,
            subject=f"Publicera för hand: {theirs[0].account.short_name}"
            if one
            else f"Publicera för hand: {len(theirs)} inlägg",
            text=(
                f"{names}.\nText och knapp för att bekräfta finns i Budkavle,"
                f" omgång kl {wording.clock(theirs[0].round.due_at)}."
            ),
            path=f"/incidents/{incident.slug}/tasks/{one.id}" if one else "/",
            mail=mail,
        )
        for notice in notices:
            ids = dict.fromkeys(str(delivery.account_id) for delivery in theirs)
            notice.accounts = ",".join(ids)
        made += len(notices)
    return made


def remind(session: Session, now: datetime) -> int:
    """Send by-hand notices again while something of theirs waits (the profile's one rule).

    Whoever has said from when they can do it hears nothing before that.

    Returns:
        How many notices took a step.
    """
    profile = current(session)
    if is_quiet(profile, now):
        return 0
    who = in_charge(now)
    waits = (
        select(Delivery.id)
        .join(who, who.c.account_id == Delivery.account_id)
        .where(
            Delivery.state == "by_hand",
            Delivery.incident_id == Notice.incident_id,
            who.c.person_id == Notice.person_id,
            tells_of_round(),
        )
        .exists()
    )
    query = (
        select(Notice)
        .join(Incident, Incident.id == Notice.incident_id)
        .where(
            Notice.kind == NoticeKind.BY_HAND,
            Incident.state == State.OPEN,
            Notice.reminders < profile.reminders_most,
            func.coalesce(Notice.can_from, literal(now)) <= now,
            reminding.is_due(profile, now),
            waits,
        )
        .order_by(Notice.id)
        .limit(reminding.AT_ONCE)
        .with_for_update(of=Notice, skip_locked=True)
    )
    due = session.scalars(query).all()
    reminding.step(session, due, now, "notice:task:reminded")
    return len(due)


def can_from(
    session: Session, actor: Person, notice_id: int, at: datetime | None, now: datetime
) -> Notice:
    """*Jag kan göra det från kl …*: acknowledged, but not yet; None: now.

    Raises:
        NotFound: not the actor's own by-hand notice; BadInput: field `can_from`: it has passed.
    """
    query = select(Notice).where(Notice.id == notice_id).with_for_update(of=Notice)
    notice = session.scalars(query).one_or_none()
    mine = notice is not None and notice.person_id == actor.id
    if notice is None or not mine or notice.kind != NoticeKind.BY_HAND:
        raise NotFound(_("Du har inget meddelande med det numret. Se dina meddelanden."))
    if at is not None and at <= now:
        raise BadInput(_("Skriv ett klockslag som inte har varit."), field="can_from")
    notice.can_from = at
    notice.read_at = notice.read_at or now
    record(
        session,
        "notice:can_from:said",
        body={"notice": notice.id, "at": at},
        now=now,
        incident_id=notice.incident_id,
        person_id=actor.id,
    )
    live.announce(session, live.incident_topic(notice.incident_id), live.CALM)
    return notice


def notice_of(session: Session, delivery: Delivery, person_id: int) -> Notice | None:
    """The person's own by-hand notice about this delivery's round."""
    query = select(Notice).where(
        Notice.incident_id == delivery.incident_id,
        Notice.kind == NoticeKind.BY_HAND,
        Notice.person_id == person_id,
        Notice.about == about_round(delivery.round_id),
    )
    return session.scalars(query).one_or_none()


def newer(session: Session, delivery: Delivery) -> Delivery | None:
    """The by-hand task that took this one's place: the newest for account and language."""
    query = (
        select(Delivery)
        .where(
            Delivery.incident_id == delivery.incident_id,
            Delivery.account_id == delivery.account_id,
            Delivery.language == delivery.language,
            Delivery.id > delivery.id,
            Delivery.state.in_(("by_hand", "confirmed")),
        )
        .order_by(Delivery.id.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def _named(delivery: Delivery) -> str:
    account = delivery.account
    return f"{account.name} på {PLATFORMS[account.platform].name}"
