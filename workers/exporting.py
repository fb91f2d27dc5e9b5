"""Writes exports of events' timelines.

The job only claims one and starts a process of its own for it, at low priority: an export may take
minutes, and a worker must be free for the next crisis message. That process can be killed at any
moment. The file is renamed into place when it is whole, and the row names it only then; a row whose
writer gives no more signs is begun anew by whoever claims it next.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

from flask import Flask

from console import clock
from console.config import Settings
from console.db import unit_of_work
from console.errors import WrongState
from console.incidents.queries import by_id
from console.logs import get_logger
from console.review import operations, package
from console.review.models import TimelineExport
from console.review.rules import Trouble
from console.timeline.compare import compare_with_second_place, newest_signed
from console.timeline.signing import sign_and_store

log = get_logger("exporting")
PART = ".part"
NICE = 10
_writing: list[subprocess.Popen[bytes]] = []


class Lost(Exception):
    """Somebody else writes this export now."""


def start(settings: Settings) -> None:
    """Take away what is old; claim an export and let a process write it."""
    _writing[:] = [child for child in _writing if child.poll() is None]
    with unit_of_work() as session:
        for name in operations.remove_old(session, clock.now()):
            (settings.exports / name).unlink(missing_ok=True)
    with unit_of_work() as session:
        row = operations.claim(session, clock.now())
        claimed = None if row is None or row.token is None else (str(row.id), str(row.token))
    _clear(settings.exports)
    if claimed is None:
        return
    # -P: as the installation starts its other processes.
    argv = [sys.executable, "-P", "-m", "workers", "export", *claimed]
    _writing.append(subprocess.Popen(argv, stdin=subprocess.DEVNULL))


def run(
    settings: Settings, make_app: Callable[[Settings], Flask], export_id: int, token: uuid.UUID
) -> None:
    """The process: write one export that was claimed with `token`."""
    os.nice(NICE)
    write(settings, make_app(settings), export_id, token)


def write(settings: Settings, app: Flask, export_id: int, token: uuid.UUID) -> None:
    """Write a claimed export, and what became of it to its row.

    Args:
        app: has the log's sentences (`console.create_addresses`).
    """
    settings.exports.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{export_id}-{token.hex}.zip"
    work = settings.exports / f"{name}{PART}"
    trouble: Trouble | None = None
    try:
        _write(settings, app, export_id, token, work, name)
    except Lost:
        log.info("export_lost", export=export_id)
    except WrongState as error:
        log.error("export_refused", export=export_id, reason=str(error))
        trouble = Trouble.KEY if _lacks_key(settings) else Trouble.CHAIN
    except OSError as error:
        log.error("export_not_written", export=export_id, reason=str(error))
        trouble = Trouble.DISK
    except Exception:
        log.error("export_failed", export=export_id, exc_info=True)
        trouble = Trouble.OTHER
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if trouble is not None:
        with unit_of_work() as session:
            operations.fail(session, export_id, token, trouble, clock.now())


def _lacks_key(settings: Settings) -> bool:
    """Nothing is wrong with the chain, as far as can be told: it can't be signed as it was."""
    try:
        with unit_of_work() as session:
            fault = compare_with_second_place(session, settings)
    except WrongState:  # its file is there, and can't be used
        return True
    return fault is not None and fault.is_of_the_key


def _write(
    settings: Settings, app: Flask, export_id: int, token: uuid.UUID, work: Path, name: str
) -> None:
    def progress(done: int, total: int) -> None:
        with unit_of_work() as session:
            if not operations.progress(session, export_id, token, done, total, clock.now()):
                raise Lost

    progress(0, 0)  # only who has it still may sweep: what stands there may be whole
    _sweep(settings.exports, export_id, work.name)
    upto = _signed_upto(settings)
    with app.test_request_context(base_url=settings.console_url), unit_of_work() as session:
        now = clock.now()
        row = session.get_one(TimelineExport, export_id)
        incident = by_id(session, row.incident_id)
        entries = package.write(
            session,
            incident,
            work / "folder",
            settings,
            now,
            masked=row.masked,
            tell=app.extensions["log_sentences"],
            upto=upto,
            progress=progress,
        )
        inside = package.name_of(incident, row.asked_at, masked=row.masked)
    size, sha256 = package.pack(work / "folder", work / name, inside)
    _settle_on_disk(work / name)
    (work / name).replace(settings.exports / name)
    with unit_of_work() as session:
        mine = operations.finish(
            session, export_id, token, clock.now(),
            file=name, size=size, sha256=sha256, entries=entries,
        )  # fmt: skip
    if not mine:
        (settings.exports / name).unlink(missing_ok=True)
        raise Lost


def _signed_upto(settings: Settings) -> int | None:
    """Sign what there is, and say up to which entry. Done before the export is read: the ticker
    signs too, and would wait for a signature that a long transaction holds."""
    try:
        return sign_and_store(settings, clock.now())
    except OSError as error:
        # Signed, but the second place can't be written: the export holds all the same.
        log.warning("second_place_not_written", reason=str(error))
        with unit_of_work() as session:
            signed = newest_signed(session)
            return None if signed is None else signed.n


def _sweep(exports: Path, export_id: int, mine: str) -> None:
    """Take away what an earlier writer of this export left behind."""
    for path in exports.glob(f"{export_id}-*"):
        if path.name != mine:
            _take_away(path)


def _clear(exports: Path) -> None:
    """Take away what writers left that were killed for the last time: nobody comes after them."""
    there = list(exports.iterdir()) if exports.is_dir() else []  # before the rows: they only go on
    if not there:
        return
    with unit_of_work() as session:
        files, under_way = operations.kept(session)
    for path in there:
        number = path.name.partition("-")[0]
        if path.name not in files and number.isdecimal() and int(number) not in under_way:
            _take_away(path)


def _take_away(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _settle_on_disk(file: Path) -> None:
    with file.open("rb") as whole:
        os.fsync(whole.fileno())
