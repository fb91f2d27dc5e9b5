from __future__ import annotations

import pytest
from sqlalchemy import event

from console import clock, db, example
from console.accounts import queries
from console.accounts.queries import Sieve
from console.config import Settings
from console.errors import NotFound
from tests.accounts.conftest import Cast


@pytest.mark.parametrize(
    ("sieve", "found"),
    [
        (Sieve(), ["Torsby kommun", "Larm", "Torsbybadet"]),
        (Sieve(words="TORSBY"), ["Torsby kommun", "Torsbybadet"]),
        (Sieve(words="torsby facebook"), ["Torsbybadet"]),
        (Sieve(words="lisa"), ["Torsby kommun"]),
        (Sieve(platform="facebook"), ["Torsbybadet"]),
        (Sieve(committee="Kulturnämnden"), ["Larm"]),
        (Sieve(state="paused"), ["Torsbybadet"]),
        (Sieve(words="larm", state="paused"), []),
    ],
)
def test_the_list_is_narrowed_and_keeps_its_order(
    cast: Cast, sieve: Sieve, found: list[str]
) -> None:
    with db.unit_of_work() as session:
        assert [a.name for a in queries.all_accounts(session, sieve)] == found


def test_only_active_public_accounts_are_offered_to_an_event(cast: Cast) -> None:
    with db.unit_of_work() as session:
        assert [a.id for a in queries.active_public(session)] == [cast.website]


def test_accounts_asked_for_by_id_come_in_board_order(cast: Cast) -> None:
    with db.unit_of_work() as session:
        ids = [cast.facebook, 987654, cast.website]
        assert [a.id for a in queries.by_ids(session, ids)] == [cast.website, cast.facebook]
        with pytest.raises(NotFound):
            queries.account(session, 987654)


def test_administrators_are_chosen_among_those_who_have_the_role(cast: Cast) -> None:
    with db.unit_of_work() as session:
        assert sorted(p.name for p in session.scalars(queries.can_administer())) == ["lisa", "olle"]
        assert queries.committees(session) == [
            "Fritidsnämnden",
            "Kommunstyrelsen",
            "Kulturnämnden",
        ]


def test_the_whole_register_takes_as_few_queries_as_one_account(database: Settings) -> None:
    with db.unit_of_work() as session:
        example.load(session, clock.now(), database)
    asked: list[str] = []
    event.listen(db.engine(), "before_cursor_execute", lambda *a: asked.append(a[2]))
    with db.unit_of_work() as session:
        for account in queries.all_accounts(session, Sieve(words="e")):
            assert [row.person.roles for row in account.administrators]
            assert account.deviations is not None
    selects = [statement for statement in asked if "FROM account" in statement]
    assert len(selects) == 3
    assert len(asked) <= 6
