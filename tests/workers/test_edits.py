"""Edits at the worker: every one made, in order, and made again without harm after a death.

An edit carries the whole new text, so making it twice leaves the post as making it once does. That
is why its row counts as keyed on every channel: started and unanswered, it is tried again.
"""

import asyncio
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from channels.contract import Receipt
from channels.failures import Reason, Refused, Unknown
from channels.pretend import Pretend
from console import clock, db
from console.incidents.models import Incident
from console.messages.models import Attempt, Delivery, Message, Round
from console.messages.operations import delivery, drafts, fault, outcomes
from tests.stage import Stage
from workers import fanout
from workers.site import SiteProcess

pytestmark = pytest.mark.usefixtures("database")

WRONG = "Oleby berörs inte."


def work():
    with db.unit_of_work() as session:
        ids = list(session.scalars(select(Round.id).order_by(Round.id)))
    for one in ids:
        asyncio.run(fanout.Fanout(one, 0, 1, "test", ()).run())


@pytest.fixture
def corrected(database, move_clock):
    """Facebook carries three rounds of an update, and the correction's round is written."""
    stage = Stage(database, accounts=1)
    stage.release("update", interval=600)
    for step in range(3):
        move_clock(timedelta(seconds=601 * step))
        stage.tick()
        SiteProcess(database).pull()
        work()
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        wrong = session.scalars(select(Message.id)).one()
        mark = fault.press(session, stage.karin, incident, wrong, WRONG, clock.now(), mail=False)
    with db.unit_of_work() as session:
        draft = session.get_one(Message, mark.correction_id)
        fields = draft.fields | {"right": "Även Oleby ska koka."}
        message = drafts.save(session, stage.lisa, draft.id, fields, draft.revision, clock.now())
    stage.approve(stage.submit(message))
    stage.tick()
    SiteProcess(database).pull()
    return stage


def edits():
    with db.unit_of_work() as session:
        query = select(Delivery).where(Delivery.act == "edit").order_by(Delivery.id)
        return list(session.scalars(query))


def begin_and_die():
    """A worker claims and starts the first edit, and is never heard of again."""
    token = uuid.uuid4()
    with db.unit_of_work() as session:
        round_id = edits()[0].round_id
        key = delivery.keys_to_send(session, round_id, 0, 1)[0]
        claimed = delivery.claim(session, round_id, 0, 1, {key: 64}, token)
    with db.unit_of_work() as session:
        return delivery.start(session, [one.id for one in claimed], token, 20, "dead")


def test_one_job_makes_all_edits_of_an_account_one_after_the_other(corrected):
    work()
    assert [one.state for one in edits()] == ["sent"] * 3
    with db.unit_of_work() as session:
        ids = [one.id for one in edits()]
        events = session.execute(
            select(Attempt.delivery_id, Attempt.event)
            .where(Attempt.delivery_id.in_(ids))
            .order_by(Attempt.id)
        ).all()
    assert [tuple(one) for one in events] == [
        (id_, event) for id_ in ids for event in ("started", "sent")
    ]


def test_an_edit_is_made_once_more_after_its_worker_died_and_the_post_says_it_once(
    corrected, move_clock, monkeypatch
):
    posts = {}
    asked = Counter()

    async def remember(self, client, settings, change):
        asked[change.remote_id] += 1
        posts[change.remote_id] = change.text
        return Receipt(remote_id=change.remote_id, link=None, text=change.text)

    monkeypatch.setattr(Pretend, "edit", remember)
    started = begin_and_die()
    assert len(started) == 1
    move_clock(timedelta(seconds=1230 + 30))
    with db.unit_of_work() as session:
        outcomes.recover(session, clock.now())
    assert [one.state for one in edits()] == ["retry", "queued", "queued"]
    work()
    assert [one.state for one in edits()] == ["sent"] * 3
    assert set(asked.values()) == {1} and len(posts) == 3
    assert all(text.count("Rättat kl") == 1 for text in posts.values())


def test_an_edit_without_an_answer_is_made_again_and_a_refused_one_is_not(
    corrected, move_clock, monkeypatch
):
    answers = [Unknown(Reason.NO_ANSWER), Refused(Reason.TURNED_DOWN)]
    asked = []

    async def answer(self, client, settings, change):
        asked.append(change.remote_id)
        if answers:
            raise answers.pop(0)
        return Receipt(remote_id=change.remote_id, link=None, text=change.text)

    monkeypatch.setattr(Pretend, "edit", answer)
    work()
    assert Counter(one.state for one in edits()) == {"retry": 1, "refused": 1, "sent": 1}
    move_clock(timedelta(seconds=1230 + 5))
    work()
    assert Counter(one.state for one in edits()) == {"sent": 2, "refused": 1}
    assert Counter(Counter(asked).values()) == {2: 1, 1: 2}


def test_the_next_text_does_not_wait_for_the_edits_of_an_account(corrected):
    corrected.release("rumour")
    corrected.tick()
    SiteProcess(corrected.settings).pull()
    with db.unit_of_work() as session:
        newest = session.scalars(select(Round.id).order_by(Round.id.desc())).first()
        key = delivery.keys_to_send(session, newest, 0, 1)
        assert key and delivery.claim(session, newest, 0, 1, {key[0]: 64}, uuid.uuid4())
    assert [one.state for one in edits()] == ["queued"] * 3
