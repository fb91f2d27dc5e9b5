"""Files of accounts as they come: encodings, separators, bombs and what a spreadsheet would run."""

from __future__ import annotations

import io
import zipfile

import pytest
from openpyxl import Workbook, load_workbook

from console.accounts import sheets
from console.errors import BadInput

HEAD = ("Namn", "Plattform", "Konto")
ROW = ("Åmåls bibliotek", "Facebook", "@åmål")


def refused(content: bytes) -> str:
    with pytest.raises(BadInput) as error:
        sheets.read(content)
    assert error.value.field == "file"
    return error.value.message


def xlsx(*rows: tuple[object, ...]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def packed(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_csv_is_read_in_every_encoding_and_with_every_separator(
    encoding: str, separator: str
) -> None:
    text = "\r\n".join(separator.join(cells) for cells in (HEAD, ROW)) + "\r\n"
    assert sheets.read(text.encode(encoding)) == sheets.Table(HEAD, ((2, ROW),))


def test_quoted_cells_may_hold_separators_and_empty_rows_keep_the_numbers_right() -> None:
    text = 'Namn;Plattform;Konto\n\n"Ek; son";Facebook;ek\n;;\nBad;X;bad\n'
    rows = sheets.read(text.encode()).rows
    assert rows == ((3, ("Ek; son", "Facebook", "ek")), (5, ("Bad", "X", "bad")))


def test_an_xlsx_is_read_with_numbers_and_truth_as_text() -> None:
    found = sheets.read(xlsx(HEAD, ("Bad", True, 12.0), (None, None, None), ("Ek", "X", 3)))
    assert found.rows == ((2, ("Bad", "ja", "12")), (4, ("Ek", "X", "3")))


def test_a_formula_is_refused_with_its_row() -> None:
    assert refused(xlsx(HEAD, ("=1+1", "X", "a"))) == (
        "Rad 2 har en formel. Klistra in värdena i stället."
    )


@pytest.mark.parametrize("risky", ["=1+1", "+46", "-1", "@torsby", "'citat", "'=1+1", "''"])
def test_what_a_spreadsheet_would_run_is_guarded_and_reads_back_as_it_was(risky: str) -> None:
    csv = sheets.write_csv(HEAD, [(risky, "X", "a")])
    line = csv.decode("utf-8-sig").splitlines()[1]
    assert line.startswith("'")
    assert sheets.read(csv).rows == ((2, (risky, "X", "a")),)
    book = sheets.write_xlsx("Konton", HEAD, [(risky, "X", "a")])
    [cell, *_] = next(load_workbook(io.BytesIO(book)).active.iter_rows(min_row=2))
    assert cell.data_type == "s" and cell.value == risky and cell.quotePrefix
    assert sheets.read(book).rows == ((2, (risky, "X", "a")),)


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = packed(xl__worksheets__sheet1=b"0" * (sheets.LARGEST_UNPACKED + 1))
    assert len(bomb) < 100_000
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("unpacked"))
    assert "40 MB uppackad" in refused(bomb)


def test_a_file_of_endless_parts_and_one_with_entities_are_refused() -> None:
    assert "uppackad" in refused(packed(**{f"p{n}": b"" for n in range(sheets.MOST_PARTS + 1)}))
    evil = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    assert refused(packed(**{"xl__workbook.xml": evil})) == (
        "Filen innehåller något annat än en tabell."
    )


def test_a_sheet_with_one_cell_far_down_or_far_out_is_refused() -> None:
    book, out = Workbook(), io.BytesIO()
    book.active["A1"], book.active["A1048576"] = "Namn", "x"
    book.save(out)
    assert "fler än 10000 rader" in refused(out.getvalue())
    book, out = Workbook(), io.BytesIO()
    book.active["A1"], book.active["XFD1"] = "Namn", "x"
    book.save(out)
    assert "fler än 40 kolumner" in refused(out.getvalue())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "tom"),
        (b"  \n", "tom"),
        (b"Namn;Plattform;Konto\n", "inga konton"),
        (b"a;b\n1;2;3\n", "Rad 2 har fler celler"),
        (b'Namn;Konto\n"a;b\n', "citattecken"),
        (b"\xd0\xcf\x11\xe0rest", "gamla format"),
        (b"PK\x03\x04 broken", "XLSX"),
        (b"\x00\x01\x02", "varken CSV eller XLSX"),
        (b"a;" + b"x" * 2001 + b"\n1;2\n", "fler än 2000 tecken"),
        (b"x" * (sheets.LARGEST + 1), "4 MB"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(content: bytes, said: str) -> None:
    assert said in refused(content)
