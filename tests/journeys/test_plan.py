"""An account from its start notice to the public register, and from there to its end.

A librarian proposes it, two managers sign on a phone, the strategy department consults and takes
the envelope. Both accounts end within their test: one in use would be offered to every event that a
later journey opens.
"""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.conftest import Installation, Visit
from tests.journeys.pages import number_in
from tests.journeys.planning import answer_checklist, end, propose, public, write_plan
from tests.journeys.visitor import PHONE, Visitor

STINA, KERSTIN = "stina.noren@torsby.example", "kerstin.hage@torsby.example"


def sign(manager: Visitor, picture: str = "") -> None:
    """From the start page to the signature."""
    manager.go("/")
    row = manager.page.get_by_role("listitem").filter(has_text="för Bokbussen")
    manager.link("Skriv under planen", within=row).click()
    manager.sees("Familjer i byarna norr om Torsby")
    if picture:
        manager.check(picture)
    manager.choice("Jag godkänner den här aktiviteten").check()
    manager.field("Ort").fill("Torsby")
    manager.button("Skriv under").click()
    manager.sees("Underskriften är sparad.")


def test_an_account_goes_from_notice_to_public_register_and_an_edit_voids_the_signatures(
    installation: Installation, visit: Visit
) -> None:
    """2.1-a, 2.1-b, 3-d, 3.2-a, 3.2-b, 3.2-c, B1-i, B1-j, B1-k."""
    stina, berit, eva = visit("Stina"), visit("Berit", PHONE), visit("Eva", PHONE)
    maria = visit("Maria")
    account = propose(stina, "Bokbussen", "Instagram", "bokbussen")
    answer_checklist(stina)
    write_plan(stina, STINA, KERSTIN)
    stina.field("Vilka vill ni nå?").fill("Alla")
    with stina.expecting("422"):
        stina.button("Skicka för underskrift").click()
        stina.sees("Alla är ingen målgrupp. Skriv vilka ni helst vill nå.")
    stina.check("plan-write")
    stina.field("Vilka vill ni nå?").fill("Familjer i byarna norr om Torsby")
    stina.button("Skicka för underskrift").click()
    stina.sees("Planen väntar på underskrifter.")
    sign(berit, "plan-sign")

    stina.go(f"/accounts/{account}/plan/edit")
    stina.sees("Ändrar du något gäller underskrifterna inte längre.")
    stina.field("Vad vill ni uppnå?").fill("300 följare före årsskiftet.")
    stina.button("Skicka för underskrift").click()
    stina.sees("Planen väntar på underskrifter.")
    stina.sees("Underskrifterna på version 1 gäller inte. Ändrat efteråt: mål.")
    sign(berit)
    sign(eva)
    maria.go("/")
    row = maria.page.get_by_role("listitem").filter(has_text="för Bokbussen")
    maria.link("Lämna samråd om planen", within=row).click()
    maria.choice("Samråd har skett").check()
    maria.button("Bekräfta samråd").click()
    maria.sees("Underskriften är sparad.")
    expect(maria.page.get_by_text("3 av 3")).to_be_visible()
    maria.sees("Kuvertet har inte kommit in.")
    maria.check("plan-account")
    stina.go(f"/accounts/{account}/plan")
    stina.sees("Inte i bruk.")
    stina.sees("Lämna inloggningen i ett förseglat kuvert till strategiavdelningen.")
    expect(stina.link("Försegla ett kuvert")).to_be_visible()

    maria.go("/")
    row = maria.page.get_by_role("listitem").filter(has_text="Bokbussen")
    maria.link("Ta emot inloggningen", within=row).click()
    maria.field("Kuvertets nummer").fill("K-114")
    maria.field("Var ligger det?").fill("Kassaskåpet i rum 214")
    maria.field("Vem lämnade in det?").fill("Stina Norén")
    maria.field("När förseglades det?").fill("2026-01-02")
    maria.button("Ta emot kuvertet").click()
    maria.sees("Kuvertet är mottaget.")
    page, site = f"/konton/{account}.html", installation.running.public
    assert "bokbussen" in public(site, page)
    assert "Bokbussen" in public(site, "/konton/", stands=lambda shown: "Bokbussen" in shown)
    stina.go(f"/accounts/{account}/plan")
    expect(stina.page.get_by_text("Inte i bruk.")).to_have_count(0)
    stina.sees("Inget just nu. Kontot följer version 2.")
    stina.check("plan-in-use")
    end(stina, account)


ROW = """Namn;Plattform;Konto;Nämnd;Tillstånd
Ölme bibliotek;Instagram;olmebibliotek;Kulturnämnden;aktiv
"""


def test_an_ended_account_leaves_the_public_register_and_its_history_stays(
    installation: Installation, visit: Visit
) -> None:
    """2.1-c, 4.3-e."""
    maria = visit("Maria")
    maria.go("/accounts/import")
    file = {"name": "konton.csv", "mimeType": "text/csv", "buffer": ROW.encode()}
    maria.field("Fil med konton").set_input_files(file)
    maria.button("Visa vad som händer").click()
    maria.button("Lägg till 1 konto").click()
    account = number_in(maria, "/accounts?words=olmebibliotek", "^Ölme bibliotek")
    page, site = f"/konton/{account}.html", installation.running.public
    assert "olmebibliotek" in public(site, page)

    maria.go(f"/accounts/{account}/plan")
    maria.link("Avsluta kontot").click()
    with maria.expecting("422"):
        maria.button("Avsluta kontot").click()
        maria.sees("Skriv var den sista skärmdumpen finns.")
    maria.check("plan-end")
    end(maria, account)
    maria.sees("Sista skärmdumpen: KS 2026/114")
    maria.sees("Vi nådde 240 av 300 följare.")
    maria.sees("Avslutade kontot. Bokbussen har slutat gå.")
    expect(maria.link("Avsluta kontot")).to_have_count(0)
    maria.check("plan-ended")
    public(site, page, stands=lambda shown: not shown)
    assert "olmebibliotek" not in public(site, "/konton/konton.json")
    assert number_in(maria, "/accounts?words=olmebibliotek", "^Ölme bibliotek") == account
