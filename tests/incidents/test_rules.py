from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.incidents import rules
from console.incidents.rules import Use


@pytest.mark.parametrize(
    ("name", "exercise", "slug"),
    [
        ("Koka vattnet", False, "koka-vattnet"),
        ("Översvämning på Ågatan", False, "oversvamning-pa-agatan"),
        ("Koka vattnet", True, "ovning-koka-vattnet"),
        ("Övning brand", True, "ovning-brand"),
        ("Övning brand", False, "handelse-ovning-brand"),
        ("new", False, "handelse-new"),
        ("!!!", False, "handelse"),
        ("Вода", True, "ovning-handelse"),
    ],
)
def test_a_name_becomes_an_address(name: str, exercise: bool, slug: str) -> None:
    assert rules.slug_for(name, exercise, ()) == slug


def test_a_taken_address_gets_the_next_number() -> None:
    assert rules.slug_for("Koka vattnet", False, {"koka-vattnet"}) == "koka-vattnet-2"
    taken = {"koka-vattnet", "koka-vattnet-2"}
    assert rules.slug_for("Koka vattnet", False, taken) == "koka-vattnet-3"


@given(name=st.text(), exercise=st.booleans(), taken=st.sets(st.just("handelse")))
def test_any_name_gives_an_address_that_tells_exercise_from_live(
    name: str, exercise: bool, taken: set[str]
) -> None:
    slug = rules.slug_for(name, exercise, taken)
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert slug
    assert slug not in taken
    assert slug != "new"
    assert slug.startswith("ovning-") is exercise


@pytest.mark.parametrize(
    ("state", "public", "use"),
    [
        ("active", True, Use.PUBLISH),
        ("active", False, Use.LEAVE),
        ("paused", True, Use.LOCK_ONLY),
        ("planning", True, Use.LEAVE),
    ],
)
def test_every_active_public_account_is_preselected(state: str, public: bool, use: Use) -> None:
    assert rules.default_use(state, public) is use


@pytest.mark.parametrize(
    "state", ["notified", "planning", "signing", "custody", "paused", "ended", "something new"]
)
def test_only_an_active_account_is_published_on(state: str) -> None:
    assert not rules.may_be(Use.PUBLISH, state)
    assert rules.may_be(Use.LOCK_ONLY, state)
    assert rules.may_be(Use.LEAVE, state)


@pytest.mark.parametrize(
    ("default", "use", "needed"),
    [
        (Use.PUBLISH, Use.PUBLISH, False),
        (Use.PUBLISH, Use.LOCK_ONLY, True),
        (Use.PUBLISH, Use.LEAVE, True),
        (Use.LOCK_ONLY, Use.LEAVE, True),
        (Use.LEAVE, Use.PUBLISH, False),
    ],
)
def test_narrowing_needs_a_reason_and_widening_does_not(
    default: Use, use: Use, needed: bool
) -> None:
    assert rules.narrowing_needs_reason(default, use) is needed


def test_a_note_tells_of_what_has_been() -> None:
    now = datetime(2026, 6, 8, tzinfo=UTC)
    assert rules.note_time_is_possible(now, now)
    assert not rules.note_time_is_possible(now + timedelta(microseconds=1), now)
