"""A promised word is near: the unit says *Gäller fortfarande*, and all read a new promise."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.steps import approve, open_exercise, send, write_first
from tests.journeys.visitor import PHONE

STOCKHOLM = ZoneInfo("Europe/Stockholm")
SLOW = 120_000
"""Milliseconds: a promise is made for a whole minute, and pressed half-way to it."""


def soon() -> datetime:
    """The next whole minute that leaves time to write and approve."""
    at = datetime.now(UTC) + timedelta(seconds=100)
    return at.replace(second=0, microsecond=0).astimezone(STOCKHOLM)


@pytest.mark.timeout(240)
def test_one_press_moves_a_promise_that_is_near(visit: Visit) -> None:
    lisa, karin = visit("Lisa"), visit("Karin", PHONE)
    slug = open_exercise(lisa, "Löftet")
    write_first(lisa, every=15, rounds=200)
    promise = soon()
    after = promise + timedelta(minutes=5)
    lisa.field("När kommer nästa besked?").fill(f"{promise:%H.%M}")
    lisa.field("Dag för nästa besked").fill(f"{promise:%Y-%m-%d}")
    lisa.field("Får vi säga Gäller fortfarande?").select_option(label="2 gånger")
    lisa.field("Nytt besked om så många minuter").fill("5")
    lisa.sees(f"Kan förlängas till kl {after + timedelta(minutes=5):%H.%M}.")
    lisa.page.get_by_text("Om det fortfarande gäller").first.click()
    lisa.sees("Det här gäller fortfarande.")
    lisa.check("write-still")
    send(lisa)
    approve(karin, "Löftet")

    lisa.go(f"/incidents/{slug}/")
    pressing = lisa.button("Gäller fortfarande")
    expect(pressing).to_be_visible(timeout=SLOW)
    lisa.sees("Beskedet vi lovade ska ut")
    lisa.check("board-near")
    karin.go("/notices")
    row = karin.page.get_by_role("listitem").filter(has_text="Lovat besked").first
    karin.reload_until(row)  # the ticker sends it, a moment after the board has shown it
    karin.link("Läs", within=row).click()
    karin.link("Gå dit").click()
    karin.sees("Gäller texten fortfarande?")
    karin.check("promise-phone")
    with lisa.another_tab(f"/ovning/{slug}/vagg"):
        wall = lisa.page
    pressing.click()
    lisa.sees(f"Nytt besked är nu lovat kl {after:%H.%M}.")

    said = re.compile(rf"Inget nytt sedan kl .*gäller fortfarande\. Nytt besked kl {after:%H\.%M}")
    expect(wall.get_by_text(said).first).to_be_visible()
    lisa.go(f"/ovning/{slug}/h/{slug}/")
    lisa.sees("Det här gäller fortfarande.")
    expect(lisa.page.locator(".when")).to_contain_text(f"Nytt besked senast kl {after:%H.%M}")
    lisa.check("site-still")
    lisa.go(f"/incidents/{slug}/")
    lisa.button("Stoppa allt").click()
