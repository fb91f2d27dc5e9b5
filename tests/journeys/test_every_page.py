"""Every page there is, in English and on a phone too, the public site's, and refusals: no axe
violation in light or dark, and nothing sticking out.

A new page is added to `PAGES` (or, with its reason, to `NO_PAGE`): without it the first test fails.
One file, so that what all of it needs is made once.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Route, expect

from console.site import render
from console.site.view_model import Lang
from tests.journeys.conftest import Installation, Visit
from tests.journeys.english import swedish_left
from tests.journeys.pages import EXERCISE_PAGES, NO_PAGE, PAGES, Prepared, nothing
from tests.journeys.visitor import PHONE, STICKING_OUT, Visitor
from tests.site.test_render import site, water

pytestmark = pytest.mark.timeout(300, func_only=True)  # what is prepared once is not counted
PARTS = 4
"""Two hundred pages in one test take longer than a test may."""
SITE = ("", "konton/", "tillganglighet/")
"""Pages of a public site; the same under en/."""
ON_THE_PHONE = (
    ("Lisa", "/incidents/{open}/promises/{broadcast}"),
    ("Karin", "/"),
    ("Lisa", "/incidents/{open}/"),
    ("Lisa", "/incidents/{open}/messages/{returned}"),
    ("Karin", "/incidents/{open}/approve/{version}"),
    ("Karin", "/incidents/{open}/approve/{version}/return"),
    ("Karin", "/incidents/{open}/messages/correct"),
    ("Karin", "/incidents/{open}/promises/{broadcast}"),
    ("Karin", "/duty"),
    ("Lisa", "/incidents/{open}/staff/"),
    ("Emma", "/incidents/{open}/handovers/{handover}"),
    ("Karin", "/incidents/{open}/messages/{correction}/fault"),
    ("Peter", "/notices/{notice}"),
    ("Peter", "/incidents/{open}/tasks/{task}"),
    ("Peter", "/incidents/{open}/rumours"),
    ("Lisa", "/incidents/{open}/rumours/{said}"),
    ("Lisa", "/incidents/{open}/answers"),
    ("Peter", "/incidents/{open}/switchboard/"),
    ("Lisa", "/ovning/{open}/h/{open}/"),
)
REFUSALS = {
    403: ("Peter", "/people"),
    404: ("Lisa", "/nothing"),
    405: ("Lisa", "/logout"),
}


def test_no_page_of_the_console_is_left_unvisited(app: Flask) -> None:
    adapter = app.url_map.bind("localhost")
    anything = defaultdict(lambda: "1")
    addresses = [address for _who, address in PAGES]
    addresses += ["/ovning/{open}/" + page for page in EXERCISE_PAGES]
    read = {
        adapter.match(urlsplit(address.format_map(anything)).path, return_rule=True)[0].rule
        for address in addresses
    }
    pages = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or set()) and rule.endpoint not in NO_PAGE
    }
    assert read == pages
    assert NO_PAGE.keys() <= app.view_functions.keys()


@pytest.mark.parametrize("part", range(PARTS))
def test_no_page_has_a_violation_in_light_or_dark(part: int, prepared: Prepared) -> None:
    found = {}
    for visitor, address in list(prepared.pages())[part::PARTS]:
        visitor.go(address)
        found[address] = visitor.look(every_rule=True)
    nothing(found)


def test_no_page_of_the_public_site_has_a_violation(
    prepared: Prepared, installation: Installation
) -> None:
    found = {}
    anybody = prepared.visitors[""]
    for language in ("", "en/"):
        for page in SITE:
            anybody.go(f"{installation.running.public}/{language}{page}")
            found[anybody.page.url] = anybody.look(every_rule=True)
    nothing(found)


@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize("state", ["on time", "late", "over"])
def test_no_page_of_a_live_event_has_a_violation(browser: Browser, lang: Lang, state: str) -> None:
    """Drawn from plain values: there is no live event where there are example people."""
    page = replace(water(lang, late=state == "late"), over=state == "over")
    shown = site(lang, page)
    files = {
        "/": render.index(shown),
        "/h/": render.event(shown, page),
        "/site.css": render.STYLE.read_text(),
        "/icon.svg": render.icon(shown).decode(),
    }

    def serve(route: Route) -> None:
        path = urlsplit(route.request.url).path
        kinds = {"/site.css": "text/css", "/icon.svg": "image/svg+xml"}
        route.fulfill(body=files[path], content_type=kinds.get(path, "text/html; charset=utf-8"))

    visitor = Visitor(browser, "http://torsby.example")
    visitor.context.route("**/*", serve)
    for path in ("/", "/h/"):
        visitor.go(path)
        assert visitor.look(every_rule=True) == []
    visitor.context.close()


def test_no_page_has_a_violation_on_the_phone(prepared: Prepared, visit: Visit) -> None:
    found = {}
    phones = {name: visit(name, PHONE) for name in dict(ON_THE_PHONE)}
    for name, address in ON_THE_PHONE:
        phones[name].go(address.format(**prepared.values))
        found[address] = phones[name].look(every_rule=True)
    nothing(found)


def test_no_refusal_has_a_violation(prepared: Prepared, installation: Installation) -> None:
    for status, (name, address) in REFUSALS.items():
        visitor = prepared.visitors[name]
        with visitor.expecting(f"status of {status}"):
            answer = visitor.page.goto(address)
            assert answer is not None
            assert answer.status == status
            assert visitor.look(every_rule=True) == []
    lisa = prepared.visitors["Lisa"]
    lisa.go("/me")
    lisa.page.locator("[name=csrf_token]").evaluate_all("all => all.forEach(e => e.value = 'x')")
    with lisa.expecting("status of 400"):
        lisa.button("Logga ut överallt").click()
        lisa.sees("Formuläret gick inte att ta emot.")
        assert lisa.look(every_rule=True) == []
    anybody = prepared.visitors[""]
    for address in ("/nothing", "/en/nothing"):
        with anybody.expecting("status of 404"):
            answer = anybody.page.goto(installation.running.public + address)
            assert answer is not None
            assert answer.status == 404
            assert anybody.look(every_rule=True) == []


def test_no_page_in_english_says_anything_in_swedish(prepared: Prepared) -> None:
    try:
        for visitor in prepared.visitors.values():
            speak(visitor, "In English", "På svenska")
            visitor.page.set_viewport_size({"width": 320, "height": visitor.size[1]})
        found = {}
        for visitor, address in prepared.pages():
            if address.startswith("/ovning/") and "/vagg" not in address:
                continue  # the site has its own words, and its own test of them
            visitor.go(address)
            found[address] = swedish_left(visitor.page) + visitor.page.evaluate(STICKING_OUT)
        nothing(found)
    finally:
        for visitor in prepared.visitors.values():
            speak(visitor, "På svenska", "In English")


def speak(visitor: Visitor, press: str, then: str) -> None:
    visitor.go("/me")
    visitor.button(press).click()
    expect(visitor.button(then)).to_be_visible()
