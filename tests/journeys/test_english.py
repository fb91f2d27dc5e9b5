"""A person who reads English meets English on every page, whatever the texts themselves are in."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Installation, Visit
from tests.journeys.steps import open_exercise, send, write_first
from tests.journeys.visitor import Visitor

SWEDISH = re.compile(
    r"\b(inte|eller|väntar|tavla|meddelanden|konton|logg|skriv|gäller|öppna|godkänn|"
    r"går ut|skickad|sedan|omgång|övning|uppgifter|språk)\b",
    re.IGNORECASE,
)
NAMES = """() => {
  const words = "h1, h2:not(.wall h2), label:not(.unseen), legend:not(:has(b)), button, .button,"
    + " nav a, th[scope=col], dt, .zone-count, .help, .flash, .state, .countdown-label,"
    + " .countdown-note";
  const said = [...document.querySelectorAll(words)].filter(e => !e.closest("[lang=sv]"));
  return [document.title, ...said.map(e => e.innerText.trim())];
}"""
"""What the interface itself says: no names, and no texts that people have written."""


def test_every_page_of_an_event_speaks_english_to_those_who_chose_it(visit: Visit) -> None:
    emma = visit("Emma")
    slug = open_exercise(emma, "Water drill")
    write_first(emma)
    send(emma)
    try:
        read_in_english(emma, slug)
    finally:
        emma.go("/me")
        emma.button("På svenska").click()
        expect(emma.button("In English")).to_be_visible()


def read_in_english(emma: Visitor, slug: str) -> None:
    emma.button("In English").click()
    expect(emma.button("På svenska")).to_be_visible()
    for path in (
        "/",
        "/me",
        "/notices",
        "/accounts",
        "/incidents/new",
        f"/incidents/{slug}/",
        f"/incidents/{slug}/messages",
        f"/incidents/{slug}/messages/new",
        f"/incidents/{slug}/messages/correct",
        f"/incidents/{slug}/accounts",
        f"/incidents/{slug}/notices",
        f"/incidents/{slug}/log",
        f"/incidents/{slug}/stage",
        f"/incidents/{slug}/close",
        f"/ovning/{slug}/vagg",
    ):
        emma.go(path)
        swedish = [said for said in emma.page.evaluate(NAMES) if SWEDISH.search(said)]
        assert swedish == [], path
        emma.check()
    emma.go(f"/incidents/{slug}/messages")
    emma.page.get_by_role("link", name=re.compile("^First")).click()
    expect(emma.page.get_by_role("link", name="Change the text")).to_be_visible()
    emma.check()
    emma.page.get_by_role("link", name="Change the text").click()
    swedish = [said for said in emma.page.evaluate(NAMES) if SWEDISH.search(said)]
    assert swedish == []
    emma.check("write-english")


@pytest.mark.parametrize("path", ["/en/", "/en/tillganglighet/", "/en/konton/"])
def test_the_public_site_is_there_in_english(
    installation: Installation, visit: Visit, path: str
) -> None:
    reader = visit()
    reader.go(installation.running.public + path)
    expect(reader.page.locator("html")).to_have_attribute("lang", "en")
    reader.check()
