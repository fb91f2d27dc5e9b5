"""Approving in the browser: exactly what was seen, by somebody else, or back with a reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from console import clock, db, phrases
from console.messages.models import Broadcast, Delivery, Message, Version, VersionPart
from console.messages.operations import drafts
from console.people.models import Person
from console.policy import operations as policy
from tests.stage import Stage

ClientFor = Callable[[Person | None], FlaskClient]


@pytest.fixture
def karin(stage: Stage, client_for: ClientFor) -> FlaskClient:
    return client_for(stage.karin)


def _url(stage: Stage, version: Version) -> str:
    return f"/incidents/{stage.incident.slug}/approve/{version.id}"


def _broadcasts() -> list[Broadcast]:
    with db.unit_of_work() as session:
        return list(session.scalars(select(Broadcast).order_by(Broadcast.id)))


def test_the_page_shows_what_is_new_what_goes_and_what_stays(
    stage: Stage, karin: FlaskClient
) -> None:
    stage.release("first")
    stage.tick()
    version = stage.submit(stage.write("update"))
    page = karin.get(_url(stage, version)).text
    assert "Nu finns vattentankar vid Nya torget." in page
    assert "<del>Vi har hittat tecken på bakterier." in page
    assert "Koka ditt kranvatten om du bor i Torsby tätort." in page
    assert "Torsby tätort. Torsby tätort" not in page
    for said in ("Anders Nyman", "Lisa Berg", "3 av 3", "LIX", version.content_hash[:4]):
        assert said in page, said


def test_the_approver_reads_that_rounds_end_at_the_next_word_as_the_writer_does(
    stage: Stage, karin: FlaskClient
) -> None:
    """Not a thousand rounds that never go out."""
    soon, end = clock.now() + timedelta(minutes=40), clock.now() + timedelta(hours=9)
    times = {"promise_at": soon.isoformat(), "ends_at": end.isoformat(), "rounds": None}
    page = karin.get(_url(stage, stage.submit(stage.write("first", interval=60, **times)))).text
    assert "sedan varje minut tills nästa besked" in page
    assert "omgångar</dd>" not in page and f"till kl {phrases.clock(end)}" not in page


def test_a_text_stands_on_the_start_page_of_those_who_may_approve_it_and_no_others(
    stage: Stage, karin: FlaskClient
) -> None:
    message = stage.write("first")
    version = stage.submit(message)
    assert _url(stage, version) in karin.get("/").text
    with db.unit_of_work() as session:
        session.get_one(Message, message.id).hands = [stage.lisa.id, stage.karin.id]
    assert _url(stage, version) not in karin.get("/").text


def test_approving_releases_exactly_what_was_seen(stage: Stage, karin: FlaskClient) -> None:
    version = stage.submit(stage.write("first"))
    answer = karin.post(_url(stage, version), data={"seen_hash": version.content_hash})
    assert answer.status_code == 302 and answer.location.endswith(f"{stage.incident.slug}/")
    assert [one.content_hash for one in _broadcasts()] == [version.content_hash]


def test_a_text_changed_after_it_was_read_is_refused_on_the_page(
    stage: Stage, karin: FlaskClient
) -> None:
    version = stage.submit(stage.write("first"))
    answer = karin.post(_url(stage, version), data={"seen_hash": "0" * 64})
    assert answer.status_code == 409 and "Texten har ändrats sedan du läste den." in answer.text
    assert _broadcasts() == []


def test_a_text_that_was_edited_no_longer_waits_and_the_page_says_so(
    stage: Stage, karin: FlaskClient
) -> None:
    message = stage.write("first")
    version = stage.submit(message)
    with db.unit_of_work() as session:
        now = session.get_one(Message, message.id)
        drafts.save(
            session, stage.lisa, message.id, dict(now.fields) | {"text": "Ny."}, now.revision,
            clock.now(),
        )  # fmt: skip
    answer = karin.post(_url(stage, version), data={"seen_hash": version.content_hash})
    assert answer.status_code == 409
    assert 'name="seen_hash"' not in answer.text, "there is nothing to press"


def test_the_writer_sees_why_they_cannot_approve(stage: Stage, client_for: ClientFor) -> None:
    version = stage.submit(stage.write("first"))
    lisa = client_for(stage.lisa)
    page = lisa.get(_url(stage, version)).text
    assert "Godkänn</button>" not in page
    answer = lisa.post(_url(stage, version), data={"seen_hash": version.content_hash})
    assert answer.status_code == 403 and _broadcasts() == []


def test_somebody_who_neither_writes_nor_approves_does_not_read_what_waits(
    stage: Stage, client_for: ClientFor
) -> None:
    version = stage.submit(stage.write("first"))
    assert client_for(stage.olle).get(_url(stage, version)).status_code == 403


def test_returning_asks_for_a_reason_and_gives_the_text_back(
    stage: Stage, karin: FlaskClient, client_for: ClientFor
) -> None:
    message = stage.write("first")
    version = stage.submit(message)
    empty = karin.post(f"{_url(stage, version)}/return", data={"reason": " "})
    assert empty.status_code == 409 and "Skriv vad som behöver ändras." in empty.text
    karin.post(f"{_url(stage, version)}/return", data={"reason": "Säg vilka som berörs."})
    page = client_for(stage.lisa).get(f"/incidents/{stage.incident.slug}/messages/{message.id}")
    assert page.text.count("Säg vilka som berörs.") == 1, "once, and by whom"
    assert re.search("Karin Holm returnerade [^<]+</b> Säg vilka som berörs.", page.text)


def test_a_version_that_is_decided_on_says_so_first_and_asks_nothing(
    stage: Stage, karin: FlaskClient
) -> None:
    """Opened again, by the back button or from the log."""
    version = stage.submit(stage.write("first"))
    waiting = karin.get(_url(stage, version)).text
    assert "<h1>Godkänn första beskedet?</h1>" in waiting and "Går ut när du" in waiting
    karin.post(f"{_url(stage, version)}/return", data={"reason": "Säg vilka som berörs."})
    page = karin.get(_url(stage, version)).text
    assert "<h1>Returnerad: första</h1>" in page and "Går ut när du" not in page
    said = page.index("Returnerad av Karin Holm: Säg vilka som berörs.")
    assert said < page.index("Koka ditt kranvatten"), "above the fold"
    version = stage.submit(version.message)
    karin.post(_url(stage, version), data={"seen_hash": version.content_hash})
    assert "<h1>Godkänd: första</h1>" in karin.get(_url(stage, version)).text


def test_a_returned_text_calls_its_writer_back_until_somebody_writes_on(
    stage: Stage, karin: FlaskClient, client_for: ClientFor
) -> None:
    """It has not gone out, and the writer waits elsewhere: the board, the start page."""
    message = stage.write("first")
    version = stage.submit(message)
    karin.post(f"{_url(stage, version)}/return", data={"reason": "Säg vilka som berörs"})
    lisa, board = client_for(stage.lisa), f"/incidents/{stage.incident.slug}/"
    write = f'href="{board}messages/{message.id}"'
    page = lisa.get(board).text
    for said in ("Returnerad: första", "Karin Holm kl", "Säg vilka som berörs.", write):
        assert said in page, said
    assert write in lisa.get("/").text and "som Karin Holm returnerade i" in lisa.get("/").text
    assert write not in karin.get("/").text
    others = client_for(stage.olle).get(board).text
    assert "Returnerad: första" in others and "Säg vilka som berörs" not in others
    stage.submit(message)
    assert "Returnerad:" not in lisa.get(board).text
    assert write not in lisa.get("/").text


def test_english_is_approved_for_itself(stage: Stage, karin: FlaskClient) -> None:
    english = {"headline": "Boil your water.", "detail": "", "body": "We found bacteria."}
    version = stage.submit(stage.write("first", en=english))
    with db.unit_of_work() as session:
        part = session.scalars(select(VersionPart)).one()
    assert "We found bacteria." in karin.get(_url(stage, version)).text
    url = f"{_url(stage, version)}/parts/{part.id}"
    assert karin.post(url, data={"seen_hash": version.content_hash}).status_code == 409
    assert karin.post(url, data={"seen_hash": part.content_hash}).status_code == 302
    with db.unit_of_work() as session:
        assert session.get_one(VersionPart, part.id).state == "approved"
    assert _broadcasts() == [], "the Swedish text waits still"


def test_a_correction_is_approved_together_with_what_replaces(
    stage: Stage, karin: FlaskClient
) -> None:
    first = stage.release("first")
    stage.tick()
    with db.unit_of_work() as session:
        session.execute(update(Delivery).values(state="sent"))
    correction = stage.write(
        "correction", corrects=first.message_id, wrong="Vi tar nya prover nu.", right="I morgon."
    )
    replacing = stage.write("update", prepared_with=correction.id)
    one, two = stage.submit(correction), stage.submit(replacing)
    page = karin.get(_url(stage, one)).text
    assert "Godkänn båda" in page and two.content_hash in page
    assert 'class="thumb thumb-last"' in page, "not before both have been scrolled through"
    alone = karin.post(_url(stage, one), data={"seen_hash": one.content_hash})
    assert alone.status_code == 409, "nobody approves one without having seen the other"
    seen = {
        "seen_hash": one.content_hash,
        "replacement_id": str(two.id),
        "replacement_hash": "0" * 64,
    }
    assert karin.post(_url(stage, one), data=seen).status_code == 409
    assert len(_broadcasts()) == 1, "neither, unless both"
    karin.post(_url(stage, one), data=seen | {"replacement_hash": two.content_hash})
    assert [b.message_id for b in _broadcasts()[1:]] == [correction.id, replacing.id]


def test_a_text_that_replaces_is_not_approved_before_its_correction(
    stage: Stage, karin: FlaskClient
) -> None:
    """It would be void at its first round, after *Godkänd. Texten går ut nu.*"""
    first = stage.release("first")
    stage.tick()
    correction = stage.write(
        "correction", corrects=first.message_id, wrong="Vi tar nya prover nu.", right="I morgon."
    )
    replacing = stage.submit(stage.write("update", prepared_with=correction.id))
    assert _url(stage, replacing) not in karin.get("/").text
    for sent in (False, True):
        if sent:
            stage.submit(correction)
        page = karin.get(_url(stage, replacing)).text
        assert "Godkänn den på rättelsens sida" in page and "Godkänn</button>" not in page
        alone = karin.post(_url(stage, replacing), data={"seen_hash": replacing.content_hash})
        assert alone.status_code == 409
    assert len(_broadcasts()) == 1


def test_the_text_is_shown_account_by_account(stage: Stage, karin: FlaskClient) -> None:
    version = stage.submit(stage.write("first"))
    page = karin.get(f"{_url(stage, version)}/accounts").text
    assert page.count("Koka ditt kranvatten") == 3 and "Konto 1 Facebook" in page


def test_a_text_for_another_day_is_approved_with_that_day_said(
    stage: Stage, karin: FlaskClient
) -> None:
    at = clock.now() + timedelta(days=2)
    word = at + timedelta(hours=4)
    later = stage.write("rumour", first_at=at.isoformat(), promise_at=word.isoformat())
    version = stage.submit(later)
    seen = {"seen_hash": version.content_hash}
    page = karin.post(_url(stage, version), data=seen, follow_redirects=True).text
    assert f"Texten går ut {phrases.dated(at)}." in page


def _english(stage: Stage, kind: str) -> tuple[Version, str, dict[str, str]]:
    """A submitted version, the address where its English is approved, and with what."""
    english = {"headline": "", "detail": "", "body": "The water is not poisoned."}
    version = stage.submit(stage.write(kind, en=english))
    with db.unit_of_work() as session:
        part = session.scalars(select(VersionPart)).one()
    return version, f"{_url(stage, version)}/parts/{part.id}", {"seen_hash": part.content_hash}


def test_english_that_waits_for_somebody_else_is_not_called_approved(
    stage: Stage, karin: FlaskClient
) -> None:
    _version, url, seen = _english(stage, "update")
    with db.unit_of_work() as session:
        policy.set_profile(session, None, clock.now(), {"approvals_required": 2})
    page = karin.post(url, data=seen, follow_redirects=True).text
    assert "Godkänd. Engelskan väntar på någon till." in page
    assert "Den följer med från nästa omgång." not in page


def test_english_that_comes_after_the_only_round_says_that_it_does_not_go_out(
    stage: Stage, karin: FlaskClient
) -> None:
    version, url, seen = _english(stage, "rumour")
    assert "Godkänn engelskan först" in karin.get(_url(stage, version)).text
    stage.approve(version)
    stage.tick()
    page = karin.post(url, data=seen, follow_redirects=True).text
    assert "Den följer med från nästa omgång." not in page
    assert "går inte ut på engelska" in page
