from __future__ import annotations

import pytest

from console.errors import Faults
from console.policy.rules import TORSBY_2011, from_content, to_content


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
        ({"idle_minutes": 5, "idle_warning_minutes": 5}, "idle_warning_minutes"),
    ],
)
def test_a_value_that_cannot_hold_is_named(content: dict[str, object], field: str) -> None:
    with pytest.raises(Faults) as refusal:
        from_content(content)
    assert list(refusal.value.faults) == [field]
    assert field in refusal.value.message


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(Faults) as refusal:
        from_content({"grace": 1, "radio": "", "min_admins": 0})
    assert set(refusal.value.faults) == {"grace", "radio", "min_admins"}
