"""What a plan must say, and what it may not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.accounts import plan_rules
from console.accounts.plan_rules import CHECKLIST, Content, Named
from console.policy.rules import TORSBY_2011
from tests.accounts.plan.library import ANSWERS, MAJA, OLLE, WHOLE


@pytest.mark.parametrize(
    "audience",
    ["Alla", "alla.", "Alla invånare", "ALLA INVÅNARE I TORSBY KOMMUN", "Allmänheten", "alla som "
     "bor i kommunen", "Samtliga kommuninvånare", "Everyone", "all residents", "Kommunens invånare",
     "  alla  "],
)  # fmt: skip
def test_everybody_is_refused_as_an_audience(audience: str) -> None:
    """1.1-b, B1-d."""
    assert "audience" in plan_rules.faults(replace(WHOLE, audience=audience), 2, 4, "Torsby kommun")


@pytest.mark.parametrize(
    "audience",
    ["Alla föräldrar till barn i förskolan", "Unga 13–19 år", "Invånare i Sysslebäck", "Turister",
     "Företagare i kommunen", "Anhöriga till äldre i Torsby kommun"],
)  # fmt: skip
def test_an_audience_that_narrows_somebody_down_is_taken(audience: str) -> None:
    """1.1-b, B1-d."""
    assert plan_rules.faults(replace(WHOLE, audience=audience), 2, 4, "Torsby kommun") == {}


@pytest.mark.parametrize(
    ("field", "empty"),
    [
        ("address", {"address": ""}),
        ("address", {"address": "facebook.com/bokbussen"}),
        ("purposes", {"purposes": (), "purpose_text": " "}),
        ("audience", {"audience": ""}),
        ("goals", {"goals": " "}),
        ("administrators", {"administrators": (OLLE,)}),
        ("administrators", {"administrators": (OLLE, OLLE)}),
        ("administrators", {"administrators": (OLLE, replace(MAJA, phone=""))}),
        ("administrators", {"administrators": (OLLE, replace(MAJA, email="maja"))}),
        ("watch", {"watch": ""}),
        ("minutes_a_week", {"minutes_a_week": 0}),
        ("minutes_a_week", {"minutes_a_week": 168 * 60 + 1}),
        ("minutes_set_aside", {"minutes_set_aside": -1}),
        ("minutes_set_aside", {"minutes_set_aside": 168 * 60 + 1}),
        ("goals", {"goals": "x" * 2001}),
    ],
)
def test_every_field_of_the_form_is_asked_for_by_its_name(
    field: str, empty: dict[str, object]
) -> None:
    """B1-a, B1-b, B1-c, B1-d, B1-e, B1-f, B1-g, B1-h, 2.2-a, 3-a."""
    assert plan_rules.faults(WHOLE, 2, 4) == {}
    assert set(plan_rules.faults(replace(WHOLE, **empty), 2, 4)) == {field}  # type: ignore[arg-type]


@pytest.mark.parametrize(("least", "most", "fits"), [(2, 4, True), (2, 3, True), (5, 6, False)])
def test_the_numbers_of_administrators_are_the_policys(least: int, most: int, fits: bool) -> None:
    """3-a, B1-f."""
    three = (OLLE, MAJA, Named("Ulla Gran", "ulla@torsby.example", "070-174 06 53"))
    found = plan_rules.faults(replace(WHOLE, administrators=three), least, most)
    assert (found == {}) == fits
    five = (
        *three,
        replace(OLLE, email="o@torsby.example"),
        replace(OLLE, email="p@torsby.example"),
    )
    assert "administrators" in plan_rules.faults(replace(WHOLE, administrators=five), 2, 4)


def test_the_ten_purposes_are_offered() -> None:
    """2.2-a."""
    assert len(TORSBY_2011.purposes) == 10


def test_the_checklist_has_eleven_questions_and_each_must_be_answered() -> None:
    """3.1-1, 3.1-2, 3.1-3, 3.1-4, 3.1-5, 3.1-6, 3.1-7, 3.1-8, 3.1-9, 3.1-10, 3.1-11, 3.2-a."""
    assert len(CHECKLIST) == 11
    assert plan_rules.checklist_faults(ANSWERS) == {}
    for key in CHECKLIST:
        left = {k: v for k, v in ANSWERS.items() if k != key}
        assert set(plan_rules.checklist_faults(left)) == {key}
        maybe = {**ANSWERS, key: {"answer": "maybe", "note": ""}}
        assert set(plan_rules.checklist_faults(maybe)) == {key}


def test_a_no_says_what_is_done_instead() -> None:
    """3.2-a."""
    bare = {**ANSWERS, "terms": {"answer": "no", "note": " "}}
    assert set(plan_rules.checklist_faults(bare)) == {"terms"}
    told = {**ANSWERS, "terms": {"answer": "no", "note": "Vi läser dem på måndag."}}
    assert plan_rules.checklist_faults(told) == {}


def test_the_hash_is_of_everything_that_is_signed() -> None:
    """3.2-b, B1-l."""
    _text, one = plan_rules.frozen(WHOLE, 1, "TORSBY7255i, v 1.0", "torsby-2011")
    again = plan_rules.frozen(WHOLE, 1, "TORSBY7255i, v 1.0", "torsby-2011")[1]
    assert one == again and len(one) == 64
    others = {
        plan_rules.frozen(WHOLE, 2, "TORSBY7255i, v 1.0", "torsby-2011")[1],
        plan_rules.frozen(WHOLE, 1, "TORSBY7255i, v 2.0", "torsby-2011")[1],
        plan_rules.frozen(WHOLE, 1, "TORSBY7255i, v 1.0", "varberg")[1],
        *(
            plan_rules.frozen(changed, 1, "TORSBY7255i, v 1.0", "torsby-2011")[1]
            for changed in (
                replace(WHOLE, goals="Andra mål."),
                replace(WHOLE, minutes_a_week=91),
                replace(WHOLE, minutes_set_aside=60),
                replace(WHOLE, administrators=(MAJA, OLLE)),
            )
        ),
    }
    assert one not in others and len(others) == 7


def test_a_plan_reads_back_as_it_was_written() -> None:
    assert plan_rules.from_json(plan_rules.to_json(WHOLE)) == WHOLE
    assert plan_rules.from_json({}) == Content()


@pytest.mark.parametrize(
    ("takes", "set_aside", "short"), [(180, 120, True), (180, 0, True), (180, 180, False)]
)
def test_less_time_set_aside_than_it_takes_warns_and_does_not_hinder(
    takes: int, set_aside: int, short: bool
) -> None:
    """3.3-c"""
    plan = replace(WHOLE, minutes_a_week=takes, minutes_set_aside=set_aside)
    assert plan_rules.short_of_time(plan) == short
    assert plan_rules.faults(plan, 2, 4) == {}


def test_a_plan_from_before_time_was_set_aside_keeps_its_hash() -> None:
    """3.3-c: nothing that was signed is void because the form has a field more."""
    text, _hash = plan_rules.frozen(WHOLE, 1, "TORSBY7255i, v 1.0", "torsby-2011")
    assert "minutes_set_aside" not in text
    assert plan_rules.from_json(plan_rules.to_json(WHOLE)) == WHOLE
    more = replace(WHOLE, minutes_set_aside=60)
    assert plan_rules.from_json(plan_rules.to_json(more)) == more
