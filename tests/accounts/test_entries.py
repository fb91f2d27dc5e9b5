from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.platforms import Repeat
from console import example
from console.accounts.entries import LONGEST_TEXT, parse, state_and_remarks
from console.accounts.rules import State
from console.errors import BadInput, Faults

REGISTER = json.loads(example.ACCOUNTS.read_text("utf-8"))
BARE = {"name": "Torsbybadet", "platform": "Facebook", "handle": "torsbybadet", "state": "aktiv"}


def faults(**changes: Any) -> dict[str, str]:
    with pytest.raises(Faults) as caught:
        parse({**BARE, **changes})
    return caught.value.faults


def test_an_entry_with_the_least_there_is_gets_the_platforms_own_defaults() -> None:
    entry = parse(BARE)
    assert entry.platform == "facebook"
    assert entry.kind == "facebook"
    assert entry.repeat_rule == Repeat.EVERY
    assert entry.languages == ("sv",)
    assert entry.public and not entry.official
    assert entry.administrators == ()


@pytest.mark.parametrize("platform", ["facebook", "instagram", "linkedin", "threads"])
def test_an_account_may_be_registered_before_anybody_has_connected_it(platform: str) -> None:
    """It is done by hand until then; once something is filled in, all must be right."""
    assert parse({**BARE, "platform": platform}).settings == {}
    assert set(faults(platform=platform, secret={"token": "EAAB"})) & {
        "page_id",
        "user_id",
        "organisation",
    }


@pytest.mark.parametrize(
    ("word", "platform", "kind", "rule"),
    [
        ("webb", "website", "website", "every"),
        ("webb-RSS", "website_feed", "website", "every"),
        ("blogg", "blog", "wordpress", "every"),
        ("YouTube", "youtube", "by_hand", "key_moments"),
        ("SMS", "sms", "sms", "key_moments"),
        ("x", "x", "x", "every"),
    ],
)
def test_platforms_are_known_by_the_names_that_people_write(
    word: str, platform: str, kind: str, rule: str
) -> None:
    entry = parse({**BARE, "platform": word})
    assert (entry.platform, entry.kind, entry.repeat_rule) == (platform, kind, rule)


def test_an_account_done_by_hand_carries_key_moments_only() -> None:
    assert parse({**BARE, "kind": "by_hand"}).repeat_rule == Repeat.KEY_MOMENTS
    assert parse({**BARE, "kind": "by_hand", "repeat_rule": "every"}).repeat_rule == Repeat.EVERY


@pytest.mark.parametrize(
    ("text", "state", "remarks"),
    [
        ("aktiv", State.ACTIVE, []),
        ("aktiv; jour", State.ACTIVE, ["jour"]),
        ("vilande; beslut behövs", State.PAUSED, ["beslut behövs"]),
        ("prov; egen bedömning saknas", State.ACTIVE, ["egen bedömning saknas"]),
        ("sommar utan ersättare", State.ACTIVE, ["sommar utan ersättare"]),
        ("handlingsplan väntar på förvaltningschef", State.SIGNING, []),
        ("avslutad; slutrapport saknas", State.ENDED, ["slutrapport saknas"]),
        ("Anmäld", State.NOTIFIED, []),
        ("custody; a; ; b", State.CUSTODY, ["a", "b"]),
    ],
)
def test_states_are_read_in_the_registers_own_words(
    text: str, state: State, remarks: list[str]
) -> None:
    assert state_and_remarks(text) == (state, remarks)


@pytest.mark.parametrize("text", ["aktivt", "nästan aktiv", ";", "; jour"])
def test_a_state_that_is_no_state_is_never_taken_for_active(text: str) -> None:
    with pytest.raises(BadInput):
        state_and_remarks(text)


def test_the_crisis_channel_and_the_official_channel_lead_and_are_no_deviations() -> None:
    for remark in ("officiell kanal", "kriskanal"):
        entry = parse({**BARE, "platform": "webb", "state": f"aktiv; {remark}"})
        assert entry.official
        assert entry.deviations == ()


def test_only_the_website_can_be_the_official_channel() -> None:
    assert set(faults(state="aktiv; officiell kanal")) == {"official"}
    assert set(faults(official=True)) == {"official"}


def test_remarks_become_deviations_that_begin_with_a_capital() -> None:
    entry = parse({**BARE, "state": "aktiv; bara en administratör", "deviations": ["mer"]})
    assert entry.deviations == ("Bara en administratör", "Mer")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", None),
        ("name", "a\x00b"),
        ("name", "\ud800"),
        ("handle", "x" * (LONGEST_TEXT + 1)),
        ("short_name", "nitton tecken långt"),
        ("platform", "MySpace"),
        ("platform", 3),
        ("address", "torsby.se"),
        ("address", "javascript:alert(1)"),
        ("kind", "pretend"),
        ("kind", []),
        ("repeat_rule", "sometimes"),
        ("public", "ja"),
        ("languages", []),
        ("languages", ["sv", "sv"]),
        ("languages", "sv"),
        ("settings", {"a": 1.5}),
        ("settings", {"a": 2**60}),
        ("settings", []),
        ("settings", {"a": [[[[[[[[[[]]]]]]]]]]}),
        ("secret", {"a\x00": 1}),
        ("administrators", "a@b.se"),
        ("administrators", ["inte en adress"]),
        ("administrators", [{"email": "a@b.se", "telefon": "1"}]),
        ("administrators", ["a@b.se", "A@B.se"]),
        ("state", "fryst"),
        ("deviations", "text"),
        ("colour", "blue"),
    ],
)
def test_a_bad_value_is_named_by_its_field(field: str, value: object) -> None:
    assert set(faults(**{field: value})) == {field}


def test_all_faults_of_an_entry_are_named_at_once() -> None:
    assert set(faults(platform="MySpace", state="fryst", public=1, kind="fax")) == {
        "kind",
        "platform",
        "state",
        "public",
    }


def test_settings_that_the_channel_refuses_are_named_by_the_setting() -> None:
    assert set(faults(kind="webhook", settings={"url": "ftp://x"})) == {"url"}
    good = {"url": "https://example.org/x"}
    assert set(faults(kind="webhook", settings=good, secret={"secret": "short"})) == {"secret"}


def test_a_secret_is_neither_in_a_fault_nor_in_the_entrys_own_words() -> None:
    said = faults(kind="webhook", settings={}, secret={"secret": "hemlig-hemlig-hemlig", "b": 1.5})
    assert "hemlig" not in str(said)
    entry = parse({**BARE, "kind": "by_hand", "secret": {"token": "hemlig-hemlig"}})
    assert entry.secret == {"token": "hemlig-hemlig"}
    assert "hemlig" not in repr(entry)


@pytest.mark.parametrize("raw", [None, 3, "text", [], ["name"]])
def test_what_is_no_object_is_refused(raw: object) -> None:
    with pytest.raises(Faults):
        parse(raw)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.sampled_from(sorted({f for entry in REGISTER for f in entry} | {"secret"})), json_values)
def test_whatever_a_field_holds_it_is_read_or_named_and_never_breaks(
    field: str, value: object
) -> None:
    with suppress(Faults):
        assert parse({**BARE, field: value}).name


@pytest.mark.parametrize("entry", REGISTER, ids=lambda e: f"{e['platform']} {e['handle']}")
def test_every_account_of_the_example_can_be_read(entry: dict[str, Any]) -> None:
    assert parse(entry).handle == entry["handle"]
