"""What an entry of the timeline is, byte for byte. Pure: no database, no clock.

A tag is `noun:thing:verb` or `noun:verb`: lower-case words, the verb in its past form, so that a
reader can guess a tag that doesn't exist yet: `incident:opened`, `message:version:submitted`,
`round:written`, `delivery:sent`, `person:role:granted`. A word may hold digits and underscores.

The chain (design, "Timeline"):

    body_digest = SHA-256(salt ‖ canonical body)          salt: 16 bytes
    entry_hash  = SHA-256(prev ‖ n ‖ body_digest)         prev: 32 bytes, n: 8 bytes big-endian
    signed head = "budkavle-head-1\\n{n}\\n{entry_hash as hex}\\n"
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import rfc8785

START = bytes(32)
"""The `prev` of entry 1."""
SALT_BYTES = 16
LARGEST_INTEGER = 2**53 - 1
"""What every JSON reader can hold (RFC 8785 section 3.2.2.3, RFC 7493 section 2.2)."""

_TAG = re.compile(r"[a-z][a-z0-9_]*(:[a-z][a-z0-9_]*){1,2}")


def check_tag(tag: str) -> str:
    """Return `tag` if it follows the grammar above.

    Raises:
        ValueError: it doesn't.
    """
    if not _TAG.fullmatch(tag):
        raise ValueError(f"{tag!r} is not a tag: noun:verb or noun:thing:verb in lower case")
    return tag


def clean_text(text: str) -> str:
    """`text` with U+FFFD for what JSON or PostgreSQL refuse: NUL and lone surrogates.

    No more than those, unlike `phrases.for_xml`: what was said is evidence, kept to the letter, and
    nothing is left out unseen.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\0", "\ufffd")


def moment(value: datetime) -> str:
    """An aware moment as UTC, always 27 characters: 2026-03-01T13:30:00.000000Z.

    Raises:
        ValueError: the moment has no time zone.
    """
    if value.utcoffset() is None:
        raise ValueError(f"{value!r} has no time zone")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").rjust(26, "0") + "Z"


def plain(value: Any) -> Any:
    """`value` as JSON's own types, text cleaned, moments as text.

    Raises:
        TypeError: a float, or a type that JSON has no place for.
        ValueError: an integer beyond ±(2⁵³ − 1), a moment without time zone, or two keys of an
            object that become one when cleaned.
    """
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise ValueError(f"{value} is beyond ±(2^53 - 1)")
        return value
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, Mapping):
        cleaned = {_key(k): plain(v) for k, v in value.items()}
        if len(cleaned) != len(value):
            raise ValueError("two keys become one when cleaned")
        return cleaned
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    raise TypeError(f"the timeline can't hold a {type(value).__name__}: {value!r}")


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"{key!r} can't be a key: only text can")
    return clean_text(key)


def canonical(body: Mapping[str, Any]) -> str:
    """The body's one spelling: RFC 8785 over `plain(body)`.

    Without floats and with keys in ASCII, the standard library's encoder spells it the same (a
    property-based test holds the two against each other) in a twentieth of the time, which counts
    where a thousand receipts come in at once.

    Raises:
        TypeError, ValueError: as `plain`.
    """
    cleaned = plain(body)
    if _ascii_keys(cleaned):
        return _ENCODER.encode(cleaned)
    return rfc8785.dumps(cleaned).decode()


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _ascii_keys(value: Any) -> bool:
    """Are all keys ASCII? Only there do code points sort as RFC 8785's UTF-16 units do."""
    if isinstance(value, dict):
        return all(key.isascii() and _ascii_keys(inner) for key, inner in value.items())
    return all(map(_ascii_keys, value)) if isinstance(value, list) else True


def compose(
    tag: str,
    *,
    at: datetime,
    incident_id: int | None,
    person_id: int | None,
    facts: Mapping[str, Any],
    personal: Mapping[str, bytes],
) -> str:
    """An entry's canonical body.

    Args:
        facts: what the operation says happened.
        personal: field → digest of its text; the text itself stands beside the body.

    Raises:
        TypeError, ValueError: as `plain`, or the tag breaks the grammar.
    """
    return canonical(
        {
            "tag": check_tag(tag),
            "at": at,
            "incident": incident_id,
            "person": person_id,
            "facts": facts,
            "personal": {field: hash_.hex() for field, hash_ in personal.items()},
        }
    )


def digest(salt: bytes, text: str) -> bytes:
    """SHA-256(salt ‖ text as UTF-8): of a canonical body, or of a field of personal text."""
    return hashlib.sha256(salt + text.encode()).digest()


def entry_hash(prev: bytes, n: int, body_digest: bytes) -> bytes:
    """SHA-256(prev ‖ n ‖ body_digest): 32 bytes, 8 bytes big-endian, 32 bytes."""
    return hashlib.sha256(prev + n.to_bytes(8, "big") + body_digest).digest()


def head_text(n: int, hash_: bytes) -> str:
    """What is signed: the chain holds `n` entries, and the last one's hash is `hash_`."""
    return f"budkavle-head-1\n{n}\n{hash_.hex()}\n"


def fingerprint(public_key_der: bytes) -> str:
    """A public key's name, as hex: SHA-256 of its SubjectPublicKeyInfo (RFC 8410) in DER.

    The same as `openssl pkey -pubin -outform DER | sha256sum`.
    """
    return hashlib.sha256(public_key_der).hexdigest()
