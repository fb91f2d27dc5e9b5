"""The console's main job, from an empty exercise to the second round (issue 1, *Must show* 1)."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.journeys.conftest import Installation, Visit
from tests.journeys.steps import INSTRUCTION, hashes, open_exercise, read_waiting, send, write_first
from tests.journeys.visitor import PHONE, Visitor


def test_a_message_goes_from_draft_to_the_wall_and_out_again_without_a_reload(
    installation: Installation, visit: Visit
) -> None:
    live = installation.home / "site" / "live" / "current"
    before = hashes(live)
    assert "index.html" in before
    lisa = visit("Lisa")
    lisa.check()
    slug = open_exercise(lisa, "Koka vattnet")
    lisa.check("board-empty")
    with lisa.another_tab(f"/ovning/{slug}/vagg"):
        expect(lisa.page.get_by_text("Inget inlägg än.").first).to_be_visible()
        lisa.check()
        wall = lisa.page
    with lisa.another_tab(f"/incidents/{slug}"):
        board = lisa.page

    write_first(lisa)
    lisa.check("write")
    send(lisa)
    lisa.check()

    karin = visit("Karin", PHONE)
    karin.check("start-phone")
    read_waiting(karin, "Koka vattnet")
    expect(karin.page.get_by_role("heading", name="Godkänn första beskedet?")).to_be_visible()
    karin.sees(INSTRUCTION)
    karin.check("approve-phone")
    karin.button("Godkänn").click()
    karin.sees("Godkänd. Texten går ut nu.")

    for page in (wall, board):
        page.evaluate("window.notReloaded = true")
    posts = wall.get_by_text("Vi har hittat tecken på bakterier.")
    expect(posts.first).to_contain_text("uppdatering 1")
    expect(wall.get_by_text("uppdatering 2").first).to_contain_text(INSTRUCTION)
    expect(board.get_by_text("20 av 22 skickade")).to_be_visible()  # two wait for a person
    expect(board.locator(".plate")).to_contain_text(INSTRUCTION)
    for page in (wall, board):
        assert page.evaluate("window.notReloaded")
    for page, name in ((board, "board"), (wall, "wall")):
        with lisa.at(page):
            lisa.check(name)
    karin.check("board-phone")

    lisa.go(f"/ovning/{slug}/")
    lisa.sees(INSTRUCTION)
    lisa.check("site")
    lisa.page.get_by_role("link", name="Läs vad du ska göra").click()
    lisa.sees("Det här är en övning.")
    lisa.check()
    assert hashes(live) == before

    start_again(lisa, slug)


def start_again(lisa: Visitor, slug: str) -> None:
    """From a template, then from what is out; what is missing is said as it is typed."""
    lisa.go(f"/incidents/{slug}/messages/new")
    lisa.check("new")
    templates = lisa.page.get_by_role("group", name="Läget över")
    templates.get_by_role("button", name="Vatten").click()
    lisa.sees("Mall: Vatten.")
    lisa.sees("Vad gäller nu: fyll i [plats], [antal].")
    text, heard = lisa.field("Vad gäller nu?"), lisa.page.locator("#write-said")
    expect(heard).to_contain_text("[plats]")
    text.fill("Nu kan du dricka kranvattnet i Torsby igen.")
    expect(heard).not_to_contain_text("[plats]")
    expect(lisa.page.locator("#meters")).to_contain_text("43 tecken")
    lisa.check("write-template")

    lisa.go(f"/incidents/{slug}/messages/new")
    lisa.button("Börja från det senaste").click()
    lisa.sees("Tider och löfte är nya.")
    expect(lisa.field("Vad är nytt?")).to_have_value(re.compile("tecken på bakterier"))
    lisa.check("write-start")
