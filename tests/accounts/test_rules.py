from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.platforms import PLATFORMS
from console.accounts import custody_rules, rules
from console.accounts.rules import State
from console.timeline.rules import check_tag

DRAWN = {
    ("notified", "planning"),
    ("planning", "signing"),
    ("signing", "planning"),
    ("signing", "custody"),
    ("custody", "planning"),
    ("custody", "active"),
    ("notified", "ended"),
    ("planning", "ended"),
    ("signing", "ended"),
    ("custody", "ended"),
    ("active", "paused"),
    ("paused", "active"),
    ("active", "ended"),
    ("paused", "ended"),
}


@pytest.mark.parametrize(("old", "new"), list(product(State, State)))
def test_an_account_moves_along_the_drawn_arrows_and_no_others(old: State, new: State) -> None:
    assert rules.may_move(old, new) == ((old.value, new.value) in DRAWN)


def test_every_arrow_says_what_it_needs_and_nothing_else_does() -> None:
    assert set(rules.NEEDS) == set(rules.ARROWS)
    assert all(rules.NEEDS.values())


@pytest.mark.parametrize("arrow", list(rules.ARROWS))
def test_an_arrow_is_shut_while_any_of_its_needs_is_missing(arrow: tuple[State, State]) -> None:
    needs = rules.NEEDS[arrow]
    assert rules.missing(*arrow, needs) == frozenset()
    for one in needs:
        assert rules.missing(*arrow, set(rules.Need) - {one}) == {one}


def test_only_platforms_with_personal_logins_do_without_an_envelope() -> None:
    """3-d."""
    exempt = {key for key in PLATFORMS if custody_rules.exempt(key)}
    assert exempt == {"facebook", "linkedin"}
    assert not custody_rules.exempt("myspace")


def test_a_state_that_nobody_knows_leads_nowhere() -> None:
    assert not rules.may_move("frozen", State.ACTIVE)
    assert rules.next_states("frozen") == ()


def test_every_arrow_has_a_timeline_tag_of_its_own() -> None:
    assert len(set(rules.ARROWS.values())) == len(rules.ARROWS)
    for tag in rules.ARROWS.values():
        assert check_tag(tag).startswith("account:")


def test_only_an_active_account_publishes() -> None:
    assert [state for state in State if rules.publishes(state)] == [State.ACTIVE]
    assert not rules.publishes("frozen")


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Torsby kommun", "Torsby kommun"),
        ("Räddningstjänsten Torsby", "Räddningstjänsten"),
        ("Vatten och avlopp i Torsby", "Vatten och avlopp"),
        ("Hemtjänst och äldreboenden", "Hemtjänst"),
        ("Torsby Sportcenter och skidtunneln", "Torsby Sportcenter"),
        ("Kommunikationsavdelningen", "Kommunikationsavd…"),
    ],
)
def test_a_short_name_is_whole_words_where_there_are_any(name: str, short: str) -> None:
    assert rules.short_name(name) == short


@given(st.text(min_size=1))
def test_a_short_name_always_has_room_on_a_board(name: str) -> None:
    assert len(rules.short_name(name)) <= rules.SHORT_NAME
