"""Whether a post would go out now: asked daily, scored by the worst that is known, and told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from channels.contract import Readiness
from channels.failures import Reason
from console import clock, db
from console.accounts import operations, readiness
from console.accounts.models import Account
from console.accounts.readiness_models import AccountReadiness
from console.accounts.readiness_rules import FEW, SOON, STALE, Known, Score, score
from console.people.models import Person
from console.people.operations import add_person
from console.people.rules import Role
from tests.accounts.conftest import Cast
from tests.cast import client_for
from tests.incidents.cast import event

NOW = datetime(2026, 6, 8, 6, 14, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def set_up(cast: Cast) -> None:
    """Somebody has a password: the console answers."""
    with db.unit_of_work() as session:
        session.get_one(Person, cast.maria.id).password_hash = "no digest"


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        (Known(False), Score.BY_HAND),
        (Known(True), Score.NOT_KNOWN),
        (Known(True, "credentials", NOW), Score.FAILS),
        (Known(True, "", NOW, NOW - DAY), Score.FAILS),
        (Known(True, "", NOW, NOW), Score.FAILS),
        (Known(True, "", NOW, NOW + DAY), Score.SOON_FAILS),
        (Known(True, "", NOW, NOW + SOON), Score.SOON_FAILS),
        (Known(True, "", NOW, NOW + SOON + DAY), Score.READY),
        (Known(True, "", NOW, None, FEW - 1), Score.SOON_FAILS),
        (Known(True, "", NOW, None, FEW), Score.READY),
        (Known(True, "", NOW - STALE), Score.READY),
        (Known(True, "", NOW - STALE - DAY), Score.NOT_KNOWN),
        (Known(True, "credentials", NOW - STALE - DAY), Score.FAILS),
        (Known(True, "", NOW, NOW + DAY, None, renews=True), Score.READY),
        (Known(True, "", NOW, NOW, None, renews=True), Score.FAILS),
    ],
)
def test_the_worst_that_is_known_is_the_score(known: Known, wanted: Score) -> None:
    assert score(known, NOW) is wanted


def claimed() -> list[int]:
    with db.unit_of_work() as session:
        return [one.id for one in readiness.claim(session, 16, clock.now())]


def keep(account_id: int, found: Readiness) -> None:
    with db.unit_of_work() as session:
        readiness.keep(session, account_id, found, clock.now())


def standing(account_id: int) -> readiness.Standing:
    with db.unit_of_work() as session:
        (one,) = readiness.standings(session, clock.now(), [account_id])
        return one


def test_only_active_accounts_that_a_channel_sends_to_are_asked_about_and_once_a_day(
    app: Flask, cast: Cast, move_clock
) -> None:
    assert claimed() == [cast.webhook]
    assert claimed() == []
    keep(cast.webhook, Readiness())
    move_clock(timedelta(hours=23))
    assert claimed() == []
    move_clock(timedelta(hours=25))
    assert claimed() == [cast.webhook]


def test_an_asking_without_an_answer_is_made_again_within_the_hour(
    app: Flask, cast: Cast, move_clock
) -> None:
    claimed()
    move_clock(timedelta(minutes=61))
    assert claimed() == [cast.webhook]


def test_an_event_that_opens_asks_about_its_accounts_at_once(app: Flask, cast: Cast) -> None:
    claimed()
    keep(cast.webhook, Readiness())
    with db.unit_of_work() as session:
        assert not readiness.due(session, clock.now())
        unit = add_person(
            session, None, clock.now(), name="Åsa", email="asa@torsby.example",
            roles=[Role.INFORMATION_UNIT],
        )  # fmt: skip
        event(session, unit, exercise=True, now=clock.now(), mail=False)
    with db.unit_of_work() as session:
        assert readiness.due(session, clock.now())


def test_changed_settings_are_tried_at_once(app: Flask, cast: Cast) -> None:
    claimed()
    keep(cast.webhook, Readiness(reason=Reason.CREDENTIALS))
    with db.unit_of_work() as session:
        account = session.get_one(Account, cast.webhook)
        change = operations.Change(
            kind=account.kind, settings=account.settings, secret={"secret": "ny-nyckel-ny-nyckel"},
            public=account.public, official=account.official, languages=tuple(account.languages),
            repeat_rule=account.repeat_rule,
            administrators=tuple(row.person_id for row in account.administrators),
        )  # fmt: skip
        maria = session.get_one(Person, cast.maria.id)
        operations.change_settings(session, maria, account.id, change, clock.now())
    assert claimed() == [cast.webhook]


def test_rights_that_are_missing_fail_and_are_named(app: Flask, cast: Cast) -> None:
    claimed()
    keep(cast.webhook, Readiness(missing=("write:statuses",)))
    one = standing(cast.webhook)
    assert one.score is Score.FAILS
    with db.unit_of_work() as session:
        row = session.scalars(select(AccountReadiness)).one()
        assert (row.reason, row.detail) == ("rights", "write:statuses")


def test_a_key_that_dies_is_told_in_days_with_the_way_out(app: Flask, cast: Cast) -> None:
    claimed()
    keep(cast.webhook, Readiness(expires_at=(clock.now() + 6 * DAY + DAY / 2).timestamp()))
    page = client_for(app, cast.maria).get("/readiness").text
    assert "Nyckeln går ut om 6 dagar. Förnya den." in page
    assert f'href="/accounts/{cast.webhook}/settings"' in page
    assert "Inget konto skulle svika nu" in page


def test_what_would_fail_stands_first_on_the_page_on_its_account_and_on_the_start_page(
    app: Flask, cast: Cast
) -> None:
    claimed()
    keep(cast.webhook, Readiness(reason=Reason.CREDENTIALS))
    maria = client_for(app, cast.maria)
    page = maria.get("/readiness").text
    assert "1 konto skulle svika om en kris började nu" in page
    assert page.index(f'data-row="account-{cast.webhook}"') == page.index("data-row=")
    sentence = "Inloggningen gäller inte längre. Förnya nyckeln."
    for address in ("/readiness", f"/accounts/{cast.webhook}", "/", "/municipality"):
        assert sentence in maria.get(address).text, address


def test_an_administrator_sees_it_and_may_ask_again_but_not_change(app: Flask, cast: Cast) -> None:
    claimed()
    keep(cast.webhook, Readiness(reason=Reason.CREDENTIALS))
    olle = client_for(app, cast.olle)
    assert f"/accounts/{cast.webhook}/settings" not in olle.get("/readiness").text
    assert olle.post(f"/readiness/{cast.webhook}").status_code == 303
    assert claimed() == [cast.webhook]


def test_an_account_by_hand_says_so_and_the_website_is_not_among_them(
    app: Flask, cast: Cast
) -> None:
    with db.unit_of_work() as session:
        session.get_one(Account, cast.facebook).state = "active"
    with app.test_request_context():
        assert standing(cast.facebook).sentence == "Administratörerna publicerar för hand."
    with db.unit_of_work() as session:
        kinds = {a.id: a.kind for a in session.scalars(select(Account))}
        listed = {one.id for one in readiness.standings(session, clock.now())}
    assert not [one for one in listed if kinds[one] == "website"]
