"""Bemanning: a place nobody holds is red before it is needed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from console import clock, db
from console.board import views
from console.errors import BadInput, NotAllowed, WrongState
from console.incidents import operations as incidents
from console.incidents import roster
from console.incidents.models import Incident
from console.people import duty
from console.people.models import Person
from console.people.rules import Role
from console.policy.operations import set_profile
from console.timeline.models import Entry, Personal
from tests.stage import Stage


@pytest.fixture
def stage(database):
    return Stage(database)


def put(stage, place, actor=None, **values):
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        return roster.set_place(
            session, actor or stage.lisa, incident, place, clock.now(), **values
        )


def held(stage):
    with db.unit_of_work() as session:
        return {h.place: (h.name, h.phone) for h in roster.of_event(session, stage.incident.id)}


def changes():
    with db.unit_of_work() as session:
        return len(session.scalars(select(Entry).where(Entry.tag == "roster:changed")).all())


def test_a_place_is_held_by_a_person_or_a_name_with_a_number(stage):
    assert set(held(stage).values()) == {("", "")}
    put(stage, "spokesperson", name=" Eva  Sjö ", phone="070-174 06 09")
    put(stage, "writer", person=stage.lisa, phone="070-1")
    assert held(stage)[roster.Place.SPOKESPERSON] == ("Eva Sjö", "070-174 06 09")
    assert held(stage)[roster.Place.WRITER] == ("Lisa Berg", "070-1")
    put(stage, "spokesperson")
    assert held(stage)[roster.Place.SPOKESPERSON] == ("", "")
    assert changes() == 3


def test_names_and_numbers_stand_apart_from_what_never_goes(stage):
    put(stage, "spokesperson", name="Eva Sjö", phone="070-174 06 09")
    with db.unit_of_work() as session:
        kept = {row.field: row.content for row in session.scalars(select(Personal))}
    assert kept["name"] == "Eva Sjö" and kept["phone"] == "070-174 06 09"


def test_saying_the_same_again_is_not_recorded(stage):
    for _ in range(2):
        put(stage, "web", name="Eva Sjö", phone="070-1")
    put(stage, "switchboard")
    assert changes() == 1


@pytest.mark.parametrize(
    ("place", "values", "field"),
    [
        ("nobody", {"name": "Eva", "phone": "1"}, "place"),
        ("approver", {"name": "Eva", "phone": "1"}, "place"),
        ("web", {"name": "Eva"}, "phone"),
        ("web", {"name": "Eva", "phone": "ring mig"}, "phone"),
        ("web", {"phone": "070-1"}, "name"),
        ("web", {"name": "E" * 81, "phone": "1"}, "name"),
        ("web", {"name": "Eva", "phone": "1" * 41}, "phone"),
    ],
)
def test_what_cannot_be_used_names_its_field_and_changes_nothing(stage, place, values, field):
    with pytest.raises(BadInput) as refused:
        put(stage, place, **values)
    assert refused.value.field == field
    assert changes() == 0


def test_only_the_unit_fills_places_and_only_while_the_event_is_open(stage):
    with pytest.raises(NotAllowed):
        put(stage, "web", actor=stage.karin, name="Eva", phone="1")
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        incidents.close(session, stage.lisa, incident, clock.now(), mail=False)
    with pytest.raises(WrongState):
        put(stage, "web", name="Eva", phone="1")


def test_the_approvers_place_is_held_by_whoever_is_on_duty(stage):
    with db.unit_of_work() as session:
        karin = session.get_one(Person, stage.karin.id)
        duty.hand_over(session, karin, Role.APPROVER, karin, clock.now())
    assert held(stage)[roster.Place.APPROVER][0] == "Karin Holm"


def test_the_board_is_red_about_empty_places_until_they_are_filled(stage, app, client_for):
    with db.unit_of_work() as session:
        set_profile(session, None, clock.now(), {"roster_places": ["approver", "switchboard"]})
    lisa, url = client_for(stage.lisa), f"/incidents/{stage.incident.slug}/"
    page = lisa.get(url).text
    for said in ("Ingen beslutsfattare på jour", "1 plats är obemannad", "Växel.", "Bemanna<"):
        assert said in page, said
    lisa.post(url + "roster/switchboard", data={"name": "Anna Vik", "phone": "0560-160 00"})
    lisa.post("/duty/approver/hand-over", data={"person": stage.karin.id})
    lisa.post("/duty/information_unit/hand-over", data={"person": stage.lisa.id})
    views.cache.forget()
    page = lisa.get(url).text
    for gone in ("Ingen beslutsfattare på jour", "obemannad", "har jour<"):
        assert gone not in page, gone
    assert "Anna Vik" in lisa.get(url + "roster").text


def test_a_refused_place_shows_what_was_typed_beside_the_reason(stage, app, client_for):
    lisa, url = client_for(stage.lisa), f"/incidents/{stage.incident.slug}/roster"
    answer = lisa.post(f"{url}/web", data={"name": "Eva Sjö", "phone": "snart"})
    assert answer.status_code == 422 or answer.status_code == 400
    assert "Skriv ett nummer att ringa." in answer.text and 'value="snart"' in answer.text
    olle = client_for(stage.olle)
    assert (
        olle.get(url).status_code == 200 and "<form" not in olle.get(url).text.split("platser")[1]
    )
    assert olle.post(f"{url}/web", data={"name": "O", "phone": "1"}).status_code == 403


def test_a_place_can_be_emptied(stage, app, client_for):
    lisa, url = client_for(stage.lisa), f"/incidents/{stage.incident.slug}/roster"
    lisa.post(f"{url}/web", data={"name": "Eva Sjö", "phone": "1"})
    lisa.post(f"{url}/web", data={"name": "Eva Sjö", "phone": "1", "do": "empty"})
    assert held(stage)[roster.Place.WEB] == ("", "")
