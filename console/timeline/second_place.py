"""The file outside the database where signed heads are kept (lesson 24).

One line of JSON per head, only ever appended:
{"at": …, "hash": hex, "key": fingerprint, "n": …, "signature": hex}.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_TAIL = 64 * 1024


@dataclass(frozen=True)
class StoredHead:
    """A signed head as it stands in the second place."""

    n: int
    entry_hash: bytes
    signature: bytes
    key: str
    """Fingerprint of the key it is signed with."""
    at: str
    """When it was signed: UTC, six decimals."""

    def line(self) -> bytes:
        fields = {
            "at": self.at,
            "hash": self.entry_hash.hex(),
            "key": self.key,
            "n": self.n,
            "signature": self.signature.hex(),
        }
        return json.dumps(fields).encode() + b"\n"


def append(path: Path, heads: Iterable[StoredHead]) -> None:
    """Add `heads` in order and wait until the disk has them. Heads it already has are left out.

    Raises:
        OSError: the place can't be reached or is full.
    """
    is_new = not path.exists()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        tail = _read_tail(file.fileno())
        last = _newest_in(tail)
        lines = [head.line() for head in heads if last is None or head.n > last.n]
        if tail and not tail.endswith(b"\n"):
            # A write was cut short by a crash or a full disk: leave its rest on a line of its own.
            lines.insert(0, b"\n")
        file.write(b"".join(lines))
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def newest(path: Path) -> StoredHead | None:
    """The head stored last; None if there is no file or no readable line at its end."""
    try:
        with path.open("rb") as file:
            return _newest_in(_read_tail(file.fileno()))
    except FileNotFoundError:
        return None


def every(path: Path) -> Iterator[StoredHead]:
    """All stored heads, oldest first; a line that was cut short is passed over."""
    try:
        with path.open("rb") as file:
            for line in file:
                head = _parse(line)
                if head is not None:
                    yield head
    except FileNotFoundError:
        return


def _read_tail(descriptor: int) -> bytes:
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, _TAIL, max(0, size - _TAIL))


def _newest_in(tail: bytes) -> StoredHead | None:
    for line in reversed(tail.splitlines()):
        head = _parse(line)
        if head is not None:
            return head
    return None


def _parse(line: bytes) -> StoredHead | None:
    try:
        fields = json.loads(line)
        return StoredHead(
            n=int(fields["n"]),
            entry_hash=bytes.fromhex(fields["hash"]),
            signature=bytes.fromhex(fields["signature"]),
            key=str(fields["key"]),
            at=str(fields["at"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
