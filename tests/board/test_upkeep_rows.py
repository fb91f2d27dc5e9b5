"""The start page's rows about upkeep."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy import event

from console import clock, db
from console.accounts.operations import import_accounts
from console.board import rows_upkeep
from console.board.worklist import first_rows
from tests.cast import Cast


def many(count: int, platform: str = "Bluesky") -> None:
    entries = [
        {"name": f"Konto {n}", "platform": platform, "handle": f"konto{n}", "state": "aktiv",
         "administrators": ["olle@torsby.example"]}
        for n in range(count)
    ]  # fmt: skip
    with db.unit_of_work() as session:
        import_accounts(session, None, entries, clock.now())


def said(app: Flask) -> list[str]:
    with app.test_request_context(), db.unit_of_work() as session:
        kinds = rows_upkeep.deviations(session, clock.now())
        return [row.what for rows in first_rows(session, kinds, 100) for row in rows]


def queries(app: Flask) -> int:
    """How many it takes."""
    seen: list[object] = []
    listen = ("before_cursor_execute", lambda *given: seen.append(given[2]))
    with app.test_request_context(), db.unit_of_work() as session:
        event.listen(db.engine(), *listen)
        first_rows(session, rows_upkeep.deviations(session, clock.now()), 100)
        event.remove(db.engine(), *listen)
    return len(seen)


def test_every_account_that_deviates_has_its_row(
    app: Flask, cast: Cast, move_clock: Callable[[timedelta], None]
) -> None:
    """4.6-c."""
    many(12)
    found = said(app)
    assert found == ["Egen bedömning saknas"] * 12
    move_clock(timedelta(days=31))
    assert said(app)[12:] == ["Profilen är inte kontrollerad"] * 12


def test_it_takes_as_many_questions_however_many_the_accounts(
    app: Flask, cast: Cast, move_clock: Callable[[timedelta], None]
) -> None:
    many(3)
    move_clock(timedelta(days=31))
    few = queries(app)
    many(40, "Threads")
    assert queries(app) == few


def test_who_runs_several_accounts_is_asked_in_one_row(app: Flask, cast: Cast) -> None:
    """5-c."""
    many(3, "Facebook")
    with app.test_request_context(), db.unit_of_work() as session:
        (row,) = rows_upkeep.waiting(session, cast.olle, clock.now())
        assert row.verb == "Gör årets genomgång" and row.rest.startswith("för 3 konton, senast")
        assert row.url == "/yearly"
        assert rows_upkeep.waiting(session, cast.lisa, clock.now()) == []


def test_the_strategy_department_is_asked_once_for_each_platform(app: Flask, cast: Cast) -> None:
    """4.6-c."""
    many(3)
    with app.test_request_context(), db.unit_of_work() as session:
        (row,) = rows_upkeep.waiting(session, cast.stina, clock.now())
    assert (row.verb, row.rest) == ("Skriv egen bedömning", "för Bluesky")
