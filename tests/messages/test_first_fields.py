"""What a new draft begins with is true, and can be sent as it stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from console import clock, db
from console.messages import defaults, entered
from console.messages.models import Message
from console.messages.rules import MessageType
from tests.stage import Stage


@pytest.fixture
def stage(database):
    return Stage(database)


def start(stage, kind, now):
    with db.unit_of_work() as session:
        incident = session.merge(stage.incident, load=False)
        return defaults.start(session, incident, kind, now, carry=True)


def test_nothing_new_names_the_day_of_what_was_said_the_day_before(stage):
    """At 15.00, "sedan kl 14.00" would be an hour ago; it was a day and an hour."""
    stage.release("update")
    stage.tick()
    said = clock.now()
    same = start(stage, MessageType.NO_NEWS, said + timedelta(seconds=1))
    assert same["text"] == f"Inget nytt sedan kl {entered.shown(said.isoformat())[0]}."
    later = start(stage, MessageType.NO_NEWS, said + timedelta(days=1, hours=1))
    days = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")
    assert any(f"sedan {day} " in later["text"] for day in days), later["text"]
    assert later["since"] in later["text"]


@pytest.mark.parametrize("hour", range(20))
def test_no_first_time_is_one_that_the_clock_shows_twice(stage, hour):
    """Else the page refuses what it has filled in itself, the evening before the autumn change."""
    now = datetime(2026, 10, 24, 8, 50, tzinfo=UTC) + timedelta(hours=hour)
    fields = start(stage, MessageType.FIRST, now)
    for name in ("promise_at", "ends_at"):
        clock_, day = entered.shown(fields[name])
        assert entered.moment(clock_, day, now) == datetime.fromisoformat(fields[name])


WRONG = "Vattnet räcker till lördag"


def mended(stage, wrong, right, **fields):
    correction = Message(fields={"wrong": wrong, "right": right})
    return defaults.replacing(correction, Message(fields=fields), clock.now())


def test_a_replacing_text_is_mended_where_the_sentence_has_no_stop(stage):
    fields = mended(stage, WRONG, "Vattnet räcker till fredag.", text=WRONG, known=f"{WRONG}.")
    assert fields["text"] == "Vattnet räcker till fredag."
    assert fields["known"] == "Vattnet räcker till fredag."


def test_a_replacing_text_is_mended_in_every_field_that_is_out(stage):
    said = dict.fromkeys(("text", "unknown", "doing"), f"Vi vet. {WRONG}. Vi återkommer.")
    fields = mended(stage, f"{WRONG}.", "Vattnet räcker till fredag", **said)
    for name in said:
        assert fields[name] == "Vi vet. Vattnet räcker till fredag. Vi återkommer."


def test_a_replacing_text_never_begins_with_what_was_wrong_as_a_whole(stage):
    whole = f"Koka vattnet. {WRONG}. Oleby berörs inte. Vi tar prover."
    fields = mended(
        stage, whole, "Allt vatten går att dricka.", instruction="Koka vattnet.",
        text=f"{WRONG}.\nOleby berörs inte.", doing="Vi tar prover.", contact="Ring växeln.",
    )  # fmt: skip
    assert fields["text"] == "Allt vatten går att dricka."
    assert "doing" not in fields and fields["contact"] == "Ring växeln."


def test_a_longer_sentence_that_begins_like_the_wrong_one_is_left_alone(stage):
    fields = mended(stage, "Oleby berörs.", "Oleby berörs inte.", text="Oleby berörs i dag.")
    assert fields["text"] == "Oleby berörs i dag."
