"""The log is narrowed by what stands in it, and leads to what more there is about an entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from console import clock, db
from console.config import Settings
from console.incidents import log_sieve
from console.incidents import operations as incidents
from console.incidents.models import Incident
from console.people.models import Person
from console.timeline.operations import record
from console.timeline.queries import Sieve, entries_of
from tests.stage import Stage


@pytest.fixture
def stage(database: Settings) -> Stage:
    return Stage(database)


@pytest.fixture
def lisa(stage: Stage, client_for: Callable[[Person], FlaskClient]) -> FlaskClient:
    return client_for(stage.lisa)


def note(stage: Stage, who: Person, content: str) -> None:
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        now = clock.now()
        incidents.write_note(
            session, who, incident, kind="call", content=content,
            happened_at=now - timedelta(minutes=1), now=now,
        )  # fmt: skip


def rows(client: FlaskClient, stage: Stage, asked: str) -> list[str]:
    """What the log shows, entry by entry."""
    page = client.get(f"/incidents/{stage.incident.slug}/log?{asked}").text
    return [row.split("</p>")[0] for row in page.split('<li class="log-row"')[1:]]


def tags(stage: Stage, sieve: Sieve) -> list[str]:
    with db.unit_of_work() as session:
        return [one.tag for one in entries_of(session, stage.incident.id, sieve=sieve)]


def test_words_are_sought_in_what_is_read(stage: Stage, lisa: FlaskClient) -> None:
    note(stage, stage.lisa, "P4 Värmland ringde om ÖLEBY.")
    note(stage, stage.karin, "Räddningstjänsten ringde.")
    (found,) = rows(lisa, stage, "words=" + quote("öleby  värmland"))
    assert "P4 Värmland" in found
    assert len(rows(lisa, stage, "words=ringde")) == 2
    assert len(rows(lisa, stage, "words=ringde+karin")) == 1  # who did it
    assert rows(lisa, stage, "words=finns-inte") == []


def test_a_kind_an_account_and_a_person_narrow_together(stage: Stage, lisa: FlaskClient) -> None:
    stage.release("first")
    stage.tick()
    note(stage, stage.karin, "Ringde.")
    assert all("Ringde." in one for one in rows(lisa, stage, "about=notes"))
    karin = rows(lisa, stage, f"person={stage.karin.id}")
    assert karin and all("Karin Holm" in one for one in karin)
    assert rows(lisa, stage, f"person={stage.karin.id}&about=locks") == []
    account = stage.account_ids[0]
    about = tags(stage, Sieve(account_id=account))
    assert "incident:accounts:decided" in about and "lock:set" in about
    assert "note:written" not in about
    assert tags(stage, Sieve(account_id=account + 999)) == []


def test_what_cannot_be_chosen_is_passed_over(stage: Stage, lisa: FlaskClient) -> None:
    everything = rows(lisa, stage, "")
    for nonsense in ("about=nothing", "account=x", "person=" + "9" * 40, "before=x"):
        assert rows(lisa, stage, nonsense) == everything, nonsense


def test_pages_keep_what_narrows_them(
    stage: Stage, lisa: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_sieve, "LOG_PAGE", 2)
    for number in range(5):
        note(stage, stage.lisa, f"Anteckning {number}")
        note(stage, stage.karin, "Ovidkommande")
    page = lisa.get(f"/incidents/{stage.incident.slug}/log?words=anteckning").text
    assert "Anteckning 4" in page and "Anteckning 2" not in page
    older = page.split("Visa äldre")[0].rpartition('href="')[2].split('"')[0].replace("&amp;", "&")
    assert "words=anteckning" in older
    second = lisa.get(older).text
    assert (
        "Anteckning 2" in second and "Anteckning 4" not in second and "Ovidkommande" not in second
    )
    assert "Till det senaste" in second


def test_a_search_stops_after_a_while_and_offers_to_go_on(
    stage: Stage, lisa: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(stage, stage.lisa, "Långt bak")
    monkeypatch.setattr(log_sieve, "SEARCHED", 4)
    monkeypatch.setattr(log_sieve, "AT_A_TIME", 2)
    for _number in range(6):
        note(stage, stage.lisa, "Annat")
    page = lisa.get(f"/incidents/{stage.incident.slug}/log?words=bak").text
    assert "Sök vidare bland äldre" in page
    older = page.split("Visa äldre")[0].rpartition('href="')[2].split('"')[0].replace("&amp;", "&")
    assert "Långt bak" in lisa.get(older).text


def test_an_entry_leads_to_its_message_where_text_approval_and_receipts_are(
    stage: Stage, lisa: FlaskClient
) -> None:
    stage.release("first")
    stage.tick()
    page = lisa.get(f"/incidents/{stage.incident.slug}/log?about=messages").text
    address = page.split(">Visa meddelandet<")[0].rpartition('href="')[2].rstrip('"')
    shown = lisa.get(address).text
    assert "Koka ditt kranvatten" in shown and "Godkänt av Karin Holm" in shown
    receipts = shown.split('id="kvitton"')[1]
    assert "Konto 1, Facebook" in receipts and "I kö" in receipts


@pytest.mark.parametrize(
    ("facts", "place"),
    [
        ({"message": 4, "account": 2}, "/incidents/x/messages/4"),
        ({"correction": 5, "message": 4}, "/incidents/x/messages/5"),
        ({"rumour": 3}, "/incidents/x/rumours/3"),
        ({"message": "4"}, None),
        ({}, None),
    ],
)
def test_where_an_entry_leads(facts: dict[str, object], place: str | None) -> None:
    found = log_sieve.link("x", facts)
    assert (found and found[0]) == place


def test_only_who_may_review_is_led_there(
    stage: Stage, client_for: Callable[[Person], FlaskClient]
) -> None:
    log = f"/incidents/{stage.incident.slug}/log"
    assert "Granska och exportera" in client_for(stage.lisa).get(log).text
    assert "Granska och exportera" not in client_for(stage.olle).get(log).text


def test_entries_outside_the_event_never_show(stage: Stage, lisa: FlaskClient) -> None:
    with db.unit_of_work() as session:
        record(session, "note:written", body={"kind": "other"}, now=clock.now(),
               personal={"content": "Någon annanstans"})  # fmt: skip
    assert rows(lisa, stage, "words=annanstans") == []
