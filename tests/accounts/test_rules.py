from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.accounts import rules
from console.accounts.rules import State
from console.timeline.rules import check_tag

DRAWN = {
    ("notified", "planning"),
    ("planning", "signing"),
    ("signing", "planning"),
    ("signing", "custody"),
    ("custody", "active"),
    ("active", "paused"),
    ("paused", "active"),
    ("active", "ended"),
    ("paused", "ended"),
}


@pytest.mark.parametrize(("old", "new"), list(product(State, State)))
def test_an_account_moves_along_the_drawn_arrows_and_no_others(old: State, new: State) -> None:
    assert rules.may_move(old, new) == ((old.value, new.value) in DRAWN)


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
