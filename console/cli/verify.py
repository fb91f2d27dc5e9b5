"""`budkavle verify FOLDER`: check an exported timeline, without database or network."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from console.timeline.verify import verify


@click.command(name="verify")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--fingerprint",
    metavar="HEX",
    help="The municipality's key fingerprint, from a source you trust. Without it you learn that "
    "the folder is whole, not who made it.",
)
def command(folder: Path, fingerprint: str | None) -> None:
    """Check an exported timeline and name the first bad entry or file.

    Exit code 0: it holds. 1: it doesn't. 2: the folder can't be read.
    """
    try:
        result = verify(folder, fingerprint)
    except OSError as error:
        click.echo(f"{error.filename or folder} can't be read: {error.strerror}.", err=True)
        sys.exit(2)
    if not result.ok:
        click.echo(f"NOT verified: {result.sentence}")
        sys.exit(1)
    click.echo(
        f"verified: {result.entries} entries, head {result.head_n} {result.head_hash}, "
        f"key fingerprint {result.fingerprint}"
    )
    if fingerprint is None:
        click.echo("Compare the fingerprint with the municipality's own, or give --fingerprint.")
