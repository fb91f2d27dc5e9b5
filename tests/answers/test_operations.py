"""Answers: approved by somebody else, on exactly what was seen and on what applies."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from console import clock, db
from console.answers import operations
from console.answers.models import Answer, AnswerVersion
from console.approvals.models import Approval
from console.config import Settings
from console.errors import Faults, NotAllowed, Stale, WrongState
from console.incidents.models import Incident, Notice
from console.incidents.rules import NoticeKind
from console.messages.models import Message
from console.messages.operations import drafts
from console.people.models import Person, PersonRole
from tests.answers.acts import (
    CONTENT,
    QUESTION,
    approve,
    approved,
    given,
    reviews,
    submit,
    write,
)
from tests.stage import Stage


@pytest.fixture
def stage(database: Settings) -> Stage:
    return Stage(database)


def also(person: Person, role: str) -> Person:
    with db.unit_of_work() as session:
        session.add(PersonRole(person_id=person.id, role=role))
    with db.unit_of_work() as session:
        return session.get_one(Person, person.id)


def message_of(stage: Stage, kind: str) -> int:
    with db.unit_of_work() as session:
        return session.scalars(select(Message.id).where(Message.type == kind)).one()


def test_an_answer_is_given_only_once_somebody_else_has_approved_it(stage: Stage) -> None:
    answer = write(stage)
    assert given(stage) == []
    version = submit(stage, answer)
    assert given(stage) == []
    approve(stage, version)
    assert given(stage) == [QUESTION]


def test_the_writer_never_approves_their_own_answer_not_even_in_an_exercise(stage: Stage) -> None:
    version = submit(stage, write(stage))
    with pytest.raises(NotAllowed):
        approve(stage, version, also(stage.lisa, "approver"))
    assert given(stage) == []


def test_nobody_approves_an_answer_that_they_saved_last(stage: Stage) -> None:
    answer = write(stage)
    karin = also(stage.karin, "information_unit")
    with db.unit_of_work() as session:
        operations.save(
            session, karin, answer.id, 1, clock.now(), question=QUESTION, content="Nej."
        )
    with pytest.raises(NotAllowed):
        approve(stage, submit(stage, answer), karin)


def test_nobody_approves_an_answer_that_they_once_saved_whoever_saved_it_since(
    stage: Stage,
) -> None:
    karin = also(stage.karin, "information_unit")
    answer = write(stage)
    for writer, content in ((karin, "Karins svar."), (stage.lisa, "Lisas svar.")):
        with db.unit_of_work() as session:
            revision = session.get_one(Answer, answer.id).revision
            operations.save(
                session, writer, answer.id, revision, clock.now(),
                question=QUESTION, content=content,
            )  # fmt: skip
    version = submit(stage, answer)
    with pytest.raises(NotAllowed):
        approve(stage, version, karin)
    assert given(stage) == []


def test_another_hash_than_the_one_that_was_seen_approves_nothing(stage: Stage) -> None:
    version = submit(stage, write(stage))
    with pytest.raises(Stale), db.unit_of_work() as session:
        operations.approve(session, stage.karin, version.id, "0" * 64, clock.now())
    assert given(stage) == []
    with db.unit_of_work() as session:
        assert session.scalars(select(Approval)).all() == []


def test_any_edit_voids_the_approval(stage: Stage) -> None:
    answer = approved(stage)
    with db.unit_of_work() as session:
        operations.save(
            session, stage.lisa, answer.id, 1, clock.now(),
            question=QUESTION, content=CONTENT + " Barn också.",
        )  # fmt: skip
    assert given(stage) == []
    with db.unit_of_work() as session:
        assert session.scalars(select(AnswerVersion.state)).all() == ["void"]
        assert session.get_one(Answer, answer.id).state == "draft"


def test_saving_without_a_change_voids_nothing(stage: Stage) -> None:
    answer = approved(stage)
    with db.unit_of_work() as session:
        operations.save(
            session, stage.lisa, answer.id, 1, clock.now(), question=QUESTION, content=CONTENT
        )
    assert given(stage) == [QUESTION]


def test_two_writers_never_overwrite_each_other_unseen(stage: Stage) -> None:
    answer = write(stage)
    for number, text in enumerate(("Först.", "Sist.")):
        with db.unit_of_work() as session:
            if number:
                with pytest.raises(Stale):
                    operations.save(
                        session, stage.lisa, answer.id, 1, clock.now(),
                        question=QUESTION, content=text,
                    )  # fmt: skip
            else:
                operations.save(
                    session, stage.lisa, answer.id, 1, clock.now(),
                    question=QUESTION, content=text,
                )  # fmt: skip
    with db.unit_of_work() as session:
        assert session.get_one(Answer, answer.id).content == "Först."


def test_bytes_that_are_not_those_approved_are_not_given_and_the_others_are(stage: Stage) -> None:
    forged = approved(stage)
    approved(stage, "Är Oleby med?", "Nej.")
    with db.unit_of_work() as session:
        version = session.scalars(
            select(AnswerVersion).where(AnswerVersion.answer_id == forged.id)
        ).one()
        text = version.canonical.replace("Låt bli", "Glöm inte")
        session.execute(
            update(AnswerVersion).where(AnswerVersion.id == version.id).values(canonical=text)
        )
    assert given(stage) == ["Är Oleby med?"]


def test_withdrawn_in_one_press_and_taken_up_again_it_must_be_approved_anew(stage: Stage) -> None:
    answer = approved(stage)
    with db.unit_of_work() as session:
        operations.withdraw(session, stage.karin, answer.id, clock.now())
    assert given(stage) == []
    with db.unit_of_work() as session:
        operations.reopen(session, stage.lisa, answer.id, clock.now())
    assert given(stage) == []
    approve(stage, submit(stage, answer))
    assert given(stage) == [QUESTION]


def test_an_administrator_neither_writes_nor_withdraws(stage: Stage) -> None:
    answer = approved(stage)
    with pytest.raises(NotAllowed), db.unit_of_work() as session:
        operations.withdraw(session, stage.olle, answer.id, clock.now())
    with pytest.raises(NotAllowed), db.unit_of_work() as session:
        operations.write(
            session, stage.olle, stage.incident, clock.now(), question="?", content="!"
        )
    assert given(stage) == [QUESTION]


def test_bad_input_names_every_field_at_once_and_writes_nothing(stage: Stage) -> None:
    with pytest.raises(Faults) as refused, db.unit_of_work() as session:
        operations.write(
            session, stage.lisa, stage.incident, clock.now(),
            question=" ", content="x" * 1001, question_en="May one shower?",
        )  # fmt: skip
    assert set(refused.value.faults) == {"question", "content", "content_en"}
    with db.unit_of_work() as session:
        assert session.scalars(select(Answer)).all() == []


def test_a_new_instruction_asks_for_review_until_the_answer_is_approved_again(
    stage: Stage,
) -> None:
    stage.release("first")
    stage.tick()
    answer = approved(stage)
    assert reviews(stage) == [None]
    first = message_of(stage, "first")
    stage.release("instruction", ends=[first])
    assert reviews(stage) == [None]  # approved, but not out yet
    stage.tick()
    assert reviews(stage) == ["changed"] and given(stage) == []
    approve(stage, submit(stage, answer))
    assert given(stage) == [QUESTION]


def test_fel_ute_takes_the_answers_back_at_once_and_the_correction_asks_for_review(
    stage: Stage,
) -> None:
    stage.release("first")
    stage.tick()
    approved(stage)
    first = message_of(stage, "first")
    correction = stage.write("correction", corrects=first, stays=[first])
    assert reviews(stage) == ["fault"] and given(stage) == []
    with db.unit_of_work() as session:
        drafts.withdraw(session, stage.lisa, correction.id, clock.now())
    assert given(stage) == [QUESTION]  # nothing was wrong after all
    correction = stage.write("correction", corrects=first, stays=[first])
    stage.approve(stage.submit(correction))
    stage.tick()
    assert reviews(stage) == ["changed"] and given(stage) == []


def test_no_answer_is_approved_while_an_error_is_being_corrected(stage: Stage) -> None:
    stage.release("first")
    stage.tick()
    version = submit(stage, write(stage))
    stage.write("correction", corrects=message_of(stage, "first"))
    with pytest.raises(WrongState, match="rättelsen"):
        approve(stage, version)


def test_an_answer_written_against_what_no_longer_applies_is_not_approved(stage: Stage) -> None:
    version = submit(stage, write(stage))
    stage.release("first")
    stage.tick()
    with pytest.raises(Stale, match="Det som gäller har ändrats"):
        approve(stage, version)
    assert given(stage) == []


def test_laget_over_asks_for_review_also_where_no_instruction_stood(stage: Stage) -> None:
    stage.release("update")
    stage.tick()
    approved(stage)
    stage.release("all_clear")
    stage.tick()
    assert reviews(stage) == ["changed"]


def test_an_event_that_is_over_gives_no_answers_and_approves_none(stage: Stage) -> None:
    approved(stage)
    version = submit(stage, write(stage, "Är Oleby med?", "Nej."))
    with db.unit_of_work() as session:
        session.execute(update(Incident).values(state="closed"))
    assert reviews(stage) == ["over"] and given(stage) == []
    with pytest.raises(WrongState):
        approve(stage, version)


def test_the_first_on_the_call_list_is_told_of_an_answer_that_waits(stage: Stage) -> None:
    submit(stage, write(stage))
    with db.unit_of_work() as session:
        (told,) = session.scalars(select(Notice).where(Notice.kind == NoticeKind.APPROVE))
    assert told.person_id == stage.karin.id
    assert told.subject == "Godkänn ett svar: Koka vattnet"
    assert told.path.startswith(f"/incidents/{stage.incident.slug}/answers/approve/")
