"""Stopping, going on, ending and settling by hand in the browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from console import clock, db
from console.accounts.models import Account
from console.config import Settings
from console.incidents.models import Incident
from console.messages.models import Broadcast, Delivery
from console.monitoring import operations as rumours
from console.people.models import Person
from tests.stage import Stage

ClientFor = Callable[[Person | None], FlaskClient]


def _deliver(state: str) -> int:
    """All posts set in a state; the number of one of them."""
    with db.unit_of_work() as session:
        session.execute(update(Delivery).values(state=state, attempts=1))
        return session.scalars(select(Delivery.id).order_by(Delivery.id.desc())).first() or 0


def _state(broadcast: Broadcast) -> str:
    with db.unit_of_work() as session:
        return session.get_one(Broadcast, broadcast.id).state


def _delivery(number: int) -> Delivery:
    with db.unit_of_work() as session:
        return session.get_one(Delivery, number)


def test_stop_all_stops_at_one_press_and_says_how_many_were_under_way(
    lisa: FlaskClient, base: str, stage: Stage
) -> None:
    broadcast = stage.release("first")
    stage.tick()
    _deliver("started")
    answer = lisa.post(f"{base}/stop-all", follow_redirects=True)
    assert _state(broadcast) == "stopped"
    assert "3 inlägg var redan på väg ut." in answer.text
    assert "Skriv ett nytt meddelande" in answer.text


def test_stopping_one_text_does_not_say_that_everything_is_stopped(
    lisa: FlaskClient, base: str, stage: Stage
) -> None:
    broadcast = stage.release("first")
    later = (clock.now() + timedelta(hours=1)).isoformat()
    other = stage.release("rumour", first_at=later)
    stage.tick()
    url = f"{base}/broadcasts/{broadcast.id}/stop"
    page = lisa.post(url, follow_redirects=True).text
    assert (_state(broadcast), _state(other)) == ("stopped", "waiting")
    assert "Texten är stoppad." in page and "Allt är stoppat." not in page


def test_pause_and_go_on(lisa: FlaskClient, base: str, stage: Stage) -> None:
    broadcast = stage.release("first")
    stage.tick()
    lisa.post(f"{base}/broadcasts/{broadcast.id}/pause")
    assert _state(broadcast) == "paused"
    assert "Upprepningen är pausad" in lisa.get(f"{base}/").text
    lisa.post(f"{base}/broadcasts/{broadcast.id}/resume")
    assert _state(broadcast) == "running"
    again = lisa.post(f"{base}/broadcasts/{broadcast.id}/resume", follow_redirects=True)
    assert "Utsändningen är inte pausad." in again.text


def test_an_administrator_stops_nothing(base: str, stage: Stage, client_for: ClientFor) -> None:
    broadcast = stage.release("first")
    olle = client_for(stage.olle)
    for path in (f"/broadcasts/{broadcast.id}/stop", "/stop-all", "/close"):
        assert olle.post(f"{base}{path}").status_code == 403
    assert _state(broadcast) == "waiting"


def test_a_broadcast_of_another_event_is_not_reached(lisa: FlaskClient, base: str) -> None:
    assert lisa.post(f"{base}/broadcasts/4711/stop").status_code == 404


def test_ending_says_what_stands_in_the_way(lisa: FlaskClient, base: str, stage: Stage) -> None:
    stage.release("first")
    stage.tick()
    refused = lisa.post(f"{base}/close", data={"reason": "Klart"})
    assert refused.status_code == 409 and "sänds fortfarande" in refused.text


def test_ending_says_how_many_rumours_are_left_open(
    lisa: FlaskClient, base: str, stage: Stage
) -> None:
    assert "rykte" not in lisa.get(f"{base}/close").text.split('class="zone close-list"')[1]
    with db.unit_of_work() as session:
        for content in ("Vattnet är förgiftat.", "Skolan är stängd."):
            rumours.log_rumour(
                session, stage.lisa, stage.incident, clock.now(), content=content, seen_where="X"
            )
    page = lisa.get(f"{base}/close").text
    assert "2 rykten är inte klara." in page and f'href="{base}/rumours"' in page


def test_ending_without_laget_over_asks_why(lisa: FlaskClient, base: str, stage: Stage) -> None:
    asked = lisa.post(f"{base}/close", data={"reason": ""})
    assert asked.status_code == 422 and "Läget över har inte gått ut." in asked.text
    assert lisa.post(f"{base}/close", data={"reason": "Falskt larm"}).status_code == 302
    with db.unit_of_work() as session:
        assert session.get_one(Incident, stage.incident.id).state == "closed"


def test_an_administrator_copies_the_text_and_confirms_with_a_link(
    base: str, stage: Stage, client_for: ClientFor
) -> None:
    stage.release("first")
    stage.tick()
    number, olle = _deliver("by_hand"), client_for(stage.olle)
    assert "Koka ditt kranvatten" in olle.get(f"{base}/tasks/{number}").text
    wrong = olle.post(f"{base}/tasks/{number}/confirm", data={"link": "inte en länk"})
    assert wrong.status_code == 422 and "https://" in wrong.text
    olle.post(f"{base}/tasks/{number}/confirm", data={"link": "https://example.org/1"})
    assert _delivery(number).state == "confirmed"


@pytest.mark.parametrize(
    ("answer", "state"), [("out", "sent"), ("not_out", "refused"), ("again", "queued")]
)
def test_an_unconfirmed_post_is_looked_for_and_answered(
    app: object, database: Settings, client_for: ClientFor, answer: str, state: str
) -> None:
    """Lesson 6: what may be live is never called failed, and the way to look is there."""
    stage = Stage(database, exercise=False)
    lisa, base = client_for(stage.lisa), f"/incidents/{stage.incident.slug}"
    stage.release("rumour")
    stage.tick()
    number = _deliver("unknown")
    account = "https://social.example/@torsby"
    with db.unit_of_work() as session:
        row = session.get_one(Delivery, number)
        session.get_one(Account, row.account_id).address = account
    page = lisa.get(f"{base}/tasks/{number}").text
    assert "är inlägget ute?" in page and f'href="{account}"' in page
    assert "Obekräftad" in page and "Nekad" not in page
    lisa.post(f"{base}/tasks/{number}/resolve", data={"answer": answer, "link": ""})
    assert _delivery(number).state == state


def test_a_refused_post_says_why_it_waits_for_the_next_round(
    lisa: FlaskClient, base: str, stage: Stage
) -> None:
    stage.release("first")
    stage.tick()
    number = _deliver("refused")
    page = lisa.get(f"{base}/tasks/{number}").text
    assert "Nästa omgång går ut kl" in page and "Sänd igen" not in page
    assert lisa.post(f"{base}/tasks/{number}/again").status_code == 409
