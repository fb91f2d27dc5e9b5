from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from console import clock, db, sealing
from console.accounts import operations, queries
from console.accounts.entries import parse
from console.accounts.models import Account
from console.accounts.operations import Change
from console.accounts.rules import ARROWS, RESTS, State
from console.errors import BadInput, Faults, NotFound, Stale, WrongState
from tests.accounts.conftest import Cast
from tests.accounts.timeline import entries


def as_it_is(account: Account) -> Change:
    return Change(
        kind=account.kind,
        settings=account.settings,
        public=account.public,
        official=account.official,
        languages=tuple(account.languages),
        repeat_rule=account.repeat_rule,
        administrators=tuple(row.person_id for row in account.administrators),
    )


def changed(cast: Cast, account_id: int, **new: object) -> Account:
    with db.unit_of_work() as session:
        change = replace(as_it_is(queries.account(session, account_id)), **new)  # type: ignore[arg-type]
        return operations.change_settings(session, cast.maria, account_id, change, clock.now())


def moved(cast: Cast, account_id: int, old: State, new: State, reason: str = "Beslut.") -> None:
    with db.unit_of_work() as session:
        operations.change_state(
            session, cast.maria, account_id, old, new, clock.now(), reason=reason
        )


def test_a_change_says_old_and_new_and_only_what_changed(cast: Cast) -> None:
    changed(cast, cast.facebook, public=False, repeat_rule="key_moments")
    (entry,) = entries("account:changed")
    assert entry["person"] == cast.maria.id
    assert entry["facts"] == {
        "account": cast.facebook,
        "public": {"from": True, "to": False},
        "repeat_rule": {"from": "every", "to": "key_moments"},
    }


def test_a_change_that_changes_nothing_is_no_entry(cast: Cast) -> None:
    changed(cast, cast.facebook)
    assert entries("account:changed") == []


def test_a_new_secret_replaces_the_old_and_the_timeline_says_only_that(cast: Cast) -> None:
    changed(cast, cast.webhook, secret={"secret": "nyckel-nyckel-nyckel"})
    (entry,) = entries("account:changed")
    assert entry["facts"] == {"account": cast.webhook, "secret": "changed"}
    with db.unit_of_work() as session:
        sealed = queries.account(session, cast.webhook).secret
        assert sealing.unseal(sealed) == {"secret": "nyckel-nyckel-nyckel"}


def test_a_change_without_a_secret_keeps_the_one_there_is(cast: Cast) -> None:
    changed(cast, cast.webhook, settings={"url": "https://larm.example/annan"})
    (entry,) = entries("account:changed")
    assert entry["facts"] == {"account": cast.webhook, "settings": ["url"]}
    with db.unit_of_work() as session:
        sealed = queries.account(session, cast.webhook).secret
        assert sealing.unseal(sealed) == {"secret": "hemligt-hemligt-hemligt"}


@pytest.mark.parametrize(
    ("field", "new"),
    [
        ("url", {"settings": {"url": "larm.example"}}),
        ("secret", {"secret": {"secret": "kort"}}),
        ("secret", {"secret": {}}),
        ("kind", {"kind": "pretend"}),
        ("official", {"official": True}),
        ("languages", {"languages": ()}),
        ("languages", {"languages": ("svenska!",)}),
        ("settings", {"settings": {"url": "https://larm.example/in", "n": 1.5}}),
        ("repeat_rule", {"repeat_rule": "sometimes"}),
        ("administrators", {"administrators": (987654,)}),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_by_its_field(
    cast: Cast, field: str, new: dict[str, object]
) -> None:
    with pytest.raises((Faults, BadInput)) as caught:
        changed(cast, cast.webhook, **new)
    error = caught.value
    assert (set(error.faults) if isinstance(error, Faults) else {error.field}) == {field}
    assert entries("account:changed") == []


def test_administrators_can_change_places_and_be_exchanged(cast: Cast) -> None:
    changed(cast, cast.website, administrators=(cast.olle.id, cast.lisa.id))
    changed(cast, cast.facebook, administrators=(cast.lisa.id,))
    with db.unit_of_work() as session:
        website = queries.account(session, cast.website)
        assert [row.person_id for row in website.administrators] == [cast.olle.id, cast.lisa.id]
    changed(cast, cast.website, administrators=())
    with db.unit_of_work() as session:
        assert queries.account(session, cast.website).administrators == []
        assert [a.id for a in queries.administered_by(session, cast.lisa.id)] == [cast.facebook]


def test_somebody_without_the_role_cannot_become_an_administrator(cast: Cast) -> None:
    with pytest.raises(BadInput) as caught:
        changed(cast, cast.website, administrators=(cast.per.id,))
    assert caught.value.field == "administrators"


@pytest.mark.parametrize(("old", "new"), list(product(State, State)))
def test_an_account_rests_or_wakes_by_a_decision_and_does_nothing_else_by_it(
    cast: Cast, old: State, new: State
) -> None:
    with db.unit_of_work() as session:
        queries.account(session, cast.facebook).state = old
    if (old, new) in RESTS:
        moved(cast, cast.facebook, old, new)
        (entry,) = entries(ARROWS[old, new])
        assert entry["tag"] == ARROWS[old, new]
        assert entry["facts"]["reason"] == "Beslut."
    else:
        with pytest.raises(WrongState):
            moved(cast, cast.facebook, old, new)
    with db.unit_of_work() as session:
        expected = new if (old, new) in RESTS else old
        assert queries.account(session, cast.facebook).state == expected


def test_a_state_is_not_changed_without_a_reason(cast: Cast) -> None:
    with pytest.raises(BadInput):
        moved(cast, cast.facebook, State.PAUSED, State.ACTIVE, reason="  ")


def test_a_decision_about_a_state_that_has_passed_is_refused(cast: Cast) -> None:
    with pytest.raises(Stale):
        moved(cast, cast.facebook, State.ACTIVE, State.ENDED)


def test_a_deviation_is_noted_and_mended_once(cast: Cast) -> None:
    with db.unit_of_work() as session:
        noted = operations.note_deviation(
            session, cast.maria, cast.website, " Rapport saknas ", clock.now()
        )
        assert [a.id for a in queries.with_deviations(session, 9).rows] == [
            cast.website,
            cast.facebook,
        ]
    with db.unit_of_work() as session:
        operations.mend_deviation(session, cast.maria, noted.id, clock.now())
        session.flush()
        assert [a.id for a in queries.with_deviations(session, 9).rows] == [cast.facebook]
    with pytest.raises(WrongState), db.unit_of_work() as session:
        operations.mend_deviation(session, cast.maria, noted.id, clock.now())
    said = [(e["tag"], e["facts"].get("content")) for e in entries("account:deviation")]
    assert said == [
        ("account:deviation:noted", "Rapport saknas"),
        ("account:deviation:mended", None),
    ]


def test_what_is_not_there_is_said_to_be_missing(cast: Cast) -> None:
    with pytest.raises(NotFound):
        moved(cast, 987654, State.ACTIVE, State.PAUSED)
    with pytest.raises(NotFound), db.unit_of_work() as session:
        operations.mend_deviation(session, None, 987654, clock.now())


def test_one_account_can_be_added_last_and_only_once(cast: Cast) -> None:
    raw = {"name": "Ny", "platform": "X", "handle": "@ny", "state": "anmäld"}
    with db.unit_of_work() as session:
        operations.add_account(session, cast.maria, parse(raw), clock.now())
    with db.unit_of_work() as session:
        assert [a.name for a in queries.all_accounts(session)][-1] == "Ny"
    again = parse({**raw, "handle": "NY"})
    with pytest.raises(Faults) as caught, db.unit_of_work() as session:
        operations.add_account(session, cast.maria, again, clock.now())
    assert set(caught.value.faults) == {"handle"}
    assert len(entries("account:added")) == 1


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"token": "ny"}, {"client_secret": "app", "token": "ny"}),
        (
            {"client_secret": "ny"},
            {
                "client_secret": "ny", "token": "gammal", "refresh_token": "r", "expires_at": "1",
                "scope": "a",
            },
        ),
        (
            {"refresh_token": "r2"},
            {"client_secret": "app", "token": "gammal", "refresh_token": "r2"},
        ),
    ],
)  # fmt: skip
def test_what_was_known_of_another_key_goes_with_it(
    typed: dict[str, str], kept: dict[str, str]
) -> None:
    stored = {
        "client_secret": "app", "token": "gammal", "refresh_token": "r", "expires_at": "1",
        "scope": "a",
    }  # fmt: skip
    assert operations._kept(stored, typed) | typed == kept
