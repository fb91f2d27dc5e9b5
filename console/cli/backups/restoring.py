"""Putting a backup into an empty home: all of it, or nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import OperationalError

from console import clock, db, migrations, sealing
from console.cli.backups import dump
from console.cli.backups.archive import DUMP, HEADS, Backup
from console.cli.backups.settling import Settled, settle
from console.cli.lock import home_lock
from console.cli.services import CannotStart, Services
from console.config import Settings
from console.errors import WrongState
from console.timeline import second_place
from console.timeline.second_place import StoredHead

LOCK = "lock"
NO_FILES_OF_OURS = {LOCK, "lost+found"}


def check_schema(backup: Backup) -> None:
    """Raises WrongState: another version of the program made it."""
    newest = migrations.newest()
    if backup.about.schema != newest:
        raise WrongState(
            f"The backup has schema version {backup.about.schema}, and this program {newest}. "
            f"Restore it with the version that made it, Budkavle {backup.about.program}, and "
            "upgrade then."
        )


def check_empty(settings: Settings) -> None:
    """Raises WrongState: home or database hold something. CannotStart: it can't be reached."""
    home = settings.home
    if home.exists() and not home.is_dir():
        raise WrongState(f"{home} is no folder. Restore into an empty one.")
    if home.is_dir() and {one.name for one in home.iterdir()} - NO_FILES_OF_OURS:
        raise WrongState(f"{home} is not empty. Restore into an empty home: set BUDKAVLE_HOME.")
    if settings.database_url is None:
        return
    engine = create_engine(settings.database_url, connect_args={"connect_timeout": 5})
    try:
        tables = inspect(engine).get_table_names()
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise CannotStart(f"The database can't be reached: {reason}") from None
    finally:
        engine.dispose()
    if tables:
        raise WrongState(
            f"The database is not empty ({tables[0]} …). Restore into an empty one: DATABASE_URL."
        )


def restore(settings: Settings, backup: Backup, *, pause: bool) -> Settled:
    """Put `backup` into the empty home and database that `settings` name.

    Whatever goes wrong, the home is left as it was found; so is the database, but for a kill
    between its two steps, after which no console starts on it.

    Raises:
        ConsoleError: one sentence.
    """
    check_schema(backup)
    check_empty(settings)
    with _home(settings.home) as undo:
        services = Services(
            settings.home, postgres=settings.database_url is None, valkey=False, durable=True
        )
        _put_keys(settings.keys, backup)
        beyond = _set_aside(settings.head_copy, undo)
        _put_heads(settings.head_copy, backup, undo)
        with _log_kept(services):
            url, _none = services.start()
        try:
            url = url or settings.database_url or ""
            with backup.open(DUMP) as member:
                dump.restore(url, member)
            if settings.database_url:
                undo.callback(_empty_database, url)
            settled = _settled(replace(settings, database_url=url), backup, pause, beyond)
            undo.pop_all()
        finally:
            services.stop()
    return settled


def _settled(settings: Settings, backup: Backup, pause: bool, beyond: StoredHead | None) -> Settled:
    db.connect(settings.database_url or "", pool_size=1)
    sealing.use(settings.keys)
    try:
        with db.unit_of_work() as session:
            now = clock.now()
            return settle(
                session,
                settings,
                backup.about,
                backup.digest,
                now,
                pause=pause,
                beyond=beyond,
            )
    finally:
        db.disconnect()


@contextmanager
def _home(home: Path) -> Iterator[ExitStack]:
    """Hold the home, and empty it again unless the block takes the steps back from the stack."""
    was_there = home.exists()
    with home_lock(home), ExitStack() as undo:
        if {one.name for one in home.iterdir()} - NO_FILES_OF_OURS:
            raise WrongState(f"{home} is not empty. Restore into an empty home.")
        undo.callback(_clear, home, was_there)
        yield undo


@contextmanager
def _log_kept(services: Services) -> Iterator[None]:
    """A refusal that says where the reason stands: the home is emptied afterwards, so the log is
    copied to a place of its own, and the sentence says which."""
    try:
        yield
    except CannotStart as error:
        log = None if services.postgres is None else services.postgres.log
        if log is None or str(log) not in str(error) or not log.exists():
            raise
        number, kept = tempfile.mkstemp(prefix="budkavle-restore-", suffix=f"-{log.name}")
        with open(number, "wb") as copy:
            copy.write(log.read_bytes())
        raise CannotStart(str(error).replace(str(log), kept)) from None


def _clear(home: Path, was_there: bool) -> None:
    for one in home.iterdir():
        if one.name == "lost+found":
            continue
        if one.is_dir() and not one.is_symlink():
            shutil.rmtree(one)
        else:
            one.unlink()
    if not was_there:
        home.rmdir()


def _put_keys(folder: Path, backup: Backup) -> None:
    folder.mkdir(mode=0o700, parents=True)
    for name in backup.keys:
        _write(folder / name, backup, f"keys/{name}")


def _set_aside(copy: Path, undo: ExitStack) -> StoredHead | None:
    """A second place that is there already knows of entries that the backup doesn't: it is kept
    under another name, as evidence, and what it knew last goes onto the timeline."""
    try:
        beyond = second_place.newest(copy)
        if not copy.exists():
            return None
        aside = copy.with_name(f"{copy.name}.before-{clock.now():%Y%m%dT%H%M%SZ}")
        os.rename(copy, aside)
    except OSError as error:
        raise WrongState(f"{copy} can't be set aside: {error.strerror}.") from None
    undo.callback(os.replace, aside, copy)
    return beyond


def _put_heads(copy: Path, backup: Backup, undo: ExitStack) -> None:
    try:
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if backup.has_heads:
            _write(copy, backup, HEADS)
        else:
            # A file that is gone is taken for an unmounted disk, and never made by itself.
            copy.touch(mode=0o600)
    except OSError as error:
        raise WrongState(f"{copy} can't be written: {error.strerror}.") from None
    undo.callback(copy.unlink, missing_ok=True)


def _write(path: Path, backup: Backup, member: str) -> None:
    with (
        backup.open(member) as source,
        open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
    ):
        shutil.copyfileobj(source, file)
        file.flush()
        os.fsync(file.fileno())


def _empty_database(url: str) -> None:
    """It was empty when we came: take away what we put there."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            for table in inspect(connection).get_table_names():
                connection.exec_driver_sql(f'DROP TABLE "{table}" CASCADE')
            connection.exec_driver_sql("DROP FUNCTION IF EXISTS budkavle_now()")
    finally:
        engine.dispose()
