"""The axis of twenty thousand entries in a real browser: no task of its main thread is long, and
the page can be used by keyboard and read by a screen reader."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, Route, sync_playwright

from console.config import Settings
from console.people.models import Person
from tests.journeys.conftest import CHROMIUM, FLAGS, need_chromium
from tests.journeys.visitor import ASKED, AXE, LOOK, STICKING_OUT
from tests.review.conftest import person
from tests.review.long_event import fill
from tests.stage import Stage

LONG = 200_000
"""Microseconds."""
ORIGIN = "http://console.example"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    need_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def served(browser: Browser, client: FlaskClient, size: tuple[int, int]) -> Page:
    """A page whose every request the application answers, without a server between."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, locale="sv-SE")

    def answer(route: Route) -> None:
        whole = urlsplit(route.request.url)
        got = client.get(whole.path, query_string=whole.query)
        headers = {k: v for k, v in got.headers if k.lower() != "set-cookie"}
        route.fulfill(status=got.status_code, headers=headers, body=got.get_data())

    page.route("**/*", answer)
    return page


def longest_task(page: Page, act: Callable[[], Any]) -> int:
    """Microseconds that the longest task of a renderer's main thread took meanwhile, by Chromium's
    own trace: of the processor, since others may use the machine as well."""
    session = page.context.new_cdp_session(page)
    events: list[dict[str, Any]] = []
    done: list[bool] = []
    session.on("Tracing.dataCollected", lambda part: events.extend(part["value"]))
    session.on("Tracing.tracingComplete", lambda _end: done.append(True))
    session.send("Tracing.start", {"categories": "toplevel,devtools.timeline,__metadata"})
    act()
    session.send("Tracing.end")
    while not done:
        page.wait_for_timeout(50)
    main = {
        (one["pid"], one["tid"])
        for one in events
        if one["name"] == "thread_name" and one["args"]["name"] == "CrRendererMain"
    }
    tasks = [
        one.get("tdur", one["dur"])
        for one in events
        if one["name"] in ("RunTask", "ThreadControllerImpl::RunTask")
        and "dur" in one
        and (one["pid"], one["tid"]) in main
    ]
    assert tasks, "the trace has no tasks"
    return int(max(tasks))


def test_twenty_thousand_entries_hold_up_no_browser(
    database: Settings, client_for: Callable[[Person], FlaskClient], chromium: Browser
) -> None:
    stage = Stage(database, accounts=4)
    fill(stage, 20_000)
    client = client_for(person("Greta Lund", "reviewer"))
    address = f"{ORIGIN}/timeline/{stage.incident.slug}/axis"
    page = served(chromium, client, (1440, 900))
    page.goto(f"{ORIGIN}/timeline/")  # fonts and scripts are in the browser's store

    def look_around() -> None:
        page.goto(address)
        for words in ("Zooma in", "Zooma in", "Senare", "Zooma ut"):
            page.get_by_role("link", name=words, exact=True).click()
            page.wait_for_load_state()
        box = page.locator("#axis").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60, steps=10)
        page.mouse.up()
        page.wait_for_url("**start=*")
        page.wait_for_load_state()

    longest = longest_task(page, look_around)
    assert longest < LONG, f"{longest / 1000:.0f} ms"


def test_the_axis_can_be_read_and_used_by_everybody(
    database: Settings, client_for: Callable[[Person], FlaskClient], chromium: Browser
) -> None:
    stage = Stage(database, accounts=4)
    fill(stage, 2_000)
    client = client_for(person("Greta Lund", "reviewer"))
    for width in (1440, 360):
        page = served(chromium, client, (width, 800))
        page.goto(f"{ORIGIN}/timeline/{stage.incident.slug}/axis")
        page.evaluate(AXE.read_text())
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            found = page.evaluate(LOOK, [None, ASKED])
            assert found == [], json.dumps(found, ensure_ascii=False, indent=1)
        assert page.evaluate(STICKING_OUT) == []
        page.get_by_role("link", name="Som tabell").focus()
        page.keyboard.press("Enter")
        assert page.url.endswith("#poster")
        page.close()
