"""The strategist changes the rules on a phone: sees what becomes late, says why, looks back."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.visitor import PHONE


def test_the_rules_are_changed_on_a_phone_after_a_preview(visit: Visit) -> None:
    maria = visit("Maria", PHONE)
    maria.go("/policy")
    maria.link("Ändra Konton i vardagen").click()
    maria.field("Minst så många administratörer").fill("1")
    with maria.expecting("status of 422"):
        maria.button("Förhandsvisa").click()
        maria.sees("Skriv ett heltal från 2 till 20.")
        maria.check("rules-fault")
    maria.field("Minst så många administratörer").fill("4")
    maria.button("Förhandsvisa").click()
    expect(maria.page.get_by_text("konton får för få administratörer")).to_be_visible()
    maria.check("rules-preview")
    maria.field("Varför ändrar ni?").fill("Sommaren var tunn.")
    maria.button("Ändra reglerna").click()
    maria.sees("Reglerna är ändrade och gäller nu.")
    maria.check("rules")

    maria.link("Läs in en färdig profil").click()
    maria.link("Jämför med Torsby 2011").click()
    expect(maria.page.get_by_text("har inte längre för få administratörer")).to_be_visible()
    maria.field("Varför ändrar ni?").fill("Tillbaka.")
    maria.button("Ändra reglerna").click()
    maria.link("Se tidigare versioner").click()
    maria.sees("Sommaren var tunn.")
    maria.page.get_by_role("link", name="Version").first.click()
    maria.sees("Tillbaka.")
    maria.check("rules-version")
