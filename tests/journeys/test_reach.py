"""Reaching people: an own address is tried, a mail's link is read, the unit sees who has read."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.channels.servers import MailServer, Sink
from tests.journeys.conftest import Installation, Visit
from tests.journeys.mailed import installed, mailed_link, until
from tests.journeys.steps import open_exercise
from tests.journeys.visitor import PHONE


@pytest.fixture(scope="module")
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture(scope="module")
def phone() -> Iterator[Sink]:
    """Where messages to an own address arrive."""
    with Sink() as server:
        yield server


@pytest.fixture(scope="module")
def installation(
    browser: Browser,
    mail: MailServer,
    phone: Sink,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Installation]:
    """An installation of its own, that knows a mail server and may reach the telephone."""
    with installed(tmp_path_factory.mktemp("reach"), mail) as running:
        yield running


def rung(phone: Sink, pattern: str) -> str | None:
    """What a message to the telephone says, if one of them matches."""
    for _headers, body in reversed(phone.requests):
        said = json.loads(body)
        found = re.search(pattern, f"{said['title']}\n{said['message']}")
        if found:
            return found[0]
    return None


def test_an_own_address_is_tried_and_the_lock_is_read_from_the_mail_in_ten_seconds(
    visit: Visit, installation: Installation, mail: MailServer, phone: Sink
) -> None:
    """7-a; Must show 1: an administrator reads and acknowledges the lock in less than 10 s."""
    peter = visit("Peter", PHONE)
    peter.go("/me")
    peter.link("Ändra adresserna").click()
    peter.check("addresses-phone")
    peter.choice("Annan").check()
    peter.field("Adress eller nummer").fill(f"json://127.0.0.1:{phone.port}/peter")
    peter.button("Lägg till och prova").click()
    peter.sees("Inte prövad än: inga meddelanden går hit.")
    code = until(lambda: rung(phone, r"\d{6}"), "the code")
    peter.field("Koden i meddelandet").fill(code)
    peter.button("Den kom fram").click()
    peter.sees("Fungerar sedan")
    peter.check("address-works-phone")

    lisa = visit("Lisa")
    slug = open_exercise(lisa, "Nå fram")
    address = installation.logins["Peter"].email
    link = until(lambda: mailed_link(mail, address, "/read/"), "the mail")
    until(lambda: rung(phone, r"ÖVNING Ditt konto är låst: Nå fram"), "the telephone's message")

    stranger = visit(None, PHONE)
    start = time.monotonic()
    stranger.go(link)
    stranger.sees("Till Peter")
    for answer in ("Varför?", "Hur länge?", "Vad får jag göra?"):
        expect(stranger.page.get_by_role("heading", name=answer)).to_be_visible()
    stranger.choice("Vet inte").check()
    stranger.button("Jag har läst").click()
    stranger.sees("Läst")
    assert time.monotonic() - start < 10
    stranger.check("linked-read-phone")
    expect(stranger.page.locator("#lost")).to_be_hidden()

    lisa.go(f"/incidents/{slug}/")
    expect(lisa.page.get_by_role("region", name="Har läst låset")).to_contain_text("1 av 18")
    lisa.sees("1 vet inte om inlägg är på väg ut")
    lisa.link("Ring dem").click()
    expect(lisa.page.get_by_role("region", name="Vet inte om inlägg är på väg ut")).to_contain_text(
        installation.logins["Peter"].name
    )
    lisa.check("notices-unsure")

    stranger.choice("Pausade").check()
    stranger.button("Ändra svaret").click()
    lisa.go(f"/incidents/{slug}/notices")
    lisa.sees("Inlägg på väg ut: Pausade.")
