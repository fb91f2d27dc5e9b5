"""*Rätta fel ute*: struck on the site, said on the wall, and a right text goes on repeating."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.steps import broadcast, read_waiting, send
from tests.journeys.visitor import PHONE

WRONG, RIGHT = "Vi har hittat tecken på bakterier.", "Proverna visar inga bakterier än."


def test_a_wrong_sentence_is_struck_corrected_and_replaced(visit: Visit) -> None:
    lisa, karin = visit("Lisa"), visit("Karin", PHONE)
    slug = broadcast(lisa, karin, "Rättat", every=5, rounds=200)
    expect(lisa.page.get_by_text("Uppdatering 1 går ut.")).to_be_visible()
    with lisa.another_tab(f"/ovning/{slug}/vagg"):
        wall = lisa.page

    lisa.link("Rätta fel ute").click()
    lisa.check("correct")
    lisa.button(WRONG).click()
    lisa.sees("Stoppat, och struket på webbplatsen.")
    lisa.sees("Upprepningen är pausad medan du skriver.")
    expect(lisa.field("Vilken mening är fel?")).to_have_value(WRONG)
    lisa.field("Vad är rätt?").fill(RIGHT)
    lisa.choice("Står kvar").check()
    lisa.check("correction")
    lisa.button("Skriv texten som ersätter").click()
    lisa.field("Vad är nytt?").fill("Proverna visar inga bakterier än. Vi tar nya prover.")
    lisa.field("Antal omgångar").fill("3")
    lisa.check("replacement")
    send(lisa)
    lisa.page.get_by_role("link", name=re.compile("^Rättelse")).click()
    lisa.field("Vad är rätt?").fill(RIGHT)
    send(lisa)

    read_waiting(karin, "Rättat")
    karin.sees("Texten som ersätter")
    karin.check("approve-both-phone")
    karin.button("Godkänn båda").click()
    karin.sees("Godkänd. Texten går ut nu.")

    expect(wall.get_by_text(RIGHT).first).to_be_visible()
    expect(wall.get_by_text(re.compile("Tidigare skrev vi|Rätt är|Rättelse")).first).to_be_visible()
    lisa.go(f"/ovning/{slug}/")
    lisa.page.get_by_role("link", name="Läs vad du ska göra").click()
    expect(lisa.page.locator("del").first).to_contain_text(WRONG)
    lisa.sees(RIGHT)
    lisa.check("site-corrected")
    lisa.go(f"/incidents/{slug}/")
    lisa.sees("Proverna visar inga bakterier än.")
    lisa.check("board-corrected")
