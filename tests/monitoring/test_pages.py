"""Rumours in the browser: logged in one press from the board, taken on with one verb at a time."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from console import clock, db
from console.config import Settings
from console.messages.models import Message
from console.messages.operations import drafts
from console.monitoring import operations
from console.monitoring.models import Rumour
from console.people.models import Person
from console.web.log_words_rumours import SENTENCES
from tests.stage import Stage

ClientFor = Callable[[Person | None], FlaskClient]
SAID = "Vattnet är förgiftat."
TRUTH = "Vattnet är inte förgiftat. Proven visar bakterier."


@pytest.fixture
def stage(app: Flask, database: Settings) -> Stage:
    return Stage(database)


@pytest.fixture
def url(stage: Stage) -> str:
    return f"/incidents/{stage.incident.slug}/rumours"


@pytest.fixture
def lisa(stage: Stage, client_for: ClientFor) -> FlaskClient:
    return client_for(stage.lisa)


def log(client: FlaskClient, url: str, **changes: str) -> str:
    # A browser sends every field, those left empty too.
    blank = {"link": "", "seen_at": "", "seen_by": ""}
    data = blank | {"content": SAID, "seen_where": "Facebook"} | changes
    return client.post(url, data=data, follow_redirects=True).text


def only(stage: Stage) -> Rumour:
    with db.unit_of_work() as session:
        return session.query(Rumour).one()


def work(client: FlaskClient, url: str) -> str:
    """What the board says is to be done."""
    page = client.get(url.removesuffix("rumours")).text
    return page.split('class="board-middle"')[0].split('class="board-work"')[1]


def test_the_form_is_one_press_from_the_board(lisa: FlaskClient, url: str) -> None:
    assert f'href="{url}"' in lisa.get(url.removesuffix("rumours")).text
    page = lisa.get(url).text
    assert "Vad sägs?" in page and "Inga rykten att hantera." in page


def test_an_administrator_logs_what_they_have_seen_and_handles_nothing(
    stage: Stage, url: str, client_for: ClientFor
) -> None:
    olle = client_for(stage.olle)
    page = log(olle, url, seen_by="Elin i köket")
    assert "Ryktet är loggat." in page and SAID in page
    assert "Ingen sköter det." in page and "Kontrollera" not in page
    inside = olle.get(f"{url}/{only(stage).id}").text
    assert "Elin i köket" in inside and "Skriv svaret" not in inside


def test_who_may_not_log_sees_the_list_without_the_form(
    stage: Stage, url: str, lisa: FlaskClient, client_for: ClientFor
) -> None:
    log(lisa, url)
    page = client_for(stage.karin).get(url).text
    assert SAID in page and "Logga rykte" not in page


def test_a_fault_stands_at_its_field_and_what_was_typed_stays(lisa: FlaskClient, url: str) -> None:
    answer = lisa.post(url, data={"content": SAID, "seen_where": "", "link": "facebook"})
    assert answer.status_code == 422
    assert "Skriv var det sägs." in answer.text and "https://" in answer.text
    assert SAID in answer.text
    assert "Inga rykten att hantera." in lisa.get(url).text


def test_a_time_in_swedish_hours_is_kept_as_that_moment(lisa: FlaskClient, url: str) -> None:
    log(lisa, url, seen_at="2026-06-12T08:30")
    assert "kl 08.30" in lisa.get(url).text


def test_the_board_counts_the_open_ones_and_says_how_old_the_oldest_is(
    stage: Stage, url: str, lisa: FlaskClient, client_for: ClientFor
) -> None:
    assert "rykte" not in work(lisa, url)
    log(client_for(stage.olle), url)
    log(lisa, url, content="Skolan är stängd.")
    said = work(lisa, url)
    assert "2 rykten att hantera" in said
    assert "Det äldsta sågs" in said and "1 har ingen som sköter det." in said


def test_one_form_says_what_is_true_and_starts_the_answer(
    stage: Stage, url: str, lisa: FlaskClient
) -> None:
    log(lisa, url)
    truth = {"truth": TRUTH, "source": "Miljökontoret", "verdict": "false", "do": "answer"}
    answer = lisa.post(f"{url}/{only(stage).id}/truth", data=truth)
    assert re.search(r"/messages/\d+$", answer.location)
    page = lisa.get(answer.location).text
    assert TRUTH in page and "Miljökontoret" in page and SAID not in page
    assert "Öppna svaret" in lisa.get(url).text


def test_whoever_finds_out_something_else_is_told_what_became_of_the_answer(
    stage: Stage, url: str, lisa: FlaskClient
) -> None:
    log(lisa, url)
    there = f"{url}/{only(stage).id}/truth"
    truth = {"truth": TRUTH, "source": "Miljökontoret", "verdict": "false", "do": "answer"}

    def begun() -> Message:
        lisa.post(there, data=truth)
        with db.unit_of_work() as session:
            message = session.get_one(Message, only(stage).message_id)
            fields = message.fields | {"area": "Torsby", "fact_owner": "Anders Nyman"}
            return drafts.save(
                session, stage.lisa, message.id, fields, message.revision, clock.now()
            )

    stage.submit(begun())
    truth |= {"truth": "Koka vattnet.", "verdict": "true"}
    page = lisa.post(there, data=truth | {"do": "save"}, follow_redirects=True).text
    assert "Svaret sade något annat, och är återtaget. Skriv ett nytt." in page
    stage.approve(stage.submit(begun()))
    stage.tick()
    truth |= {"truth": "Vattnet går att dricka.", "do": "save"}
    page = lisa.post(there, data=truth, follow_redirects=True).text
    assert "Det som gick ut sade något annat. Rätta det, eller skriv ett nytt svar." in page


def shown(client: FlaskClient, address: str) -> dict[str, str]:
    """What a rumour's forms say of the page that they stand on."""
    return dict(re.findall(r'name="(seen)" value="([^"]*)"', client.get(address).text))


def test_what_two_find_out_at_once_is_read_by_the_second_before_it_is_replaced(
    stage: Stage, url: str, lisa: FlaskClient
) -> None:
    log(lisa, url)
    there = f"{url}/{only(stage).id}"
    first, second = shown(lisa, there), shown(lisa, there)
    truth = {"truth": TRUTH, "source": "Miljökontoret", "verdict": "false", "do": "answer"}
    lisa.post(f"{there}/truth", data=truth | first)
    begun = only(stage).message_id
    other = truth | {"truth": "Vattnet är rent.", "source": "En granne", "do": "answer"}
    answer = lisa.post(f"{there}/truth", data=other | second)
    assert answer.status_code == 409
    assert "Någon annan har skrivit vad som är sant" in answer.text
    assert TRUTH in answer.text and "Vattnet är rent." in answer.text and "En granne" in answer.text
    assert (only(stage).truth, only(stage).message_id) == (TRUTH, begun)
    again = dict(re.findall(r'name="(seen)" value="([^"]*)"', answer.text))
    lisa.post(f"{there}/truth", data=other | again)
    assert only(stage).truth == "Vattnet är rent.", "who has read it may know better"


def test_a_rumour_is_not_closed_on_a_page_from_before_its_answer_was_begun(
    stage: Stage, url: str, lisa: FlaskClient
) -> None:
    log(lisa, url)
    there = f"{url}/{only(stage).id}"
    seen = shown(lisa, there)
    truth = {"truth": TRUTH, "source": "Miljökontoret", "verdict": "false", "do": "answer"}
    lisa.post(f"{there}/truth", data=truth)
    answer = lisa.post(f"{there}/close", data=seen | {"reason": "Redan hanterat."})
    assert answer.status_code == 409 and only(stage).state == "false"
    assert "Redan hanterat." in answer.text and "Öppna svaret" in answer.text
    with db.unit_of_work() as session:
        assert session.get_one(Message, only(stage).message_id).state == "draft"
    lisa.post(f"{there}/close", data=shown(lisa, there) | {"reason": "Redan hanterat."})
    assert only(stage).state == "closed"


def test_what_is_missing_is_said_beside_the_button_that_was_pressed(
    stage: Stage, url: str, lisa: FlaskClient
) -> None:
    log(lisa, url)
    one = f"{url}/{only(stage).id}"
    answer = lisa.post(f"{one}/truth", data={"truth": TRUTH, "do": "answer"})
    assert answer.status_code == 422
    assert "Skriv hur vi vet det." in answer.text and TRUTH in answer.text
    page = lisa.post(f"{one}/answer", follow_redirects=True).text
    assert "Skriv först vad som är sant och hur vi vet det." in page


def test_owner_closing_and_reopening_go_through_the_page_and_stand_in_the_log(
    stage: Stage, url: str, lisa: FlaskClient, client_for: ClientFor
) -> None:
    log(client_for(stage.olle), url)
    one = f"{url}/{only(stage).id}"
    assert "Sköts av Lisa Berg." in (
        lisa.post(f"{one}/owner", data={"owner": stage.lisa.id}) and lisa.get(url).text
    )
    assert lisa.post(f"{one}/close", data={"reason": ""}).status_code == 422
    lisa.post(f"{one}/close", data={"reason": "Ingen har sett det igen"})
    assert "Ingen har sett det igen" in lisa.get(url).text
    lisa.post(f"{one}/reopen")
    log_page = lisa.get(url.replace("rumours", "log")).text
    for said in (
        "Loggade ett rykte: ”Vattnet är förgiftat.” Sett: Facebook.",
        "Ryktet sköts nu av Lisa Berg.",
        "Ryktet: Avslutat. Ingen har sett det igen.",
        "Ryktet: Kontrolleras.",
    ):
        assert said in log_page, said
    assert "Ryktet sköts nu av Lisa Berg." in lisa.get(url.removesuffix("rumours")).text


def test_a_rumour_of_another_event_is_not_found_here(
    stage: Stage, url: str, lisa: FlaskClient
) -> None:
    log(lisa, url)
    there = url.replace(stage.incident.slug, "nothing")
    assert lisa.get(f"{there}/{only(stage).id}").status_code == 404
    assert lisa.post(f"{url}/999/check").status_code == 404


def test_a_masked_rumour_leaves_a_sentence_in_the_log(stage: Stage) -> None:
    said = SENTENCES["rumour:logged"]({"seen_where": "Facebook"}, None)  # type: ignore[arg-type]
    assert "maskerad" in said


def test_an_event_that_is_over_takes_no_more_rumours(
    stage: Stage, url: str, lisa: FlaskClient
) -> None:
    log(lisa, url)
    with db.unit_of_work() as session:
        session.query(type(stage.incident)).update({"state": "closed"})
    assert lisa.post(url, data={"content": SAID, "seen_where": "X"}).status_code == 409
    page = lisa.get(f"{url}/{only(stage).id}").text
    assert "Skriv svaret" not in page and SAID in page
    with db.unit_of_work() as session:
        assert session.query(Rumour).count() == 1


def test_the_rumours_own_words_never_leave_the_console(
    stage: Stage, url: str, lisa: FlaskClient
) -> None:
    log(lisa, url)
    rumour = only(stage)
    with db.unit_of_work() as session:
        operations.settle(
            session, stage.lisa, rumour.id, clock.now(),
            verdict="false", truth=TRUTH, source="Miljökontoret",
        )  # fmt: skip
        message = operations.begin_answer(session, stage.lisa, rumour.id, clock.now())
        message.fields = message.fields | {"area": "Torsby", "fact_owner": "Anders Nyman"}
    version = stage.submit(message)
    assert SAID not in version.canonical and TRUTH in version.canonical
