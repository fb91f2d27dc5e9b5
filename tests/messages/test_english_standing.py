"""English carries what applies already, as the Swedish does, or says that it is in Swedish only."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from console import clock, db
from console.accounts.models import Account
from console.config import Settings
from console.messages import envelope
from console.messages.models import Message, Version, VersionPart
from console.messages.operations import approve, control, drafts
from tests.stage import Stage

BOIL = "Boil your tap water."
NEWS = {"headline": "", "detail": "", "body": "Water tanks are here.", "wrong": ""}
APPLIES = "Earlier instructions still apply."


@pytest.fixture
def stage(database: Settings) -> Stage:
    """Website, Facebook, and X, which takes 280; all speak English."""
    stage = Stage(database)
    with db.unit_of_work() as session:
        for account in session.scalars(select(Account)):
            account.languages = ["sv", "en"]
    return stage


def instruct(stage: Stage, *, approved: bool, headline: str = BOIL) -> None:
    english = {"headline": headline, "detail": "", "body": "We found bacteria.", "wrong": ""}
    version = stage.submit(stage.write("first", en=english))
    if approved:
        with db.unit_of_work() as session:
            part = session.scalars(select(VersionPart)).one()
            approve.approve_part(session, stage.karin, part.id, part.content_hash, clock.now())
    stage.approve(version)
    stage.tick()


def openings(stage: Stage, **fields: object) -> list[str]:
    """How the English of an update begins, for each way of counting."""
    version = stage.submit(stage.write("update", **{"en": NEWS, **fields}))
    with db.unit_of_work() as session:
        query = select(VersionPart).where(VersionPart.version_id == version.id)
        part = session.scalars(query).one()
        frozen = envelope.read_part(part.canonical, part.content_hash)
        assert session.get_one(Version, version.id).content_hash in part.canonical
    return [str(parts[0]) for parts in frozen.renditions]


def test_a_later_english_text_carries_the_approved_english_of_what_applies(stage: Stage) -> None:
    instruct(stage, approved=True)
    found = openings(stage)
    assert found
    for opening in found:
        assert f"{BOIL} Applies to Torsby tätort." in opening and "Swedish" not in opening


def test_english_says_what_exists_only_in_swedish(stage: Stage) -> None:
    """Nobody has approved the translation, or there is none."""
    instruct(stage, approved=False)
    for opening in openings(stage):
        assert f"{APPLIES} They exist only in Swedish." in opening and BOIL not in opening


def test_what_ends_is_not_said_in_english_either(stage: Stage) -> None:
    instruct(stage, approved=True)
    with db.unit_of_work() as session:
        first = session.scalars(select(Version.message_id)).one()
    assert all(BOIL not in one and APPLIES not in one for one in openings(stage, ends=[first]))


def test_where_there_is_no_room_english_says_that_more_applies_and_is_not_refused(
    stage: Stage,
) -> None:
    headline = "Boil all the water that you drink or cook with. " * 3
    instruct(stage, approved=True, headline=headline)
    body = "There are water tanks at " + "the new square and " * 5 + "here."
    found = openings(stage, en=NEWS | {"body": body})
    assert any(one.endswith(APPLIES) for one in found)
    assert any(headline.strip() in one for one in found)


def test_english_that_is_not_what_was_approved_is_not_carried_and_holds_up_nothing(
    stage: Stage,
) -> None:
    instruct(stage, approved=True)
    with db.unit_of_work() as session:
        part = session.scalars(select(VersionPart)).one()
        part.canonical = part.canonical.replace("Boil", "Drink")
    for opening in openings(stage):
        assert "tap water" not in opening and APPLIES in opening


def test_english_that_was_stopped_before_it_went_out_is_not_carried(stage: Stage) -> None:
    """A correction was written, approved and stopped, and went out in other words: what applies is
    said in English as what went out says it, or not at all."""
    instruct(stage, approved=True)
    with db.unit_of_work() as session:
        first = session.scalars(select(Version.message_id)).one()
    fields = {"corrects": first, "ends": [first], "instruction": "Koka allt vatten."}
    english = {"headline": "Boil all water.", "detail": "", "body": "Boil.", "wrong": ""}
    message = stage.write("correction", en=english, **fields)
    version = stage.submit(message)
    with db.unit_of_work() as session:
        part = session.scalars(select(VersionPart).filter_by(version_id=version.id)).one()
        approve.approve_part(session, stage.karin, part.id, part.content_hash, clock.now())
    stopped = stage.approve(version)
    with db.unit_of_work() as session:
        control.stop(session, stage.lisa, stopped.id, clock.now())
    with db.unit_of_work() as session:
        draft = session.get_one(Message, message.id)
        changed = draft.fields | {"instruction": "Koka inte längre än en minut."}
        message = drafts.save(session, stage.lisa, draft.id, changed, draft.revision, clock.now())
    stage.approve(stage.submit(message))
    stage.tick()
    for opening in openings(stage):
        assert "Boil all water" not in opening and APPLIES in opening


def test_english_that_was_called_wrong_is_not_carried_again(stage: Stage) -> None:
    """Only the translation was: what applies stands in Swedish, and its English stands corrected in
    the posts. A later text that said it anew would be believed."""
    instruct(stage, approved=True, headline="Boil. Your tap water is safe in Oleby.")
    with db.unit_of_work() as session:
        first = session.scalars(select(Version.message_id)).one()
    wrong = {"wrong": "Your tap water is safe in Oleby.", "body": "It is not safe in Oleby."}
    correction = stage.write("correction", corrects=first, en=wrong)
    for opening in openings(stage):
        assert "safe" not in opening, "as soon as somebody has written that it is wrong"
    stage.approve(stage.submit(correction))
    stage.tick()
    for opening in openings(stage):
        assert "safe" not in opening and opening.endswith(APPLIES)
