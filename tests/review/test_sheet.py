"""The spreadsheet: real dates in both zones, Swedish headings, and never a formula."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from console.review import sheet
from console.review.lines import Row

AT = datetime(2026, 6, 11, 5, 7, 9, 120_000, tzinfo=UTC)
NASTY = ("=1+1", "+46", "-1", "@SUM(A1)", "\t=1", "'=1", '=HYPERLINK("http://x","y")')


def row(text: str = "Koka vattnet åäö 🚒", n: int = 1) -> Row:
    return Row(n, AT, "note:written", "Beslut", text, "Kommunen Facebook", "Åsa Ek")


def read(path: Path, rows: list[Row], tables: sheet.Figures = ()):  # type: ignore[no-untyped-def]
    sheet.write(path, iter(rows), tables)
    return load_workbook(path)


def test_times_are_dates_in_sweden_and_in_utc(app, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with app.test_request_context():
        book = read(tmp_path / "a.xlsx", [row()])
    page = book["Tidslinje"]
    assert [cell.value for cell in page[1]] == [
        "Nr", "Tid i Sverige", "Tid i UTC", "Slag", "Vad som hände", "Konto", "Vem", "Märke",
    ]  # fmt: skip
    assert page["B2"].is_date and page["C2"].is_date
    assert page["B2"].value.isoformat() == "2026-06-11T07:07:09"
    assert page["C2"].value.isoformat() == "2026-06-11T05:07:09"
    assert page["E2"].value == "Koka vattnet åäö 🚒" and page["G2"].value == "Åsa Ek"


@pytest.mark.parametrize("text", NASTY)
def test_what_people_write_is_never_a_formula(app, tmp_path: Path, text: str) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "a.xlsx"
    with app.test_request_context():
        book = read(path, [row(text)], [("Nyckeltal", ("Vad", "Värde"), [(text, text)])])
    for cell in (book["Tidslinje"]["E2"], book["Nyckeltal"]["A2"], book["Nyckeltal"]["B2"]):
        assert (cell.data_type, cell.quotePrefix) == ("s", True)
        assert str(cell.value).strip() == text.strip()
    with zipfile.ZipFile(path) as packed:
        assert b"<f>" not in b"".join(packed.read(name) for name in packed.namelist())


def test_what_a_cell_cannot_hold_is_cut_or_replaced(app, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    withheld = Row(2, None, "", "", "x" * 40_000, "", "")
    with app.test_request_context():
        page = read(tmp_path / "a.xlsx", [row("a\x00b\x1f"), withheld])["Tidslinje"]
    assert page["E2"].value == "a\ufffdb\ufffd" and page["B3"].value is None
    assert len(page["E3"].value) == sheet.LONGEST
