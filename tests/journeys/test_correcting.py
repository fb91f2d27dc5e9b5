"""*Rätta fel ute*: struck on the site, said on the wall, and a right text goes on repeating."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.steps import (
    approve,
    broadcast,
    open_exercise,
    read_waiting,
    send,
    write_first,
)
from tests.journeys.visitor import PHONE, Visitor

WRONG, RIGHT = "Vi har hittat tecken på bakterier.", "Proverna visar inga bakterier än."
SEND_AND_TYPE = """button => {
  button.click();
  const field = document.querySelector("#message textarea");
  field.value += "!";
  field.dispatchEvent(new Event("input", { bubbles: true }));
}"""


def test_a_wrong_sentence_is_struck_corrected_and_replaced(visit: Visit) -> None:
    lisa, karin = visit("Lisa"), visit("Karin", PHONE)
    slug = broadcast(lisa, karin, "Rättat", every=600, rounds=200)
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
    lisa.check("correction")
    lisa.choice("Står kvar").check()
    lisa.button("Skriv texten som ersätter").click()  # before the draft has saved itself
    lisa.field("Vad är nytt?").fill("Proverna visar inga bakterier än. Vi tar nya prover.")
    lisa.field("Antal omgångar").fill("3")
    lisa.check("replacement")
    send(lisa)
    lisa.page.get_by_role("link", name=re.compile("^Rättelse")).click()
    expect(lisa.field("Vad är rätt?")).to_have_value(RIGHT)
    expect(lisa.choice("Står kvar")).to_be_checked()
    send(lisa)

    read_waiting(karin, "Rättat")
    karin.sees("Texten som ersätter")
    expect(karin.button("Godkänn båda")).not_to_be_in_viewport()
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


def test_what_was_typed_just_before_leaving_is_kept(visit: Visit) -> None:
    """A draft saves itself a moment after the last key, and people leave within it."""
    lisa = visit("Lisa")
    open_exercise(lisa, "Hastigt")
    lisa.link("Skriv meddelande").click()
    lisa.button("Skriv").click()
    draft = lisa.page.url
    elsewhere = lisa.page.get_by_role("heading", name="Logg", exact=True)

    lisa.field("Vad har hänt?").fill("Det luktar diesel vid sjön.")
    lisa.link("Logg").click()
    expect(elsewhere).to_be_visible()
    lisa.go(draft)
    kept_text(lisa, "Det luktar diesel vid sjön.")
    lisa.field("Vad har hänt?").fill("Det luktar olja vid sjön.")
    lisa.page.go_back()
    expect(elsewhere).to_be_visible()
    lisa.page.go_forward()
    kept_text(lisa, "Det luktar olja vid sjön.")
    lisa.field("Vad har hänt?").fill("Det luktar bensin vid sjön.")
    lisa.sees("Utkastet sparat")
    lisa.page.reload()
    kept_text(lisa, "Det luktar bensin vid sjön.")
    lisa.check()


def test_a_key_pressed_after_a_text_is_sent_takes_nothing_back(visit: Visit) -> None:
    """Until the next page shows, the fields are still there to write in."""
    lisa, karin = visit("Lisa"), visit("Karin")
    open_exercise(lisa, "Redan skickat")
    write_first(lisa, every=600)
    lisa.field("Antal omgångar").press("Enter")  # so that sending saves nothing more
    expect(lisa.page).to_have_url(re.compile("do=save"))
    lisa.page.get_by_role("button", name=re.compile("^Skicka till")).evaluate(SEND_AND_TYPE)
    lisa.sees("Skickad för godkännande.")
    approve(karin, "Redan skickat")


def kept_text(visitor: Visitor, text: str) -> None:
    """What was sent behind whoever left may come a moment after the page was asked for."""
    visitor.reload_until(visitor.page.locator("#message textarea", has_text=text))
