"""Text messages to a list: who gets one, who gets none, and that nobody gets two."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels import sms_api
from channels.failures import (
    BadSettings,
    ChannelError,
    Reason,
    Reauthorise,
    Refused,
    Retry,
    Unknown,
)
from channels.sms import LANES, SETTLE_SECONDS, Sms
from simulators import sms
from simulators.base import Effect, Taken
from tests.channels.rig import LATER, POST, Rig

SECRET = {"password": "hemlig-1"}
SEND = ("POST", "/a1/sms")
ANNA, BO, CAJSA = "+46700000001", "+46700000002", "+46700000003"
MANY = [f"+467{number:08d}" for number in range(60)]


def rig_to(server: sms.Sms, *recipients: str) -> Rig:
    def at(port: int) -> tuple[dict[str, Any], dict[str, Any]]:
        return {
            "api": f"http://127.0.0.1:{port}",
            "user": "u1",
            "from": "Torsby",
            "recipients": list(recipients),
        }, SECRET

    return Rig(
        Sms(),
        at,
        server.port,
        lambda: len(server.taken),
        after=b"POST /a1/sms",
        optional=("api", "recipients"),
        simulator=server,
        publishing=SEND,
    )


@contextmanager
def rig() -> Iterator[Rig]:
    with sms.Sms() as server:
        yield rig_to(server, ANNA)


@pytest.fixture
def server() -> Iterator[sms.Sms]:
    with sms.Sms() as server:
        yield server


@pytest.fixture
def three(server: sms.Sms) -> Rig:
    return rig_to(server, ANNA, BO, CAJSA)


def got(server: sms.Sms, numbers: list[str]) -> set[int]:
    """How many messages the numbers have got, each count once."""
    return {len(server.to(number)) for number in numbers}


def test_everybody_gets_the_exact_text_once(three: Rig, server: sms.Sms) -> None:
    receipt = three.publish()
    assert got(server, [ANNA, BO, CAJSA]) == {1}
    assert {one.text for one in server.taken} == {POST.text}
    assert {one.extra["from"] for one in server.taken} == {"Torsby"}
    assert receipt.remote_id == server.to(ANNA)[0].remote_id
    assert receipt.note is None


def test_lesson_22_an_attempt_made_again_reaches_nobody_twice(
    server: sms.Sms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sms_api, "PAGE", 25)
    rig = rig_to(server, *MANY)
    first = rig.publish()
    assert len(MANY) > 2 * sms_api.PAGE
    assert rig.publish() == first
    assert got(server, MANY) == {1}


def test_what_other_lists_of_the_login_have_just_got_keeps_nobody_from_the_text(
    three: Rig, server: sms.Sms
) -> None:
    """A thousand texts of full length, forty to a second: the history is asked for anew at each
    attempt, and half of an attempt's time is all there is for it."""
    server.now = datetime.fromtimestamp(POST.made_at, UTC)
    for n in range(1000):
        created = (server.now + timedelta(milliseconds=25 * n)).replace(tzinfo=None)
        number = f"+4671{n:07}"
        row = {
            "id": f"o{n}", "direction": "outgoing", "from": "Torsby", "to": number,
            "message": "Koka vattnet på Öna. " * 29,
            "created": created.isoformat(timespec="microseconds"),
        }  # fmt: skip
        server.taken.append(Taken(row["id"], number, row["message"], extra=row))
    server.delay = lambda: 0.05
    three.publish(total=3.0)
    assert got(server, [ANNA, BO, CAJSA]) == {1}


def test_the_next_round_is_not_taken_for_this_one(three: Rig, server: sms.Sms) -> None:
    three.publish()
    three.publish(post=LATER)
    assert got(server, [ANNA, BO, CAJSA]) == {2}


def test_the_same_words_sent_earlier_are_another_post(three: Rig, server: sms.Sms) -> None:
    three.publish()
    three.publish(post=replace(POST, made_at=server.now.timestamp() + 3600))
    assert got(server, [ANNA, BO, CAJSA]) == {2}


def test_a_number_on_two_lists_under_one_login_gets_one_message(server: sms.Sms) -> None:
    rig_to(server, ANNA, BO).publish()
    rig_to(server, BO, CAJSA).publish()
    assert got(server, [ANNA, BO, CAJSA]) == {1}


def test_a_bad_number_silences_nobody_and_is_counted_without_being_named(
    three: Rig, server: sms.Sms
) -> None:
    server.bad_numbers = {ANNA}
    receipt = three.publish()
    assert receipt.note == "1/3 refused"
    assert receipt.remote_id == server.to(BO)[0].remote_id
    assert got(server, [BO, CAJSA]) == {1}


def test_bad_numbers_only_are_refused(three: Rig, server: sms.Sms) -> None:
    server.bad_numbers = {ANNA, BO, CAJSA}
    with pytest.raises(Refused) as error:
        three.publish()
    assert error.value.detail == "3 numbers refused"


def test_lesson_3_one_lost_answer_is_unknown_and_the_others_have_it(
    three: Rig, server: sms.Sms
) -> None:
    server.fault(Effect.LOSE_ANSWER, *SEND)
    with pytest.raises(Unknown) as error:
        three.publish()
    assert error.value.reason is Reason.PARTLY
    assert error.value.detail.startswith("2 of 3 have it, 1 without an answer")
    assert got(server, [ANNA, BO, CAJSA]) == {1}
    found = three.read_back()
    assert found is not None and found.remote_id == server.to(ANNA)[0].remote_id


def test_lesson_4_a_500_for_one_is_not_sent_to_again_while_the_history_shows_it(
    three: Rig, server: sms.Sms
) -> None:
    server.fault(Effect.ERROR_AFTER, *SEND)
    with pytest.raises(Unknown):
        three.publish()
    three.publish()
    assert got(server, [ANNA, BO, CAJSA]) == {1}


def test_an_attempt_that_ended_halfway_goes_on_with_the_rest(
    server: sms.Sms,
) -> None:
    rig = rig_to(server, *MANY)
    server.answers[MANY[LANES + 3]] = 429
    with pytest.raises(Retry) as error:
        rig.publish()
    assert error.value.reason is Reason.PARTLY
    assert error.value.after == SETTLE_SECONDS
    assert 0 < len(server.taken) < len(MANY)
    server.answers.clear()
    receipt = rig.publish()
    assert got(server, MANY) == {1}
    assert receipt.note is None


@pytest.mark.parametrize(
    "effect", [Effect.LOSE_ANSWER, Effect.ERROR_AFTER, Effect.TRUNCATED, Effect.DRIP, Effect.LIMIT]
)
def test_without_the_history_nothing_is_sent(three: Rig, server: sms.Sms, effect: Effect) -> None:
    server.fault(effect, "GET", times=2)  # the client asks twice, where asking changes nothing
    with pytest.raises(Retry):
        three.publish(total=1.0)
    assert server.taken == []


def test_what_nobody_has_got_is_simply_not_sent(three: Rig, server: sms.Sms) -> None:
    server.answers = dict.fromkeys((ANNA, BO, CAJSA), 429)
    with pytest.raises(Retry) as error:
        three.publish()
    assert (error.value.reason, error.value.after) == (Reason.BUSY, None)


def test_money_that_runs_out_halfway_is_never_called_sent_or_unsent(
    server: sms.Sms,
) -> None:
    rig = rig_to(server, *MANY)
    server.balance = 10 * sms.PART_PRICE
    with pytest.raises(Unknown) as error:
        rig.publish()
    assert error.value.reason is Reason.PARTLY
    assert error.value.detail.startswith("10 of 60 have it: credit")
    assert rig.read_back() is None
    server.balance = 1_000_000
    rig.publish()
    assert got(server, MANY) == {1}


def test_more_recipients_than_there_is_time_for_are_sent_to_in_the_next_attempt(
    server: sms.Sms,
) -> None:
    rig = rig_to(server, *MANY)
    server.delay = lambda: 0.4
    with pytest.raises(Retry) as error:
        rig.publish(total=2.0)
    assert error.value.reason is Reason.PARTLY
    server.delay = lambda: 0.0
    rig.publish()
    assert got(server, MANY) == {1}


def test_who_hangs_is_lost_and_the_rest_have_it(server: sms.Sms) -> None:
    rig = rig_to(server, *MANY[:20])
    server.fault(Effect.DRIP, *SEND)
    with pytest.raises(Unknown) as error:
        rig.publish(total=2.0)
    assert error.value.detail.startswith("19 of 20 have it, 1 without an answer")
    assert got(server, MANY[:20]) == {1}


def test_what_the_history_does_not_show_yet_is_not_proof_of_absence(
    three: Rig, server: sms.Sms
) -> None:
    three.publish()
    server.seen_late = 1
    assert three.read_back() is None
    assert not three.channel.absence_proves(three.settings())
    assert not three.channel.honours_key(three.settings())


@pytest.mark.parametrize("text", [POST.text.replace("\n\n", " \r\n\r\n"), POST.text + " "])
def test_a_text_that_comes_back_with_other_spaces_is_known(
    three: Rig, server: sms.Sms, text: str
) -> None:
    three.publish()
    for one in server.taken:
        one.extra["message"] = text
    three.publish()
    assert got(server, [ANNA, BO, CAJSA]) == {1}


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        (401, Reauthorise, Reason.CREDENTIALS),
        (402, Refused, Reason.CREDIT),
        (403, Refused, Reason.RIGHTS),
        (404, Refused, Reason.TURNED_DOWN),
        (408, Retry, Reason.BUSY),
        (429, Retry, Reason.BUSY),
        (301, Refused, Reason.TURNED_DOWN),
        (500, Unknown, Reason.SERVER_ERROR),
        (502, Unknown, Reason.SERVER_ERROR),
        (503, Unknown, Reason.SERVER_ERROR),
    ],
)
def test_each_documented_error_has_one_outcome_and_names_no_number(
    server: sms.Sms, status: int, outcome: type[ChannelError], reason: Reason
) -> None:
    server.answers[ANNA] = status
    with pytest.raises(ChannelError) as error:
        rig_to(server, ANNA).publish()
    assert (type(error.value), error.value.reason) == (outcome, reason)
    assert ANNA not in error.value.detail


def test_no_money_at_all_is_refused_as_that(three: Rig, server: sms.Sms) -> None:
    server.balance = 0
    with pytest.raises(Refused) as error:
        three.publish()
    assert error.value.reason is Reason.CREDIT


def test_a_text_over_four_parts_is_refused_before_anything_is_asked(
    three: Rig, server: sms.Sms
) -> None:
    for text in ("a" * 613, "–" + "a" * 268):
        with pytest.raises(Refused) as error:
            three.publish(post=replace(POST, text=text))
        assert error.value.reason is Reason.TOO_LONG
    assert server.requests == []


def test_the_probe_says_how_many_posts_there_is_money_for(three: Rig, server: sms.Sms) -> None:
    dearest = 4 * 3 * sms.PART_PRICE
    server.balance = 5 * dearest + 1
    readiness = three.probe()
    assert (readiness.account, readiness.left, readiness.reason) == ("Torsby kommun", 5, None)
    server.balance = dearest - 1
    readiness = three.probe()
    assert (readiness.left, readiness.reason) == (0, Reason.CREDIT)
    assert server.taken == []


@pytest.mark.parametrize(
    ("changed", "secret", "field"),
    [
        ({"user": "a:b"}, SECRET, "user"),
        ({"from": "Torsby kommun"}, SECRET, "from"),
        ({"from": "1177"}, SECRET, "from"),
        ({"from": "Torsbykommun"}, SECRET, "from"),
        ({"recipients": [""]}, SECRET, "recipients"),
        ({"recipients": "+46700000001"}, SECRET, "recipients"),
        ({"recipients": ["0700000001"]}, SECRET, "recipients"),
        ({"recipients": ["+46700000001, +46700000002"]}, SECRET, "recipients"),
        ({"recipients": [f"+4670{n:07d}" for n in range(201)]}, SECRET, "recipients"),
        ({"api": "https://elks.example"}, SECRET, "api"),
        ({}, {"password": ""}, "password"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    changed: dict[str, object], secret: dict[str, object], field: str
) -> None:
    whole = {"user": "u1", "from": "Torsby", "recipients": [ANNA]}
    with pytest.raises(BadSettings) as error:
        Sms().parse(whole | changed, secret)
    assert error.value.field == field


def test_numbers_are_taken_as_people_write_them_and_each_once() -> None:
    given = ["+46 70-000 00 01", ANNA, "+46(70)0000002"]
    settings = Sms().parse({"user": "u1", "from": "+46700000009", "recipients": given}, SECRET)
    assert settings.recipients == (ANNA, BO)
    assert settings.base == "https://api.46elks.com"
