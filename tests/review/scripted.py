"""The water, played by the real verbs: a correction, a rumour, an account that refuses and one that
can't be confirmed, a missed round and a late one, a missed promise, and a notice nobody read."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select, update

from console import clock, db
from console.incidents.models import Incident, Notice
from console.incidents.operations import notices
from console.messages.models import Delivery, Message, Round
from console.messages.operations import (
    delivery,
    drafts,
    edits,
    fault,
    marks,
    outcomes,
    promises,
    settling,
)
from console.messages.operations.outcomes import Outcome
from console.monitoring import operations as rumours
from console.monitoring.models import Rumour
from tests.stage import Stage
from workers.site import SiteProcess

Move = Callable[[timedelta], None]


class Script:
    """Minutes after the opening, and what happens then."""

    def __init__(self, stage: Stage, move: Move) -> None:
        self.stage, self._move = stage, move

    def at(self, minutes: float) -> datetime:
        self._move(timedelta(minutes=minutes))
        with db.unit_of_work():
            pass  # which looks at the database's clock
        return clock.now()

    def send(self, states: Mapping[int, str] | None = None) -> None:
        """Write what is due and send it; `states`: account → how its post ends, else it is sent."""
        self.stage.tick()
        SiteProcess(self.stage.settings).pull()
        self.stage.tick()  # the others go when the website has gone
        with db.unit_of_work() as session:
            rounds = list(session.scalars(select(Round.id).order_by(Round.id)))
            # As on a platform that keeps no keys: else a lost answer is just tried again.
            session.execute(update(Delivery).values(keyed=False))
        for number in rounds:
            self._send(number, states or {})

    def _send(self, round_id: int, states: Mapping[int, str]) -> None:
        token = uuid.uuid4()
        with db.unit_of_work() as session:
            claimed = [
                one
                for key in delivery.keys_to_send(session, round_id, 0, 1)
                for one in delivery.claim(session, round_id, 0, 1, {key: 64}, token)
            ]
        with db.unit_of_work() as session:
            ids = delivery.start(session, [one.id for one in claimed], token, 20, "test")
        with db.unit_of_work() as session:
            said = [
                Outcome(one.id, token, states.get(one.account_id, "sent"))
                for one in claimed
                if one.id in ids
            ]
            outcomes.settle(session, said, "test", set())

    def ticker(self) -> None:
        """What the ticker sees to beside sending."""
        self.stage.tick()
        with db.unit_of_work() as session:
            now = clock.now()
            promises.ask(session, now, mail=False)
            promises.miss(session, now, mail=False)
            rumours.answer_those_out(session, now)
            marks.sweep(session, now)
            edits.late(session, now)


def play(stage: Stage, move: Move) -> None:
    """Accounts: website, Facebook, X, Bluesky."""
    script = Script(stage, move)
    _site, facebook, x, bluesky = stage.account_ids
    script.at(3)
    with db.unit_of_work() as session:
        mine = session.scalars(select(Notice).where(Notice.kind == "locked")).one()
        notices.read(session, mine, clock.now(), "none")
        # Somebody else was written to as well, and never read it.
        session.add(
            Notice(
                incident_id=stage.incident.id, kind="locked", person_id=stage.karin.id,
                accounts=str(x), made_at=clock.now() - timedelta(minutes=2), mail_state="none",
            )
        )  # fmt: skip
    script.at(5)
    first = stage.write("first")
    script.at(7)
    version = stage.submit(first)
    script.at(8)
    stage.approve(version)
    script.send({x: "unknown", bluesky: "refused"})
    script.at(20)
    with db.unit_of_work() as session:
        lost = session.scalars(select(Delivery).where(Delivery.state == "unknown")).one()
        settling.resolve_unknown(session, stage.lisa, lost.id, True, "https://x.example/1",
                                 clock.now())  # fmt: skip
    script.at(40)  # the second round, two minutes late
    script.send()
    script.at(99)  # nobody was there for the third; the fourth is a minute late
    script.send({facebook: "retry"})
    script.at(105)
    _rumour(script)
    script.at(120)
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        mark = fault.press(
            session, stage.karin, incident, first.id,
            "Vi har hittat tecken på bakterier.", clock.now(), mail=False,
        )  # fmt: skip
    script.at(124)
    with db.unit_of_work() as session:
        draft = session.get_one(Message, mark.correction_id)
        whole = draft.fields | {
            "right": "Proven visar inga bakterier.", "area": "Torsby tätort",
            "fact_owner": "Anders Nyman",
            "promise_at": (clock.now() + timedelta(hours=9)).isoformat(),
        }  # fmt: skip
        drafts.save(session, stage.lisa, draft.id, whole, draft.revision, clock.now())
    version = stage.submit(_fresh(mark.correction_id))
    script.at(126)
    stage.approve(version)
    script.send()
    script.ticker()
    for minutes in (240, 246, 660, 667):  # asked, and past every promise without a word
        script.at(minutes)
        script.ticker()
    script.at(680)
    stage.release("update", promise_at=(clock.now() + timedelta(hours=2)).isoformat())
    script.send()
    script.at(700)
    stage.release("all_clear")
    script.send()
    now = script.at(705)
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        incident.state, incident.closed_at = "closed", now


def _rumour(script: Script) -> None:
    stage, now = script.stage, clock.now()
    with db.unit_of_work() as session:
        rumour = rumours.log_rumour(
            session, stage.olle, session.get_one(Incident, stage.incident.id), now,
            content="Någon har förgiftat vattnet.", seen_where="Facebook", link="", seen_at=now,
            seen_by="",
        )  # fmt: skip
    with db.unit_of_work() as session:
        rumours.settle(session, stage.lisa, rumour.id, clock.now(), verdict="false",
                       truth="Ingen har förgiftat vattnet.", source="Polisen")  # fmt: skip
    script.at(115)
    answer = stage.write("rumour")
    with db.unit_of_work() as session:
        session.get_one(Rumour, rumour.id).message_id = answer.id
    stage.approve(stage.submit(answer))
    script.send()
    script.ticker()


def _fresh(message_id: int) -> Message:
    with db.unit_of_work() as session:
        return session.get_one(Message, message_id)
