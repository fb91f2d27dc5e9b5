"""Writing an exercise plan in the browser."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tests.journeys.visitor import Visitor

WORD = "Något läses upp"
RUMOUR = "Ett rykte kommer i inkorgen"


def write_exercise_plan(unit: Visitor, name: str, scenario: str) -> str:
    """Begin a plan; its page is what comes. Returns its number."""
    unit.go("/exercise-plans/new")
    unit.field("Vad heter planen?").fill(name)
    unit.field("Vad har hänt i övningen?").fill(scenario)
    unit.button("Spara planen").click()
    unit.sees("Planen är sparad. Lägg till inspelen.")
    found = re.search(r"/exercise-plans/(\d+)", unit.page.url)
    assert found is not None
    return found[1]


def add_injects(unit: Visitor, injects: Sequence[tuple[int, str, str, str]]) -> None:
    """On a plan's page.

    Args:
        injects: (minutes after the start, kind as it is called, text, where a rumour is seen).
    """
    for minute, kind, text, place in injects:
        unit.field("Hur många minuter efter start?").fill(str(minute))
        unit.field("Vad händer?").select_option(label=kind)
        unit.field("Text").fill(text)
        unit.page.get_by_label(re.compile("^Var syns ryktet")).fill(place)
        unit.button("Lägg till inspelet").click()
        unit.sees("Inspelet är tillagt.")
