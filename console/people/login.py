"""Log in and out. A session lives on the server; the browser holds a secret whose digest it is."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from console.people import passwords, queries, second_factor
from console.people.models import LoginFailure, LoginSession, Person
from console.people.rules import (
    FAILURES_KEPT,
    FREE_FAILURES_ADDRESS,
    FREE_FAILURES_EMAIL,
    SEEN_STEP,
    next_attempt_at,
)
from console.timeline import operations as timeline

Counts = tuple[tuple[str, int], ...]
"""(what failures are counted against, how many of them are free); of the first, one attempt at a
time."""


@dataclass(frozen=True)
class Browser:
    """A browser that somebody has logged in with."""

    name: str
    """By chance, and known to nobody who hasn't the browser."""
    people: frozenset[int]
    """Who has, not too long ago."""


@dataclass(frozen=True)
class LoggedIn:
    person: Person
    token: str
    """The secret for the browser's cookie; only its digest is stored."""


@dataclass(frozen=True)
class Refused:
    """Not an exception, because the failure must be written down, not rolled back."""

    again_at: datetime | None
    """Before this moment no attempt is looked at; None: at once."""
    looked: bool
    """The password was compared (and was wrong, or nobody has the address)."""


@dataclass(frozen=True)
class Halfway:
    """The password fits, and a code is asked for."""

    person: Person


def log_in(
    session: Session,
    now: datetime,
    *,
    email: str,
    password: str,
    address: str,
    browser: Browser | None = None,
) -> LoggedIn | Halfway | Refused:
    """Compare a password, and start a session if it fits.

    1. Attempts with an address or from a network address that failed too often wait (5 or 20
       failures in an hour; then 30 s, doubling up to 15 minutes). Whoever has logged in with this
       very browser before waits for their own failures in it alone (5).
    2. One attempt per e-mail at a time, so that many at once can't slip under the count.
    3. Somebody unknown, inactive or without a password costs the same time and sounds the same.
    4. What was changed while it was compared counts.

    Args:
        address: the visitor's network address.
        browser: None: nobody has logged in with it.
    """
    email = email.strip().lower()
    person = queries.by_email(session, email)
    counts = _of_login(person, email, address, browser)
    waiting = _too_soon(session, now, counts)
    if waiting is not None:
        return waiting
    usable = person if person is not None and person.active else None
    compared = usable.password_hash if usable else None
    if not passwords.matches(compared, password) or usable is None:
        return _failed(session, now, counts, email)
    # Comparing takes a while: a password that was changed meanwhile has ended all other sessions,
    # and must not be followed by one more, nor written over.
    session.refresh(usable, with_for_update={"of": Person, "key_share": True})
    if not usable.active or usable.password_hash != compared:
        return _failed(session, now, counts, email)
    if usable.password_hash and passwords.needs_new_digest(usable.password_hash):
        usable.password_hash = passwords.digest(password)
    if second_factor.has(session, usable.id):
        # Nothing is forgiven yet: else each password would give four guesses at the code anew.
        return Halfway(usable)
    return _let_in(session, usable, counts, now)


def log_in_with_code(
    session: Session,
    now: datetime,
    *,
    person: Person,
    code: str,
    address: str,
    browser: Browser | None = None,
) -> LoggedIn | Refused:
    """The second half of a login: failures count as those of the password do."""
    email = person.email.strip().lower()
    counts = _of_login(person, email, address, browser)
    waiting = _too_soon(session, now, counts)
    if waiting is not None:
        return waiting
    if not person.active or not second_factor.check(session, person.id, code, now):
        return _failed(session, now, counts, email)
    answer = _let_in(session, person, counts, now)
    second_factor.prove(session, answer.token, now)
    return answer


def prove(
    session: Session, now: datetime, *, person: Person, code: str, token: str
) -> Refused | None:
    """Give a code anew in a session, for what reaches citizens. None: it was right.

    Its failures are counted by themselves: whoever fails to log in with the approver's address, or
    from the same house, must not be able to hold up an approval.
    """
    key = f"proof:{person.id}"
    counts = ((key, FREE_FAILURES_EMAIL),)
    waiting = _too_soon(session, now, counts)
    if waiting is not None:
        return waiting
    if not second_factor.check(session, person.id, code, now):
        return _failed(session, now, counts, person.email.strip().lower())
    session.execute(delete(LoginFailure).where(LoginFailure.key == key))
    second_factor.prove(session, token, now)
    return None


def _let_in(session: Session, person: Person, counts: Counts, now: datetime) -> LoggedIn:
    # Their own failures only: those of the network address are others' too, and those with the
    # e-mail from elsewhere may be a stranger's.
    session.execute(delete(LoginFailure).where(LoginFailure.key == counts[0][0]))
    token = start_session(session, person, now)
    timeline.record(session, "person:logged_in", body={}, now=now, person_id=person.id)
    return LoggedIn(person, token)


def _too_soon(session: Session, now: datetime, counts: Counts) -> Refused | None:
    if not session.scalar(
        select(func.pg_try_advisory_xact_lock(func.hashtextextended(counts[0][0], 0)))
    ):
        return Refused(again_at=None, looked=False)
    wait = _wait(session, now, counts)
    if wait is not None and now < wait:
        return Refused(again_at=wait, looked=False)
    return None


def _of_login(person: Person | None, email: str, address: str, browser: Browser | None) -> Counts:
    if person is not None and browser is not None and person.id in browser.people:
        return ((f"{_known(person)}{browser.name}", FREE_FAILURES_EMAIL),)
    return (
        (_key_of_email(email), FREE_FAILURES_EMAIL),
        (f"address:{address}", FREE_FAILURES_ADDRESS),
    )


def _wait(session: Session, now: datetime, counts: Counts) -> datetime | None:
    waits = [next_attempt_at(queries.failures(session, key, now), free) for key, free in counts]
    return max((w for w in waits if w is not None), default=None)


def _failed(session: Session, now: datetime, counts: Counts, email: str) -> Refused:
    session.execute(delete(LoginFailure).where(LoginFailure.at < now - FAILURES_KEPT))
    session.add_all(LoginFailure(key=key, at=now) for key, _free in counts)
    session.flush()
    timeline.record(session, "person:login:refused", body={}, now=now, personal={"email": email})
    return Refused(again_at=_wait(session, now, counts), looked=True)


def forgive(session: Session, person: Person) -> None:
    """Forget the failures with a person's e-mail address, also in their own browsers; those of the
    network address stay."""
    key = _key_of_email(person.email.strip().lower())
    theirs = (LoginFailure.key == key) | LoginFailure.key.startswith(_known(person))
    session.execute(delete(LoginFailure).where(theirs))


def _known(person: Person) -> str:
    return f"known:{person.id}:"


def _key_of_email(email: str) -> str:
    return f"email:{email[:320]}"


def start_session(session: Session, person: Person, now: datetime) -> str:
    """Start a session without asking for anything. Returns the browser's secret."""
    token = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            token_digest=queries.digest_of(token),
            person_id=person.id,
            started_at=now,
            seen_at=now,
        )
    )
    session.flush()
    return token


def touch(session: Session, login: queries.Login, now: datetime) -> None:
    """Write down that a session was used just now, at most once a minute."""
    if now - login.seen_at >= SEEN_STEP:
        session.execute(
            update(LoginSession)
            .where(LoginSession.id == login.session_id, LoginSession.ended_at.is_(None))
            .values(seen_at=now)
        )


def log_out(session: Session, now: datetime, token: str) -> None:
    """End the session behind a browser's secret; nothing happens if it has ended."""
    ended = session.scalar(
        update(LoginSession)
        .where(
            LoginSession.token_digest == queries.digest_of(token), LoginSession.ended_at.is_(None)
        )
        .values(ended_at=now, end_reason="logged_out")
        .returning(LoginSession.person_id)
    )
    if ended is not None:
        timeline.record(session, "person:logged_out", body={}, now=now, person_id=ended)


def log_out_everywhere(session: Session, actor: Person, now: datetime, person: Person) -> int:
    """End every session of `person` (one's own, or a system administrator somebody else's).

    Returns how many were ended.
    """
    count = end_sessions(session, person, now, "logged_out_everywhere")
    timeline.record(
        session,
        "person:logged_out_everywhere",
        body={"about": person.id, "sessions": count},
        now=now,
        person_id=actor.id,
    )
    return count


def end_sessions(
    session: Session, person: Person, now: datetime, reason: str, keep_token: str | None = None
) -> int:
    """End the person's sessions but the one behind `keep_token`. Returns how many."""
    query = update(LoginSession).where(
        LoginSession.person_id == person.id, LoginSession.ended_at.is_(None)
    )
    if keep_token is not None:
        query = query.where(LoginSession.token_digest != queries.digest_of(keep_token))
    ended = session.scalars(
        query.values(ended_at=now, end_reason=reason).returning(LoginSession.id)
    )
    return len(ended.all())
