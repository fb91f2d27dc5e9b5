"""Rumours through their verbs, on a real database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from console import clock, db
from console.config import Settings
from console.errors import BadInput, Faults, NotAllowed, WrongState
from console.messages.models import Message, Version
from console.messages.operations import approve, drafts, submit
from console.monitoring import operations, queries
from console.monitoring.models import Rumour
from console.people.models import Person
from console.timeline.models import Entry
from tests.stage import Stage
from workers import chores, ticker

SAID = "Vattnet är förgiftat."
TRUTH = "Vattnet är inte förgiftat. Proven visar bakterier."


@pytest.fixture
def stage(database: Settings) -> Stage:
    return Stage(database)


def log(stage: Stage, actor: Person | None = None, **changes: Any) -> Rumour:
    values = {"content": SAID, "seen_where": "Facebookgruppen Vi i Torsby"} | changes
    with db.unit_of_work() as session:
        return operations.log_rumour(
            session, actor or stage.lisa, stage.incident, clock.now(), **values
        )


def settle(stage: Stage, rumour: Rumour, verdict: str = "false", truth: str = TRUTH) -> None:
    with db.unit_of_work() as session:
        operations.settle(
            session, stage.lisa, rumour.id, clock.now(),
            verdict=verdict, truth=truth, source="Miljökontoret",
        )  # fmt: skip


def begin(stage: Stage, rumour: Rumour) -> Message:
    with db.unit_of_work() as session:
        return operations.begin_answer(session, stage.lisa, rumour.id, clock.now())


def state_of(rumour: Rumour) -> str:
    with db.unit_of_work() as session:
        return session.get_one(Rumour, rumour.id).state


def tags() -> list[str]:
    with db.unit_of_work() as session:
        query = select(Entry.tag).where(Entry.tag.startswith("rumour:")).order_by(Entry.n)
        return list(session.scalars(query))


def send_out(stage: Stage, message: Message) -> None:
    fields = message.fields | {"area": "Torsby", "fact_owner": "Anders Nyman"}
    with db.unit_of_work() as session:
        message = drafts.save(
            session, stage.lisa, message.id, fields, message.revision, clock.now()
        )
    stage.approve(stage.submit(message))
    stage.tick()


def test_the_unit_owns_what_it_logs_and_an_administrators_waits_for_an_owner(
    stage: Stage,
) -> None:
    assert log(stage).owner_id == stage.lisa.id
    assert log(stage, stage.olle).owner_id is None


def test_only_the_unit_and_account_administrators_log_rumours(stage: Stage) -> None:
    with pytest.raises(NotAllowed):
        log(stage, stage.karin)
    assert tags() == []


def test_an_administrator_never_handles_a_rumour(stage: Stage) -> None:
    rumour = log(stage, stage.olle)
    for verb, arguments in (
        (operations.check, ()), (operations.begin_answer, ()), (operations.reopen, ()),
        (operations.close, ("Skämt",)), (operations.change_owner, (stage.lisa.id,)),
    ):  # fmt: skip
        with pytest.raises(NotAllowed), db.unit_of_work() as session:
            verb(session, stage.olle, rumour.id, *arguments, clock.now())
    assert state_of(rumour) == "new"


def test_bad_input_names_every_field_at_once_and_logs_nothing(stage: Stage) -> None:
    with pytest.raises(Faults) as refused:
        log(
            stage, content=" ", seen_where="", link="facebook",
            seen_at=clock.now() + timedelta(hours=1),
        )  # fmt: skip
    assert set(refused.value.faults) == {"content", "seen_where", "link", "seen_at"}
    assert tags() == []


def test_a_rumour_can_not_be_answered_before_somebody_has_written_what_is_true(
    stage: Stage,
) -> None:
    rumour = log(stage)
    with pytest.raises(WrongState, match="vad som är sant"):
        begin(stage, rumour)
    with pytest.raises(Faults) as refused:
        settle(stage, rumour, truth="")
    assert set(refused.value.faults) == {"truth"}


def test_the_answer_begins_with_what_is_true_and_never_with_what_was_said(stage: Stage) -> None:
    rumour = log(stage)
    settle(stage, rumour)
    message = begin(stage, rumour)
    assert message.type == "rumour"
    assert message.fields["text"] == TRUTH
    assert message.fields["source"] == "Miljökontoret"
    assert message.fields["seen_where"] == "Facebookgruppen Vi i Torsby"
    assert SAID not in str(message.fields)


def test_pressing_twice_gives_the_same_draft(stage: Stage) -> None:
    rumour = log(stage)
    settle(stage, rumour)
    assert begin(stage, rumour).id == begin(stage, rumour).id
    assert tags().count("rumour:answer:begun") == 1


def test_a_withdrawn_answer_can_be_begun_anew(stage: Stage) -> None:
    rumour = log(stage)
    settle(stage, rumour)
    first = begin(stage, rumour)
    with db.unit_of_work() as session:
        drafts.withdraw(session, stage.lisa, first.id, clock.now())
    assert begin(stage, rumour).id != first.id


def test_an_answer_that_waits_is_taken_back_when_something_else_turns_out_to_be_true(
    stage: Stage,
) -> None:
    rumour = log(stage)
    settle(stage, rumour)
    first = begin(stage, rumour)
    fields = first.fields | {"area": "Torsby", "fact_owner": "Anders Nyman"}
    with db.unit_of_work() as session:
        saved = drafts.save(session, stage.lisa, first.id, fields, first.revision, clock.now())
    version = stage.submit(saved)
    settle(stage, rumour, "true", "Vattnet är förorenat. Koka det.")
    with pytest.raises(WrongState):
        stage.approve(version)
    with db.unit_of_work() as session:
        assert session.get_one(Message, first.id).state == "withdrawn"
    assert begin(stage, rumour).fields["text"] == "Vattnet är förorenat. Koka det."


def test_a_draft_that_still_says_what_was_true_says_what_is(stage: Stage) -> None:
    rumour = log(stage)
    settle(stage, rumour)
    first = begin(stage, rumour)
    fields = first.fields | {"area": "Torsby"}
    with db.unit_of_work() as session:
        drafts.save(session, stage.lisa, first.id, fields, first.revision, clock.now())
    settle(stage, rumour, truth="Vattnet är rent.")
    again = begin(stage, rumour)
    assert again.id == first.id
    assert again.fields == fields | {"text": "Vattnet är rent."}


def test_what_turns_out_to_be_true_after_the_answer_went_out_needs_an_answer(
    stage: Stage,
) -> None:
    rumour = log(stage)
    settle(stage, rumour)
    message = begin(stage, rumour)
    send_out(stage, message)
    settle(stage, rumour, "true", "Vattnet är förorenat. Koka det.")
    with db.unit_of_work() as session:
        assert operations.answer_those_out(session, clock.now()) == []
    assert state_of(rumour) == "true" and begin(stage, rumour).id != message.id


def test_the_rumour_is_answered_by_itself_once_its_message_has_gone_out(stage: Stage) -> None:
    rumour, beside = log(stage), log(stage, content="Skolan är stängd.")
    settle(stage, rumour)
    settle(stage, beside)
    message = begin(stage, rumour)
    begin(stage, beside)
    with db.unit_of_work() as session:
        assert operations.answer_those_out(session, clock.now()) == []
    send_out(stage, message)
    with db.unit_of_work() as session:
        assert operations.answer_those_out(session, clock.now()) == [rumour.id]
    with db.unit_of_work() as session:
        assert operations.answer_those_out(session, clock.now()) == []
    assert (state_of(rumour), state_of(beside)) == ("answered", "false")
    assert tags().count("rumour:answered") == 1


def test_the_ticker_marks_what_it_has_sent_as_answered(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticker, "hand_out", lambda shards: None)
    rumour = log(stage)
    settle(stage, rumour)
    message = begin(stage, rumour)
    fields = message.fields | {"area": "Torsby", "fact_owner": "Anders Nyman"}
    with db.unit_of_work() as session:
        drafts.save(session, stage.lisa, message.id, fields, message.revision, clock.now())
    with db.unit_of_work() as session:
        revision = session.get_one(Message, message.id).revision
        url = stage.settings.site_url(True)
        submit.submit(session, stage.lisa, message.id, revision, clock.now(), url, mail=False)
    with db.unit_of_work() as session:
        version = session.scalars(select(Version)).one()
        approve.approve(session, stage.karin, version.id, version.content_hash, clock.now())
    assert state_of(rumour) == "false"
    ticker.tick(1)
    chores.see_to(mail=False)
    assert state_of(rumour) == "answered"


def test_taken_up_again_it_needs_a_new_answer(stage: Stage) -> None:
    rumour = log(stage)
    settle(stage, rumour)
    first = begin(stage, rumour)
    send_out(stage, first)
    with db.unit_of_work() as session:
        operations.answer_those_out(session, clock.now())
    with db.unit_of_work() as session:
        operations.reopen(session, stage.lisa, rumour.id, clock.now())
    settle(stage, rumour, truth="Vattnet är rent.")
    with db.unit_of_work() as session:
        assert operations.answer_those_out(session, clock.now()) == []
    assert begin(stage, rumour).id != first.id


def test_closing_without_an_answer_takes_a_reason_and_can_be_undone(stage: Stage) -> None:
    rumour = log(stage)
    with pytest.raises(BadInput) as refused, db.unit_of_work() as session:
        operations.close(session, stage.lisa, rumour.id, " ", clock.now())
    assert refused.value.field == "reason"
    with db.unit_of_work() as session:
        operations.close(session, stage.lisa, rumour.id, "Ingen har sett det igen", clock.now())
    assert state_of(rumour) == "closed"
    with db.unit_of_work() as session:
        operations.reopen(session, stage.lisa, rumour.id, clock.now())
    assert state_of(rumour) == "checking"


def test_a_rumour_that_is_closed_without_an_answer_gets_none(stage: Stage) -> None:
    rumour = log(stage)
    settle(stage, rumour)
    message = begin(stage, rumour)
    fields = message.fields | {"area": "Torsby", "fact_owner": "Anders Nyman"}
    with db.unit_of_work() as session:
        saved = drafts.save(session, stage.lisa, message.id, fields, message.revision, clock.now())
    version = stage.submit(saved)
    with db.unit_of_work() as session:
        operations.close(session, stage.lisa, rumour.id, "Ingen frågar längre.", clock.now())
    with pytest.raises(WrongState):
        stage.approve(version)
    assert state_of(rumour) == "closed"


def test_a_late_press_to_look_into_it_takes_no_answer_away_from_the_rumour(stage: Stage) -> None:
    """The list that it is pressed on may be from before somebody else found out what is true."""
    rumour = log(stage)

    def check() -> None:
        with db.unit_of_work() as session:
            operations.check(session, stage.lisa, rumour.id, clock.now())

    check()
    check()
    assert state_of(rumour) == "checking" and tags().count("rumour:state:changed") == 1
    settle(stage, rumour)
    with pytest.raises(WrongState):
        check()
    assert state_of(rumour) == "false"
    send_out(stage, begin(stage, rumour))
    with db.unit_of_work() as session:
        operations.answer_those_out(session, clock.now())
    assert state_of(rumour) == "answered"
    with pytest.raises(WrongState):
        check()
    assert state_of(rumour) == "answered", "taking it up again is another press"


def test_only_somebody_in_the_unit_can_own_a_rumour(stage: Stage) -> None:
    rumour = log(stage, stage.olle)
    with pytest.raises(BadInput), db.unit_of_work() as session:
        operations.change_owner(session, stage.lisa, rumour.id, stage.olle.id, clock.now())
    with db.unit_of_work() as session:
        operations.change_owner(session, stage.lisa, rumour.id, stage.lisa.id, clock.now())
        assert [one.id for one in queries.owners(session)] == [stage.lisa.id]
    assert tags() == ["rumour:logged", "rumour:owner:changed"]


def test_the_open_ones_stand_first_the_oldest_at_the_top(stage: Stage) -> None:
    now = clock.now()
    young = log(stage, seen_at=now - timedelta(minutes=5))
    old = log(stage, seen_at=now - timedelta(hours=2))
    gone = log(stage, seen_at=now - timedelta(hours=3))
    with db.unit_of_work() as session:
        operations.close(session, stage.lisa, gone.id, "Skämt", clock.now())
        order = [one.id for one in queries.of_event(session, stage.incident.id)]
    assert order == [old.id, young.id, gone.id]
