"""Everything with the keyboard: no pointer is needed between logging in and sending a text."""

from __future__ import annotations

from tests.journeys.conftest import Installation, Visit
from tests.journeys.steps import FIRST, open_exercise
from tests.journeys.visitor import Visitor

FOCUSED = """() => {
  const e = document.activeElement;
  const said = e.labels?.length ? e.labels[0].innerText : e.innerText ?? "";
  const style = getComputedStyle(e);
  const ringed = style.outlineStyle !== "none" || style.boxShadow !== "none";
  return { said: said.trim(), ringed: ringed || e.type === "date" };
}"""
"""The browser draws its own ring around the calendar button inside a date field."""
MOST = 150
"""Presses of Tab before we give up."""


def test_a_message_is_written_and_sent_with_the_keyboard_alone(
    installation: Installation, visit: Visit
) -> None:
    login = installation.logins["Lisa"]
    slug = open_exercise(visit("Emma"), "Tangentbordet")
    lisa = visit()
    press = lisa.page.keyboard.press
    lisa.go("/login")
    tab_to(lisa, "E-post")
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
        tab_to(lisa, label)
        press("Control+a")
        lisa.page.keyboard.type(text)
    tab_to(lisa, "Skicka till")
    press("Enter")
    lisa.sees("Skickad för godkännande.")


def tab_to(visitor: Visitor, words: str) -> None:
    """Press Tab until what has the focus begins with these words; every stop must show a ring."""
    for _press in range(MOST):
        visitor.page.keyboard.press("Tab")
        if focused(visitor).startswith(words):
            return
    raise AssertionError(f"Tab never comes to {words}.")


def focused(visitor: Visitor) -> str:
    found = visitor.page.evaluate(FOCUSED)
    assert found["ringed"], f"{found['said']} has the focus, and nothing shows it."
    return str(found["said"])


def place(visitor: Visitor, label: str) -> int:
    """Where a field stands among all fields."""
    return int(
        visitor.field(label).evaluate(
            "e => [...document.querySelectorAll('input, textarea, select')].indexOf(e)"
        )
    )
