"""A question handed over and answered where it was asked; an insult moderated, with the registry's
number and a word to its author."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.pages import decide, last_number, seen
from tests.journeys.visitor import PHONE, Visitor


def open_row(visitor: Visitor, words: str) -> None:
    """From the start page to the first thing that is called so."""
    visitor.go("/")
    visitor.link(words).first.click()


def test_a_question_is_handed_over_and_answered_where_it_was_asked_4_d(visit: Visit) -> None:
    peter, asa = visit("Peter"), visit("Åsa", PHONE)
    number = seen(peter, "Får man ta med en egen gitarr?")
    peter.check("question-item")
    peter.button("Är en fråga").click()
    peter.go("/questions")
    peter.sees("Väntar på svar.")
    peter.check("questions")
    peter.go(f"/inbox/{number}")
    peter.field("Till vem?").select_option(label="Åsa Wall")
    peter.page.get_by_label("Vad ska kollegan veta?").fill("Du har instrumenten.")
    peter.button("Skicka vidare").click()
    peter.sees("Skickat vidare.")

    open_row(asa, "Svara på det som skickats vidare")
    asa.sees("Du har instrumenten.")
    asa.check("question-colleague-phone")
    asa.field("Vad är svaret?").fill("Ja, om den är stämd.")
    asa.button("Skicka tillbaka svaret").click()
    asa.sees("Den som sköter kontot ger svaret där frågan ställdes.")

    open_row(peter, "Ge svaret, kollegan har skrivit det")
    peter.sees("Svaret enligt Åsa Wall")
    with peter.expecting("status of 422"):
        peter.button("Anteckna svaret").click()
        peter.sees("Skriv vad ni svarade.")
    peter.check("question-answer")
    peter.field("Vad svarade ni?").fill("Ja, ta med den stämd.")
    peter.page.get_by_label("Länk till svaret").fill("https://youtube.example/svar")
    peter.button("Anteckna svaret").click()
    peter.sees("Svaret är antecknat.")
    peter.check("question-answered")
    peter.go("/questions?show=answered")
    peter.sees("Besvarad efter")
    peter.check("questions-answered")


def test_an_insult_is_moderated_with_registry_number_and_a_word_to_its_author_4_h(
    visit: Visit,
) -> None:
    """4-g, 4.5-d"""
    said = "Läraren Karl Bok är en idiot."
    peter, ingrid = visit("Peter", PHONE), visit("Ingrid")
    seen(peter, said)
    peter.button("Spara bevis och moderera").click()
    peter.sees("Beviset är sparat.")
    case = last_number(peter.page.url)
    assert said not in peter.page.content()
    peter.sees("Kritik är inget skäl, hur hård den än är.")
    with peter.expecting("status of 422"):
        peter.button("Besluta").click()
        peter.sees("Välj ett skäl ur reglerna. Kritik är inget skäl.")
    peter.check("moderation-decide-phone")
    decide(peter, "Personangrepp eller förolämpning", committee=True)
    peter.sees("Ta inte bort det förrän numret har kommit.")
    peter.check("moderation-waits-phone")

    open_row(ingrid, "Diarieför inlägget")
    ingrid.go(f"/moderations/{case}")
    ingrid.button("Läs beviset").click()
    ingrid.sees(said)
    ingrid.check("moderation-evidence")
    ingrid.link("Tillbaka").click()
    ingrid.sees("Läste beviset.")
    ingrid.field("Diarienummer").fill("KS 2026/123")
    ingrid.check("moderation-registrar")
    ingrid.button("Diariefört").click()
    ingrid.sees("Diarienumret är antecknat. Nu får det tas bort.")

    peter.go(f"/moderations/{case}")
    peter.button("Borttaget").click()
    peter.sees("Antecknat: ingen ser det längre.")
    peter.sees("Syntes i")
    notice = peter.page.get_by_label("Besked till den som skrev")
    expect(notice).to_have_value(re.compile("Skäl: Personangrepp eller förolämpning"))
    peter.check("moderation-told-phone")
    peter.context.grant_permissions(["clipboard-read", "clipboard-write"])
    peter.button("Kopiera texten").click()
    peter.sees("Kopierad.")
    peter.button("Beskedet är givet").click()
    peter.sees("Klart.")
    peter.check("moderation-done-phone")
    assert said not in peter.page.content()
    peter.go("/moderations?show=all")
    peter.sees("Diarienummer KS 2026/123.")
    peter.check("moderations-phone")
    assert "Karl Bok" not in peter.page.content()
