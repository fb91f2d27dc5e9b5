"""`budkavle export EVENT --to DIR`: an event's timeline as a folder that explains itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from console import clock, create_addresses, db, migrations
from console.cli.running import database_url
from console.config import Settings
from console.errors import ConsoleError, NotFound
from console.incidents.models import Incident
from console.review import package
from console.review.lines import Tell
from console.timeline import rules
from console.timeline.operations import record
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
@click.option("--masked", is_flag=True, help="Leave personal data out, for handing out.")
def command(event: str, folder: Path, masked: bool) -> None:
    """Write the timeline of EVENT (its short name in addresses, or its number) to a folder.

    Check it with: budkavle verify DIR
    """
    try:
        settings = Settings.from_env()
        if not migrations.check(db.connect(database_url(settings))):
            _stop("The database hasn't this version's schema yet. Start Budkavle once: budkavle up")
        upto = _sign(settings)
        app = create_addresses(settings)
        with app.test_request_context(base_url=settings.console_url):
            _write(settings, event, folder, masked, upto, app.extensions["log_sentences"])
    except ConsoleError as error:
        _stop(str(error))
    except OperationalError as error:
        _stop(f"The database can't be reached: {str(error.orig).strip().splitlines()[0]}")
    except OSError as error:
        _stop(f"{error.filename or folder} can't be written: {error.strerror}.")
    finally:
        db.disconnect()
    click.echo(f"Written to {folder}. Check it with: budkavle verify {folder}")


def _write(
    settings: Settings, event: str, folder: Path, masked: bool, upto: int | None, tell: Tell
) -> None:
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, _incident_id(session, event))
        entries = package.write(
            session, incident, folder, settings, clock.now(),
            masked=masked, tell=tell, upto=upto,
        )  # fmt: skip
    with db.unit_of_work() as session:
        record(
            session,
            "timeline:exported",
            body={"masked": masked, "entries": entries},
            now=clock.now(),
            incident_id=incident.id,
        )


def _sign(settings: Settings) -> int | None:
    """So that the second place has what the export is signed with. Returns the last signed entry,
    None if that isn't known."""
    try:
        return sign_and_store(settings, clock.now())
    except OSError as error:
        # The export holds without; only the copy is missing.
        click.echo(f"{settings.head_copy} can't be written: {error.strerror}.", err=True)
        return None


def _incident_id(session: Session, event: str) -> int:
    """The short name first: an event may be called 112."""
    found = session.scalar(select(Incident.id).where(Incident.slug == event))
    if found is None and event.isdecimal() and int(event) <= rules.LARGEST_INTEGER:
        found = session.scalar(select(Incident.id).where(Incident.id == int(event)))
    if found is None:
        raise NotFound(f"There is no event {event!r}.")
    return found


def _stop(sentence: str) -> NoReturn:
    click.echo(f"budkavle: {sentence}", err=True)
    sys.exit(2)
