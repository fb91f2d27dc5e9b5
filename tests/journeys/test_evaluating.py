"""An event seen on its axis, a point of it read to the letter, and what was learnt made a task."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.steps import INSTRUCTION, broadcast
from tests.journeys.visitor import PHONE


def test_an_event_is_reviewed_and_its_lesson_becomes_a_task_that_is_done(visit: Visit) -> None:
    lisa, karin = visit("Lisa"), visit("Karin")
    slug = broadcast(lisa, karin, "Granskad", every=600, rounds=200)
    expect(lisa.page.get_by_text("Uppdatering 1 går ut.")).to_be_visible()
    expect(lisa.page.locator(".board")).to_contain_text("20 av 22 skickade")

    karin.go(f"/timeline/{slug}/")
    karin.sees("Hur inläggen slutade")
    karin.check("review-charts")
    karin.link("Tidsaxel").click()
    expect(karin.page.locator("#axis")).to_contain_text("Bekräftat")
    karin.check("axis")
    karin.link("Zooma in").click()
    karin.link("Hela händelsen").click()
    karin.field("Slag").select_option(label="Inlägg på konton")
    karin.button("Visa").click()
    expect(karin.page.locator("#axis")).not_to_contain_text("Lås och notiser")
    row = karin.page.get_by_role("row").filter(has_text="skickad").first
    row.get_by_role("link").first.click()
    karin.sees("Godkände exakt den här texten.")
    expect(karin.page.locator(".review-text").first).to_contain_text(INSTRUCTION)
    karin.check("point")

    karin.link("Skriv en iakttagelse").click()
    karin.sees("Om post")
    with karin.expecting("422"):
        karin.button("Skriv iakttagelsen").click()
        karin.sees("Skriv något här.")
        karin.check("evaluation-fault")
    karin.field("Vad såg du?").fill("Texten gick ut på fem minuter.")
    karin.button("Skriv iakttagelsen").click()
    karin.sees("Iakttagelsen är skriven.")
    lisa.go(f"/timeline/{slug}/evaluation")
    lisa.page.get_by_text("Kommentera", exact=True).first.click()
    lisa.field("Din kommentar").first.fill("Ja, för att texten fanns färdig.")
    lisa.button("Kommentera").first.click()
    lisa.sees("Kommentaren är skriven.")
    lisa.field("Vad ska göras?").fill("Skriv färdiga texter för elavbrott.")
    lisa.field("Vem ansvarar?").select_option(label="Peter Näs")
    lisa.field("Senast").fill(f"{datetime.now(UTC).year + 1}-03-01")
    lisa.button("Besluta åtgärden").click()
    lisa.sees("Åtgärden är beslutad.")
    lisa.check("evaluation")

    peter = visit("Peter", PHONE)
    peter.page.get_by_role("link", name=re.compile("^Gör klart åtgärden")).first.click()
    peter.sees("Skriv färdiga texter för elavbrott.")
    peter.check("measure-phone")
    peter.field("Vad gjordes?").fill("Tre texter ligger bland öppningarna.")
    peter.button("Åtgärden är klar").click()
    expect(peter.button("Åtgärden är klar")).to_have_count(0)
    peter.sees("Tre texter ligger bland öppningarna.")
    lisa.go(f"/timeline/{slug}/axis")
    expect(lisa.page.locator("#axis")).to_contain_text("Utvärdering")
