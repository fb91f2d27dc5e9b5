"""The console's own questions to citizens, step by step: queued → started → sent, failed, unknown.

The row is the outbox. *Started* is committed before a server is called; one that may have left
isn't sent again by itself: whoever waits for it signs up once more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from console import live, sealing
from console.policy.queries import current as profile_of
from console.recipients.models import Recipient
from console.recipients.rules import RENEW_WITHIN, Letter

LOST_AFTER = timedelta(seconds=60)
"""A start older than this has nobody waiting for its answer any more."""
LATER = {Letter.CONFIRM: timedelta(minutes=2), Letter.RENEW: timedelta(hours=1)}
"""Before another try at what the server asked us to wait with, or couldn't be reached for."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question that is now started."""

    recipient_id: int
    account_id: int
    key: str
    """The same for every copy of one queued question."""
    address: str = field(repr=False)
    leave: str = field(repr=False)
    """Where the reader leaves."""
    subject: str
    text: str = field(repr=False)
    language: str


def has_work(session: Session, now: datetime) -> bool:
    """Is there a question to send, or one that was lost on the way?"""
    lost = (Recipient.letter_state == "started") & (Recipient.letter_at < now - LOST_AFTER)
    waits = (Recipient.letter_state == "queued") & (Recipient.letter_at <= now) | lost
    return bool(session.scalar(select(exists().where(waits))))


def claim(session: Session, console_url: str, now: datetime, limit: int) -> list[Question]:
    """Mark up to `limit` queued questions as started, and write them."""
    rows = session.scalars(
        select(Recipient)
        .where(Recipient.letter_state == "queued", Recipient.letter_at <= now)
        .order_by(Recipient.letter_at, Recipient.id)
        .limit(limit)
        .with_for_update(of=Recipient, skip_locked=True)
    ).all()
    sender = profile_of(session).municipality
    claimed = []
    for row in rows:
        key = f"recipient-{row.id}-{row.letter_at.isoformat() if row.letter_at else ''}"
        row.letter_state, row.letter_at = "started", now
        try:
            claimed.append(_question(row, key, sender, console_url))
        except (sealing.KeyTrouble, KeyError):
            row.letter_state, row.letter_detail = "failed", "key"
    return claimed


def _question(row: Recipient, key: str, sender: str, console_url: str) -> Question:
    secret = sealing.unseal(row.sealed)
    ask, leave = secret["ask"], f"{console_url}/a/{secret['leave']}"
    link = f"{console_url}/utskick/ja/{ask}"
    english, again = row.language == "en", row.letter == Letter.RENEW
    if row.account.kind == "sms":
        subject, text = "", _sms(sender, ask, link, leave, english, again)
    else:
        subject, text = _mail(sender, link, english, again)
    return Question(
        row.id, row.account_id, key, secret["address"], leave, subject, text, row.language
    )


def _sms(sender: str, code: str, link: str, leave: str, english: bool, again: bool) -> str:
    if again:
        return (
            f"Do you still want texts from {sender}? Yes: {link}"
            if english
            else f"Vill du ha sms från {sender} även i fortsättningen? Ja: {link}"
        )
    return (
        f"{sender}: your code is {code}. You get texts once you have entered it. Leave: {leave}"
        if english
        else f"{sender}: din kod är {code}. Du får sms när du har skrivit in den. Avsluta: {leave}"
    )


def _mail(sender: str, link: str, english: bool, again: bool) -> tuple[str, str]:
    """(subject, text). The way to leave stands below, as in every message."""
    if english and again:
        return (
            f"Do you still want mail from {sender}?",
            f"You get crisis information by e-mail from {sender}.\n\nDo you want to go on? Open "
            f"the page and press Yes within 30 days:\n{link}\n\nIf you don't, we delete your "
            "address.",
        )
    if english:
        return (
            f"Confirm that you want mail from {sender}",
            f"Somebody, we hope you, has asked for crisis information by e-mail from {sender}.\n\n"
            f"Open the page and press Yes within 24 hours:\n{link}\n\nIf it wasn't you, do "
            "nothing. We then delete your address.",
        )
    if again:
        return (
            f"Vill du fortfarande ha utskick från {sender}?",
            f"Du får krisinformation med e-post från {sender}.\n\nVill du fortsätta? Öppna sidan "
            f"och tryck på Ja inom 30 dagar:\n{link}\n\nGör du inte det tar vi bort din adress.",
        )
    return (
        f"Bekräfta att du vill ha utskick från {sender}",
        f"Någon, vi hoppas du, har bett om krisinformation med e-post från {sender}.\n\nÖppna "
        f"sidan och tryck på Ja inom 24 timmar:\n{link}\n\nVar det inte du? Gör ingenting. Då "
        "tar vi bort din adress.",
    )


def settle(session: Session, recipient_id: int, state: str, detail: str, now: datetime) -> None:
    """Write what became of a started question; a late answer settles an unknown too. Who has left
    meanwhile has no row.

    Args:
        state: queued: nothing left the house, and it is tried again in a while.
    """
    query = select(Recipient).where(Recipient.id == recipient_id).with_for_update(of=Recipient)
    row = session.scalar(query)
    if row is not None and row.letter_state in ("started", "unknown"):
        row.letter_state, row.letter_detail = state, detail
        row.letter_at = now + LATER[Letter(row.letter)] if state == "queued" else now
        if state == "sent" and row.letter == Letter.RENEW:
            row.ask_until = now + RENEW_WITHIN  # counted from when it could be read
        live.announce(session, live.CALM)


def give_up_on_lost(session: Session, now: datetime) -> None:
    """Starts that nobody answers for become unknown."""
    query = select(Recipient.id).where(
        Recipient.letter_state == "started", Recipient.letter_at < now - LOST_AFTER
    )
    for recipient_id in list(session.scalars(query.order_by(Recipient.id))):
        settle(session, recipient_id, "unknown", "no_answer", now)
