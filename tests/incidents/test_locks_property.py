"""Whatever is opened, changed and closed in whatever order, the locks stay right."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as config
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import db
from console.errors import ConsoleError
from console.incidents import operations, queries
from console.incidents.models import Incident, Lock
from tests.incidents.cast import Cast, at, cast, event

pytestmark = pytest.mark.usefixtures("database")

USE = st.sampled_from(["publish", "lock_only", "leave"])
QUIET = st.sampled_from(["lock_only", "leave"])
USES = st.tuples(USE, USE, USE, QUIET, USE)
"""In the register's order: the paused account can't be published on."""
OPEN = st.tuples(st.just("open"), st.booleans(), USES)
CHANGE = st.tuples(st.just("change"), st.integers(0, 5), st.integers(0, 4), USE)
RELEASE = st.tuples(st.just("release"), st.integers(0, 5), st.integers(0, 4))
MOVE = st.tuples(st.just("move"), st.integers(0, 5), st.integers(0, 4), USE)
CLOSE = st.tuples(st.just("close"), st.integers(0, 5))


def do(session: Session, c: Cast, opened: list[Incident], minute: int, step: tuple) -> bool:
    """Try one step; False if it was refused (and so left no trace)."""
    accounts = queries.accounts_offered(session)
    try:
        with session.begin_nested():
            match step:
                case ("open", exercise, uses):
                    opened.append(
                        event(
                            session,
                            c.unit,
                            name=f"Händelse {minute}",
                            exercise=exercise,
                            choices={
                                a.id: (u, "Eget.") for a, u in zip(accounts, uses, strict=True)
                            },
                            narrowing_reason="Skäl.",
                            now=at(minute),
                            under_way=lambda _session, _incident: (),
                        )
                    )
                case (verb, which, *rest) if opened:
                    incident = opened[which % len(opened)]
                    if verb == "close":
                        operations.close(session, c.unit, incident, at(minute), mail=True)
                    elif verb == "release":
                        operations.release_lock(
                            session,
                            c.unit,
                            incident,
                            accounts[rest[0]].id,
                            "Skäl.",
                            at(minute),
                            mail=True,
                        )
                    elif verb == "move":
                        operations.move_account(
                            session,
                            c.unit,
                            incident,
                            accounts[rest[0]].id,
                            rest[1],
                            "Skäl.",
                            at(minute),
                            under_way=lambda _session, _incident: (),
                            mail=True,
                        )
                    else:
                        operations.change_use(
                            session,
                            c.unit,
                            incident,
                            accounts[rest[0]].id,
                            rest[1],
                            "Skäl.",
                            at(minute),
                            mail=True,
                        )
        return True
    except ConsoleError:
        return False


def check(session: Session, opened: list[Incident]) -> None:
    session.expire_all()
    held = list(session.scalars(select(Lock).where(Lock.released_at.is_(None))))
    live = Counter(lock.account_id for lock in held if not lock.exercise)
    assert all(count == 1 for count in live.values()), "two live locks on one account"
    exercise_of = {i.id: i.exercise for i in opened}
    assert all(lock.exercise == exercise_of[lock.incident_id] for lock in held)
    expected = {
        (incident.id, choice.account_id)
        for incident in opened
        if incident.state == "open"
        for choice in queries.choices_of(session, incident.id)
        if choice.use != "leave"
    }
    assert {(lock.incident_id, lock.account_id) for lock in held} == expected


# Shrinking would play whole histories against the database for minutes.
@config(
    max_examples=25,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(steps=st.lists(st.one_of(OPEN, CHANGE, RELEASE, MOVE, CLOSE), min_size=5, max_size=20))
def test_locks_follow_the_decisions_and_exercises_never_touch_live(
    steps: list[tuple],
) -> None:
    with Session(db.engine(), expire_on_commit=False) as session:
        c = cast(session)
        everything = ("lock_only",) * 5
        opened: list[Incident] = []
        for minute, exercise in enumerate([True, False, True], -3):
            assert do(session, c, opened, minute, ("open", exercise, everything))
        for minute, step in enumerate(steps):
            before = live_locks(session)
            done = do(session, c, opened, minute, step)
            opened = [i for i in opened if i.id in set(session.scalars(select(Incident.id)))]
            check(session, opened)
            touched_live = before != live_locks(session)
            if step[0] == "open":
                assert not (touched_live and step[1]), "an exercise changed a live lock"
            elif touched_live:
                assert done
                assert not opened[step[1] % len(opened)].exercise
        session.rollback()


def live_locks(session: Session) -> set[tuple[int, int]]:
    query = select(Lock.incident_id, Lock.account_id)
    rows = session.execute(query.where(Lock.released_at.is_(None), ~Lock.exercise))
    return {(incident_id, account_id) for incident_id, account_id in rows}
