"""The report claims PDF/A-3b and PDF/UA-1 and has what they ask for; every script is legible."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdf
import pytest
from flask import Flask

from console.config import Settings
from console.review import report
from console.review.figures_shown import Shown, Table, Tile
from console.review.lines import Row
from tests.review.conftest import ask, unpacked, write
from tests.review.scripted import play
from tests.stage import Stage

AT = datetime(2026, 6, 11, 5, 7, 9, tzinfo=UTC)
HEAD = report.Head("Koka vattnet", True, False, "Torsby kommun", ("Torsby.",), AT, "Fot")
SHOWN = Shown(
    [Tile("to_first", "8 min", "från öppnad till första besked")],
    [Table("a", "Rättelser", ("Fel i", "När"), [("Första", "kl 8")], "Inget.")],
)


def row(text: str, n: int = 1, tag: str = "delivery:sent") -> Row:
    return Row(n, AT + timedelta(seconds=n), tag, "", text, "", "Åsa Ek")


def made(app: Flask, *rows: Row) -> pypdf.PdfReader:
    log = report.Log()
    for one in rows:
        log.add(one)
    with app.test_request_context():
        content = report.pdf(HEAD, SHOWN, [report.Sent("Första", "", [rows[0].text])], log)
    return pypdf.PdfReader(io.BytesIO(content))


def text_of(reader: pypdf.PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def claims(reader: pypdf.PdfReader) -> None:
    """What the two standards ask for and a reader can see."""
    metadata = reader.xmp_metadata
    assert metadata is not None
    said = metadata.stream.get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in said
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in said
    assert "<pdfuaid:part>1</pdfuaid:part>" in said
    root = reader.trailer["/Root"]
    assert root["/Lang"].lower().startswith("sv") and root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]["/K"] and root["/ViewerPreferences"]["/DisplayDocTitle"]
    (file,) = root["/AF"]
    assert (file.get_object()["/AFRelationship"], file.get_object()["/F"]) == (
        "/Data",
        "nyckeltal.json",
    )


def test_it_claims_both_standards_and_carries_its_figures(app: Flask) -> None:
    reader = made(app, row("Koka vattnet."))
    claims(reader)
    (content,) = reader.attachments["nyckeltal.json"]
    assert json.loads(content)["figures"]["to_first"] == ["8 min", "från öppnad till första besked"]


@pytest.mark.parametrize(
    ("written", "legible"),
    [
        ("Вода: кипятите воду", "Вода: кипятите воду"),
        ("🚒 brinner 👍🏽", "[fire engine] brinner [thumbs up sign]"),
        ("#panic() $x$ \\ <a> @b", "#panic() $x$ \\ <a> @b"),
        ("中文 𝔘 \u0950", "[cjk unified ideograph-4e2d][cjk unified ideograph-6587]"),
    ],
)
def test_every_script_is_legible(app: Flask, written: str, legible: str) -> None:
    reader = made(app, row(written))
    claims(reader)
    assert "".join(legible.split()) in "".join(text_of(reader).split())


def test_arabic_stands_in_its_own_letters_beside_an_emoji(app: Flask) -> None:
    reader = made(app, row("اغلوا الماء 🚒"))
    claims(reader)
    said = text_of(reader)
    assert "arabic letter" not in said and "[fire engine]" in said
    assert any("\u0600" <= sign <= "\u06ff" or "\ufe70" <= sign <= "\ufeff" for sign in said)


def test_a_long_log_is_summed_up_and_what_matters_stands(app: Flask) -> None:
    rows = [row("skickad", n) for n in range(report.MOST + 500)]
    rows.append(row("Fel ute: Oleby.", 9_000, "fault:pressed"))
    reader = made(app, *rows)
    said = text_of(reader)
    assert "Fel ute: Oleby." in said and "1\u00a0501 poster" in said.replace("1 501", "1\u00a0501")
    assert len(reader.pages) < 8


def test_the_log_holds_no_more_than_it_shows() -> None:
    log = report.Log()
    for n in range(5_000):
        log.add(row("x", n, "round:missed"))
    assert (log.total, len(log.rows), len(log.weighty)) == (5_000, report.MOST, report.MOST)


def test_pages_are_numbered_of_how_many(app: Flask) -> None:
    reader = made(app, *(row(f"Post {n}", n) for n in range(200)))
    last = len(reader.pages)
    assert last > 1 and f"Sida {last} / {last}" in " ".join(reader.pages[-1].extract_text().split())


def test_a_whole_event_becomes_a_report(
    database: Settings, move_clock: Callable[[timedelta], None], tmp_path: Path
) -> None:
    stage = Stage(database, accounts=3)
    play(stage, move_clock)
    ask(stage)
    made_row = write(stage.settings)
    folder = unpacked((stage.settings.exports / made_row.file).read_bytes(), tmp_path)
    reader = pypdf.PdfReader(folder / "rapport.pdf")
    claims(reader)
    said = text_of(reader)
    for part in (
        "Det här var en övning.", "Innehåll", "Nyckeltal", "1 av", "Rättelser", "Det som gick ut",
        "Koka ditt kranvatten", "Karin Holm", "Kom inte i tid", "Obekräftat",
    ):  # fmt: skip
        assert part in said, part
