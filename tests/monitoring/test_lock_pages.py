"""*Är det här vårt?* in the browser: on the board at once, answered by those who may."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from console.config import Settings
from console.people.models import Person
from tests.monitoring import walls
from tests.monitoring.walls import Wall, alarms, look
from tests.stage import Stage
from tests.workers.test_fanout import released

ClientFor = Callable[[Person | None], FlaskClient]
OTHER = "Fritidsgården har öppet som vanligt i kväll, ring Kim 850709-9805."


@pytest.fixture
def stage(app: Flask, database: Settings) -> Stage:
    return Stage(database, accounts=1, exercise=False, platforms=("mastodon",))


@pytest.fixture
def wall(stage: Stage) -> Wall:
    (wall,) = walls.walls(stage)
    wall.publish(OTHER)
    wall.read()
    assert look() == 1
    return wall


@pytest.fixture
def board(stage: Stage) -> str:
    return f"/incidents/{stage.incident.slug}/"


@pytest.fixture
def url(wall: Wall, board: str) -> str:
    return f"{board}alarms/{alarms()[0].id}"


def test_the_board_names_the_account_the_time_and_who_looks_after_it(
    stage: Stage, board: str, url: str, client_for: ClientFor
) -> None:
    page = client_for(stage.lisa).get(board).text
    assert "Inlägg på låst konto: Konto 1, Mastodon" in page
    assert "Publicerat kl" in page and "Kontot sköts av Olle Ek." in page
    assert url in page and "Är det här vårt?" in page
    assert "Fritidsgården" in page and "850709-9805" not in page


def test_who_may_not_answer_sees_the_row_without_the_words_and_the_link(
    stage: Stage, board: str, url: str, client_for: ClientFor
) -> None:
    karin = client_for(stage.karin)
    page = karin.get(board).text
    assert "Inlägg på låst konto: Konto 1, Mastodon" in page
    assert "Fritidsgården" not in page and url not in page
    assert karin.get(url).status_code == 403
    assert karin.post(url, data={"answer": "ours"}).status_code == 403


def test_two_presses_take_a_post_around_the_lock_to_its_end(
    stage: Stage, board: str, url: str, client_for: ClientFor
) -> None:
    olle = client_for(stage.olle)
    page = olle.get(url).text
    assert "Det är vårt" in page and "Det är vid sidan av låset" in page
    page = olle.post(url, data={"answer": "around"}, follow_redirects=True).text
    assert "Det är borttaget" in page and "Det får stå kvar" not in page
    lisa = client_for(stage.lisa)
    assert "Titta på inlägget" in lisa.get(board).text
    assert "Det får stå kvar" in lisa.get(url).text
    page = olle.post(url, data={"answer": "removed"}, follow_redirects=True).text
    assert "Svaret är antecknat. Tack!" in page and "Vad är gjort?" not in page
    assert "Olle Ek" in page
    assert "Inlägg på låst konto" not in lisa.get(board).text.split('class="board-middle"')[0]
    log = lisa.get(f"{board}log").text
    assert "Larm: inlägg på låst konto" in log and "det är borttaget" in log
    assert "Fritidsgården" not in log


def test_an_answer_that_is_none_comes_back_as_a_fault_and_changes_nothing(
    stage: Stage, url: str, client_for: ClientFor
) -> None:
    lisa = client_for(stage.lisa)
    answer = lisa.post(url, data={"answer": "hittepå"})
    assert answer.status_code == 422 and "Välj ett av svaren." in answer.text
    assert alarms()[0].state == "asked"
    assert lisa.get(url + "9").status_code == 404


def test_what_the_console_has_sent_itself_is_not_the_inboxs_to_deal_with(
    stage: Stage, wall: Wall, client_for: ClientFor
) -> None:
    released(stage)
    (row,) = walls.queued()
    walls.begin(row)
    shown = wall.publish(row.content, row.title)
    walls.settle(row, wall, shown)
    wall.read()
    other, own = walls.items(wall)
    assert look() == 0
    page = client_for(stage.lisa).get("/inbox").text
    assert "Fritidsgården" in page and f"item-{own.id}" not in page
    assert f"item-{own.id}" in client_for(stage.lisa).get("/inbox?show=all").text
    states = {one.id: (one.state, one.seen_at) for one in walls.items(wall)}
    assert states == {other.id: ("new", None), own.id: ("seen", None)}


def test_our_post_that_says_something_else_at_its_first_reading_is_to_be_dealt_with(
    stage: Stage, wall: Wall
) -> None:
    released(stage)
    (row,) = walls.queued()
    walls.begin(row)
    shown = wall.publish("Vattnet är bra att dricka.", row.title)
    walls.settle(row, wall, shown)
    wall.read()
    look()
    own = walls.items(wall)[1]
    assert (own.delivery_id, own.state) == (row.id, "new")


def test_a_change_that_came_after_the_page_was_read_is_not_allowed_by_it(
    stage: Stage, wall: Wall, board: str, client_for: ClientFor
) -> None:
    released(stage)
    (row,) = walls.queued()
    walls.begin(row)
    shown = wall.publish(row.content, row.title)
    walls.settle(row, wall, shown)
    wall.read()
    look()
    shown.text = row.content + " Tillagt."
    wall.read()
    assert look() == 1
    changed = f"{board}alarms/{alarms()[-1].id}"
    lisa = client_for(stage.lisa)

    def seen() -> dict[str, str]:
        return dict(re.findall(r'name="(seen)" value="([^"]*)"', lisa.get(changed).text))

    before = seen()
    shown.text = "Vattnet är bra att dricka."
    wall.read()
    look()
    answer = lisa.post(changed, data={"answer": "allowed"} | before, follow_redirects=True).text
    assert "Inlägget har ändrats igen." in answer and "Vattnet är bra att dricka." in answer
    assert alarms()[-1].state == "asked"
    lisa.post(changed, data={"answer": "allowed"} | seen())
    assert (alarms()[-1].state, look()) == ("settled", 0)
