"""A rumour's moves: those the table names, and no other."""

from __future__ import annotations

import itertools

import pytest

from console.monitoring import rules
from console.monitoring.rules import RumourState

FORBIDDEN = [
    (old, new)
    for old, new in itertools.product(RumourState, RumourState)
    if new not in rules.MOVES[old]
]


@pytest.mark.parametrize(("old", "new"), FORBIDDEN)
def test_a_move_that_the_table_does_not_name_is_forbidden(
    old: RumourState, new: RumourState
) -> None:
    assert not rules.may_move(old, new)


def test_every_state_has_its_row_and_its_word() -> None:
    assert set(rules.MOVES) == set(rules.STATE_LABELS) == set(RumourState)


def test_a_rumour_is_answered_only_when_we_know_what_is_true() -> None:
    assert {old for old in RumourState if rules.may_move(old, "answered")} == set(rules.KNOWN)


def test_nothing_is_final_a_rumour_can_always_be_taken_up_again() -> None:
    assert rules.may_move("answered", "checking") and rules.may_move("closed", "checking")


def test_an_unknown_state_allows_nothing() -> None:
    assert not rules.may_move("forgotten", "checking")
