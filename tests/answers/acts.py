"""What people do with answers in several tests."""

from __future__ import annotations

from console import clock, db
from console.answers import operations, queries
from console.answers.models import Answer, AnswerVersion
from console.people.models import Person
from tests.stage import Stage

QUESTION, CONTENT = "Får man duscha?", "Ja. Låt bli att svälja vattnet."


def write(stage: Stage, question: str = QUESTION, content: str = CONTENT) -> Answer:
    with db.unit_of_work() as session:
        return operations.write(
            session, stage.lisa, stage.incident, clock.now(), question=question, content=content
        )


def submit(stage: Stage, answer: Answer) -> AnswerVersion:
    with db.unit_of_work() as session:
        revision = session.get_one(Answer, answer.id).revision
        return operations.submit(session, stage.lisa, answer.id, revision, clock.now())


def approve(stage: Stage, version: AnswerVersion, actor: Person | None = None) -> None:
    with db.unit_of_work() as session:
        operations.approve(
            session, actor or stage.karin, version.id, version.content_hash, clock.now()
        )


def approved(stage: Stage, question: str = QUESTION, content: str = CONTENT) -> Answer:
    """Written, submitted and approved."""
    answer = write(stage, question, content)
    approve(stage, submit(stage, answer))
    return answer


def given(stage: Stage) -> list[str]:
    """The questions whose answers may be given now."""
    with db.unit_of_work() as session:
        incident = session.get_one(type(stage.incident), stage.incident.id)
        return [one.words.question for one in queries.to_give(session, incident)]


def reviews(stage: Stage) -> list[str | None]:
    """Why each approved answer must be looked at again; None: it needn't."""
    with db.unit_of_work() as session:
        incident = session.get_one(type(stage.incident), stage.incident.id)
        return [one.review for one in queries.approved(session, incident)]
