"""Cards in the console: shown as they go out, to those who may read the text and nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from console import clock, db
from console.accounts.models import Account
from console.config import Settings
from console.messages.models import Delivery, VersionPart
from console.messages.views import cards
from console.people.models import Person
from console.pictures import drawing
from console.pictures import operations as pictures
from console.pictures.models import Picture
from tests.stage import Stage

ClientFor = Callable[[Person | None], FlaskClient]
IMAGE = re.compile(r'<img src="([^"]+/cards/[^"]+)"[^>]* alt="([^"]+)"')


@pytest.fixture
def stage(app: object, database: Settings) -> Stage:
    return Stage(database, platforms=("instagram", "x"))


def shown(page: str) -> list[tuple[str, str]]:
    """(address, alternative text) of each card on a page."""
    return [(unescape(at), unescape(alt)) for at, alt in IMAGE.findall(page)]


def test_the_writer_sees_the_card_of_the_accounts_that_get_one(
    stage: Stage, lisa: FlaskClient
) -> None:
    message = stage.write("first")
    page = lisa.get(f"/incidents/{stage.incident.slug}/messages/{message.id}").text
    ((address, alt),) = shown(page)
    assert "Koka ditt kranvatten om du bor i Torsby tätort." in alt
    assert alt.startswith("ÖVNING.") and "uppdatering 1." in alt
    answer = lisa.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.data.startswith(b"\xff\xd8")
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_preview_follows_what_is_typed(stage: Stage, lisa: FlaskClient) -> None:
    message = stage.write("update")
    url = f"/incidents/{stage.incident.slug}/messages/{message.id}/previews"
    typed = {"text": "Vattnet vid bron är rent. Drick det gärna.", "promise_clock": "23.59"}
    ((_address, alt),) = shown(lisa.post(url, data=typed).text)
    assert "Vattnet vid bron är rent." in alt


def test_the_approver_sees_every_card_in_every_language(
    stage: Stage, client_for: ClientFor
) -> None:
    with db.unit_of_work() as session:
        session.execute(update(Account).values(languages=["sv", "en"]))
    english = {"headline": "Boil your tap water.", "body": "We have found signs of bacteria."}
    soon = (clock.now() + timedelta(hours=1)).isoformat()
    longer = {"still_times": 2, "promise_at": soon, "rounds": 12, "interval": 600}
    version = stage.submit(stage.write("first", en=english, **longer))
    karin = client_for(stage.karin)
    page = karin.get(f"/incidents/{stage.incident.slug}/approve/{version.id}").text
    swedish, again, translated = (alt for _address, alt in shown(page))
    assert "Koka ditt kranvatten" in swedish and "Inget nytt sedan" in again
    assert "Boil your tap water." in translated
    assert all(karin.get(address).status_code == 200 for address, _alt in shown(page))
    with db.unit_of_work() as session:
        assert session.scalars(select(VersionPart.language)).all() == ["en"]


def test_nobody_else_reads_a_card_that_is_not_out(
    stage: Stage, lisa: FlaskClient, client_for: ClientFor
) -> None:
    message = stage.write("first")
    page = lisa.get(f"/incidents/{stage.incident.slug}/messages/{message.id}").text
    ((address, _alt),) = shown(page)
    assert client_for(stage.olle).get(address).status_code == 403
    assert client_for(None).get(address).status_code in (302, 303)


def test_nobody_has_the_municipalitys_card_drawn_with_words_of_their_own(
    stage: Stage, lisa: FlaskClient
) -> None:
    message = stage.write("first")
    page = lisa.get(f"/incidents/{stage.incident.slug}/messages/{message.id}").text
    ((address, _alt),) = shown(page)
    assert lisa.get(address[:-1] + ("a" if address[-1] != "a" else "b")).status_code == 404
    assert lisa.get(f"/incidents/{stage.incident.slug}/cards/anything").status_code == 404


def test_a_card_that_cannot_be_drawn_leaves_the_page_and_says_so(
    stage: Stage, lisa: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_card: object) -> bytes:
        raise drawing.CannotDraw("no")

    cards._drawn.cache_clear()
    monkeypatch.setattr(drawing, "draw", broken)
    message = stage.write("first")
    page = lisa.get(f"/incidents/{stage.incident.slug}/messages/{message.id}")
    assert page.status_code == 200
    ((address, _alt),) = shown(page.text)
    assert lisa.get(address).status_code == 503


def by_hand(database: Settings) -> Stage:
    """An Instagram account that nobody has connected."""
    stage = Stage(database, accounts=1, platforms=("instagram",), exercise=False, kind="by_hand")
    stage.release("first")
    stage.tick()
    return stage


def task_of(stage: Stage) -> str:
    with db.unit_of_work() as session:
        number = session.scalars(select(Delivery.id).where(~Delivery.leading)).one()
    return f"/incidents/{stage.incident.slug}/tasks/{number}"


def draw() -> Picture:
    with db.unit_of_work() as session:
        found = session.scalars(select(Picture)).one()
        pictures.drawn(session, found.id, b"\xff\xd8 drawn", clock.now())
        return found


def test_who_posts_by_hand_finds_card_and_alternative_text(
    app: object, database: Settings, client_for: ClientFor
) -> None:
    stage = by_hand(database)
    olle, task = client_for(stage.olle), task_of(stage)
    assert "Ta en skärmbild av kommunens webbsida." in olle.get(task).text, "not drawn yet"
    assert olle.get(f"{task}/picture").status_code == 404
    card = draw()
    page = olle.get(task).text
    assert "Spara bildkortet" in page and "skärmbild" not in page
    assert unescape(page).count(card.alt) == 2
    answer = olle.get(f"{task}/picture")
    assert (answer.data, answer.mimetype) == (b"\xff\xd8 drawn", "image/jpeg")


def test_the_wall_of_an_exercise_shows_the_card(
    stage: Stage, lisa: FlaskClient, client_for: ClientFor
) -> None:
    stage.release("first")
    stage.tick()
    card = draw()
    with db.unit_of_work() as session:
        session.execute(
            update(Delivery).values(state="sent", remote_id="p1", settled_at=clock.now())
        )
    wall = f"/ovning/{stage.incident.slug}/vagg"
    page = unescape(lisa.get(wall).text)
    (address,) = re.findall(rf'<img src="({wall}/bild/[0-9a-f]{{64}}\.jpg)"', page)
    assert card.alt in page
    assert lisa.get(address).data == b"\xff\xd8 drawn"
    assert lisa.get(f"{wall}/bild/{'0' * 64}.jpg").status_code == 404
    assert client_for(None).get(address).status_code in (302, 303)


@pytest.mark.parametrize(
    ("platform", "says"),
    [("x", "Skicka med bildkort"), ("instagram", "tar inga inlägg utan bild"), ("sms", "")],
)
def test_an_accounts_settings_offer_a_card_where_it_is_a_choice(
    stage: Stage, client_for: ClientFor, platform: str, says: str
) -> None:
    number = stage.account_ids[2]
    with db.unit_of_work() as session:
        session.execute(update(Account).where(Account.id == number).values(platform=platform))
        stage._person(session, "Siv Sund", "system_administrator")
        siv = session.scalars(select(Person).where(Person.name == "Siv Sund")).one()
    page = client_for(siv).get(f"/accounts/{number}/settings").text
    assert (says in page) if says else ("bildkort" not in page)


def test_choosing_a_card_is_kept_and_stands_in_the_timeline(
    stage: Stage, client_for: ClientFor
) -> None:
    number = stage.account_ids[2]
    with db.unit_of_work() as session:
        stage._person(session, "Siv Sund", "system_administrator")
        siv = session.scalars(select(Person).where(Person.name == "Siv Sund")).one()
        people = [one.person_id for one in session.get_one(Account, number).administrators]
    client = client_for(siv)
    data = {
        "kind": "by_hand", "public": "y", "languages": ["sv"], "repeat_rule": "every",
        "card": "y", **{f"administrators-{n}": str(one) for n, one in enumerate(people)},
    }  # fmt: skip
    answer = client.post(f"/accounts/{number}/settings", data=data)
    assert answer.status_code == 302, answer.text
    with db.unit_of_work() as session:
        assert session.get_one(Account, number).card is True
