"""An event's timeline as a spreadsheet: real dates in Swedish time and in UTC, words in Swedish.

What people have written is text in every cell: nothing in it is a formula (OWASP, "CSV Injection").
It is written row by row, so that a long timeline takes no more memory than a short one.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from console.accounts.sheets import RISKY, guarded
from console.phrases import STOCKHOLM, for_xml
from console.review.lines import Row

LONGEST = 32_000
"""Characters that a cell of XLSX holds, and a little less."""
LONGEST_NAME = 31
"""Characters that a sheet's name may have."""
MOST_ROWS = 1_000_000
"""Rows of a sheet, and a little less; the next goes on in a sheet of its own."""
DAY_AND_TIME = "yyyy-mm-dd hh:mm:ss"
WIDTHS = (8, 20, 20, 16, 80, 28, 26, 28)
_BOLD = Font(bold=True)
_WRAPPED = Alignment(wrap_text=True, vertical="top")

Figures = Sequence[tuple[str, Sequence[str], Sequence[Sequence[str]]]]
"""(name, headings, rows) of each table beside the timeline."""


def write(path: Path, rows: Iterable[Row], tables: Figures) -> None:
    """One book: the timeline first, then a sheet for each table.

    Raises:
        OSError: it can't be written.
    """
    book = Workbook(write_only=True)
    for number, row in enumerate(rows):
        if number % MOST_ROWS == 0:
            sheet = _timeline(book, number // MOST_ROWS + 1)
        sheet.append(
            [
                row.n,
                _moment(sheet, row.at, STOCKHOLM),
                _moment(sheet, row.at, UTC),
                _text(sheet, row.kind),
                _text(sheet, row.text, wrapped=True),
                _text(sheet, row.account),
                _text(sheet, row.who),
                _text(sheet, row.tag),
            ]
        )
    for name, headings, cells in tables:
        sheet = book.create_sheet(name[:LONGEST_NAME])
        sheet.freeze_panes = "A2"
        for column in range(1, len(headings) + 1):
            sheet.column_dimensions[chr(64 + column)].width = 36 if column == 1 else 24
        sheet.append([_text(sheet, one, bold=True) for one in headings])
        for line in cells:
            sheet.append([_text(sheet, one, wrapped=True) for one in line])
    book.save(path)


@contextmanager
def csv_beside(path: Path) -> Iterator[Callable[[Row], None]]:
    """A table of the same rows: UTF-8 with BOM, semicolons, and moments as a Swedish spreadsheet
    takes them for dates. Gives what writes one row.

    Raises:
        OSError: it can't be written.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file, delimiter=";")
        table.writerow(_headings())

        def write_row(row: Row) -> None:
            table.writerow(
                [
                    row.n, _plain(row.at, STOCKHOLM), _plain(row.at, UTC),
                    *(guarded(one[:LONGEST]) for one in
                      (row.kind, row.text, row.account, row.who, row.tag)),
                ]
            )  # fmt: skip

        yield write_row


def _plain(at: datetime | None, zone: tzinfo) -> str:
    return "" if at is None else at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _headings() -> list[str]:
    return [
        _("Nr"), _("Tid i Sverige"), _("Tid i UTC"), _("Slag"), _("Vad som hände"), _("Konto"),
        _("Vem"), _("Märke"),
    ]  # fmt: skip


def _timeline(book: Workbook, number: int) -> Any:
    name = str(_("Tidslinje"))
    sheet = book.create_sheet(name if number == 1 else f"{name} {number}")
    sheet.freeze_panes = "A2"
    for column, width in zip("ABCDEFGH", WIDTHS, strict=True):
        sheet.column_dimensions[column].width = width
    sheet.append([_text(sheet, str(one), bold=True) for one in _headings()])
    return sheet


def _moment(sheet: Any, at: datetime | None, zone: Any) -> Any:
    if at is None:
        return None
    # A spreadsheet's moments have no zone, and no finer parts than it shows.
    cell = WriteOnlyCell(sheet, at.astimezone(zone).replace(tzinfo=None, microsecond=0))
    cell.number_format = DAY_AND_TIME
    return cell


def _text(sheet: Any, text: str, *, bold: bool = False, wrapped: bool = False) -> Any:
    clean = for_xml(text, "\N{REPLACEMENT CHARACTER}")
    cell = WriteOnlyCell(sheet, clean[:LONGEST])
    cell.data_type = "s"
    if clean.startswith(RISKY):
        cell.quotePrefix = True  # stays text when somebody edits the cell, too
    if bold:
        cell.font = _BOLD
    if wrapped:
        cell.alignment = _WRAPPED
    return cell
