"""Whom the services run as, and what that user must be able to reach.

PostgreSQL refuses to run as root. When the supervisor is root, the services therefore run as the
system user `budkavle` if there is one, else as `nobody` (initdb needs a user with a name).
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from pathlib import Path

from console.cli.services.errors import CannotStart
from console.cli.services.process import User


def service_user() -> User | None:
    """The unprivileged user to run as; None: we are one ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("budkavle", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return User(name, entry.pw_uid, entry.pw_gid)
    raise CannotStart("Run as an ordinary user: root has no user `budkavle` or `nobody` to use.")


def private_folder(path: Path, user: User | None) -> Path:
    """Make `path` (0700) if it's missing and give it, with all it holds, to `user`."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    if user and path.stat().st_uid != user.uid:
        for folder, _, files in os.walk(path):
            os.chown(folder, user.uid, user.gid)
            for name in files:
                os.chown(os.path.join(folder, name), user.uid, user.gid, follow_symlinks=False)
    return path


def open_the_way(path: Path, user: User | None) -> None:
    """Let `user` pass through the folders above `path`: the execute bit alone, where it lacks."""
    if user is None:
        return
    for folder in path.resolve().parents:
        info = folder.stat()
        if not _may(info, user, stat.S_IXUSR):
            folder.chmod(stat.S_IMODE(info.st_mode) | stat.S_IXOTH)


def check_readable(program: Path, user: User | None) -> None:
    """Raises CannotStart: `user` may not run `program`."""
    if user and not _may(program.stat(), user, stat.S_IRUSR | stat.S_IXUSR):
        raise CannotStart(
            f"The user {user.name} may not run {program}: install with umask 022, "
            "or run as an ordinary user."
        )


def short_socket_folder(name: str, user: User | None) -> Path:
    """A folder (0700) for a Unix socket, whose whole path must stay within 107 bytes.

    Raises:
        CannotStart: somebody else has made that folder.
    """
    for parent in (Path(os.environ.get("TMPDIR", "/tmp")), Path("/tmp")):
        path = parent / name
        if len(os.fsencode(path)) <= 90:
            break
    if not path.exists():
        path.mkdir(mode=0o700)
        if user:
            give(path, user)
    info = path.lstat()
    owner = user.uid if user else os.geteuid()
    if not stat.S_ISDIR(info.st_mode) or info.st_uid != owner or info.st_mode & 0o077:
        raise CannotStart(f"{path} belongs to somebody else: remove it, or set TMPDIR.")
    open_the_way(path, user)
    return path


def give(path: Path, user: User) -> None:
    """Make `user` the owner of one file or folder."""
    os.chown(path, user.uid, user.gid)


def remove_folder(path: Path) -> None:
    if path.exists():
        shutil.rmtree(path)


def _may(info: os.stat_result, user: User, owner_bits: int) -> bool:
    """Does `user` have the bits that `owner_bits` (S_IRUSR, S_IXUSR) stand for?"""
    shift = 0 if info.st_uid == user.uid else 3 if info.st_gid == user.gid else 6
    wanted = owner_bits >> shift
    return info.st_mode & wanted == wanted
