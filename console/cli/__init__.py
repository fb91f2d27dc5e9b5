"""The `budkavle` command. A subcommand's module is imported only when it is used."""

from __future__ import annotations

import errno
import importlib
import sys

import click

from console.errors import ConsoleError
from console.garbage import held_back

COMMANDS = {
    "up": "Start the whole installation and keep it running.",
    "prepare": "Make the database ready for processes that something else starts.",
    "doctor": "Say what is wrong with the folder, the ports and the services.",
    "accounts": "Bring the register of accounts in from a file.",
    "keys": "Change the key that secrets are sealed with, or the timeline's lost one.",
    "backup": "Write database and keys to one file, while the console runs.",
    "restore": "Put a backup into an empty home, or drill it.",
    "rehearse": "Play scenarios as an exercise through the real stack.",
    "verify": "Check an exported timeline, without database or network.",
    "export": "Write an event's timeline to a folder that explains itself.",
}
"""Name → one line. Each lives in console/cli/<name>.py as the click command `command`."""

REFUSED = 2
"""Exit code when something outside the program must be put right first."""


class LazyGroup(click.Group):
    """Knows its subcommands by name and loads one when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        with held_back():
            module = importlib.import_module(f"console.cli.{name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Every refusal is one plain sentence on stderr, never a traceback."""
        try:
            return super().invoke(ctx)
        except ConsoleError as error:
            said = str(error)
        except OSError as error:
            if error.errno == errno.EPIPE:  # click's: whoever read what we print has gone
                raise
            # A full disk, a folder of somebody else's, a file where a folder should be.
            where = "" if error.filename is None else f"{error.filename}: "
            said = f"{where}{error.strerror or error}."
        click.echo(f"budkavle: {said}", err=True)
        sys.exit(REFUSED)


@click.group(cls=LazyGroup)
@click.version_option(package_name="budkavle")
def main() -> None:
    """Crisis communications console for Swedish municipalities."""
