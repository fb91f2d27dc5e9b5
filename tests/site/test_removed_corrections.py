"""A correction that was removed (4-i): the site goes on, and what was wrong stays struck."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from console import clock, db
from console.config import Settings
from console.incidents.models import Incident
from console.messages.models import Message
from console.messages.operations import removing
from tests.site.test_shown import ENGLISH, approve_english
from tests.stage import Stage
from workers.site import SiteProcess


@pytest.fixture
def stage(database: Settings) -> Stage:
    return Stage(database)


def go(stage: Stage) -> None:
    stage.tick()
    SiteProcess(stage.settings).pull()


def read(stage: Stage, path: str) -> str:
    folder: Path = stage.settings.exercise_folder(stage.incident.slug) / "current"
    return (folder / path).read_text()


def page(stage: Stage, lang: str = "") -> str:
    return read(stage, f"{lang}/h/{stage.incident.slug}/index.html".lstrip("/"))


def newest() -> int:
    with db.unit_of_work() as session:
        return session.scalars(select(Message.id).order_by(Message.id.desc())).first() or 0


def remove(stage: Stage, message: int) -> None:
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        asked = removing.ask(
            session, stage.lisa, incident, message, None, "personal_data", "Ett namn stod med",
            clock.now(),
        )  # fmt: skip
        number = asked.id
    with db.unit_of_work() as session:
        removing.decide(session, stage.karin, number, True, clock.now(), mail=False)
    SiteProcess(stage.settings).pull()


def test_the_site_is_still_written_when_a_rumours_correction_is_removed(stage: Stage) -> None:
    stage.release("rumour")
    go(stage)
    correction = stage.write(
        "correction", corrects=newest(), wrong="Proven visar bakterier.", right="Fråga Nils Ek."
    )
    stage.approve(stage.submit(correction))
    go(stage)
    assert "Nils Ek" in page(stage)
    remove(stage, newest())
    shown = page(stage)
    assert "Nils Ek" not in shown
    assert "<del>Proven visar bakterier.</del> (Rättat kl" in shown
    stage.release("update", text="Nu finns vattentankar.")
    go(stage)
    assert "Nu finns vattentankar." in page(stage)


def test_what_a_removed_correction_struck_stays_struck_in_every_form(stage: Stage) -> None:
    stage.release("update", en=ENGLISH | {"body": "Tanks are here. Oleby is not affected."})
    approve_english(stage)
    go(stage)
    english = {"headline": "", "detail": "", "body": "Ask Nils Ek.",
               "wrong": "Oleby is not affected."}  # fmt: skip
    version = stage.submit(
        stage.write("correction", corrects=newest(), right="Fråga Nils Ek.", en=english)
    )
    approve_english(stage)
    stage.approve(version)
    go(stage)
    remove(stage, newest())
    for lang, wrong in (("", "Oleby berörs inte."), ("en", "Oleby is not affected.")):
        shown = page(stage, lang)
        assert "Nils Ek" not in shown
        assert shown.count(f"<del>{wrong}</del>") == shown.count(wrong) > 0
    for feed in ("atom.xml", "feed.json"):
        assert "Oleby berörs inte." not in read(stage, feed)
