"""The guideline's versions, its yearly review, and directives from outside."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from console import clock, db
from console.errors import BadInput, ConsoleError, Faults, NotAllowed, Stale, WrongState
from console.guideline import operations, queries, rules
from console.guideline.models import GuidelineDirective, GuidelineReview, GuidelineVersion
from console.guideline.operations import Decision
from console.timeline.models import Entry
from tests.guideline.conftest import Shelf, days, today


def numbers() -> list[int]:
    with db.unit_of_work() as session:
        return list(session.scalars(select(GuidelineVersion.number).order_by("number")))


def tags() -> list[str]:
    with db.unit_of_work() as session:
        found = session.scalars(select(Entry.tag).order_by(Entry.n))
        return [tag for tag in found if tag.startswith("guideline:")]


def decide(shelf: Shelf, number: int, decision: Decision, applies_from: date | None) -> None:
    with db.unit_of_work() as session:
        operations.decide(session, shelf.cast.stina, number, decision, applies_from, clock.now())


def review(shelf: Shelf, **other: object) -> int:
    values = {"outcome": "nothing", "note": "Allt stämmer.", "held_on": today(), "seen": 0}
    with db.unit_of_work() as session:
        return operations.close_review(
            session,
            shelf.cast.stina,
            **values | other,
            now=clock.now(),  # type: ignore[arg-type]
        ).id


def next_review(at: timedelta = timedelta(0)) -> rules.Review | None:
    with db.unit_of_work() as session:
        book = queries.book(session, clock.now())
        return queries.review(session, book, today() + at)


def test_a_minor_version_applies_by_the_strategy_departments_word_alone(shelf: Shelf) -> None:
    """8-c"""
    shelf.add("major")
    assert shelf.add("minor") == 2
    assert shelf.book().current.number == 2
    assert shelf.version(2).decided_by == ""
    recorded, decided = "guideline:version:recorded", "guideline:version:decided"
    assert tags() == [recorded, decided, recorded]


def test_a_major_version_does_not_apply_before_its_decision_is_given(shelf: Shelf) -> None:
    """8-c"""
    shelf.add("major")
    assert shelf.add("major", paragraph="") == 2
    book = shelf.book()
    assert book.current.number == 1 and book.upcoming.number == 2
    decide(shelf, 2, Decision(on=today(), paragraph="§ 87"), today())
    version = shelf.version(2)
    assert shelf.book().current.number == 2
    assert (version.decided_by, version.decision) == ("Kommunstyrelsen", "§ 87")
    with pytest.raises(WrongState):
        decide(shelf, 2, Decision(on=today(), paragraph="§ 88"), today())


@pytest.mark.parametrize(
    ("decision", "applies_from", "field"),
    [
        (Decision(on=None, paragraph="§ 87"), 0, "decided_on"),
        (Decision(on=date(2099, 1, 1), paragraph="§ 87"), 0, "decided_on"),
        (Decision(on=date(2026, 1, 1), paragraph=" "), 0, "decision"),
        (Decision(on=date(2026, 1, 1), paragraph="§ 87"), None, "applies_from"),
        (Decision(on=date(2026, 1, 1), paragraph="§ 87"), -9000, "applies_from"),
    ],
)
def test_a_decision_must_have_its_day_and_its_paragraph(
    shelf: Shelf, decision: Decision, applies_from: int | None, field: str
) -> None:
    """8-c: and no version applies before it was decided."""
    shelf.add("major", paragraph="")
    day = None if applies_from is None else today() + days(applies_from)
    with pytest.raises(Faults) as refused:
        decide(shelf, 1, decision, day)
    assert field in refused.value.faults
    assert shelf.version(1).settled_at is None


def test_versions_are_kept_for_ever_and_what_applied_then_stays_so(shelf: Shelf) -> None:
    """8-c, 1-a: what is written down later doesn't change what applied at a moment."""
    shelf.add("major", applies_from=today() - days(400))
    then = clock.now()
    shelf.add("minor", applies_from=today() - days(30))
    assert shelf.book().current.number == 2
    with db.unit_of_work() as session:
        applied = queries.applied_at(session, then)
        assert applied is not None and applied.number == 1
    assert numbers() == [1, 2]


def test_a_version_waits_for_its_day_and_can_be_withdrawn_until_then(shelf: Shelf) -> None:
    shelf.add("major")
    shelf.add("minor", applies_from=today() + days(20))
    assert shelf.book().current.number == 1
    assert shelf.book(clock.now() + days(21)).current.number == 2
    with pytest.raises(WrongState):
        shelf.add("minor")
    with db.unit_of_work() as session:
        operations.withdraw(session, shelf.cast.stina, 2, "Vi ångrade oss.", clock.now())
    assert shelf.book(clock.now() + days(21)).current.number == 1
    assert shelf.add("minor") == 3
    assert numbers() == [1, 2, 3]
    for number in (1, 2, 3):
        with pytest.raises(WrongState), db.unit_of_work() as session:
            operations.withdraw(session, shelf.cast.stina, number, "Nej.", clock.now())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"address": ""}, "address"),
        ({"address": "javascript:alert(1)"}, "address"),
        ({"size": "huge"}, "size"),
        ({"change": ""}, "change"),
        ({"reason": "x" * 2001}, "reason"),
        ({"applies_from": None}, "applies_from"),
        ({"applies_from": date(2099, 1, 1)}, "applies_from"),
        ({"applies_from": date(2001, 1, 1)}, "applies_from"),
    ],
)
def test_what_is_wrong_with_a_version_is_said_by_field_and_nothing_is_kept(
    shelf: Shelf, change: dict[str, object], field: str
) -> None:
    shelf.add("major")
    with pytest.raises(Faults) as refused:
        shelf.add(**{"size": "minor", **change})  # type: ignore[arg-type]
    assert set(refused.value.faults) == {field}
    assert numbers() == [1]


def test_only_the_strategy_department_keeps_the_guideline(shelf: Shelf) -> None:
    """8-a, 8-b, 8-c"""
    shelf.add("major")
    now = clock.now()
    for actor in (shelf.cast.lisa, shelf.cast.olle, shelf.cast.anders, shelf.cast.siv):
        with pytest.raises(NotAllowed):
            shelf.add("minor", actor=actor)
        with pytest.raises(NotAllowed), db.unit_of_work() as session:
            operations.close_review(
                session, actor, outcome="nothing", note="x", held_on=today(), seen=0, now=now
            )
        with pytest.raises(NotAllowed), db.unit_of_work() as session:
            operations.record_directive(
                session, actor, sender="SKR", received_on=today(), subject="x", address="", now=now
            )


def test_the_review_opens_by_itself_a_year_after_the_last_and_is_late_after(shelf: Shelf) -> None:
    """8-a"""
    assert next_review() is None
    shelf.add("major", applies_from=today() - days(100))
    first = next_review()
    assert first.due == rules.months_after(today() - days(100), 12)
    assert not first.open and not first.late
    left = first.due - today()
    assert next_review(left - rules.OPENS_BEFORE).open
    assert not next_review(left).late
    assert next_review(left + days(1)).late
    review(shelf)
    assert next_review().due == rules.months_after(today(), 12)


def test_a_minor_version_does_not_put_the_review_off(shelf: Shelf) -> None:
    """8-a"""
    shelf.add("major", applies_from=today() - days(360))
    shelf.add("minor")
    assert next_review().open


def test_a_review_says_what_was_decided_by_whom_and_when_once(shelf: Shelf) -> None:
    """8-a"""
    shelf.add("major", applies_from=today() - days(360))
    made = review(shelf, outcome="minor", note="Svarstiderna ska bli tydligare.")
    with pytest.raises(Stale):
        review(shelf)
    with pytest.raises(Faults):
        review(shelf, seen=made)  # on the same day
    with db.unit_of_work() as session:
        (row,) = session.scalars(select(GuidelineReview))
        assert (row.outcome, row.held_on, row.by_id) == ("minor", today(), shelf.cast.stina.id)
        book = queries.book(session, clock.now())
        assert queries.promised(session, book).id == made, "the change hasn't come yet"
    shelf.add("minor")
    with db.unit_of_work() as session:
        assert queries.promised(session, queries.book(session, clock.now())) is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"outcome": ""}, "outcome"),
        ({"note": "  "}, "note"),
        ({"held_on": None}, "held_on"),
        ({"held_on": date(2099, 1, 1)}, "held_on"),
        ({"held_on": date(2011, 1, 1)}, "held_on"),
    ],
)
def test_a_review_that_says_too_little_changes_nothing(
    shelf: Shelf, change: dict[str, object], field: str
) -> None:
    shelf.add("major", applies_from=today() - days(360))
    with pytest.raises(Faults) as refused:
        review(shelf, **change)
    assert set(refused.value.faults) == {field}
    assert next_review().open


def test_a_directive_is_open_until_it_is_said_what_it_led_to(shelf: Shelf) -> None:
    """8-b: a version, or nothing and why."""
    shelf.add("major")
    stina = shelf.cast.stina
    with db.unit_of_work() as session:
        made = [
            operations.record_directive(
                session,
                stina,
                sender="SKR",
                received_on=today(),
                subject=subject,
                address="https://skr.example/rad",
                now=clock.now(),
            ).id
            for subject in ("Bilder på barn", "Svarstider")
        ]
        assert [one.id for one in queries.open_directives(session)] == made

    def settle(directive_id: int, version: int | None, reason: str) -> None:
        with db.unit_of_work() as session:
            operations.settle_directive(
                session, stina, directive_id, version=version, reason=reason, now=clock.now()
            )

    with pytest.raises(BadInput):
        settle(made[0], None, " ")
    with pytest.raises(ConsoleError):
        settle(made[0], 7, "")
    to_come = shelf.add("major", paragraph="")
    with pytest.raises(BadInput):
        settle(made[0], to_come, "")
    with db.unit_of_work() as session:
        operations.withdraw(session, stina, to_come, "Nej.", clock.now())
    with pytest.raises(BadInput):
        settle(made[0], to_come, "")
    settle(made[0], None, "Vi gör redan så.")
    settle(made[1], shelf.add("minor"), "")
    with pytest.raises(WrongState):
        settle(made[1], None, "Jo.")
    with db.unit_of_work() as session:
        assert not queries.open_directives(session)
        said = session.scalars(select(GuidelineDirective).order_by(GuidelineDirective.id)).all()
        assert [one.version.number if one.version else one.reason for one in said] == [
            "Vi gör redan så.",
            3,
        ]
    assert tags().count("guideline:directive:settled") == 2


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 11, 30), 12, date(2027, 11, 30)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
    ],
)
def test_so_many_months_on_is_the_same_day_or_the_months_last(
    day: date, months: int, then: date
) -> None:
    assert rules.months_after(day, months) == then
