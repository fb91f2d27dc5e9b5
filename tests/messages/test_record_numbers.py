"""What has been sent is a public record (4.5-a)."""

from __future__ import annotations

from sqlalchemy import select

from console import clock, db
from console.config import Settings
from console.messages.models import Message
from console.timeline.models import Entry
from tests.stage import Stage


def numbers() -> list[tuple[int | None, int | None]]:
    with db.unit_of_work() as session:
        query = select(Message).order_by(Message.id)
        return [(one.record_year, one.record_number) for one in session.scalars(query)]


def test_a_message_gets_its_number_when_it_first_goes_out_and_keeps_it(database: Settings) -> None:
    stage = Stage(database, accounts=2)
    with db.unit_of_work():
        year = clock.now().year
    broadcast = stage.release("first")
    assert numbers() == [(None, None)]
    stage.tick()
    assert numbers() == [(year, 1)]
    stage.tick()
    assert numbers() == [(year, 1)]
    stage.release("update")
    stage.tick()
    assert numbers() == [(year, 1), (year, 2)]
    with db.unit_of_work() as session:
        tags = session.scalars(select(Entry.tag)).all()
    assert tags.count("message:numbered") == 2
    assert broadcast.id is not None
