"""An account connected at its platform; its key taken back there, seen, and mended."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from simulators.mastodon import Mastodon
from tests.cli.program import environment, up
from tests.journeys.conftest import Installation, Visit, logins_of
from tests.journeys.pages import number_in
from tests.journeys.visitor import PHONE, Visitor

SECONDS = 40.0


@pytest.fixture(scope="module")
def mastodon() -> Iterator[Mastodon]:
    with Mastodon() as server:
        yield server


@pytest.fixture(scope="module")
def installation(
    browser: Browser, mastodon: Mastodon, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """An installation of its own, that may reach the platform."""
    folder = tmp_path_factory.mktemp("connecting")
    env = environment(folder / "home", BUDKAVLE_ALLOW_HOSTS=f"127.0.0.1:{mastodon.port}")
    with up(env, folder / "log", "--example") as running:
        yield Installation(running, logins_of(running))


def row(visitor: Visitor, account: str) -> Locator:
    return visitor.page.locator(f'[data-row="account-{account}"]')


def allow(visitor: Visitor, answer: str = "Allow") -> None:
    """From the console's page to the platform's, and back."""
    visitor.link("Fortsätt till Mastodon").click()
    visitor.button(answer).click()


def becomes(visitor: Visitor, account: str, sentence: str) -> None:
    """The row on /readiness says so, sooner or later."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        visitor.go("/readiness")
        if sentence in row(visitor, account).inner_text():
            return
        time.sleep(0.2)
    raise AssertionError(row(visitor, account).inner_text())


def test_an_account_is_connected_falls_when_its_key_is_taken_back_and_is_mended(
    visit: Visit, mastodon: Mastodon
) -> None:
    maria = visit("Maria", PHONE)
    account = number_in(maria, "/accounts?platform=mastodon", "^Torsby kommun")
    maria.go("/readiness")
    expect(row(maria, account)).to_contain_text("för hand")

    maria.go(f"/accounts/{account}/settings")
    maria.field("Server där kontot finns").fill(mastodon.url)
    maria.button("Anslut").click()
    maria.sees("Logga in där som någon som sköter @torsby@kommuner.example.")
    maria.check("connect-phone")
    allow(maria, "Deny")
    maria.sees("Ingen nyckel kom: någon tryckte nej hos Mastodon.")
    maria.field("Server där kontot finns").fill(mastodon.url)
    maria.button("Anslut").click()
    allow(maria)
    maria.sees("Anslutet. Plattformen svarar att kontot är torsby.")
    maria.sees("Klart att sända till.")
    maria.go("/readiness")
    expect(row(maria, account)).to_contain_text("Klart att sända till.")

    mastodon.revoked = True
    maria.go(f"/accounts/{account}")
    maria.button("Kontrollera nu").click()
    maria.sees("Kontrolleras nu.")
    becomes(maria, account, "Inloggningen gäller inte längre. Förnya nyckeln.")
    expect(maria.page.get_by_role("heading", level=1)).to_have_text(
        "1 konto skulle svika om en kris började nu"
    )
    maria.check("readiness-fallen-phone")

    maria.link("Åtgärda", within=row(maria, account)).click()
    maria.button("Anslut på nytt").click()
    allow(maria)
    maria.sees("Anslutet.")
    maria.go("/readiness")
    expect(row(maria, account)).to_contain_text("Klart att sända till.")
    expect(maria.page.get_by_role("heading", level=1)).to_have_text("Inget konto skulle svika nu")
