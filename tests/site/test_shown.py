"""Which words stand on the site: those approved, in the language they were approved in."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from console import clock, db, phrases
from console.config import Settings
from console.incidents.models import Incident
from console.messages.models import Message, Version, VersionPart
from console.messages.operations import approve, drafts, fault
from tests.stage import Stage
from workers.site import SiteProcess

ENGLISH = {"headline": "Boil your tap water.", "detail": "", "body": "We have found bacteria."}


@pytest.fixture
def stage(database: Settings) -> Stage:
    return Stage(database)


def page(stage: Stage, lang: str = "") -> str:
    folder: Path = stage.settings.exercise_folder(stage.incident.slug) / "current"
    return (folder / lang / "h" / stage.incident.slug / "index.html").read_text()


def go(stage: Stage) -> None:
    stage.tick()
    SiteProcess(stage.settings).pull()


def approve_english(stage: Stage) -> None:
    with db.unit_of_work() as session:
        part = session.scalars(select(VersionPart).order_by(VersionPart.id.desc())).first()
        assert part is not None
        approve.approve_part(session, stage.karin, part.id, part.content_hash, clock.now())


def test_english_is_shown_from_the_first_round_after_its_own_approval(
    stage: Stage, move_clock: Callable[[timedelta], None]
) -> None:
    stage.release("first", interval=600, en=ENGLISH)
    go(stage)
    assert "exists only in Swedish" in page(stage, "en")
    assert "0560-160 00" in page(stage, "en")
    assert "Boil your tap water." not in page(stage, "en")
    approve_english(stage)
    SiteProcess(stage.settings).pull()
    assert "Boil your tap water." not in page(stage, "en")
    move_clock(timedelta(seconds=601))
    go(stage)
    assert "Boil your tap water." in page(stage, "en")
    assert "We have found bacteria." in page(stage, "en")
    assert "Boil your tap water." not in page(stage)


def test_english_never_waits_beside_a_draft_translation(stage: Stage) -> None:
    stage.release("first", en=ENGLISH)
    go(stage)
    assert '<span lang="sv">Koka ditt kranvatten' in page(stage, "en")
    assert "We have found bacteria." not in page(stage, "en")


def test_fel_ute_says_at_once_that_something_was_wrong_until_the_correction_stands(
    stage: Stage,
) -> None:
    stage.release("update")
    go(stage)
    assert "var fel" not in page(stage)
    with db.unit_of_work() as session:
        wrong = session.scalars(select(Message.id)).one()
    correction = stage.write("correction", corrects=wrong)
    SiteProcess(stage.settings).pull()
    assert "Ett meddelande på den här sidan var fel. Vi rättar det nu." in page(stage)
    assert "A message on this page was wrong." in page(stage, "en")
    stage.approve(stage.submit(correction))
    go(stage)
    assert "Vi rättar det nu." not in page(stage)


def test_fel_ute_strikes_the_sentence_in_one_write_of_the_site(stage: Stage) -> None:
    stage.release("update", instruction="Koka vattnet i Oleby.", en=ENGLISH)
    approve_english(stage)
    go(stage)
    mark = press(stage, "Oleby berörs inte.")
    SiteProcess(stage.settings).pull()
    shown = page(stage)
    assert "Ett meddelande på den här sidan var fel. Vi rättar det nu." in shown
    assert "<del>Oleby berörs inte.</del> (Fel, rättas nu.)" in shown
    assert shown.count("Oleby berörs inte.") == 1
    assert "A message on this page was wrong." in page(stage, "en")
    with db.unit_of_work() as session:
        fault.take_back(session, stage.karin, mark, clock.now())
    SiteProcess(stage.settings).pull()
    assert "<del>" not in page(stage) and "Oleby berörs inte." in page(stage)


def test_a_wrong_instruction_is_struck_on_the_plate_and_nobody_is_told_to_go_on_doing_it(
    stage: Stage,
) -> None:
    stage.release("update", instruction="Koka vattnet i Oleby.")
    go(stage)
    assert "gäller tills vidare: <span>Koka vattnet i Oleby.</span>" in page(stage)
    press(stage, "Koka vattnet i Oleby.")
    SiteProcess(stage.settings).pull()
    assert "<del>Koka vattnet i Oleby.</del> (Fel, rättas nu.)" in page(stage)
    assert "gäller tills vidare:" not in page(stage)


def test_an_english_correction_strikes_the_english_sentence(stage: Stage) -> None:
    stage.release("update", en=ENGLISH | {"body": "Tanks are here. Oleby is not affected."})
    approve_english(stage)
    go(stage)
    with db.unit_of_work() as session:
        wrong = session.scalars(select(Message.id)).one()
    english = {"headline": "", "detail": "", "body": "Oleby must boil.",
               "wrong": "Oleby is not affected."}  # fmt: skip
    version = stage.submit(stage.write("correction", corrects=wrong, en=english))
    approve_english(stage)
    stage.approve(version)
    go(stage)
    shown = page(stage, "en")
    assert "Tanks are here. <del>Oleby is not affected.</del> (Corrected at " in shown
    assert shown.count("Oleby is not affected.") == shown.count("<del>Oleby is not affected.</del>")


def press(stage: Stage, sentence: str) -> int:
    with db.unit_of_work() as session:
        message = session.scalars(select(Message.id)).one()
        incident = session.get_one(Incident, stage.incident.id)
        now = clock.now()
        return fault.press(session, stage.karin, incident, message, sentence, now, mail=False).id


def test_fel_ute_taken_back_is_newer_than_the_strike_for_page_and_feed_readers(
    stage: Stage, move_clock: Callable[[timedelta], None]
) -> None:
    """A reader that keeps the newest of two would go on showing the text as wrong."""
    stage.release("update")
    go(stage)
    move_clock(timedelta(minutes=5))
    mark = press(stage, "Oleby berörs inte.")
    SiteProcess(stage.settings).pull()
    struck = feed(stage)
    assert "Oleby berörs inte." not in struck["content_text"]
    move_clock(timedelta(minutes=10))
    with db.unit_of_work() as session:
        at = clock.now()
        fault.take_back(session, stage.karin, mark, at)
    SiteProcess(stage.settings).pull()
    stands = feed(stage)
    assert "Oleby berörs inte." in stands["content_text"]
    assert stands["id"] == struck["id"] and stands["date_modified"] > struck["date_modified"]
    assert f"Uppdaterat <b>kl\N{NO-BREAK SPACE}{phrases.clock(at)}</b>" in page(stage)


def feed(stage: Stage) -> dict[str, str]:
    folder: Path = stage.settings.exercise_folder(stage.incident.slug) / "current"
    items: list[dict[str, str]] = json.loads((folder / "feed.json").read_text())["items"]
    return items[0]


def test_a_withdrawn_correction_takes_its_line_off_the_page(stage: Stage) -> None:
    stage.release("update")
    go(stage)
    with db.unit_of_work() as session:
        wrong = session.scalars(select(Message.id)).one()
    correction = stage.write("correction", corrects=wrong)
    SiteProcess(stage.settings).pull()
    with db.unit_of_work() as session:
        drafts.withdraw(session, stage.lisa, correction.id, clock.now())
    SiteProcess(stage.settings).pull()
    assert "Vi rättar det nu." not in page(stage)


def test_a_text_whose_bytes_are_not_those_approved_is_not_shown_and_the_others_are(
    stage: Stage,
) -> None:
    stage.release("first")
    go(stage)
    stage.release("rumour")
    go(stage)
    with db.unit_of_work() as session:
        rumour = session.scalars(select(Version).order_by(Version.id.desc())).first()
        assert rumour is not None
        forged = rumour.canonical.replace("förgiftat", "friskt")
        session.execute(update(Version).where(Version.id == rumour.id).values(canonical=forged))
    SiteProcess(stage.settings).pull()
    assert "friskt" not in page(stage)
    assert "Koka ditt kranvatten" in page(stage)


def test_an_edited_draft_never_reaches_the_site(stage: Stage) -> None:
    stage.release("first")
    go(stage)
    stage.write("update", text="Detta är bara ett utkast.")
    SiteProcess(stage.settings).pull()
    assert "bara ett utkast" not in page(stage)


def test_older_messages_are_dated_when_the_day_has_changed(
    stage: Stage, move_clock: Callable[[timedelta], None]
) -> None:
    day = timedelta(days=1)
    stage.release("first")
    go(stage)
    assert 'class="day"' not in page(stage)
    move_clock(day)
    stage.release("update", promise_at=(clock.now() + 2 * day).isoformat())
    go(stage)
    assert page(stage).count('class="day"') == 1
