"""What people do in several journeys, as they would: by labels and buttons."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.journeys.visitor import Visitor

REASON = "Bakterier i vattnet"
LATE = datetime.now(ZoneInfo("Europe/Stockholm")).hour >= 22
"""Begun so late in the evening, the run may still go on when a promise for midnight is near."""
INSTRUCTION = "Koka ditt kranvatten om du bor i Torsby tätort."
FIRST = {
    "Vad ska invånarna göra?": INSTRUCTION,
    "Vad har hänt?": "Vi har hittat tecken på bakterier. Vi tar nya prover nu.",
    "När började det?": "I dag kl 06.30.",
    "Varför hände det?": "Vi vet inte varför ännu.",
    "Vad vet vi inte?": "Vi vet inte hur länge det varar.",
    "Vad gör vi?": "Vi tar nya prover och letar efter felet.",
    "När kommer nästa besked?": "04.00" if LATE else "23.59",
    "Var gäller det?": "Torsby tätort",
    "Vem äger fakta?": "Anders Nyman, va-chef",
}


def open_exercise(
    unit: Visitor, name: str, area: str = "", reason: str = REASON, plan: str = ""
) -> str:
    """Open an exercise with every account; the board is what comes. Returns its slug.

    Args:
        plan: the exercise plan that it follows, by name; "": none.
    """
    unit.go("/incidents/new")
    unit.choice("Övning").check()
    if plan:
        unit.page.get_by_label(re.compile("^Övningsplan")).select_option(label=plan)
    unit.field("Vad har hänt?").fill(name)
    unit.page.get_by_label(re.compile(r"^Var\?")).fill(area)
    unit.choice("Stabsläge").check()
    unit.field("Varför öppnar du?").fill(reason)
    unit.button("Öppna händelsen").click()
    expect(unit.page.get_by_role("heading", name="Gör nu")).to_be_visible()
    found = re.search(r"/incidents/([^/]+)", unit.page.url)
    assert found is not None
    unit.opened.append(found[1])
    return found[1]


def break_off(unit: Visitor) -> None:
    """End, in one press each, what the person has opened and left open."""
    while unit.opened:
        unit.go(f"/incidents/{unit.opened.pop()}/")
        press = unit.button("Avbryt övningen – skarpt läge")
        if press.count():
            press.click()
            unit.sees("är avbruten. Inget från den följer med.")


def read_waiting(approver: Visitor, name: str) -> None:
    """From the start page to the text that waits in an exercise."""
    approver.go("/")
    row = approver.page.get_by_role("listitem").filter(has_text=f"övningen {name}")
    approver.link("Godkänn texten", within=row).click()
    expect(approver.page.get_by_role("heading", name="Godkänn")).to_be_visible()


def approve(approver: Visitor, name: str) -> None:
    """Read the text that waits in an exercise, and approve it."""
    read_waiting(approver, name)
    approver.button("Godkänn").click()
    approver.sees("Godkänd. Texten går ut nu.")


def hashes(folder: Path) -> dict[str, str]:
    """Path of each file in a folder → its SHA-256."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def write_first(unit: Visitor, every: int = 5, rounds: int = 3) -> None:
    """From the board: fill in the first message of the water scenario, and stay at it."""
    unit.link("Skriv meddelande").click()
    unit.button("Skriv").click()
    for label, text in FIRST.items():
        unit.field(label).fill(text)
    unit.field("Hur ofta upprepas det?").fill(str(every))
    unit.field("Räknat i").select_option(label="sekunder")
    unit.field("Antal omgångar").fill(str(rounds))


def send(unit: Visitor) -> None:
    """Send what is written for approval; the list of messages is what comes."""
    unit.page.get_by_role("button", name=re.compile("^Skicka till")).click()
    unit.sees("Skickad för godkännande.")


def broadcast(unit: Visitor, approver: Visitor, name: str, every: int = 5, rounds: int = 3) -> str:
    """Open an exercise and get the first message out; its board is what comes. Returns its slug."""
    slug = open_exercise(unit, name)
    write_first(unit, every, rounds)
    send(unit)
    approve(approver, name)
    unit.go(f"/incidents/{slug}/")
    return slug
