"""Signing the timeline's head and storing it in a second place."""

from __future__ import annotations

import errno
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
from console.timeline.operations import append_collected, record
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
    if last is None or last.n != n:
        signature = key.sign(rules.head_text(n, entry_hash).encode())
        session.execute(
            insert(SignedHead)
            .values(n=n, entry_hash=entry_hash, signature=signature, signed_at=now)
            .on_conflict_do_nothing()  # another process may have signed it meanwhile
        )
    return session.get_one(SignedHead, n, populate_existing=True)


def sign_and_store(settings: Settings, now: datetime) -> int | None:
    """Sign the head, if it has moved, and copy it to the second place. For the ticker.

    Three steps: sign in a unit of work; append to the second place with no transaction open; note
    in a unit of work that it is stored. Broken off anywhere, the next call finishes the work.

    Returns:
        The number of the last signed entry, None while the timeline is empty.

    Raises:
        WrongState: the chain has been cut or rewritten below a signed head, or the key isn't the
            one that signed last. Nothing is signed until somebody has looked; after a lawful
            restore of a backup, move the second place's file aside.
        OSError: the second place can't be written, or its file is gone: then its disk isn't there,
            and what stands at that path is another disk's. An empty file there is filled again.
    """
    with db.unit_of_work() as session:
        fault = compare_with_second_place(session, settings)
        if fault is not None and fault.forbids_signing:
            raise WrongState(fault.sentence)
        key = keys.load_or_make_key(settings)
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
    copy = settings.head_copy
    if fault is not None and fault.kind == "copy_gone" and not copy.exists():
        raise FileNotFoundError(errno.ENOENT, fault.sentence.rstrip("."), str(copy))
    if waiting:
        name = keys.fingerprint(key.public_key())
        second_place.append(
            copy,
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


def replace_key(session: Session, settings: Settings, now: datetime) -> tuple[str, str]:
    """Sign with another key from here on, when the one that signed last is lost, and say so on the
    timeline. A key that already stands in its place is taken; else one is made.

    Returns:
        Fingerprints as hex: the key's that signed last ("" if the second place doesn't know it),
        and the new one's.

    Raises:
        WrongState: the key isn't lost, or the chain has been cut or rewritten as well.
    """
    fault = compare_with_second_place(session, settings)
    if fault is None or not fault.forbids_signing:
        raise WrongState("The key that signs the timeline is in its place. Nothing was changed.")
    if not fault.is_of_the_key:
        raise WrongState(fault.sentence)
    try:
        stored = second_place.newest(settings.head_copy)
    except OSError:
        stored = None
    key = keys.load_or_make_key(settings)
    old, new = stored.key if stored else "", keys.fingerprint(key.public_key())
    body = {"before": old, "after": new, "entry": fault.n}
    record(session, "timeline:key_replaced", body=body, now=now)
    append_collected(session)  # so that the first that the new key signs is the entry about itself
    sign_head(session, key, now)
    return old, new
