"""The report of an event whose texts hold emoji, Arabic and Cyrillic: what PDF/A-3b (ISO 19005-3)
and PDF/UA-1 (ISO 14289-1) ask for that a reader of the file's objects can see, glyph by glyph."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pypdf
import pytest
from flask import Flask

from console.review import report
from console.review.charts import FILLS, Row, Series, bars
from console.review.figures_shown import Chart, Table
from tests.review.test_report import HEAD, SHOWN, row

pikepdf = pytest.importorskip("pikepdf", reason="pikepdf is missing: pip install pikepdf")

WRITTEN = (
    "Koka ditt kranvatten i 3 minuter.",
    "Кипятите питьевую воду.",
    "اغلوا ماء الشرب.",
    "Brandbil 🚒 och tumme 👍🏽 på plats.",
)


CHART = Chart(
    bars("k", "Utfall", [Series(one, one) for one in FILLS], [Row("Första", [1, 2, 3, 4])], str),
    Table("k", "Utfall", ("Meddelande", *FILLS), [("Första", "1", "2", "3", "4")], ""),
)


@pytest.fixture
def content(app: Flask) -> bytes:
    log = report.Log()
    for n, text in enumerate(WRITTEN):
        log.add(row(text, n))
    with app.test_request_context():
        return report.pdf(HEAD, SHOWN, [report.Sent("Första", "Godkänt.", WRITTEN)], log, [CHART])


@pytest.fixture
def opened(content: bytes) -> Any:
    return pikepdf.open(io.BytesIO(content))


def test_it_says_what_it_claims_to_be_and_hides_nothing(opened: Any) -> None:
    with opened.open_metadata() as kept:
        assert (kept["pdfaid:part"], kept["pdfaid:conformance"]) == ("3", "B")
        assert kept["pdfuaid:part"] == "1"
        assert kept["dc:title"] == HEAD.title
        assert kept["dc:language"] == ["sv-SE"] or set(kept["dc:language"]) == {"sv-SE"}
    root = opened.Root
    assert not opened.is_encrypted
    assert not {"/OpenAction", "/AA", "/JavaScript", "/NeedsRendering"} & set(root.keys())
    (intent,) = root.OutputIntents
    assert intent.S == pikepdf.Name.GTS_PDFA1
    assert intent.DestOutputProfile.read_bytes()[36:40] == b"acsp"  # an ICC profile
    assert root.ViewerPreferences.DisplayDocTitle and str(root.Lang).lower().startswith("sv")


def test_every_page_is_tagged_and_its_tree_is_sound(opened: Any) -> None:
    root = opened.Root
    assert root.MarkInfo.Marked and "/ParentTree" in root.StructTreeRoot
    for page in opened.pages:
        assert "/StructParents" in page and page.get("/Tabs", "/S") == "/S"
    seen = list(_walk(root.StructTreeRoot.K))
    kinds = [str(one.S) for one in seen]
    assert {"/Document", "/Table", "/TR", "/TH", "/TD", "/Figure", "/H1"} <= set(kinds)
    for one in seen:
        if one.S == "/Figure":
            assert str(one.Alt)
        if one.S == "/TH":
            held = one.A if isinstance(one.A, pikepdf.Array) else [one.A]
            assert any("/Scope" in each for each in held)
    levels = [int(kind[2:]) for kind in kinds if kind[1] == "H" and kind[2:].isdigit()]
    assert levels and all(b - a <= 1 for a, b in pairwise(levels))


def test_its_figures_are_attached_as_data(opened: Any) -> None:
    (spec,) = opened.Root.AF
    assert (str(spec.AFRelationship), str(spec.UF)) == ("/Data", "nyckeltal.json")
    assert str(spec.Desc)
    file = spec.EF.F
    assert str(file.Subtype) == "/application/json" and "/ModDate" in file.Params
    assert json.loads(file.read_bytes())["figures"]["to_first"][0] == "8 min"
    assert list(opened.attachments) == ["nyckeltal.json"]


def test_every_glyph_is_there_and_says_what_it_is(content: bytes, opened: Any) -> None:
    """No font is left to the reader's machine, and no empty box (.notdef, 0) is drawn."""
    drawn = 0
    for fonts, name, codes in _shown(opened):
        font = fonts[name]
        assert font.Encoding == "/Identity-H" and "/ToUnicode" in font
        (below,) = font.DescendantFonts
        assert {"/FontFile2", "/FontFile3"} & set(below.FontDescriptor.keys())
        assert "+" in str(below.BaseFont)  # a part of it is embedded
        assert len(codes) % 2 == 0
        glyphs = [int.from_bytes(codes[at : at + 2]) for at in range(0, len(codes), 2)]
        assert 0 not in glyphs
        drawn += len(glyphs)
    assert drawn > 300
    said = " ".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(content)).pages)
    for part in (WRITTEN[0], WRITTEN[1], "[fire engine]", "[thumbs up sign]"):
        assert part in " ".join(said.split())
    # Read from the right, or from the left, as the reader of the file prefers; in their own forms.
    assert sum("\u0600" <= sign <= "\u06ff" or "\ufe70" <= sign <= "\ufeff" for sign in said) >= 26


def test_nothing_on_paper_needs_colour(opened: Any) -> None:
    shades = set()
    for operator, operands in _operations(opened):
        if operator in ("rg", "RG", "sc", "SC", "scn", "SCN"):
            given = [float(one) for one in operands if not isinstance(one, pikepdf.Name)]
            assert max(given, default=0) - min(given, default=0) < 0.01, given
            shades |= set(given)
        elif operator in ("g", "G"):
            shades.add(float(operands[0]))
        assert operator not in ("k", "K")
    # Black, white behind, and rules between rows: grey no lighter than a copier keeps.
    assert all(shade < 0.5 or shade > 0.99 for shade in shades), shades


def test_verapdf_agrees(content: bytes, tmp_path: Path) -> None:
    if shutil.which("verapdf") is None:
        pytest.skip("veraPDF is missing.")
    file = tmp_path / "rapport.pdf"
    file.write_bytes(content)
    for flavour in ("3b", "ua1"):
        said = subprocess.run(
            ["verapdf", "--flavour", flavour, "--format", "text", str(file)],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert said.stdout.startswith("PASS"), said.stdout


def test_pdfua_agrees(content: bytes, tmp_path: Path) -> None:
    checker = pytest.importorskip("pdfua", reason="pdfua is missing: pip install pdfua")
    file = tmp_path / "rapport.pdf"
    file.write_bytes(content)
    found = checker.validate(str(file)).findings
    assert [(one.rule_id, one.message) for one in found if one.severity.name == "ERROR"] == []


def _walk(node: Any) -> Iterator[Any]:
    """Each element of the structure tree, in reading order."""
    if isinstance(node, pikepdf.Array):
        for one in node:
            yield from _walk(one)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        yield node
        if "/K" in node:
            yield from _walk(node.K)


def _streams(opened: Any) -> Iterator[tuple[Any, Any]]:
    """Everything that draws: pages, and the forms and patterns in them, with their resources."""
    waiting = [(page, page.Resources) for page in opened.pages]
    while waiting:
        drawing, resources = waiting.pop()
        yield drawing, resources
        for kind in ("/XObject", "/Pattern"):
            for one in dict(resources.get(kind, {})).values():
                if isinstance(one, pikepdf.Stream) and "/Resources" in one:
                    waiting.append((one, one.Resources))


def _operations(opened: Any) -> Iterator[tuple[str, list[Any]]]:
    for drawing, _resources in _streams(opened):
        for one in pikepdf.parse_content_stream(drawing):
            yield str(one.operator), list(one.operands)


def _shown(opened: Any) -> Iterator[tuple[Any, str, bytes]]:
    """Each string that is drawn: the fonts there, the font's name, and its codes."""
    for drawing, resources in _streams(opened):
        name = ""
        for one in pikepdf.parse_content_stream(drawing):
            operator = str(one.operator)
            if operator == "Tf":
                name = str(one.operands[0])
            elif operator in ("Tj", "'", '"'):
                yield resources.Font, name, bytes(one.operands[-1])
            elif operator == "TJ":
                for piece in one.operands[0]:
                    if isinstance(piece, pikepdf.String):
                        yield resources.Font, name, bytes(piece)
