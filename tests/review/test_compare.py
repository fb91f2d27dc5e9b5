"""Two events side by side, and an exercise beside its plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from console import clock, db
from console.incidents.models import Incident
from console.incidents.operations import planning
from console.incidents.operations.planning import Wanted
from console.people.models import Person
from console.review.compare_rules import Measured, Value, measured, reaction
from console.review.figures_rules import Facts, Post, Round, Said, Text, count
from tests.stage import Stage
from workers import chores

ClientFor = Callable[[Person | None], FlaskClient]
T0 = datetime(2026, 6, 11, 6, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NOTHING = Facts(T0, T0 + 60 * MINUTE, (), (), (), (), (), (), (), ())


def went(first_after: int, *, missed: bool = False, answered: int | None = None) -> Facts:
    """An event with one message, out so many minutes after the opening."""
    at = T0 + first_after * MINUTE
    text = Text(1, "first", T0, T0, T0 + MINUTE, at, None, "2026:1")
    return replace(
        NOTHING,
        texts=[text],
        rounds=[Round(1, 1, 1, 1, at, False), Round(2, 1, 2, 2, at + 30 * MINUTE, missed)],
        posts=[Post(1, 1, 1, 1, "post", "sent", at)],
        rumours=[Said(1, T0, None if answered is None else T0 + answered * MINUTE)],
    )


@pytest.mark.parametrize(
    ("left", "right", "less", "verdict"),
    [
        (5 * MINUTE, 4 * MINUTE, True, "better"), (5 * MINUTE, 6 * MINUTE, True, "worse"),
        (80, 90, False, "better"), (80, 70, False, "worse"), (3, 3, True, "same"),
        (None, 3, True, ""), (3, None, True, ""), (3, 4, None, ""),
    ],
)  # fmt: skip
def test_what_is_better_follows_from_what_is_measured(
    left: Value, right: Value, less: bool | None, verdict: str
) -> None:
    assert Measured("any", left, right, less).verdict == verdict


def test_each_figure_of_two_events_stands_beside_the_others() -> None:
    now = T0 + 90 * MINUTE
    found = {
        one.key: one
        for one in measured(count(went(12, missed=True), now), count(went(8, answered=20), now))
    }
    assert (found["to_first"].left, found["to_first"].right) == (12 * MINUTE, 8 * MINUTE)
    assert found["to_first"].difference == -4 * MINUTE
    assert found["to_first"].verdict == "better"
    assert (found["rounds_missed"].left, found["rounds_missed"].right) == (1, 0)
    assert found["rumours_open"].verdict == "better"
    assert found["rumours_took"].verdict == "", "nothing to compare with"
    assert found["messages"].verdict == ""


def test_a_reaction_is_the_first_new_message_after_and_never_an_earlier_one() -> None:
    figures = count(went(12), T0 + 90 * MINUTE)
    found = reaction(T0 + 10 * MINUTE, figures)
    assert found is not None and found.took == 2 * MINUTE
    assert reaction(T0 + 13 * MINUTE, figures) is None and reaction(None, figures) is None


def another(stage: Stage) -> str:
    with db.unit_of_work() as session:
        session.add(
            Incident(
                slug="elavbrott", name="Elavbrott", stage="staff", stage_since=clock.now(),
                reason="Elen", exercise=False, state="closed", opened_at=clock.now(),
                closed_at=clock.now(), opened_by_id=stage.lisa.id,
            )
        )  # fmt: skip
    return "elavbrott"


def test_two_chosen_events_are_compared_at_an_address_that_can_be_shared(
    stage: Stage, greta: FlaskClient
) -> None:
    slug, other = stage.incident.slug, another(stage)
    stage.release("first")
    stage.tick()
    assert "Välj två händelser" in greta.get("/compare").text
    page = greta.get(f"/compare?left={other}&right={slug}")
    assert page.status_code == 200
    assert "Meddelanden som gick ut" in page.text and "Elavbrott" in page.text
    for query, said in (
        (f"left={slug}&right={slug}", "Välj en annan händelse att jämföra med."),
        (f"left={slug}&right=nowhere", "Välj en händelse i listan."),
        (f"left={slug}&right=plan", "Händelsen följde ingen övningsplan."),
    ):
        answer = greta.get(f"/compare?{query}")
        assert answer.status_code == 422 and said in answer.text


def test_an_exercise_stands_beside_its_plan_and_players_read_nothing_of_what_is_to_come(
    stage: Stage, greta: FlaskClient, client_for: ClientFor
) -> None:
    with db.unit_of_work() as session:
        now = clock.now()
        plan = planning.write(session, stage.lisa, "Läckan", "En ledning brister.", now)
        for minute, content in ((0, "Larmet går."), (60, "Skolan ringer.")):
            wanted = Wanted(minute=minute, kind="word", content=content)
            planning.add_inject(session, stage.lisa, plan.id, wanted, now)
        incident = session.get_one(Incident, stage.incident.id)
        planning.attach(session, stage.lisa, incident, plan.id, now)
    chores.let_injects_happen()
    slug, lisa = stage.incident.slug, client_for(stage.lisa)
    for address in (f"/timeline/{slug}/", f"/compare?left={slug}&right=plan"):
        page = greta.get(address).text
        assert "Plan och utfall: Läckan" in page and "Larmet går." in page
        assert "Skolan ringer." not in page
        assert "Skolan ringer." in lisa.get(address).text
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        incident.state, incident.closed_at = "closed", clock.now()
    assert "Skolan ringer." in greta.get(f"/timeline/{slug}/").text
