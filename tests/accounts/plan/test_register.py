"""Where the register and the plan meet: what is described anew, and what a file brings in."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from console import db
from console.accounts import describing, operations, plan_queries, signing_operations
from console.accounts import plan_operations as plans
from console.accounts.models import Account
from console.accounts.plan_shown import shown
from console.accounts.rules import FOUND_IN_USE, State
from console.people.models import Person
from tests.accounts.keeping import receive
from tests.accounts.plan.library import (
    ANSWERS,
    WHOLE,
    assess,
    at,
    mark,
    other,
    signed,
    submitted,
    verify_page,
    write,
)
from tests.cast import Cast, client_for

FILED = {
    "name": "Ölme bad",
    "platform": "instagram",
    "handle": "olmebad",
    "committee": "Fritidsnämnden",
    "administrators": ["olle@torsby.example", "maja@torsby.example"],
}


def described(session: Session, cast: Cast, account: Account, **new: str) -> None:
    names = ("name", "short_name", "address", "operation", "committee")
    now = {name: getattr(account, name) for name in names}
    description = describing.Description(**{**now, **new})
    describing.describe(session, cast.stina, account.id, description, at(6))


def filed(session: Session, cast: Cast, state: str) -> Account:
    raw = [{**FILED, "state": state}]
    operations.import_accounts(session, cast.stina, raw, at(0), found_in_use=True)
    return session.query(Account).filter_by(handle="olmebad").one()


def lacking(account: Account) -> list[str]:
    return [one.content for one in account.deviations if one.mended_at is None]


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ({"name": "Bokbilen"}, "namn"),
        ({"operation": "Biblioteken", "committee": "Skolnämnden"}, "verksamhet, nämnd"),
        ({"address": "https://facebook.com/bokbilen"}, "webbadress"),
    ],
)
def test_to_describe_an_account_anew_voids_the_marks_and_says_why(
    session: Session, cast: Cast, new: dict[str, str], said: str
) -> None:
    """3.2-b: any change."""
    account = submitted(session, cast)
    mark(session, cast.anders, account.id)
    described(session, cast, account, **new)
    version = plan_queries.plan(session, account.id).latest
    assert account.state == State.PLANNING and version and version.voided_at == at(6)
    assert version.voided_reason == f"Uppgifterna i registret är ändrade: {said}."
    assert plan_queries.voided_for(session, cast.anders) == [version]


def test_a_new_address_is_the_plans_too_so_that_signing_does_not_bring_the_old_one_back(
    session: Session, cast: Cast
) -> None:
    """B1-b."""
    account = submitted(session, cast)
    described(session, cast, account, address="https://facebook.com/bokbilen")
    plans.submit_plan(session, cast.olle, account.id, at(7))
    for person in (cast.stina, cast.anders, cast.eva):
        mark(session, person, account.id)
    assert account.address == "https://facebook.com/bokbilen"


def test_a_signed_plan_before_use_falls_and_one_in_use_holds(session: Session, cast: Cast) -> None:
    """3.2-b, 3.2-c."""
    account = signed(session, cast, platform="instagram")
    assert account.state == State.CUSTODY
    described(session, cast, account, name="Bokbilen")
    assert account.state == State.PLANNING
    plans.submit_plan(session, cast.olle, account.id, at(7))
    for person in (cast.stina, cast.anders, cast.eva):
        mark(session, person, account.id)
    session.commit()
    receive(cast.stina, account.id)
    session.refresh(account)
    assert account.state == State.ACTIVE
    described(session, cast, account, name="Bokbåten")
    plan = plan_queries.plan(session, account.id)
    assert account.state == State.ACTIVE and plan.in_force is plan.latest
    write(session, cast.olle, account.id, other())
    plans.submit_plan(session, cast.olle, account.id, at(8))
    described(session, cast, account, name="Bokbussen")
    plan = plan_queries.plan(session, account.id)
    assert account.state == State.ACTIVE and plan.waiting is None
    assert plan.in_force is not None and plan.latest and plan.latest.voided_at


def test_what_only_the_board_shows_voids_nothing(session: Session, cast: Cast) -> None:
    account = submitted(session, cast)
    described(session, cast, account, short_name="Bokbilen")
    assert account.state == State.SIGNING


@pytest.mark.parametrize(
    ("state", "found"), [("aktiv", True), ("vilande", True), ("anmäld", False)]
)
def test_an_account_that_a_file_brings_in_as_in_use_deviates(
    session: Session, cast: Cast, state: str, found: bool
) -> None:
    """3.2-c: it has no plan and no kept login here, and nobody is told that all is well."""
    assert lacking(filed(session, cast, state)) == ([FOUND_IN_USE] if found else [])


def test_that_deviation_goes_when_plan_and_login_are_here_in_whatever_order(
    session: Session, cast: Cast
) -> None:
    """3-d, 3.2-c."""
    account = filed(session, cast, "aktiv")
    plans.save_checklist(session, cast.olle, account.id, ANSWERS, at(1))
    write(session, cast.olle, account.id)
    plans.submit_plan(session, cast.olle, account.id, at(2))
    for person in (cast.stina, cast.anders, cast.eva):
        mark(session, person, account.id)
    assert lacking(account) == [FOUND_IN_USE] and account.state == State.ACTIVE
    session.commit()
    receive(cast.stina, account.id)
    session.expire_all()
    assert lacking(account) == [] and account.state == State.ACTIVE


def test_a_page_run_from_own_logins_is_whole_with_its_plan_and_two_who_are_verified(
    session: Session, cast: Cast
) -> None:
    """3-d."""
    raw = [{**FILED, "platform": "facebook", "state": "aktiv"}]
    operations.import_accounts(session, cast.stina, raw, at(0), found_in_use=True)
    account = session.query(Account).filter_by(handle="olmebad").one()
    verify_page(session, cast, account)
    assert lacking(account) == [FOUND_IN_USE]
    plans.save_checklist(session, cast.olle, account.id, ANSWERS, at(1))
    write(session, cast.olle, account.id)
    plans.submit_plan(session, cast.olle, account.id, at(2))
    for person in (cast.stina, cast.anders, cast.eva):
        mark(session, person, account.id)
    assert lacking(account) == []


@pytest.mark.parametrize("state", ["signaturer", "kuvert"])
def test_one_that_a_file_brings_in_halfway_goes_on_from_its_plan(
    session: Session, cast: Cast, app: Flask, state: str
) -> None:
    """3.2-c: an envelope that comes first is kept, and doesn't take it into use by itself."""
    assess(session, cast, "instagram")
    account = filed(session, cast, state)
    session.commit()
    receive(cast.stina, account.id)
    session.expire_all()
    assert account.state == {"signaturer": State.SIGNING, "kuvert": State.CUSTODY}[state]
    page = client_for(app, cast.olle).get(f"/accounts/{account.id}/plan").get_data(as_text=True)
    assert "Skriv planen färdigt och skicka den för underskrift." in page
    plans.save_checklist(session, cast.olle, account.id, ANSWERS, at(1))
    write(session, cast.olle, account.id)
    plans.submit_plan(session, cast.olle, account.id, at(2))
    for person in (cast.stina, cast.anders, cast.eva):
        mark(session, person, account.id)
    assert account.state == State.ACTIVE and account.address == WHOLE.address


def test_a_mark_that_nobody_can_give_says_so(session: Session, cast: Cast, app: Flask) -> None:
    """3.2-b: who has the role is shut out, or has written the text."""
    account = submitted(session, cast)
    session.get_one(Person, cast.eva.id).active = False
    write(session, cast.anders, account.id, other())
    plans.submit_plan(session, cast.olle, account.id, at(6))
    with app.test_request_context():
        view = shown(session, plan_queries.plan(session, account.id), cast.olle, at(6))
    alone = [one.decides for one in view.signatures if "Ingen som kan logga in" in one.waited]
    assert alone == [True, True] and view.signatures[2].waited == "Saknas"
    mark(session, cast.stina, account.id)
    session.get_one(Person, cast.stina.id).active = False
    with app.test_request_context():
        view = shown(session, plan_queries.plan(session, account.id), cast.olle, at(6))
    assert view.signatures[2].mark is not None, "who has signed has signed"


def test_an_administrator_who_is_shut_out_is_named_on_the_plan(cast: Cast, app: Flask) -> None:
    """3-a: before the last signature fails on it."""
    with db.unit_of_work() as session:
        account_id = submitted(session, cast).id
        session.get_one(Person, cast.maja.id).active = False
    page = client_for(app, cast.olle).get(f"/accounts/{account_id}/plan").get_data(as_text=True)
    assert "Kan inte logga in längre: Maja Strand." in page


def test_the_program_may_describe_an_account_too(session: Session, cast: Cast) -> None:
    account = submitted(session, cast)
    new = describing.Description(
        name="Bokbilen", short_name="Bokbilen", address="", operation="", committee=""
    )
    describing.describe(session, None, account.id, new, at(6))
    assert account.state == State.PLANNING
    assert signing_operations.activate_if_settled(session, cast.stina, account, at(7)) is False
