"""A yearly report: written by who runs the account, sent to those it concerns, and judged."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.pages import number_in
from tests.journeys.visitor import PHONE

STORY = "Vi tipsade om vandringsleder, och fler än i fjol hörde av sig."


def test_a_yearly_report_is_written_sent_and_judged_and_leads_to_the_plan(visit: Visit) -> None:
    """4.3-a, 4.3-b, 4.3-c, 4.3-d"""
    ulla, maria = visit("Ulla", PHONE), visit("Maria")
    number = number_in(ulla, "/accounts", "^Torsby turistbyrå")
    ulla.go(f"/accounts/{number}")
    ulla.button("Skriv årets rapport").click()
    ulla.sees("Konsolen räknar det den känner till.")
    ulla.check("yearly-write-phone")
    with ulla.expecting("422"):
        ulla.button("Skicka rapporten").click()
        ulla.sees("Berätta vad ni har gjort innan du skickar rapporten.")
        ulla.check("yearly-fault-phone")
    ulla.field("Vad gjorde ni, och vad gav det?").fill(STORY)
    ulla.page.get_by_label(re.compile("^Följare eller kontakter")).fill("3 150")
    ulla.button("Spara").click()
    ulla.sees("Sparat. Rapporten är inte skickad än.")
    row = ulla.page.locator("#skicka").locator("xpath=ancestor::section")
    expect(row).to_contain_text("Maria Ek")
    ulla.button("Skicka rapporten").click()
    ulla.sees("Rapporten är skickad. Siffrorna är låsta.")
    expect(ulla.button("Skicka rapporten")).to_have_count(0)
    ulla.sees("Låsta när rapporten skickades.")

    maria.go("/")
    maria.page.get_by_role("link", name=re.compile("^Utvärdera årsrapporten")).first.click()
    listed = maria.page.get_by_role("link", name=re.compile("^Torsby turistbyrå 2"))
    if "/reports?" in maria.page.url:  # others' wait too, and stand in a list
        listed.first.click()
    maria.sees(STORY)
    expect(maria.page.locator("[data-figure=followers]")).to_contain_text("3\N{NO-BREAK SPACE}150")
    maria.check("yearly-judge")
    maria.choice("Målet är delvis nått").check()
    maria.choice("Ändra planen").check()
    maria.field("Varför?").fill("Målet säger inget om vandrare.")
    maria.button("Utvärdera rapporten").click()
    maria.sees("Rapporten är utvärderad.")
    maria.check("yearly-judged")
    maria.go("/reports?state=evaluated")
    maria.sees("Utvärderad: ändra planen")
    maria.check("yearly-list")

    ulla.go("/")
    ulla.page.get_by_role("link", name=re.compile("^Ändra planen")).first.click()
    expect(ulla.page).to_have_url(re.compile(rf"/accounts/{number}/plan"))
