"""Who may log in: invited, let in, warned when idle, logged out everywhere, shut out."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.conftest import Installation, Visit, log_in
from tests.journeys.visitor import Login

PASSWORD = "Xq9-mvkr7-wtPz"


def test_a_person_is_invited_logs_in_and_is_shut_out(visit: Visit) -> None:
    erik = visit("Erik")
    erik.link("Personer").click()
    erik.check("people")
    erik.link("Bjud in").click()
    erik.check("invite")
    erik.field("Namn").fill("Nils Ask")
    erik.field("E-post").fill("nils.ask@torsby.example")
    erik.choice("Granskare").check()
    erik.button("Gör en inbjudan").click()
    erik.sees("Lämna över länken")
    erik.check("invited")
    link = erik.page.locator("code").inner_text()

    nils = visit()
    nils.go(link)
    nils.check("choose-password")
    nils.field("Nytt lösenord").fill("kort")
    nils.field("Samma lösenord en gång till").fill("kort")
    with nils.expecting("status of 422"):
        nils.button("Spara lösenordet").click()
        nils.sees("Skriv minst 10 tecken")
        nils.check()
    nils.field("Nytt lösenord").fill(PASSWORD)
    nils.field("Samma lösenord en gång till").fill(PASSWORD)
    nils.button("Spara lösenordet").click()
    nils.sees("Lösenordet är sparat. Logga in.")
    nils.check("login")
    log_in(nils, Login("Nils Ask", "nils.ask@torsby.example", PASSWORD))

    elsewhere = visit()
    log_in(elsewhere, Login("Nils Ask", "nils.ask@torsby.example", PASSWORD))
    nils.link("Mina uppgifter").click()
    nils.check("me")
    nils.button("Logga ut överallt").click()
    nils.sees("Du är utloggad överallt.")
    elsewhere.go("/me")
    expect(elsewhere.button("Logga in")).to_be_visible()

    erik.link("Alla personer").click()
    erik.link("Nils Ask").click()
    erik.button("Stäng av").click()
    erik.sees("Nils Ask är avstängd och utloggad.")
    erik.check()
    nils.field("E-post").fill("nils.ask@torsby.example")
    nils.field("Lösenord").fill(PASSWORD)
    with nils.expecting("status of 422"):
        nils.button("Logga in").click()
        nils.sees("E-postadressen eller lösenordet stämmer inte.")
        nils.check("login-refused")


def test_somebody_idle_is_warned_and_can_stay(installation: Installation, visit: Visit) -> None:
    maria = visit()
    maria.page.clock.install()
    log_in(maria, installation.logins["Maria"])
    maria.page.clock.fast_forward("20:00")
    expect(maria.page.get_by_role("alert")).to_be_hidden()
    maria.page.clock.fast_forward("06:00")
    expect(maria.page.get_by_role("alert")).to_contain_text("Du loggas ut kl")
    maria.check("idle")
    maria.button("Stanna kvar").click()
    expect(maria.page.locator("#idle")).to_be_hidden()
