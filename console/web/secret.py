"""The key that signs the browser's cookie for CSRF tokens: made once, kept outside the database."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


def web_secret(keys: Path) -> str:
    """The secret in `keys`/web, made (256 bits, mode 0600) the first time it is asked for.

    Several web processes may start at once: the first to link its file into place wins, and all
    read that one.
    """
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = keys / "web"
    if not path.exists():
        mine = keys / f"web.{os.getpid()}.{secrets.token_hex(4)}"
        descriptor = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(mine, path)
        mine.unlink()
    return path.read_text()
