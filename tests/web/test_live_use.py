"""Skarp drift in the console: the system administrator alone, and only when nothing stands in
the way."""

from dataclasses import replace

import pytest
from sqlalchemy import delete, update

from console import db, sealing
from console.people.models import Person, SecondFactor
from console.people.rules import Role
from console.policy.models import LiveUse, ProfileVersion
from console.policy.operations import CONDITIONS
from console.policy.queries import RESTORED, live_use_is_on
from tests.ready import make_ready


@pytest.fixture(autouse=True)
def ready(app, cast):
    app.config["SETTINGS"] = make_ready(app.config["SETTINGS"])


def is_on():
    with db.unit_of_work() as session:
        return live_use_is_on(session)


def test_the_page_says_what_stands_in_the_way_and_offers_no_button(client_for, cast):
    siv = cast.with_role(Role.SYSTEM_ADMINISTRATOR)
    with db.unit_of_work() as session:
        session.get_one(type(siv), siv.id).example = True
    page = client_for(siv).get("/live-use").text
    assert "Exempelpersoner finns kvar" in page
    assert "Slå på skarp drift" not in page
    assert client_for(siv).post("/live-use").status_code == 409
    assert not is_on()


def changed(app, **settings):
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], **settings)


def stored(statement):
    with db.unit_of_work() as session:
        session.execute(statement)


def person(who, **values):
    stored(update(Person).where(Person.id == who.id).values(**values))


WAYS_TO_LACK = {
    "no_example_people": lambda app, cast: person(cast.maja, example=True),
    "an_administrator_who_can_log_in": lambda app, cast: person(cast.siv, password_hash=None),
    "two_approvers": lambda app, cast: person(cast.per, active=False),
    "a_second_factor": lambda app, cast: stored(
        delete(SecondFactor).where(SecondFactor.person_id == cast.karin.id)
    ),
    "the_municipalitys_own_addresses": lambda app, cast: stored(delete(ProfileVersion)),
    "a_backup_that_was_restored": lambda app, cast: stored(
        delete(LiveUse).where(LiveUse.condition == RESTORED)
    ),
    "a_public_address": lambda app, cast: changed(app, public_url="http://kris.torsby.se"),
    "a_public_page_that_is_ours": lambda app, cast: changed(
        app, public_url="https://annan.torsby.se"
    ),
    "a_sealing_key_of_its_own": lambda app, cast: (
        app.config["SETTINGS"].keys / sealing.FILE
    ).chmod(0o644),
}


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.name)
def test_each_condition_that_is_missing_keeps_it_shut_with_the_sentence_that_mends_it(
    app, client_for, cast, condition
):
    browser = client_for(cast.siv)
    browser.get("/live-use")
    WAYS_TO_LACK[condition.name](app, cast)
    sentence = str(condition.missing)
    assert ": " in sentence  # what is wrong, then the way out
    page = browser.get("/live-use").text
    assert [str(one.missing) for one in CONDITIONS if str(one.missing) in page] == [sentence]
    assert "Slå på skarp drift" not in page
    refused = browser.post("/live-use")
    assert refused.status_code == 409 and sentence in refused.text
    assert not is_on()


def test_one_press_begins_live_use_when_everything_holds(client_for, cast):
    browser = client_for(cast.with_role(Role.SYSTEM_ADMINISTRATOR))
    assert "Slå på skarp drift" in browser.get("/live-use").text
    assert browser.post("/live-use").status_code == 302
    assert is_on()
    assert "Skarp drift är på." in browser.get("/live-use").text


def test_nobody_else_begins_live_use(client_for, cast):
    assert client_for(cast.with_role(Role.INFORMATION_UNIT)).post("/live-use").status_code == 403
    assert not is_on()
