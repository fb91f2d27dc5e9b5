"""What `budkavle doctor` asks of the machine: its disk, its clock, who may read the keys."""

from __future__ import annotations

import ctypes
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from console import clock
from console.cli.finding import BAD, GOOD, NOTE, Finding
from console.config import Settings

FULL_BYTES, SCARCE_BYTES = 500 * 2**20, 2 * 2**30
FULL_FILES = 1000
"""A site's generation is as many files as there are pages, three generations at a time."""
APART_SECONDS = 2.0
"""Rounds go out by the database's clock, and codes of apps are checked by it."""
_TIME_ERROR = 5
"""What adjtimex(2) answers while nobody keeps the clock right."""
_TIMEX_BYTES = 512
"""More than its struct, which is filled in."""


def findings(settings: Settings) -> Iterator[Finding]:
    """Raises nothing: what can't be looked at is left out."""
    yield from disk(settings.home)
    yield from keys(settings.keys)
    yield kept_right()


def disk(home: Path) -> Iterator[Finding]:
    there = _nearest(home)
    free = shutil.disk_usage(there).free
    files = os.statvfs(there).f_favail
    mend = "free some, or move BUDKAVLE_HOME to a larger disk; old backups lie on another machine"
    if free < FULL_BYTES or 0 < files < FULL_FILES:
        how = f"{_size(free)} and {files} files are left on the disk of {there}"
        yield Finding(BAD, "Disk", how, mend)
    elif free < SCARCE_BYTES:
        yield Finding(NOTE, "Disk", f"{_size(free)} left", mend)
    else:
        yield Finding(GOOD, "Disk", f"{_size(free)} left")


def keys(folder: Path) -> Iterator[Finding]:
    """Others' bits on the folder or on any file in it."""
    if not folder.exists():
        return
    try:
        found = [path for path in (folder, *sorted(folder.rglob("*"))) if _open_to_others(path)]
    except PermissionError as error:
        mend = "run doctor as the user that runs Budkavle"
        yield Finding(BAD, "Keys", f"{error.filename} can't be looked at", mend)
        return
    if not found:
        yield Finding(GOOD, "Keys", "nobody else may read them")
        return
    names = ", ".join(str(path) for path in found[:3]) + (" …" if len(found) > 3 else "")
    yield Finding(
        BAD,
        "Keys",
        f"others on this machine may read {names}",
        f"chmod -R go= {folder}; whoever may have read them: budkavle keys rotate",
    )


def kept_right() -> Finding:
    """The kernel knows whether something steers its clock."""
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        state = -1
    if state == _TIME_ERROR:
        mend = "let systemd-timesyncd or chrony keep it; a virtual machine may follow its host"
        return Finding(NOTE, "Clock", "nothing on this machine keeps it right", mend)
    if state < 0:
        return Finding(NOTE, "Clock", "can't be asked here whether it is kept right")
    return Finding(GOOD, "Clock", "is kept right")


def clocks_apart(session: Session) -> Finding | None:
    """The database's clock against this machine's; None: they are together."""
    query = "SELECT extract(epoch FROM clock_timestamp())::float"
    before = clock.machine()
    theirs = float(session.execute(text(query)).scalar_one())
    after = clock.machine()
    apart = max(before - theirs, theirs - after, 0.0)
    if apart <= APART_SECONDS:
        return None
    return Finding(
        BAD,
        "Clock",
        f"the database's is {apart:.0f} s away from this machine's",
        "let both follow the same time servers (systemd-timesyncd or chrony)",
    )


def _open_to_others(path: Path) -> bool:
    return bool(stat.S_IMODE(path.lstat().st_mode) & 0o077) and not path.is_symlink()


def _nearest(home: Path) -> Path:
    there = home
    while not there.exists():
        there = there.parent
    return there


def _size(number: int) -> str:
    return f"{number / 2**30:.1f} GB" if number >= 2**30 else f"{number // 2**20} MB"
