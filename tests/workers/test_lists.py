"""A post to a list, through the worker: who is on it as it goes out, nobody twice, and stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import TimeoutError as NoConnection

from console import clock, db, sealing
from console.config import Settings
from console.messages.models import Broadcast, Delivery, Round
from console.messages.operations import settling
from console.people.queries import digest_of
from console.recipients import operations, sending, signup
from console.recipients.marks import mark
from console.recipients.models import Recipient, RecipientSend
from console.web.log_names import Names
from console.web.log_words import SENTENCES
from tests.accounts.timeline import entries
from tests.channels.servers import MailServer
from tests.stage import Stage
from workers import lists
from workers.fanout import Fanout

Move = Callable[[timedelta], None]
CONSOLE = "https://kris.torsby.example"
OLD, RADIO, EVA, IDA = (
    "nattchef@torsby.example",
    "p4@radio.example",
    "eva@mail.example",
    "ida@mail.example",
)


@dataclass
class Post:
    """An update on its way to a mail account: one address in its settings, a partner, two
    citizens."""

    settings: Settings
    mail: MailServer
    stage: Stage

    def release(self) -> None:
        self.stage.release("update", text="Vattnet är borta.", interval=600)
        self.stage.tick()
        with db.unit_of_work() as session:
            for row in session.scalars(select(Round)):
                row.released_at = clock.now()
            for one in session.scalars(select(Delivery).where(Delivery.leading)):
                one.state = "sent"

    def send(self) -> Delivery:
        with db.unit_of_work() as session:
            number = session.scalars(select(Round.id).order_by(Round.id.desc())).first()
        allowed = (f"127.0.0.1:{self.mail.port}",)
        asyncio.run(Fanout(number or 0, 0, 1, "test", allowed, CONSOLE).run())
        return self.row()

    def row(self) -> Delivery:
        with db.unit_of_work() as session:
            return session.scalars(select(Delivery).where(~Delivery.leading)).one()

    def delivered(self) -> list[str]:
        """Every address that a mail has come to, once for each mail."""
        return sorted(address for one in self.mail.mails for address in one.rcpt_tos)

    def citizen(self, address: str) -> str:
        """One who said yes; the secret of their link."""
        leave = f"hemlig-{address}"
        with db.unit_of_work() as session:
            session.add(
                Recipient(
                    account_id=self.stage.account_ids[1],
                    kind="citizen",
                    state="on",
                    mark_digest=mark(session, address),
                    leave_digest=digest_of(leave),
                    sealed=sealing.seal({"address": address, "leave": leave}),
                    added_at=clock.now(),
                    since=clock.now(),
                    confirmed_at=clock.now(),
                )
            )
        return leave


@pytest.fixture
def post(database: Settings) -> Iterator[Post]:
    with MailServer() as mail:
        stage = Stage(
            database,
            accounts=1,
            exercise=False,
            kind="email",
            account_settings={
                "host": "127.0.0.1",
                "port": mail.port,
                "tls": "none",
                "user": mail.USER,
                "from": "kris@torsby.example",
                "recipients": [OLD],
            },
            secret={"password": mail.PASSWORD},
        )
        made = Post(database, mail, stage)
        with db.unit_of_work() as session:
            operations.add(
                session, stage.lisa, stage.account_ids[1], "partner", [(1, ["P4", RADIO])],
                "Läser upp beskeden.", clock.now(),
            )  # fmt: skip
        yield made


def test_everybody_on_the_list_as_it_goes_out_has_it_and_the_receipt_counts_them(
    post: Post,
) -> None:
    post.citizen(EVA)
    post.release()
    row = post.send()
    assert row.state == "sent"
    assert post.delivered() == sorted([OLD, RADIO, EVA])
    [sent] = [one for one in entries("delivery:sent") if one["facts"]["delivery"] == row.id]
    assert sent["facts"]["note"] == "3 of 3 have it"
    said = SENTENCES["delivery:sent"](sent["facts"], Names({}, {}))
    assert said == "Ett konto: skickad till 3 av 3."
    assert not any(address in repr(sent) for address in (OLD, RADIO, EVA))


def test_a_change_of_the_list_never_voids_what_was_approved(post: Post) -> None:
    version = post.stage.submit(post.stage.write("update", text="Vattnet är borta."))
    post.citizen(EVA)
    post.stage.approve(version)
    post.stage.tick()
    with db.unit_of_work() as session:
        session.execute(update(Round).values(released_at=clock.now()))
        session.execute(update(Delivery).where(Delivery.leading).values(state="sent"))
    assert post.send().state == "sent"
    assert EVA in post.delivered()


def test_who_leaves_while_the_post_is_queued_gets_nothing(post: Post) -> None:
    leave = post.citizen(EVA)
    post.release()
    with db.unit_of_work() as session:
        signup.leave(session, leave, clock.now())
    assert post.send().state == "sent"
    assert post.delivered() == sorted([OLD, RADIO])


def test_who_leaves_while_it_goes_out_gets_nothing(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.citizen(EVA)
    leave = post.citizen(IDA)
    post.release()
    begin = lists.Ledger.begin

    async def leaves_first(self: lists.Ledger, keys: Sequence[str]) -> frozenset[str]:
        if len(post.mail.mails) == 2:
            with db.unit_of_work() as session:
                signup.leave(session, leave, clock.now())
        return await begin(self, keys)

    monkeypatch.setattr(lists.Ledger, "begin", leaves_first)
    assert post.send().state == "sent"
    assert post.delivered() == sorted([OLD, RADIO, EVA])


def test_an_attempt_that_reaches_some_is_made_again_for_the_rest_only(
    post: Post, monkeypatch: pytest.MonkeyPatch, move_clock: Move
) -> None:
    post.citizen(EVA)
    post.citizen(IDA)
    post.release()
    begin = lists.Ledger.begin

    async def full_after_two(self: lists.Ledger, keys: Sequence[str]) -> frozenset[str]:
        if len(post.mail.mails) == 2:
            post.mail.replies["MAIL"] = "452 4.3.1 full"
        return await begin(self, keys)

    monkeypatch.setattr(lists.Ledger, "begin", full_after_two)
    row = post.send()
    assert (row.state, row.maybe_out) == ("retry", True)
    assert row.reason.startswith("partly: 3 of 4 have it")
    monkeypatch.setattr(lists.Ledger, "begin", begin)
    post.mail.replies.clear()
    move_clock(timedelta(seconds=30))
    assert post.send().state == "sent"
    assert post.delivered() == sorted([OLD, RADIO, EVA, IDA])


@pytest.mark.parametrize("step", ["begin", "settle", "standing"])
def test_a_worker_whose_connections_are_all_taken_keeps_the_post_from_nobody(
    post: Post, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    post.citizen(EVA)
    post.release()
    real, tries = getattr(sending, step), iter([1, 2])

    def taken(*args: Any) -> Any:
        if next(tries, None):
            raise NoConnection("QueuePool limit reached")
        return real(*args)

    monkeypatch.setattr(sending, step, taken)
    assert post.send().state == "sent"
    assert post.delivered() == sorted([OLD, RADIO, EVA])


def test_what_a_killed_worker_had_begun_is_sent_again_only_when_a_person_says_so(
    post: Post,
) -> None:
    """Lesson 2, 3 and 22: begun is unknown, and unknown is never repeated by itself."""
    post.citizen(EVA)
    post.release()
    with db.unit_of_work() as session:
        row = session.scalars(select(Delivery).where(~Delivery.leading)).one()
        for address, state in ((RADIO, "sent"), (EVA, "started")):
            session.add(
                RecipientSend(
                    post_key=row.idempotency_key,
                    mark_digest=mark(session, address),
                    state=state,
                    at=clock.now(),
                )
            )
    row = post.send()
    assert (row.state, post.delivered()) == ("unknown", [OLD])
    assert row.reason.startswith("partly: 2 of 3 have it, 1 without")
    with db.unit_of_work() as session:
        session.execute(
            update(Broadcast).values(next_due=None, state="done", state_reason="finished")
        )
        settling.resolve_unknown(session, post.stage.lisa, row.id, False, "", clock.now())
    with db.unit_of_work() as session:
        settling.send_again(session, post.stage.lisa, row.id, clock.now())
    assert post.send().state == "sent"
    assert post.delivered() == sorted([OLD, EVA])


def test_a_stop_ends_it_between_two_mails(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.citizen(EVA)
    post.citizen(IDA)
    post.release()
    begin = lists.Ledger.begin

    async def stop_after_two(self: lists.Ledger, keys: Sequence[str]) -> frozenset[str]:
        if len(post.mail.mails) == 2:
            with db.unit_of_work() as session:
                session.execute(update(Broadcast).values(state="stopped"))
        return await begin(self, keys)

    monkeypatch.setattr(lists.Ledger, "begin", stop_after_two)
    row = post.send()
    assert row.state == "retry" and "stopped meanwhile" in row.reason
    assert post.delivered() == sorted([OLD, RADIO, EVA])
    assert post.send().state == "retry"
    assert len(post.delivered()) == 3


def test_an_account_without_a_list_keeps_nothing(post: Post) -> None:
    with db.unit_of_work() as session:
        for row in session.scalars(select(Recipient)):
            session.delete(row)
    post.release()
    assert post.send().state == "sent"
    assert post.delivered() == [OLD]
    with db.unit_of_work() as session:
        assert session.scalars(select(RecipientSend)).all() == []


def test_removing_everybody_in_the_middle_doubles_nothing_for_the_settings_own(
    post: Post, monkeypatch: pytest.MonkeyPatch, move_clock: Move
) -> None:
    leave = post.citizen(EVA)
    post.release()
    begin = lists.Ledger.begin

    async def full_after_one(self: lists.Ledger, keys: Sequence[str]) -> frozenset[str]:
        if post.mail.mails:
            post.mail.replies["MAIL"] = "452 4.3.1 full"
        return await begin(self, keys)

    monkeypatch.setattr(lists.Ledger, "begin", full_after_one)
    assert post.send().state == "retry"
    with db.unit_of_work() as session:
        signup.leave(session, leave, clock.now())
        for row in session.scalars(select(Recipient)):
            session.delete(row)
    post.mail.replies.clear()
    monkeypatch.setattr(lists.Ledger, "begin", begin)
    move_clock(timedelta(seconds=30))
    assert post.send().state == "sent"
    assert post.delivered() == sorted([OLD, RADIO])
