from __future__ import annotations

from collections.abc import Sequence
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import select

from console import clock, db, sealing
from console.accounts.operations import ImportResult, import_accounts
from console.accounts.queries import all_accounts
from console.errors import Faults
from console.people.models import Person
from tests.accounts.conftest import Cast
from tests.accounts.timeline import entries

NEW = {"name": "Ny", "platform": "Mastodon", "handle": "@ny@kommuner.example", "state": "aktiv"}


def imported(raw: Sequence[object], actor: Person | None = None) -> ImportResult:
    with db.unit_of_work() as session:
        return import_accounts(session, actor, raw, clock.now())


def refused(raw: Sequence[object]) -> dict[str, str]:
    with pytest.raises(Faults) as caught:
        imported(raw)
    return caught.value.faults


def names() -> list[str]:
    with db.unit_of_work() as session:
        return [account.name for account in all_accounts(session)]


def with_administrators(*people: Any) -> dict[str, Any]:
    return {**NEW, "administrators": list(people)}


def test_accounts_keep_the_order_of_the_file_and_come_after_those_there(cast: Cast) -> None:
    imported([NEW, {**NEW, "name": "Nyare", "handle": "@nyare"}])
    assert names() == ["Torsby kommun", "Larm", "Torsbybadet", "Ny", "Nyare"]


def test_a_bad_entry_is_named_by_position_and_field_and_nothing_is_imported(cast: Cast) -> None:
    bad = {**NEW, "handle": "@b", "platform": "MySpace", "state": "fryst"}
    assert list(refused([NEW, {**NEW, "handle": "@a"}, bad])) == [
        "post 3, platform",
        "post 3, state",
    ]
    assert len(names()) == 3
    assert len(entries("account:imported")) == 3


def test_the_same_account_twice_in_a_file_is_named(cast: Cast) -> None:
    again = {**NEW, "handle": "NY@kommuner.example"}
    assert refused([NEW, again]) == {"post 2, handle": "Samma konto som post 1."}


def test_an_account_that_is_in_the_register_is_named(cast: Cast) -> None:
    raw = {**NEW, "platform": "facebook", "handle": "@TorsbyBadet"}
    assert refused([raw]) == {"post 1, handle": "Kontot finns redan: Torsbybadet."}


def test_the_same_handle_on_another_platform_is_another_account(cast: Cast) -> None:
    assert imported([{**NEW, "platform": "instagram", "handle": "torsbybadet"}]).accounts == 1


def test_an_empty_file_is_refused(cast: Cast) -> None:
    assert list(refused([])) == ["post 1"]


def test_an_administrator_who_does_not_exist_is_refused_by_e_mail(cast: Cast) -> None:
    raw = with_administrators("nobody@torsby.example")
    assert "nobody@torsby.example" in refused([raw])["post 1, administrators"]


def test_an_administrator_needs_the_role(cast: Cast) -> None:
    raw = with_administrators("per@torsby.example")
    assert list(refused([raw])) == ["post 1, administrators"]


def test_an_administrator_who_left_is_refused(cast: Cast) -> None:
    with db.unit_of_work() as session:
        session.get_one(Person, cast.olle.id).active = False
    assert list(refused([with_administrators("olle@torsby.example")])) == ["post 1, administrators"]


def test_a_new_administrator_with_a_name_is_added_once_and_cannot_log_in(cast: Cast) -> None:
    nina = {"name": "Nina Falk", "email": "nina@torsby.example", "phone": "070-174 06 41"}
    result = imported(
        [
            with_administrators(nina, "LISA@torsby.example"),
            {**with_administrators("Nina@torsby.example"), "handle": "@annan"},
        ],
        cast.maria,
    )
    assert (result.accounts, result.people) == (2, 1)
    with db.unit_of_work() as session:
        person = session.scalars(select(Person).where(Person.name == "Nina Falk")).one()
        assert person.roles == {"account_administrator"}
        assert person.password_hash is None
        assert person.phone == "070-174 06 41"
        *_, first, second = all_accounts(session)
        assert [a.person.name for a in first.administrators] == ["Nina Falk", "lisa"]
        assert [a.person.name for a in second.administrators] == ["Nina Falk"]


def test_a_refused_file_adds_no_people(cast: Cast) -> None:
    nina = {"name": "Nina Falk", "email": "nina@torsby.example"}
    refused([with_administrators(nina), {**NEW, "handle": ""}])
    with db.unit_of_work() as session:
        assert len(session.scalars(select(Person)).all()) == 4


def test_a_secret_is_sealed_and_the_timeline_says_only_that_there_is_one(cast: Cast) -> None:
    with db.unit_of_work() as session:
        webhook = all_accounts(session)[1]
        assert webhook.secret is not None and b"hemligt" not in webhook.secret
        assert sealing.unseal(webhook.secret) == {"secret": "hemligt-hemligt-hemligt"}
    facts = [entry["facts"] for entry in entries("account:imported")]
    assert [one["secret"] for one in facts] == [False, True, False]
    assert "hemligt" not in str(facts) and "larm.example" not in str(facts)


def test_the_timeline_says_who_imported_which_account(cast: Cast) -> None:
    first = entries("account:imported")[0]
    assert first["person"] == cast.maria.id
    assert first["facts"]["account"] == cast.website
    assert first["facts"]["administrators"] == [cast.lisa.id, cast.olle.id]
    assert first["facts"]["official"] is True


def test_two_imports_of_the_same_file_at_once_add_the_accounts_once(cast: Cast) -> None:
    ready, outcomes = Barrier(2), []

    def one() -> None:
        ready.wait()
        try:
            outcomes.append(imported([NEW]).accounts)
        except Faults as error:
            outcomes.append(next(iter(error.faults)))

    threads = [Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["1", "post 1, handle"]
    assert names().count("Ny") == 1
