"""`budkavle backup FILE`: what can't be made anew, in one file, while the console runs."""

from __future__ import annotations

import os
from contextlib import ExitStack
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import IO

import click
import psycopg
from sqlalchemy.orm import Session

from console import clock, db
from console.cli.backups import dump, sealed
from console.cli.backups.archive import (
    DUMP,
    EXPLAINS,
    HEADS,
    KEY,
    README,
    About,
    Writer,
    written,
)
from console.cli.running import database_url, tidily
from console.config import Settings
from console.errors import WrongState
from console.timeline.compare import compare_with_second_place
from console.timeline.operations import record

MADE_ANEW = {"postgres-app", "postgres-superuser", "valkey", "web"}
"""Keys that a home makes for itself: of its own servers, and of logins, which a restore ends."""
NICE = 10
"""Posts go first."""


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path),
    help="Seal the backup with the first line of this file (12 characters or more, mode 0600).",
)
def command(file: Path, passphrase_file: Path | None) -> None:
    """Write database, keys and signed heads to FILE, while the console runs.

    Whoever holds FILE holds the keys. Try it with: budkavle restore FILE --drill
    """
    settings = Settings.from_env()
    phrase = None if passphrase_file is None else sealed.read_passphrase(passphrase_file)
    url = database_url(settings)
    os.nice(NICE)
    with tidily():
        about, digest = back_up(settings, url, file, phrase)
    doubt = _write_down(settings, url, about, digest, sealed_by_passphrase=phrase is not None)
    click.echo(
        f"Written to {file}: {file.stat().st_size / 1e6:.1f} MB, as of "
        f"{about.made_at:%Y-%m-%d %H:%M:%S} UTC, timeline to entry {about.timeline_n}.\n"
        f"Manifest {digest}."
    )
    if phrase is None:
        click.echo(
            "Whoever holds this file holds the keys: every saved secret, and the timeline's "
            "signature. Keep it where nobody else can read it, or seal it: --passphrase-file"
        )
    else:
        click.echo(
            "Sealed. Whoever holds this file and the passphrase holds the keys; without the "
            "passphrase nobody opens it, you neither. Keep the two apart."
        )
    if doubt:
        click.echo(doubt, err=True)


def back_up(settings: Settings, url: str, file: Path, phrase: str | None) -> tuple[About, str]:
    """Write the backup; returns what it says of itself and its manifest's SHA-256.

    The order keeps the parts in step: the signed heads are read up to where they reached before the
    database's picture was taken, and the keys must be the same before and after it.

    Raises:
        ConsoleError: one sentence; nothing stands at `file` then.
    """
    with ExitStack() as stack:
        heads = _heads(settings.head_copy, stack)
        keys = _keys(settings.keys)
        try:
            picture = stack.enter_context(dump.picture(url))
        except psycopg.OperationalError as error:
            reason = str(error).strip().splitlines()[0]
            raise WrongState(f"The database can't be reached: {reason}") from None
        about = About(
            program=version("budkavle"),
            schema=picture.schema,
            made_at=picture.at,
            timeline_n=picture.timeline_n,
            timeline_hash=picture.timeline_hash,
        )
        target = stack.enter_context(written(file))
        sealer = None if phrase is None else sealed.Sealer(target, phrase)
        archive = Writer(sealer or target, about)
        stack.callback(archive.let_go)
        archive.add(README, BytesIO(EXPLAINS.encode()))
        with dump.dumping(url, picture.snapshot) as dumped:
            archive.add(DUMP, dumped)
        for name, content in keys.items():
            archive.add(name, BytesIO(content))
        if heads is not None:
            archive.add(HEADS, heads[0], most=heads[1])
        if _keys(settings.keys) != keys:
            raise WrongState("The keys were changed during the backup. Make it again.")
        digest = archive.finish()
        if sealer is not None:
            sealer.finish()
    return about, digest


def _heads(copy: Path, stack: ExitStack) -> tuple[IO[bytes], int] | None:
    """The second place's file and how far to read it: what is signed later isn't in the picture."""
    try:
        file = stack.enter_context(copy.open("rb"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WrongState(f"{copy} can't be read: {error.strerror}.") from None
    return file, os.fstat(file.fileno()).st_size


def _keys(folder: Path) -> dict[str, bytes]:
    """Member name → content of every key that must be kept; drafts of a write are none."""
    try:
        return {
            f"keys/{one.name}": one.read_bytes()
            for one in sorted(folder.iterdir())
            if one.is_file() and one.name not in MADE_ANEW and KEY.fullmatch(f"keys/{one.name}")
        }
    except FileNotFoundError:
        return {}
    except PermissionError as error:
        raise WrongState(f"{error.filename} belongs to another user.") from None


def _write_down(
    settings: Settings, url: str, about: About, digest: str, *, sealed_by_passphrase: bool
) -> str:
    """Returns what is wrong with what was saved, for whoever can still mend it; "": nothing."""
    db.connect(url, pool_size=1)
    try:
        with db.unit_of_work() as session:
            doubt = _doubt(session, settings)
            body = {
                "manifest": digest,
                "made_at": about.made_at,
                "entry": about.timeline_n,
                "sealed": sealed_by_passphrase,
            }
            record(session, "backup:made", body=body, now=clock.now())
        return doubt
    finally:
        db.disconnect()


def _doubt(session: Session, settings: Settings) -> str:
    try:
        fault = compare_with_second_place(session, settings)
    except WrongState as error:  # of the key's file
        return error.message
    if fault is None:
        return ""
    if fault.kind == "copy_gone":
        return (
            f"The backup holds no signed heads. {fault.sentence} Is its disk mounted? Then make "
            "the backup again."
        )
    if fault.forbids_signing and not fault.is_of_the_key:
        return f"A restore refuses this backup. {fault.sentence}"
    return fault.sentence
