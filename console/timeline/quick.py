"""The way of a usual entry through the verifier: whole, shown and without personal texts.

Such an entry has one possible spelling once its body is known, so that it is put together anew and
compared, instead of taken apart field by field: a third of the time. What isn't exactly so is left
to the slow way, which also names the fault; nothing is refused here.
"""

from __future__ import annotations

from hashlib import sha256
from json.decoder import scanstring  # type: ignore[attr-defined]
from json.encoder import encode_basestring
from typing import BinaryIO

from console.timeline import lines, rules

_START = '{"body":"'
_SALT = 2 * rules.SALT_BYTES


def follows(raw: bytes, n: int, prev: bytes, table: BinaryIO) -> bytes | None:
    """The entry's hash, if the line is entry `n` that follows from `prev`, and the next row of the
    table is its own. None: perhaps not; the table then stands where it stood.

    Args:
        raw: the line, with its line feed.
    """
    try:
        text = raw.decode()
        if not text.startswith(_START):
            return None
        body, end = scanstring(text, len(_START))
        salt = text[-_SALT - 3 : -3]
        salted = bytes.fromhex(salt)
        digest = sha256(salted + body.encode()).digest()
        hash_ = sha256(prev + n.to_bytes(8, "big") + digest).digest()
        rest = (
            f',"body_digest":"{digest.hex()}","entry_hash":"{hash_.hex()}","n":{n},"personal":[],'
            f'"salt":"{salted.hex()}"}}\n'
        )
        if text[end:] != rest or text[len(_START) - 1 : end] != encode_basestring(body):
            return None
        row = lines.quick_row(n, body, lines.read(body), hash_.hex())
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    if row is None:
        return None
    wanted, stood = row.encode(), table.tell()
    if table.read(len(wanted)) == wanted:
        return hash_
    table.seek(stood)
    return None
