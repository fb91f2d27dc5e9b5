"""The backup's file: a plain ZIP, whose last member lists the SHA-256 of all the others.

Written from start to end without going back, so that a dump can flow into it from pg_dump, through
a passphrase or not. Anybody can take it apart with `unzip` and `pg_restore`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from console.cli.backups import sealed
from console.errors import ConsoleError

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"
HEADS = "second-place/heads.log"
README = "README.txt"
KEY = re.compile(r"keys/[A-Za-z0-9][A-Za-z0-9._-]*")
BLOCK = 1024 * 1024
LONGEST_MANIFEST = 1024 * 1024
_DAMAGED = "The backup is damaged or cut off. Take another one."
_BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, ValueError, NotImplementedError)
"""What reading a damaged ZIP can raise."""

EXPLAINS = """\
A backup of Budkavle. Whoever holds this file holds the keys: every saved secret, and the key that
the timeline is signed with.

Restore it into an empty home:   BUDKAVLE_HOME=… budkavle restore FILE
Only try it, changing nothing:   budkavle restore FILE --drill

manifest.json            versions, time, and the SHA-256 of every other file here
database.dump            PostgreSQL, custom format: pg_restore reads it. It leaves out the schema's
                         version, so that no console starts on a database put back by hand and sends
                         again what has gone out already.
keys/                    what secrets are sealed with, and what the timeline is signed with
second-place/heads.log   the timeline's signed heads
"""


@dataclass(frozen=True)
class About:
    """What a backup says of itself."""

    program: str
    """Version of the program that made it."""
    schema: str
    """The database's migration."""
    made_at: datetime
    """The database's own time at the picture that was taken. Aware, UTC."""
    timeline_n: int
    """Number of the timeline's last entry; 0: none."""
    timeline_hash: str


@dataclass(frozen=True)
class Backup:
    """A backup that has been read through and is whole."""

    about: About
    digest: str
    """SHA-256 of the manifest, hex: names the backup."""
    _zip: zipfile.ZipFile

    @property
    def keys(self) -> list[str]:
        """Names of the key files, without folder."""
        return sorted(n.removeprefix("keys/") for n in self._zip.namelist() if KEY.fullmatch(n))

    @property
    def has_heads(self) -> bool:
        return HEADS in self._zip.namelist()

    def open(self, name: str) -> IO[bytes]:
        return self._zip.open(name)


class Writer:
    """Puts members into a backup one after another; `finish()` adds the manifest."""

    def __init__(self, file: sealed.Target, about: About) -> None:
        self._zip = zipfile.ZipFile(file, "w")
        self._about = about
        self._files: dict[str, dict[str, Any]] = {}

    def add(self, name: str, source: IO[bytes], most: int | None = None) -> None:
        """Copy `source` to its end, or `most` bytes of it."""
        digest, size = hashlib.sha256(), 0
        with self._zip.open(self._info(name), "w", force_zip64=True) as member:
            while block := source.read(BLOCK if most is None else min(BLOCK, most - size)):
                digest.update(block)
                member.write(block)
                size += len(block)
        self._files[name] = {"sha256": digest.hexdigest(), "size": size}

    def finish(self) -> str:
        """Close the archive; returns the manifest's SHA-256 as hex."""
        about = asdict(self._about) | {"made_at": self._about.made_at.isoformat()}
        stated = {"format": FORMAT, **about, "files": self._files}
        manifest = json.dumps(stated, indent=1, sort_keys=True).encode()
        self._zip.writestr(self._info(MANIFEST), manifest)
        self._zip.close()
        return hashlib.sha256(manifest).hexdigest()

    def let_go(self) -> None:
        """Write nothing more: after a failure a ZipFile would, when it is forgotten."""
        self._zip.fp = None

    def _info(self, name: str) -> zipfile.ZipInfo:
        made = self._about.made_at
        info = zipfile.ZipInfo(name, (max(made.year, 1980), *made.timetuple()[1:6]))
        info.external_attr = 0o600 << 16
        return info


@contextmanager
def written(path: Path) -> Iterator[IO[bytes]]:
    """A file (mode 0600) that stands at `path` once the block has ended well, and never half.

    Raises:
        ConsoleError: something stands there already, or the folder can't be written to.
    """
    if path.exists() or path.is_symlink():
        raise ConsoleError(f"{path} is there already. Give the backup another name.")
    try:
        handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise ConsoleError(f"{path.parent} can't be written to: {error.strerror}.") from None
    try:
        with open(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError as error:
        raise ConsoleError(f"{path} can't be written: {error.strerror}.") from None
    finally:
        Path(draft).unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def opened(path: Path, passphrase: str | None, scratch: Path) -> Iterator[Backup]:
    """The backup at `path`, after every byte of it has been compared with its manifest.

    Args:
        scratch: folder for the opened copy of a sealed one: a file without a name, which is gone
            however this ends.

    Raises:
        ConsoleError: it can't be read, needs a passphrase or another one, is damaged, or was made
            by a version that writes them in another way.
    """
    with ExitStack() as stack:
        try:
            file: IO[bytes] = stack.enter_context(path.open("rb"))
        except OSError as error:
            raise ConsoleError(f"{path} can't be read: {error.strerror}.") from None
        if sealed.is_sealed(file):
            if passphrase is None:
                raise ConsoleError("The backup is sealed. Give its passphrase: --passphrase-file")
            plain: IO[bytes] = stack.enter_context(tempfile.TemporaryFile(dir=scratch))
            sealed.unseal(file, passphrase, plain)
            file = plain
        try:
            yield _checked(stack.enter_context(zipfile.ZipFile(file)))
        except _BROKEN:
            raise ConsoleError(_DAMAGED) from None


def _checked(archive: zipfile.ZipFile) -> Backup:
    names = archive.namelist()
    if MANIFEST not in names or archive.getinfo(MANIFEST).file_size > LONGEST_MANIFEST:
        raise ConsoleError(_DAMAGED)
    manifest = archive.read(MANIFEST)
    stated = json.loads(manifest)
    if stated.get("format") != FORMAT:
        raise ConsoleError("The backup is of a kind that this version of Budkavle can't read.")
    files = stated["files"]
    if sorted(names) != sorted([*files, MANIFEST]) or DUMP not in files:
        raise ConsoleError(_DAMAGED)
    for name, about in files.items():
        if name not in (DUMP, HEADS, README) and not KEY.fullmatch(name):
            raise ConsoleError(f"The backup holds a file that has no place in one: {name!r}.")
        with archive.open(name) as member:
            if hashlib.file_digest(member, "sha256").hexdigest() != about["sha256"]:  # type: ignore[arg-type]
                raise ConsoleError(f"The backup is damaged: {name} is not what was saved.")
    made = About(
        program=str(stated["program"]),
        schema=str(stated["schema"]),
        made_at=datetime.fromisoformat(stated["made_at"]),
        timeline_n=int(stated["timeline_n"]),
        timeline_hash=str(stated["timeline_hash"]),
    )
    return Backup(made, hashlib.sha256(manifest).hexdigest(), archive)
