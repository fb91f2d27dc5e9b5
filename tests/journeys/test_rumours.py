"""A rumour is logged, answered truth first and stands on the site; an approved answer follows what
applies, all the way to the switchboard."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.steps import approve, broadcast, send
from tests.journeys.visitor import PHONE

SAID, TRUTH = "Någon har förgiftat vattnet.", "Vattnet är inte förgiftat. Proven visar bakterier."
QUESTION, ANSWER = "Får man duscha?", "Ja. Låt bli att svälja vattnet."


def test_a_rumour_is_answered_and_an_answer_follows_what_applies(visit: Visit) -> None:
    lisa, karin = visit("Lisa"), visit("Karin", PHONE)
    slug = broadcast(lisa, karin, "Ryktad", every=600, rounds=200)
    expect(lisa.page.get_by_text("Uppdatering 1 går ut.")).to_be_visible()

    lisa.link("Rykten och svar").click()
    lisa.field("Vad sägs?").fill(SAID)
    lisa.field("Var sägs det?").fill("Facebook")
    lisa.button("Logga rykte").click()
    lisa.sees("Ryktet är loggat.")
    lisa.check("rumours")
    lisa.link(f"”{SAID}”").click()
    lisa.field("Vad är sant?").fill(TRUTH)
    lisa.field("Hur vet vi det?").fill("Miljökontorets prover")
    lisa.choice("Stämmer inte").check()
    lisa.check("rumour")
    lisa.button("Skriv svaret").click()
    expect(lisa.field("Vad är sant?")).to_have_value(TRUTH)
    send(lisa)
    approve(karin, "Ryktad")

    lisa.go(f"/incidents/{slug}/rumours")
    expect(lisa.page.get_by_text(re.compile("^Besvarat, handling"))).to_be_visible()
    lisa.go(f"/ovning/{slug}/h/{slug}/")
    told = lisa.page.get_by_text("Vattnet är inte förgiftat.").first
    for _ in range(60):  # half a minute at most: the site follows within seconds
        if told.is_visible():
            break
        lisa.page.wait_for_timeout(500)
        lisa.page.reload()
    expect(told).to_be_visible()
    assert SAID not in lisa.page.content()

    lisa.go(f"/incidents/{slug}/answers/new")
    lisa.field("Vad frågar man?").fill(QUESTION)
    lisa.field("Vad svarar vi?").fill(ANSWER)
    lisa.check("answer-write")
    lisa.button("Skicka för godkännande").click()
    lisa.sees("Skickat för godkännande.")
    karin.go(f"/incidents/{slug}/")
    karin.link("Läs och godkänn svaret").click()
    karin.check("answer-approve-phone")
    karin.button("Godkänn").click()
    karin.sees("Godkänt. Svaret kan ges nu.")

    with lisa.another_tab(f"/incidents/{slug}/switchboard/"):
        switchboard = lisa.page
        lisa.sees(ANSWER)
        lisa.context.grant_permissions(["clipboard-read", "clipboard-write"])
        lisa.page.get_by_role("button", name=re.compile("^Kopiera svaret")).click()
        lisa.sees("Kopierat.")
        lisa.page.evaluate("document.querySelector('#live > *').id = 'old'")
        lisa.page.evaluate("htmx.trigger('#live', 'hint')")
        expect(lisa.page.locator("#old")).to_have_count(0)
        lisa.sees("Kopierat.")  # though the part has come anew meanwhile
        assert lisa.page.evaluate("navigator.clipboard.readText()") == ANSWER
        lisa.field("Sök bland svaren").fill("hund")
        lisa.sees("Inget svar passar. Gissa inte: ring informationsenheten.")
        expect(lisa.page.get_by_text(ANSWER)).to_be_hidden()
        lisa.field("Sök bland svaren").fill("SVÄLJA dusch")
        lisa.sees(ANSWER)
        lisa.check("switchboard")

    lisa.go(f"/incidents/{slug}/messages/new")
    lisa.choice("Uppmaning").check()
    lisa.button("Skriv").click()
    lisa.field("Vad ska invånarna göra?").fill("Drick bara vatten på flaska i Torsby tätort.")
    lisa.field("Vem har beslutat?").fill("Miljöchefen")
    lisa.field("Antal omgångar").fill("2")
    send(lisa)
    approve(karin, "Ryktad")
    # Open all the while, the page drops by itself what no longer holds.
    expect(switchboard.get_by_text("Drick bara vatten på flaska").first).to_be_visible()
    expect(switchboard.get_by_text(ANSWER)).to_have_count(0)
    lisa.go(f"/incidents/{slug}/")
    lisa.sees("1 svar att granska på nytt")
    lisa.check("board-review")
    lisa.link("Granska svaren").click()
    lisa.sees("Det som gäller har ändrats sedan svaret godkändes.")
    lisa.check("answers-review")
