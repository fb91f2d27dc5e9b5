"""The approver on duty is called: the board says so with a number, the phone opens the text."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.steps import open_exercise, send, write_first
from tests.journeys.visitor import PHONE, Visitor


def take_duty(approver: Visitor) -> None:
    approver.go("/duty")
    take = approver.page.get_by_role("button", name="Ta jouren")
    if take.count():  # else an earlier journey has left it with them
        take.first.click()
        approver.sees("Karin Holm har jouren.")


def test_an_empty_place_is_filled_and_a_duty_taken(visit: Visit) -> None:
    lisa, karin = visit("Lisa"), visit("Karin", PHONE)
    take_duty(karin)
    karin.check("duty")
    open_exercise(lisa, "Bemannad övning")
    lisa.link("Bemanna").click()
    row = lisa.page.get_by_role("listitem").filter(has_text="Växel")
    row.get_by_text("Bemanna").first.click()
    row.get_by_label("Namn, om personen inte finns i listan").fill("Anna Vik")
    row.get_by_label("Nummer att ringa").fill("0560-160 00")
    lisa.button("Spara", within=row).click()
    lisa.sees("Anna Vik")
    lisa.check("roster")


def test_the_approver_on_duty_is_called_and_approves_from_the_notice(visit: Visit) -> None:
    lisa, karin = visit("Lisa"), visit("Karin", PHONE)
    take_duty(karin)
    slug = open_exercise(lisa, "Kallad beslutsfattare")
    write_first(lisa)
    send(lisa)
    lisa.sees("Mejl är inte inställt. Ring: Karin Holm.")
    lisa.go(f"/incidents/{slug}/")
    lisa.sees("Karin Holm har texten på sin startsida sedan kl")
    ring = lisa.page.get_by_role("link", name="Ring Karin")
    expect(ring).to_have_attribute("href", "tel:0701740621")
    lisa.check("called-board")

    karin.go("/notices")
    row = karin.page.get_by_role("listitem").filter(has_text="Godkänn: Kallad beslutsfattare")
    karin.link("Läs", within=row).click()
    karin.link("Gå dit").click()
    karin.check("called-approve")
    karin.button("Godkänn").click()
    karin.sees("Godkänd. Texten går ut nu.")
    lisa.sees("Ingen text väntar.")
