"""Something that was sent is found again by its words, and handed out as a public record."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.steps import INSTRUCTION, broadcast
from tests.journeys.visitor import PHONE


def test_what_was_sent_is_found_by_its_words_and_handed_out(visit: Visit) -> None:
    lisa, karin = visit("Lisa"), visit("Karin")
    broadcast(lisa, karin, "Återfunnen", every=600, rounds=200)
    expect(lisa.page.get_by_text("Uppdatering 1 går ut.")).to_be_visible()

    lisa.go("/timeline/")
    lisa.link("Sök bland allt som skickats").click()
    lisa.field("Händelse").select_option(label="Övning: Återfunnen")
    lisa.field("Ord").fill("kranvattnet")
    lisa.button("Sök").click()
    hit = lisa.page.locator("[data-row^=record-]")
    expect(hit).to_have_count(1)
    expect(hit).to_contain_text(INSTRUCTION)
    expect(lisa.page).to_have_url(re.compile("words=kranvattnet"))
    lisa.check("search")
    with lisa.expecting("422"):
        lisa.field("Ord").fill("och")
        lisa.button("Sök").click()
        lisa.sees("Skriv ett ord att söka efter")
        lisa.check("search-fault")
    lisa.page.go_back()

    hit.get_by_role("link").click()
    lisa.sees("Om handlingen")
    lisa.check("record")
    lisa.page.get_by_label("Till vem?").fill("Värmlands Folkblad")
    lisa.button("Lämna ut").click()
    lisa.sees("Utlämnandet är antecknat. Hämta filen nedan.")
    with lisa.page.expect_download() as fetched:
        lisa.link("Hämta PDF").click()
    assert fetched.value.path().read_bytes().startswith(b"%PDF")

    phone = visit("Karin", PHONE)
    phone.go("/search?words=kranvatten")
    phone.check("search-phone")
    phone.page.locator("[data-row^=record-]").first.get_by_role("link").click()
    phone.sees("Maskerad kopia")
    expect(phone.choice("Hel: med namn och kontonas svar")).to_have_count(0)
    phone.check("record-phone")
