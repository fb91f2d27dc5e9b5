"""What people do with questions and with what is moderated."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO

from PIL import Image as Drawing

from console import clock, db
from console.monitoring import item_operations, moderation_operations, question_operations
from console.monitoring.feed_models import FeedItem
from console.monitoring.moderation_models import Moderation
from console.monitoring.question_models import Question
from console.people.models import Person
from console.policy.operations import set_profile

GROUND = "personal_attack"
GROUND_TEXT = "Personangrepp eller förolämpning"
COMMITTEE = "Kommunstyrelsen"
TOLD = f"Hej! Vi har tagit bort det. Skäl: {GROUND_TEXT}."


def rules(actor: Person, **changes: object) -> None:
    with db.unit_of_work() as session:
        keeper = session.get_one(Person, actor.id)
        set_profile(session, keeper, clock.now(), changes, reason="Vi svarar i tid.")


def write_down(
    actor: Person,
    account_id: int | None,
    title: str = "Kommentar om badet",
    content: str = "När öppnar ni?",
    **more: object,
) -> int:
    """Returns the item's number."""
    with db.unit_of_work() as session:
        person = session.get_one(Person, actor.id)
        return item_operations.add(
            session, person, clock.now(), account_id=account_id, title=title, content=content,
            **more,  # type: ignore[arg-type]
        ).id  # fmt: skip


def move(actor: Person, item_id: int, state: str, **more: object) -> None:
    with db.unit_of_work() as session:
        person = session.get_one(Person, actor.id)
        item_operations.move(session, person, item_id, state, clock.now(), **more)  # type: ignore[arg-type]


def reply(actor: Person, item_id: int, text: str = "Klockan tio.") -> None:
    with db.unit_of_work() as session:
        person = session.get_one(Person, actor.id)
        question_operations.reply(session, person, item_id, text, clock.now(), mail=True)


def answer(actor: Person, item_id: int, text: str = "Klockan tio.", **more: object) -> Question:
    with db.unit_of_work() as session:
        person = session.get_one(Person, actor.id)
        return question_operations.answer(
            session,
            person,
            item_id,
            clock.now(),
            text=text,
            **more,  # type: ignore[arg-type]
        )


def questions(item_id: int) -> list[Question]:
    with db.unit_of_work() as session:
        query = session.query(Question).filter_by(item_id=item_id)
        return list(query.order_by(Question.id))


def item(item_id: int) -> FeedItem:
    with db.unit_of_work() as session:
        return session.get_one(FeedItem, item_id)


def case(case_id: int) -> Moderation:
    with db.unit_of_work() as session:
        return session.get_one(Moderation, case_id)


def do(verb: str, actor: Person, case_id: int, *given: object, **more: object) -> Moderation:
    """One of the operations on a case, by its name."""
    with db.unit_of_work() as session:
        person = session.get_one(Person, actor.id)
        act = getattr(moderation_operations, verb)
        return act(session, person, case_id, *given, clock.now(), **more)  # type: ignore[no-any-return]


def capture(actor: Person, item_id: int) -> int:
    """Returns the case's number."""
    return do("capture", actor, item_id).id


def decide(actor: Person, case_id: int, **more: object) -> Moderation:
    with db.unit_of_work() as session:
        person = session.get_one(Person, actor.id)
        values = {"ground": GROUND, "measure": "remove", **more}
        return moderation_operations.decide(
            session,
            person,
            case_id,
            clock.now(),
            **values,  # type: ignore[arg-type]
        )


def picture() -> BytesIO:
    """A screenshot's file."""
    file = BytesIO()
    Drawing.new("RGB", (400, 400), "white").save(file, "PNG")
    file.seek(0)
    return file


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)
