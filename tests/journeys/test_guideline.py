"""A new administrator reads and pledges on a telephone; the strategy department follows up, and
writes down a version that the board is to decide on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.visitor import PHONE

LATER = datetime.now(UTC).date() + timedelta(days=30)


def test_a_new_administrator_pledges_and_a_large_change_waits_for_the_board(visit: Visit) -> None:
    """3.2-d, 3.3-a, 3.3-b, 8-c"""
    nina, maria = visit("Nina", PHONE), visit("Maria")
    maria.go("/accounts?words=frykenskolan")
    maria.link("Frykenskolan").click()
    maria.link("Ändra").first.click()
    maria.field("Administratör 3").select_option(label="Nina Falk")
    maria.button("Spara").click()
    maria.sees("Sparat.")
    maria.go("/guideline/people?lacks=pledge")
    maria.sees("Nina Falk")
    maria.check("guideline-people")
    nina.go("/")
    nina.link("Lämna din förbindelse").click()
    nina.button("Jag har läst").click()
    nina.sees("Du har läst version 3.")
    nina.check("guideline-phone")
    nina.button("Jag förbinder mig").click()
    nina.sees("Din förbindelse är sparad.")

    maria.go("/guideline/people?lacks=pledge")
    expect(maria.page.get_by_role("link", name="Nina Falk")).to_have_count(0)
    maria.go("/guideline/people?words=nina&lacks=training")
    maria.link("Nina Falk").click()
    maria.field("Vilken utbildning?").fill("Kommunens kurs")
    maria.field("När?").fill(f"{datetime.now(UTC).date():%Y-%m-%d}")
    maria.button("Skriv in utbildningen").click()
    maria.sees("Utbildningen är inskriven.")

    maria.go("/guideline/versions/new")
    maria.field("Gäller från").fill(f"{LATER:%Y-%m-%d}")
    maria.page.get_by_role("radio", name="Större ändring").check()
    maria.field("Vad är nytt?").fill("Nya svarstider.")
    with maria.expecting("422"):
        maria.button("Skriv in versionen").click()
        maria.sees("Rätta det här först")
    maria.field("Varför?").fill("Frågorna är fler.")
    maria.button("Skriv in versionen").click()
    maria.sees("Väntar på beslut.")
    maria.check("guideline-version")
    maria.field("Varför?").fill("Provet är klart.")
    maria.button("Dra tillbaka").click()
    maria.sees("är tillbakadragen.")
