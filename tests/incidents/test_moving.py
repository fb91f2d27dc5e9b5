"""Two live events, one account: which of them has it is decided by a person, with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from console.db import unit_of_work
from console.errors import BadInput, Faults, NotAllowed, WrongState
from console.incidents import operations, queries
from console.incidents.models import Incident
from console.timeline.queries import entries_of
from tests.incidents.cast import Cast, at, cast, event

pytestmark = pytest.mark.usefixtures("database")


def idle(_session: Session, _incident_id: int) -> tuple[int, ...]:
    return ()


def leaving(session: Session, c: Cast, **others: tuple[str, str]) -> dict[int, tuple[str, str]]:
    """Everything left to the first event, but for `others`: name in the cast → (use, reason)."""
    choices = {a.id: ("leave", "Behövs där.") for a in queries.accounts_offered(session)}
    return choices | {getattr(c, name).id: choice for name, choice in others.items()}


def second(session: Session, c: Cast, **changes: Any) -> Incident:
    values: dict[str, Any] = {"name": "Skogsbrand", "now": at(5), "under_way": idle}
    return event(session, c.unit, **(values | changes))


def holder_of(session: Session, account_id: int) -> str:
    return queries.live_holders(session, [account_id])[account_id].name


def move(session: Session, c: Cast, to: Incident, use: str = "publish", **changes: Any) -> None:
    values: dict[str, Any] = {"reason": "Branden är värre.", "under_way": idle} | changes
    reason, under_way = values["reason"], values["under_way"]
    operations.move_account(
        session, changes.get("actor", c.unit), to, c.bath.id, use, reason, at(9),
        under_way=under_way, mail=True,
    )  # fmt: skip


def test_opening_never_takes_an_account_silently() -> None:
    with unit_of_work() as session:
        c = cast(session)
        event(session, c.unit)
        for choice in (("publish", ""), ("lock_only", ""), ("leave", "")):
            with pytest.raises(Faults) as caught:
                second(session, c, choices=leaving(session, c, bath=choice))
            assert "Välj vilken händelse" in caught.value.faults[f"account-{c.bath.id}"]
        # A reason for leaving others out isn't one for taking this.
        with pytest.raises(Faults):
            second(
                session, c, choices=leaving(session, c, bath=("publish", "")),
                narrowing_reason="Liten brand.",
            )  # fmt: skip
        assert holder_of(session, c.bath.id) == "Koka vattnet"


def test_opening_takes_over_what_was_chosen_and_both_timelines_say_so() -> None:
    with unit_of_work() as session:
        c = cast(session)
        first = event(session, c.unit)
        choices = leaving(session, c, bath=("publish", "Branden är vid badet."))
        other = second(session, c, choices=choices)
        assert holder_of(session, c.bath.id) == "Skogsbrand"
        assert holder_of(session, c.school.id) == "Koka vattnet"
        left = queries.choice_of(session, first.id, c.bath.id)
        assert left is not None
        assert (left.use, left.reason) == ("leave", "Branden är vid badet.")
    with unit_of_work() as session:
        out = next(
            e for e in entries_of(session, first.id) if e.tag == "incident:account:moved_out"
        )
        came = next(
            e for e in entries_of(session, other.id) if e.tag == "incident:account:moved_in"
        )
        assert out.facts == came.facts
        assert out.facts["to"]["name"] == "Skogsbrand"


def test_an_account_is_never_taken_while_a_post_is_under_way_on_it() -> None:
    with unit_of_work() as session:
        c = cast(session)
        first = event(session, c.unit)

        def busy(_session: Session, incident_id: int) -> set[int]:
            return {c.bath.id} if incident_id == first.id else set()

        choices = leaving(session, c, bath=("publish", "Branden är vid badet."))
        with pytest.raises(Faults, match="inlägg på väg ut"):
            second(session, c, choices=choices, under_way=busy)
        other = second(session, c, choices=leaving(session, c))
        with pytest.raises(WrongState, match="Koka vattnet har ett inlägg på väg ut"):
            move(session, c, other, under_way=busy)
        assert holder_of(session, c.bath.id) == "Koka vattnet"


def test_nothing_is_taken_by_a_caller_who_cannot_say_what_is_under_way() -> None:
    with unit_of_work() as session:
        c = cast(session)
        event(session, c.unit)
        choices = leaving(session, c, bath=("publish", "Branden är vid badet."))
        with pytest.raises(Faults, match="redan låst"):
            second(session, c, choices=choices, under_way=None)


def test_moving_tells_the_administrators_of_the_new_lock_and_never_that_they_are_free() -> None:
    with unit_of_work() as session:
        c = cast(session)
        first = event(session, c.unit)
        other = second(session, c, choices=leaving(session, c))
        move(session, c, other)
        assert holder_of(session, c.bath.id) == "Skogsbrand"
        assert [n.kind for n in queries.notices_of(session, first.id)] == ["locked", "locked"]
        new = queries.notices_of(session, other.id)
        assert [(n.kind, n.person.name) for n in new] == [("locked", "Karin Holm")]
        assert queries.refusals(session, other.id, [c.bath.id]) == {}
        assert c.bath.id in queries.refusals(session, first.id, [c.bath.id])


def test_an_account_can_move_back() -> None:
    with unit_of_work() as session:
        c = cast(session)
        first = event(session, c.unit)
        other = second(session, c, choices=leaving(session, c))
        move(session, c, other)
        move(session, c, first, "lock_only")
        assert holder_of(session, c.bath.id) == "Koka vattnet"


def test_a_move_that_cannot_be_right_is_refused() -> None:
    with unit_of_work() as session:
        c = cast(session)
        first = event(session, c.unit)
        other = second(session, c, choices=leaving(session, c))
        exercise = event(session, c.unit, name="Övning", exercise=True, now=at(6))
        for incident in (exercise, first):
            with pytest.raises(WrongState, match="Ingen annan händelse"):
                move(session, c, incident)
        with pytest.raises(BadInput):
            move(session, c, other, reason=" ")
        with pytest.raises(BadInput):
            move(session, c, other, "leave")
        with pytest.raises(NotAllowed):
            move(session, c, other, actor=c.approver)
        operations.close(session, c.unit, other, at(8), mail=False)
        with pytest.raises(WrongState):
            move(session, c, other)
        assert holder_of(session, c.bath.id) == "Koka vattnet"


def test_an_exercise_takes_every_account_without_asking_a_live_event() -> None:
    with unit_of_work() as session:
        c = cast(session)
        event(session, c.unit)
        event(session, c.unit, name="Övning", exercise=True, now=at(6))
        assert holder_of(session, c.bath.id) == "Koka vattnet"
