from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from console import db
from console.accounts.queries import all_accounts
from console.cli import main
from console.config import Settings
from tests.accounts.conftest import THREE, Cast
from tests.accounts.timeline import entries

NEW = {"name": "Ny", "platform": "X", "handle": "@ny", "state": "aktiv"}
Import = Callable[..., Result]


@pytest.fixture
def run(cast: Cast, database: Settings, tmp_path: Path) -> Import:
    """Runs `budkavle accounts import` on a file with this content."""

    def run(content: Any, *options: str, url: str = database.database_url or "") -> Result:
        file = tmp_path / "konton.json"
        file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        env = {"DATABASE_URL": url, "BUDKAVLE_HOME": str(database.home)}
        result = CliRunner().invoke(main, ["accounts", "import", str(file), *options], env=env)
        db.connect(database.database_url or "")
        return result

    return run


def test_a_good_file_is_imported_and_counted(run: Import) -> None:
    result = run([NEW, {**NEW, "handle": "@b", "state": "aktiv; jour"}])
    assert (result.exit_code, result.stdout) == (
        0,
        "Inlagt: 2 konton, 0 nya personer, 3 avvikelser.\n",
    )
    assert entries("account:imported")[-1]["person"] is None


def test_a_file_with_a_byte_order_mark_is_read(run: Import) -> None:
    assert run(b"\xef\xbb\xbf" + json.dumps([NEW]).encode()).exit_code == 0


def test_every_fault_stands_on_a_line_of_its_own_and_nothing_is_imported(run: Import) -> None:
    result = run([NEW, {**NEW, "handle": "", "platform": "MySpace"}, THREE[2]])
    assert result.exit_code == 2
    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == [
        "post 2, platform",
        "post 2, handle",
        "post 3, handle",
        "Inget lades in.",
    ]
    with db.unit_of_work() as session:
        assert len(all_accounts(session)) == 3


@pytest.mark.parametrize(
    "content", [b"", b"[{]", b"\xff\xfe", b"{}", b"[" * 100_000, b'"text"'], ids=repr
)
def test_what_is_no_list_of_accounts_is_refused_in_one_sentence(
    run: Import, content: bytes
) -> None:
    result = run(content)
    assert result.exit_code == 2
    assert result.stderr.startswith("budkavle: konton.json") and result.stderr.count("\n") == 1


def test_whoever_does_it_is_named_in_the_timeline(run: Import, cast: Cast) -> None:
    assert run([NEW], "--as", "Maria@torsby.example").exit_code == 0
    assert entries("account:imported")[-1]["person"] == cast.maria.id


@pytest.mark.parametrize("email", ["lisa@torsby.example", "nobody@torsby.example"])
def test_nobody_imports_in_the_name_of_one_who_may_not(run: Import, email: str) -> None:
    result = run([NEW], "--as", email)
    assert result.exit_code == 2
    assert email in result.stderr
    assert len(entries("account:imported")) == 3


def test_without_a_running_installation_it_says_so(run: Import) -> None:
    result = run([NEW], url="")
    assert result.exit_code == 2
    assert "No database runs in" in result.stderr


def test_a_database_that_does_not_answer_is_named_without_its_password(run: Import) -> None:
    result = run([NEW], url="postgresql://me:hemligt@127.0.0.1:9649/none")
    assert result.exit_code == 2
    assert "127.0.0.1:9649" in result.stderr and "hemligt" not in result.stderr
