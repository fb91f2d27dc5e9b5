"""The page På jour: who is reached first, in front of everybody, changed by those who may."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from console import clock, db
from console.incidents.models import Notice
from console.people import duty, queries
from console.people.models import Person
from console.people.rules import Role
from tests.stage import Stage


@pytest.fixture
def karin(cast, client_for):
    return client_for(cast.karin)


def give(person, **more):
    with db.unit_of_work() as session:
        there = session.get_one(Person, person.id)
        duty.hand_over(session, there, Role.APPROVER, there, clock.now(), **more)


def holder():
    with db.unit_of_work() as session:
        person = queries.on_duty(session, Role.APPROVER)
        return None if person is None else person.name


def test_everybody_sees_who_is_on_duty_and_the_number_to_ring(cast, client_for):
    give(cast.karin)
    for person in (cast.olle, cast.greta):
        page = client_for(person).get("/duty").text
        assert "Karin Holm" in page and 'href="tel:0701740600"' in page
        assert "Ingen har jouren." in page  # the information unit's
        assert "Lämna över till" not in page


def test_a_duty_changes_hands_in_one_press(cast, karin):
    give(cast.karin)
    page = karin.get("/duty").text
    assert "Lämna över till Per Lind" in page
    answer = karin.post("/duty/approver/hand-over", data={"person": cast.per.id})
    assert answer.status_code == 302 and answer.location.endswith("/duty#approver")
    assert holder() == "Per Lind"


def test_who_may_not_hand_over_changes_nothing(cast, client_for):
    give(cast.karin)
    olle = client_for(cast.olle)
    assert olle.post("/duty/approver/hand-over", data={"person": cast.per.id}).status_code == 403
    karin = client_for(cast.karin)
    answer = karin.post("/duty/information_unit/hand-over", data={"person": cast.lisa.id})
    assert answer.status_code == 403
    assert "Bara den som har rollen" in answer.text
    assert holder() == "Karin Holm"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"person": ""}, "Välj någon som har rollen."),
        ({"person": "999999"}, "Den personen finns inte."),
        ({"person": "karin", "until": "nästa vecka"}, "Skriv dag och klockslag."),
        ({"person": "karin", "until": "2001-01-01T10:00"}, "Välj en tid som inte har passerat."),
    ],
)
def test_what_cannot_be_used_is_said_and_changes_nothing(cast, karin, data, said):
    data = {k: str(cast.karin.id) if v == "karin" else v for k, v in data.items()}
    answer = karin.post("/duty/approver/hand-over", data=data)
    assert answer.status_code in (404, 422, 400), answer.status_code
    assert said in answer.text
    assert holder() is None


def test_a_role_without_duty_has_no_page_to_press(cast, karin):
    assert karin.post("/duty/archivist/hand-over", data={"person": "1"}).status_code == 404


def test_a_time_to_hand_over_is_shown_and_red_once_it_has_passed(cast, karin, move_clock):
    give(cast.karin, until=clock.now() + timedelta(minutes=20))
    assert "Tiden är ute" not in karin.get("/duty").text
    move_clock(timedelta(minutes=21))
    assert "Tiden är ute. Lämna över." in karin.get("/duty").text


def test_the_call_list_is_put_in_order_by_pressing(cast, karin):
    for person in (cast.karin, cast.per, cast.per):
        karin.post("/duty/approver/earlier", data={"person": person.id})
    with db.unit_of_work() as session:
        names = [one.name for one in queries.call_list(session, Role.APPROVER)]
    assert names == ["Per Lind", "Karin Holm"]
    karin.post("/duty/approver/leave", data={"person": cast.per.id})
    assert "nummer 1 på ringlistan" in karin.get("/duty").text
    with db.unit_of_work() as session:
        assert [one.name for one in queries.call_list(session, Role.APPROVER)] == ["Karin Holm"]


def test_the_start_page_says_who_is_on_duty(cast, karin):
    assert "På jour nu" in karin.get("/").text
    give(cast.per)
    assert "Per Lind" in karin.get("/").text


def test_who_is_put_on_duty_by_somebody_else_in_an_event_is_told(database, app, client_for):
    stage = Stage(database)
    lisa = client_for(stage.lisa)
    lisa.post("/duty/approver/hand-over", data={"person": stage.karin.id})
    with db.unit_of_work() as session:
        notice = session.scalars(select(Notice).where(Notice.kind == "staff")).one()
    assert (notice.person_id, notice.path) == (stage.karin.id, "/duty")
    lisa.post("/duty/information_unit/hand-over", data={"person": stage.lisa.id})
    with db.unit_of_work() as session:
        assert len(session.scalars(select(Notice).where(Notice.kind == "staff")).all()) == 1
