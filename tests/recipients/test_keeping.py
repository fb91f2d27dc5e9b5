"""Who is named on a list: all or none of a paste, undone within a day, masked."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from channels.registry import load
from console import clock, db
from console.accounts.models import Account
from console.errors import BadInput, Faults, NotAllowed, NotFound
from console.people.models import Person
from console.people.rules import Role
from console.phrases import masked
from console.recipients import operations, queries, retention, rules, sending
from console.recipients.models import Recipient
from tests.accounts.timeline import entries
from tests.cast import ROLES
from tests.recipients.conftest import Lists

Client = Callable[[Person | None], FlaskClient]
Move = Callable[[timedelta], None]
RADIO, LEADER = "Sveriges Radio;p4@radio.example", "nattchef@torsby.example"


def newest_id() -> int:
    with db.unit_of_work() as session:
        return session.scalars(select(Recipient.id).order_by(Recipient.id.desc())).first() or 0


def test_named_recipients_are_reached_from_the_next_post(lists: Lists) -> None:
    assert lists.add(RADIO) == 1
    lists.add(LEADER, kind="staff")
    assert lists.reached() == ["p4@radio.example", LEADER]
    [first, _second] = entries("recipients:added")
    assert first["facts"] == {
        "account": lists.email_id,
        "kind": "partner",
        "number": 1,
    }


def test_who_comes_after_a_post_was_made_has_the_next_one(lists: Lists) -> None:
    lists.add(RADIO)
    before = clock.now() - timedelta(seconds=1)
    assert lists.reached(made_at=before) == []


def test_nothing_is_added_while_any_line_is_wrong_and_each_says_why(lists: Lists) -> None:
    lists.add(RADIO)
    with pytest.raises(Faults) as error:
        lists.add(
            "Bo;bo@torsby.example", "ingen adress", "a;b;c", "P4@Radio.example", "bo@torsby.example"
        )
    assert error.value.faults == {
        "line 2": "Skriv en hel e-postadress, till exempel namn@kommun.se.",
        "line 3": "Skriv namn; adress, eller bara adressen.",
        "line 4": "Adressen står redan på listan.",
        "line 5": "Samma adress som rad 1.",
    }
    assert len(lists.rows()) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [({"kind": "citizen"}, "kind"), ({"why": " "}, "why"), ({"lines": []}, "lines")],
)
def test_a_citizen_is_never_named_by_somebody_else_and_a_reason_is_asked_for(
    lists: Lists, change: dict[str, object], field: str
) -> None:
    values = {"kind": "staff", "lines": [(1, [LEADER])], "why": "Jour."} | change
    with pytest.raises(BadInput) as error, db.unit_of_work() as session:
        operations.add(session, lists.cast.stina, lists.email_id, **values, now=clock.now())  # type: ignore[arg-type]
    assert error.value.field == field


def test_a_list_holds_no_more_than_a_round_reaches(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(rules.MOST, "email", 2)
    lists.add(RADIO)
    with pytest.raises(BadInput, match="rymmer 1 till"):
        lists.add("a@torsby.example", "b@torsby.example")


def test_numbers_are_read_as_people_write_them() -> None:
    for typed in ("070-174 06 00", "0046 70 174 06 00", "+46 (70) 1740600"):
        assert rules.address_of("sms", typed) == "+46701740600"
    with pytest.raises(BadInput):
        rules.address_of("sms", "kris@torsby.example")


def test_a_household_on_ipv6_counts_as_one() -> None:
    assert rules.network_of("2001:db8:1:2:aaaa::1") == rules.network_of("2001:db8:1:2:bbbb::9")
    assert rules.network_of("2001:db8:1:3::1") != rules.network_of("2001:db8:1:2::1")
    assert rules.network_of("192.0.2.7") == "192.0.2.7"


def test_who_is_removed_is_reached_no_more_and_can_be_put_back_for_a_day(
    lists: Lists, move_clock: Move
) -> None:
    lists.add(RADIO)
    with db.unit_of_work() as session:
        operations.remove(session, lists.cast.lisa, newest_id(), clock.now())
    assert lists.reached() == []
    with db.unit_of_work() as session:
        operations.restore(session, lists.cast.lisa, newest_id(), clock.now())
    assert lists.reached() == ["p4@radio.example"]
    with db.unit_of_work() as session:
        operations.remove(session, lists.cast.lisa, newest_id(), clock.now())
    move_clock(timedelta(days=1, minutes=1))
    with db.unit_of_work() as session:
        retention.see_to(session, clock.now())
    assert lists.rows() == []
    assert entries("recipients:forgotten")[0]["facts"]["number"] == 1


@pytest.mark.parametrize("key", sorted(ROLES))
def test_only_those_who_answer_for_the_list_may_touch_it(lists: Lists, key: str) -> None:
    lists.add(RADIO)
    person, row = getattr(lists.cast, key), newest_id()
    now = clock.now()
    moves: list[Callable[[], object]] = [
        lambda: lists.add("ny@torsby.example", actor=person),
        lambda: _with(lambda s: operations.show_addresses(s, person, lists.email_id, now)),
        lambda: _with(lambda s: operations.remove(s, person, row, now)),
        lambda: _with(lambda s: operations.restore(s, person, row, now)),
        lambda: _with(lambda s: operations.open_to_citizens(s, person, lists.email_id, True, now)),
    ]
    for move in moves:
        if key in ("lisa", "olle", "stina"):
            move()
        else:
            with pytest.raises((NotAllowed, NotFound)):
                move()
    assert len(lists.rows()) == (2 if key in ("lisa", "olle", "stina") else 1)


def _with(verb: Callable[..., object]) -> None:
    with db.unit_of_work() as session:
        verb(session)


def test_another_kind_of_account_has_no_recipients(lists: Lists) -> None:
    with db.unit_of_work() as session:
        session.get_one(Account, lists.email_id).kind = "mastodon"
    with pytest.raises(NotFound):
        lists.add(RADIO)


def test_addresses_are_masked_in_lists_and_sealed_in_the_table(lists: Lists) -> None:
    assert masked("magnus@torsby.example") == "ma***@torsby.example"
    assert masked("bo@torsby.example") == "b***@torsby.example"
    assert masked("+46701740600") == "+46701***00"
    lists.add(RADIO)
    with db.unit_of_work() as session:
        account = session.get_one(Account, lists.email_id)
        [row] = queries.shown(session, account, 1).named.rows
        stored = repr(session.execute(select(Recipient.__table__)).all())
    assert (row.name, row.address) == ("Sveriges Radio", "p***@radio.example")
    assert "radio.example" not in stored


def test_the_settings_own_list_goes_on_beside_it_each_address_once(lists: Lists) -> None:
    with db.unit_of_work() as session:
        account = session.get_one(Account, lists.email_id)
        account.settings = account.settings | {"recipients": ["Nattchef@torsby.example"]}
    lists.add(RADIO, LEADER)
    with db.unit_of_work() as session:
        account = session.get_one(Account, lists.email_id)
        settings = load("email").parse(account.settings, {"password": "x"})
        found = sending.everybody(
            session, account.id, settings.recipients, "r1", clock.now().timestamp(), ""
        )
        said = queries.reach(session, [account])[account.id]
    assert found is not None
    assert sorted(one.address.lower() for one in found.listed) == sorted(
        [LEADER, "p4@radio.example"]
    )
    assert said == "2 samverkande"


def test_the_page_takes_a_paste_or_a_file_and_never_half_of_it(
    lists: Lists, client_for: Client
) -> None:
    olle = client_for(lists.cast.olle)
    address = f"/accounts/{lists.email_id}/recipients"
    given = {"kind": "staff", "why": "Jour."}
    content = "Namn;E-post\r\nÅsa Öst;asa@torsby.example\r\n".encode("cp1252")
    answer = olle.post(address, data={**given, "file": (io.BytesIO(content), "jour.csv")})
    assert answer.status_code == 303, answer.text
    page = olle.get(address).text
    assert "Åsa Öst" in page and "as***@torsby.example" not in page
    assert "a***@torsby.example" in page and "asa@torsby.example" not in page
    answer = olle.post(address, data={**given, "lines": "bo@torsby.example\nfel"})
    assert answer.status_code == 422
    assert "Rad 2: Skriv en hel e-postadress" in answer.text
    assert len(lists.rows()) == 1
    whole = olle.post(f"{address}/shown").text
    assert "asa@torsby.example" in whole
    assert [one["person"] for one in entries("recipients:read")] == [lists.cast.olle.id]


def test_the_page_is_shut_to_administrators_of_other_accounts(
    lists: Lists, client_for: Client
) -> None:
    address = f"/accounts/{lists.email_id}/recipients"
    assert client_for(lists.cast.maja).get(address).status_code == 403
    assert client_for(lists.cast.stina).get(address).status_code == 200
    assert client_for(lists.cast.siv).get(address).status_code == 403
    assert Role.SYSTEM_ADMINISTRATOR in lists.cast.siv.roles


def test_an_accounts_page_masks_the_addresses_of_its_settings(
    lists: Lists, client_for: Client
) -> None:
    with db.unit_of_work() as session:
        account = session.get_one(Account, lists.email_id)
        account.settings = account.settings | {"recipients": ["nattchef@torsby.example"]}
    page = client_for(lists.cast.olle).get(f"/accounts/{lists.email_id}").text
    assert "na***@torsby.example" in page and "nattchef@" not in page
