"""Somebody whose account is locked, on the phone: what has happened, and what to do by hand."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.steps import INSTRUCTION, broadcast
from tests.journeys.visitor import PHONE


def test_an_administrator_reads_the_lock_and_publishes_by_hand(visit: Visit) -> None:
    lisa, karin = visit("Lisa"), visit("Karin", PHONE)
    slug = broadcast(lisa, karin, "Låsningen", every=60, rounds=1)

    peter = visit("Peter", PHONE)
    peter.check("start-administrator-phone")
    peter.link("Läs om låset").first.click()
    peter.sees("Ditt konto är låst")
    peter.sees("Det här är en övning. Dina riktiga inlägg är inte låsta.")
    peter.check("locked-phone")
    peter.choice("Nej").check()
    peter.button("Jag har läst").click()
    peter.sees("Läst")
    peter.check()

    peter.go("/")
    peter.link("Publicera för hand").last.click()
    expect(peter.field("Texten")).to_have_value(re.compile(INSTRUCTION))
    peter.check("by-hand-phone")
    peter.field("Länk till inlägget").fill("inte en länk")
    peter.button("Klar, den är ute").click()
    peter.field("Länk till inlägget").fill("https://youtube.example/watch?v=1")
    peter.button("Klar, den är ute").click()

    lisa.go(f"/incidents/{slug}/")
    row = lisa.page.locator(".account").filter(has_text="Kulturskolan")
    expect(row).to_contain_text("Klar för hand")
    expect(lisa.page.get_by_role("region", name="Har läst låset")).to_contain_text("1 av 18")
    lisa.go(f"/incidents/{slug}/notices")
    lisa.check()
