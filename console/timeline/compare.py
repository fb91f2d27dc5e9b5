"""Whether the database still holds the chain that was signed (lesson 24)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.config import Settings
from console.timeline import keys, queries, rules, second_place
from console.timeline.models import Body, Entry, SignedHead
from console.timeline.second_place import StoredHead


@dataclass(frozen=True)
class Fault:
    """Where the database and what was signed part ways."""

    kind: str
    """cut | rewritten | broken | copy_altered | key_gone | key_changed | copy_gone |
    copy_unreachable"""
    n: int
    """The entry at which it shows."""
    sentence: str

    @property
    def forbids_signing(self) -> bool:
        """False where only the copy is missing and the chain itself looks whole."""
        return self.kind not in ("copy_gone", "copy_unreachable")

    @property
    def is_of_the_key(self) -> bool:
        """The chain itself looks whole, but what would sign it isn't what signed it last."""
        return self.kind in ("key_gone", "key_changed")


def compare_with_second_place(
    session: Session, settings: Settings, *, walk: bool = False
) -> Fault | None:
    """Whether the database still holds what was signed, both here and in the second place.

    Needs a READ COMMITTED session: an older picture would look cut.

    Args:
        walk: also compute every link from the start, and compare every stored head. Reads the
            whole timeline; without it a handful of rows.

    Returns:
        The first fault found: `cut` (the chain ends before a signed head), `rewritten` (another
        hash stands there), `broken` (an entry doesn't follow from its body or the one before),
        `copy_altered` (the second place), `key_gone` or `key_changed` (the key isn't the one that
        signed last), `copy_gone` or `copy_unreachable` (the second place itself). None if all is
        well.

    Raises:
        WrongState: others can reach the signing key, or its file holds none.
    """
    path, unreachable = settings.head_copy, ""
    stored: StoredHead | None = None
    every: dict[int, StoredHead] = {}
    try:  # before the database is read, which only grows
        stored = second_place.newest(path)
        every = {head.n: head for head in second_place.every(path)} if walk else {}
    except OSError as error:
        unreachable = f"{path} can't be read: {error.strerror}."
    head = queries.head(session)
    if walk:  # first, because it names the very entry
        fault = _walk(session, head.n, every)
        if fault is not None:
            return fault
    key = keys.public_key(settings)
    if stored is not None:
        if key and stored.key == keys.fingerprint(key) and not _signs(key, stored):
            return Fault(
                "copy_altered",
                stored.n,
                f"{path} has been altered: the signature of head {stored.n} doesn't hold.",
            )
        fault = compare_entry(session, stored.n, stored.entry_hash, "stored in the second place")
        if fault is not None:
            return fault
    signed = newest_signed(session)
    if signed is not None:
        fault = compare_entry(session, signed.n, signed.entry_hash, "signed")
        if fault is not None:
            return fault
    if head.n:
        fault = compare_entry(session, head.n, head.entry_hash, "written last")
        if fault is not None:
            return fault
    if (last := signed or stored) is not None and (key is None or not _signs(key, last)):
        return _key_fault(settings, key, last.n)
    if unreachable:
        return Fault("copy_unreachable", head.n, unreachable)
    if stored is None:
        n = session.scalar(select(func.max(SignedHead.n)).where(SignedHead.stored_at.is_not(None)))
        if n is not None:
            return Fault(
                "copy_gone",
                n,
                f"Head {n} was stored in {path}, which is now empty or gone.",
            )
    return None


def newest_signed(session: Session) -> SignedHead | None:
    return session.scalar(select(SignedHead).order_by(SignedHead.n.desc()).limit(1))


def waiting_for_proof(session: Session) -> datetime | None:
    """When the first entry was written that no head in the second place covers; None: there is
    none."""
    stored = select(func.max(SignedHead.n)).where(SignedHead.stored_at.is_not(None))
    after = func.coalesce(stored.scalar_subquery(), 0)
    return session.scalar(select(Entry.at).where(Entry.n > after).order_by(Entry.n).limit(1))


def _key_fault(settings: Settings, key: Ed25519PublicKey | None, n: int) -> Fault:
    """Nothing is signed with another key unasked: whoever took the key's place could then rewrite
    what the old one had signed."""
    path = settings.keys / keys.KEY_FILE
    kind, what = ("key_gone", "is gone") if key is None else ("key_changed", "is another")
    return Fault(
        kind,
        n,
        f"Entry {n} was signed with a key that {path} should hold: it {what}. Put it back from a "
        "backup; if it is lost for good: budkavle keys replace-signing",
    )


def _signs(key: Ed25519PublicKey, head: SignedHead | StoredHead) -> bool:
    try:
        key.verify(head.signature, rules.head_text(head.n, head.entry_hash).encode())
    except InvalidSignature:
        return False
    return True


def compare_entry(session: Session, n: int, entry_hash: bytes, what: str) -> Fault | None:
    """`cut` or `rewritten` unless the database's entry `n` has this hash; `what` was done to it."""
    found = session.scalar(select(Entry.entry_hash).where(Entry.n == n))
    if found is None:
        last = session.scalar(select(func.max(Entry.n))) or 0
        return Fault(
            "cut",
            last + 1,
            f"The timeline has been cut: entry {n} was {what}, but the database "
            f"has none. Its last is {last}.",
        )
    if found != entry_hash:
        return _rewritten(n, what)
    return None


def _walk(session: Session, last: int, stored: dict[int, StoredHead]) -> Fault | None:
    chain = (
        select(Entry.n, Entry.prev, Entry.body_digest, Entry.entry_hash, Body.salt, Body.canonical)
        .outerjoin(Body, Body.n == Entry.n)
        .where(Entry.n <= last)
        .order_by(Entry.n)
        .execution_options(yield_per=1000)
    )
    expected, prev = 1, rules.START
    for n, stated_prev, body_digest, stated_hash, salt, canonical in session.execute(chain):
        if n != expected:
            return Fault("broken", expected, f"Entry {expected} is missing.")
        if canonical is not None and rules.digest(salt, canonical) != body_digest:
            return Fault("broken", n, f"Entry {n}: the body has been changed.")
        hash_ = rules.entry_hash(prev, n, body_digest)
        if (stated_prev, stated_hash) != (prev, hash_):
            return Fault("broken", n, f"Entry {n} doesn't follow from the one before.")
        if n in stored and stored[n].entry_hash != hash_:
            return _rewritten(n, "stored in the second place")
        expected, prev = n + 1, hash_
    return None


def _rewritten(n: int, what: str) -> Fault:
    return Fault(
        "rewritten",
        n,
        f"The timeline has been rewritten at or before entry {n}: its hash isn't the one that was "
        f"{what}.",
    )
