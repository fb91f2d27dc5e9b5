"""`budkavle restore FILE`: a backup into an empty home, or only a drill of it."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from console import clock, db, migrations
from console.cli.backups import restoring, sealed
from console.cli.backups.archive import Backup, opened
from console.cli.backups.settling import Settled, write_down
from console.cli.running import database_url, tidily
from console.config import Settings
from console.errors import ConsoleError
from console.timeline.models import Entry
from console.timeline.operations import record


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path),
    help="The file whose first line the backup was sealed with.",
)
@click.option("--pause", is_flag=True, help="Nothing repeats until a person lets it go on.")
@click.option(
    "--drill",
    is_flag=True,
    help="Restore into a throwaway folder, check everything, and take it away again. Nothing is "
    "sent, and nothing of the home is touched but the evidence that it went well.",
)
def command(file: Path, passphrase_file: Path | None, pause: bool, drill: bool) -> None:
    """Put a backup into the empty home (and empty database) that the environment names.

    End the old console first: two of them send everything twice. Then start: budkavle up
    """
    settings = Settings.from_env()
    phrase = None if passphrase_file is None else sealed.read_passphrase(passphrase_file)
    if not drill:
        restoring.check_empty(settings)
    with tidily(), opened(file, phrase, _scratch(settings.home, drill)) as backup:
        if drill:
            _drill(settings, backup)
            return
        settled = restoring.restore(settings, backup, pause=pause)
        click.echo(f"Restored into {settings.home}.")
        _tell(backup, settled)
        _tell_what_goes_on(settled)


def _scratch(home: Path, drill: bool) -> Path:
    """Where the opened copy of a sealed backup lies while it is read: on the home's own disk."""
    if drill:
        return Path(tempfile.gettempdir())
    while not home.exists():
        home = home.parent
    return home


def _drill(settings: Settings, backup: Backup) -> None:
    with tempfile.TemporaryDirectory(prefix="budkavle-drill-") as folder:
        home = Path(folder)
        there = replace(
            settings, home=home, database_url=None, head_copy=home / "second-place" / "heads.log"
        )
        settled = restoring.restore(there, backup, pause=True)
    click.echo("The drill went well, and what it made is gone again.")
    _tell(backup, settled)
    click.echo(_evidence(settings, backup))


def _evidence(settings: Settings, backup: Backup) -> str:
    """Write the drill down in the installation that the backup is of, if it can be reached."""
    nobody = "No installation of this backup was found here, so the drill is written down nowhere."
    try:
        if not migrations.check(db.connect(database_url(settings), pool_size=1)):
            return nobody
        with db.unit_of_work() as session:
            about = backup.about
            query = select(Entry.entry_hash).where(Entry.n == about.timeline_n)
            found = session.scalar(query)
            if found is None or found.hex() != about.timeline_hash:
                return nobody
            now = clock.now()
            write_down(session, about, backup.digest, now, drill=True)
            body = {"manifest": backup.digest, "made_at": about.made_at, "entry": about.timeline_n}
            record(session, "backup:drilled", body=body, now=now)
        return "Written down in the installation's timeline."
    except (ConsoleError, SQLAlchemyError):
        return nobody
    finally:
        with suppress(RuntimeError):
            db.disconnect()


def _tell(backup: Backup, settled: Settled) -> None:
    click.echo(
        f"  as of            {backup.about.made_at:%Y-%m-%d %H:%M:%S} UTC, "
        f"manifest {backup.digest}\n"
        f"  timeline         {settled.entries} entries, every one holds\n"
        f"  secrets          {settled.secrets} open, {settled.lost} don't\n"
        f"  may be out       {settled.unknown} posts: people are asked on the board\n"
        f"  tried again      {settled.again} posts, with the key that their servers know\n"
        f"  missed           {settled.rounds} rounds that the old console may have sent\n"
        f"  ordinary posts   {settled.held} held: their authors are asked\n"
        f"  paused           {settled.paused} broadcasts"
    )


def _tell_what_goes_on(settled: Settled) -> None:
    """Nobody but a person knows what was said after the backup: they are told before it starts."""
    if settled.going_on:
        click.echo(
            "\nThis goes on by itself once the console runs. Was something newer said after the "
            "backup? Then restore with --pause, or stop it on the board:"
        )
    for one in settled.going_on:
        promise = f", next word promised {one.promise_at:%H:%M} UTC" if one.promise_at else ""
        about = f"{one.incident}: " if one.incident else ""
        click.echo(f"  {one.next_due:%Y-%m-%d %H:%M:%S} UTC  {about}{one.message_type}{promise}")
    click.echo("\nEverybody logs in anew. Start it with: budkavle up")
