"""Personal data of private persons in every kind of free text that an event can hold, each a person
of its own, so that one that gets out says where from."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from console import clock, db
from console.incidents import operations as incidents
from console.incidents import roster, view_links
from console.incidents.models import Incident
from console.incidents.operations import during, first_hour, shifts
from console.messages.models import Message, Round
from console.messages.operations import (
    approve,
    closing,
    control,
    delivery,
    drafts,
    fault,
    images,
    outcomes,
    pinning,
    removing,
)
from console.messages.operations.outcomes import Outcome
from console.messages.pin_models import PostPin
from console.monitoring import operations as rumours
from console.people.models import Person
from console.pictures.reencoding import Reencoded
from console.review import evaluation_operations as evaluating
from tests.moderation import acts
from tests.review.conftest import person
from tests.stage import Stage
from workers.site import SiteProcess


class Planted:
    """Hands out persons, and remembers where each was written."""

    def __init__(self) -> None:
        self.places: dict[str, tuple[str, ...]] = {}
        self.outside: set[str] = set()
        """Places that belong to no event."""

    def someone(self, place: str) -> str:
        """A sentence about somebody that nobody knows: name, number, telephone and address."""
        n = len(self.places) + 1
        whole = (
            f"Berit Vittne{n:02}", f"19850312-{1000 + n}", f"070-555 {n:02} 77",
            f"vittne{n:02}@posten.example",
        )  # fmt: skip
        self.places[place] = whole
        return f"{whole[0]} ({whole[1]}) på {whole[2]} eller {whole[3]} sa det."

    def name(self, place: str) -> str:
        """A name alone, where a name is what is asked for."""
        self.places[place] = (f"Gunhild Källa{len(self.places) + 1:02}",)
        return self.places[place][0]


def plant(stage: Stage) -> Planted:
    """Play an event with all of it. What is published holds a number and an address; a name alone
    that stands in no register is the publisher's own choice to publish."""
    planted = Planted()
    some, now = planted.someone, clock.now()
    first = stage.write("first", fact_owner=planted.name("fact owner"))
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        first_hour.tick(session, stage.lisa, incident, "radio", some("first hour"), now)
        incidents.write_note(
            session, stage.lisa, incident, kind="call", content=some("note"),
            happened_at=now - timedelta(minutes=3), now=now,
        )  # fmt: skip
        during.change_stage(session, stage.lisa, incident, "board", now, some("stage"))
        during.change_use(
            session, stage.lisa, incident, stage.account_ids[1], "lock_only", some("use"), now,
            mail=False,
        )  # fmt: skip
        roster.set_place(
            session, stage.lisa, incident, "spokesperson", now,
            name=planted.name("roster"), phone="070-555 99 11",
        )  # fmt: skip
        view_links.make(
            session, stage.lisa, incident, "wall", f"Hos {planted.name('view link')}", now,
            purposes=("wall",),
        )  # fmt: skip
        images.add(
            session, stage.lisa, first.id, Reencoded(b"\xff\xd8 one", 800, 600, b"\xff\xd8 two"),
            f"Bild av {planted.name('picture')}, 070-555 88 22", "", now,
        )  # fmt: skip
    _shift(stage, some("shift"))
    _rumours(stage, planted)
    version = stage.submit(_fresh(first.id))
    with db.unit_of_work() as session:
        approve.send_back(session, stage.karin, version.id, some("sent back"), now)
    with db.unit_of_work() as session:
        draft = session.get_one(Message, first.id)
        drafts.save(
            session, stage.lisa, first.id, draft.fields | {"text": some("published")},
            draft.revision, clock.now(),
        )  # fmt: skip
    stage.approve(stage.submit(_fresh(first.id)))
    _send(stage, planted)
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        removing.ask(
            session, stage.lisa, incident, first.id, None, "personal_data", some("removal"), now
        )
        mark = fault.press(
            session, stage.karin, incident, first.id,
            "Koka ditt kranvatten om du bor i Torsby tätort.", clock.now(), mail=False,
        )  # fmt: skip
    with db.unit_of_work() as session:
        drafts.withdraw(session, stage.lisa, mark.correction_id, clock.now())
    _inbox(stage, planted)
    with db.unit_of_work() as session:
        control.stop_all(session, stage.lisa, stage.incident.id, clock.now())
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        closing.end_event(
            session, stage.lisa, incident, clock.now(), some("end of the event"), mail=False
        )
    _evaluated(stage, some)
    return planted


def _shift(stage: Stage, note: str) -> None:
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        to = person("Nora Dal", "information_unit")
        shifts.offer(
            session, stage.lisa, incident, role="information_unit", receiver_id=to.id, note=note,
            sections=[("Läget", [note])], now=clock.now(), mail=False,
        )  # fmt: skip


def _rumours(stage: Stage, planted: Planted) -> None:
    some, now = planted.someone, clock.now()
    with db.unit_of_work() as session:
        rumour = rumours.log_rumour(
            session, stage.olle, session.get_one(Incident, stage.incident.id), now,
            content=some("rumour"), seen_where=planted.name("where a rumour was seen"),
            link="https://facebook.example/berit.vittne", seen_at=now,
            seen_by=planted.name("who saw a rumour"),
        )  # fmt: skip
    with db.unit_of_work() as session:
        rumours.settle(
            session, stage.lisa, rumour.id, now, verdict="false", truth=some("truth"),
            source=planted.name("source"),
        )  # fmt: skip
    with db.unit_of_work() as session:
        rumours.close(session, stage.lisa, rumour.id, some("end of a rumour"), now)


def _send(stage: Stage, planted: Planted) -> None:
    """One account refuses with a name in its answer; a pin is refused with one as well."""
    stage.tick()
    SiteProcess(stage.settings).pull()
    stage.tick()
    token = uuid.uuid4()
    with db.unit_of_work() as session:
        rounds = list(session.scalars(select(Round.id).order_by(Round.id)))
    with db.unit_of_work() as session:
        claimed = [
            one
            for number in rounds
            for key in delivery.keys_to_send(session, number, 0, 1)
            for one in delivery.claim(session, number, 0, 1, {key: 64}, token)
        ]
    with db.unit_of_work() as session:
        delivery.start(session, [one.id for one in claimed], token, 20, "test")
    with db.unit_of_work() as session:
        answer = planted.name("platform's answer")
        said = [Outcome(one.id, token, "refused", detail=answer) for one in claimed]
        outcomes.settle(session, said, "test", set())
        pin = PostPin(
            delivery_id=claimed[0].id, account_id=claimed[0].account_id, exercise=True,
            wanted=True, state="started", token=token,
        )  # fmt: skip
        session.add(pin)
        session.flush()
        pinning.settle(
            session, pin.id, token, lifted=False, reason=planted.name("pin"), certain=True,
            now=clock.now(),
        )  # fmt: skip


def _inbox(stage: Stage, planted: Planted) -> None:
    """What the inbox holds is no part of the event, and must not come with it either."""
    account = stage.account_ids[0]
    asked = acts.write_down(stage.olle, account, planted.name("question"), "Vem?")
    acts.move(stage.olle, asked, "question")
    acts.move(
        stage.olle, asked, "forwarded", to=stage.olle.id, note=planted.someone("question's note")
    )
    acts.reply(stage.olle, asked, planted.someone("reply"))
    wrong = acts.write_down(stage.olle, account, planted.name("moderated"), "Något fult.")
    acts.decide(stage.olle, acts.capture(stage.olle, wrong))  # whose reason may name nobody
    planted.outside = {"question", "question's note", "reply", "moderated"}


def _evaluated(stage: Stage, some: Callable[[str], str]) -> None:
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        lisa, now = session.get_one(Person, stage.lisa.id), clock.now()
        seen = evaluating.observe(session, lisa, incident, some("observation"), now, at=now)
        evaluating.learn(session, lisa, incident, some("lesson"), now, from_id=seen.id)
        evaluating.comment(session, lisa, incident, seen.id, some("comment"), now)
        due = now.date() + timedelta(days=40)
        measure = evaluating.decide(session, lisa, incident, some("measure"), lisa.id, due, now)
        evaluating.finish(session, lisa, measure.id, some("measure done"), now)
        evaluating.close(session, lisa, incident, some("summary"), now)


def _fresh(message_id: int) -> Message:
    with db.unit_of_work() as session:
        return session.get_one(Message, message_id)
