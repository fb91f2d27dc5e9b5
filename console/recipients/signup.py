"""Citizens sign up, confirm, and leave, by themselves.

Double opt-in: nothing but one question is sent to an address before whoever reads it has said yes,
by a button or by a code. Every answer is the same whether or not the address is known. Leaving
works with the link alone, at once, and is never refused.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from hmac import compare_digest
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console import live, sealing
from console.accounts.models import Account
from console.errors import NotFound, TooMany, WrongState
from console.people.queries import digest_of
from console.recipients import operations, rules
from console.recipients.marks import mark
from console.recipients.models import Recipient, RecipientList, RecipientTry
from console.recipients.rules import Kind, Letter, State
from console.timeline.operations import record

_SECRET = 16
"""Random bytes of a link: as short as an SMS asks for, and beyond guessing."""


def lists(session: Session) -> list[Account]:
    """The accounts whose lists citizens may sign up to, mail first."""
    query = (
        select(Account)
        .join(RecipientList, RecipientList.account_id == Account.id)
        .where(RecipientList.open, Account.state == "active", Account.kind.in_(rules.CHANNELS))
        .order_by(Account.kind, Account.position, Account.id)
    )
    return list(session.scalars(query))


def open_list(session: Session, account_id: int) -> Account:
    """
    Raises:
        NotFound: there is none, or it takes nobody now.
    """
    for account in lists(session):
        if account.id == account_id:
            return account
    raise NotFound(_("Listan tar inte emot anmälningar just nu."))


def sign_up(
    session: Session, account_id: int, typed: str, language: str, network: str, now: datetime
) -> str:
    """Somebody asks for messages: queue the question, unless it was just asked.

    Args:
        network: the network address it comes from.

    Returns:
        The address as it was understood; the caller's answer depends on nothing else.

    Raises:
        NotFound; BadInput: field `address`; WrongState: the list is full.
        TooMany: from this network address, or altogether.
    """
    account = open_list(session, account_id)
    address = rules.citizens_address(account.kind, typed)
    known = mark(session, address)
    # Two presses at once are one sign-up.
    lock = func.hashtextextended(f"{account_id}:{known.hex()}", 0)
    session.execute(select(func.pg_advisory_xact_lock(lock)))
    most = rules.TRIES_PER_HOUSE[account.kind]
    network_key = _counted(session, f"network:{network}", rules.TRIES_PER_NETWORK, now)
    house_key = _counted(session, f"house:{account.kind}", most, now)
    if operations.full(session, account):
        raise WrongState(_("Listan är full. Ring kommunen."))
    session.add_all(RecipientTry(key_digest=key, at=now) for key in (network_key, house_key))
    row = session.scalar(
        select(Recipient)
        .where(Recipient.account_id == account_id, Recipient.mark_digest == known)
        .with_for_update(of=Recipient)
    )
    if row is not None and row.state != State.WAITING:
        return address
    letter_key = mark(session, f"letter:{address}")
    if not _may_write(session, letter_key, now):
        return address
    session.add(RecipientTry(key_digest=letter_key, at=now))
    if row is None:
        leave = secrets.token_urlsafe(_SECRET)
        row = Recipient(
            account_id=account_id,
            kind=Kind.CITIZEN.value,
            state=State.WAITING.value,
            mark_digest=known,
            leave_digest=digest_of(leave),
            sealed=sealing.seal({"address": address, "leave": leave}),
            added_at=now,
            tries=0,
        )
        session.add(row)
    row.language = "en" if language == "en" else "sv"
    ask(row, account.kind, Letter.CONFIRM, now)
    row.ask_until = now + rules.CONFIRM_WITHIN
    session.flush()
    live.announce(session, live.WORK)
    return address


def ask(row: Recipient, channel: str, letter: Letter, now: datetime) -> None:
    """Queue a question. One that waits keeps its secret, so that the older mail's link holds."""
    secret = sealing.unseal(row.sealed)
    by_code = channel == "sms" and letter is Letter.CONFIRM
    if "ask" not in secret or row.tries >= rules.CODE_TRIES:
        code = f"{secrets.randbelow(1_000_000):06}"
        secret["ask"] = code if by_code else secrets.token_urlsafe(_SECRET)
        row.tries = 0
    row.sealed = sealing.seal(secret)
    row.ask_digest = None if by_code else digest_of(secret["ask"])
    row.letter, row.letter_state, row.letter_at = letter.value, "queued", now


def confirm_link(session: Session, token: str, now: datetime) -> Account:
    """*Ja*: from now on messages go there; or, asked again, they go on.

    Raises:
        NotFound: no such question, it is too old, or it has been answered.
    """
    row = asked(session, token, now)
    _confirm(session, row, now)
    return row.account


def asked(session: Session, token: str, now: datetime) -> Recipient:
    """Whom a question's link stands for. Looking changes nothing: mail scanners follow links.

    Raises:
        NotFound.
    """
    row = session.scalar(
        select(Recipient)
        .where(Recipient.ask_digest == digest_of(token), Recipient.ask_until > now)
        .with_for_update(of=Recipient)
    )
    if row is None:
        raise NotFound(_("Länken gäller inte längre. Anmäl dig igen om du vill ha utskicken."))
    return row


def confirm_code(
    session: Session, account_id: int, typed: str, code: str, network: str, now: datetime
) -> bool:
    """The code from the SMS has come back. A wrong one is counted, so the answer is returned.

    Returns:
        Whether it was right. A number that is unknown, or too many wrong codes: it wasn't.

    Raises:
        NotFound, BadInput: field `address`; TooMany.
    """
    account = open_list(session, account_id)
    known = mark(session, rules.citizens_address(account.kind, typed))
    key = _counted(session, f"network:{network}", rules.TRIES_PER_NETWORK, now)
    session.add(RecipientTry(key_digest=key, at=now))
    row = session.scalar(
        select(Recipient)
        .where(
            Recipient.account_id == account_id,
            Recipient.mark_digest == known,
            Recipient.state == State.WAITING,
            Recipient.ask_until > now,
        )
        .with_for_update(of=Recipient)
    )
    if row is None or row.tries >= rules.CODE_TRIES:
        return False
    right = str(sealing.unseal(row.sealed).get("ask", ""))
    if not compare_digest("".join(code.split()).encode(), right.encode()):
        row.tries += 1
        return False
    _confirm(session, row, now)
    return True


def _confirm(session: Session, row: Recipient, now: datetime) -> None:
    first = row.state == State.WAITING
    if first and operations.full(session, row.account):
        raise WrongState(_("Listan är full. Ring kommunen."))
    secret: dict[str, Any] = sealing.unseal(row.sealed)
    secret.pop("ask", None)
    row.sealed = sealing.seal(secret)
    row.state, row.confirmed_at = State.ON.value, now
    row.since = row.since or now
    row.ask_digest = row.ask_until = None
    row.letter = row.letter_state = row.letter_detail = ""
    row.letter_at, row.tries = None, 0
    _say(session, row.account_id, "confirmed" if first else "renewed", now)


def leaving(session: Session, token: str) -> Recipient | None:
    """Whom a message's link stands for; None: they have left already. Changes nothing."""
    query = select(Recipient).where(Recipient.leave_digest == digest_of(token))
    return session.scalar(query)


def leave(session: Session, token: str, now: datetime) -> None:
    """Take a citizen off the list, at once and whatever is under way: posts that are queued ask
    again before each message. The address is deleted; a number is all that is kept. Pressing again
    changes nothing."""
    query = select(Recipient).where(Recipient.leave_digest == digest_of(token))
    row = session.scalar(query.with_for_update(of=Recipient))
    if row is None:
        return
    session.delete(row)
    if row.state == State.ON:
        operations.count(session, row.account_id, left=1)
    _say(session, row.account_id, "left", now)


def _counted(session: Session, what: str, most: int, now: datetime) -> bytes:
    """The key to count an attempt by.

    Raises:
        TooMany: there have been `most` within the hour.
    """
    key = mark(session, what)
    if _since(session, key, now - rules.HOUR) >= most:
        raise TooMany(_("Det kommer många anmälningar just nu. Vänta en stund och försök igen."))
    return key


def _may_write(session: Session, key: bytes, now: datetime) -> bool:
    """May a question be sent to this address? Whoever signs up isn't told, so that nobody learns
    from the answer what was sent before."""
    return (
        _since(session, key, now - rules.LETTER_PAUSE) == 0
        and _since(session, key, now - rules.DAY) < rules.LETTERS_PER_ADDRESS
    )


def _since(session: Session, key: bytes, moment: datetime) -> int:
    query = select(func.count()).where(RecipientTry.key_digest == key, RecipientTry.at > moment)
    return session.scalars(query).one()


def _say(session: Session, account_id: int, verb: str, now: datetime) -> None:
    record(session, f"recipients:{verb}", body={"account": account_id}, now=now)
    live.announce(session, live.CALM)
