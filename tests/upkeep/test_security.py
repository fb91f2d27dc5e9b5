"""Phishing and apps (5-a)."""

from __future__ import annotations

import pytest

from console import clock, db
from console.errors import BadInput, Faults, NotAllowed, WrongState
from console.people.models import Person
from console.upkeep import queries, security
from tests.accounts.timeline import entries
from tests.cast import Cast
from tests.upkeep import acts

Register = dict[str, int]


def open_reports() -> list[int]:
    with db.unit_of_work() as session:
        accounts = queries.with_open_reports(session)
        return [one.id for one in queries.open_reports(session, accounts)]


def settle(actor: Person, report_id: int, done: str = "Bytte lösenord.") -> None:
    with db.unit_of_work() as session:
        security.settle(session, actor, report_id, done, clock.now())


def test_an_attempt_stands_open_until_somebody_says_what_was_done(
    cast: Cast, register: Register
) -> None:
    """5-a."""
    report = acts.report(cast.olle, register["@skola"])
    acts.report(cast.olle, register["@skola"], done="Slängde mejlet.")
    assert open_reports() == [report]
    with pytest.raises(BadInput):
        settle(cast.olle, report, " ")
    settle(cast.maja, report)
    assert open_reports() == []
    with pytest.raises(WrongState):
        settle(cast.olle, report)
    assert [one["tag"] for one in entries("security:")] == [
        *("security:reported", "security:reported", "security:settled"),
    ]


def test_a_report_says_what_and_when_and_refuses_days_to_come(
    cast: Cast, register: Register
) -> None:
    with db.unit_of_work() as session, pytest.raises(Faults) as refused:
        security.report(
            session, cast.olle, register["@skola"], clock.now(),
            trouble="rain", what="", happened_on=acts.yesterday().replace(year=2999), done="",
        )  # fmt: skip
    assert list(refused.value.faults) == ["trouble", "what", "happened_on"]


def test_somebody_elses_account_is_not_written_about(cast: Cast, register: Register) -> None:
    for person in (cast.lisa, cast.siv, cast.karin):
        with pytest.raises(NotAllowed):
            acts.report(person, register["@skola"])


def test_an_ended_account_has_nothing_open(cast: Cast, register: Register) -> None:
    acts.report(cast.olle, register["@skola"])
    acts.set_state(register["@skola"], "ended")
    assert open_reports() == []
    with pytest.raises(WrongState):
        acts.report(cast.olle, register["@skola"])
