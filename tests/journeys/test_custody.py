"""A login in its envelope: drilled, opened by two, and sealed again (3-b, 3-d)."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.pages import ask_to_open, number_in, seal
from tests.journeys.visitor import PHONE


def test_an_envelope_is_drilled_opened_by_two_and_sealed_again(visit: Visit) -> None:
    """3-b, 3-d: none of the account's own administrators takes part."""
    maria, lisa = visit("Maria"), visit("Lisa", PHONE)
    account = number_in(maria, "/accounts", "^Sysslebäcks bibliotek")
    seal(maria, account, login="bibl", password="Tyst-48-vatten")

    ask_to_open(lisa, account, "Provöppna")
    lisa.check("custody-asked")
    maria.go("/")
    maria.link("Bevittna provöppningen").click()
    maria.check("custody-witness")
    maria.button("Bevittna provöppningen").click()
    maria.sees("Gick att öppna")

    opening = ask_to_open(lisa, account)
    maria.go(f"/custody/{opening}")
    maria.button("Bevittna öppningen").click()
    maria.sees("Bevittnad av")
    lisa.link("Se om någon har bevittnat").click()
    lisa.check("custody-witnessed")
    lisa.button("Visa innehållet").click()
    lisa.sees("Tyst-48-vatten")
    lisa.check("custody-content")
    lisa.page.go_back()
    expect(lisa.page.get_by_text("Tyst-48-vatten")).to_have_count(0)

    maria.link("Visa allt om inloggningen").click()
    maria.button("Bekräfta att det är bytt").click()
    maria.sees("Bekräftat.")
    maria.go(f"/accounts/{account}/custody")
    maria.check("custody-page")
    seal(maria, account, login="bibl", password="Ny-91-morgon")
    expect(maria.page.get_by_role("heading", name="Kvar att göra")).to_have_count(0)
