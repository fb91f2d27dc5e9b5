"""What is sent to a Mastodon server, what each answer means, and servers that ignore keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from channels.contract import Edit, Picture
from channels.failures import (
    BadSettings,
    ChannelError,
    Reason,
    Reauthorise,
    Refused,
    Retry,
    Unknown,
)
from channels.http import Answer
from channels.mastodon import PAGE, PAGES, Mastodon
from channels.mastodon_api import MastodonSettings, failure
from simulators import mastodon as simulated
from simulators.base import Effect
from simulators.mastodon import NOW, SCOPES, TOKEN
from tests.channels.rig import LATER, POST, Rig
from tests.channels.servers import Sink

SECRET = {"token": TOKEN}
PICTURE = Picture(data=b"\x89PNG...", media_type="image/png", alt="Karta", width=8, height=8)
STORED = {"server": "https://social.example", "account": "torsby"}


def rig_at(server: simulated.Mastodon, software: str = "mastodon") -> Rig:
    def at(port: int) -> tuple[dict[str, Any], dict[str, Any]]:
        address = f"http://127.0.0.1:{port}"
        return {"server": address, "account": "torsby", "software": software}, SECRET

    return Rig(
        Mastodon(),
        at,
        server.port,
        lambda: len(server.shown),
        after=b"POST /api/v1/statuses",
        optional=("software",),
        simulator=server,
        publishing=("POST", r"/api/v1/statuses$"),
        pinned=lambda: list(server.pinned),
        pinning=("POST", "pin$"),
        before=("POST", r"/api/v2/media$"),
        post=replace(POST, pictures=(PICTURE,)),
        later=replace(LATER, pictures=(PICTURE,)),
    )


@contextmanager
def rig() -> Iterator[Rig]:
    with simulated.Mastodon() as server:
        yield rig_at(server)


@pytest.fixture
def server() -> Iterator[simulated.Mastodon]:
    with simulated.Mastodon() as server:
        yield server


@pytest.fixture
def deaf() -> Iterator[simulated.Mastodon]:
    """A server that speaks the API and passes over keys."""
    with simulated.Mastodon(keeps_keys=False, software="pixelfed") as server:
        yield server


def settings(**given: Any) -> MastodonSettings:
    return Mastodon().parse({**STORED, **given}, SECRET)


def statuses(server: simulated.Mastodon) -> int:
    return server.requests.count(("POST", "/api/v1/statuses"))


# What is sent.


def test_a_post_is_public_in_its_language_with_described_pictures(
    server: simulated.Mastodon,
) -> None:
    receipt = rig_at(server).publish()
    (one,) = server.shown
    assert one.text == POST.text
    assert one.key == POST.key
    assert one.extra["visibility"] == "public"
    assert one.extra["language"] == "sv"
    assert one.extra["sensitive"] is False
    (picture,) = one.extra["media_ids"]
    assert server.pictures[picture] == {"alt": "Karta", "of": PICTURE.data}
    assert receipt.link == f"{server.url}/@torsby/{one.remote_id}"
    assert receipt.note is None


def test_a_language_is_named_by_its_first_part(server: simulated.Mastodon) -> None:
    rig_at(server).publish(post=replace(POST, language="en-GB"))
    assert server.shown[0].extra["language"] == "en"


def test_the_token_stands_in_the_header_and_never_in_an_address(
    server: simulated.Mastodon,
) -> None:
    rig = rig_at(server)
    rig.publish()
    rig.read_back()
    rig.probe()
    assert not any(TOKEN in path for _method, path in server.requests)


def test_an_edit_keeps_the_pictures(server: simulated.Mastodon) -> None:
    rig = rig_at(server)
    receipt = rig.publish()
    before = server.shown[0].extra["media_ids"]
    rig.edit(receipt.remote_id, "Rättelse. Koka inte.")
    assert server.shown[0].extra["media_ids"] == before
    assert server.shown[0].edits == 1


def test_a_picture_that_takes_time_is_waited_for() -> None:
    with simulated.Mastodon(pictures_after=2) as server:
        rig_at(server).publish()
        assert statuses(server) == 1
        assert sum(path.startswith("/api/v1/media/") for _method, path in server.requests) == 2


def test_a_picture_that_never_gets_ready_is_waited_for_half_of_the_time() -> None:
    with simulated.Mastodon(pictures_after=1000) as server:
        with pytest.raises(Retry):
            rig_at(server).publish(total=1.2)
        assert statuses(server) == 0


@pytest.mark.parametrize("why", ["kind", "right", "number"])
def test_a_picture_the_server_will_not_have_is_left_out_and_the_words_go(why: str) -> None:
    scopes = tuple(set(SCOPES) - {"write:media"}) if why == "right" else SCOPES
    pictures = (PICTURE,) * 6 if why == "number" else (PICTURE,)
    if why == "kind":
        pictures = (replace(PICTURE, media_type="text/plain"),)
    with simulated.Mastodon(scopes=scopes) as server:
        receipt = rig_at(server).publish(post=replace(POST, pictures=pictures))
        assert server.shown[0].text == POST.text
        left_out = 2 if why == "number" else 1
        assert receipt.note == f"{left_out} of {len(pictures)} pictures left out"


# Keys, and servers that ignore them.


@pytest.mark.parametrize("effect", [Effect.LOSE_ANSWER, Effect.ERROR_AFTER, Effect.TRUNCATED])
def test_a_server_that_ignores_keys_and_loses_the_answer_has_one_post_found_by_reading_back(
    deaf: simulated.Mastodon, effect: Effect
) -> None:
    rig = rig_at(deaf, software="pixelfed")
    assert not rig.channel.honours_key(rig.settings())
    deaf.fault(effect, *rig.publishing)
    with pytest.raises(Unknown):
        rig.publish()
    found = rig.read_back()
    assert found is not None
    assert found.remote_id == deaf.shown[0].remote_id
    assert found.text == POST.text
    assert len(deaf.shown) == statuses(deaf) == 1


def test_such_a_server_would_have_doubled_a_post_sent_again_with_the_same_key(
    deaf: simulated.Mastodon,
) -> None:
    """Why the software must be known before a key is trusted."""
    rig = rig_at(deaf)
    rig.publish()
    rig.publish()
    assert len(deaf.shown) == 2


@pytest.mark.parametrize("effect", [Effect.ERROR_AFTER, Effect.LOSE_ANSWER])
def test_lesson_4_an_error_while_the_post_is_live_leads_to_no_second_one(
    server: simulated.Mastodon, effect: Effect
) -> None:
    rig = rig_at(server)
    server.fault(effect, *rig.publishing)
    with pytest.raises(Unknown):
        rig.publish()
    again = rig.publish()
    assert [one.remote_id for one in server.shown] == [again.remote_id]


def test_lesson_4_a_server_that_fails_before_it_notes_the_key_is_read_back(
    server: simulated.Mastodon,
) -> None:
    """Mastodon notes it last. Sent again with the same key, such a post is a second one."""
    rig = rig_at(server)
    server.fails_before_key = True
    with pytest.raises(Unknown):
        rig.publish()
    found = rig.read_back()
    assert found is not None
    assert [one.remote_id for one in server.shown] == [found.remote_id]
    rig.publish()
    assert len(server.shown) == 2


@pytest.mark.parametrize(
    ("software", "kept"),
    [("mastodon", True), ("Mastodon ", True), ("", False), ("gotosocial", False),
     ("pixelfed", False), ("mastodont", False)],
)  # fmt: skip
def test_keys_are_trusted_only_where_the_server_is_known_to_keep_them(
    software: str, kept: bool
) -> None:
    given = settings(software=software)
    assert Mastodon().honours_key(given) is kept
    assert Mastodon().absence_proves(given) is kept


# Reading back.


def test_a_post_with_the_same_words_from_before_is_another(server: simulated.Mastodon) -> None:
    rig = rig_at(server)
    rig.publish()
    later = replace(rig.post, key="r9-d9", made_at=NOW + 601)
    assert rig.read_back(later) is None
    assert rig.read_back(replace(later, made_at=NOW + 599)) is not None


def test_a_post_behind_many_newer_ones_is_found(server: simulated.Mastodon) -> None:
    rig = rig_at(server)
    first = rig.publish(post=POST)
    for n in range(2 * PAGE):
        rig.publish(post=replace(POST, key=f"k{n}", text=f"Svar {n}"))
    found = rig.read_back(POST)
    assert found is not None
    assert found.remote_id == first.remote_id


def test_more_newer_posts_than_are_looked_through_prove_nothing(
    server: simulated.Mastodon,
) -> None:
    rig = rig_at(server)
    for n in range(PAGE * PAGES):
        rig.publish(post=replace(POST, key=f"k{n}", text=f"Svar {n}"))
    with pytest.raises(Unknown):
        rig.read_back(POST)


def test_a_post_that_only_quotes_the_round_line_is_not_ours(server: simulated.Mastodon) -> None:
    rig = rig_at(server)
    rig.publish(post=replace(POST, key="x", text=f"Vad menas med {POST.marker}?"))
    assert rig.read_back() is None


# What answers mean.

JSON = b'{"error": "nej"}'


@pytest.mark.parametrize(
    ("status", "body", "outcome", "reason"),
    [
        (401, JSON, Reauthorise, Reason.CREDENTIALS),
        (403, JSON, Refused, Reason.RIGHTS),
        (403, b"<html>blocked", Refused, Reason.TURNED_DOWN),
        (404, JSON, Refused, Reason.TURNED_DOWN),
        (408, b"", Retry, Reason.BUSY),
        (410, JSON, Refused, Reason.TURNED_DOWN),
        (413, b"", Refused, Reason.TURNED_DOWN),
        (422, JSON, Refused, Reason.TURNED_DOWN),
        (425, b"", Retry, Reason.BUSY),
        (429, JSON, Retry, Reason.BUSY),
        (301, b"", Refused, Reason.ADDRESS),
        (302, b"", Unknown, Reason.SERVER_ERROR),
        (500, JSON, Unknown, Reason.SERVER_ERROR),
        (502, b"<html>", Unknown, Reason.SERVER_ERROR),
        (503, JSON, Unknown, Reason.SERVER_ERROR),
        (200, b"{}", Unknown, Reason.BAD_ANSWER),
        (200, b'{"id": ""}', Unknown, Reason.BAD_ANSWER),
        (200, b'{"id": null}', Unknown, Reason.BAD_ANSWER),
        (200, b"[]", Unknown, Reason.BAD_ANSWER),
    ],
)
def test_each_answer_has_one_outcome_and_is_asked_once(
    sink: Sink, status: int, body: bytes, outcome: type[ChannelError], reason: Reason
) -> None:
    sink.answers(status, body)
    given = Mastodon().parse({**STORED, "server": f"http://127.0.0.1:{sink.port}"}, SECRET)
    rig = Rig(Mastodon(), lambda port: ({}, {}), sink.port, lambda: 0)
    with pytest.raises(ChannelError) as error:
        rig.ask(lambda client: rig.channel.publish(client, given, POST))
    assert type(error.value) is outcome
    assert error.value.reason is reason
    assert len(sink.requests) == 1


def test_a_text_that_the_server_finds_too_long_is_refused() -> None:
    with simulated.Mastodon(characters=20) as server:
        with pytest.raises(Refused) as error:
            rig_at(server).publish()
        assert "character limit of 20" in error.value.detail


DATE = "Sun, 29 Nov 2026 14:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"Date": DATE, "X-RateLimit-Reset": "2026-11-29T14:01:30.000000Z"}, 90),
        ({"Date": DATE, "X-RateLimit-Reset": "2026-11-29T15:01:30+01:00"}, 90),
        ({"Date": DATE, "X-RateLimit-Reset": "1795960890"}, 90),
        ({"Date": DATE, "X-RateLimit-Reset": "2026-11-29T13:59:00Z"}, 0),
        ({"Date": DATE, "X-RateLimit-Reset": "2026-11-29T14:01:30Z", "Retry-After": "5"}, 5),
        ({"Date": DATE, "X-RateLimit-Reset": "2026-11-29T14:01:30"}, None),
        ({"Date": DATE, "X-RateLimit-Reset": "snart"}, None),
        ({"X-RateLimit-Reset": "2026-11-29T14:01:30Z"}, None),
        ({}, None),
    ],
)
def test_the_wait_is_measured_on_the_servers_own_clock(
    headers: dict[str, str], after: float | None
) -> None:
    error = failure(Answer(429, headers, b""), settings())
    assert isinstance(error, Retry)
    assert error.after == after


def test_an_error_that_repeats_the_token_is_told_without_it() -> None:
    body = json.dumps({"error": f"bad token {TOKEN}"}).encode()
    error = failure(Answer(401, {}, body), settings())
    assert TOKEN not in f"{error} {error!r} {error.detail}"


def test_deleting_is_not_taken_as_done_when_a_stranger_answers(sink: Sink) -> None:
    sink.answers(404, b"<html>no such page")
    rig = Rig(
        Mastodon(),
        lambda port: ({**STORED, "server": f"http://127.0.0.1:{port}"}, SECRET),
        sink.port,
        lambda: 0,
    )
    with pytest.raises(Refused):
        rig.delete("114000000000000000")


def test_an_edit_whose_first_question_is_not_answered_may_be_made_again(
    server: simulated.Mastodon,
) -> None:
    rig = rig_at(server)
    receipt = rig.publish()
    server.fault(Effect.LOSE_ANSWER, "GET", "/api/v1/statuses/")
    with pytest.raises(Retry):
        rig.edit(receipt.remote_id, "Rättelse.")
    assert server.shown[0].edits == 0
    server.fault(Effect.LOSE_ANSWER, "PUT", "/api/v1/statuses/")
    with pytest.raises(Unknown):
        rig.edit(receipt.remote_id, "Rättelse.")
    assert server.shown[0].edits == 1


def test_too_long_an_edit_is_refused_before_anything_is_asked(server: simulated.Mastodon) -> None:
    rig = rig_at(server)
    with pytest.raises(Refused) as error:
        rig.edit("1", "x" * 501)
    assert error.value.reason is Reason.TOO_LONG
    assert not server.requests


def test_an_edit_in_an_exercise_is_refused(server: simulated.Mastodon) -> None:
    rig = rig_at(server)
    change = Edit(key="e", remote_id="1", text="x", struck=(), language="sv", exercise=True)
    with pytest.raises(Refused) as error:
        rig.ask(lambda client: rig.channel.edit(client, rig.settings(), change))
    assert error.value.reason is Reason.EXERCISE
    assert not server.requests


# The probe.


def test_a_probe_tells_account_server_and_what_is_left(server: simulated.Mastodon) -> None:
    ready = rig_at(server).probe()
    assert ready.account == "torsby"
    assert ready.detail == "software=mastodon version=4.4.3 characters=500"
    assert ready.missing == ()
    assert ready.left == 298


@pytest.mark.parametrize("scope", SCOPES)
def test_a_right_that_the_key_lacks_is_named(scope: str) -> None:
    with simulated.Mastodon(scopes=tuple(set(SCOPES) - {scope})) as server:
        ready = rig_at(server).probe()
    assert ready.missing == (scope,)
    assert ready.reason is (None if scope in ("write:media", "write:accounts") else Reason.RIGHTS)


def test_a_key_of_another_account_is_told(server: simulated.Mastodon) -> None:
    server.account = "sunne"
    ready = rig_at(server).probe()
    assert ready.reason is Reason.WRONG_ACCOUNT
    assert ready.account == "sunne"


def test_settings_that_trust_keys_to_a_server_of_another_kind_are_told(
    deaf: simulated.Mastodon,
) -> None:
    ready = rig_at(deaf, software="mastodon").probe()
    assert ready.reason is Reason.ADDRESS
    assert "software=pixelfed" in ready.detail
    assert rig_at(deaf, software="pixelfed").probe().reason is None


def test_what_the_server_does_not_say_of_itself_is_left_out(server: simulated.Mastodon) -> None:
    server.fault(Effect.ERROR_BEFORE, "GET", "nodeinfo|instance", times=9)
    ready = rig_at(server).probe()
    assert ready.reason is None
    assert ready.detail == ""


@pytest.mark.parametrize(
    "effect",
    [Effect.LIMIT, Effect.ERROR_BEFORE, Effect.LOSE_ANSWER, Effect.WRONG_TYPE, Effect.EMPTY],
)
def test_lesson_21_a_passing_error_is_never_taken_for_a_dead_key(
    server: simulated.Mastodon, effect: Effect
) -> None:
    rig = rig_at(server)
    server.fault(effect, "GET", "verify_credentials")
    with pytest.raises(Retry):
        rig.probe()
    assert rig.probe().reason is None


# Settings.


@pytest.mark.parametrize(
    ("stored", "secret", "field"),
    [
        ({"server": "social.example"}, SECRET, "server"),
        ({"server": "https://me:pw@social.example"}, SECRET, "server"),
        ({"server": "https://social.example/@torsby"}, SECRET, "server"),
        ({"server": "https://social.example?x=1"}, SECRET, "server"),
        ({"server": "https://social.example:99999"}, SECRET, "server"),
        ({"server": 7}, SECRET, "server"),
        ({"account": "@"}, SECRET, "account"),
        ({"account": "två ord"}, SECRET, "account"),
        ({"software": 4}, SECRET, "software"),
        ({"characters": "många"}, SECRET, "characters"),
        ({"characters": True}, SECRET, "characters"),
        ({"characters": -5}, SECRET, "characters"),
        ({}, {"token": ""}, "token"),
        ({}, {"token": "två ord"}, "token"),
        ({}, {"token": "rad\nrad"}, "token"),
        ({}, {"token": 5}, "token"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    stored: dict[str, Any], secret: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadSettings) as error:
        Mastodon().parse({**STORED, **stored}, secret)
    assert error.value.field == field


def test_an_account_is_known_in_every_way_it_is_written() -> None:
    written = ("torsby", "@torsby", "@Torsby@social.example", "torsby@social.example")
    assert {settings(account=each).account for each in written} == {"torsby"}
    server = "https://Social.example/"
    assert settings(server=server).server == "https://social.example"


def test_the_limit_is_the_servers_and_counts_a_link_as_23() -> None:
    limit = Mastodon().limit(settings(characters=1000))
    assert limit.most == 1000
    assert limit.count("https://torsby.example/" + "x" * 100) == 23
    assert Mastodon().limit(settings()).most == 500


def test_the_fingerprint_changes_with_the_account() -> None:
    channel = Mastodon()
    assert channel.fingerprint(settings()) != channel.fingerprint(settings(account="sunne"))
