"""Several accounts in one press, each recorded for itself (5-c); dialogue and sender."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from console import clock, db
from console.errors import BadInput, Faults, NotAllowed, WrongState
from console.people.models import Person
from console.upkeep import operations, queries
from tests.accounts.timeline import entries
from tests.cast import Cast
from tests.upkeep import acts

Register = dict[str, int]


def confirm(
    actor: Person, logouts: list[int], profiles: list[int] | None = None, evidence: str = ""
) -> int:
    with db.unit_of_work() as session:
        return operations.confirm_year(
            session, actor, logouts, profiles or [], evidence, clock.now()
        )


def asked(person: Person) -> set[str]:
    """Handles of the accounts that the person is asked to confirm."""
    with db.unit_of_work() as session:
        mine = queries.mine(session, person.id)
        found = queries.logouts(session, person.id, mine, clock.now())
        return {one.account.handle for one in found if one.asked}


def test_several_are_confirmed_in_one_press_and_recorded_each_for_itself(
    cast: Cast, register: Register, move_clock: Callable[[timedelta], None]
) -> None:
    """5-c."""
    assert asked(cast.olle) == asked(cast.maja) == {"@skola", "skola"}
    both = [register["@skola"], register["skola"]]
    assert confirm(cast.olle, both) == 2
    assert asked(cast.olle) == set() and asked(cast.maja) == {"@skola", "skola"}
    said = entries("logout:")
    assert [one["facts"]["account"] for one in said] == sorted(both)
    assert {one["person"] for one in said} == {cast.olle.id}
    move_clock(timedelta(days=340))
    assert asked(cast.olle) == {"@skola", "skola"}


def test_nobody_confirms_for_an_account_they_do_not_run(cast: Cast, register: Register) -> None:
    """5-c: not even the strategy department logs in for somebody."""
    for person in (cast.stina, cast.lisa):
        with pytest.raises(NotAllowed):
            confirm(person, [register["@skola"]])
    assert entries("logout:") == []


def test_one_that_cannot_be_confirmed_leaves_the_others_unconfirmed_too(
    cast: Cast, register: Register
) -> None:
    acts.set_state(register["skola"], "ended")
    with pytest.raises(WrongState):
        confirm(cast.olle, [register["@skola"], register["skola"]])
    assert entries("logout:") == [] and asked(cast.olle) == {"@skola"}


def test_nothing_ticked_is_a_question_and_not_a_confirmation(
    cast: Cast, register: Register
) -> None:
    with pytest.raises(BadInput):
        confirm(cast.olle, [])


def test_a_profile_that_was_whole_can_be_confirmed_with_what_was_looked_at(
    cast: Cast, register: Register
) -> None:
    """4.1-a, 5-c: in one press with the logins, and only where nothing was missing."""
    acts.approve_logo(cast.stina)
    school, page = register["@skola"], register["skola"]
    acts.check(cast.olle, school)
    acts.check(cast.olle, page, phone="missing")
    with pytest.raises(BadInput) as refused:
        confirm(cast.olle, [], [school])
    assert refused.value.field == "evidence"
    with pytest.raises(WrongState):
        confirm(cast.olle, [], [page], "Tittade i dag.")
    assert confirm(cast.olle, [school], [school], "Tittade i dag.") == 2
    assert len(entries("profile:checked")) == 3
    acts.approve_logo(cast.stina, "https://torsby.example/ny.svg")
    with pytest.raises(WrongState):
        confirm(cast.olle, [], [school], "Tittade i dag.")


def describe(actor: Person, account_id: int, **said: object) -> None:
    given = {"comments_open": True, "answers_given": True, "sender": "page"} | said
    with db.unit_of_work() as session:
        operations.save_habits(session, actor, account_id, clock.now(), **given)  # type: ignore[arg-type]


def test_it_is_known_whether_an_account_allows_and_gets_dialogue(
    cast: Cast, register: Register
) -> None:
    """2-b."""
    describe(cast.olle, register["@skola"], answers_given=False)
    describe(cast.olle, register["@skola"], comments_open=False, answers_given=False)
    with db.unit_of_work() as session:
        row = queries.habits(session, register["@skola"])
        assert row is not None and not row.comments_open and not row.answers_given
    with pytest.raises(Faults) as refused:
        describe(cast.olle, register["@skola"], comments_open=None, answers_given=None, sender="")
    assert list(refused.value.faults) == ["comments_open", "answers_given", "sender"]
    assert len(entries("account:dialogue:")) == 2


@pytest.mark.parametrize("sender", ["page", "own", "behind"])
def test_the_kind_of_login_behind_an_account_is_recorded(
    cast: Cast, register: Register, sender: str
) -> None:
    """4-b."""
    describe(cast.stina, register["skola"], sender=sender)
    assert entries("account:dialogue:")[0]["facts"]["sender"] == sender


def test_a_private_account_as_sender_is_refused_with_the_way_out(
    cast: Cast, register: Register
) -> None:
    """4-b."""
    with pytest.raises(Faults) as refused:
        describe(cast.olle, register["skola"], sender="private")
    assert "eget konto för verksamheten" in refused.value.faults["sender"]
    with db.unit_of_work() as session:
        assert queries.habits(session, register["skola"]) is None
