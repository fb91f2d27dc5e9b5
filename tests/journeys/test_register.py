"""A register kept elsewhere comes in from a file, and stands where citizens can check it."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.conftest import Installation, Visit
from tests.journeys.planning import public

ROWS = """Namn;Plattform;Konto;Nämnd;Administratörer;Tillstånd
Ölme bad;Facebook;olmebad;Fritidsnämnden;Nora Bad <nora.bad@torsby.example>;aktiv
Ölme skola;Fejsbuck;olmeskola;Skolnämnden;;aktiv
"""


def test_a_file_is_shown_put_in_and_stands_on_the_public_register(
    installation: Installation, visit: Visit
) -> None:
    """2.1-a, 2.1-d"""
    maria = visit("Maria")
    maria.go("/accounts")
    maria.link("Hämta in konton").click()
    file = {"name": "konton.csv", "mimeType": "text/csv", "buffer": ROWS.encode("cp1252")}
    maria.field("Fil med konton").set_input_files(file)
    maria.button("Visa vad som händer").click()
    maria.sees("Plattform: ”Fejsbuck” är ingen känd plattform.")
    maria.check("register-preview")
    maria.page.get_by_role("link", name="Läggs till 1").click()
    maria.sees("Ölme bad")
    maria.button("Lägg till 1 konto").click()
    maria.sees("Inlagt: 1 nytt konto, 0 ändrade.")

    maria.field("Sök").fill("ölme")
    maria.button("Visa").click()
    row = maria.page.get_by_role("row").filter(has_text="Ölme bad")
    expect(row).to_contain_text("Nora Bad")
    maria.link("Ölme bad", within=row).click()
    maria.link("Visa att kontot är äkta").click()
    text = maria.page.locator("code").first.inner_text()
    maria.check("register-badge")

    page = "/konton/" + text.rpartition("/konton/")[2]
    shown = public(installation.running.public, page)
    assert "Kontot är vårt" in shown and "olmebad" in shown
    maria.go(installation.running.public + page)
    maria.check("register-public-account")
    maria.link("Se alla våra konton").click()
    maria.check("register-public")
