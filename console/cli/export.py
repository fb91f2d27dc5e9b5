"""`budkavle export EVENT --to DIR`: an event's timeline as a folder that explains itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from console import clock, db, migrations
from console.cli.running import database_url
from console.config import Settings
from console.errors import ConsoleError, NotFound
from console.incidents.models import Incident
from console.timeline.export import export
from console.timeline.signing import sign_and_store


@click.command(name="export")
@click.argument("event")
@click.option(
    "--to",
    "folder",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder to write; is made, and must be empty if it is there.",
)
def command(event: str, folder: Path) -> None:
    """Write the timeline of EVENT (its short name in addresses, or its number) to a folder.

    Check it with: budkavle verify DIR
    """
    try:
        settings = Settings.from_env()
        if not migrations.check(db.connect(database_url(settings))):
            _stop("The database hasn't this version's schema yet. Start Budkavle once: budkavle up")
        _sign(settings)
        with db.unit_of_work() as session:
            export(session, _incident_id(session, event), folder, settings, clock.now())
    except ConsoleError as error:
        _stop(str(error))
    except OperationalError as error:
        _stop(f"The database can't be reached: {str(error.orig).strip().splitlines()[0]}")
    except OSError as error:
        _stop(f"{error.filename or folder} can't be written: {error.strerror}.")
    finally:
        db.disconnect()
    click.echo(f"Written to {folder}. Check it with: budkavle verify {folder}")


def _sign(settings: Settings) -> None:
    """So that the second place has what the export is signed with."""
    try:
        sign_and_store(settings, clock.now())
    except OSError as error:
        # The export holds without; only the copy is missing.
        click.echo(f"{settings.head_copy} can't be written: {error.strerror}.", err=True)


def _incident_id(session: Session, event: str) -> int:
    which = Incident.id == int(event) if event.isdecimal() else Incident.slug == event
    found = session.scalar(select(Incident.id).where(which))
    if found is None:
        raise NotFound(f"There is no event {event!r}.")
    return found


def _stop(sentence: str) -> NoReturn:
    click.echo(f"budkavle: {sentence}", err=True)
    sys.exit(2)
