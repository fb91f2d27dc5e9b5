"""record(): what is collected, what the chain holds after the commit, and what never enters it."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import pytest
from sqlalchemy import select, update

from console import db
from console.timeline import queries, rules
from console.timeline.models import Body, Entry, Personal
from console.timeline.operations import record

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("database")


def assert_chain_holds() -> int:
    """Walk the stored chain from the start; how many entries it has."""
    with db.unit_of_work() as session:
        prev, n = rules.START, 0
        for entry, body in session.execute(
            select(Entry, Body).join(Body, Body.n == Entry.n).order_by(Entry.n)
        ):
            n += 1
            assert entry.n == n
            assert entry.prev == prev
            if body.canonical is not None:
                assert entry.body_digest == rules.digest(body.salt, body.canonical)
            prev = rules.entry_hash(prev, n, entry.body_digest)
            assert entry.entry_hash == prev
        assert queries.head(session) == (n, prev)
        return n


def test_entries_of_a_unit_stand_in_the_order_of_the_calls():
    with db.unit_of_work() as session:
        for number in range(1, 6):
            record(session, "round:written", body={"number": number}, now=NOON, incident_id=7)
    with db.unit_of_work() as session:
        newest_first = queries.entries_of(session, 7, 10)
    assert [entry.facts["number"] for entry in newest_first] == [5, 4, 3, 2, 1]
    assert assert_chain_holds() == 5


def test_an_entry_says_when_what_where_and_who():
    with db.unit_of_work() as session:
        record(session, "lock:read", body={"lock": 3}, now=NOON, incident_id=7, person_id=9)
    with db.unit_of_work() as session:
        stored = session.scalars(select(Body.canonical)).one()
    assert json.loads(stored or "") == {
        "at": "2026-03-01T12:00:00.000000Z",
        "tag": "lock:read",
        "incident": 7,
        "person": 9,
        "facts": {"lock": 3},
        "personal": {},
    }


def test_personal_text_stands_in_the_body_as_a_salted_digest_only():
    with db.unit_of_work() as session:
        record(session, "note:written", body={}, now=NOON, personal={"text": "Ring Åsa Ek"})
    with db.unit_of_work() as session:
        canonical = session.scalars(select(Body.canonical)).one() or ""
        row = session.scalars(select(Personal)).one()
        entry = queries.entries_of(session, None, 1)[0]
    assert "Åsa" not in canonical
    assert row.content == "Ring Åsa Ek"
    assert json.loads(canonical)["personal"] == {"text": rules.digest(row.salt, row.content).hex()}
    assert entry.personal == {"text": "Ring Åsa Ek"}


def record_and_fail() -> None:
    with db.unit_of_work() as session:
        record(session, "round:written", body={"number": 2}, now=NOON)
        _ = 1 / 0


def test_a_rolled_back_unit_leaves_no_entry_and_no_gap():
    with db.unit_of_work() as session:
        record(session, "round:written", body={"number": 1}, now=NOON)
    with pytest.raises(ZeroDivisionError):
        record_and_fail()
    with db.unit_of_work() as session:
        record(session, "round:written", body={"number": 3}, now=NOON)
    with db.unit_of_work() as session:
        numbers = [entry.facts["number"] for entry in queries.entries_of(session, None)]
    assert numbers == [3, 1]
    assert assert_chain_holds() == 2


def test_a_rolled_back_savepoint_takes_only_its_own_entries_with_it():
    with db.unit_of_work() as session:
        record(session, "item:saved", body={"number": 1}, now=NOON)
        outer = session.begin_nested()
        record(session, "item:saved", body={"number": 2}, now=NOON)
        with session.begin_nested():
            record(session, "item:saved", body={"number": 3}, now=NOON)
        outer.rollback()
        with session.begin_nested():
            record(session, "item:saved", body={"number": 4}, now=NOON)
    with db.unit_of_work() as session:
        numbers = [entry.facts["number"] for entry in queries.entries_of(session, None)]
    assert numbers == [4, 1]
    assert assert_chain_holds() == 2


def test_eight_threads_appending_leave_no_gap_and_a_chain_that_holds():
    together = threading.Barrier(8)
    failures: list[BaseException] = []

    def fifty_units(thread: int) -> None:
        try:
            together.wait(10)
            for number in range(50):
                with db.unit_of_work() as session:
                    record(session, "delivery:sent", body={"t": thread, "u": number}, now=NOON)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=fifty_units, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert assert_chain_holds() == 8 * 50


def test_masking_a_body_keeps_the_chain_whole():
    with db.unit_of_work() as session:
        for number in range(3):
            record(session, "note:written", body={"number": number}, now=NOON, personal={"a": "b"})
    with db.unit_of_work() as session:
        session.execute(
            update(Body)
            .where(Body.n == 2)
            .values(canonical=None, salt=b"", masked_at=NOON, masked_reason="OSL 21:1")
        )
    assert assert_chain_holds() == 3
    with db.unit_of_work() as session:
        masked = queries.entries_of(session, None)[1]
    assert (masked.withheld, masked.facts, masked.personal) == ("OSL 21:1", {}, {})


def test_remote_text_is_cleaned_before_it_is_saved():
    with db.unit_of_work() as session:
        record(
            session,
            "delivery:refused",
            body={"answer": "a\0b\ud800c", "key\0": ["\udfff"]},
            now=NOON,
            personal={"who": "\0Åsa\ud83d\ude00\udc00"},
        )
    with db.unit_of_work() as session:
        entry = queries.entries_of(session, None)[0]
    assert entry.facts == {"answer": "a\ufffdb\ufffdc", "key\ufffd": ["\ufffd"]}
    assert entry.personal == {"who": "\ufffdÅsa😀\ufffd"}
    assert assert_chain_holds() == 1


def test_the_log_turns_pages_and_keeps_to_its_event():
    with db.unit_of_work() as session:
        for number in range(1, 9):
            record(session, "a:b", body={}, now=NOON, incident_id=number % 2)
    with db.unit_of_work() as session:
        first = queries.entries_of(session, 1, 2)
        second = queries.entries_of(session, 1, 2, before=first[-1].n)
    assert [entry.n for entry in first + second] == [7, 5, 3, 1]


def test_tags_are_counted_per_event_and_in_all():
    with db.unit_of_work() as session:
        for tag, incident in (("a:b", 1), ("a:b", 2), ("c:d", 1)):
            record(session, tag, body={}, now=NOON, incident_id=incident)
    with db.unit_of_work() as session:
        assert queries.tags_count(session, 1) == {"a:b": 1, "c:d": 1}
        assert queries.tags_count(session) == {"a:b": 2, "c:d": 1}


def test_the_events_board_gets_a_hint():
    with db.unit_of_work() as session:
        record(session, "round:written", body={}, now=NOON, incident_id=7)
        record(session, "person:invited", body={}, now=NOON)
        assert session.info["topics"] == {"incident:7"}


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Colour.RED, "red"),
        (2**53 - 1, 2**53 - 1),
        (1 - 2**53, 1 - 2**53),
        ((1, True, None), [1, True, None]),
        (NOON.astimezone(timezone(timedelta(hours=2))), "2026-03-01T12:00:00.000000Z"),
    ],
)
def test_what_json_can_hold_is_kept(value: object, shown: object):
    assert rules.plain(value) == shown


@pytest.mark.parametrize(
    "value",
    [
        0.5,
        2**53,
        -(2**53),
        datetime(2026, 3, 1, 12, 0),  # noqa: DTZ001 - the point
        b"bytes",
        {1: "a number for a key"},
        {"a\0": 1, "a\ufffd": 2},
        {1, 2},
    ],
)
def test_what_readers_would_disagree_about_is_refused(value: object):
    with db.unit_of_work() as session:
        with pytest.raises((TypeError, ValueError)):
            record(session, "a:b", body={"value": [value]}, now=NOON)
        assert "last_steps" not in session.info


@pytest.mark.parametrize(
    "tag", ["incident:opened", "message:version:submitted", "account:on_hold", "ca2:got"]
)
def test_a_tag_within_the_grammar_is_taken(tag: str):
    assert rules.check_tag(tag) == tag


@pytest.mark.parametrize(
    "tag",
    ["", "opened", "Incident:opened", "a:b:c:d", "a::b", "a:b\n", "a b:c", "å:b", ":a", "1:a"],
)
def test_a_tag_outside_the_grammar_is_refused(tag: str):
    with pytest.raises(ValueError, match="not a tag"):
        rules.check_tag(tag)
