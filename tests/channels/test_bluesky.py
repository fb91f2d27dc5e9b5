"""What Bluesky is sent, and what each answer means."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from channels import bluesky_session
from channels.bluesky import Bluesky, links_in, record_key, record_of
from channels.contract import Picture
from channels.failures import (
    BadSettings,
    ChannelError,
    Reason,
    Reauthorise,
    Refused,
    Retry,
    Unknown,
)
from channels.http import Client
from simulators.base import Effect
from simulators.bluesky import Bluesky as Server
from tests.channels.rig import LATER, POST, Rig
from tests.channels.servers import Sink

HANDLE = "torsby.bsky.example"
SECRET = {"app_password": "abcd-efgh-ijkl-mnop"}
PUT = ("POST", "putRecord")
LOGIN = "createSession"
REFRESH = "refreshSession"


def pinned(server: Server) -> list[str]:
    """The address of what stands first on the one account, if anything does."""
    (account,) = server.accounts.values()
    held = (account.profile or {}).get("pinnedPost")
    return [held["uri"]] if held else []


@contextmanager
def rig() -> Iterator[Rig]:
    bluesky_session.HELD.clear()
    with Server() as server:
        server.add(HANDLE, SECRET["app_password"])
        yield Rig(
            Bluesky(),
            lambda port: ({"handle": HANDLE, "service": f"http://127.0.0.1:{port}"}, SECRET),
            server.port,
            lambda: len(server.shown),
            after=b"putRecord",
            optional=("service",),
            simulator=server,
            publishing=PUT,
            pinned=lambda: pinned(server),
            pinning=PUT,
            before=("POST", LOGIN),
        )


@pytest.fixture
def bluesky() -> Iterator[Rig]:
    with rig() as made:
        yield made


@pytest.fixture
def server(bluesky: Rig) -> Server:
    assert isinstance(bluesky.simulator, Server)
    return bluesky.simulator


def account(server: Server) -> Any:
    return next(iter(server.accounts.values()))


def asked(server: Server, name: str) -> int:
    return sum(1 for _method, path in server.requests if path.endswith(name))


# The record.


def test_the_record_has_a_frozen_time_a_language_and_links_as_facets(
    bluesky: Rig, server: Server
) -> None:
    text = "Koka vattnet åäö 🚰.\nhttps://torsby.example/h/vattnet/\n\nKl 14.30, uppdatering 3"
    receipt = bluesky.publish(post=replace(POST, text=text))
    (taken,) = server.shown
    record = taken.extra["record"]
    assert record["createdAt"] == "2026-05-28T20:26:40.000Z"
    assert (record["text"], record["langs"]) == (text, ["sv"])
    (facet,) = record["facets"]
    at = facet["index"]
    link = text.encode()[at["byteStart"] : at["byteEnd"]].decode()
    assert link == "https://torsby.example/h/vattnet/" == facet["features"][0]["uri"]
    assert receipt.remote_id == taken.remote_id
    assert receipt.link == f"https://bsky.app/profile/{HANDLE}/post/{taken.key}"


def test_a_record_without_a_link_has_no_facets() -> None:
    assert "facets" not in record_of(replace(POST, text="@torsby #vatten torsby.example"))


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("Se https://a.example/b.", ["https://a.example/b"]),
        ("(https://a.example/b)", ["https://a.example/b"]),
        ("”https://a.example/b”, sa hon", ["https://a.example/b"]),
        ("https://a.example/b?c=d&e=ö#f …", ["https://a.example/b?c=d&e=ö#f"]),
        ("https://a.example http://b.example", ["https://a.example", "http://b.example"]),
        ("a.example och mailto:x@a.example", []),
        ("https://", []),
    ],
)
def test_a_link_ends_where_the_sentence_goes_on(text: str, links: list[str]) -> None:
    assert [facet["features"][0]["uri"] for facet in links_in(text)] == links


words = st.text(alphabet="abcåäö ÅÄÖé🚰👩‍👩‍👧‍👦🇸🇪水\n", max_size=40)


@given(words, words)
def test_facets_count_bytes_whatever_stands_before_and_after(before: str, after: str) -> None:
    link = "https://torsby.example/h/vattnet/"
    text = f"{before} {link} {after}"
    (facet,) = links_in(text)
    at = facet["index"]
    assert text.encode()[at["byteStart"] : at["byteEnd"]] == link.encode()


@given(st.lists(st.text(min_size=1, max_size=20), unique=True, min_size=2, max_size=50))
def test_every_key_has_a_record_key_of_its_own_in_the_same_second(keys: list[str]) -> None:
    made = [record_key(replace(POST, key=key)) for key in keys]
    assert len(set(made)) == len(keys)
    assert all(re.fullmatch("[234567a-j][234567a-z]{12}", each) for each in made)


def test_record_keys_sort_by_the_first_attempt_and_are_the_same_for_every_attempt() -> None:
    assert record_key(POST) == record_key(replace(POST, text="x")) < record_key(LATER)


def test_pictures_go_with_their_alt_text_and_shape(bluesky: Rig, server: Server) -> None:
    picture = Picture(
        data=b"\x89PNG", media_type="image/png", alt="Karta över Oleby", width=1200, height=675
    )
    bluesky.publish(post=replace(POST, pictures=(picture,)))
    (image,) = server.shown[0].extra["record"]["embed"]["images"]
    assert image["alt"] == "Karta över Oleby"
    assert image["aspectRatio"] == {"width": 1200, "height": 675}
    assert image["image"]["mimeType"] == "image/png"
    assert server.blobs[image["image"]["ref"]["$link"]] == b"\x89PNG"


def test_a_lost_upload_publishes_nothing_and_the_next_attempt_is_the_same_record(
    bluesky: Rig, server: Server
) -> None:
    picture = Picture(data=b"\xff\xd8", media_type="image/jpeg", alt="Karta", width=1, height=1)
    post = replace(POST, pictures=(picture,))
    server.fault(Effect.LOSE_ANSWER, "POST", "uploadBlob")
    with pytest.raises(Retry):
        bluesky.publish(post=post)
    assert bluesky.arrived() == 0
    assert bluesky.publish(post=post).remote_id == bluesky.publish(post=post).remote_id
    assert bluesky.arrived() == 1


@pytest.mark.parametrize("text", ["å" * 301, "👩‍👩‍👧‍👦" * 121])
def test_both_limits_are_kept_before_anything_leaves(
    bluesky: Rig, server: Server, text: str
) -> None:
    with pytest.raises(Refused) as error:
        bluesky.publish(post=replace(POST, text=text))
    assert error.value.reason is Reason.TOO_LONG
    assert not server.requests


@pytest.mark.parametrize("text", ["å" * 300, "👩‍👩‍👧‍👦" * 120])
def test_a_text_at_its_limit_is_taken(bluesky: Rig, text: str) -> None:
    assert bluesky.publish(post=replace(POST, text=text)).text == text


# After a lost answer.


@pytest.mark.parametrize(
    "effect", [Effect.LOSE_ANSWER, Effect.ERROR_AFTER, Effect.EMPTY, Effect.TRUNCATED]
)
def test_lesson_3_and_4_after_a_lost_answer_any_number_of_attempts_are_one_record(
    bluesky: Rig, server: Server, effect: Effect
) -> None:
    server.fault(effect, *PUT, times=6)
    for _attempt in range(6):
        with pytest.raises(Unknown):
            bluesky.publish(total=2)
    receipt = bluesky.publish()
    assert [one.remote_id for one in server.taken] == [receipt.remote_id]


def test_absence_proves_and_a_deleted_post_is_absent(bluesky: Rig) -> None:
    receipt = bluesky.publish()
    assert bluesky.read_back() == receipt
    bluesky.delete(receipt.remote_id)
    assert bluesky.read_back() is None
    assert bluesky.channel.absence_proves(bluesky.settings())


def test_another_text_under_our_record_key_is_nothing_we_know(bluesky: Rig) -> None:
    bluesky.publish()
    with pytest.raises(ChannelError) as error:
        bluesky.read_back(replace(POST, text="Någon annans text"))
    assert type(error.value) is Unknown


@pytest.mark.parametrize("body", [b"{}", b'{"uri": 7}', b'{"uri": "at://x/app.bsky.feed.post/a"}'])
def test_an_acceptance_that_names_another_record_is_unknown(body: bytes) -> None:
    with scripted(200, body) as sink, pytest.raises(Unknown):
        sink.publish()


# What the server says.


@contextmanager
def scripted(status: int, body: bytes, **headers: str) -> Iterator[Rig]:
    """A server that answers the record so, to an account that is logged in."""
    bluesky_session.HELD.clear()
    with Sink() as sink:
        made = Rig(
            Bluesky(),
            lambda port: ({"handle": HANDLE, "service": f"http://127.0.0.1:{port}"}, SECRET),
            sink.port,
            lambda: len(sink.requests),
        )
        session = bluesky_session.Session("did:plc:abc", HANDLE, "access", "refresh", float("inf"))
        held = bluesky_session._Held(session)
        bluesky_session.HELD[made.settings().credential] = held
        sink.answers(status, body, **headers)
        yield made


@pytest.mark.parametrize(
    ("status", "name", "outcome", "reason"),
    [
        (400, "InvalidRequest", Refused, Reason.TURNED_DOWN),
        (400, "InvalidSwap", Refused, Reason.TURNED_DOWN),
        (400, "AccountDeactivated", Refused, Reason.TURNED_DOWN),
        (401, "AccountTakedown", Refused, Reason.TURNED_DOWN),
        (401, "AuthMissing", Reauthorise, Reason.CREDENTIALS),
        (401, "AuthenticationRequired", Reauthorise, Reason.CREDENTIALS),
        (403, "ScopeMissingError", Refused, Reason.RIGHTS),
        (404, "XRPCNotSupported", Refused, Reason.TURNED_DOWN),
        (408, "", Retry, Reason.BUSY),
        (413, "PayloadTooLarge", Refused, Reason.TURNED_DOWN),
        (429, "RateLimitExceeded", Retry, Reason.BUSY),
        (500, "InternalServerError", Unknown, Reason.SERVER_ERROR),
        (501, "MethodNotImplemented", Unknown, Reason.SERVER_ERROR),
        (502, "UpstreamFailure", Unknown, Reason.SERVER_ERROR),
        (503, "NotEnoughResources", Unknown, Reason.SERVER_ERROR),
        (504, "UpstreamTimeout", Unknown, Reason.SERVER_ERROR),
        (202, "", Unknown, Reason.BAD_ANSWER),
    ],
)
def test_each_documented_error_has_one_outcome(
    status: int, name: str, outcome: type[ChannelError], reason: Reason
) -> None:
    body = f'{{"error": "{name}", "message": "Nej"}}'.encode()
    with scripted(status, body) as sink:
        with pytest.raises(ChannelError) as error:
            sink.publish()
        assert (type(error.value), error.value.reason) == (outcome, reason)
        assert sink.arrived() == 1


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"RateLimit_Reset": "1780000090", "Date": "Thu, 28 May 2026 20:26:40 GMT"}, 90),
        ({"RateLimit_Reset": "1779999990", "Date": "Thu, 28 May 2026 20:26:40 GMT"}, 0),
        ({"RateLimit_Reset": "120"}, 120),
        ({"RateLimit_Reset": "snart"}, None),
        ({}, None),
    ],
)
def test_the_wish_to_wait_is_read_from_its_own_headers_against_its_own_clock(
    headers: dict[str, str], after: float | None
) -> None:
    with scripted(429, b'{"error": "RateLimitExceeded"}', **headers) as sink:
        with pytest.raises(Retry) as error:
            sink.publish()
        assert error.value.after == after


# Sessions.


def test_posts_share_one_login_across_clients_and_event_loops(bluesky: Rig, server: Server) -> None:
    bluesky.publish()
    bluesky.publish(post=LATER)
    bluesky.read_back()
    assert (account(server).logins, server.refreshes) == (1, 0)


def test_many_posts_at_once_log_in_once(bluesky: Rig, server: Server) -> None:
    server.delay = lambda: 0.05
    settings = bluesky.settings()

    async def all_at_once(client: Client) -> None:
        posts = [replace(POST, key=f"r{number}") for number in range(10)]
        await asyncio.gather(*(bluesky.channel.publish(client, settings, post) for post in posts))

    bluesky.ask(all_at_once)
    assert (account(server).logins, bluesky.arrived()) == (1, 10)


def test_threads_with_loops_of_their_own_share_one_login(bluesky: Rig, server: Server) -> None:
    server.delay = lambda: 0.05
    posts = [replace(POST, key=f"r{number}") for number in range(4)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda post: bluesky.publish(post=post), posts))
    assert (account(server).logins, bluesky.arrived()) == (1, 4)


def test_a_token_that_ran_out_is_renewed_once_for_all_and_the_posts_go_out(
    bluesky: Rig, server: Server
) -> None:
    bluesky.publish()
    server.expire()
    settings = bluesky.settings()

    async def two(client: Client) -> None:
        posts = [replace(POST, key=f"r{number}") for number in range(2)]
        await asyncio.gather(*(bluesky.channel.publish(client, settings, post) for post in posts))

    bluesky.ask(two)
    assert (account(server).logins, server.refreshes, bluesky.arrived()) == (1, 1, 3)


def test_a_token_near_its_end_is_renewed_before_it_is_used(bluesky: Rig, server: Server) -> None:
    settings = bluesky.settings()

    async def publish_at(moment: float) -> None:
        async with Client(("127.0.0.1",), now=lambda: moment) as client:
            await bluesky.channel.publish(client, settings, POST)

    for moment, refreshes in ((0.0, 0), (6_800.0, 0), (6_950.0, 1), (7_300.0, 1)):
        asyncio.run(publish_at(moment))
        assert server.refreshes == refreshes
    assert account(server).logins == 1


@pytest.mark.parametrize(
    "effect",
    [Effect.EMPTY, Effect.TRUNCATED, Effect.WRONG_TYPE, Effect.ERROR_AFTER, Effect.LOSE_ANSWER],
)
def test_lesson_21_a_renewal_without_an_answer_never_overwrites_the_session(
    bluesky: Rig, server: Server, effect: Effect
) -> None:
    bluesky.publish()
    held = bluesky_session.HELD[bluesky.settings().credential]
    before = held.session
    server.expire()
    server.fault(effect, "POST", REFRESH)
    with pytest.raises(Retry):
        bluesky.publish(post=LATER)
    assert held.session is before
    bluesky.publish(post=LATER)
    assert (account(server).logins, bluesky.arrived()) == (1, 2)


@pytest.mark.parametrize("missing", ["did", "handle", "accessJwt", "refreshJwt"])
@pytest.mark.parametrize("value", [None, "", 7])
def test_lesson_21_half_a_session_is_none(missing: str, value: object) -> None:
    whole = {"did": "did:plc:a", "handle": HANDLE, "accessJwt": "a.b.c", "refreshJwt": "d"}
    answer = web.json_response(whole | {missing: value}).text
    assert answer is not None
    bluesky_session.HELD.clear()
    with scripted(200, answer.encode()) as sink:
        bluesky_session.HELD.clear()
        with pytest.raises(Retry):
            sink.publish()
        assert bluesky_session.HELD[sink.settings().credential].session is None


def test_lesson_21_a_server_that_stumbles_over_a_renewal_does_not_hold_up_a_living_token(
    bluesky: Rig, server: Server
) -> None:
    bluesky.publish()
    held = bluesky_session.HELD[bluesky.settings().credential]
    assert held.session is not None
    server.fault(Effect.ERROR_BEFORE, "POST", REFRESH)
    almost_out = held.session.ends_at - 100

    async def publish() -> None:
        async with Client(("127.0.0.1",), now=lambda: almost_out) as client:
            await bluesky.channel.publish(client, bluesky.settings(), LATER)

    asyncio.run(publish())
    assert (bluesky.arrived(), server.refreshes) == (2, 0)


def test_a_refresh_token_that_is_dead_gives_way_to_the_password(
    bluesky: Rig, server: Server
) -> None:
    bluesky.publish()
    owner = account(server)
    passwords = set(owner.passwords)
    server.revoke(owner)
    owner.passwords |= passwords
    server.expire()
    bluesky.publish(post=LATER)
    assert (owner.logins, bluesky.arrived()) == (2, 2)


def test_an_app_password_taken_back_is_seen_by_the_probe_while_the_token_still_lives(
    bluesky: Rig, server: Server
) -> None:
    bluesky.publish()
    assert bluesky.probe().reason is None
    assert account(server).logins == 1
    server.revoke(account(server))
    assert bluesky.probe().reason is Reason.CREDENTIALS
    with pytest.raises(Reauthorise):
        bluesky.publish(post=LATER)


def test_a_token_that_is_worn_however_often_is_renewed_asks_to_try_later() -> None:
    with scripted(400, b'{"error": "ExpiredToken"}') as sink, pytest.raises(Retry):
        sink.publish()


def test_the_thirty_first_login_must_wait_as_long_as_the_server_says(
    bluesky: Rig, server: Server
) -> None:
    account(server).logins = 30
    with pytest.raises(Retry) as error:
        bluesky.publish()
    assert (error.value.reason, error.value.after) == (Reason.BUSY, 300)


# Readiness.


@pytest.mark.parametrize("status", ["takendown", "suspended", "deactivated"])
def test_a_closed_account_is_not_ready_and_no_new_key_would_help(
    bluesky: Rig, server: Server, status: str
) -> None:
    bluesky.publish()
    account(server).status = status
    with pytest.raises(Refused) as error:
        bluesky.publish(post=LATER)
    assert type(error.value) is Refused
    assert bluesky.probe().reason is Reason.TURNED_DOWN


def test_a_handle_that_is_somebody_elses_by_now_is_named(bluesky: Rig, server: Server) -> None:
    bluesky.publish()
    account(server).handle = "nytt.bsky.example"
    ready = bluesky.probe()
    assert (ready.account, ready.reason) == ("nytt.bsky.example", Reason.WRONG_ACCOUNT)


# Settings.


@pytest.mark.parametrize(
    ("settings", "secret", "field"),
    [
        ({"handle": "torsby"}, SECRET, "handle"),
        ({"handle": "kris@torsby.example"}, SECRET, "handle"),
        ({"handle": "did:key:x"}, SECRET, "handle"),
        ({"handle": ["a.example"]}, SECRET, "handle"),
        ({"handle": HANDLE, "service": "bsky.social"}, SECRET, "service"),
        ({"handle": HANDLE, "service": "https://bsky.social/xrpc"}, SECRET, "service"),
        ({"handle": HANDLE, "service": "https://me:pw@bsky.social"}, SECRET, "service"),
        ({"handle": HANDLE, "service": "https://a.example:99999"}, SECRET, "service"),
        ({"handle": HANDLE}, {"app_password": " "}, "app_password"),
        ({"handle": HANDLE}, {"app_password": 7}, "app_password"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    settings: dict[str, object], secret: dict[str, object], field: str
) -> None:
    with pytest.raises(BadSettings) as error:
        Bluesky().parse(settings, secret)
    assert error.value.field == field


def test_a_handle_is_taken_as_people_write_it() -> None:
    settings = Bluesky().parse({"handle": " @Torsby.Bsky.Social", "service": ""}, SECRET)
    assert (settings.handle, settings.service) == ("torsby.bsky.social", "https://bsky.social")
    did = "did:plc:Ab3"
    assert Bluesky().parse({"handle": did}, SECRET).handle == did
