"""Din första minut: shown once for each role, in nobody's way, and found again."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from console import clock
from console.config import Settings
from console.db import unit_of_work
from console.people import passwords, queries, tours
from console.people.models import Person, PersonRole, RoleTour
from console.people.rules import Permission, Role
from console.timeline.models import Entry
from console.web import guard, tour
from tests.cast import PASSWORD, Cast
from tests.stage import Stage

ClientFor = Callable[[Person | None], FlaskClient]
TOUR = "/me/first-minute"


def log_in(app: Flask, person: Person, target: str = "/") -> str:
    """Where the login leads."""
    answer = app.test_client().post(
        "/login",
        query_string={} if target == "/" else {"next": target},
        data={"email": person.email, "password": PASSWORD},
    )
    assert answer.status_code == 303
    return answer.headers["Location"]


def test_the_first_login_leads_to_it_and_the_next_to_the_start_page(
    app: Flask, cast: Cast, client_for: ClientFor
) -> None:
    assert log_in(app, cast.karin) == TOUR
    done = client_for(cast.karin).post(TOUR)
    assert done.headers["Location"] == "/"
    assert log_in(app, cast.karin) == "/"
    assert log_in(app, cast.per) == TOUR, "each person for themselves"


def test_nobody_on_the_way_to_something_is_stopped(app: Flask, cast: Cast) -> None:
    assert log_in(app, cast.karin, "/notices") == "/notices"


def test_in_a_crisis_nobody_is_shown_around(app: Flask, database: Settings) -> None:
    stage = Stage(database, exercise=False)
    with unit_of_work() as session:
        session.get_one(Person, stage.karin.id).password_hash = passwords.digest(PASSWORD)
    assert log_in(app, stage.karin) == "/"


def test_a_new_role_has_a_first_minute_of_its_own(
    app: Flask, cast: Cast, client_for: ClientFor
) -> None:
    client_for(cast.karin).post(TOUR)
    with unit_of_work() as session:
        karin = queries.get(session, cast.karin.id)
        karin.role_rows.append(PersonRole(role=Role.REVIEWER))
    assert log_in(app, cast.karin) == TOUR


def test_finishing_twice_is_written_down_once(cast: Cast) -> None:
    for _ in range(2):
        with unit_of_work() as session:
            tours.finish(session, queries.get(session, cast.olle.id), clock.now())
    with unit_of_work() as session:
        rows = session.scalars(select(RoleTour)).all()
        entries = session.scalars(select(Entry).where(Entry.tag == "person:toured")).all()
    assert [(row.person_id, row.role) for row in rows] == [(cast.olle.id, "account_administrator")]
    assert len(entries) == 1


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_three_to_five_steps_to_places_that_are_open_to_it(
    app: Flask, cast: Cast, client_for: ClientFor, role: Role
) -> None:
    person = cast.with_role(role)
    client = client_for(person)
    page = client.get(TOUR).text
    steps = page.split('class="tour"')[1].split("</ol>")[0]
    assert 3 <= steps.count("<li>") <= 5
    places = re.findall(r'href="([^"]+)"', steps)
    assert places
    for place in places:
        assert client.get(place).status_code == 200, place
    for step in tour.STEPS[role]:
        if step.endpoint != tour.PRACTICE:
            statement = guard.statement_of(app.view_functions[step.endpoint])
            assert statement is not None
            assert statement.permission is not Permission.SYSTEM


def test_practice_is_the_exercise_that_is_open(
    app: Flask, database: Settings, client_for: ClientFor
) -> None:
    stage = Stage(database)
    page = client_for(stage.karin).get(TOUR).text
    assert f'href="/incidents/{stage.incident.slug}/"' in page


def test_without_an_exercise_only_those_who_may_open_one_are_sent_there(
    cast: Cast, client_for: ClientFor
) -> None:
    assert "/incidents/new" in client_for(cast.lisa).get(TOUR).text
    theirs = client_for(cast.karin).get(TOUR).text
    assert "/incidents/new" not in theirs
    assert "Ingen övning pågår." in theirs


def test_it_is_found_again_under_ones_own_details(cast: Cast, client_for: ClientFor) -> None:
    client = client_for(cast.rut)
    client.post(TOUR)
    assert f'href="{TOUR}"' in client.get("/me").text
    assert "Hoppa över" not in client.get(TOUR).text


def test_two_roles_with_a_step_in_common_are_told_it_once(
    cast: Cast, client_for: ClientFor
) -> None:
    with unit_of_work() as session:
        lisa = queries.get(session, cast.lisa.id)
        lisa.role_rows.append(PersonRole(role=Role.APPROVER))
    assert client_for(cast.lisa).get(TOUR).text.count("Skriv ut ditt åtgärdskort") == 1
