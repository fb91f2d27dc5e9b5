"""Who was called, on every page where somebody waits; and the thread of a returned text."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from console import clock, db
from console.board import views
from console.messages import calls
from console.messages.models import Message, Version
from console.messages.operations import approve, drafts
from console.people import duty
from console.people.models import Person, PersonRole
from console.people.rules import Role
from console.policy.operations import set_profile
from tests.stage import Stage
from workers import chores, ticker


@pytest.fixture
def stage(app, database, monkeypatch):
    monkeypatch.setattr(ticker.queue, "enqueue", lambda *job: None)
    set_mail(app, monkeypatch, "smtp://mail.torsby.example")
    one = Stage(database)
    with db.unit_of_work() as session:
        one.per = one._person(session, "Per Lind", "approver")
        session.get_one(Person, one.karin.id).phone = "070-174 06 21"
        karin, per = (session.get_one(Person, p.id) for p in (one.karin, one.per))
        duty.hand_over(session, karin, Role.APPROVER, karin, clock.now())
        duty.call_earlier(session, karin, Role.APPROVER, per, clock.now())
    return one


def set_mail(app, monkeypatch, address):
    settings = replace(app.config["SETTINGS"], smtp_url=address)
    monkeypatch.setitem(app.config, "SETTINGS", settings)


@pytest.fixture
def no_mail(app, stage, monkeypatch):
    set_mail(app, monkeypatch, None)


@pytest.fixture
def url(stage):
    return f"/incidents/{stage.incident.slug}/"


def board(client, url):
    views.cache.forget()
    return client.get(url).text


def test_the_board_says_who_was_called_with_the_verb_each_reader_needs(stage, url, client_for):
    stage.submit(stage.write("first"))
    unit, approver = (board(client_for(one), url) for one in (stage.lisa, stage.karin))
    others = board(client_for(stage.olle), url)
    for page in (unit, approver, others):
        assert "Karin Holm kallades kl" in page
    assert 'href="tel:0701740621"' in unit and "Ring Karin" in unit
    assert "Läs och godkänn" in approver and "Läs och godkänn" not in unit
    waiting = others.split("Väntar på godkännande")[1].split("Har läst")[0]
    assert "Läs och godkänn" not in waiting and "tel:" not in waiting


def test_the_board_turns_red_when_nobody_has_answered(stage, url, client_for, move_clock):
    version = stage.submit(stage.write("first"))
    lisa = client_for(stage.lisa)
    move_clock(timedelta(minutes=5, seconds=1))
    ticker.tick(1)
    chores.see_to(mail=False)
    page = board(lisa, url)
    assert "Karin Holm svarade inte. Per Lind kallades kl" in page
    assert "Ingen beslutsfattare har svarat" not in page
    move_clock(timedelta(minutes=10, seconds=2))
    ticker.tick(1)
    chores.see_to(mail=False)
    page = board(client_for(stage.lisa), url)
    assert "Ingen beslutsfattare har svarat" in page
    assert "Alla är kallade: Karin Holm, Per Lind." in page
    stage.approve(version)
    assert "Ingen beslutsfattare har svarat" not in board(client_for(stage.lisa), url)


def test_the_list_and_the_texts_own_pages_say_who_was_called(stage, url, client_for):
    message = stage.write("first")
    version = stage.submit(message)
    lisa = client_for(stage.lisa)
    for page in (
        lisa.get(url + "messages").text,
        lisa.get(f"{url}messages/{message.id}").text,
        lisa.get(f"{url}approve/{version.id}").text,
    ):
        assert "Karin Holm kallades kl" in page
        assert 'href="tel:0701740621"' in page


def test_the_one_called_sees_how_long_there_is_and_who_is_next(stage, url, client_for):
    version = stage.submit(stage.write("first"))
    page = client_for(stage.karin).get(f"{url}approve/{version.id}").text
    assert "annars kallar vi Per Lind." in page
    assert "annars kallar vi" not in client_for(stage.per).get(f"{url}approve/{version.id}").text


def test_the_second_to_press_reads_who_was_first(stage, url, client_for):
    version = stage.submit(stage.write("first"))
    stage.approve(version)
    answer = client_for(stage.per).post(
        f"{url}approve/{version.id}", data={"seen_hash": version.content_hash}
    )
    assert answer.status_code == 409
    assert "Karin Holm har redan godkänt texten." in answer.text


def test_the_owner_of_the_facts_can_be_rung_from_the_page(stage, url, client_for):
    with db.unit_of_work() as session:
        anders = stage._person(session, "Anders Nyman", "operations_manager")
        anders.phone = "070-174 06 33"
    version = stage.submit(stage.write("first", fact_owner="Anders Nyman, va-chef, kl 12.50"))
    page = client_for(stage.karin).get(f"{url}approve/{version.id}").text
    assert '<a href="tel:0701740633">Ring 070-174 06 33</a>' in page


def test_a_writer_reads_that_nobody_is_ready_to_approve(stage, url, client_for):
    message = stage.write("first")
    lisa, page = client_for(stage.lisa), f"{url}messages/{message.id}"
    assert "Ingen beslutsfattare på jour" not in lisa.get(page).text
    assert "Skicka till Karin Holm" in lisa.get(page).text
    with db.unit_of_work() as session:
        session.get_one(Person, stage.karin.id).active = False
    assert "Ingen beslutsfattare på jour." in lisa.get(page).text
    assert "Ingen beslutsfattare på jour." in lisa.get("/incidents/new").text


def test_an_approver_who_writes_does_not_count_as_ready(stage, url, client_for):
    message = stage.write("first")
    with db.unit_of_work() as session:
        session.add(PersonRole(person_id=stage.karin.id, role="information_unit"))
        karin, per = (session.get_one(Person, p.id) for p in (stage.karin, stage.per))
        duty.leave_call_list(session, karin, Role.APPROVER, per, clock.now())
    page = client_for(stage.karin).get(f"{url}messages/{message.id}").text
    assert "Karin Holm har jouren men får inte godkänna sin egen text." in page


def return_it(stage, version, reason):
    with db.unit_of_work() as session:
        karin = session.get_one(Person, stage.karin.id)
        approve.send_back(session, karin, version.id, reason, clock.now())


def rewrite(stage, message, **fields):
    with db.unit_of_work() as session:
        now = session.get_one(Message, message.id)
        return drafts.save(
            session, stage.lisa, now.id, {**now.fields, **fields}, now.revision, clock.now()
        )


def test_a_returned_text_keeps_its_thread_with_what_was_changed(stage, url, client_for):
    message = stage.write("first")
    one = stage.submit(message)
    return_it(stage, one, "Säg vilka gator.")
    two = stage.submit(rewrite(stage, message, text="Vi tar prover på Nygatan."))
    return_it(stage, two, "Och när?")
    three = stage.submit(rewrite(stage, message, doing="Svar kommer i kväll", rounds=4))
    page = client_for(stage.karin).get(f"{url}approve/{three.id}").text
    thread = page.split('class="zone thread"')[1].split("</section>")[0]
    first, second = thread.split("Och när?")
    assert first.index("Karin Holm returnerade") < first.index("Säg vilka gator.")
    assert "<del>Vi har hittat tecken på bakterier. Vi tar nya prover nu.</del>" in first
    assert "Vi tar prover på Nygatan." in first and "Svar kommer i kväll" not in first
    assert "Svar kommer i kväll" in second and "4 omgångar" in second
    assert "Nygatan" not in second
    assert "Returnerad tidigare" not in client_for(stage.karin).get(f"{url}approve/{one.id}").text


def test_the_writer_has_the_thread_beside_the_text(stage, url, client_for):
    message = stage.write("first")
    return_it(stage, stage.submit(message), "Säg vilka gator.")
    lisa, page = client_for(stage.lisa), f"{url}messages/{message.id}"
    shown = lisa.get(page).text.split('class="zone thread"')[1].split("</section>")[0]
    assert "Säg vilka gator." in shown and "Inget är ändrat sedan dess." in shown
    rewrite(stage, message, text="Vi tar prover på Nygatan.")
    shown = lisa.get(page).text.split('class="zone thread"')[1].split("</section>")[0]
    assert "Vi tar prover på Nygatan." in shown


def test_where_mail_is_not_set_up_nobody_is_said_to_have_been_called(
    no_mail, stage, url, client_for, move_clock
):
    lisa = client_for(stage.lisa)
    message = stage.write("first")
    version = stage.submit(message)
    with db.unit_of_work() as session:
        now = calls.called_now(session, session.get_one(Version, version.id), mail=False)
    assert now == "Mejl är inte inställt. Ring: Karin Holm."
    for page in (
        board(lisa, url),
        lisa.get(url + "messages").text,
        lisa.get(f"{url}approve/{version.id}").text,
    ):
        assert "Karin Holm har texten på sin startsida sedan kl" in page
        assert "Mejl är inte inställt." in page
        assert "kallades" not in page
    for minutes in (5, 10):
        move_clock(timedelta(minutes=minutes, seconds=2))
        chores.see_to(mail=False)
    page = board(lisa, url)
    assert "Ingen beslutsfattare har svarat" in page
    assert "Mejl är inte inställt. Ring: Karin Holm, Per Lind." in page
    assert "Alla är kallade" not in page and "Kallade" not in page
    assert "Texten väntar hos Per Lind i Budkavle. Mejl är inte inställt." in page


def test_an_empty_list_is_not_told_of_as_approvers_who_have_not_answered(stage, url, client_for):
    with db.unit_of_work() as session:
        for row in session.scalars(select(PersonRole).where(PersonRole.role == "approver")):
            row.role = "archivist"
    stage.submit(stage.write("first"))
    page = board(client_for(stage.lisa), url)
    assert "Ingen kan godkänna texten" in page
    assert "Ingen mer på ringlistan kan kallas." in page
    assert "har svarat" not in page


def test_where_one_of_two_has_approved_the_board_says_too_few(stage, url, client_for, move_clock):
    with db.unit_of_work() as session:
        set_profile(session, None, clock.now(), {"approvals_required": 2})
    version = stage.submit(stage.write("first"))
    with db.unit_of_work() as session:
        karin = session.get_one(Person, stage.karin.id)
        approve.approve(session, karin, version.id, version.content_hash, clock.now())
    move_clock(timedelta(minutes=5, seconds=2))
    chores.see_to(mail=False)
    page = board(client_for(stage.lisa), url)
    assert "För få beslutsfattare har svarat" in page
    assert "Alla är kallade: Per Lind." in page
