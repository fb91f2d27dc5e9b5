"""What each person says and has done about the guideline: pledge, reading, training.

A pledge is a person's own word (3.2-d): no verb here takes one in somebody else's name.
"""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from console import live
from console.accounts import queries as accounts
from console.accounts import telling
from console.accounts.custody_models import AccountNotice
from console.accounts.rules import State
from console.errors import Faults, NotAllowed, NotFound, Stale, WrongState
from console.guideline import queries, rules
from console.guideline.models import (
    GuidelinePledge,
    GuidelineReading,
    GuidelineVersion,
    Training,
)
from console.guideline.queries import Book
from console.guideline.rules import day_of
from console.people import queries as people
from console.people.models import Person
from console.people.rules import Permission, Role, may
from console.policy import faults as checks
from console.timeline.operations import record

PATH = "/guideline"
"""Where one reads and pledges, from the console's root."""
_ASKING_LOCK = 7236454
_LINE = checks.text(rules.LONGEST_LINE)


def read(session: Session, actor: Person, number: int, now: datetime) -> None:
    """The actor says that they have read the version that applies; a second time changes nothing
    (3.3-a).

    Raises:
        NotFound: there is no such version.
        Stale: another one applies now.
    """
    book = queries.book(session, now)
    version = _current(session, book, number)
    if _once(session, GuidelineReading, version, actor, now):
        _note(session, "guideline:read", version, actor, now)
    _hush(session, actor, book, now)


def pledge(session: Session, actor: Person, number: int, now: datetime) -> None:
    """The actor pledges to follow the version that applies; a second time changes nothing
    (3.2-d).

    Raises:
        NotFound: there is no such version.
        Stale: another one applies now.
        NotAllowed: they run no account.
        WrongState: they haven't said that they have read it.
    """
    book = queries.book(session, now)
    version = _current(session, book, number)
    if not may_pledge(session, actor):
        raise NotAllowed(_("Bara den som sköter ett konto lämnar en förbindelse."))
    if session.get(GuidelineReading, (version.id, actor.id)) is None:
        raise WrongState(_("Läs riktlinjerna först, och säg att du har läst dem."))
    if _once(session, GuidelinePledge, version, actor, now):
        _note(session, "guideline:pledged", version, actor, now)
    _hush(session, actor, book, now)


def may_pledge(session: Session, person: Person) -> bool:
    """Is a pledge theirs to give: do they run accounts, or may they be named to?"""
    if Role.ACCOUNT_ADMINISTRATOR in person.roles:
        return True
    return bool(accounts.administered_by(session, person.id))


def train(
    session: Session,
    actor: Person,
    person_id: int,
    *,
    content: str,
    held_on: date | None,
    now: datetime,
) -> Training:
    """Write down that somebody has been trained (3.3-b).

    Raises:
        NotFound: nobody has that number.
        NotAllowed: it is somebody else's, and the actor doesn't follow up the guideline.
        Faults: `content`, `held_on`.
    """
    person = people.get(session, person_id)
    check_may_train(actor, person.id)
    faults = {}
    if said := _LINE(content.strip()):
        faults["content"] = said
    if held_on is None or held_on > day_of(now):
        faults["held_on"] = _("Skriv dagen, senast i dag.")
    if faults or held_on is None:
        raise Faults(faults)
    training = Training(
        person_id=person.id,
        content=content.strip(),
        held_on=held_on,
        recorded_at=now,
        by_id=actor.id,
    )
    session.add(training)
    session.flush()
    _note_training(session, "recorded", actor, training, now)
    return training


def remove_training(session: Session, actor: Person, training_id: int, now: datetime) -> Training:
    """Take back a training that was written down by mistake; it stays in the timeline.

    Raises:
        NotFound: it isn't there, or is taken back already.
        NotAllowed: as `train`.
    """
    training = session.get(Training, training_id, with_for_update={"of": Training})
    if training is None or training.removed_at is not None:
        raise NotFound(_("Utbildningen finns inte längre."))
    check_may_train(actor, training.person_id)
    training.removed_at = now
    _note_training(session, "removed", actor, training, now)
    return training


def check_may_train(actor: Person, person_id: int) -> None:
    """
    Raises:
        NotAllowed: somebody else's training isn't this person's to see or write.
    """
    if actor.id != person_id and not may(actor.roles, Permission.FOLLOW_UP_GUIDELINE):
        raise NotAllowed(_("Andras utbildning skrivs in av chefer och strategiavdelningen."))


def ask(session: Session, now: datetime, *, mail: bool) -> int:
    """Tell those who answer for an account in use, and whose pledge or reading is missing: once
    for each person and version. So a new version asks, and so does a new administrator's place.

    Returns how many were told.
    """
    book = queries.book(session, now)
    if book.current is None:
        return 0
    session.execute(select(func.pg_advisory_xact_lock(_ASKING_LOCK)))
    about = f"guideline {book.current.number}"
    told = set(session.scalars(select(AccountNotice.person_id).where(AccountNotice.about == about)))
    asked = [
        (person, lacks) for person, lacks in queries.to_ask(session, book) if person.id not in told
    ]
    for person, lacks_pledge in asked:
        with force_locale("sv"):
            subject, text = _words(book.current, lacks_pledge)
        mine = accounts.administered_by(session, person.id)
        account = next(one for one in mine if one.state == State.ACTIVE)
        telling.tell(
            session,
            account,
            about,
            [person],
            now,
            subject=subject,
            text=text,
            path=PATH,
            mail=mail,
            actor_id=None,
        )
    return len(asked)


def _words(version: GuidelineVersion, lacks_pledge: bool) -> tuple[str, str]:
    n = version.number
    if lacks_pledge:
        text = _("Läs riktlinjerna, version %(n)s, och förbind dig att följa dem.", n=n)
        return _("Vi väntar på din förbindelse"), _("Du sköter ett konto.") + " " + text
    text = _("Riktlinjerna har ändrats lite. Läs version %(n)s. Din förbindelse gäller.", n=n)
    return _("Läs riktlinjernas nya version"), text


def _current(session: Session, book: Book, number: int) -> GuidelineVersion:
    version = queries.version(session, number)
    if book.current is None or book.current.id != version.id:
        raise Stale(_("En annan version gäller nu. Läs den i stället."))
    return version


def _once(
    session: Session,
    table: type[GuidelinePledge] | type[GuidelineReading],
    version: GuidelineVersion,
    actor: Person,
    now: datetime,
) -> bool:
    """Write the row, unless it is there. Returns whether it was written."""
    row = insert(table).values(version_id=version.id, person_id=actor.id, at=now)
    made = session.scalar(row.on_conflict_do_nothing().returning(table.person_id))
    return made is not None


def _hush(session: Session, actor: Person, book: Book, now: datetime) -> None:
    """Nothing is left to ask: the notice that asked is read."""
    lacks = queries.standing(session, actor.id, book).lacks
    if rules.Lack.PLEDGE in lacks or rules.Lack.READING in lacks:
        return
    for notice in telling.unread(session, actor.id):
        if notice.path == PATH:
            telling.read(session, actor, notice.id, now)


def _note(
    session: Session, tag: str, version: GuidelineVersion, actor: Person, now: datetime
) -> None:
    record(session, tag, body={"version": version.number}, now=now, person_id=actor.id)
    live.announce(session, live.CALM)


def _note_training(
    session: Session, what: str, actor: Person, training: Training, now: datetime
) -> None:
    body = {
        "training": training.id,
        "person": training.person_id,
        "held_on": training.held_on.isoformat(),
    }
    personal = {"content": training.content}
    tag = f"guideline:training:{what}"
    record(session, tag, body=body, now=now, person_id=actor.id, personal=personal)
    live.announce(session, live.CALM)
