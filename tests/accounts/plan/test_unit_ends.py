"""Where the rules let it, the information unit ends an account by itself (2.1-c)."""

from __future__ import annotations

import pytest
from flask import Flask

from console import clock, db
from console.accounts import signing_operations
from console.accounts.models import Account
from console.errors import NotAllowed
from console.people.models import Person
from console.policy.operations import set_profile
from tests.accounts.plan import library
from tests.cast import Cast, client_for

TEXTS = {"reason": "Ingen läser det.", "snapshot": "Dnr 2026:14", "report": "Målet nåddes inte."}


@pytest.fixture
def used(cast: Cast) -> int:
    with db.unit_of_work() as session:
        return library.signed(session, cast).id


def end(actor: Person, account_id: int) -> str:
    """Returns the account's state."""
    with db.unit_of_work() as session:
        person = session.get_one(Person, actor.id)
        signing_operations.end_account(session, person, account_id, clock.now(), **TEXTS)
    with db.unit_of_work() as session:
        return session.get_one(Account, account_id).state


def let(cast: Cast, answer: bool) -> None:
    with db.unit_of_work() as session:
        keeper = session.get_one(Person, cast.stina.id)
        set_profile(session, keeper, clock.now(), {"unit_may_close": answer}, reason="Beslut.")


def test_the_unit_is_refused_unless_the_rules_let_it(cast: Cast, used: int) -> None:
    """2.1-c"""
    with pytest.raises(NotAllowed):
        end(cast.lisa, used)
    let(cast, True)
    with pytest.raises(NotAllowed):
        end(cast.karin, used)
    assert end(cast.lisa, used) == "ended"


def test_the_page_offers_it_and_the_form_obeys_the_rule(app: Flask, cast: Cast, used: int) -> None:
    """2.1-c"""
    lisa = client_for(app, cast.lisa)
    link = f'href="/accounts/{used}/end"'
    assert link not in lisa.get(f"/accounts/{used}/plan").text
    assert lisa.post(f"/accounts/{used}/end", data=TEXTS).status_code == 403
    let(cast, True)
    assert link in lisa.get(f"/accounts/{used}/plan").text
    answer = lisa.post(f"/accounts/{used}/end", data=TEXTS, follow_redirects=True)
    assert "Kontot är avslutat." in answer.text
    let(cast, False)
