"""*Stoppa allt*: one press, at once, and it says what had already left."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.steps import broadcast


def test_stopping_everything_says_what_was_under_way_and_nothing_more_goes_out(
    visit: Visit,
) -> None:
    lisa, karin = visit("Lisa"), visit("Karin")
    slug = broadcast(lisa, karin, "Mitt i utskicket", every=5, rounds=100)
    expect(lisa.page.get_by_text("Uppdatering 1 går ut.")).to_be_visible()
    lisa.button("Stoppa allt").click()
    said = re.compile(r"Allt är stoppat\. (Inget inlägg|\d+ inlägg) var (redan )?på väg ut\.")
    lisa.sees(said)
    expect(lisa.page.locator(".board")).to_contain_text("Stoppad.")
    expect(lisa.page.locator(".board-counts")).to_contain_text(re.compile(r"Nästa omgång\s*Ingen"))
    lisa.check("stopped")
    with lisa.another_tab(f"/incidents/{slug}/messages"):
        lisa.check()
        lisa.page.get_by_role("link", name=re.compile("^Första")).click()
        rounds = lisa.page.locator(".message-round")
        expect(rounds.first).to_be_visible()  # the page of the message is here
        before = rounds.count()
        lisa.check("message")
        lisa.page.reload()
        expect(rounds).to_have_count(before)
