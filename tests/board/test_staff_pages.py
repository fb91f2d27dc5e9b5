"""The staff's pages: first hour, shift, breaking off, and what is open beside."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from console import clock, db, live
from console.board import views
from console.config import Settings
from console.incidents import operations as incidents
from console.incidents.models import Handover, Incident
from console.messages.models import Delivery
from console.monitoring.operations import log_rumour
from console.people.models import Person, PersonRole
from console.policy.models import LiveUse
from console.web import logins
from console.web.hints import listener
from tests.board.test_board_pages import _wait, counted
from tests.stage import Stage

ClientFor = Callable[[Person | None], FlaskClient]
NOT_LIVE = "Skarp drift är inte påslagen"


@pytest.fixture(autouse=True)
def _logins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The session's check stays out of what is counted."""
    monkeypatch.setattr(logins, "REMEMBERED_SECONDS", 60)


@pytest.fixture
def stage(app: Flask, database: Settings) -> Stage:
    return Stage(database)


@pytest.fixture
def lisa(stage: Stage, client_for: ClientFor) -> FlaskClient:
    return client_for(stage.lisa)


@pytest.fixture
def url(stage: Stage) -> str:
    return f"/incidents/{stage.incident.slug}"


def nora(stage: Stage) -> Person:
    with db.unit_of_work() as session:
        person = Person(
            name="Nora Natt", email="nora@torsby.example", created_at=clock.now(), active=True,
            password_hash="no digest", role_rows=[PersonRole(role="information_unit")],
        )  # fmt: skip
        session.add(person)
    return person


def another(stage: Stage, name: str, *, exercise: bool = True, left: int = 0) -> Incident:
    """Another event. left: so many of the accounts, from the first, it leaves alone."""
    with db.unit_of_work() as session:
        uses = {
            one: ("leave" if n < left else "publish", "Räcker.")
            for n, one in enumerate(stage.account_ids)
        }
        return incidents.open_incident(
            session, stage.lisa, name=name, area="", stage="staff", reason="Rök", exercise=exercise,
            choices=uses, narrowing_reason="", now=clock.now(), mail=False,
        )  # fmt: skip


def everything(state: str, incident_id: int) -> None:
    with db.unit_of_work() as session:
        session.execute(
            update(Delivery)
            .where(Delivery.incident_id == incident_id)
            .values(state=state, settled_at=clock.now())
        )
        live.announce(session, live.incident_topic(incident_id))


def point(page: str, key: str) -> str:
    """One point of the list, as text."""
    found = re.search(rf'id="first-{key}".*?</li>', page, re.DOTALL)
    assert found is not None
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def test_the_console_ticks_what_it_knows_and_people_tick_the_rest(
    lisa: FlaskClient, url: str, stage: Stage
) -> None:
    page = lisa.get(f"{url}/staff/").text
    assert "Klart" in point(page, "opened")
    assert "Bockas av när det har hänt." in point(page, "website")
    assert "Klart kl" not in point(page, "written") and "Klart kl" not in point(page, "radio")
    stage.release("first")
    page = lisa.get(f"{url}/staff/").text
    assert "Lisa Berg" in point(page, "written")
    assert "Klart kl" in point(page, "approved") and "Klart kl" not in point(page, "website")
    stage.tick()
    everything("sent", stage.incident.id)
    page = lisa.get(f"{url}/staff/").text
    assert "Klart kl" in point(page, "website") and "Klart kl" in point(page, "channels")
    assert "Klart kl" not in point(page, "next")
    answer = lisa.post(f"{url}/staff/first-hour/radio", data={"note": "Anna på P4"})
    assert answer.status_code == 302
    page = lisa.get(f"{url}/staff/").text
    assert "Lisa Berg" in point(page, "radio") and "Anna på P4" in point(page, "radio")
    lisa.post(f"{url}/staff/first-hour/radio/undo")
    assert "Klart kl" not in point(lisa.get(f"{url}/staff/").text, "radio")
    stage.release("update")
    stage.tick()
    assert "Klart kl" in point(lisa.get(f"{url}/staff/").text, "next")


def test_a_note_that_is_too_long_is_named_and_kept(lisa: FlaskClient, url: str) -> None:
    answer = lisa.post(f"{url}/staff/first-hour/radio", data={"note": "x" * 501})
    assert answer.status_code == 422
    assert "högst 500 tecken" in answer.text and "x" * 501 in answer.text


def test_the_board_says_what_comes_next_and_what_is_late_and_ticks_it(
    lisa: FlaskClient, url: str, move_clock: Callable[[timedelta], None]
) -> None:
    board = lisa.get(f"{url}/").text
    assert "1 av 11" in board and "Skriv första meddelandet" in board
    assert "is-late" not in board
    move_clock(timedelta(minutes=31))
    views.forget()  # time alone makes it new only after ten seconds
    board = lisa.get(f"{url}/live").text
    assert board.count("is-late") == 3 and "5 sena punkter till" in board
    # Written, approved and website are the console's own to tick; what comes next is not.
    presses = re.findall(r'formaction="(\S+/first-hour/\w+)"', board)
    assert presses == [f"{url}/staff/first-hour/rumours"]
    assert lisa.post(presses[0]).location == url
    assert "2 av 11" in lisa.get(f"{url}/live").text


def test_a_reader_who_may_not_tick_gets_no_buttons(
    client_for: ClientFor, url: str, stage: Stage
) -> None:
    olle = client_for(stage.olle)
    assert "first-tick" not in olle.get(f"{url}/staff/").text
    assert olle.post(f"{url}/staff/first-hour/radio").status_code == 403


def test_who_leads_goes_both_ways_and_each_way_is_in_the_log(
    lisa: FlaskClient, url: str, stage: Stage
) -> None:
    assert lisa.post(f"{url}/stage", data={"stage": "board"}).status_code == 302
    back = lisa.post(f"{url}/stage", data={"stage": "staff"})
    assert back.status_code == 422 and "Skriv varför" in back.text
    lisa.post(f"{url}/stage", data={"stage": "staff", "reason": "Läget är lugnare"})
    lisa.post(f"{url}/close", data={"reason": "Inget mer att säga"})
    log = lisa.get(f"{url}/log").text
    for said in (
        "Nu gäller: Krisledningsnämnden leder.",
        "Nu gäller: Stabsläge. Läget är lugnare.",
        "Avslutade händelsen. Åter till normalläge.",
    ):
        assert said in log


def test_a_shift_is_handed_over_with_what_applies_and_signed_by_both(
    lisa: FlaskClient, client_for: ClientFor, url: str, stage: Stage
) -> None:
    night = nora(stage)
    stage.release("first")
    stage.tick()
    everything("unknown", stage.incident.id)
    stage.submit(stage.write("update"))
    with db.unit_of_work() as session:
        log_rumour(
            session, stage.lisa, session.merge(stage.incident), clock.now(),
            content="Vattnet är förgiftat", seen_where="Torsbygruppen",
        )  # fmt: skip
    with db.unit_of_work() as session:
        row = session.query(Delivery).order_by(Delivery.id).first()
        assert row is not None
        row.state = "by_hand"
    form = lisa.get(f"{url}/handovers/new/information_unit").text
    assert "Nora Natt" in form and "Koka ditt kranvatten" in form
    data = {"receiver": str(night.id), "note": "Ring Anders kl 20"}
    answer = lisa.post(f"{url}/handovers/new/information_unit", data=data)
    assert answer.status_code == 302
    page = lisa.get(answer.location).text
    for said in (
        "Lisa Berg har passet tills Nora Natt har skrivit under.",
        "Ring Anders kl 20",
        "Koka ditt kranvatten om du bor i Torsby tätort.",  # what applies
        "(Första).",  # the promise, with its time
        "Upprepas var 30:e minut",  # what is being sent
        "Uppdatering",  # what waits for approval
        "Torsbygruppen",  # an open rumour: where, not what is said
        "Konto 1, Facebook, omgång",  # unknown
        "Konto 0, Webbplats, omgång",  # by hand
        "Olle Ek",  # hasn't read that accounts are locked
        "Ring länsstyrelsen.",  # left of the first hour
        "Inte underskriven",
    ):
        assert said in page, said
    assert "förgiftat" not in page
    assert "Nora Natt har inte skrivit under än." in lisa.get(f"{url}/").text
    theirs = client_for(night)
    assert "Ta emot passet" in theirs.get("/").text
    seen = re.search(r'name="seen" value="(\w{64})"', theirs.get(answer.location).text)
    assert seen is not None
    theirs.post(f"{answer.location}/sign", data={"seen": seen[1]})
    page = theirs.get(answer.location).text
    assert "Inte underskriven" not in page and page.count("signature-name") == 2
    board = lisa.get(f"{url}/").text
    assert "<b>Nora Natt</b>" in board and "har inte skrivit under" not in board
    assert "Skrev under och tog emot passet (Informationsenheten)" in lisa.get(f"{url}/log").text


def test_what_was_handed_over_never_changes_after_it_was_made(
    lisa: FlaskClient, url: str, stage: Stage
) -> None:
    data = {"receiver": str(nora(stage).id)}
    made = lisa.post(f"{url}/handovers/new/information_unit", data=data).location
    before = lisa.get(made).text
    stage.release("first")
    stage.tick()
    assert "Koka ditt kranvatten" not in lisa.get(made).text
    section = re.compile(r'<div class="handover".*?</div>', re.DOTALL)
    assert section.findall(before) == section.findall(lisa.get(made).text)


def test_a_handover_that_is_wrong_says_so_and_makes_nothing(
    lisa: FlaskClient, url: str, stage: Stage
) -> None:
    for receiver in ("", "abc", str(stage.olle.id), "9" * 30):
        answer = lisa.post(f"{url}/handovers/new/information_unit", data={"receiver": receiver})
        assert answer.status_code == 422 and "Välj någon som har rollen." in answer.text
    assert lisa.get(f"{url}/handovers/new/archivist").status_code == 200
    assert lisa.post(f"{url}/handovers/new/archivist").status_code in (403, 422)
    with db.unit_of_work() as session:
        assert session.query(Handover).count() == 0


def test_breaking_off_asks_for_a_live_opening_and_carries_nothing_over(
    lisa: FlaskClient, url: str, stage: Stage
) -> None:
    with db.unit_of_work() as session:
        session.add(LiveUse(condition="live_use", evidence={}, at=clock.now()))
    assert "Avbryt övningen – skarpt läge" in lisa.get(f"{url}/messages").text
    answer = lisa.post(f"{url}/break-off")
    assert answer.location == "/incidents/new?live=1"
    form = lisa.get(answer.location).text
    assert re.search(r'value="live" checked', form)
    assert not re.search(r'value="exercise" checked', form)
    fields = re.findall(r"<(?:input|textarea)[^>]*>(?:[^<]*</textarea>)?", form)
    for leaked in (stage.incident.name, stage.incident.area, stage.incident.reason):
        assert not any(leaked in field for field in fields)
    assert NOT_LIVE not in form
    board = lisa.get(f"{url}/").text
    assert "Övningen är avbruten, skarpt läge." in board
    assert "Ingen händelse är öppen på riktigt just nu." in board and "Avbryt övningen" not in board
    another(stage, "Skogsbrand", exercise=False)
    for path in ("/", "/messages", "/accounts", "/around"):
        assert "Gå till Skogsbrand" in lisa.get(url + path).text, path


def test_without_live_use_breaking_off_says_plainly_what_to_do(
    lisa: FlaskClient, client_for: ClientFor, url: str, stage: Stage
) -> None:
    form = lisa.get(lisa.post(f"{url}/break-off").location).text
    assert NOT_LIVE in form and "Publicera direkt på webbplatsen" in form


def test_an_approver_who_breaks_off_is_told_who_may_open(
    client_for: ClientFor, url: str, stage: Stage
) -> None:
    karin = client_for(stage.karin)
    page = karin.post(f"{url}/break-off", follow_redirects=True).text
    assert "Be informationsenheten öppna händelsen på riktigt." in page
    assert NOT_LIVE in page


def test_who_breaks_off_what_somebody_else_just_did_is_told_so(
    lisa: FlaskClient, client_for: ClientFor, url: str, stage: Stage
) -> None:
    lisa.post(f"{url}/break-off")
    page = client_for(stage.karin).post(f"{url}/break-off", follow_redirects=True)
    assert page.status_code == 200
    assert "Övningen är redan avslutad." in page.text


def test_the_band_counts_what_is_red_or_orange_in_the_other_event_on_every_page(
    lisa: FlaskClient, url: str, stage: Stage
) -> None:
    other = another(stage, "Storm")
    pages = ("/", "/messages", "/accounts", "/staff/", "/log", "/around")
    beside = f"/incidents/{other.slug}"
    empty = beside_it(lisa.get(f"{beside}/around").text, "Koka vattnet")  # places nobody holds
    for path in pages:
        assert beside_it(lisa.get(url + path).text, "övning Storm") == empty, path
    stage.release("first")
    stage.tick()
    everything("refused", stage.incident.id)
    for path in pages:
        assert beside_it(lisa.get(beside + path).text, "Koka vattnet") == empty + 3, path
    everything("by_hand", stage.incident.id)  # a task is no alarm
    assert beside_it(lisa.get(f"{beside}/around").text, "Koka vattnet") == empty
    everything("unknown", stage.incident.id)
    assert beside_it(lisa.get(f"{beside}/around").text, "Koka vattnet") == empty + 3


def beside_it(page: str, name: str) -> int:
    """How much the band says is to be done in the other event."""
    found = re.search(rf"{name}, (\d+) att göra", page)
    assert found is not None
    return int(found[1])


def test_the_bands_part_asks_the_database_nothing_while_nothing_happens(
    lisa: FlaskClient, url: str, stage: Stage
) -> None:
    other = another(stage, "Storm")
    _wait(listener.hears)
    first = lisa.get(f"{url}/around")
    with counted() as sent:
        again = lisa.get(f"{url}/around", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert sent == []
    assert f'data-also="{live.incident_topic(other.id)}"' in first.text


def test_an_event_closed_leaves_the_others_band(lisa: FlaskClient, url: str, stage: Stage) -> None:
    other = another(stage, "Storm")
    assert "Storm" in lisa.get(f"{url}/around").text
    with db.unit_of_work() as session:
        incidents.close(session, stage.lisa, session.merge(other), clock.now(), mail=False)
    assert "Storm" not in lisa.get(f"{url}/around").text


def test_an_account_is_moved_from_the_other_live_event_in_one_press(
    app: Flask, database: Settings, client_for: ClientFor
) -> None:
    stage = Stage(database, exercise=False, kind="webhook",
                  account_settings={"url": "http://127.0.0.1:9/{place}"},
                  secret={"secret": "a secret of sixteen characters"})  # fmt: skip
    lisa, held = client_for(stage.lisa), stage.account_ids[1]
    with db.unit_of_work() as session:
        uses = dict.fromkeys(stage.account_ids, ("leave", "Behövs där"))
        fire = incidents.open_incident(
            session, stage.lisa, name="Skogsbrand", area="", stage="staff", reason="Rök",
            exercise=False, choices=uses, narrowing_reason="", now=clock.now(), mail=False,
        )  # fmt: skip
    page = f"/incidents/{fire.slug}/accounts/{held}"
    assert "Koka vattnet har kontot." in lisa.get(page).text
    stage.release("first")
    stage.tick()
    busy = lisa.post(f"{page}/move", data={"use": "publish", "reason": "Närmast"})
    assert busy.status_code == 409 and "inlägg på väg ut" in busy.text
    everything("sent", stage.incident.id)
    assert lisa.post(f"{page}/move", data={"use": "publish", "reason": ""}).status_code == 422
    assert lisa.post(f"{page}/move", data={"use": "publish", "reason": "Närmast"}).location
    log = lisa.get(f"/incidents/{fire.slug}/log").text
    assert "Flyttade hit Konto 1 från Koka vattnet. Närmast." in log
    assert (
        "Lämnade Konto 1 till Skogsbrand." in lisa.get(f"/incidents/{stage.incident.slug}/log").text
    )


def test_a_new_live_event_never_preselects_what_another_holds(
    app: Flask, database: Settings, client_for: ClientFor
) -> None:
    stage = Stage(database, exercise=False, kind="webhook",
                  account_settings={"url": "http://127.0.0.1:9/{place}"},
                  secret={"secret": "a secret of sixteen characters"})  # fmt: skip
    lisa = client_for(stage.lisa)
    form = lisa.get("/incidents/new").text
    assert form.count("Koka vattnet har kontot.") == len(stage.account_ids)
    assert not re.search(r'name="use-\d+" value="\w+" checked', form)
    data = {"exercise": "exercise", "name": "Övning", "stage": "staff", "reason": "Öva"}
    assert lisa.post("/incidents/new", data=data).status_code == 302  # nothing to decide
    data |= {"exercise": "live", "name": "Skogsbrand"}
    refused = lisa.post("/incidents/new", data=data)
    assert refused.status_code == 422 and "Välj" in refused.text
    chosen = {f"use-{one}": "leave" for one in stage.account_ids}
    chosen |= {f"use-{stage.account_ids[1]}": "publish"}
    chosen |= {f"reason-{one}": "Branden är vid badet" for one in stage.account_ids}
    assert lisa.post("/incidents/new", data=data | chosen).status_code == 302
