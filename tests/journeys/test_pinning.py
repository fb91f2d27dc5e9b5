"""*Fäst överst*: ticked by who writes, seen by who approves, and shown where it is."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.steps import open_exercise, read_waiting, send, write_first
from tests.journeys.visitor import PHONE

NAME = "Fästa"


def test_a_message_stands_first_on_the_wall_for_as_long_as_it_applies(visit: Visit) -> None:
    lisa, karin = visit("Lisa"), visit("Karin", PHONE)
    slug = open_exercise(lisa, NAME)
    write_first(lisa, every=60, rounds=3)
    box = lisa.page.get_by_label("Fäst överst medan det gäller")
    box.check()
    lisa.sees("så länge det gäller. Går inte på Facebook")
    box.scroll_into_view_if_needed()
    lisa.check("pin-write")
    send(lisa)
    read_waiting(karin, NAME)
    karin.sees("så länge det gäller. Går inte på Facebook")
    karin.check("pin-approve")
    karin.button("Godkänn").click()
    karin.sees("Godkänd. Texten går ut nu.")
    lisa.go(f"/incidents/{slug}/messages")
    lisa.page.get_by_role("link", name="Första").click()
    shown = lisa.page.get_by_role("region", name="Fäst överst medan det gäller")
    pinned = shown.get_by_text("Fäst överst.")
    while not pinned.count():
        lisa.page.wait_for_timeout(500)
        lisa.page.reload()
    lisa.check("pin-message")
    message = lisa.page.url
    lisa.go(f"/ovning/{slug}/vagg")
    expect(lisa.page.get_by_text("Fäst överst").first).to_be_visible()
    lisa.check("pin-wall")
    lisa.go(message)
    lisa.button("Stoppa").first.click()
    lisa.go(message)
    while shown.count():
        lisa.page.wait_for_timeout(500)
        lisa.page.reload()
    lisa.go(f"/ovning/{slug}/vagg")
    expect(lisa.page.get_by_text("Fäst överst")).to_have_count(0)
