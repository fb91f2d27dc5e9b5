"""What another website includes: what applies now and nothing else, and how it is known again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sqlalchemy import select

from console import db
from console.messages.models import Message
from console.site import fragment
from tests.site.test_render import site, water
from tests.stage import Stage
from workers.site import SiteProcess

ADDRESS = "https://kris.example.se"


class Marks(HTMLParser):
    """The attributes of every element."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def shown(*events, lang="sv") -> tuple[str, dict]:
    made = fragment.files(site(lang, *events), ADDRESS)
    at = "" if lang == "sv" else "en/"
    return made[f"{at}nu.html"].decode(), json.loads(made[f"{at}nu.json"])


def test_it_says_what_to_do_which_round_said_so_and_when_the_next_word_comes() -> None:
    page, data = shown(replace(water(), number=4))
    assert "<strong><span>Koka allt vatten du dricker.</span></strong>" in page
    assert (
        "Kl 13.00, uppdatering 4." in page
        and "Nytt besked senast kl\N{NO-BREAK SPACE}13.15" in page
    )
    assert f'href="{ADDRESS}/h/koka-vattnet/"' in page
    (event,) = data["events"]
    assert (event["event"], event["number"], event["over"]) == ("koka-vattnet", 4, False)
    assert event["instructions"][0]["headline"]["text"] == "Koka allt vatten du dricker."
    assert event["updated_at"] == "2026-06-11T11:00:00+00:00"


def test_its_marks_name_event_round_words_and_time() -> None:
    page, data = shown(replace(water(), number=4))
    ((_tag, marks),) = [one for one in Marks(page).tags if "data-budkavle" in one[1]]
    assert marks["data-budkavle"] == "crisis"
    assert marks["data-budkavle-event"] == "koka-vattnet"
    assert marks["data-budkavle-number"] == "4"
    assert marks["data-budkavle-said"] == data["events"][0]["said"]
    assert marks["data-budkavle-at"] == "2026-06-11T11:00:00+00:00"


def test_in_calm_nothing_shows_but_that_it_is_included_can_be_seen() -> None:
    page, data = shown()
    ((_tag, marks),) = Marks(page).tags
    assert marks["data-budkavle"] == "calm" and "hidden" in marks
    assert data == {"state": "calm", "lang": "sv", "sender": "Torsby kommun", "events": []}


def test_it_brings_neither_scripts_nor_styles_nor_ids() -> None:
    page, _data = shown(water(), replace(water(), slug="storm", over=True))
    for tag, attributes in Marks(page).tags:
        assert tag not in ("script", "style", "link", "img", "iframe", "form")
        assert not [name for name in attributes if name in ("style", "id") or name[:2] == "on"]


def test_its_words_are_the_same_until_something_else_is_said() -> None:
    one = water()
    later = replace(one, number=9, updated_at=one.updated_at + timedelta(hours=1))
    assert fragment.said(later) == fragment.said(one)
    for other in (
        replace(one, over=True),
        replace(one, plate=()),
        replace(one, promise_at=one.promise_at + timedelta(minutes=15)),
        replace(one, fault_line=one.title),
    ):
        assert fragment.said(other) != fragment.said(one)


def test_what_was_wrong_is_struck_in_html_and_left_out_of_json() -> None:
    latest = replace(water().latest, text="Ta bussen. Vattnet är slut.", struck=("Ta bussen.",))
    page, data = shown(replace(water(), latest=latest))
    assert "<del>Ta bussen.</del>" in page
    assert data["events"][0]["latest"]["text"] == "Vattnet är slut."


def current(settings, name: str) -> str:
    path: Path = settings.site_folder / "current" / name
    return path.read_text()


def test_the_site_publishes_it_and_counts_rounds_as_the_posts_do(database, move_clock) -> None:
    stage = Stage(database, exercise=False)
    process = SiteProcess(database)
    process.pull()
    assert 'data-budkavle="calm"' in current(database, "nu.html")
    stage.release("first", interval=600)
    stage.tick()
    process.pull()
    assert "uppdatering 1." in current(database, "nu.html")
    words = json.loads(current(database, "nu.json"))["events"][0]["said"]
    move_clock(timedelta(seconds=601))
    stage.tick()
    process.pull()
    assert "uppdatering 2." in current(database, "nu.html")
    assert "update 2." in current(database, "en/nu.html")
    assert json.loads(current(database, "nu.json"))["events"][0]["said"] == words


@pytest.mark.parametrize("name", ["nu.html", "en/nu.html", "nu.json", "en/nu.json"])
def test_an_exercise_never_stands_in_it(database, name: str) -> None:
    """Hawaii 2018: a drill that citizens take for true."""
    stage = Stage(database, exercise=True)
    stage.release("first")
    stage.tick()
    SiteProcess(database).pull()
    assert "calm" in current(database, name) and "Koka" not in current(database, name)
    own = database.exercise_folder(stage.incident.slug) / "current"
    assert (own / "index.html").exists() and not (own / name).exists()
    with db.unit_of_work() as session:
        assert session.scalars(select(Message.id)).all()
