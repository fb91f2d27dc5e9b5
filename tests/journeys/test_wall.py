"""A wall in another room: opened by a link without a login, it follows along until revoked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.journeys.conftest import Visit
from tests.journeys.steps import INSTRUCTION, broadcast, open_exercise

pytestmark = pytest.mark.timeout(300)  # three browsers, on a shared machine
SOUNDED = "document.addEventListener('budkavle:sounded', () => { window.sounded = true; })"
ALARM = '<p data-alarm="refused-4711"></p>'


def with_row(row: str) -> Callable[[Route], None]:
    """Answers with the board as it is, and one row more."""

    def answer(route: Route) -> None:
        real = route.fetch(headers={**route.request.headers, "If-None-Match": ""})
        route.fulfill(response=real, body=real.text() + row)

    return answer


def test_a_wall_follows_an_exercise_until_its_link_is_revoked(visit: Visit) -> None:
    lisa, karin, screen = visit("Lisa"), visit("Karin"), visit(None, (1920, 1080))
    slug = broadcast(lisa, karin, "På väggen", every=600, rounds=200)

    lisa.link("Väggskärm").click()
    lisa.field("Var ska den användas?").fill("Ledningsrummet")
    lisa.button("Gör länken").click()
    address = lisa.page.locator("code").inner_text()
    lisa.check("wall-links")

    screen.go(address)
    screen.sees(INSTRUCTION)
    screen.check("wall")
    fits = screen.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert fits, "nobody scrolls a wall"
    screen.page.evaluate("window.notReloaded = true")
    following = screen.page.locator(".wall-next")
    expect(following).not_to_contain_text("Ingen")
    lisa.go(f"/incidents/{slug}/")
    lisa.button("Stoppa allt").click()
    expect(following).to_contain_text("Ingen")
    assert screen.page.evaluate("window.notReloaded")

    lisa.go(f"/incidents/{slug}/view-links/")
    # The screen asks for its part and is told that the link is gone: that is meant.
    with screen.expecting("410|htmx:responseError"):
        lisa.button("Dra tillbaka").click()
        screen.sees("Länken gäller inte längre.")
    expect(screen.page.get_by_text(INSTRUCTION)).to_have_count(0)


def test_sound_is_turned_on_by_a_press_and_remembered_in_that_browser(visit: Visit) -> None:
    lisa = visit("Lisa")
    slug = open_exercise(lisa, "Ljud")  # nothing is sent, so nothing but the test changes the board
    lisa.page.evaluate(SOUNDED)
    lisa.button("Slå på ljud").click()
    expect(lisa.button("Stäng av ljud")).to_be_visible()
    assert lisa.page.evaluate("window.sounded"), "a press lets one hear what it will sound like"

    # A row that was not there before sounds, once.
    for row, expected in (("", False), (ALARM, True), (ALARM, False)):
        lisa.page.evaluate("window.sounded = false")
        lisa.page.route("**/live", with_row(row))
        with lisa.page.expect_response("**/live"):
            lisa.page.evaluate("htmx.trigger('#live', 'hint')")
        expect(lisa.page.locator("[data-alarm=refused-4711]")).to_have_count(1 if row else 0)
        assert lisa.page.evaluate("window.sounded") is expected
        lisa.page.unroute("**/live")

    lisa.button("Stäng av ljud").click()
    lisa.go(f"/incidents/{slug}/")
    expect(lisa.button("Slå på ljud")).to_be_visible()
    assert lisa.page.evaluate("localStorage.getItem('budkavle-sound')") == "off"
