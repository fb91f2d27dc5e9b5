"""Where the platforms' own servers are installed, and what is missing where they aren't."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("BUDKAVLE_PEERS") or Path.home() / ".cache" / "budkavle-peers")


def node() -> str:
    """Node's path: the machine's own, or the one beside our Python. Skips where there is none."""
    beside = Path(sys.executable).parent
    found = shutil.which("node") or shutil.which("node", path=str(beside))
    if found is None:
        pytest.skip("Node is missing: make test-peers installs it")
    return found


def packages(name: str, *needed: str) -> Path:
    """The folder that holds a peer's node_modules. Skips where one of `needed` isn't installed."""
    folder = FOLDER / name
    for package in needed:
        if not (folder / "node_modules" / package / "package.json").is_file():
            pytest.skip(f"{package} is not in {folder}: make test-peers installs it")
    return folder


def python(name: str, package: str) -> Path:
    """The Python of a peer's own environment. Skips where it lacks `package`."""
    folder = FOLDER / name
    if not any(folder.glob(f"lib/python3*/site-packages/{package}/__init__.py")):
        pytest.skip(f"{package} is not in {folder}: make test-peers installs it")
    return folder / "bin" / "python"


def unpacked(name: str, **needed: str) -> list[Path]:
    """Files of a peer that is unpacked from Debian's packages, one for each program's pattern in
    `needed`. Skips where one isn't there, and names the program.
    """
    folder = FOLDER / name
    found = []
    for program, pattern in needed.items():
        each = next(iter(sorted(folder.glob(pattern))), None)
        if each is None:
            pytest.skip(f"{program} is not in {folder}: make test-peers installs it, on Debian")
        found.append(each)
    return found
