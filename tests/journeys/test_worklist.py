"""From the list of work to where it is mended: a report on a telephone, a list that is narrowed."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.visitor import PHONE


def test_what_deviates_is_mended_by_one_press_and_leaves_both_lists(visit: Visit) -> None:
    """2.1-c, 6-a"""
    maria, oskar = visit("Maria"), visit("Oskar", PHONE)
    maria.go("/municipality?deviation=reports")
    maria.sees("Avslutat utan slutrapport")
    maria.check("municipality")
    maria.field("Avvikelse").select_option(label="Vilande (1)")
    maria.button("Visa").click()
    row = maria.page.get_by_role("row").filter(has_text="Beslut om vilande konto")
    expect(row).to_contain_text("Kuvert")
    maria.link("Besluta", within=row).click()
    expect(maria.page.get_by_role("heading", name="Ta kontot i bruk igen")).to_be_visible()

    oskar.go("/")
    oskar.check("worklist-phone")
    oskar.link("Lämna slutrapporten").click()
    with oskar.expecting("status of 422"):
        oskar.button("Lämna slutrapporten").click()
        oskar.sees("Skriv var den sista skärmdumpen finns.")
    oskar.check("ending-report")
    oskar.field("Var finns den sista skärmdumpen?").fill("Dnr 2026:14")
    oskar.field("Slutrapport").fill("Torget är färdigt. 214 följde bygget.")
    oskar.button("Lämna slutrapporten").click()
    oskar.sees("Slutrapporten är lämnad.")
    oskar.go("/")
    expect(oskar.link("Lämna slutrapporten")).to_have_count(0)
    oskar.check()

    maria.go("/")
    expect(maria.page.get_by_text("Avslutat utan slutrapport")).to_have_count(0)
    maria.check("start-strategy")


def test_the_verbs_that_open_an_event_stand_at_the_right_however_long_the_menu_is(
    visit: Visit,
) -> None:
    lisa = visit("Lisa")
    menu = lisa.page.locator(".menu").bounding_box()
    for name in ("Öppna övning", "Öppna kris"):
        verb = lisa.link(name).bounding_box()
        assert menu is not None and verb is not None
        assert verb["x"] >= menu["x"] + menu["width"], name
        assert verb["y"] < menu["y"] + menu["height"], name
