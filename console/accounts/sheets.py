"""Tables in files: CSV and XLSX to rows of text, and back. Pure.

A file is somebody's: it may be a bomb, in an old encoding, or hold what a spreadsheet would run.
All limits are told in words. What is written reads back as it was.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from console.errors import BadInput

LARGEST = 4 * 2**20
"""Bytes of a file as it comes."""
LARGEST_UNPACKED = 40 * 2**20
"""Bytes of an XLSX, which is a zip, once unpacked."""
MOST_ROWS = 10_000
MOST_COLUMNS = 40
MOST_PARTS = 200
"""Files inside an XLSX."""
LONGEST_CELL = 2_000
"""Characters."""
SEPARATORS = ";,\t"
RISKY = ("=", "+", "-", "@", "\t", "\r", "'")
"""How a cell begins that a spreadsheet might run; ' stands among them so that it can be undone."""
ZIP, OLD_XLS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Table:
    """A file's first sheet."""

    head: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    """(row as the spreadsheet numbers it, cells as long as `head`); empty rows are left out."""


def read(content: bytes) -> Table:
    """The table in a file, which says by its first bytes what it is.

    Raises:
        BadInput: it is too large, or isn't what can be read; the field is "file".
    """
    return _table(rows(content))


def rows(content: bytes) -> list[tuple[int, list[str]]]:
    """The rows of a file as (row as the spreadsheet numbers it, cells), with or without a heading.

    Raises as `read`.
    """
    if len(content) > LARGEST:
        raise _bad(_("Filen är större än %(most)d MB. Dela den.", most=LARGEST // 2**20))
    if not content.strip():
        raise _bad(_("Filen är tom."))
    if content.startswith(OLD_XLS):
        raise _bad(_("Filen är i Excels gamla format. Spara den som .xlsx eller CSV."))
    return _xlsx_rows(content) if content.startswith(ZIP) else _csv_rows(content)


def write_csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """As Swedish spreadsheets open it at a double click: semicolons, UTF-8 with its mark."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(head)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def write_xlsx(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """One sheet; every cell is text, so that none is taken for a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    bold = Font(bold=True)
    for number, row in enumerate([head, *rows]):
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, text)
            cell.data_type = "s"
            cell.quotePrefix = text.startswith(RISKY)
            if number == 0:
                cell.font = bold
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def guarded(cell: str) -> str:
    """The cell with ' before what a spreadsheet might run."""
    return f"'{cell}" if cell.startswith(RISKY) else cell


def unguarded(cell: str) -> str:
    """What was guarded, as it was."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(RISKY) else cell


def _table(rows: list[tuple[int, list[str]]]) -> Table:
    filled = [(number, row) for number, row in rows if any(row)]
    if not filled:
        raise _bad(_("Filen är tom."))
    (_number, head), *rest = filled
    while head and not head[-1]:
        head.pop()
    width = len(head)
    for number, row in rest:
        if any(row[width:]):
            raise _bad(_("Rad %(n)d har fler celler än rubrikraden.", n=number))
    if not rest:
        raise _bad(_("Filen har en rubrikrad men inga konton under den."))
    return Table(tuple(head), tuple((n, tuple([*row, *[""] * width][:width])) for n, row in rest))


def _csv_rows(content: bytes) -> list[tuple[int, list[str]]]:
    text = _decoded(content)
    first = text.lstrip().partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for number, row in enumerate(reader, 1):
            rows.append((number, [_cell(unguarded(c), number) for c in _within(row, number)]))
    except csv.Error:
        raise _bad(
            _("Rad %(n)d: ett citattecken är inte avslutat, eller står fel.", n=len(rows) + 1)
        ) from None
    return rows


def _decoded(content: bytes) -> str:
    """UTF-8, or what older Swedish spreadsheets write."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")  # type: ignore[assignment]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise _bad(_("Filen är varken CSV eller XLSX. Spara registret i något av dem."))


def _xlsx_rows(content: bytes) -> list[tuple[int, list[str]]]:
    _check_zip(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its own size may be a lie
        rows = []
        for number, cells in enumerate(sheet.iter_rows(), 1):
            _within(cells, number)
            rows.append((number, [_xlsx_cell(cell, number) for cell in cells]))
    except BadInput:
        raise
    except Exception:
        # openpyxl raises whatever a broken part makes it stumble over.
        raise _bad(
            _("Filen går inte att läsa som XLSX. Spara den på nytt, eller som CSV.")
        ) from None
    return rows


def _check_zip(content: bytes) -> None:
    """Look at what it would become before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS or sum(p.file_size for p in parts) > LARGEST_UNPACKED:
                raise _bad(
                    _(
                        "Filen är större än %(most)d MB uppackad. Ta bort bilder och tomma blad.",
                        most=LARGEST_UNPACKED // 2**20,
                    )
                )
            # zipfile unpacks no more of a part than it says there is.
            if any(
                b"<!DOCTYPE" in packed.read(p)
                for p in parts
                if p.filename.endswith((".xml", ".rels"))
            ):
                raise _bad(_("Filen innehåller något annat än en tabell."))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise _bad(
            _("Filen går inte att läsa som XLSX. Spara den på nytt, eller som CSV.")
        ) from None


def _xlsx_cell(cell: Any, row: int) -> str:
    if cell.data_type == "f":
        raise _bad(_("Rad %(n)d har en formel. Klistra in värdena i stället.", n=row))
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _cell(str(value), row)


def _cell(text: str, row: int) -> str:
    if len(text) > LONGEST_CELL:
        raise _bad(_("Rad %(n)d har en cell med fler än %(m)d tecken.", n=row, m=LONGEST_CELL))
    return text.strip()


def _within(cells: Sequence[Any], number: int) -> Sequence[Any]:
    if number > MOST_ROWS + 1:
        raise _bad(_("Filen har fler än %(most)d rader. Dela den.", most=MOST_ROWS))
    if len(cells) > MOST_COLUMNS:
        raise _bad(_("Rad %(n)d har fler än %(m)d kolumner.", n=number, m=MOST_COLUMNS))
    return cells


def _bad(sentence: str) -> BadInput:
    return BadInput(sentence, "file")
