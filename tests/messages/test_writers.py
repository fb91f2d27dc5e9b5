"""Two writers of one message see each other; what looks like a password is pointed at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from console import clock, db
from console.messages import checks, writers
from console.people.models import Person, PersonRole
from console.people.rules import Role
from tests.stage import Stage

ClientFor = Callable[[Person | None], FlaskClient]


@pytest.fixture
def emma(stage: Stage) -> Person:
    """Also of the information unit."""
    with db.unit_of_work() as session:
        emma = Person(
            name="Emma Sjö",
            email="emma@torsby.example",
            created_at=clock.now(),
            active=True,
            role_rows=[PersonRole(role=Role.INFORMATION_UNIT)],
        )
        session.add(emma)
        session.flush()
        return emma


def address(stage: Stage, message_id: int) -> str:
    return f"/incidents/{stage.incident.slug}/messages/{message_id}/writers"


def test_two_who_write_see_each_other_and_not_themselves(
    stage: Stage, emma: Person, client_for: ClientFor
) -> None:
    message = stage.write("first")
    lisa, other = client_for(stage.lisa), client_for(emma)
    assert lisa.post(address(stage, message.id)).text.strip() == ""
    assert "Lisa Berg skriver också här." in other.post(address(stage, message.id)).text
    both = lisa.post(address(stage, message.id)).text
    assert "Emma Sjö skriver också här." in both
    assert "Lisa" not in both


def test_whoever_writes_in_another_message_is_not_here(
    stage: Stage, emma: Person, client_for: ClientFor
) -> None:
    one, other = stage.write("first"), stage.write("update")
    client_for(emma).post(address(stage, other.id))
    assert client_for(stage.lisa).post(address(stage, one.id)).text.strip() == ""


def test_a_page_not_heard_from_for_half_a_minute_is_closed(stage: Stage, emma: Person) -> None:
    message, now = stage.write("first"), clock.now()
    with db.unit_of_work() as session:
        writers.here(session, emma.id, message.id, now)
        assert writers.here(session, stage.lisa.id, message.id, now) == ["Emma Sjö"]
        later = now + writers.HERE + timedelta(seconds=1)
        assert writers.here(session, stage.lisa.id, message.id, later) == []


def test_the_form_asks_by_itself_who_else_is_here(stage: Stage, client_for: ClientFor) -> None:
    message = stage.write("first")
    page = client_for(stage.lisa).get(f"/incidents/{stage.incident.slug}/messages/{message.id}")
    assert f'hx-post="{address(stage, message.id)}"' in page.text


def test_a_message_of_another_event_is_not_there(stage: Stage, client_for: ClientFor) -> None:
    assert client_for(stage.lisa).post(address(stage, 4711)).status_code == 404


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Lösenord: Sommar12", ["Sommar12"]),
        ("Lösenordet är Sommar12.", ["Sommar12."]),
        ("Lösenordet är bytt, logga in igen.", []),
        ("password=hunter2", ["hunter2"]),
        ("Pinkod: 4711", ["4711"]),
        ("Nyckeln EAAGm0PX4ZCpsBAKZCn8vQwqWzX5 ska bort", ["EAAGm0PX4ZCpsBAKZCn8vQwqWzX5"]),
        ("Läs mer på https://torsby.example/h/KokaVattnet2026IdagOchImorgon", []),
        ("Ring 070-174 06 12 eller 0560-160 00, handling 2026:412.", []),
        ("Krisledningsnämndens ordförande informerar kl 13.00.", []),
    ],
)
def test_what_looks_like_a_password_or_key_is_found(text: str, found: list[str]) -> None:
    assert checks.secrets(text) == found


def test_a_secret_warns_while_it_is_written_and_is_not_repeated_whole(
    stage: Stage, client_for: ClientFor
) -> None:
    message = stage.write("first")
    url = f"/incidents/{stage.incident.slug}/messages/{message.id}/previews"
    typed = {"revision": "1", "text": "Lösenord: Sommar12"}
    meters = client_for(stage.lisa).post(url, data=typed).text.split('id="meters"')[1]
    assert "Somm… ser ut som ett lösenord eller en nyckel." in meters
