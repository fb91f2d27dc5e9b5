"""When an approved answer may be given, and when it must be looked at again."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import pytest

from console.answers import rules
from console.answers.rules import AnswerState, Basis, Instruction, Now, Review

BOIL = Instruction(1, "Koka vattnet.", "Torsby", "")
BASIS = Basis((BOIL,), (), ())
NOW = Now(BASIS, being_corrected=False, open=True)
FORBIDDEN = [
    (old, new)
    for old, new in itertools.product(AnswerState, AnswerState)
    if new not in rules.MOVES[old]
]


@pytest.mark.parametrize(("old", "new"), FORBIDDEN)
def test_a_move_that_the_table_does_not_name_is_forbidden(
    old: AnswerState, new: AnswerState
) -> None:
    assert not rules.may_move(old, new)


def test_only_what_waits_can_become_approved() -> None:
    assert [old for old in AnswerState if rules.may_move(old, "approved")] == ["waiting"]


def test_every_state_has_its_row_and_its_word() -> None:
    assert set(rules.MOVES) == set(rules.STATE_LABELS) == set(AnswerState)
    assert set(rules.REVIEW_LABELS) == set(Review)


def test_an_answer_may_be_given_while_what_it_rests_on_stands() -> None:
    assert rules.review(BASIS, NOW) is None


@pytest.mark.parametrize(
    "changed",
    [
        replace(BASIS, standing=()),
        replace(BASIS, standing=(BOIL, Instruction(2, "Stäng fönstren.", "Torsby", ""))),
        replace(BASIS, standing=(replace(BOIL, area="Torsby och Oleby"),)),
        replace(BASIS, standing=(replace(BOIL, message=7),)),
        replace(BASIS, corrections=(3,)),
        replace(BASIS, all_clear=(4,)),
    ],
    ids=["ended", "new", "other place", "said anew", "something was corrected", "all clear"],
)
def test_any_change_in_what_applies_asks_for_review(changed: Basis) -> None:
    assert rules.review(BASIS, replace(NOW, basis=changed)) is Review.CHANGED


def test_an_error_under_correction_and_an_event_that_is_over_ask_for_review() -> None:
    assert rules.review(BASIS, replace(NOW, being_corrected=True)) is Review.FAULT
    assert rules.review(BASIS, replace(NOW, open=False)) is Review.OVER


def test_a_basis_survives_being_frozen() -> None:
    basis = Basis((BOIL,), (3,), (4, 5))
    assert rules.basis_from(json.loads(json.dumps(basis.as_content()))) == basis
