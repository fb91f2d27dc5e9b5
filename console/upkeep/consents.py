"""Consents for photos in which people can be recognised (4.6-d): asked for before one publishes,
written down, found again, and withdrawn in one press.

Names are personal data: only those who need them read them (`need_reader`), the timeline holds them
apart so that they can be masked, and they go when the picture is down.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import listing
from console.accounts import custody
from console.accounts.models import Account
from console.accounts.operations import held
from console.errors import Faults, NotAllowed, NotFound, WrongState
from console.listing import Part
from console.people.models import Person
from console.phrases import STOCKHOLM
from console.upkeep import rules
from console.upkeep.models import PhotoConsent
from console.upkeep.operations import need_in_use, need_keeper, say


def page_of(session: Session, account_id: int, words: str, page: int) -> Part[PhotoConsent]:
    """One page of an account's pictures, newest first, narrowed to those that say the words."""
    query = select(PhotoConsent).where(PhotoConsent.account_id == account_id)
    for word in listing.fold(words).split():
        query = query.where(PhotoConsent.searched.contains(word, autoescape=True))
    return listing.part(session, query.order_by(PhotoConsent.id.desc()), page)


def need_reader(session: Session, actor: Person, account_id: int) -> None:
    """
    Raises:
        NotAllowed: neither the account's administrator nor the strategy department.
    """
    if not rules.may_read_consents(actor.roles, custody.administers(session, actor, account_id)):
        raise NotAllowed(_("Bara kontots administratörer och strategiavdelningen läser samtycken."))


def record_photo(
    session: Session,
    actor: Person,
    account_id: int,
    now: datetime,
    *,
    photo: str,
    who: str,
    scope: str,
    given_on: date | None,
) -> PhotoConsent:
    """Write down a picture, with or without consent; without, it stands open.

    Raises:
        NotFound, NotAllowed; WrongState: the account isn't in use.
        Faults: `photo`; `who`, `scope` and `given_on` where there is consent.
    """
    account = held(session, account_id)
    need_keeper(session, actor, account)
    need_in_use(account)
    faults = _consent_faults(who, scope, given_on, now) if given_on else _lengths(who, scope)
    if said := rules.text_fault(photo, rules.LONGEST_TEXT):
        faults["photo"] = said
    elif not photo.strip():
        faults["photo"] = _("Skriv vilken bild det är, eller klistra in dess adress.")
    if faults:
        raise Faults(faults)
    row = PhotoConsent(
        account_id=account.id,
        photo=photo.strip(),
        who=who.strip(),
        scope=scope.strip(),
        given_on=given_on,
        recorded_at=now,
        recorded_by_id=actor.id,
    )
    session.add(row)
    session.flush()
    facts = {"consent": row.id, "given_on": given_on.isoformat() if given_on else None}
    _say(session, actor, row, account, "consent:recorded", facts, now)
    return row


def give(
    session: Session,
    actor: Person,
    consent_id: int,
    now: datetime,
    *,
    who: str,
    scope: str,
    given_on: date | None,
) -> PhotoConsent:
    """Write down the consent that a picture lacked.

    Raises:
        NotFound, NotAllowed; WrongState: there is one, or the picture is down.
        Faults: `who`, `scope`, `given_on`.
    """
    row, account = _held(session, actor, consent_id)
    if row.given_on is not None or row.down_at is not None:
        raise WrongState(_("Bilden behöver inget samtycke längre."))
    if faults := _consent_faults(who, scope, given_on, now):
        raise Faults(faults)
    row.who, row.scope, row.given_on = who.strip(), scope.strip(), given_on
    session.flush()
    facts = {"consent": row.id, "given_on": given_on.isoformat() if given_on else None}
    _say(session, actor, row, account, "consent:given", facts, now)
    return row


def withdraw(session: Session, actor: Person, consent_id: int, now: datetime) -> PhotoConsent:
    """Somebody no longer agrees: the picture is to be taken down. Also of an account that ended.

    Raises:
        NotFound, NotAllowed; WrongState: there is no consent, or it is withdrawn.
    """
    row, account = _held(session, actor, consent_id)
    if row.given_on is None or row.withdrawn_at is not None or row.down_at is not None:
        raise WrongState(_("Samtycket är redan återkallat."))
    row.withdrawn_at, row.withdrawn_by_id = now, actor.id
    say(session, actor, account, "consent:withdrawn", {"consent": row.id}, now)
    return row


def take_down(session: Session, actor: Person, consent_id: int, now: datetime) -> PhotoConsent:
    """Confirm that a picture is no longer on the account. The name is no longer needed, and goes.

    Raises:
        NotFound, NotAllowed; WrongState: it is down already.
    """
    row, account = _held(session, actor, consent_id)
    if row.down_at is not None:
        raise WrongState(_("Bilden är redan borttagen."))
    row.down_at, row.down_by_id, row.who = now, actor.id, ""
    say(session, actor, account, "consent:photo:removed", {"consent": row.id}, now)
    return row


def get(session: Session, consent_id: int) -> PhotoConsent:
    """
    Raises:
        NotFound: no such picture.
    """
    row = session.get(PhotoConsent, consent_id)
    if row is None:
        raise NotFound(_("Bilden finns inte i listan."))
    return row


def _held(session: Session, actor: Person, consent_id: int) -> tuple[PhotoConsent, Account]:
    row = get(session, consent_id)
    account = held(session, row.account_id)
    session.refresh(row)
    need_keeper(session, actor, account)
    return row, account


def _say(
    session: Session,
    actor: Person,
    row: PhotoConsent,
    account: Account,
    tag: str,
    facts: Mapping[str, object],
    now: datetime,
) -> None:
    texts = {"photo": row.photo, "who": row.who, "scope": row.scope}
    personal = {name: text for name, text in texts.items() if text}
    say(session, actor, account, tag, facts, now, personal)


def _consent_faults(who: str, scope: str, given_on: date | None, now: datetime) -> dict[str, str]:
    found = _lengths(who, scope)
    if not who.strip():
        found["who"] = _("Skriv vem som har samtyckt. Ett förnamn kan räcka.")
    if not scope.strip():
        found["scope"] = _("Skriv vad samtycket gäller.")
    if given_on is None:
        found["given_on"] = _("Skriv vilken dag samtycket gavs.")
    elif given_on > now.astimezone(STOCKHOLM).date():
        found["given_on"] = _("Dagen har inte kommit än.")
    return found


def _lengths(who: str, scope: str) -> dict[str, str]:
    limits = {"who": (who, rules.LONGEST_NAME), "scope": (scope, rules.LONGEST_NOTE)}
    faults = {name: rules.text_fault(text, most) for name, (text, most) in limits.items()}
    return {name: said for name, said in faults.items() if said}
