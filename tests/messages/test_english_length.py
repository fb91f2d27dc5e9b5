"""English is held to each account's limit before it is approved, as the Swedish is."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from console import db
from console.accounts.models import Account
from console.errors import Faults
from tests.stage import Stage

LONG = "Boil all the water that you drink or cook with " + "and please tell your neighbours " * 9
HEAD = "Boil all the water that you drink or cook with or brush your teeth with. " * 4


@pytest.fixture
def stage(database):
    """Website, Facebook and X; X takes 280."""
    stage = Stage(database)
    speak(stage, "sv", "en")
    return stage


def speak(stage, *languages):
    with db.unit_of_work() as session:
        for account in session.scalars(select(Account)):
            account.languages = list(languages)


def english(body, headline=""):
    return {"headline": headline, "detail": "", "body": body, "wrong": ""}


@pytest.mark.parametrize("words", [english(LONG), english("We found bacteria.", HEAD)])
def test_english_that_cannot_be_cut_to_fit_is_not_put_before_an_approver(stage, words):
    """X would refuse it round after round, and nobody would read it there."""
    with pytest.raises(Faults) as refused:
        stage.submit(stage.write("update", en=words))
    assert list(refused.value.faults) == ["en_body"]
    assert "X" in refused.value.faults["en_body"]


def test_english_that_can_be_cut_after_a_sentence_goes_out_cut(stage):
    stage.submit(stage.write("update", en=english("We found bacteria. " * 30)))


def test_english_is_held_to_no_account_that_does_not_speak_it(stage):
    speak(stage, "sv")
    stage.submit(stage.write("update", en=english(LONG)))


def test_what_says_that_it_still_applies_is_held_to_the_limit_too(stage):
    headline = "Boil all the water that you drink or cook with. " * 4
    words = english("Now.", headline[:165].strip())
    stage.submit(stage.write("update", en=words, rounds=40))
    with pytest.raises(Faults) as refused:
        stage.submit(stage.write("update", en=words, rounds=40, still_times=2))
    assert list(refused.value.faults) == ["en_body"]
