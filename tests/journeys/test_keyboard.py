"""Everything with the keyboard: no pointer is needed between logging in and sending a text."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.conftest import Installation, Visit
from tests.journeys.hand import focused, tab_to
from tests.journeys.steps import FIRST, open_exercise
from tests.journeys.visitor import Visitor


def test_a_message_is_written_and_sent_with_the_keyboard_alone(
    installation: Installation, visit: Visit
) -> None:
    login = installation.logins["Lisa"]
    slug = open_exercise(visit("Emma"), "Tangentbordet")
    lisa = visit()
    press = lisa.page.keyboard.press
    lisa.go("/login")
    assert focused(lisa) == "E-post"
    lisa.page.keyboard.type(login.email)
    tab_to(lisa, "Lösenord")
    lisa.page.keyboard.type(login.password)
    press("Enter")
    lisa.sees(login.name)

    lisa.go(f"/incidents/{slug}/")
    press("Tab")
    assert focused(lisa) == "Hoppa till innehållet"
    tab_to(lisa, "Skriv meddelande")
    press("Enter")
    lisa.sees("Vad ska sägas?")
    tab_to(lisa, "Skriv")
    press("Enter")
    lisa.sees("Skriv första beskedet")
    for label, text in sorted(FIRST.items(), key=lambda item: place(lisa, item[0])):
        if focused(lisa) != label:  # an empty text has the focus from the start
            tab_to(lisa, label)
        press("Control+a")
        lisa.page.keyboard.type(text)
    tab_to(lisa, "Skicka till")
    press("Enter")
    lisa.sees("Skickad för godkännande.")


def test_what_has_the_focus_keeps_it_when_the_board_is_drawn_anew(visit: Visit) -> None:
    lisa, emma = visit("Lisa"), visit("Emma")
    slug = open_exercise(lisa, "Fokus")
    lisa.link("Visa hela").focus()
    emma.go(f"/incidents/{slug}/")
    emma.field("Vad hände?").fill("P4 Värmland ringde.")
    emma.button("Anteckna").click()
    lisa.sees("P4 Värmland ringde.")
    expect(lisa.link("Visa hela")).to_be_focused()


def test_what_is_gone_for_good_leaves_the_focus_where_it_stood(visit: Visit) -> None:
    """A fault that is mended elsewhere takes its link with it; Tab goes on from there."""
    lisa = visit("Lisa")
    open_exercise(lisa, "Fokus kvar")
    lisa.link("Skriv meddelande").click()
    lisa.button("Skriv").click()
    fault = lisa.page.locator(".write-faults").get_by_role("link", name="vem äger fakta")
    fault.focus()
    lisa.field("Vem äger fakta?").evaluate(
        "e => { e.value = 'Anders Nyman'; e.dispatchEvent(new Event('input', {bubbles: true})) }"
    )
    expect(fault).to_have_count(0)
    expect(lisa.page.locator("#write-when")).to_be_focused()


def place(visitor: Visitor, label: str) -> int:
    """Where a field stands among all fields."""
    return int(
        visitor.field(label).evaluate(
            "e => [...document.querySelectorAll('input, textarea, select')].indexOf(e)"
        )
    )
