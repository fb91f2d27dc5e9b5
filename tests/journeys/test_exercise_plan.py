"""An exercise follows its plan: injects happen by themselves, and stand beside what was done."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.exercising import RUMOUR, WORD, add_injects, write_exercise_plan
from tests.journeys.steps import approve, open_exercise, send, write_first
from tests.journeys.visitor import PHONE

SAID = "Hela ån är röd nedanför bruket!"


def test_an_exercise_follows_its_plan_and_is_compared_with_it(visit: Visit) -> None:
    lisa, karin, maria = visit("Lisa"), visit("Karin"), visit("Maria")
    write_exercise_plan(maria, "Höstplanen", "En cistern läcker vid bruket.")
    with maria.expecting("422"):
        maria.field("Hur många minuter efter start?").fill("snart")
        maria.field("Vad händer?").select_option(label=RUMOUR)
        maria.button("Lägg till inspelet").click()
        maria.sees("Skriv var ryktet syns.")
        maria.check("plan-fault")
    add_injects(
        maria,
        [
            (0, WORD, "Räddningstjänsten larmar om en läcka.", ""),
            (0, RUMOUR, SAID, "Bruksgruppen"),
            (600, WORD, "Skolan ringer.", ""),
        ],
    )
    maria.check("plan")
    maria.go("/exercise-plans")
    maria.sees("Höstplanen")
    maria.check("plans")

    slug = open_exercise(lisa, "Cisternen", plan="Höstplanen")
    lisa.go(f"/incidents/{slug}/injects")
    expect(lisa.page.get_by_text(re.compile(r"^Hände \d\d\.\d\d"))).to_have_count(2)
    lisa.sees("Väntar på sin tid.")
    lisa.check("injects")
    lisa.link("Visa i inkorgen").click()
    lisa.sees(SAID)
    expect(lisa.field("I vilken händelse?").locator("option")).to_have_count(1)
    lisa.check("inject-in-inbox")

    lisa.go(f"/incidents/{slug}/")
    write_first(lisa, every=600, rounds=200)
    send(lisa)
    approve(karin, "Cisternen")
    lisa.go(f"/incidents/{slug}/")
    expect(lisa.page.get_by_text("Uppdatering 1 går ut.")).to_be_visible()
    expect(lisa.page.locator(".board")).to_contain_text("skickade")

    karin.go(f"/timeline/{slug}/")
    karin.sees("Plan och utfall: Höstplanen")
    expect(karin.page.get_by_text("Skolan ringer.")).to_have_count(0)
    karin.check("plan-reviewed")
    karin.link("Jämför").click()
    karin.field("Jämför med").select_option(label="Sin egen övningsplan")
    karin.button("Jämför").click()
    plan = karin.page.get_by_role("row").filter(has_text="Bruksgruppen")
    expect(plan).to_contain_text(re.compile(r"\d+ (s|min)"))
    karin.check("compared-with-plan")

    phone = visit("Lisa", PHONE)
    phone.go(f"/incidents/{slug}/injects")
    phone.check("injects-phone")
