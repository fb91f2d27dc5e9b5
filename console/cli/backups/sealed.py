"""A file that a passphrase opens: scrypt, then AES-256-GCM in chunks.

Chunks, because a backup may be larger than the memory; and each is bound to its place, so that one
that is moved, left out or cut off at the end is found (the STREAM construction of Hoang,
Reyhanitabar, Rogaway and Vizár, 2015, as age uses it). Each file has a salt, and so a key, of its
own: a nonce is a plain counter, with one byte that says whether more follows.

    magic ‖ salt (16) ‖ verifier (16) ‖ chunk …     chunk: up to 65,536 bytes and a tag of 16
"""

from __future__ import annotations

import hmac
import os
from pathlib import Path
from typing import IO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from console.errors import ConsoleError

MAGIC = b"BUDKAVLE SEALED 1\n"
SALT = VERIFIER = TAG = 16
CHUNK = 64 * 1024
SHORTEST = 12
"""Characters of a passphrase."""


class Target(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> int: ...

    def flush(self) -> None: ...

    def close(self) -> None: ...


class NotOpened(ConsoleError):
    """A sealed file doesn't open: another passphrase, or damaged."""


def read_passphrase(path: Path) -> str:
    """The first line of a file that only its owner can read.

    Raises:
        ConsoleError: it can't be read, others can read it, or it is too short.
    """
    try:
        with path.open(encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise ConsoleError(f"Others can read {path}. Do: chmod 600 {path}")
            phrase = file.readline().rstrip("\r\n")
    except OSError as error:
        raise ConsoleError(f"{path} can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConsoleError(f"{path} is not text in UTF-8.") from None
    if len(phrase) < SHORTEST:
        raise ConsoleError(f"The passphrase in {path} needs {SHORTEST} characters or more.")
    return phrase


def is_sealed(file: IO[bytes]) -> bool:
    """Does the file begin as one that needs a passphrase? Reads from its start, and goes back."""
    file.seek(0)
    start = file.read(len(MAGIC))
    file.seek(0)
    return start == MAGIC


class Sealer:
    """Writes to `file` what is written to it, sealed. `finish()` is what makes the file whole."""

    def __init__(self, file: Target, passphrase: str) -> None:
        self._file = file
        salt = os.urandom(SALT)
        key, verifier = _keys(passphrase, salt)
        self._head = MAGIC + salt + verifier
        self._cipher = AESGCM(key)
        self._waiting = bytearray()
        self._count = 0
        file.write(self._head)

    def write(self, data: bytes, /) -> int:
        self._waiting += data
        while len(self._waiting) > CHUNK:  # the last one, full or not, waits for finish()
            self._chunk(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(data)

    def flush(self) -> None:
        """What isn't a whole chunk stays; zipfile asks for it all the same."""

    def close(self) -> None:
        """The file is its opener's to close."""

    def finish(self) -> None:
        self._chunk(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _chunk(self, plain: bytes, *, last: bool) -> None:
        nonce = _nonce(self._count, last=last)
        self._file.write(self._cipher.encrypt(nonce, plain, self._head))
        self._count += 1


def unseal(file: IO[bytes], passphrase: str, to: IO[bytes]) -> None:
    """Write to `to` what was sealed in `file`.

    Raises:
        NotOpened: another passphrase, or the file is damaged or cut off.
    """
    head = file.read(len(MAGIC) + SALT + VERIFIER)
    salt, stated = head[len(MAGIC) : -VERIFIER], head[-VERIFIER:]
    if len(head) < len(MAGIC) + SALT + VERIFIER:
        raise _damaged()
    key, verifier = _keys(passphrase, salt)
    if not hmac.compare_digest(stated, verifier):
        raise NotOpened("The passphrase is not the one that this backup was sealed with.")
    cipher = AESGCM(key)
    count, here = 0, file.read(CHUNK + TAG)
    while True:
        after = file.read(CHUNK + TAG)
        try:
            to.write(cipher.decrypt(_nonce(count, last=not after), here, head))
        except (InvalidTag, ValueError):
            raise _damaged() from None
        if not after:
            return
        count, here = count + 1, after


def _keys(passphrase: str, salt: bytes) -> tuple[bytes, bytes]:
    """The key, and what tells a wrong passphrase from a damaged file."""
    # OWASP's cheat sheet on passwords: N = 2^17, r = 8, p = 1 (128 MB, some tenths of a second).
    made = Scrypt(salt=salt, length=32 + VERIFIER, n=2**17, r=8, p=1).derive(passphrase.encode())
    return made[:32], made[32:]


def _nonce(count: int, *, last: bool) -> bytes:
    return count.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def _damaged() -> NotOpened:
    return NotOpened("The backup is damaged or cut off. Take another one.")
