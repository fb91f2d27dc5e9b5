"""The nine ready profiles, and the calm-mode values that they set."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from console import example
from console.errors import Faults
from console.people.rules import Permission, Role, roles_that_may
from console.policy import rules
from console.policy.rules import OWN, TORSBY_2011, from_content, from_stored, to_content
from console.policy.values import ROLES, SIGNERS, Step

READY = {one.key: one for one in example.profiles()}
NINE = (
    *("torsby-2011", "malmo-current", "malmo-older", "varberg", "robertsfors", "stockholm"),
    *("hultsfred", "botkyrka", "nykoping"),
)


def loaded(key: str) -> rules.Profile:
    return from_content(rules.ready_changes(key, READY[key].values))


def test_there_are_nine_and_each_has_a_name() -> None:
    assert tuple(READY) == NINE
    assert len({one.title for one in READY.values()}) == 9


@pytest.mark.parametrize("key", NINE)
def test_a_ready_profile_loads_and_survives_being_written_down(key: str) -> None:
    profile = loaded(key)
    written = json.loads(json.dumps(to_content(profile)))
    assert from_content(written) == profile
    assert from_stored(written) == profile
    assert profile.key == key
    for name, value in READY[key].values.items():
        assert to_content(profile)[name] == value


def test_each_says_what_is_its_own_and_the_rest_is_torsbys() -> None:
    """Chains and periods differ between municipalities."""
    assert loaded("torsby-2011") == TORSBY_2011
    malmo = loaded("malmo-current")
    assert (malmo.check_times, malmo.check_period) == (1, "workday")
    assert (malmo.answer_hours, malmo.answer_on_workdays, malmo.sign_replies) == (24, True, True)
    assert malmo.min_admins == TORSBY_2011.min_admins
    older = loaded("malmo-older")
    assert (older.check_times, older.check_period, older.close_dormant) == (3, "workday", True)
    assert older.chain == TORSBY_2011.chain
    assert loaded("varberg").chain == (Step("operations_manager", "decision"),)
    assert loaded("robertsfors").answer_hours == 48
    assert loaded("stockholm").snapshot_days == ("01-01",)
    hultsfred = loaded("hultsfred")
    assert [step.kind for step in hultsfred.chain] == ["decision", "decision"]
    assert hultsfred.unit_may_close and hultsfred.posts_per_week == 1
    assert loaded("botkyrka").chain[-1] == Step("strategy", "consultation")
    nykoping = loaded("nykoping")
    assert nykoping.role_labels["head_of_department"] == "Kommundirektören"
    assert nykoping.registrar_guide


def test_the_default_is_the_guidelines() -> None:
    """What the clauses ask for where they name a number; 4.1-i: the house rules are grounds."""
    one = TORSBY_2011
    assert len(one.purposes) == 10
    assert {"incitement", "agitation", "child_abuse", "violence", "copyright", "advertising",
            "personal_data", "values", "defamation"} <= {g.key for g in one.grounds}  # fmt: skip
    assert [(s.role, s.kind) for s in one.chain] == [
        ("operations_manager", "decision"),
        ("head_of_department", "decision"),
        ("strategy", "consultation"),
    ]
    assert (one.min_admins, one.check_times, one.check_period) == (2, 2, "week")
    assert one.report_months == (7, 8, 9) and one.snapshot_days == ("01-01", "07-01")
    assert one.password_min == 10 and one.password_classes == ("upper", "lower", "digit")
    assert (one.review_months, one.major_change_by) == (12, "Kommunstyrelsen")


def test_the_roles_that_a_profile_names_are_the_consoles() -> None:
    assert tuple(Role) == ROLES
    assert roles_that_may(Permission.SIGN_PLAN) == set(SIGNERS)


def test_a_ready_profile_may_not_say_what_is_the_municipalitys_own() -> None:
    with pytest.raises(Faults) as refusal:
        rules.ready_changes("elsewhere", {"municipality": "Sunne kommun"})
    assert list(refusal.value.faults) == ["municipality"]
    assert not set(OWN) & set(rules.ready_changes("varberg", READY["varberg"].values))


STEP = {"role": "strategy", "kind": "decision"}


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"chain": []}, "chain"),
        ({"chain": [{"role": "strategy", "kind": "consultation"}]}, "chain"),
        ({"chain": [STEP, STEP]}, "chain"),
        ({"chain": [{**STEP, "role": "king"}]}, "chain"),
        ({"chain": [{**STEP, "role": "archivist"}]}, "chain"),
        ({"chain": [{**STEP, "kind": "veto"}]}, "chain"),
        ({"chain": [{"role": role, "kind": "decision"} for role in SIGNERS]}, "chain"),
        ({"role_labels": {"king": "Kungen"}}, "role_labels"),
        ({"role_labels": {"strategy": " "}}, "role_labels"),
        ({"role_labels": {"strategy": "x" * 61}}, "role_labels"),
        ({"role_labels": []}, "role_labels"),
        ({"check_period": "year"}, "check_period"),
        ({"answer_hours": 0}, "answer_hours"),
        ({"answer_on_workdays": 1}, "answer_on_workdays"),
        ({"report_months": [7, 9]}, "report_months"),
        ({"report_months": [9, 8]}, "report_months"),
        ({"report_months": [True]}, "report_months"),
        ({"report_months": []}, "report_months"),
        ({"snapshot_days": ["02-29"]}, "snapshot_days"),
        ({"snapshot_days": ["1 januari"]}, "snapshot_days"),
        ({"snapshot_days": ["01-01", "01-01"]}, "snapshot_days"),
        ({"purposes": []}, "purposes"),
        ({"purposes": [{"key": "a", "sv": "A"}]}, "purposes"),
        ({"registry": [{"committee": "KS", "email": "ingen"}]}, "registry"),
        ({"documents": [{"title": "A", "version": "1", "url": "javascript:x"}]}, "documents"),
        ({"logo": "ftp://a.se/x"}, "logo"),
        ({"feedback_email": "ingen"}, "feedback_email"),
        ({"radio": "P4\x00"}, "radio"),
        ({"radio": "\ud800"}, "radio"),
        ({"fault_line_sv": "x" * 201}, "fault_line_sv"),
    ],
)
def test_a_value_that_cannot_hold_is_named(content: dict[str, Any], field: str) -> None:
    with pytest.raises(Faults) as refusal:
        from_content(content)
    assert list(refusal.value.faults) == [field]
    assert refusal.value.faults[field].startswith(f"{field}: ")


TEXT = st.text(st.sampled_from("aåö0_ .:@-[]\x00\n\ud800"), max_size=12)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 1500) | st.just(2.0) | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
    ),
    max_leaves=5,
)
LIKELY = [to_content(loaded(key)) for key in NINE]


@st.composite
def contents(draw: st.DrawFn) -> dict[str, Any]:
    """Fields with values of a ready profile, some bent out of shape, and some that are nothing."""
    content: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from([*LIKELY[0], "nothing"]), max_size=5, unique=True)):
        usual = draw(st.sampled_from(LIKELY)).get(name)
        if isinstance(usual, list) and draw(st.booleans()):
            usual = draw(st.lists(st.sampled_from(usual or [None]), max_size=4)) if usual else []
            if usual and isinstance(usual[0], dict) and draw(st.booleans()):
                part = draw(st.sampled_from(sorted(usual[0])))
                usual = [{**usual[0], part: draw(ANYTHING)}, *usual[1:]]
        content[name] = usual if draw(st.integers(0, 3)) else draw(ANYTHING)
    return content


def verdict(content: dict[str, Any]) -> tuple[rules.Profile | None, set[str]]:
    """The profile, or the fields that stand in its way."""
    try:
        return from_content(content), set()
    except Faults as refusal:
        return None, set(refusal.faults)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=300)
@given(contents())
def test_whatever_is_written_is_refused_by_field_or_survives_unchanged(
    content: dict[str, Any],
) -> None:
    """No value makes it fall over, and none that it takes is lost or altered on the way."""
    profile, faulty = verdict(content)
    if profile is None:
        assert faulty and faulty <= {*content, "idle_warning_minutes", "max_admins"}
        for name in faulty & {*content}:
            alone = verdict({name: content[name]})[1]
            assert name in alone or name in ("idle_warning_minutes", "max_admins")
        return
    written = to_content(profile)
    assert from_content(json.loads(json.dumps(written))) == profile
    for name, value in content.items():
        assert written[name] == value or name == "first_hour"


@pytest.mark.parametrize("taken", [True, False])
def test_the_property_meets_both_what_is_taken_and_what_is_refused(taken: bool) -> None:
    find(contents(), lambda one: bool(one) and (verdict(one)[0] is not None) is taken)


def test_what_was_once_decided_stays_readable_under_later_checks() -> None:
    old = {"key": "torsby-2011", "feedback_email": "ring oss", "radio": "x" * 300, "gone": 1}
    assert from_stored(old).radio == "x" * 300
    assert from_stored(old).chain == TORSBY_2011.chain
    with pytest.raises(Faults):
        from_content(old)
