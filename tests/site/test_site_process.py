"""The site process: what has gone out stands on the site, and nothing else does."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from console import clock, db
from console.messages.models import Delivery, Message, Round
from console.messages.operations import control
from tests.stage import Stage
from workers.site import SiteProcess

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def process(database):
    process = SiteProcess(database)
    process.pull()
    return process


def page(settings, stage, path=None):
    slug = stage.incident.slug
    folder = settings.exercise_folder(slug) if stage.exercise else settings.site_folder
    return (folder / "current" / (path or f"h/{slug}/index.html")).read_text()


def tree(folder):
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_website_is_sent_and_lets_the_followers_go(database, process):
    stage = Stage(database)
    stage.release("first")
    stage.tick()
    process.pull()
    with db.unit_of_work() as session:
        leading = session.scalars(select(Delivery).where(Delivery.leading)).one()
        assert leading.state == "sent"
        assert session.scalars(select(Round)).one().release_reason == "website"
    assert "Koka ditt kranvatten" in page(database, stage)


def test_an_exercise_leaves_the_live_folder_as_it_was_to_the_byte(database, process):
    stage = Stage(database)
    process.pull()
    before = tree(database.site_folder)
    stage.release("first")
    stage.tick()
    process.pull()
    process.pull()
    assert before and tree(database.site_folder) == before
    assert "ÖVNING" in page(database, stage)
    assert "ÖVNING" in page(database, stage, "atom.xml")
    assert 'name="robots" content="noindex' in page(database, stage)


def test_a_round_stopped_before_the_website_began_is_never_shown(database, process):
    stage = Stage(database)
    stage.release("first")
    stage.tick()
    process.pull()
    stage.release("update", text="Detta ska ingen se.")
    stage.tick()
    with db.unit_of_work() as session:
        control.stop_all(session, stage.karin, stage.incident.id, clock.now())
    process.pull()
    assert "Detta ska ingen se" not in page(database, stage)


def test_what_applies_stays_until_the_message_that_ends_it_is_shown(database, process):
    stage = Stage(database)
    stage.release("first")
    stage.tick()
    process.pull()
    with db.unit_of_work() as session:
        first = session.scalars(select(Message.id)).one()
    stage.release("instruction", ends=[first])
    stage.tick()
    with db.unit_of_work() as session:
        control.stop_all(session, stage.karin, stage.incident.id, clock.now())
    process.pull()
    assert "Koka ditt kranvatten" in page(database, stage)


def test_a_corrected_sentence_stands_only_struck(database, process):
    stage = Stage(database)
    stage.release("update")
    stage.tick()
    process.pull()
    with db.unit_of_work() as session:
        wrong = session.scalars(select(Message.id)).one()
    stage.release("correction", corrects=wrong)
    stage.tick()
    process.pull()
    shown = page(database, stage)
    assert "Även Oleby ska koka vattnet." in shown
    assert shown.count("Oleby berörs inte.") == shown.count("<del>Oleby berörs inte.</del>") > 0
    assert "(Rättat kl\N{NO-BREAK SPACE}" in shown and "Rättelse" in shown
    feed = page(database, stage, "atom.xml")
    assert "Oleby berörs inte." not in feed and "Även Oleby ska koka vattnet." in feed


def test_the_page_says_late_when_the_promise_has_passed(database, process, move_clock):
    stage = Stage(database)
    stage.release("first", promise_at=(clock.now() + timedelta(minutes=5)).isoformat())
    stage.tick()
    process.pull()
    assert "Vi är sena." not in page(database, stage).split("<main")[0]
    move_clock(timedelta(minutes=6))
    stage.tick()
    process.pull()
    assert "Vi är sena." in page(database, stage).split("<main")[0]


def test_feeds_keep_an_items_id_through_every_round(database, process, move_clock):
    stage = Stage(database)
    stage.release("first", interval=600)
    stage.tick()
    process.pull()
    ids = [item["id"] for item in json.loads(page(database, stage, "feed.json"))["items"]]
    move_clock(timedelta(seconds=601))
    stage.tick()
    process.pull()
    feed = json.loads(page(database, stage, "feed.json"))
    assert [item["id"] for item in feed["items"]] == ids
    assert feed["items"][0]["date_modified"] > feed["items"][0]["date_published"]
