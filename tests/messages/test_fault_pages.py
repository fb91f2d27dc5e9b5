"""*Fel ute* in the browser: one press on a sentence, by unit or approver, and one to undo it."""

import asyncio

import pytest
from sqlalchemy import select

from console import clock, db
from console.messages.models import Broadcast, Delivery, FaultMark, Message, Round
from console.messages.operations import drafts
from tests.stage import Stage
from workers import fanout
from workers.site import SiteProcess

WRONG = "Oleby berörs inte."


@pytest.fixture
def stage(app, database):
    stage = Stage(database)
    stage.release("update")
    go(stage)
    return stage


def go(stage):
    stage.tick()
    SiteProcess(stage.settings).pull()
    with db.unit_of_work() as session:
        ids = list(session.scalars(select(Round.id)))
    for one in ids:
        asyncio.run(fanout.Fanout(one, 0, 1, "test", ()).run())


def press(client, base, sentence="1"):
    with db.unit_of_work() as session:
        message = session.scalars(select(Message.id).order_by(Message.id)).first()
    return client.post(f"{base}/messages/correct", data={"message": message, "sentence": sentence})


def mark():
    with db.unit_of_work() as session:
        return session.scalars(select(FaultMark)).one()


def test_unit_and_approver_find_the_button_on_board_and_messages_and_others_dont(
    stage, base, client_for
):
    for who in (stage.lisa, stage.karin):
        for path in ("/", "/messages"):
            assert f'href="{base}/messages/correct"' in client_for(who).get(base + path).text
    assert f'href="{base}/messages/correct"' not in client_for(stage.olle).get(base + "/").text


def test_the_writer_lands_on_the_correction_with_the_sentence_filled_in(stage, base, client_for):
    client = client_for(stage.lisa)
    assert WRONG in client.get(f"{base}/messages/correct").text
    answer = press(client, base)
    assert answer.location == f"{base}/messages/{mark().correction_id}"
    text = client.get(answer.location).text
    assert "Stoppat, och struket på webbplatsen." in text
    assert f'selected value="{WRONG}"' in text


def test_the_approver_lands_on_a_page_that_says_who_writes_and_how_to_undo(stage, base, client_for):
    client = client_for(stage.karin)
    answer = press(client, base)
    assert answer.location == f"{base}/messages/{mark().correction_id}/fault"
    text = client.get(answer.location).text
    assert f"<del>{WRONG}</del>" in text
    assert "Informationsenheten skriver vad som är rätt." in text
    board = client_for(stage.lisa).get(base + "/").text
    assert "Fel ute: rättelse väntar" in board and "Skriv rättelsen" in board
    assert "Fel i texten." in board
    assert "Fel ute: skriv rättelsen" in client_for(stage.lisa).get("/").text
    undone = client.post(f"{answer.location}/take-back", follow_redirects=True)
    assert "Återtaget." in undone.text and "Fel ute: rättelse väntar" not in undone.text
    assert "Fel i texten." not in undone.text
    with db.unit_of_work() as session:
        assert session.scalars(select(Broadcast)).one().state == "running"


def test_a_second_press_says_that_it_is_known_already(stage, base, client_for):
    press(client_for(stage.lisa), base)
    client = client_for(stage.karin)
    answer = press(client, base)
    assert "Felet är redan anmält." in client.get(answer.location).text


@pytest.mark.parametrize("sentence", ["7", "-1", "x", ""])
def test_a_press_on_nothing_changes_nothing(stage, base, client_for, sentence):
    assert press(client_for(stage.lisa), base, sentence).status_code == 422
    with db.unit_of_work() as session:
        assert session.scalars(select(FaultMark)).first() is None


def test_what_is_not_corrected_stands_on_the_board_and_its_page_each_with_a_verb(
    stage, base, client_for, move_clock
):

    client = client_for(stage.lisa)
    press(client, base)
    with db.unit_of_work() as session:
        draft = session.get_one(Message, mark().correction_id)
        fields = draft.fields | {"right": "Även Oleby ska koka."}
        message = drafts.save(session, stage.lisa, draft.id, fields, draft.revision, clock.now())
    stage.approve(stage.submit(message))
    stage.tick()
    SiteProcess(stage.settings).pull()
    with db.unit_of_work() as session:
        edit = session.scalars(select(Delivery).where(Delivery.act == "edit")).one()
        edit.state, edit.reason, edit.settled_at = "refused", "turned_down", clock.now()
    go(stage)
    board = client.get(base + "/").text
    assert "1 inlägg inte rättat" in board
    page = f"{base}/messages/{message.id}/fault"
    text = client.get(page).text
    assert "Konto 1, Facebook" in text and "Gör för hand" in text
    answer = client.post(f"{base}/tasks/{edit.id}/by-hand")
    task = client.get(answer.location).text
    assert "rör inte det riktiga kontot" in task and "Rättat kl" in task
    done = client_for(stage.olle).post(f"{base}/tasks/{edit.id}/confirm", follow_redirects=True)
    assert "Klar för hand." in done.text
    assert "inte rättat" not in client.get(base + "/").text
    assert "Alla inlägg är rättade." in client.get(page).text


def test_the_wall_shows_the_post_struck_and_right(stage, base, client_for):
    client = client_for(stage.lisa)
    press(client, base)
    with db.unit_of_work() as session:
        draft = session.get_one(Message, mark().correction_id)
        fields = draft.fields | {"right": "Även Oleby ska koka."}
        message = drafts.save(session, stage.lisa, draft.id, fields, draft.revision, clock.now())
    stage.approve(stage.submit(message))
    go(stage)
    wall = client.get(f"/ovning/{stage.incident.slug}/vagg").text
    assert "Fel: <del>Oleby berörs inte</del>. Rättat kl " in wall
    assert "Ändrat " in wall


def test_removal_is_asked_and_decided_in_the_browser_by_two(stage, base, client_for):
    with db.unit_of_work() as session:
        message = session.scalars(select(Message.id)).one()
    lisa, karin = client_for(stage.lisa), client_for(stage.karin)
    page = f"{base}/messages/{message}/removal"
    assert "Rätta fel ute" in lisa.get(page).text
    refused = lisa.post(page, data={"ground": "criticism", "reason": "Kritik", "posts": "all"})
    assert refused.status_code == 422 and "tryck Rätta fel ute" in refused.text
    answer = lisa.post(page, data={"ground": "crime", "reason": "Hot", "posts": "all"})
    assert "Läs och besluta" in karin.get(base + "/").text
    alone = lisa.post(answer.location, data={"answer": "remove"})
    assert alone.status_code == 403 and "Någon annan måste besluta." in alone.text
    done = karin.post(answer.location, data={"answer": "remove"}, follow_redirects=True)
    assert "Inläggen tas bort." in done.text and "Läs beviset" in done.text
