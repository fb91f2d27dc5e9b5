"""*Läget över*, and the event is closed: nothing applies, nothing is locked, everybody knows."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.steps import approve, broadcast, send
from tests.journeys.visitor import PHONE


def test_all_clear_ends_what_applies_and_closing_releases_the_locks(visit: Visit) -> None:
    lisa, karin = visit("Lisa"), visit("Karin", PHONE)
    slug = broadcast(lisa, karin, "Över", every=600, rounds=200)
    expect(lisa.page.get_by_text("Uppdatering 1 går ut.")).to_be_visible()

    lisa.link("Meddelanden").click()
    lisa.link("Avsluta händelsen").click()
    lisa.sees("Läget över har inte gått ut.")
    lisa.check("close")
    lisa.link("Skriv Läget över").click()
    lisa.choice("Läget över").check()
    lisa.button("Skriv").click()
    lisa.field("Vad gäller nu?").fill("Nu kan du dricka kranvattnet igen.")
    lisa.check("all-clear")
    send(lisa)
    approve(karin, "Över")

    lisa.go(f"/incidents/{slug}/")
    lisa.sees("Nu kan du dricka kranvattnet igen.")
    expect(lisa.page.get_by_text("Ingen uppmaning just nu.")).to_be_visible()
    expect(lisa.page.locator(".board")).to_contain_text("20 av 22 skickade")
    lisa.go(f"/incidents/{slug}/close")
    lisa.sees("Läget över har gått ut.")
    lisa.button("Avsluta händelsen").click()
    lisa.sees("är avslutad. Kontona är upplåsta.")
    lisa.check("calm")

    peter = visit("Peter", PHONE)
    peter.go("/notices")
    row = peter.page.locator(".todo").filter(has_text="Över").filter(has_text="Upplåst")
    peter.link("Läs", within=row.first).click()
    peter.sees("Ditt konto är upplåst")
    peter.check("released-phone")
    lisa.go(f"/incidents/{slug}/")
    lisa.check("board-closed")
