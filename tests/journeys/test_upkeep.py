"""From a profile that lacks something to one that has it, and a platform that is assessed."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.pages import check_profile, number_in
from tests.journeys.visitor import PHONE


def test_what_a_profile_lacks_stands_until_it_is_mended(visit: Visit) -> None:
    """4.1-a … 4.1-h as the account's administrator goes, on a phone; 4.6-c."""
    maria, olle = visit("Maria"), visit("Olle", PHONE)
    olle.go("/")
    olle.sees("Gör årets genomgång")
    account = number_in(olle, "/accounts", "^Fritidsgården Ekeby")
    check_profile(olle, account, missing="Telefonnummer")
    olle.check("upkeep-account")
    maria.go("/")
    lacks = maria.page.locator(".deviation").filter(has_text="Fritidsgården Ekeby")
    lacks = lacks.filter(has_text="Profilen saknar: telefonnummer")
    expect(lacks).to_be_visible()
    olle.page.get_by_role("link", name=re.compile("^Det finns nu")).click()
    olle.check("upkeep-mend")
    olle.button("Det finns nu").click()
    olle.sees("Åtgärdat.")
    olle.go("/yearly")
    olle.page.get_by_role("checkbox").first.check()
    olle.check("upkeep-yearly")
    olle.button("Bekräfta de förkryssade").click()
    olle.sees("bekräftad")

    maria.go("/")
    expect(lacks).to_have_count(0)
    maria.link("Skriv egen bedömning").click()
    maria.choice("Ja, vi kan till exempel ta bort deras inlägg").check()
    maria.field("Varför bedömer ni så?").fill("Vi kan dölja svar på våra inlägg.")
    maria.field("Vem beslutade?").fill("Kommunstyrelsen")
    maria.check("upkeep-platform")
    maria.button("Spara bedömningen").click()
    maria.sees("Bedömningen är sparad.")
    maria.go("/")
    expect(maria.page.get_by_text("Egen bedömning saknas")).to_have_count(0)
