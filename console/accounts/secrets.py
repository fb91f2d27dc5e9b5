"""Secret settings: sealed with a key that stands outside the database.

The key file is `accounts.keys` in the keys folder, mode 0600, one Fernet key a line. The first key
seals; all of them open. To change key, put a new one first and keep the old below it until every
account's secret has been entered again.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask_babel import gettext as _

from console.errors import ConsoleError

FILE = "accounts.keys"
_folder: Path | None = None


class KeyTrouble(ConsoleError):
    """The key file can't be used, or lacks the key a secret was sealed with."""

    status = 500


def use(folder: Path) -> None:
    """Say where this process finds the key file (`Settings.keys`). It is made when first needed."""
    global _folder
    _folder = folder


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
            _("Kontots hemliga inställningar går inte att låsa upp: nyckeln saknas.")
        ) from None
    secret: dict[str, Any] = json.loads(opened)
    return secret


def _keys() -> MultiFernet:
    """Looked at afresh each time: a key that somebody just added counts at once."""
    if _folder is None:
        raise RuntimeError("console.accounts.secrets.use() has not been called")
    path = _folder / FILE
    if not path.exists():
        _make(path)
    found = path.stat()
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
