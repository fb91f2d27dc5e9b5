"""The water reviewed in a real browser: every figure of the page is what the raw rows say, and one
that nobody has checked can't be added."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page

from console.config import Settings
from console.people.models import Person
from tests.review import raw_figures
from tests.review.conftest import person
from tests.review.scripted import Move, play
from tests.review.test_axis_browser import ORIGIN, chromium, served  # noqa: F401
from tests.stage import Stage

# What stands on the page, by key. Each thing is taken out of a copy as it is read, so that what is
# left holds no figure.
READ = r"""() => {
  const said = (node) => node.textContent.replace(/[\s\u00a0]+/g, " ").trim();
  const main = document.querySelector("main").cloneNode(true);
  const found = {lead: "", tiles: {}, tables: {}, counts: {}, bars: {}, findings: []};
  const taken = [];
  const lead = main.querySelector(".page-head .quiet");
  found.lead = said(lead); taken.push(lead);
  for (const tile of main.querySelectorAll("dl.figures > div")) {
    const value = tile.querySelector("[data-figure]");
    found.tiles[value.dataset.figure] = [said(value), said(tile.querySelector("dt"))];
    taken.push(tile);
  }
  for (const section of main.querySelectorAll("section")) {
    const key = section.getAttribute("aria-labelledby");
    const count = section.querySelector(".zone-count");
    if (count) { found.counts[key] = said(count); taken.push(count); }
    for (const table of section.querySelectorAll("table")) {
      found.tables[key] = [...table.tBodies[0].rows].map((row) => [...row.cells].map(said));
      found.tables[key].columns = table.tHead.rows[0].cells.length;
      taken.push(table);
    }
    for (const svg of section.querySelectorAll("svg.chart")) {
      const ticks = [], boxes = [], texts = [];
      for (const text of svg.querySelectorAll("text")) {
        const at = [Number(text.getAttribute("x")), Number(text.getAttribute("y")), said(text)];
        if (text.getAttribute("text-anchor") === "middle") ticks.push(at); else texts.push(at);
      }
      for (const box of svg.querySelectorAll("rect"))
        boxes.push(["x", "y", "width"].map((name) => Number(box.getAttribute(name))));
      found.bars[key] = {ticks, boxes, texts};
      taken.push(svg);
    }
    for (const one of section.querySelectorAll("li.todo")) {
      const parts = [said(one.querySelector(".todo-what"))];
      const why = one.querySelector(".todo-why");
      if (why) { why.querySelectorAll("a").forEach((a) => a.remove()); parts.push(said(why)); }
      found.findings.push(parts); taken.push(one);
    }
  }
  found.keys = [...main.querySelectorAll("section")].map((s) => s.getAttribute("aria-labelledby"));
  taken.forEach((node) => node.remove());
  found.left = said(main);
  return found;
}"""


@pytest.fixture
def seen(
    database: Settings,
    move_clock: Move,
    client_for: Callable[[Person], FlaskClient],
    chromium: Any,  # noqa: F811
) -> Iterator[Page]:
    """A reviewer's page of the water, which was played over one day from nine o'clock."""
    now = datetime.now(ZoneInfo("Europe/Stockholm"))
    nine = now.replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=now.hour >= 9)

    def move(further: timedelta) -> None:
        move_clock(nine - now + further)

    move(timedelta())
    stage = Stage(database, accounts=3)
    play(stage, move)
    page = served(chromium, client_for(person("Greta Lund", "reviewer")), (1440, 900))
    page.goto(f"{ORIGIN}/timeline/{stage.incident.slug}/")
    yield page
    page.close()


def test_every_figure_on_the_page_is_what_the_raw_rows_say_and_another_is_noticed(
    seen: Page,
) -> None:
    _check(seen)
    _check_that_others_are_found(seen)


def _check(seen: Page) -> None:
    found = seen.evaluate(READ)
    wanted = raw_figures.expected()
    assert {key: tuple(value) for key, value in found["tiles"].items()} == wanted.tiles
    assert sorted(found["tables"]) == sorted(wanted.tables)
    for key, table in wanted.tables.items():
        shown = found["tables"][key]
        if key == "chart_outcomes":  # the commonest first; those as common in any order
            shown, table = sorted(shown), sorted(table)
        assert shown == table and table, key
    assert found["findings"] == wanted.findings
    assert found["lead"].endswith(wanted.lead)
    counted = {key: str(len(table)) for key, table in wanted.tables.items() if "chart" not in key}
    assert found["counts"] == counted | {"titta": str(len(wanted.findings))}
    assert sorted(found["bars"]) == sorted(wanted.bars)
    for key, bars in wanted.bars.items():
        _drawn_right(key, found["bars"][key], bars)

    assert sorted(found["keys"]) == sorted({"nyckeltal", "titta", *wanted.tables})
    assert not re.search(r"\d", found["left"]), f"a figure that nothing checks: {found['left']}"

    # The script holds all that a review is about, so that no figure is right by being empty.
    assert {row[2] for row in wanted.tables["failures"]} == {"Nekat", "Obekräftat"}
    assert "Missad" in {row[3] for row in wanted.tables["rounds"]}
    assert "Kom inte i tid" in {row[2] for row in wanted.tables["promises"]}
    assert len(wanted.tables["corrections"]) == len(wanted.tables["rumours"]) == 1
    assert wanted.findings[-1] == ["1 av 2 har inte kvitterat låset"]


ADDED = {
    "tile": "document.querySelector('dl.figures').insertAdjacentHTML('beforeend', "
    "'<div><dt>nytt</dt><dd data-figure=\"new\">–</dd></div>')",
    "table": "document.querySelector('main .review-tables').insertAdjacentHTML('beforeend', "
    '\'<section aria-labelledby="new"><table><thead><tr><th>A</th></tr></thead>'
    "<tbody><tr><td>B</td></tr></tbody></table></section>')",
    "text": "document.querySelector('main').insertAdjacentHTML('beforeend', '<p>7 nya</p>')",
    "column": "document.querySelectorAll('section[aria-labelledby=messages] tr')"
    ".forEach((row) => row.insertAdjacentHTML('beforeend', '<td>–</td>'))",
    "finding": "document.querySelector('.todo-what').textContent += ' 3'",
    "another value": "document.querySelector('[data-figure=rounds]').textContent = '8 av 8'",
    "a longer bar": "document.querySelectorAll('svg.chart rect')[5].setAttribute('width', '99')",
}


def _check_that_others_are_found(seen: Page) -> None:
    for name, added in ADDED.items():
        seen.reload()
        seen.evaluate(f"() => {{ {added} }}")
        noticed = False
        try:
            _check(seen)
        except AssertionError:
            noticed = True
        assert noticed, name


def _drawn_right(key: str, drawn: Any, bars: raw_figures.Bars) -> None:
    """Rows' names and last words, and each bar as long as its value on the scale that is drawn."""
    scale = [(x, _worth(said)) for x, _y, said in drawn["ticks"]]
    (start, zero), (end, most) = scale[0], scale[-1]
    assert zero == 0 and most > 0, key
    each = (end - start) / most
    for x, worth in scale:
        assert x == pytest.approx(start + worth * each, abs=0.2), key
    lines = {name: (values, after) for name, values, after in bars.rows}
    below = [one for one in drawn["texts"] if one[1] > 20]  # above stand the patterns' names
    names = [(y, said) for x, y, said in below if x == 0]
    assert sorted(said for _y, said in names) == sorted(lines), key
    for y, name in names:
        values, after = lines[name]
        assert [said for x, at, said in below if at == y and x > 0] == [after], (key, name)
        wide = [one[2] for one in drawn["boxes"] if abs(one[1] - (y - 13)) < 1]
        wanted = [max(1.0, value * each) for value in values if value > 0]
        assert wide == pytest.approx(wanted, abs=0.2), (key, name)
    assert len(drawn["boxes"]) - sum(one[1] < 20 for one in drawn["boxes"]) == sum(
        value > 0 for _name, values, _after in bars.rows for value in values
    )


def _worth(said: str) -> float:
    """What a mark of the scale says: minutes, or a number."""
    if said == "0 s" or said.isdigit():
        return 0.0 if said == "0 s" else float(said)
    units = {"tim": 60.0, "min": 1.0}
    return sum(int(n) * units[unit] for n, unit in re.findall(r"(\d+) (\w+)", said))
