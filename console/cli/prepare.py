"""`budkavle prepare`: what `up` does before it starts anything, for those who start it themselves.

Compose, systemd or Kubernetes run the processes; this makes database and keys ready for them.
"""

from __future__ import annotations

from dataclasses import replace

import click

from console import sealing
from console.cli.database import migrate
from console.cli.running import database_url
from console.cli.up import first_link
from console.config import Settings


@click.command("prepare")
def command() -> None:
    """Bring the database to this version's schema; print the first administrator's address."""
    settings = Settings.from_env()
    settings = replace(settings, database_url=database_url(settings))
    migrate(settings.database_url or "")
    sealing.use(settings.keys)
    click.echo(first_link(settings) or "The database is ready.")
