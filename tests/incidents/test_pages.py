"""The pages of an event, through the whole web console."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from console import clock
from console.db import unit_of_work
from console.incidents import operations, queries
from console.people.login import start_session
from console.people.models import Person
from tests.incidents.cast import Cast, cast, event

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Browser:
    """Somebody logged in, who posts the forms that pages really show."""

    def __init__(self, app: Flask, person: Person) -> None:
        self.client: FlaskClient = app.test_client()
        with unit_of_work() as session:
            secret = start_session(session, session.get_one(Person, person.id), clock.now())
        self.client.set_cookie("budkavle", secret)

    def get(self, address: str) -> TestResponse:
        return self.client.get(address)

    def post(self, address: str, page: str, **fields: str) -> TestResponse:
        """Press a button on `page` that posts `fields` to `address`."""
        token = TOKEN.search(self.get(page).text)
        assert token is not None, f"{page} has no form"
        return self.client.post(address, data=fields | {"csrf_token": token[1]})


@pytest.fixture
def app(strict_app: Flask) -> Flask:
    return strict_app


@pytest.fixture
def c(app: Flask) -> Cast:
    with unit_of_work() as session:
        return cast(session)


def rows(c: Cast) -> dict[str, str]:
    """The rows as the page preselects them."""
    uses = {
        c.website: "publish",
        c.bath: "publish",
        c.school: "publish",
        c.paused: "lock_only",
        c.internal: "leave",
    }
    return {f"use-{account.id}": use for account, use in uses.items()}


CRISIS = {
    "exercise": "live",
    "name": "Koka vattnet",
    "area": "Torsby",
    "stage": "staff",
    "reason": "Det kan finnas bakterier i vattnet.",
}
EVENT = "/incidents/koka-vattnet"


def opened(c: Cast, **changes: object) -> None:
    with unit_of_work() as session:
        event(session, session.get_one(Person, c.unit.id), **{"now": clock.now()} | changes)


def test_opening_preselects_neither_exercise_nor_stage_but_every_active_public_account(
    app: Flask, c: Cast
) -> None:
    page = Browser(app, c.unit).get("/incidents/new").text
    checked = re.findall(r'name="([^"]+)" value="([^"]+)" checked', page)
    assert dict(checked) == rows(c)
    foot = page[page.index('<div class="thumb">') :]
    assert re.search(r'<button type="submit"[^>]* form="open-event">Öppna händelsen<', foot)
    assert '<form class="stack" id="open-event" method="post" action="/incidents/new">' in page


def test_an_event_is_opened_from_the_form_and_said_on_every_page_after(app: Flask, c: Cast) -> None:
    unit = Browser(app, c.unit)
    answer = unit.post("/incidents/new", "/incidents/new", **CRISIS, **rows(c))
    assert (answer.status_code, answer.location) == (302, EVENT)
    for page in ("accounts", "notices", "log", "stage", f"accounts/{c.bath.id}"):
        text = unit.get(f"{EVENT}/{page}").text
        assert 'data-mode="crisis"' in text, page
        assert "Koka vattnet" in text, page


def test_an_exercise_is_marked_on_every_page_of_it(app: Flask, c: Cast) -> None:
    opened(c, exercise=True)
    unit = Browser(app, c.unit)
    for page in ("accounts", "notices", "log", "stage"):
        text = unit.get(f"/incidents/ovning-koka-vattnet/{page}").text
        assert 'data-mode="exercise"' in text, page
        assert "<title>ÖVNING" in text, page


def test_what_is_missing_is_said_beside_its_field_and_nothing_typed_is_lost(
    app: Flask, c: Cast
) -> None:
    form = CRISIS | rows(c) | {"reason": "", f"use-{c.bath.id}": "leave", "exercise": ""}
    answer = Browser(app, c.unit).post("/incidents/new", "/incidents/new", **form)
    assert answer.status_code == 422
    for sentence in (
        "Skriv varför. Skälet står kvar i loggen.",
        "Skriv varför färre konton används.",
        "Välj övning eller kris.",
    ):
        assert sentence in answer.text
    assert 'value="Koka vattnet"' in answer.text
    assert f'name="use-{c.bath.id}" value="leave" checked' in answer.text


def test_all_accounts_of_a_platform_are_changed_in_one_press_and_nothing_is_opened(
    app: Flask, c: Cast
) -> None:
    bulk = {"do": "bulk", "bulk_group": "platform:facebook", "bulk_use": "lock_only"}
    form = CRISIS | rows(c) | bulk
    answer = Browser(app, c.unit).post("/incidents/new", "/incidents/new", **form)
    assert answer.status_code == 200
    for account in (c.bath, c.school, c.paused):
        assert f'name="use-{account.id}" value="lock_only" checked' in answer.text
    assert f'name="use-{c.website.id}" value="publish" checked' in answer.text
    with unit_of_work() as session:
        assert queries.open_incidents(session) == []


def test_a_crisis_without_live_use_says_what_to_do(app: Flask) -> None:
    with unit_of_work() as session:
        c = cast(session, live=False)
    answer = Browser(app, c.unit).post("/incidents/new", "/incidents/new", **CRISIS, **rows(c))
    assert answer.status_code == 409
    assert "Öva i stället" in answer.text


def test_a_decision_is_changed_and_a_lock_released_with_a_reason(app: Flask, c: Cast) -> None:
    opened(c)
    unit, page = Browser(app, c.unit), f"{EVENT}/accounts/{c.bath.id}"
    refused = unit.post(page, page, use="lock_only", reason="")
    assert refused.status_code == 422
    assert unit.post(page, page, use="lock_only", reason="Stängt.").status_code == 302
    assert unit.post(f"{page}/release", page, reason="Öppnar igen.").status_code == 302
    with unit_of_work() as session:
        assert queries.lock_of(session, c.bath.id, exercise=False) is None
    assert "Öppnar igen." in unit.get(f"{EVENT}/log").text


def test_an_administrator_reads_the_notice_on_the_phone(app: Flask, c: Cast) -> None:
    opened(c)
    with unit_of_work() as session:
        notice = f"/notices/{queries.notices_for(session, c.karin.id)[0].id}"
    karin, ali = Browser(app, c.karin), Browser(app, c.ali)
    page = karin.get(notice).text
    for part in ("Torsbybadet", "Därför skriver bara informationsenheten", "Jag har läst"):
        assert part in page
    assert notice in karin.get("/notices").text
    assert "Då får du veta det här." in page, "no mail is set up, so none is promised"
    assert ali.get(notice).status_code == 404
    answer = karin.post(f"{notice}/read", notice, queued="paused")
    assert answer.status_code == 302
    assert "Jag har läst" not in karin.get(notice).text
    read = Browser(app, c.unit).get(f"{EVENT}/notices").text
    assert "Inlägg på väg ut: Pausade." in read


def test_an_exercises_notice_does_not_say_that_a_really_locked_account_is_free(
    app: Flask, c: Cast
) -> None:
    free = "Dina riktiga inlägg är inte låsta"
    opened(c, exercise=True)
    with unit_of_work() as session:
        notice = f"/notices/{queries.notices_for(session, c.karin.id)[0].id}"
    assert free in Browser(app, c.karin).get(notice).text
    opened(c, name="Skogsbrand")
    assert free not in Browser(app, c.karin).get(notice).text


def test_the_notice_says_unlocked_when_the_event_is_over(app: Flask, c: Cast) -> None:
    opened(c)
    with unit_of_work() as session:
        notice = f"/notices/{queries.notices_for(session, c.karin.id)[0].id}"
        unit = session.get_one(Person, c.unit.id)
        incident = queries.by_slug(session, "koka-vattnet")
        operations.close(session, unit, incident, clock.now(), mail=False)
    page = Browser(app, c.karin).get(notice).text
    assert "Dina konton är upplåsta" in page
    assert 'data-mode="calm"' in page


def test_unread_messages_of_events_that_are_over_share_one_row(app: Flask, c: Cast) -> None:
    """Ten exercises later the start page still has room for what waits."""
    opened(c)
    with unit_of_work() as session:
        unit = session.get_one(Person, c.unit.id)
        incident = queries.by_slug(session, "koka-vattnet")
        operations.close(session, unit, incident, clock.now(), mail=False)
    karin = Browser(app, c.karin).get("/").text
    assert "om händelser som är över, 2 stycken" in karin
    assert "Läs om låset" not in karin
    assert 'href="/notices"' in karin


def test_a_note_is_written_from_the_log_and_from_the_board(app: Flask, c: Cast) -> None:
    opened(c)
    approver, log = Browser(app, c.approver), f"{EVENT}/log"
    assert approver.post(log, log, text="P4 ringde.").location == EVENT
    note = {"text": "Nämnden kallad.", "kind": "decision", "happened_at": "2026-01-02T10:30"}
    assert approver.post(log, log, **note).location == log
    # A browser sends a field that was left empty, too: then it is now.
    left_empty = {"text": "Rektorn är nådd.", "kind": "call", "happened_at": ""}
    assert approver.post(log, log, **left_empty).location == log
    for wrong in ({"happened_at": "snart"}, {"happened_at": "2999-01-01T10:00"}, {"text": " "}):
        assert approver.post(log, log, **note | wrong).status_code == 422
    text = approver.get(log).text
    assert "P4 ringde." in text and "Rektorn är nådd." in text
    assert "Hände 10.30" in text


def test_who_leads_is_changed_and_shown_in_the_band(app: Flask, c: Cast) -> None:
    opened(c)
    unit, page = Browser(app, c.unit), f"{EVENT}/stage"
    assert unit.post(page, page, stage="board").status_code == 302
    assert '<span class="band-stage">Krisledningsnämnden leder</span>' in unit.get(page).text


def test_the_start_page_names_what_waits_and_leads_to_what_deviates(app: Flask, c: Cast) -> None:
    opened(c)
    unit = Browser(app, c.unit).get("/").text
    assert 'href="/municipality"' in unit
    assert "Bara en administratör" in Browser(app, c.unit).get("/municipality").text
    assert "2 som inte har läst låset i Koka vattnet" in unit
    assert "Öppna övning" in unit
    karin = Browser(app, c.karin).get("/").text
    assert "Läs om låset" in karin
    assert "Öppna övning" not in karin


@pytest.mark.parametrize(
    "address",
    [
        "/incidents/new",
        f"{EVENT}/notices/remind",
        f"{EVENT}/stage",
        f"{EVENT}/accounts/1",
        f"{EVENT}/accounts/1/release",
    ],
)
def test_an_administrator_cannot_steer_an_event_by_its_address(
    app: Flask, c: Cast, address: str
) -> None:
    opened(c)
    karin = Browser(app, c.karin)
    assert karin.post(address, "/notices").status_code == 403


def test_every_page_asks_for_a_login(app: Flask, c: Cast) -> None:
    opened(c)
    stranger = app.test_client()
    for page in ("/", "/incidents/new", "/notices", f"{EVENT}/log", f"{EVENT}/accounts"):
        answer = stranger.get(page)
        assert answer.status_code == 303, page
        assert "/login" in answer.location
