from __future__ import annotations

import pytest

from console.errors import Faults
from console.policy.rules import TORSBY_2011, from_content, to_content


def point(**changes: object) -> dict[str, object]:
    return {"key": "radio", "minute": 30, "sv": "Ring radion", "en": "Ring the radio"} | changes


def opening(**changes: object) -> dict[str, object]:
    texts = {"text": "Isen på [sjö] bär inte."}
    return {"key": "ice", "type": "update", "sv": "Is", "en": "Ice", "texts": texts} | changes


def test_what_a_profile_leaves_out_comes_from_torsby_2011() -> None:
    profile = from_content({"key": "sunne", "municipality": "Sunne kommun"})
    assert profile.municipality == "Sunne kommun"
    assert profile.radio == TORSBY_2011.radio
    assert from_content({}) == TORSBY_2011


def test_a_profile_survives_being_written_down() -> None:
    assert from_content(to_content(TORSBY_2011)) == TORSBY_2011


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"grace": 10}, "grace"),
        ({"grace_seconds": "10"}, "grace_seconds"),
        ({"grace_seconds": True}, "grace_seconds"),
        ({"approvals_required": 0}, "approvals_required"),
        ({"password_min": 8}, "password_min"),
        ({"min_admins": 1}, "min_admins"),
        ({"languages": ["en"]}, "languages"),
        ({"languages": "sv"}, "languages"),
        ({"password_classes": []}, "password_classes"),
        ({"municipality": " "}, "municipality"),
        ({"first_hour": []}, "first_hour"),
        ({"first_hour": [{"key": "radio", "minute": 30, "sv": "Ring radion"}]}, "first_hour"),
        ({"first_hour": [point(key="Radio!")]}, "first_hour"),
        ({"first_hour": [point(minute=-1)]}, "first_hour"),
        ({"first_hour": [point(minute=True)]}, "first_hour"),
        ({"first_hour": [point(sv=" ")]}, "first_hour"),
        ({"first_hour": [point(), point()]}, "first_hour"),
        ({"openings": "Vatten"}, "openings"),
        ({"openings": [opening(key="Is!")]}, "openings"),
        ({"openings": [opening(), opening()]}, "openings"),
        ({"openings": [opening(type="letter")]}, "openings"),
        ({"openings": [opening(sv=" ")]}, "openings"),
        ({"openings": [opening(texts={})]}, "openings"),
        ({"openings": [opening(texts={"promise_at": "13.00"})]}, "openings"),
        ({"openings": [opening(texts={"text": "x" * 501})]}, "openings"),
        ({"openings": [opening(english={"text": "Ice"})]}, "openings"),
        ({"openings": [opening(colour="red")]}, "openings"),
        ({"idle_minutes": 5, "idle_warning_minutes": 5}, "idle_warning_minutes"),
    ],
)
def test_a_value_that_cannot_hold_is_named(content: dict[str, object], field: str) -> None:
    with pytest.raises(Faults) as refusal:
        from_content(content)
    assert list(refusal.value.faults) == [field]
    assert field in refusal.value.message


def test_a_municipality_has_its_own_openings_or_none() -> None:
    profile = from_content({"openings": [opening(english={"body": "The ice on [lake] is weak."})]})
    assert [one.key for one in profile.openings] == ["ice"]
    assert from_content(to_content(profile)) == profile
    assert from_content({"openings": []}).openings == ()


def test_a_municipality_chooses_its_own_first_hour_and_the_minutes_order_it() -> None:
    own = [point(minute=40), point(key="approved", minute=15), point(key="sos", minute=5)]
    profile = from_content({"first_hour": own})
    assert [item.key for item in profile.first_hour] == ["sos", "approved", "radio"]
    assert from_content(to_content(profile)) == profile


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(Faults) as refusal:
        from_content({"grace": 1, "radio": "", "min_admins": 0})
    assert set(refusal.value.faults) == {"grace", "radio", "min_admins"}
