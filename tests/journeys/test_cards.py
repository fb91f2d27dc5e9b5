"""A crisis message on Instagram: its card is seen by who writes and who approves, and comes out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import create_engine, text

from console import sealing
from console.cli import running
from console.cli.services.process import wait_until
from console.config import Settings
from simulators.instagram import Instagram
from tests.cli.program import environment, up
from tests.journeys.conftest import Installation, Visit, logins_of, need_chromium
from tests.journeys.steps import FIRST, INSTRUCTION, send
from tests.journeys.visitor import PHONE

CONNECT = """
    UPDATE accounts SET kind = 'instagram', secret = :secret,
        settings = jsonb_build_object('user_id', CAST(:id AS text), 'api', CAST(:api AS text))
    WHERE platform = 'instagram' AND handle = '@torsbykommun'
"""


@pytest.fixture(scope="module")
def instagram() -> Iterator[Instagram]:
    """It fetches pictures as the real one does: from the public address, by itself."""
    with Instagram() as server:
        server.fetches = True
        yield server


@pytest.fixture(scope="module")
def installation(
    tmp_path_factory: pytest.TempPathFactory, instagram: Instagram
) -> Iterator[Installation]:
    """One of its own, in live use, with the example's Instagram account connected."""
    need_chromium()
    folder: Path = tmp_path_factory.mktemp("cards")
    env = environment(folder / "home", BUDKAVLE_ALLOW_HOSTS=f"127.0.0.1:{instagram.port}")
    with up(env, folder / "log", "--example") as started:
        settings = Settings.from_env(env)
        sealing.use(settings.keys)
        engine = create_engine(running.database_url(settings))
        with engine.begin() as connection:
            evidence = "INSERT INTO live_use_evidence (condition, evidence, at)"
            connection.execute(text(f"{evidence} VALUES ('live_use', '{{}}', now())"))
            secret = sealing.seal({"token": instagram.TOKEN})
            given = {"secret": secret, "id": instagram.ACCOUNT, "api": instagram.url}
            assert connection.execute(text(CONNECT), given).rowcount == 1
        engine.dispose()
        yield Installation(started, logins_of(started))


def timeless(said: str) -> str:
    """Without the round's time: a minute may have passed since it was read."""
    return re.sub(r"Kl \d\d\.\d\d", "Kl", said)


def drawn(image: Locator) -> str:
    """The alternative text of a picture that has come."""
    image.scroll_into_view_if_needed()
    expect(image).to_be_visible()
    image.evaluate("e => e.decode()")
    assert image.evaluate("e => e.naturalWidth") == 1080
    return image.get_attribute("alt") or ""


def test_a_card_is_previewed_approved_and_shown_on_instagram(
    visit: Visit, instagram: Instagram
) -> None:
    lisa = visit("Lisa")
    lisa.go("/incidents/new")
    lisa.choice("Kris, på riktigt").check()
    lisa.field("Vad har hänt?").fill("Koka vattnet")
    lisa.choice("Stabsläge").check()
    lisa.field("Varför öppnar du?").fill("Bakterier i vattnet")
    lisa.button("Öppna händelsen").click()
    expect(lisa.page.get_by_role("heading", name="Gör nu")).to_be_visible()
    lisa.link("Skriv meddelande").click()
    lisa.button("Skriv").click()
    for label, words in FIRST.items():
        lisa.field(label).fill(words)
    lisa.field("Antal omgångar").fill("2")
    card = lisa.page.locator(".preview img").first

    wait_until(lambda: INSTRUCTION in (card.get_attribute("alt") or ""), 20)
    assert INSTRUCTION in drawn(card)
    lisa.check("write-card")
    send(lisa)

    karin = visit("Karin", PHONE)
    karin.go("/")
    karin.link("Godkänn texten").first.click()
    card = karin.page.locator("#bildkort ~ figure img").first
    alt = drawn(card)
    assert INSTRUCTION in alt and "ÖVNING" not in alt
    karin.check("approve-card")
    karin.button("Godkänn").click()
    karin.sees("Godkänd. Texten går ut nu.")

    assert wait_until(lambda: bool(instagram.shown), 20), "nothing came out"
    (post,) = instagram.shown
    assert INSTRUCTION in post.text and post.extra["image"].startswith(b"\xff\xd8")
    ((_address, said),) = post.extra["pictures"]
    assert timeless(said) == timeless(alt), "what came out is what was approved"
