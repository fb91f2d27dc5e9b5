"""Secret settings: sealed with a key that stands outside the database.

The key file is `accounts.keys` in the keys folder, mode 0600, one Fernet key a line. The first key
seals; all of them open. `budkavle keys rotate` puts a new one first and seals everything anew while
the console runs; `budkavle keys retire` then takes the old ones away.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask_babel import gettext as _

from console.errors import ConsoleError

FILE = "accounts.keys"
RETIRED = "accounts.keys.retired"
"""Keys that older backups of the database need."""
SETTLING = timedelta(minutes=1)
"""How long an old key stays at least: longer than any process takes from sealing to storing."""
_folder: Path | None = None


class KeyTrouble(ConsoleError):
    """The key file can't be used, or lacks the key a secret was sealed with."""

    status = 500


def use(folder: Path) -> None:
    """Say where this process finds the key file (`Settings.keys`). It is made when first needed."""
    global _folder
    _folder = folder


def is_private(folder: Path) -> bool:
    """Is the key file in `folder` there, and readable by its owner only?"""
    path = folder / FILE
    return path.is_file() and not stat.S_IMODE(path.stat().st_mode) & 0o077


def seal(secret: dict[str, Any]) -> bytes:
    """Encrypt a secret (JSON's types).

    Raises:
        KeyTrouble: the key file can't be read or is open to others.
    """
    return _keys().encrypt(json.dumps(secret).encode())


def unseal(sealed: bytes | None) -> dict[str, Any]:
    """The secret that was sealed; {} for None.

    Raises:
        KeyTrouble: the key it was sealed with is gone, or the file is open to others.
    """
    if sealed is None:
        return {}
    try:
        opened = _keys().decrypt(sealed)
    except InvalidToken:
        raise KeyTrouble(
            _("De hemliga inställningarna går inte att låsa upp: nyckeln saknas.")
        ) from None
    secret: dict[str, Any] = json.loads(opened)
    return secret


def add_key() -> None:
    """Make a new key that seals from now on, in every process. The others still open."""
    _keys()
    _write([Fernet.generate_key().decode("ascii"), *_lines()])


def reseal(sealed: bytes) -> bytes | None:
    """The same secret, sealed with the newest key; None if no key opens it."""
    try:
        return _keys().rotate(sealed)
    except InvalidToken:
        return None


def is_newest(sealed: bytes) -> bool:
    """Does the newest key alone open it?"""
    _keys()
    try:
        Fernet(_lines()[0]).decrypt(sealed)
    except InvalidToken:
        return False
    return True


def retire_keys(now: datetime) -> int:
    """Move every key but the newest to a file of its own, for older backups. Returns how many.

    Raises:
        KeyTrouble: the newest is so new that a process may still store what an old one sealed.
    """
    _keys()
    path = _path()
    newest, *old = _lines()
    if not old:
        return 0
    age = now - datetime.fromtimestamp(path.stat().st_mtime, UTC)
    if age < SETTLING:
        raise KeyTrouble(_("Nyckeln är ny. Vänta en minut och försök igen."))
    with open(path.with_name(RETIRED), "a", opener=_private) as file:
        _as_owned(file.fileno(), path)
        file.write("".join(f"{line}\n" for line in old))
        file.flush()
        os.fsync(file.fileno())
    _write([newest])
    return len(old)


def _as_owned(descriptor: int, path: Path) -> None:
    """Run as root, the command must not shut the console out, nor its backups."""
    found = path.stat()
    os.fchown(descriptor, found.st_uid, found.st_gid)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _path() -> Path:
    if _folder is None:
        raise RuntimeError("console.sealing.use() has not been called")
    return _folder / FILE


def _lines() -> list[str]:
    return _path().read_text("ascii").split()


def _write(lines: list[str]) -> None:
    """Put other keys in the file's place, whole or not at all, for the same owner."""
    path = _path()
    handle, draft = tempfile.mkstemp(prefix=f".{FILE}.", dir=path.parent)  # mode 0600
    with open(handle, "w") as file:
        _as_owned(file.fileno(), path)
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)


def _keys() -> MultiFernet:
    """Looked at afresh each time: a key that somebody just added counts at once."""
    path = _path()
    try:
        found = os.stat(path)
    except FileNotFoundError:
        _make(path)
        found = os.stat(path)
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise KeyTrouble(_("Nyckelfilen %(file)s kan läsas av andra. Gör: chmod 600.", file=FILE))
    return _read(path, found.st_mtime_ns, found.st_size, found.st_ino)


@lru_cache(maxsize=1)
def _read(path: Path, *_as_it_was: int) -> MultiFernet:
    try:
        return MultiFernet([Fernet(line) for line in path.read_text("ascii").split()])
    except ValueError:
        raise KeyTrouble(_("Nyckelfilen %(file)s går inte att läsa.", file=FILE)) from None


def _make(path: Path) -> None:
    """Write a new key whole or not at all; whoever comes second keeps the first one's."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=f".{FILE}.", dir=path.parent)  # mode 0600
    with open(handle, "wb") as file:
        file.write(Fernet.generate_key() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)
