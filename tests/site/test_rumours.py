"""Rumours and facts on the site: what is true first, how we know, and mended when it was wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from console import db
from console.config import Settings
from console.messages.models import Message
from tests.stage import Stage
from workers.site import SiteProcess


@pytest.fixture
def stage(database: Settings) -> Stage:
    return Stage(database)


def go(stage: Stage) -> None:
    stage.tick()
    SiteProcess(stage.settings).pull()


def facts(stage: Stage, lang: str = "") -> str:
    """The section of the event's page."""
    folder: Path = stage.settings.exercise_folder(stage.incident.slug) / "current"
    page = (folder / lang / "h" / stage.incident.slug / "index.html").read_text()
    head = "Rumours and facts" if lang else "Rykten och fakta"
    section = page.split(f"<h2>{head}</h2>")[1].split("</section>")[0] if head in page else ""
    return section.replace("<span>", "").replace("</span>", "")


def test_the_truth_stands_first_and_bold_with_how_we_know(stage: Stage) -> None:
    stage.release("rumour")
    go(stage)
    shown = facts(stage)
    assert "<b>Vattnet är inte förgiftat.</b>" in shown
    assert "Proven visar bakterier." in shown
    assert "Så vet vi: Miljökontoret." in shown and "Besvarat kl" in shown


def test_where_it_was_seen_is_not_told_to_the_public(stage: Stage) -> None:
    stage.release("rumour", seen_where="Gruppen Vi i Torsby")
    go(stage)
    assert facts(stage) and "Vi i Torsby" not in facts(stage)


def test_a_wrong_answer_is_mended_and_says_when(stage: Stage) -> None:
    stage.release("rumour")
    go(stage)
    with db.unit_of_work() as session:
        wrong = session.scalars(select(Message.id)).one()
    correction = stage.write(
        "correction", corrects=wrong,
        wrong="Proven visar bakterier.", right="Proven är inte klara än.",
    )  # fmt: skip
    stage.approve(stage.submit(correction))
    go(stage)
    shown = facts(stage)
    assert "Proven visar bakterier." not in shown
    assert "<b>Vattnet är inte förgiftat.</b> Proven är inte klara än." in shown
    assert "Rättat kl" in shown


def test_the_english_page_says_that_the_answer_exists_only_in_swedish(stage: Stage) -> None:
    stage.release("rumour")
    go(stage)
    shown = facts(stage, "en")
    assert '<span lang="sv">Vattnet är inte förgiftat.' in shown
    assert "How we know:" in shown
