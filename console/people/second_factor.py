"""A second factor: six digits from an app on the phone (TOTP, RFC 6238), or a code from paper.

Thirty seconds, six digits, SHA-1: what every app understands. A code counts once, one step early or
late. Codes from paper are random (50 bits), count once, and are stored as digests.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from console import sealing
from console.errors import BadInput, WrongState
from console.people.models import LoginSession, Person, RecoveryCode, SecondFactor
from console.people.queries import digest_of
from console.policy.queries import live_use_is_on
from console.timeline.operations import record

STEP, DIGITS, SKEW = 30, 6, 1
"""Seconds; digits; steps by which a phone's clock may be wrong."""
FRESH = timedelta(minutes=10)
"""How old a proof may be for what reaches citizens."""
CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what is mistaken for something else on paper."""


def of(session: Session, person_id: int) -> SecondFactor | None:
    """The person's factor, confirmed or only begun."""
    return session.scalar(select(SecondFactor).where(SecondFactor.person_id == person_id))


def has(session: Session, person_id: int) -> bool:
    """Is the person asked for a code?"""
    found = of(session, person_id)
    return found is not None and found.confirmed_at is not None


def codes_left(session: Session, person_id: int) -> int:
    mine = (RecoveryCode.person_id == person_id) & RecoveryCode.used_at.is_(None)
    return session.scalar(select(func.count()).where(mine)) or 0


def begin(session: Session, person: Person, now: datetime) -> None:
    """Make a key for the person's app; it counts once a code from it has been given.

    Raises:
        WrongState: there is one already.
    """
    if has(session, person.id):
        raise WrongState(_("Du har redan en app. Ta bort den först."))
    session.execute(delete(SecondFactor).where(SecondFactor.person_id == person.id))
    key = base64.b32encode(secrets.token_bytes(20)).decode()
    session.add(SecondFactor(person_id=person.id, sealed=sealing.seal({"key": key}), made_at=now))
    session.flush()


def key_of(factor: SecondFactor) -> str:
    """The key, 32 letters and digits, to be shown only while it isn't confirmed."""
    return str(sealing.unseal(factor.sealed)["key"])


def address_of(key: str, email: str) -> str:
    """The otpauth address that an app on the same device opens."""
    return f"otpauth://totp/Budkavle:{quote(email)}?secret={key}&issuer=Budkavle"


def confirm(session: Session, person: Person, code: str, now: datetime) -> list[str]:
    """The app works: from now on the person is asked for a code.

    Returns:
        Ten codes for paper, which are never shown again.

    Raises:
        WrongState: none was begun. BadInput: field `code`.
    """
    factor = of(session, person.id)
    if factor is None or factor.confirmed_at is not None:
        raise WrongState(_("Börja om: ingen app väntar på att bekräftas."))
    if not _of_app(session, factor, _plain(code), now):
        raise BadInput(_("Koden stämmer inte. Vänta på nästa och försök igen."), field="code")
    factor.confirmed_at = now
    record(session, "person:second_factor:on", body={}, now=now, person_id=person.id)
    return _new_codes(session, person)


def renew_codes(session: Session, person: Person, now: datetime) -> list[str]:
    """Ten new codes for paper; the old ones count no more. A code has just been given.

    Raises:
        WrongState: the person has no app.
    """
    if not has(session, person.id):
        raise WrongState(_("Du har ingen app. Lägg till en först."))
    record(session, "person:second_factor:codes", body={}, now=now, person_id=person.id)
    return _new_codes(session, person)


def remove(session: Session, person: Person, now: datetime) -> None:
    """One's own, to change phones. A code has just been given."""
    _take_away(session, person, person, now)


def remove_for(session: Session, actor: Person, person: Person, now: datetime) -> None:
    """A system administrator's help to who has lost both phone and paper. Ends their sessions.

    Raises:
        WrongState: the person has none, or is the actor.
    """
    if actor.id == person.id:
        raise WrongState(_("Ta bort din egen app på Mina uppgifter, med en kod."))
    if of(session, person.id) is None:
        raise WrongState(_("%(name)s har ingen app.", name=person.name))
    _take_away(session, actor, person, now)
    session.execute(
        update(LoginSession)
        .where(LoginSession.person_id == person.id, LoginSession.ended_at.is_(None))
        .values(ended_at=now, end_reason="second_factor_removed")
    )


def check(session: Session, person_id: int, code: str, now: datetime) -> bool:
    """Is it a code of the app or of the paper that hasn't been used? It then counts no more."""
    factor = session.scalar(
        select(SecondFactor)
        .where(SecondFactor.person_id == person_id, SecondFactor.confirmed_at.is_not(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if factor is None:
        return False
    plain = _plain(code)
    return _of_app(session, factor, plain, now) or _of_paper(session, factor, plain, now)


def prove(session: Session, token: str, now: datetime) -> None:
    """Write down that a code was given in this session just now."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.token_digest == digest_of(token))
        .values(proved_at=now)
    )


def must_prove(session: Session, person: Person, token: str | None, now: datetime) -> bool:
    """Must the person give a code before doing what reaches citizens? In live use, whoever has an
    app must, if the last was given more than ten minutes ago."""
    if not live_use_is_on(session) or not has(session, person.id):
        return False
    proved = session.scalar(
        select(LoginSession.proved_at).where(LoginSession.token_digest == digest_of(token or ""))
    )
    return proved is None or now - proved > FRESH


def _of_app(session: Session, factor: SecondFactor, plain: str, now: datetime) -> bool:
    if len(plain) != DIGITS or not (plain.isascii() and plain.isdigit()):
        return False
    key = base64.b32decode(key_of(factor))
    totp = TOTP(key, DIGITS, SHA1(), STEP)
    here = int(now.timestamp()) // STEP
    for step in range(here - SKEW, here + SKEW + 1):
        if step > factor.last_step and hmac.compare_digest(
            totp.generate(step * STEP), plain.encode()
        ):
            factor.last_step = step
            session.flush()
            return True
    return False


def _of_paper(session: Session, factor: SecondFactor, plain: str, now: datetime) -> bool:
    used = session.scalar(
        update(RecoveryCode)
        .where(RecoveryCode.person_id == factor.person_id, RecoveryCode.used_at.is_(None))
        .where(RecoveryCode.code_digest == _digest(factor.person_id, plain))
        .values(used_at=now)
        .returning(RecoveryCode.id)
    )
    if used is None:
        return False
    body = {"left": codes_left(session, factor.person_id)}
    record(session, "person:second_factor:paper", body=body, now=now, person_id=factor.person_id)
    return True


def _new_codes(session: Session, person: Person) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    codes = ["".join(secrets.choice(_ALPHABET) for _n in range(10)) for _code in range(CODES)]
    session.add_all(
        RecoveryCode(person_id=person.id, code_digest=_digest(person.id, code)) for code in codes
    )
    session.flush()
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _take_away(session: Session, actor: Person, person: Person, now: datetime) -> None:
    session.execute(delete(SecondFactor).where(SecondFactor.person_id == person.id))
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    body = {"about": person.id}
    record(session, "person:second_factor:off", body=body, now=now, person_id=actor.id)


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").lower()


def _digest(person_id: int, plain: str) -> bytes:
    return hashlib.sha256(f"{person_id}:{plain}".encode()).digest()
