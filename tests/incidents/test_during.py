"""During an event and at its end: decisions, releases, notices, notes, closing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from console.db import unit_of_work
from console.errors import BadInput, ConsoleError, Faults, NotAllowed, NotFound, WrongState
from console.incidents import operations, queries
from console.incidents.models import Incident
from console.people.models import Person
from console.people.rules import Role
from console.timeline.queries import entries_of
from tests.incidents.cast import START, Cast, at, cast, event, person

pytestmark = pytest.mark.usefixtures("database")


def change(
    session: Session, c: Cast, incident: Incident, account: Any, use: str, why: str = "Skäl."
) -> None:
    operations.change_use(session, c.unit, incident, account.id, use, why, at(10), mail=True)


def test_lock_only_keeps_the_lock_and_stops_publishing() -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        change(session, c, incident, c.bath, "lock_only")
        assert queries.lock_of(session, c.bath.id, exercise=False) is not None
        why = queries.may_publish(session, incident.id, c.bath.id)
        assert why == "Torsbybadet är bara låst i den här händelsen."
        assert queries.may_publish(session, incident.id, c.school.id) is None
        assert len(queries.notices_of(session, incident.id)) == 2


def test_a_released_account_is_told_and_no_longer_published_on() -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        operations.release_lock(
            session, c.unit, incident, c.bath.id, "Badet är stängt.", at(10), mail=True
        )
        assert queries.lock_of(session, c.bath.id, exercise=False) is None
        why = queries.may_publish(session, incident.id, c.bath.id)
        assert why == "Torsbybadet är inte med i den här händelsen."
        released = queries.notices_of(session, incident.id, "released")
        assert [(n.person_id, n.accounts) for n in released] == [(c.karin.id, str(c.bath.id))]
    with unit_of_work() as session:
        newest = {e.tag: e.facts for e in entries_of(session, incident.id)}
        assert newest["lock:released"]["reason"] == "Badet är stängt."
        assert newest["incident:account:changed"]["after"] == "leave"


def test_releasing_leaves_the_neighbours_locked() -> None:
    """Lesson 13."""
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        change(session, c, incident, c.bath, "leave")
        locked = {lock.account_id for lock in queries.active_locks(session, incident.id)}
        assert locked == {c.website.id, c.school.id, c.paused.id}


def test_an_account_taken_again_is_locked_and_told_again() -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        change(session, c, incident, c.bath, "leave")
        change(session, c, incident, c.bath, "publish")
        assert queries.may_publish(session, incident.id, c.bath.id) is None
        kinds = [n.kind for n in queries.notices_for(session, c.karin.id)]
        assert kinds == ["locked", "released", "locked"]


def test_an_account_registered_after_the_opening_can_join() -> None:
    with unit_of_work() as session:
        c = cast(session)
        c.bath.state = "ended"
        incident = event(session, c.unit)
        c.bath.state = "active"
        session.flush()
        assert queries.may_publish(session, incident.id, c.bath.id) is not None
        change(session, c, incident, c.bath, "publish")
        assert queries.may_publish(session, incident.id, c.bath.id) is None


def test_an_account_that_stops_being_active_is_not_published_on() -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        c.bath.state = "paused"
        session.flush()
        why = queries.may_publish(session, incident.id, c.bath.id)
        assert why == "Torsbybadet är inte aktivt i registret."


def test_several_accounts_are_judged_one_by_one() -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        asked = [c.website.id, c.bath.id, c.paused.id, c.internal.id, 999_999]
        assert set(queries.refusals(session, incident.id, asked)) == {
            c.paused.id,
            c.internal.id,
            999_999,
        }


def test_an_account_locked_by_another_live_event_cannot_be_taken() -> None:
    with unit_of_work() as session:
        c = cast(session)
        leave = {a.id: ("leave", "") for a in queries.accounts_offered(session)}
        other = event(session, c.unit, name="Skogsbrand", choices=leave, narrowing_reason="Lokalt.")
        event(session, c.unit)
        with pytest.raises(BadInput, match=r"Torsbybadet.*redan låst av Koka vattnet"):
            change(session, c, other, c.bath, "lock_only")


@pytest.mark.parametrize(
    ("account", "use", "why", "error"),
    [
        ("bath", "lock_only", " ", BadInput),
        ("bath", "publish", "Skäl.", WrongState),
        ("internal", "leave", "Skäl.", WrongState),
        ("paused", "publish", "Skäl.", BadInput),
        ("bath", "delete", "Skäl.", BadInput),
    ],
)
def test_a_change_that_cannot_be_made_is_refused(
    account: str, use: str, why: str, error: type[ConsoleError]
) -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        with pytest.raises(error):
            change(session, c, incident, getattr(c, account), use, why)


def test_closing_releases_every_lock_and_tells_those_who_were_locked() -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        change(session, c, incident, c.bath, "leave")
        operations.close(session, c.unit, incident, at(60), mail=False)
        assert queries.active_locks(session, incident.id) == []
        assert queries.open_incidents(session) == []
        told = {n.person_id: n.accounts for n in queries.notices_of(session, incident.id, "closed")}
        assert told == {
            c.karin.id: str(c.school.id),
            c.ali.id: f"{c.school.id},{c.paused.id}",
        }
        assert queries.may_publish(session, incident.id, c.school.id) == "Händelsen är avslutad."


def test_closing_an_exercise_leaves_the_live_locks() -> None:
    with unit_of_work() as session:
        c = cast(session)
        crisis = event(session, c.unit)
        exercise = event(session, c.unit, exercise=True)
        operations.close(session, c.unit, exercise, at(60), mail=True)
        assert len(queries.active_locks(session, crisis.id)) == 4
        assert queries.may_publish(session, crisis.id, c.bath.id) is None


Act = Callable[[Session, Person, Incident, Cast], object]
ACTS: dict[str, Act] = {
    "stage": lambda s, who, i, c: operations.change_stage(s, who, i, "board", at(1)),
    "use": lambda s, who, i, c: operations.change_use(
        s, who, i, c.bath.id, "lock_only", "Skäl.", at(1), mail=True
    ),
    "release": lambda s, who, i, c: operations.release_lock(
        s, who, i, c.bath.id, "Skäl.", at(1), mail=True
    ),
    "remind": lambda s, who, i, c: operations.remind(s, who, i, at(1)),
    "close": lambda s, who, i, c: operations.close(s, who, i, at(1), mail=True),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_closed_event_is_left_as_it_is(act: str) -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        operations.close(session, c.unit, incident, at(1), mail=True)
        with pytest.raises(WrongState, match="avslutad"):
            ACTS[act](session, c.unit, incident, c)


@pytest.mark.parametrize("act", ACTS)
def test_nobody_but_the_information_unit_steers_an_event(act: str) -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        for role in set(Role) - {Role.INFORMATION_UNIT}:
            stranger = person(session, f"{role} Annan", role)
            with pytest.raises(NotAllowed):
                ACTS[act](session, stranger, incident, c)


def test_a_deactivated_person_may_do_nothing() -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        c.unit.active = False
        for act in ACTS.values():
            with pytest.raises(NotAllowed):
                act(session, c.unit, incident, c)


def test_the_board_takes_over_and_hands_back() -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        operations.change_stage(session, c.unit, incident, "board", at(20))
        assert (incident.stage, incident.stage_since) == ("board", at(20))
        with pytest.raises(WrongState, match="redan så"):
            operations.change_stage(session, c.unit, incident, "board", at(21))
        with pytest.raises(BadInput):
            operations.change_stage(session, c.unit, incident, "army", at(21))
        with pytest.raises(BadInput, match="Skriv varför"):
            operations.change_stage(session, c.unit, incident, "staff", at(30))
        operations.change_stage(session, c.unit, incident, "staff", at(30), "Läget är lugnare.")


def test_reading_counts_the_first_time_and_only_for_oneself() -> None:
    """Lesson 13: one notice is read, and no other."""
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        mine = queries.notices_for(session, c.karin.id)[0]
        with pytest.raises(NotFound):
            operations.acknowledge(session, c.ali, mine.id, at(3))
        operations.acknowledge(session, c.karin, mine.id, at(3), "paused")
        operations.acknowledge(session, c.karin, mine.id, at(9), "none")
        assert (mine.read_at, mine.pending_posts) == (at(3), "paused")
        assert [n.person.name for n in queries.unread_notices(session, incident.id, at(9))] == [
            "Ali Hassan"
        ]
    with unit_of_work() as session:
        read = [e for e in entries_of(session, incident.id) if e.tag == "notice:read"]
        assert len(read) == 1


def test_a_released_lock_needs_no_reading() -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        change(session, c, incident, c.bath, "leave")
        change(session, c, incident, c.school, "leave")
        unread = queries.unread_notices(session, incident.id, at(9))
        assert [n.person.name for n in unread] == ["Ali Hassan"]


@pytest.mark.parametrize(
    ("state", "again"),
    [
        ("sent", True),
        ("failed", True),
        ("queued", False),
        ("started", False),
        ("unknown", False),
        ("none", False),
    ],
)
def test_a_mail_on_its_way_or_unresolved_is_not_queued_again(state: str, again: bool) -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        for notice in queries.notices_of(session, incident.id):
            notice.mail_state = state
        session.flush()
        if again:
            assert len(operations.remind(session, c.unit, incident, at(20))) == 2
        else:
            with pytest.raises(WrongState, match="Ring dem"):
                operations.remind(session, c.unit, incident, at(20))
        states = {n.mail_state for n in queries.notices_of(session, incident.id)}
        assert states == ({"queued"} if again else {state})


def test_a_reminder_skips_those_who_have_read() -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        for notice in queries.notices_of(session, incident.id):
            notice.mail_state = "sent"
        operations.acknowledge(
            session, c.karin, queries.notices_for(session, c.karin.id)[0].id, at(3)
        )
        again = operations.remind(session, c.unit, incident, at(20))
        assert [n.person.name for n in again] == ["Ali Hassan"]


def test_a_note_tells_when_it_happened_and_when_it_was_written() -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        for kind, minutes in (("call", 5), ("decision", -5)):
            operations.write_note(
                session,
                c.approver,
                incident,
                kind=kind,
                content=" Smittskydd ringde. ",
                happened_at=at(minutes),
                now=at(8),
            )
        notes = queries.notes_of(session, incident.id)
        assert [(n.kind, n.happened_at, n.written_at) for n in notes] == [
            ("decision", at(-5), at(8)),
            ("call", at(5), at(8)),
        ]
    with unit_of_work() as session:
        newest = entries_of(session, incident.id)[0]
        assert (newest.tag, newest.personal) == ("note:written", {"content": "Smittskydd ringde."})
        assert "content" not in newest.facts


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "gossip"),
        ("content", " \n"),
        ("content", "x" * 2001),
        ("happened_at", at(9)),
    ],
)
def test_a_note_that_cannot_be_right_is_refused(field: str, value: Any) -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        note: dict[str, Any] = {"kind": "call", "content": "Text.", "happened_at": START}
        with pytest.raises(Faults) as caught:
            operations.write_note(session, c.unit, incident, now=at(8), **(note | {field: value}))
        assert list(caught.value.faults) == [field]
