"""Notices that carry their own words: one for each person, mailed once, read on their page."""

from __future__ import annotations

from sqlalchemy.orm import Session

from console.db import unit_of_work
from console.incidents import operations, queries
from console.incidents.models import Incident
from console.incidents.rules import NoticeKind
from console.mails import MailState
from console.people.models import Person
from console.timeline.queries import entries_of
from tests.incidents.cast import at, cast, event


def told(
    session: Session, incident: Incident, people: list[Person], about: str = "version 1"
) -> list[int]:
    made = operations.tell(
        session, incident, NoticeKind.STAFF, about, people, at(10),
        subject="Läs det här", text="Det har hänt något.", path="/incidents/x/", mail=True,
    )  # fmt: skip
    return [notice.person_id for notice in made]


def test_who_has_been_told_is_not_told_the_same_again(database: str) -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        assert told(session, incident, [c.karin]) == [c.karin.id]
        assert told(session, incident, [c.karin, c.unit]) == [c.unit.id]
        assert told(session, incident, [c.karin]) == []
        assert told(session, incident, [c.karin], about="version 2") == [c.karin.id]
        queued = queries.notices_of(session, incident.id, NoticeKind.STAFF)
        assert {n.mail_state for n in queued} == {MailState.QUEUED}
    with unit_of_work() as session:
        tags = [e.tag for e in entries_of(session, incident.id)]
        assert tags.count("notice:told") == 3


def test_nobody_who_has_left_is_told(database: str) -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        c.karin.active = False
        assert told(session, incident, [c.karin]) == []
