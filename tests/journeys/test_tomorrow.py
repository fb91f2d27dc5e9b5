"""A promise that is for another day: its longer words fit on a phone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.steps import approve, open_exercise, send, write_first


def test_a_promise_for_another_day_fits_on_the_board_and_on_the_site(visit: Visit) -> None:
    lisa, karin = visit("Lisa"), visit("Karin")
    slug = open_exercise(lisa, "I morgon")
    write_first(lisa)
    tomorrow = datetime.now(ZoneInfo("Europe/Stockholm")) + timedelta(days=1)
    lisa.field("Dag för nästa besked").fill(tomorrow.date().isoformat())
    send(lisa)
    approve(karin, "I morgon")
    lisa.go(f"/incidents/{slug}/")
    expect(lisa.page.get_by_text("Uppdatering 1 går ut.")).to_be_visible()
    lisa.check()
    for language in ("", "en/"):
        lisa.go(f"/ovning/{slug}/{language}h/{slug}/")
        lisa.sees("23")
        lisa.check()
