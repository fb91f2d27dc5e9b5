"""On a phone the board's verbs stay at the foot of the window; nothing else may lie under them for
good."""

from __future__ import annotations

from tests.journeys.conftest import Visit
from tests.journeys.steps import open_exercise
from tests.journeys.visitor import PHONE

COVERED = """() => {
  scrollTo(0, document.documentElement.scrollHeight);
  return [...document.querySelectorAll(".foot a, .foot button")].filter(e => {
    const box = e.getBoundingClientRect();
    const there = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return there === null || !e.contains(there);
  }).map(e => e.innerText);
}"""


def test_the_end_of_a_phones_board_can_be_pressed(visit: Visit) -> None:
    """Else *Logga ut* lies under *Stoppa allt*, and there is no way back to the start page."""
    lisa = visit("Lisa", PHONE)
    open_exercise(lisa, "Foten")
    lisa.page.wait_for_load_state()
    assert lisa.page.evaluate(COVERED) == []
