"""What the board makes of plain values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from console.board import view_model as board
from console.board.view_model import Account, BoardView, Matrix, Promise, Total
from console.parts import State

NOW = datetime(2026, 6, 11, 11, 0, 42, tzinfo=UTC)


def account(number: int, state: State, platform: str = "Facebook") -> Account:
    return Account(str(number), f"Konto {number}", platform, state)


def view(*accounts: Account) -> BoardView:
    return BoardView(
        now=NOW, exercise=False, topic="incident:1", live_url="/live", promise=None,
        next_round=None, kavel=None, todo=(), waiting=(), unread=None, plate=(), latest="",
        repeat=None, round_at=None, matrix=Matrix(accounts), linked=True,
        log=(), log_url="/logg", note_url="",
    )  # fmt: skip


def test_a_promise_presses_from_ten_minutes_before_and_is_late_when_it_passes() -> None:
    promise = Promise(NOW)
    assert promise.state(NOW - timedelta(minutes=10, seconds=1)) == "normal"
    assert promise.state(NOW - timedelta(minutes=10)) == "near"
    assert promise.state(NOW - timedelta(seconds=1)) == "near"
    assert promise.state(NOW) == "late"


def test_sent_is_counted_among_the_accounts_that_this_round_goes_out_on() -> None:
    shown = view(
        account(1, "sent"), account(2, "confirmed"), account(3, "refused"),
        account(4, "lock_only"), account(5, "left_alone"), account(6, "not_repeated"),
    )  # fmt: skip
    assert (shown.sent, shown.sending) == (2, 3)


def test_claimed_and_started_are_one_thing_to_a_reader() -> None:
    assert board.totals([account(1, "claimed"), account(2, "started")]) == (Total("started", 2),)


def test_totals_are_told_in_a_fixed_order_and_leave_out_what_is_not_there() -> None:
    told = board.totals([account(1, "refused"), account(2, "queued"), account(3, "sent")])
    assert [total.state for total in told] == ["sent", "queued", "refused"]


def test_every_state_has_a_place_in_the_order_of_totals() -> None:
    accounts = [account(n, state) for n, state in enumerate(board.STATE_ORDER)]
    assert sum(total.count for total in board.totals(accounts)) == len(accounts)


def test_accounts_keep_their_places_whatever_their_state() -> None:
    shown = view(account(1, "sent"), account(2, "refused"), account(3, "sent"))
    assert [a.key for a in shown.matrix.accounts] == ["1", "2", "3"]
    assert shown.matrix.groups == ()


def test_a_board_of_more_than_forty_accounts_groups_them_and_names_only_exceptions() -> None:
    many = [account(n, "sent", "Facebook" if n % 2 else "Instagram") for n in range(40)]
    shown = view(*many, account(40, "refused", "Instagram"))
    assert [group.name for group in shown.matrix.groups] == ["Instagram", "Facebook"]
    instagram, facebook = shown.matrix.groups
    assert [a.key for a in instagram.exceptions] == ["40"]
    assert facebook.exceptions == ()
    assert facebook.totals == (Total("sent", 20),)
