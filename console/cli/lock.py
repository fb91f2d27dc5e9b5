"""One program per home: a lock that the kernel lets go of, however its holder ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.cli.services import CannotStart


@contextmanager
def home_lock(home: Path) -> Iterator[None]:
    """Hold `home` (made if it's missing) for as long as the block runs.

    Raises:
        CannotStart: the folder can't be written to, or another program holds it.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotStart(f"The folder {home} can't be written to: {error.strerror}.") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode() or "?"
            raise CannotStart(
                f"Budkavle is already running in {home} (process {holder})."
            ) from None
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        except OSError as error:  # a full disk
            raise CannotStart(f"The folder {home} can't be written to: {error.strerror}.") from None
        yield
    finally:
        os.close(descriptor)
