"""Signing the timeline's head and storing it in a second place."""

from __future__ import annotations

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from console import db
from console.config import Settings
from console.errors import WrongState
from console.logs import get_logger
from console.timeline import keys, queries, rules, second_place
from console.timeline.compare import compare_entry, compare_with_second_place, newest_signed
from console.timeline.models import SignedHead
from console.timeline.second_place import StoredHead

log = get_logger("timeline")


def sign_head(session: Session, key: Ed25519PrivateKey, now: datetime) -> SignedHead | None:
    """Sign the committed head. The same row again if it is already signed; None if there is none.

    Raises:
        WrongState: the chain no longer holds what was signed last.
    """
    n, entry_hash = queries.head(session)
    if n == 0:
        return None
    last = newest_signed(session)
    if last is not None:
        fault = compare_entry(session, last.n, last.entry_hash, "signed")
        if fault is not None:
            raise WrongState(fault.sentence)
    signature = key.sign(rules.head_text(n, entry_hash).encode())
    if last is None or (last.n, last.signature) != (n, signature):
        row = {"entry_hash": entry_hash, "signature": signature, "signed_at": now}
        session.execute(
            insert(SignedHead)
            .values(n=n, **row)
            .on_conflict_do_update(
                index_elements=[SignedHead.n],
                set_=row | {"stored_at": None},
                # Another process may have signed it meanwhile; a replaced key signs it anew.
                where=SignedHead.signature != signature,
            )
        )
    return session.get_one(SignedHead, n, populate_existing=True)


def sign_and_store(settings: Settings, now: datetime) -> int | None:
    """Sign the head, if it has moved, and copy it to the second place. For the ticker.

    Three steps: sign in a unit of work; append to the second place with no transaction open; note
    in a unit of work that it is stored. Broken off anywhere, the next call finishes the work.

    Returns:
        The number of the last signed entry, None while the timeline is empty.

    Raises:
        WrongState: the chain has been cut or rewritten below a signed head. Nothing is signed
            until somebody has looked; after a lawful restore of a backup, move the second
            place's file aside.
        OSError: the second place can't be written.
    """
    key = keys.load_key(settings)
    name = keys.fingerprint(key.public_key())
    with db.unit_of_work() as session:
        fault = compare_with_second_place(session, settings)
        if fault is not None and fault.forbids_signing:
            raise WrongState(fault.sentence)
        signed = sign_head(session, key, now)
        if signed is None:
            return None
        waiting = list(
            session.scalars(
                select(SignedHead).where(SignedHead.stored_at.is_(None)).order_by(SignedHead.n)
            )
        )
        if fault is not None:
            log.warning("second_place_lacks_heads", kind=fault.kind, n=fault.n)
            waiting = waiting or [signed]
    if waiting:
        second_place.append(
            settings.head_copy,
            [
                StoredHead(w.n, w.entry_hash, w.signature, name, rules.moment(w.signed_at))
                for w in waiting
            ],
        )
        with db.unit_of_work() as session:
            session.execute(
                update(SignedHead)
                .where(SignedHead.n.in_([w.n for w in waiting]), SignedHead.stored_at.is_(None))
                .values(stored_at=now)
            )
    return signed.n
