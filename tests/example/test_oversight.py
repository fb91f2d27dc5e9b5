"""Must show 3: the strategy department's page shows what the example's file says is amiss with its
accounts, as far as the console knows of it, and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html import unescape

import pytest
from flask import Flask

from channels import platforms
from console import clock, db, example
from console.config import Settings
from console.people import queries
from console.people.models import Person
from tests.board.test_municipality import LINE, lines
from tests.cast import client_for

JUNE = datetime(2026, 6, 8, 6, 14, tzinfo=UTC)

SHOWN = {
    "bara en administratör": "Bara en administratör",
    "sommar utan ersättare": "Ingen ersättare",
    "handlingsplan väntar på förvaltningschef": "Förvaltningschef har inte skrivit under",
    "vilande": "Beslut om vilande konto",
    "slutrapport saknas": "Avslutat utan slutrapport",
    "egen bedömning saknas": "Egen bedömning saknas",
}
"""Words of the file → what the page says."""
LATER = {
    "textning saknas på 3 filmer",
    "skärmdump försenad", "inte kontrollerad på 9 dagar", "kvartal tre-rapport saknas",
}  # fmt: skip
"""What nothing in the console knows yet: remarks on the account's page."""
NO_DEVIATION = {
    "aktiv", "prov", "avslutad", "officiell kanal", "kriskanal", "kuvert undantaget",
    "kräver bild", "jour", "beslut behövs",
    "fotosamtycke 2 saknas",  # its administrators are asked for it
}  # fmt: skip


def said() -> dict[tuple[str, str], list[str]]:
    """(account, platform and handle) → the words of its state in the file."""
    found = {}
    for one in json.loads(example.ACCOUNTS.read_text("utf-8")):
        platform = platforms.find(one["platform"])
        assert platform is not None
        words = [part.strip() for part in one["state"].split(";")]
        found[one["name"], f"{platform.name}, {one['handle']}"] = words
    return found


@pytest.fixture
def maria(app: Flask, database: Settings, move_clock) -> Person:
    """The strategist of the example, on a Monday in June."""
    with db.unit_of_work() as session:
        now = clock.now()
    move_clock(JUNE - now)
    with db.unit_of_work() as session:
        example.load(session, JUNE, database)
    with db.unit_of_work() as session:
        person = queries.by_email(session, "maria.ek@torsby.example")
        assert person is not None
        return person


def test_every_word_of_the_file_is_shown_or_somebody_has_said_why_not() -> None:
    words = {word for several in said().values() for word in several}
    assert words == SHOWN.keys() | LATER | NO_DEVIATION


def test_the_strategy_departments_page_shows_what_the_file_says_and_nothing_else(
    app: Flask, maria: Person
) -> None:
    """2.1-c, 3-a, 3-c, 3.2-b, 6-a"""
    expected = {
        account: sorted(SHOWN[word] for word in words if word in SHOWN)
        for account, words in said().items()
    }
    client = client_for(app, maria)
    page = client.get("/municipality").text
    assert len(LINE.findall(page)) == len(expected) == 25
    shown = {}
    for name, rest in LINE.findall(page):
        place = unescape(rest.split('class="quiet small">')[1].split("</span>")[0])
        lacks = rest.split("<td>")[1]
        whats = [unescape(one.split("</b>")[0]) for one in lacks.split("<b>")[1:]]
        shown[unescape(name), place] = sorted(whats)
    assert shown == expected
    narrowed = lines(client.get("/municipality?deviation=any").text)
    assert len(narrowed) == 5, "two of the six are called the same"

    start = client.get("/").text
    assert "6 konton behöver åtgärd" in start
    assert "19 av 23 konton i bruk är i ordning" in start
    assert start.count('class="deviation"') == 6
    for what in SHOWN.values():
        assert f"<b>{what}</b>" in start
    assert "29 juni–26 juli" in start and "12 dagar" in start


def test_what_the_console_does_not_know_yet_stays_a_remark_on_the_account(
    app: Flask, maria: Person
) -> None:
    client = client_for(app, maria)
    found = client.get("/accounts?deviating=y").text
    for word in LATER:
        assert word[1:] in found, word
    for word in ("ara en administratör", "utan ersättare", "lutrapport saknas"):
        assert word not in found, word
