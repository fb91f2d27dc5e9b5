"""Approved answers in the browser, and on the lock notice of who may give them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from console import db
from console.answers.models import Answer, AnswerVersion
from console.config import Settings
from console.incidents.models import Notice
from console.people.models import Person
from tests.answers.acts import CONTENT, QUESTION, approved
from tests.stage import Stage

ClientFor = Callable[[Person | None], FlaskClient]
AGAIN = "Granska på nytt"


@pytest.fixture
def stage(app: Flask, database: Settings) -> Stage:
    return Stage(database)


@pytest.fixture
def url(stage: Stage) -> str:
    return f"/incidents/{stage.incident.slug}/answers"


@pytest.fixture
def lisa(stage: Stage, client_for: ClientFor) -> FlaskClient:
    return client_for(stage.lisa)


@pytest.fixture
def karin(stage: Stage, client_for: ClientFor) -> FlaskClient:
    return client_for(stage.karin)


@pytest.fixture
def olle(stage: Stage, client_for: ClientFor) -> FlaskClient:
    return client_for(stage.olle)


def newest() -> AnswerVersion:
    with db.unit_of_work() as session:
        return session.scalars(select(AnswerVersion).order_by(AnswerVersion.id.desc())).first()  # type: ignore[return-value]


def replace_what_applies(stage: Stage) -> None:
    stage.release("first")
    stage.tick()


def test_written_sent_approved_and_then_given(
    lisa: FlaskClient, karin: FlaskClient, olle: FlaskClient, url: str, stage: Stage
) -> None:
    form = {
        "question": QUESTION, "content": CONTENT,
        "question_en": "May one shower?", "content_en": "Yes.",
    }  # fmt: skip
    page = lisa.post(f"{url}/new", data=form, follow_redirects=True).text
    assert "Skickat för godkännande." in page
    assert QUESTION not in olle.get(url).text
    board = karin.get(url.removesuffix("answers")).text
    assert f"Svar: {QUESTION}" in board and "Läs och godkänn svaret" in board
    assert "Godkänn svaret" in karin.get("/").text and "Godkänn svaret" not in lisa.get("/").text
    version = newest()
    reading = karin.get(f"{url}/approve/{version.id}").text
    assert CONTENT in reading and "Yes." in reading and version.content_hash in reading
    said = karin.post(
        f"{url}/approve/{version.id}",
        data={"seen_hash": version.content_hash},
        follow_redirects=True,
    ).text
    assert "Godkänt. Svaret kan ges nu." in said
    shown = olle.get(url).text
    assert CONTENT in shown and "May one shower?" in shown and "data-copy=" in shown
    assert "Ändra" not in shown and "Återta" not in shown


def test_what_was_typed_stays_when_something_is_missing(lisa: FlaskClient, url: str) -> None:
    answer = lisa.post(f"{url}/new", data={"question": QUESTION, "content": ""})
    assert answer.status_code == 422
    assert "Skriv svaret." in answer.text and QUESTION in answer.text
    with db.unit_of_work() as session:
        assert session.scalars(select(Answer)).all() == []


def test_a_conflict_shows_what_somebody_else_has_saved_and_the_next_save_counts(
    lisa: FlaskClient, url: str, stage: Stage
) -> None:
    answer = approved(stage)
    form = {"question": QUESTION, "do": "save"}
    lisa.post(f"{url}/{answer.id}", data=form | {"revision": "1", "content": "Ja, gärna."})
    late = lisa.post(f"{url}/{answer.id}", data=form | {"revision": "1", "content": "Nej."})
    assert late.status_code == 409
    assert "Ja, gärna." in late.text and "Nej." in late.text
    assert 'name="revision" value="2"' in late.text
    again = lisa.post(f"{url}/{answer.id}", data=form | {"revision": "2", "content": "Nej."})
    assert again.status_code == 302


def test_returned_with_a_reason_that_the_writer_reads(
    lisa: FlaskClient, karin: FlaskClient, url: str
) -> None:
    lisa.post(f"{url}/new", data={"question": QUESTION, "content": CONTENT})
    version = newest()
    bare = karin.post(f"{url}/approve/{version.id}/return", data={"reason": " "})
    assert bare.status_code == 409 and "Skriv vad som behöver ändras." in bare.text
    karin.post(f"{url}/approve/{version.id}/return", data={"reason": "Säg hur länge."})
    assert "Säg hur länge." in lisa.get(url).text
    assert "Säg hur länge." in lisa.get(f"{url}/{version.answer_id}").text


def test_drafts_are_read_only_by_those_who_write_and_approve(
    lisa: FlaskClient, olle: FlaskClient, url: str
) -> None:
    lisa.post(f"{url}/new", data={"question": QUESTION, "content": CONTENT})
    assert olle.get(f"{url}/approve/{newest().id}").status_code == 403
    assert QUESTION not in olle.get(url).text


def test_what_no_longer_holds_is_not_given_and_asks_for_review_everywhere(
    lisa: FlaskClient, olle: FlaskClient, karin: FlaskClient, url: str, stage: Stage
) -> None:
    """7-c: what has gone stale is never said on."""
    answer = approved(stage)
    part = f"{url}/part"
    assert CONTENT in olle.get(part).text
    replace_what_applies(stage)
    assert CONTENT not in olle.get(part).text and CONTENT not in olle.get(url).text
    page = lisa.get(url).text
    assert AGAIN in page and "Skicka oförändrat" in page
    board = lisa.get(url.removesuffix("answers")).text
    assert "1 svar att granska på nytt" in board
    lisa.post(f"{url}/{answer.id}/submit", data={"revision": "1"})
    version = newest()
    karin.post(f"{url}/approve/{version.id}", data={"seen_hash": version.content_hash})
    assert CONTENT in olle.get(part).text
    assert "granska på nytt" not in lisa.get(url.removesuffix("answers")).text


def test_a_withdrawn_answer_is_gone_at_the_next_reading_and_comes_back_as_a_draft(
    lisa: FlaskClient, olle: FlaskClient, url: str, stage: Stage
) -> None:
    answer = approved(stage)
    lisa.post(f"{url}/{answer.id}/withdraw")
    assert CONTENT not in olle.get(f"{url}/part").text
    assert "Återtagna" in lisa.get(url).text
    lisa.post(f"{url}/{answer.id}/reopen")
    assert "Utkast" in lisa.get(url).text and CONTENT not in olle.get(f"{url}/part").text


def test_the_lock_notice_fetches_the_answers_that_its_reader_may_give(
    olle: FlaskClient, url: str, stage: Stage
) -> None:
    with db.unit_of_work() as session:
        notice = session.scalars(select(Notice).where(Notice.person_id == stage.olle.id)).one()
    page = olle.get(f"/notices/{notice.id}").text
    assert f'hx-get="{url}/part"' in page and f'data-topic="incident:{stage.incident.id}"' in page
    assert f'href="{url}"' in page, "without script there is a link"


def test_every_step_stands_in_the_log_in_words(lisa: FlaskClient, url: str, stage: Stage) -> None:
    answer = approved(stage)
    lisa.post(f"{url}/{answer.id}/withdraw")
    log = lisa.get(url.replace("answers", "log")).text
    for verb in ("Skrev ett svar att ge", "Skickade svaret för godkännande", "Godkände svaret",
                 "Återtog svaret"):  # fmt: skip
        assert f"{verb}: {QUESTION}" in log, verb
