"""A second person decides: never the writer, never unread, never on a text that has changed."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.steps import open_exercise, read_waiting, send, write_first
from tests.journeys.visitor import PHONE


def test_nobody_approves_a_text_of_their_own(visit: Visit) -> None:
    erik = visit("Erik")
    erik.link("Personer").click()
    erik.link("Emma Sjö").click()
    erik.choice("Beslutsfattare").check()
    erik.button("Ändra rollerna").click()
    erik.sees("Rollerna är ändrade.")

    emma = visit("Emma")
    slug = open_exercise(emma, "Egen text")
    write_first(emma)
    send(emma)
    emma.go(f"/incidents/{slug}/")
    emma.link("Läs och godkänn").click()
    emma.sees("Du har skrivit texten. Någon annan måste godkänna den.")
    expect(emma.button("Godkänn")).to_have_count(0)
    emma.check()


def test_a_returned_text_comes_back_with_its_reason(visit: Visit) -> None:
    lisa, karin = visit("Lisa"), visit("Karin", PHONE)
    slug = open_exercise(lisa, "Returnerad text")
    write_first(lisa)
    send(lisa)
    read_waiting(karin, "Returnerad text")
    karin.link("Returnera").click()
    with karin.expecting("status of 4"):
        karin.button("Returnera").click()
        karin.sees("Skriv vad som behöver ändras.")
        karin.check()
    karin.field("Vad behöver ändras?").fill("Skriv att det gäller Oleby också.")
    karin.button("Returnera").click()
    karin.sees("Returnerad till Lisa Berg.")

    lisa.go(f"/incidents/{slug}/messages")
    lisa.check("messages")
    lisa.page.get_by_role("link", name="Första: Koka ditt kranvatten").click()
    lisa.sees("Skriv att det gäller Oleby också.")
    lisa.check("returned")


def test_a_text_that_has_changed_since_it_was_read_is_not_approved(visit: Visit) -> None:
    lisa, karin = visit("Lisa"), visit("Karin", PHONE)
    open_exercise(lisa, "Ändrad text")
    write_first(lisa)
    send(lisa)
    read_waiting(karin, "Ändrad text")
    lisa.page.get_by_role("link", name="Första: Koka ditt kranvatten").click()
    lisa.link("Ändra texten").click()
    lisa.sees("Texten väntar på godkännande. Ändrar du den måste den skickas på nytt.")
    lisa.field("Vad har hänt?").fill("Vi har hittat bakterier i två prover.")
    send(lisa)

    with karin.expecting("status of 409"):
        karin.button("Godkänn").click()
        karin.sees("Texten har ändrats")
        karin.check("stale")
    expect(karin.button("Godkänn")).to_have_count(0)
    read_waiting(karin, "Ändrad text")
    karin.sees("Vi har hittat bakterier i två prover.")
    expect(karin.button("Godkänn")).to_be_visible()
