"""An export's spreadsheet and table, opened by LibreOffice: Swedish letters, real dates."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest

from console import clock, db
from console.incidents import operations as incidents
from console.incidents.models import Incident
from tests.review.conftest import ask, unpacked, write
from tests.stage import Stage

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
SAID = 'Ring Åsa Öberg på Ängsvägen; "å, ä och ö"'
CSV_IN = "59,34,76"
"""Semicolons between, quotes around, UTF-8: what a Swedish Excel takes for granted."""
SWEDISH = ":".join(("csv", "Text - txt - csv (StarCalc)", "9,34,76,1,,1053,false,true,false"))
"""Tabs between, dates as a cell shows them."""


@pytest.fixture
def office(tmp_path: Path) -> Callable[..., Path]:
    """Opens a file as somebody with a new profile would, and saves it as another kind."""
    if OFFICE is None:
        pytest.skip("LibreOffice is missing.")

    def convert(path: Path, to: str, *more: str) -> Path:
        out = tmp_path / "made"
        done = subprocess.run(
            [OFFICE, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", *more,
             "--convert-to", to, "--outdir", str(out), str(path)],
            capture_output=True, text=True, timeout=180,
        )  # fmt: skip
        made = out / f"{path.stem}.{to.partition(':')[0]}"
        assert made.is_file(), done.stdout + done.stderr
        return made

    return convert


@pytest.fixture
def folder(stage: Stage, tmp_path: Path) -> Path:
    with db.unit_of_work() as session:
        incidents.write_note(
            session, stage.lisa, session.get_one(Incident, stage.incident.id), kind="call",
            content=SAID, happened_at=clock.now() - timedelta(minutes=5), now=clock.now(),
        )  # fmt: skip
    ask(stage)
    row = write(stage.settings)
    return unpacked((stage.settings.exports / row.file).read_bytes(), tmp_path / "export")


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter="\t"))


def test_the_spreadsheet_opens_with_swedish_letters_and_real_dates(
    folder: Path, office: Callable[..., Path]
) -> None:
    head, *body = rows(office(folder / "tidslinje.xlsx", SWEDISH))
    assert any(SAID in cell for row in body for cell in row)
    at = head.index(next(name for name in head if "Tid" in name or "tid" in name))
    for row in body:
        datetime.fromisoformat(row[at])
    # What is a date to LibreOffice too: in its own format it is stored as one, not as text.
    made = office(folder / "tidslinje.xlsx", "ods")
    with ZipFile(made) as whole:
        content = whole.read("content.xml").decode()
    assert len(re.findall(r'office:value-type="date" office:date-value="\d{4}-', content)) >= len(
        body
    )


def dates(made: Path) -> int:
    """How many cells are dates to LibreOffice: in its own format it says so of each."""
    with ZipFile(made) as whole:
        content = whole.read("content.xml").decode()
    return len(re.findall(r'office:value-type="date" office:date-value="\d{4}-', content))


def test_the_plain_table_opens_with_swedish_letters_and_real_dates(
    folder: Path, office: Callable[..., Path]
) -> None:
    opened = f"--infilter=CSV:{CSV_IN},1,,1053"
    _head, *body = rows(office(folder / "tidslinje.csv", SWEDISH, opened))
    assert any(SAID in cell for row in body for cell in row)
    assert dates(office(folder / "tidslinje.csv", "ods", opened)) == 2 * len(body) > 0


def test_the_chains_table_opens_in_columns_with_swedish_letters(
    folder: Path, office: Callable[..., Path]
) -> None:
    made = office(folder / "timeline.csv", SWEDISH, f"--infilter=CSV:{CSV_IN},1,,1053")
    head, *body = rows(made)
    assert head[:4] == ["n", "at", "tag", "incident"]
    assert {len(row) for row in body} == {len(head)}
    assert any("Åsa Öberg på Ängsvägen" in cell for row in body for cell in row)
    with (folder / "timeline.csv").open(encoding="utf-8-sig", newline="") as file:
        given = list(csv.reader(file, delimiter=";"))
    assert [row[2] for row in body] == [row[2] for row in given[1:]]
