"""Exercise plans: who writes them, what is refused, and injects that happen once, in exercises."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from console import clock, db
from console.config import Settings
from console.errors import BadInput, Faults, NotAllowed, NotFound, Stale, WrongState
from console.incidents import exercise_queries as queries
from console.incidents.exercise_models import ExercisePlan, ExerciseRun, Inject, PlannedInject
from console.incidents.exercise_rules import InjectKind
from console.incidents.models import Incident
from console.incidents.operations import planning
from console.incidents.operations.planning import Wanted
from console.messages.models import Delivery, Round
from console.messages.operations import delivery
from console.monitoring import inject_operations, item_operations
from console.monitoring.feed_models import FeedItem
from console.people.models import Person
from console.people.rules import Permission, Role, may
from console.timeline.models import Entry
from console.timeline.queries import entries_of
from tests.review.conftest import person
from tests.stage import Stage
from workers import chores

ClientFor = Callable[[Person | None], FlaskClient]
Move = Callable[[timedelta], None]


@pytest.fixture
def stage(database: Settings) -> Stage:
    return Stage(database)


_IN_ORDER = (InjectKind.WORD, InjectKind.RUMOUR, InjectKind.CHANNEL_DOWN, InjectKind.ABSENT)


def wanted(stage: Stage) -> list[Wanted]:
    """One of each kind."""
    return [
        Wanted(minute=0, kind="word", content="Läs upp: larmet har gått."),
        Wanted(minute=5, kind="rumour", content="Vattnet är förgiftat!", place="Torsbygruppen"),
        Wanted(minute=10, kind="channel_down", content="Sidan svarar inte.",
               account_id=stage.account_ids[1], lasts=15),
        Wanted(minute=20, kind="absent", content="Blev sjuk.", person_id=stage.olle.id, lasts=60),
    ]  # fmt: skip


def planned(stage: Stage, *injects: Wanted, name: str = "Vattenläckan") -> int:
    with db.unit_of_work() as session:
        now = clock.now()
        plan = planning.write(session, stage.lisa, name, "En ledning brister.", now)
        for one in injects or wanted(stage):
            planning.add_inject(session, stage.lisa, plan.id, one, now)
        return plan.id


def attached(stage: Stage, plan_id: int | None = None) -> None:
    plan_id = plan_id or planned(stage)
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        planning.attach(session, stage.lisa, incident, plan_id, clock.now())


def injects() -> list[Inject]:
    with db.unit_of_work() as session:
        return list(session.scalars(select(Inject).order_by(Inject.due_at, Inject.id)))


def happened() -> list[str]:
    return [one.kind for one in injects() if one.happened_at is not None]


@pytest.mark.parametrize("role", list(Role))
def test_the_information_unit_and_the_strategy_department_plan_and_no_others(
    stage: Stage, client_for: ClientFor, role: Role
) -> None:
    actor = person("Ny Person", role)
    plans = role in {Role.INFORMATION_UNIT, Role.STRATEGY}
    assert may([role], Permission.PLAN_EXERCISE) == plans
    assert client_for(actor).get("/exercise-plans").status_code == (200 if plans else 403)
    with db.unit_of_work() as session:
        if plans:
            planning.write(session, actor, "Strömlöst", "Elen går.", clock.now())
        else:
            with pytest.raises(NotAllowed):
                planning.write(session, actor, "Strömlöst", "Elen går.", clock.now())
            session.rollback()


def test_what_cannot_be_planned_is_refused_beside_its_field_and_writes_nothing(
    stage: Stage,
) -> None:
    plan_id = planned(stage)
    now = clock.now()
    with db.unit_of_work() as session:
        before = session.query(Entry).count()

    def fields(do: Callable[..., object], *arguments: Any) -> set[str]:
        with db.unit_of_work() as session:
            with pytest.raises(Faults) as caught:
                do(session, stage.lisa, *arguments, now)
            session.rollback()
        return set(caught.value.faults)

    add = planning.add_inject
    fine: dict[str, Any] = {"minute": 1, "kind": "word", "content": "Hej"}
    for wrong, field in (
        ({"minute": None}, "minute"), ({"minute": 10_081}, "minute"), ({"minute": -1}, "minute"),
        ({"kind": "fire"}, "kind"), ({"content": " "}, "content"),
        ({"content": "x" * 2001}, "content"),
        ({"kind": "rumour"}, "place"), ({"kind": "rumour", "place": "x" * 121}, "place"),
        ({"kind": "rumour", "place": "Här", "account_id": 999}, "account"),
        ({"kind": "channel_down", "lasts": 5}, "account"),
        ({"kind": "channel_down", "lasts": 5, "account_id": stage.account_ids[0]}, "account"),
        ({"kind": "channel_down", "account_id": stage.account_ids[1]}, "lasts"),
        ({"kind": "absent", "lasts": 5}, "person"),
        ({"kind": "absent", "person_id": stage.olle.id, "lasts": 0}, "lasts"),
        ({"kind": "absent", "person_id": stage.olle.id, "lasts": 1441}, "lasts"),
    ):  # fmt: skip
        assert fields(add, plan_id, Wanted(**fine | wrong)) == {field}, wrong
    assert fields(planning.write, "", "") == {"name", "scenario"}
    assert fields(planning.write, "x" * 81, "x" * 4001) == {"name", "scenario"}
    assert fields(planning.write, "vattenläckan", "Igen.") == {"name"}
    with db.unit_of_work() as session:
        with pytest.raises(Stale):
            planning.change(session, stage.lisa, plan_id, 1, "Nytt", "Nytt.", now)
        with pytest.raises(NotFound):
            planning.remove_inject(session, stage.lisa, plan_id, 999, now)
        session.rollback()
    with db.unit_of_work() as session:
        assert session.query(Entry).count() == before


def test_a_plan_has_no_more_injects_than_it_may(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_id = planned(stage)
    monkeypatch.setattr("console.incidents.exercise_rules.MOST_INJECTS", 4)
    with db.unit_of_work() as session:
        one = Wanted(minute=1, kind="word", content="Hej")
        with pytest.raises(WrongState):
            planning.add_inject(session, stage.lisa, plan_id, one, clock.now())
        session.rollback()


def test_a_retired_plan_is_offered_no_more_and_changes_no_more(stage: Stage) -> None:
    plan_id = planned(stage)
    with db.unit_of_work() as session:
        planning.retire(session, stage.lisa, plan_id, clock.now())
    with db.unit_of_work() as session:
        assert queries.offered(session) == [] and queries.plans(session, 1).rows == []
        with pytest.raises(WrongState):
            planning.retire(session, stage.lisa, plan_id, clock.now())
        session.rollback()
    with pytest.raises(BadInput):
        attached(stage, plan_id)


def test_injects_never_happen_in_a_live_event(database: Settings) -> None:
    """No verb attaches a plan to one, the tables refuse it, and the ticker looks at none."""
    stage = Stage(database, exercise=False, kind="mastodon")
    plan_id = planned(stage, Wanted(minute=0, kind="rumour", content="Fara!", place="Stan"))
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        with pytest.raises(BadInput) as caught:
            planning.attach(session, stage.lisa, incident, plan_id, clock.now())
        assert caught.value.field == "plan"
        session.rollback()
    for exercise in (True, False):
        run = ExerciseRun(
            incident_id=stage.incident.id, exercise=exercise, plan_id=plan_id, name="",
            scenario="", revision=1, attached_at=clock.now(), attached_by_id=stage.lisa.id,
        )  # fmt: skip
        with pytest.raises(IntegrityError), db.unit_of_work() as session:
            session.add(run)
    chores.let_injects_happen()
    with db.unit_of_work() as session:
        assert session.query(FeedItem).count() == 0


def test_an_exercise_can_never_become_live_under_its_plan(stage: Stage) -> None:
    attached(stage)
    with pytest.raises(IntegrityError), db.unit_of_work() as session:
        session.execute(
            update(Incident).where(Incident.id == stage.incident.id).values(exercise=False)
        )


def test_each_inject_happens_once_at_its_time_and_stands_in_the_log(
    stage: Stage, move_clock: Move
) -> None:
    attached(stage)
    chores.let_injects_happen()
    assert happened() == ["word"]
    move_clock(timedelta(minutes=5, seconds=5))
    chores.let_injects_happen()
    chores.let_injects_happen()
    assert happened() == ["word", "rumour"]
    with db.unit_of_work() as session:
        (item,) = session.scalars(select(FeedItem))
        assert (item.title, item.content) == ("Torsbygruppen", "Vattnet är förgiftat!")
        assert item.test and item.state == "new" and item.seen_at is None
        entries = [
            one for one in entries_of(session, stage.incident.id, limit=50)
            if one.tag == "inject:happened"
        ]  # fmt: skip
    assert [one.facts["kind"] for one in entries] == ["rumour", "word"]
    assert not any(one.facts["late"] for one in entries)
    assert entries[0].personal["content"] == "Vattnet är förgiftat!"


def test_what_is_late_happens_at_once_and_says_so(stage: Stage, move_clock: Move) -> None:
    """As after the console has stood still."""
    attached(stage)
    move_clock(timedelta(minutes=30))
    chores.let_injects_happen()
    rows = injects()
    assert [one.kind for one in rows] == list(_IN_ORDER)
    assert all(one.happened_at is not None and one.late for one in rows)
    down = rows[2]
    assert down.until is not None and down.happened_at is not None
    assert down.until - down.happened_at == timedelta(minutes=15)


def test_two_tickers_at_once_let_an_inject_happen_once(stage: Stage) -> None:
    attached(stage)
    (first, *_rest) = injects()
    with db.unit_of_work() as one:
        assert inject_operations.happen(one, first.id, clock.now()) is not None
        one.flush()
        with db.unit_of_work() as other:
            assert inject_operations.happen(other, first.id, clock.now()) is None
    with db.unit_of_work() as session:
        assert inject_operations.happen(session, first.id, clock.now()) is None


def test_nothing_happens_once_the_exercise_is_over(stage: Stage, move_clock: Move) -> None:
    attached(stage)
    (first, *_rest) = injects()
    with db.unit_of_work() as session:
        session.get_one(Incident, stage.incident.id).state = "closed"
    move_clock(timedelta(minutes=30))
    chores.let_injects_happen()
    with db.unit_of_work() as session:
        assert inject_operations.happen(session, first.id, clock.now()) is None
    assert happened() == []


def test_an_exercise_follows_the_plan_as_it_was_when_it_was_opened(stage: Stage) -> None:
    plan_id = planned(stage)
    attached(stage, plan_id)
    with db.unit_of_work() as session:
        plan = session.get_one(ExercisePlan, plan_id)
        first = session.scalars(select(PlannedInject).order_by(PlannedInject.minute)).first()
        assert first is not None
        planning.change(session, stage.lisa, plan_id, plan.revision, "Annat", "Annat.", clock.now())
        planning.remove_inject(session, stage.lisa, plan_id, first.id, clock.now())
    with db.unit_of_work() as session:
        run = queries.run_of(session, stage.incident.id)
        assert run is not None and run.name == "Vattenläckan" and len(run.injects) == 4
        incident = session.get_one(Incident, stage.incident.id)
        with pytest.raises(WrongState):
            planning.attach(session, stage.lisa, incident, plan_id, clock.now())
        session.rollback()


def test_the_wall_takes_no_posts_for_an_account_that_is_down_and_then_again(
    stage: Stage, move_clock: Move
) -> None:
    down = Wanted(
        minute=0, kind="channel_down", content="Borta.", account_id=stage.account_ids[1], lasts=3
    )
    attached(stage, planned(stage, down))
    chores.let_injects_happen()
    stage.release("first")
    stage.tick()

    def targets() -> dict[int, bool]:
        with db.unit_of_work() as session:
            row = session.scalars(select(Round).order_by(Round.id.desc())).first()
            assert row is not None
            row.released_at = clock.now()
            session.flush()
            keys = session.scalars(select(Delivery.pacing_key).distinct()).all()
            claimed = delivery.claim(session, row.id, 0, 1, dict.fromkeys(keys, 10), uuid.uuid4())
            found = {one.account_id: one.target.get("down") is True for one in claimed}
            session.rollback()
        return found

    _website, first, second = stage.account_ids
    assert targets() == {first: True, second: False}
    move_clock(timedelta(minutes=4))
    assert targets() == {first: False, second: False}


def test_a_planned_rumour_becomes_one_in_its_own_exercise_alone(
    stage: Stage, move_clock: Move
) -> None:
    attached(stage)
    move_clock(timedelta(minutes=6))
    chores.let_injects_happen()
    item_id = injects()[1].item_id
    assert item_id is not None
    with db.unit_of_work() as session:
        other = Incident(
            slug="annan", name="Annan", stage="staff", stage_since=clock.now(), reason="Prov",
            exercise=True, state="open", opened_at=clock.now(), opened_by_id=stage.lisa.id,
        )  # fmt: skip
        session.add(other)
        session.flush()
        with pytest.raises(WrongState):
            item_operations.become_rumour(session, stage.lisa, item_id, other, clock.now())
        session.rollback()
    with db.unit_of_work() as session:
        own = session.get_one(Incident, stage.incident.id)
        rumour = item_operations.become_rumour(session, stage.lisa, item_id, own, clock.now())
        assert rumour.incident_id == own.id and "förgiftat" in rumour.content


def test_the_pages_of_a_plan_and_of_a_run_open_and_name_what_is_wrong(
    stage: Stage, client_for: ClientFor
) -> None:
    lisa = client_for(stage.lisa)
    answer = lisa.post("/exercise-plans/new", data={"name": "", "scenario": ""})
    assert answer.status_code == 422 and "Ge planen ett namn" in answer.text
    answer = lisa.post("/exercise-plans/new", data={"name": "Översvämning", "scenario": "Älven."})
    assert answer.status_code == 302
    page = answer.headers["Location"]
    assert "Planen har inga inspel än." in lisa.get(page).text
    answer = lisa.post(f"{page}/injects", data={"minute": "x", "kind": "rumour", "content": "Nej"})
    assert answer.status_code == 422 and "Skriv var ryktet syns." in answer.text
    answer = lisa.post(
        f"{page}/injects",
        data={"minute": "3", "kind": "absent", "content": "Sjuk", "person": str(stage.olle.id),
              "lasts": "30"},
    )  # fmt: skip
    assert answer.status_code == 302
    assert "Olle Ek" in lisa.get(page).text
    assert lisa.get(f"/incidents/{stage.incident.slug}/injects").status_code == 404
    plan_id = int(page.rpartition("/")[2])
    attached(stage, plan_id)
    for address in ("injects", "injects/live"):
        assert "Väntar på sin tid." in lisa.get(f"/incidents/{stage.incident.slug}/{address}").text
    assert lisa.post(f"{page}/retire").status_code == 302
    assert "ändras inte mer" in lisa.get(page).text


def test_a_plan_is_chosen_as_an_exercise_opens_and_one_not_offered_is_refused(
    stage: Stage, client_for: ClientFor
) -> None:
    plan_id = planned(stage)
    lisa = client_for(stage.lisa)
    data = {
        "exercise": "exercise", "plan": str(plan_id), "name": "Ny övning", "stage": "staff",
        "reason": "Öva",
    }  # fmt: skip
    data |= {f"use-{one}": "publish" for one in stage.account_ids}
    assert "Vattenläckan" in lisa.get("/incidents/new").text
    answer = lisa.post("/incidents/new", data=data | {"plan": "999"})
    assert answer.status_code == 422 and "Välj en övningsplan i listan." in answer.text
    assert lisa.post("/incidents/new", data=data).status_code == 302
    with db.unit_of_work() as session:
        assert session.query(ExerciseRun).count() == 1
        assert session.query(Incident).count() == 2
