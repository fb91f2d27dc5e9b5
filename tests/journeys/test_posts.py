"""An ordinary post that an event's lock holds: why, and what becomes of the text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect
from sqlalchemy import create_engine, text

from console.cli import running
from console.config import Settings
from tests.cli.program import environment, up
from tests.journeys.conftest import Installation, Visit, logins_of, need_chromium
from tests.journeys.visitor import PHONE

TEXT = "Sagostund i biblioteket på lördag kl 11. Alla barn är välkomna."
NEXT_YEAR = f"{datetime.now(UTC).year + 1}-12-01"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One of its own, in live use: only there do ordinary posts go out, and events lock them."""
    need_chromium()
    folder = tmp_path_factory.mktemp("posts")
    env = environment(folder / "home")
    with up(env, folder / "log", "--example") as started:
        engine = create_engine(running.database_url(Settings.from_env(env)))
        with engine.begin() as connection:
            evidence = "INSERT INTO live_use_evidence (condition, evidence, at)"
            connection.execute(text(f"{evidence} VALUES ('live_use', '{{}}', now())"))
        engine.dispose()
        yield Installation(started, logins_of(started))


def test_a_post_that_was_wrong_is_corrected_in_the_open(visit: Visit) -> None:
    """4-k: what was wrong is named, what is right stands after it, and nothing vanishes."""
    stina = visit("Stina", PHONE)
    stina.go("/posts/new")
    stina.choice("Torsby bibliotek, Facebook").check()
    stina.field("Inlägget").fill(TEXT)
    stina.choice("Invånarna behöver inte veta det").check()
    stina.button("Läs igenom och släpp").click()
    stina.page.get_by_label("Inlägget följer vår värdegrund").check()
    stina.button("Släpp inlägget").click()
    stina.sees("Inlägget är släppt.")
    published = stina.button("Klar, det är ute")
    stina.reload_until(published)
    published.click()
    stina.sees("Noterat.")

    stina.link("Rätta inlägget").click()
    stina.check("post-correct")
    stina.choice("Sagostund i biblioteket på lördag kl 11.").check()
    with stina.expecting("status of 422"):
        stina.button("Läs igenom och släpp").click()
        stina.sees("Skriv vad som är rätt.")
    stina.field("Vad är rätt?").fill("Sagostund i biblioteket på söndag kl 11.")
    stina.button("Läs igenom och släpp").click()
    expect(stina.page.get_by_role("heading", level=1)).to_have_text("Läs igenom rättelsen")
    stina.check("post-correct-release")
    stina.page.get_by_label("Inlägget följer vår värdegrund").check()
    stina.button("Släpp rättelsen").click()
    changed = stina.button("Klar, det är ändrat")
    stina.reload_until(changed)
    stina.check("post-correct-by-hand")
    changed.click()
    stina.sees("Noterat.")
    stina.link("Inlägget som rättas").click()
    stina.sees("Rättat: Sagostund i biblioteket på söndag kl 11.")
    stina.check("post-corrected")


def test_a_librarians_post_is_held_by_a_lock_and_handed_to_the_unit(visit: Visit) -> None:
    """7-a, 1.1-a, 2.3-a, 4-a: from the draft to the unit's list; nothing goes out."""
    stina = visit("Stina", PHONE)
    stina.go("/posts")
    stina.link("Skriv inlägg").first.click()
    stina.check("post-new")
    stina.choice("Torsby bibliotek, Facebook").check()
    stina.field("Inlägget").fill(TEXT)
    stina.field("Var står det på webbplatsen?").fill("https://torsby.example/sagostund")
    stina.choice("Vilken dag?").fill(NEXT_YEAR)
    stina.choice("Vilket klockslag?").fill("09.00")
    stina.button("Läs igenom och släpp").click()
    expect(stina.page.get_by_role("heading", level=1)).to_have_text("Läs igenom inlägget")
    stina.check("post-release")
    with stina.expecting("status of 422"):
        stina.button("Släpp inlägget").click()
        stina.sees("Bekräfta att inlägget följer värdegrunden.")
    stina.page.get_by_label("Inlägget följer vår värdegrund").check()
    stina.button("Släpp inlägget").click()
    stina.sees("Inlägget är släppt.")
    address = stina.page.url

    lisa = visit("Lisa")
    lisa.go("/incidents/new")
    lisa.choice("Kris, på riktigt").check()
    lisa.field("Vad har hänt?").fill("Koka vattnet")
    lisa.choice("Stabsläge").check()
    lisa.field("Varför öppnar du?").fill("Bakterier i vattnet")
    lisa.button("Öppna händelsen").click()
    expect(lisa.page.get_by_role("heading", name="Gör nu")).to_be_visible()

    held = stina.page.get_by_text("Hålls. Koka vattnet har låst kontot")
    stina.page.goto(address)
    stina.reload_until(held)
    stina.check("post-held")
    stina.button("Lämna texten till informationsenheten").click()
    stina.sees("Informationsenheten ser texten i händelsen.")
    stina.go("/")
    expect(stina.link("Se inlägget som hålls")).to_be_visible()

    lisa.page.reload()
    lisa.link("Läs förslagen").click()
    lisa.sees(TEXT)
    lisa.check("suggestions")
    lisa.button("Läst").click()
    lisa.sees("Läst. Den som lämnade texten ser det.")
    stina.page.goto(address)
    stina.sees("Lisa Berg på informationsenheten har läst texten.")
