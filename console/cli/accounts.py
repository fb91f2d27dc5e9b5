"""`budkavle accounts`: the register from the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console import clock, db, sealing
from console.accounts.operations import import_accounts
from console.cli.database import migrate
from console.cli.running import database_url
from console.config import Settings
from console.errors import BadInput, Faults, NotAllowed
from console.people import queries as people
from console.people.models import Person
from console.people.rules import Permission, may

REFUSED = 2


@click.group("accounts")
def command() -> None:
    """Bring the register of accounts in from a file."""


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "email", metavar="EMAIL", help="Who does it, for the timeline.")
def import_file(file: Path, email: str | None) -> None:
    """Add every account in FILE (a JSON list), or none if anything is wrong with it."""
    entries = read(file)
    settings = Settings.from_env()
    url = database_url(settings)
    migrate(url)
    db.connect(url, pool_size=1)
    sealing.use(settings.keys)
    try:
        with db.unit_of_work() as session:
            actor = _actor(session, email) if email else None
            result = import_accounts(session, actor, entries, clock.now(), found_in_use=True)
    except Faults as error:
        for place, sentence in error.faults.items():
            click.echo(f"{place}: {sentence}", err=True)
        click.echo(_("Inget lades in."), err=True)
        sys.exit(REFUSED)
    finally:
        db.disconnect()
    click.echo(
        _(
            "Inlagt: %(accounts)d konton, %(people)d nya personer, %(deviations)d avvikelser.",
            accounts=result.accounts,
            people=result.people,
            deviations=result.deviations,
        )
    )


def read(file: Path) -> list[Any]:
    """The list in a JSON file, with or without a byte order mark.

    Raises:
        BadInput: it isn't JSON, or not a list.
    """
    try:
        entries = json.loads(file.read_text("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise BadInput(
            _(
                "%(file)s, rad %(line)d, tecken %(column)d: filen är inte JSON.",
                file=file.name,
                line=error.lineno,
                column=error.colno,
            )
        ) from None
    except (UnicodeDecodeError, RecursionError):
        raise BadInput(_("%(file)s är inte JSON i UTF-8.", file=file.name)) from None
    if not isinstance(entries, list):
        raise BadInput(_("%(file)s ska innehålla en lista med konton.", file=file.name))
    return entries


def _actor(session: Session, email: str) -> Person:
    person = people.by_email(session, email)
    if person is None or not person.active or not may(person.roles, Permission.IMPORT_ACCOUNTS):
        raise NotAllowed(_("%(email)s får inte lägga in konton.", email=email))
    return person
