"""Knowing an address again without storing it: a digest under a key that lies sealed."""

from __future__ import annotations

import hmac
import secrets
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from console import sealing
from console.recipients.models import RecipientKey

_ROW = 1


def mark(session: Session, text: str) -> bytes:
    """The mark of an address, or of what else is counted and not stored: 32 bytes.

    Raises:
        sealing.KeyTrouble: the key file can't be used.
    """
    return hmac.digest(_key(_sealed(session)), text.encode(), "sha256")


def _sealed(session: Session) -> bytes:
    query = select(RecipientKey.sealed).where(RecipientKey.id == _ROW)
    sealed = session.scalar(query)
    if sealed is None:
        made = sealing.seal({"key": secrets.token_hex(32)})
        row = insert(RecipientKey).values(id=_ROW, sealed=made)
        session.execute(row.on_conflict_do_nothing())
        sealed = session.scalars(query).one()
    return sealed


@lru_cache(maxsize=4)
def _key(sealed: bytes) -> bytes:
    return bytes.fromhex(sealing.unseal(sealed)["key"])
