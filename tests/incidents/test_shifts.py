"""Handing over the shift: frozen, signed by both, and the giver's until then."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from console.db import unit_of_work
from console.errors import BadInput, ConsoleError, Faults, NotAllowed, Stale, WrongState
from console.incidents import operations, queries
from console.incidents.models import Handover, Incident
from console.incidents.operations import shifts
from console.people import queries as people
from console.people.models import Person
from console.people.rules import Role
from console.timeline.queries import entries_of
from tests.incidents.cast import Cast, at, cast, event, person

pytestmark = pytest.mark.usefixtures("database")

UNIT = "information_unit"
SECTIONS = [("Det här gäller", ["Koka vattnet."]), ("Att göra för hand", [])]


def play(session: Session) -> tuple[Cast, Incident, Person]:
    """Ingrid has opened the event; Nora, of the same unit, comes for the night."""
    c = cast(session)
    return c, event(session, c.unit), person(session, "Nora Natt", UNIT)


def offered(session: Session, giver: Person, incident: Incident, to: Person) -> Handover:
    return shifts.offer(
        session, giver, incident, role=UNIT, receiver_id=to.id, note="Ring Anders kl 20.",
        sections=SECTIONS, now=at(60), mail=True,
    )  # fmt: skip


def holder(session: Session, incident: Incident) -> str:
    found = queries.shift_holder(session, incident, UNIT)
    return found.name if found else ""


def test_until_the_receiver_signs_the_giver_holds_the_shift() -> None:
    with unit_of_work() as session:
        c, incident, nora = play(session)
        assert holder(session, incident) == "Ingrid Berg"
        row = offered(session, c.unit, incident, nora)
        assert holder(session, incident) == "Ingrid Berg"
        shifts.take(session, nora, row.id, row.content_hash, at(64))
        assert holder(session, incident) == "Nora Natt"
        assert (row.state, row.taken_at) == ("taken", at(64))


def test_what_both_sign_is_frozen_and_stands_on_the_timeline_with_its_hash() -> None:
    with unit_of_work() as session:
        c, incident, nora = play(session)
        row = offered(session, c.unit, incident, nora)
        shifts.take(session, nora, row.id, row.content_hash, at(64))
        frozen = json.loads(row.canonical)
        assert frozen["note"] == "Ring Anders kl 20."
        assert frozen["sections"][0] == {"heading": "Det här gäller", "rows": ["Koka vattnet."]}
        assert row.content_hash == hashlib.sha256(row.canonical.encode()).hexdigest()
    with unit_of_work() as session:
        entries = {e.tag: e for e in entries_of(session, incident.id) if e.tag.startswith("shift:")}
        given, taken = entries["shift:offered"], entries["shift:taken"]
        assert given.personal == {"summary": row.canonical}
        assert (given.person_id, taken.person_id) == (c.unit.id, nora.id)
        assert given.facts["content_hash"] == taken.facts["content_hash"] == row.content_hash


def test_the_receiver_is_told_once_and_where_to_sign() -> None:
    with unit_of_work() as session:
        c, incident, nora = play(session)
        row = offered(session, c.unit, incident, nora)
        notices = queries.notices_for(session, nora.id)
        assert [(n.subject, n.path) for n in notices] == [
            ("Ta över passet: Koka vattnet", f"/incidents/{incident.slug}/handovers/{row.id}")
        ]
        assert [one.id for one in queries.handovers_to_sign(session, nora.id)] == [row.id]


def test_a_summary_that_was_not_read_is_never_signed() -> None:
    with unit_of_work() as session:
        c, incident, nora = play(session)
        row = offered(session, c.unit, incident, nora)
        with pytest.raises(Stale):
            shifts.take(session, nora, row.id, "0" * 64, at(64))
        row.canonical = row.canonical.replace("Koka", "Drick")
        session.flush()
        with pytest.raises(Stale):
            shifts.take(session, nora, row.id, row.content_hash, at(64))
        assert holder(session, incident) == "Ingrid Berg"


def test_nobody_but_the_named_receiver_signs_and_nobody_signs_twice() -> None:
    with unit_of_work() as session:
        c, incident, nora = play(session)
        row = offered(session, c.unit, incident, nora)
        other = person(session, "Olof Annan", UNIT)
        for actor in (c.unit, other, c.karin):
            with pytest.raises(NotAllowed):
                shifts.take(session, actor, row.id, row.content_hash, at(64))
        shifts.take(session, nora, row.id, row.content_hash, at(64))
        with pytest.raises(WrongState):
            shifts.take(session, nora, row.id, row.content_hash, at(65))


def test_a_handover_taken_back_changes_nothing_and_another_can_be_made() -> None:
    with unit_of_work() as session:
        c, incident, nora = play(session)
        row = offered(session, c.unit, incident, nora)
        with pytest.raises(WrongState, match="väntar redan på Nora"):
            offered(session, c.unit, incident, nora)
        shifts.take_back(session, c.unit, row.id, at(61))
        with pytest.raises(WrongState):
            shifts.take(session, nora, row.id, row.content_hash, at(62))
        again = offered(session, c.unit, incident, nora)
        shifts.take_back(session, nora, again.id, at(63))  # the receiver says no
        assert holder(session, incident) == "Ingrid Berg"


def test_a_shift_is_taken_without_the_giver_only_with_a_reason_and_it_shows() -> None:
    with unit_of_work() as session:
        c, incident, nora = play(session)
        row = offered(session, c.unit, incident, nora)
        with pytest.raises(BadInput):
            take_over(session, nora, incident, " ")
        taken = take_over(session, nora, incident, "Ingrid har blivit sjuk.")
        assert holder(session, incident) == "Nora Natt"
        assert row.state == "withdrawn"
        assert not taken.giver_signed
        assert json.loads(taken.canonical)["giver"]["signed"] is False
        with pytest.raises(WrongState, match="Ingen annan"):
            take_over(session, nora, incident, "Igen.")
    with unit_of_work() as session:
        assert "shift:taken_over" in [e.tag for e in entries_of(session, incident.id)]


def take_over(session: Session, actor: Person, incident: Incident, reason: str) -> Handover:
    return shifts.take_over(
        session, actor, incident, role=UNIT, reason=reason, sections=SECTIONS, now=at(70)
    )


WRONG: dict[str, tuple[Callable[[Cast, Incident, Person], dict[str, object]], type[ConsoleError]]]
WRONG = {
    "to oneself": (lambda c, i, n: {"receiver_id": c.unit.id}, Faults),
    "to somebody without the role": (lambda c, i, n: {"receiver_id": c.karin.id}, Faults),
    "to nobody": (lambda c, i, n: {"receiver_id": 0}, Faults),
    "of a role one hasn't": (lambda c, i, n: {"role": "approver"}, NotAllowed),
    "of no role": (lambda c, i, n: {"role": "archivist"}, BadInput),
    "with too long a note": (lambda c, i, n: {"note": "x" * 2001}, Faults),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_shift_is_never_handed_over(what: str) -> None:
    changes, error = WRONG[what]
    with unit_of_work() as session:
        c, incident, nora = play(session)
        values = {
            "role": UNIT, "receiver_id": nora.id, "note": "", "sections": SECTIONS,
            "now": at(60), "mail": False,
        } | changes(c, incident, nora)  # fmt: skip
        with pytest.raises(error):
            shifts.offer(session, c.unit, incident, **values)  # type: ignore[arg-type]
        assert queries.handovers_of(session, incident.id) == []


def test_a_shift_that_is_not_ones_own_is_never_handed_on() -> None:
    with unit_of_work() as session:
        c, incident, nora = play(session)
        with pytest.raises(NotAllowed, match="Ingrid Berg har passet"):
            offered(session, nora, incident, c.unit)


def test_in_a_closed_event_no_shift_changes_hands() -> None:
    with unit_of_work() as session:
        c, incident, nora = play(session)
        row = offered(session, c.unit, incident, nora)
        operations.close(session, c.unit, incident, at(90), mail=False)
        with pytest.raises(WrongState):
            shifts.take(session, nora, row.id, row.content_hash, at(91))
        assert queries.handovers_to_sign(session, nora.id) == []


@pytest.mark.parametrize(("exercise", "has_it"), [(False, "Nora Natt"), (True, "")])
def test_the_duty_goes_with_a_live_events_shift_and_never_with_an_exercises(
    exercise: bool, has_it: str
) -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit, exercise=exercise)
        nora = person(session, "Nora Natt", UNIT)
        row = offered(session, c.unit, incident, nora)
        shifts.take(session, nora, row.id, row.content_hash, at(64))
        on_duty = people.on_duty(session, Role.INFORMATION_UNIT)
        assert (on_duty.name if on_duty else "") == has_it
