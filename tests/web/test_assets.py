"""Third-party browser files come from npm and from nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from console.web import assets


def node_modules(folder: Path) -> Path:
    for source in assets.FILES:
        path = folder / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return folder


def test_exactly_the_files_that_pages_ask_for_are_copied(tmp_path: Path) -> None:
    assets.copy(node_modules(tmp_path / "node_modules"), tmp_path / "vendor")
    copied = {path.name: path.read_text() for path in (tmp_path / "vendor").iterdir()}
    assert copied == {name: source for source, name in assets.FILES.items()}


def test_a_missing_package_is_named_with_the_command_that_brings_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"htmx.*npm ci"):
        assets.copy(tmp_path, tmp_path / "vendor")
    assert not (tmp_path / "vendor").exists()


def test_the_lock_file_pins_every_package_and_names_no_registry() -> None:
    lock = json.loads((assets.ROOT / "package-lock.json").read_text())
    packages = [entry for path, entry in lock["packages"].items() if path]
    assert packages
    assert all("resolved" not in entry and entry["integrity"] for entry in packages)


def test_versions_are_exact() -> None:
    package = json.loads((assets.ROOT / "package.json").read_text())
    versions = {**package["dependencies"], **package["devDependencies"]}
    assert all(version[0].isdigit() for version in versions.values()), versions
