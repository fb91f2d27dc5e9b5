"""*Första timmen*: ticked by people, and never by hand where the console knows by itself."""

from __future__ import annotations

import pytest

from console.db import unit_of_work
from console.errors import BadInput, NotAllowed, NotFound, WrongState
from console.incidents import operations, queries
from console.incidents.operations import first_hour
from console.policy.values import FIRST_HOUR_FACTS
from console.timeline.queries import entries_of
from tests.incidents.cast import at, cast, event

pytestmark = pytest.mark.usefixtures("database")


def test_a_tick_says_who_when_and_what_came_of_it() -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        first_hour.tick(session, c.unit, incident, "radio", " Anna på P4. ", at(28))
        tick = queries.first_hour_ticks(session, incident.id)["radio"]
        assert (tick.by.name, tick.at, tick.note) == ("Ingrid Berg", at(28), "Anna på P4.")
    with unit_of_work() as session:
        newest = entries_of(session, incident.id)[0]
        assert newest.tag == "first_hour:ticked"
        assert (newest.facts["key"], newest.facts["minute"]) == ("radio", 30)
        assert newest.personal == {"note": "Anna på P4."}


def test_an_unticked_point_is_open_again_and_both_stand_on_the_timeline() -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        first_hour.tick(session, c.unit, incident, "county", "", at(20))
        first_hour.untick(session, c.approver, incident, "county", at(22))
        assert queries.first_hour_ticks(session, incident.id) == {}
        first_hour.tick(session, c.approver, incident, "county", "", at(31))
        assert queries.first_hour_ticks(session, incident.id)["county"].by.name == "Per Dahl"
    with unit_of_work() as session:
        tags = [e.tag for e in entries_of(session, incident.id) if e.tag.startswith("first_hour")]
        assert tags == ["first_hour:ticked", "first_hour:unticked", "first_hour:ticked"]


def test_two_who_tick_the_same_point_make_one_tick() -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        first_hour.tick(session, c.unit, incident, "radio", "", at(20))
        assert first_hour.tick(session, c.approver, incident, "radio", "", at(21)).at == at(20)
    with unit_of_work() as session:
        tags = [e.tag for e in entries_of(session, incident.id)]
        assert tags.count("first_hour:ticked") == 1


@pytest.mark.parametrize("key", FIRST_HOUR_FACTS)
def test_what_the_console_knows_is_never_ticked_by_hand(key: str) -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        with pytest.raises(WrongState, match="när det har hänt"):
            first_hour.tick(session, c.unit, incident, key, "", at(5))
        with pytest.raises(WrongState):
            first_hour.untick(session, c.unit, incident, key, at(5))


def test_a_tick_that_cannot_be_right_changes_nothing() -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        with pytest.raises(NotFound):
            first_hour.tick(session, c.unit, incident, "coffee", "", at(5))
        with pytest.raises(BadInput) as refused:
            first_hour.tick(session, c.unit, incident, "radio", "x" * 501, at(5))
        assert refused.value.field == "note"
        with pytest.raises(NotAllowed):
            first_hour.tick(session, c.karin, incident, "radio", "", at(5))
        operations.close(session, c.unit, incident, at(90), mail=False)
        with pytest.raises(WrongState):
            first_hour.tick(session, c.unit, incident, "radio", "", at(91))
        assert queries.first_hour_ticks(session, incident.id) == {}
