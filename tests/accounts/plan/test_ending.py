"""The report of an account that came into the register ended (2.1-c, 4.3-e)."""

from __future__ import annotations

import pytest
from flask import Flask

from console import clock, db
from console.accounts import (
    ending_operations,
    operations,
    oversight,
    plan_queries,
    signing_operations,
)
from console.accounts.models import Account, AccountAdministrator
from console.errors import Faults, NotAllowed, WrongState
from console.people.models import Person
from console.people.rules import Role
from tests.accounts.plan import library
from tests.accounts.timeline import entries
from tests.cast import Cast, client_for
from tests.incidents.cast import event

ENDED = {"name": "Torget", "platform": "blogg", "handle": "torget", "state": "avslutad"}
TEXTS = {"snapshot": "Dnr 2026:14", "report": "214 följde bygget."}


@pytest.fixture
def ended(cast: Cast) -> int:
    """Olle's account, ended before it came here."""
    with db.unit_of_work() as session:
        entry = {**ENDED, "administrators": ["olle@torsby.example"]}
        operations.import_accounts(session, None, [entry], clock.now())
        return session.query(Account.id).scalar() or 0


def owed() -> list[str]:
    with db.unit_of_work() as session:
        return [one.name for one in oversight.without_report(session)]


def hand_in(actor: Person, account_id: int, **texts: str) -> None:
    with db.unit_of_work() as session:
        actor = session.get_one(Person, actor.id)
        given = {**TEXTS, **texts}
        ending_operations.hand_in_report(session, actor, account_id, clock.now(), **given)


def test_an_account_imported_ended_owes_its_report_until_it_is_handed_in(
    cast: Cast, ended: int
) -> None:
    """2.1-c"""
    assert owed() == ["Torget"]
    for lacking in ("snapshot", "report"):
        with pytest.raises(Faults) as caught:
            hand_in(cast.olle, ended, **{lacking: " "})
        assert set(caught.value.faults) == {lacking}
    with pytest.raises(Faults):
        hand_in(cast.olle, ended, report="x" * (ending_operations.LONGEST + 1))
    with pytest.raises(NotAllowed):
        hand_in(cast.maja, ended)
    assert owed() == ["Torget"]
    hand_in(cast.olle, ended)
    assert owed() == []
    with db.unit_of_work() as session:
        ending = plan_queries.plan(session, ended).ending
        assert ending is not None and ending.by is not None
        assert (ending.report, ending.by.name) == (TEXTS["report"], "Olle Ek")
    last = entries()[-1]
    assert last["tag"] == "account:end:notified" and TEXTS["report"] not in str(last["facts"])
    with pytest.raises(WrongState, match="Det saknas ingen slutrapport för Torget"):
        hand_in(cast.olle, ended)


def test_a_proposal_that_came_to_nothing_owes_no_report(cast: Cast) -> None:
    """2.1-c"""
    with db.unit_of_work() as session:
        olle = session.get_one(Person, cast.olle.id)
        account = library.proposed(session, olle)
        signing_operations.withdraw_proposal(session, olle, account.id, "Nej.", clock.now())
    assert owed() == []


def test_the_page_names_the_field_that_is_missing_and_keeps_what_was_written(
    app: Flask, cast: Cast, ended: int
) -> None:
    """2.1-c"""
    client = client_for(app, cast.olle)
    address = f"/accounts/{ended}/end/report"
    answer = client.post(address, data={"snapshot": "Dnr 2026:14", "report": ""})
    assert answer.status_code == 422 and "Dnr 2026:14" in answer.text
    assert "Skriv slutrapporten" in answer.text
    assert client_for(app, cast.maja).post(address, data=TEXTS).status_code == 403
    assert client.post(address, data=TEXTS).status_code == 302
    assert "214 följde bygget." in client.get(f"/accounts/{ended}/plan").text
    assert "Kontot saknar ingen slutrapport." in client.get(address).text


def test_the_page_refuses_to_end_an_account_that_an_event_holds(app: Flask, cast: Cast) -> None:
    """2.1-c, 7-a"""
    with db.unit_of_work() as session:
        account = Account(
            name="Badet", short_name="Badet", platform="x", handle="badet", kind="by_hand",
            repeat_rule="every", state="active", position=1, created_at=clock.now(),
            administrators=[AccountAdministrator(person_id=cast.olle.id, position=1)],
        )  # fmt: skip
        session.add(account)
        session.flush()
        unit = session.get_one(Person, cast.lisa.id)
        choices = {account.id: ("publish", "")}
        event(session, unit, exercise=True, choices=choices, now=clock.now(), mail=False)
        number = account.id
    answer = client_for(app, cast.olle).post(
        f"/accounts/{number}/end", data={"reason": "Såldes.", **TEXTS}
    )
    assert answer.status_code == 409
    assert "Badet är låst av övningen Koka vattnet. Avsluta det när låset är släppt." in answer.text


def test_who_may_name_administrators_is_asked_on_the_accounts_page(app: Flask, cast: Cast) -> None:
    """3-a"""
    with db.unit_of_work() as session:
        account = Account(
            name="Badet", short_name="Badet", platform="x", handle="badet", kind="by_hand",
            repeat_rule="every", state="active", position=1, created_at=clock.now(),
        )  # fmt: skip
        session.add(account)
        session.flush()
        number = account.id
    assert Role.STRATEGY in cast.stina.roles
    page = client_for(app, cast.anders).get(f"/accounts/{number}").text
    assert "Be Stina Dal om en till" in page and 'href="tel:' in page
    page = client_for(app, cast.stina).get(f"/accounts/{number}").text
    assert "Utse en till" in page and f"/accounts/{number}/settings" in page
