"""Charts: one drawing for page and paper, told apart without colour, with the figures beside it."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdf
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from console import clock, db
from console.config import Settings
from console.incidents.models import Incident
from console.people.models import Person
from console.review import charts_shown, figures_queries, report
from console.review.charts import FILLS, Row, Series, bars
from console.review.figures_rules import Facts, Post, Round, count
from tests.review.conftest import ask, person, unpacked, write
from tests.review.scripted import Move, play
from tests.stage import Stage

NOON = datetime(2026, 6, 11, 12, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"


def drawn(rows: list[Row], series: int = 2) -> ET.Element:
    named = [Series(f"S{n}", FILLS[n]) for n in range(series)]
    return ET.fromstring(bars("k", "Rubrik <1>", named, rows, str))


def test_bars_are_as_long_as_their_values() -> None:
    root = drawn([Row("a", [10, 30]), Row("b", [0, 40], "40 av 40")])
    boxes = [e for e in root.iter(f"{SVG}rect") if float(e.attrib["y"]) > 20]
    wide = [float(e.attrib["width"]) for e in boxes]
    assert len(boxes) == 3  # nothing is no bar
    assert wide[1] == pytest.approx(3 * wide[0], rel=0.01)
    assert wide[2] == pytest.approx(wide[0] + wide[1], rel=0.01)
    assert root.attrib["aria-label"] == "Rubrik <1>"


def test_no_colour_is_needed_or_used() -> None:
    svg = bars("k", "x", [Series(f, f) for f in FILLS], [Row("a", [1, 2, 3, 4])], str)
    colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg))
    assert colours == {"currentColor", "none", "url(#k-lines)", "url(#k-dots)"}
    assert "style" not in svg


@pytest.mark.parametrize("rows", [[], [Row("a", [0, 0])], [Row("a", [10**7, 1])]])
def test_nothing_and_very_much_can_be_drawn(rows: list[Row]) -> None:
    root = drawn(rows)
    assert all(float(e.attrib["width"]) <= 720 for e in root.iter(f"{SVG}rect"))
    assert len(list(root.iter(f"{SVG}text"))) < 20


def test_names_from_people_are_text_only() -> None:
    root = drawn([Row("<script>&\"' " + "x" * 90, [1, 1], "</svg>")])
    assert not list(root.iter(f"{SVG}script"))
    assert any((e.text or "").startswith("<script>&") for e in root.iter(f"{SVG}text"))


def test_rounds_and_languages_are_counted_each_once() -> None:
    def at(minutes: int) -> datetime:
        return NOON + timedelta(minutes=minutes)

    rounds = [Round(n, 1, n, n, at(10 * n), missed=n == 3) for n in (1, 2, 3, 4)]
    posts = [
        Post(1, 1, 1, 1, "post", "sent", at(10)),
        Post(2, 1, 1, 2, "post", "refused", at(10), "en"),
        Post(3, 1, 2, 1, "post", "sent", at(25), "en"),
        Post(4, 1, 4, 1, "post", "unknown", None),
    ]
    nothing: dict[str, Any] = dict.fromkeys(
        ("texts", "asked", "marks", "troubles", "notices", "rumours"), ()
    )
    found = count(Facts(NOON, None, rounds=rounds, posts=posts, **nothing), at(60))
    (of,) = found.rounds_of
    assert (of.in_time, of.late, of.missed, of.nothing) == (1, 1, 1, 1)
    assert found.outcomes == {"sent": 2, "refused": 1, "unknown": 1}
    assert {k: (v.posts, v.out) for k, v in found.languages.items()} == {
        "en": (2, 1), "sv": (2, 1),
    }  # fmt: skip


def test_page_and_report_hold_the_same_drawings_of_what_the_rows_say(
    database: Settings,
    move_clock: Move,
    client_for: Callable[[Person], FlaskClient],
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    stage = Stage(database, accounts=3)
    play(stage, move_clock)
    with db.unit_of_work() as session, app.test_request_context():
        incident = session.get_one(Incident, stage.incident.id)
        found = count(figures_queries.facts(session, incident), clock.now())
        charts = charts_shown.charts(found)
        ended = dict(
            session.execute(text("SELECT state, count(*) FROM deliveries GROUP BY 1")).all()
        )
        said = session.execute(text(
            "SELECT language, count(*), count(*) FILTER (WHERE state IN ('sent', 'confirmed'))"
            " FROM deliveries GROUP BY 1")).all()  # fmt: skip
    assert found.outcomes == ended
    assert {(k, v.posts, v.out) for k, v in found.languages.items()} == {tuple(r) for r in said}
    assert [one.table.key for one in charts] == [
        "chart_ways", "chart_rounds", "chart_outcomes", "chart_languages",
    ]  # fmt: skip
    page = client_for(person("Greta Lund", "reviewer")).get(f"/timeline/{stage.incident.slug}/")
    for one in charts:
        assert one.svg in page.text and one.table.title in page.text

    handed: list[Any] = []
    make = report._made

    def remember(data: Any) -> bytes:
        handed.append(data)
        return make(data)

    monkeypatch.setattr(report, "_made", remember)
    ask(stage)
    row = write(stage.settings)
    assert [one["svg"] for one in handed[0]["charts"]] == [one.svg for one in charts]
    folder = unpacked((stage.settings.exports / row.file).read_bytes(), tmp_path)
    reader = pypdf.PdfReader(folder / "rapport.pdf")
    said_in_pdf = " ".join(" ".join(p.extract_text() for p in reader.pages).split())
    assert "Hur inläggen slutade" in said_in_pdf and "Väntar på godkännande" in said_in_pdf
    (content,) = reader.attachments["nyckeltal.json"]
    keys = [one["key"] for one in json.loads(content)["tables"]]
    assert keys[-4:] == [one.table.key for one in charts]
