"""A person's own addresses: added, tried, confirmed by the code that arrived, removed.

Nothing is sent to an address, and nobody relies on it, before its test has come through. The row
is the outbox of its newest test: queued → started → sent, failed or unknown, and never twice by
itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hmac import compare_digest

from flask_babel import gettext as _
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from console import live, sealing
from console.errors import BadInput, NotFound, WrongState
from console.people.address_kinds import AddressKind
from console.people.models import OwnAddress, Person
from console.timeline.operations import record

MOST = 5
"""Addresses a person may have."""
WAIT = timedelta(minutes=1)
"""Between two tests of one address."""
TRIES = 5
"""Wrong codes before a new test must be sent."""
LOST_AFTER = timedelta(seconds=60)
"""A start older than this has nobody waiting for its answer any more."""


def add(
    session: Session, actor: Person, kind: str, target: str, name: str, now: datetime
) -> OwnAddress:
    """Keep a new address and queue its test.

    Args:
        target: from `address_kinds.target_of`.
        name: what the console calls it; holds no secret.

    Raises:
        WrongState: there are enough; BadInput: field `address`: it is there already.
    """
    session.scalars(select(Person.id).where(Person.id == actor.id).with_for_update()).one()
    mine = of(session, actor.id)
    if len(mine) >= MOST:
        raise WrongState(_("Du kan ha högst %(n)s adresser. Ta bort en först.", n=MOST))
    if any(secret_of(one)["target"] == target for one in mine):
        raise BadInput(_("Den adressen finns redan."), field="address")
    address = OwnAddress(
        person_id=actor.id,
        kind=AddressKind(kind).value,
        name=name,
        made_at=now,
        test_state="queued",
        test_at=now,
        tries=0,
    )
    _seal(address, target)
    session.add(address)
    session.flush()
    _record(session, "added", actor, address, now)
    live.announce(session, live.WORK)
    return address


def try_again(session: Session, actor: Person, address_id: int, now: datetime) -> OwnAddress:
    """Queue a new test, with a new code.

    Raises:
        NotFound; WrongState: the last test is under way, or was just sent.
    """
    address = _held(session, actor, address_id)
    if address.test_state in ("queued", "started") or now < address.test_at + WAIT:
        raise WrongState(_("Vänta en minut innan du provar igen."))
    _seal(address, secret_of(address)["target"])
    address.test_state, address.test_at, address.test_detail = "queued", now, ""
    address.tries = 0
    _record(session, "tried", actor, address, now)
    live.announce(session, live.WORK)
    return address


def confirm(session: Session, actor: Person, address_id: int, code: str, now: datetime) -> bool:
    """The code has come through: from now on notices go there too.

    A wrong one is counted, so the answer is returned rather than raised.

    Returns:
        Whether the code was right.

    Raises:
        NotFound; WrongState: too many wrong codes.
    """
    address = _held(session, actor, address_id)
    if address.works_since is not None:
        return True
    if address.tries >= TRIES:
        raise WrongState(_("För många fel koder. Prova adressen igen, då får du en ny kod."))
    if not compare_digest("".join(code.split()).encode(), secret_of(address)["code"].encode()):
        address.tries += 1
        return False
    address.works_since, address.failed_at = now, None
    _record(session, "confirmed", actor, address, now)
    return True


def remove(session: Session, actor: Person, address_id: int, now: datetime) -> None:
    """Forget an address: the secret goes, the row stays for what was sent to it.

    Raises:
        NotFound.
    """
    address = _held(session, actor, address_id)
    address.sealed, address.removed_at, address.works_since = None, now, None
    if address.test_state == "queued":
        address.test_state = "failed"
    _record(session, "removed", actor, address, now)


def of(session: Session, person_id: int) -> Sequence[OwnAddress]:
    """A person's addresses in the order they were added."""
    query = (
        select(OwnAddress)
        .where(OwnAddress.person_id == person_id, OwnAddress.removed_at.is_(None))
        .order_by(OwnAddress.id)
    )
    return session.scalars(query).all()


def secret_of(address: OwnAddress) -> dict[str, str]:
    """{"target", "code"}.

    Raises:
        sealing.KeyTrouble: the key is gone.
    """
    return sealing.unseal(address.sealed)


def has_work(session: Session, now: datetime) -> bool:
    """Is there a test to send, or one that was lost on the way?"""
    lost = (OwnAddress.test_state == "started") & (OwnAddress.test_at < now - LOST_AFTER)
    waits = (OwnAddress.test_state == "queued") | lost
    return bool(session.scalar(select(exists().where(waits))))


def claim(session: Session, now: datetime, limit: int) -> Sequence[OwnAddress]:
    """Mark up to `limit` queued tests as started."""
    query = (
        select(OwnAddress)
        .where(OwnAddress.test_state == "queued")
        .order_by(OwnAddress.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = session.scalars(query).all()
    for address in claimed:
        address.test_state, address.test_at = "started", now
    return claimed


def settle(session: Session, address_id: int, state: str, detail: str, now: datetime) -> None:
    """Write what became of a started test; a late answer settles an unknown too."""
    query = select(OwnAddress).where(OwnAddress.id == address_id).with_for_update()
    address = session.scalars(query).one()
    if address.test_state in ("started", "unknown"):
        address.test_state, address.test_at, address.test_detail = state, now, detail
        live.announce(session, live.CALM)


def give_up_on_lost(session: Session, now: datetime) -> None:
    """Starts that nobody answers for become unknown."""
    query = select(OwnAddress.id).where(
        OwnAddress.test_state == "started", OwnAddress.test_at < now - LOST_AFTER
    )
    for address_id in list(session.scalars(query)):
        settle(session, address_id, "unknown", "no_answer", now)


def _held(session: Session, actor: Person, address_id: int) -> OwnAddress:
    query = (
        select(OwnAddress)
        .where(
            OwnAddress.id == address_id,
            OwnAddress.person_id == actor.id,
            OwnAddress.removed_at.is_(None),
        )
        .with_for_update()
    )
    address = session.scalars(query).one_or_none()
    if address is None:
        raise NotFound(_("Adressen finns inte längre."))
    return address


def _seal(address: OwnAddress, target: str) -> None:
    code = f"{secrets.randbelow(1_000_000):06}"
    address.sealed = sealing.seal({"target": target, "code": code})


def _record(session: Session, verb: str, actor: Person, address: OwnAddress, now: datetime) -> None:
    body = {"about": actor.id, "address": address.id, "kind": address.kind}
    record(session, f"person:address:{verb}", body=body, now=now, person_id=actor.id)
    live.announce(session, live.CALM)
