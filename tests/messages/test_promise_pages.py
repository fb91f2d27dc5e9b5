"""A promise in the browser: the form, the board's row, the page that notices lead to."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from console import clock, db
from console.board import views
from console.messages import entered
from console.messages.models import Broadcast, Message, Version
from console.messages.operations import promises
from console.people.models import Person
from console.web import logins
from tests.messages.writing import FORM
from tests.stage import Stage

ClientFor = Callable[[Person | None], FlaskClient]
HOUR = timedelta(hours=1)
NEAR = timedelta(minutes=51)
"""After a promise of an hour was given."""


@pytest.fixture
def near(stage: Stage, move_clock: Callable[[timedelta], None]) -> Broadcast:
    """A text that is repeated, ten minutes before the word it promised."""
    promise = (clock.now() + HOUR).isoformat()
    broadcast = stage.release("first", interval=600, rounds=50, promise_at=promise, still_times=2)
    stage.tick()
    move_clock(NEAR)
    logins.forget()
    views.cache.forget()
    with db.unit_of_work() as session:
        promises.ask(session, clock.now(), mail=False)
    return broadcast


def used(broadcast: Broadcast) -> int:
    with db.unit_of_work() as session:
        return session.get_one(Broadcast, broadcast.id).still_used


def test_the_form_offers_it_and_counts_it_for_every_channel(
    stage: Stage, client_for: ClientFor, base: str
) -> None:
    lisa = client_for(stage.lisa)
    number = int(lisa.post(f"{base}/messages", data={"kind": "first"}).location.rsplit("/", 1)[1])
    page = lisa.get(f"{base}/messages/{number}").text
    assert re.search(r'<option selected value="3">3 gånger</option>', page)
    asked = {"still_times": "2", "still_minutes": "30", "still_line": "Tankarna står kvar."}
    at, day = entered.shown((clock.now() + HOUR).isoformat())
    typed = FORM | asked | {"revision": "1", "rounds": "", "promise_clock": at, "promise_day": day}
    shown = lisa.post(f"{base}/messages/{number}/previews", data=typed).text
    assert "Det här gäller fortfarande. Tankarna står kvar." in shown
    assert re.search(r"Om det fortfarande gäller: <b>\d+</b> av 280", shown)
    assert "Kan förlängas till" in shown
    sent = lisa.post(f"{base}/messages/{number}", data=typed)
    assert sent.status_code == 302, sent.text
    with db.unit_of_work() as session:
        version = session.scalars(select(Version)).one()
    karin = client_for(stage.karin)
    page = karin.get(f"{base}/approve/{version.id}").text
    assert "Gäller fortfarande får sägas 2 gånger och ger 30\N{NO-BREAK SPACE}min till" in page
    texts = karin.get(f"{base}/approve/{version.id}/accounts").text
    assert "Om vi säger Gäller fortfarande" in texts and "Inget nytt sedan kl" in texts


def test_a_number_of_minutes_that_is_none_is_named_at_its_field(
    stage: Stage, client_for: ClientFor, base: str
) -> None:
    lisa = client_for(stage.lisa)
    number = int(lisa.post(f"{base}/messages", data={"kind": "first"}).location.rsplit("/", 1)[1])
    typed = FORM | {"revision": "1", "still_times": "2", "still_minutes": "en timme"}
    answer = lisa.post(f"{base}/messages/{number}", data=typed)
    assert answer.status_code == 422 and 'href="#still_minutes"' in answer.text
    assert 'value="en timme"' in answer.text


def test_the_board_offers_three_ways_out_and_one_press_moves_the_promise(
    near: Broadcast, stage: Stage, client_for: ClientFor, base: str
) -> None:
    karin = client_for(stage.karin)
    page = karin.get(f"{base}/").text
    url = f"{base}/broadcasts/{near.id}/still-valid/1"
    assert f'formaction="{url}"' in page and "Kan sägas 2 gånger till." in page
    assert karin.get(url).status_code == 405, "nothing changes by a GET"
    told = r"Nytt besked är nu lovat (\w+ \d+ \w+ )?kl"
    assert re.search(told, karin.post(url, follow_redirects=True).text)
    assert re.search(told, karin.post(url, follow_redirects=True).text)
    assert used(near) == 1
    assert (
        "Det är för tidigt."
        in karin.post(f"{base}/broadcasts/{near.id}/still-valid/2", follow_redirects=True).text
    )


def test_a_promise_that_was_moved_or_kept_asks_nothing_more_on_the_start_page(
    near: Broadcast, stage: Stage, client_for: ClientFor, base: str
) -> None:
    """Its notice stays among the others; what it asks has been answered."""
    karin = client_for(stage.karin)
    assert "gäller texten fortfarande?" in karin.get("/").text
    karin.post(f"{base}/broadcasts/{near.id}/still-valid/1")
    assert "gäller texten fortfarande?" not in karin.get("/").text
    assert "gäller texten fortfarande?" in karin.get("/notices").text


def test_an_administrator_sees_the_promise_and_no_way_out(
    near: Broadcast, stage: Stage, client_for: ClientFor, base: str
) -> None:
    olle = client_for(stage.olle)
    assert "formaction" not in olle.get(f"{base}/").text
    page = olle.get(f"{base}/promises/{near.id}").text
    assert "Gäller texten fortfarande?" in page and "/broadcasts/" not in page
    assert olle.post(f"{base}/broadcasts/{near.id}/still-valid/1").status_code == 403
    assert olle.post(f"{base}/broadcasts/{near.id}/replace").status_code == 403


def test_the_notice_leads_to_a_page_with_the_text_that_would_go_out(
    near: Broadcast, stage: Stage, client_for: ClientFor, base: str
) -> None:
    lisa = client_for(stage.lisa)
    page = lisa.get(f"{base}/promises/{near.id}").text
    assert "Inget nytt sedan kl" in page and "Det här gäller fortfarande." in page
    for verb in ("Gäller fortfarande", "Ersätt", "Stoppa"):
        assert f"{verb}</button>" in page, verb
    lisa.post(f"{base}/broadcasts/{near.id}/stop")
    after = lisa.get(f"{base}/promises/{near.id}").text
    assert "Gäller fortfarande</button>" not in after and "Ersätt</button>" in after


def test_replacing_begins_with_what_is_out_and_the_second_presser_comes_to_the_same_draft(
    near: Broadcast, stage: Stage, client_for: ClientFor, base: str
) -> None:
    lisa = client_for(stage.lisa)
    first = lisa.post(f"{base}/broadcasts/{near.id}/replace")
    again = lisa.post(f"{base}/broadcasts/{near.id}/replace")
    assert first.location == again.location
    with db.unit_of_work() as session:
        draft = session.get_one(Message, int(first.location.rsplit("/", 1)[1]))
    assert draft.type == "update" and draft.fields["still_times"] == 3
    assert draft.fields["text"] == "Vi har hittat tecken på bakterier. Vi tar nya prover nu."


def test_what_belongs_to_another_event_is_not_reached(
    stage: Stage, client_for: ClientFor, base: str
) -> None:
    lisa = client_for(stage.lisa)
    assert lisa.get(f"{base}/promises/4711").status_code == 404
    assert lisa.post(f"{base}/broadcasts/4711/still-valid/1").status_code == 404
    assert lisa.post(f"{base}/broadcasts/4711/replace").status_code == 404
