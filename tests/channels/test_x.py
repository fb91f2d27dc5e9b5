"""What X is sent, what each answer means, and how a lost post is found again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from channels.x import X
from channels.x_text import is_ours
from channels.x_token import refresh
from simulators.base import Effect
from simulators.x import X as Server
from tests.channels.rig import LATER, POST, Rig
from tests.channels.servers import Sink

SECRET = {
    "client_id": "app-id-of-torsby",
    "client_secret": "app-secret-of-torsby",
    "access_token": "access-1",
    "refresh_token": "refresh-1",
}
PUBLISH = ("POST", "/2/tweets$")
DATE = "Thu, 28 May 2026 20:26:40 GMT"  # 1780000000


@contextmanager
def rig() -> Iterator[Rig]:
    with Server() as server:
        yield Rig(
            X(),
            lambda port: ({"username": "Torsby", "server": f"http://127.0.0.1:{port}"}, SECRET),
            server.port,
            lambda: len(server.shown),
            optional=("server", "client_secret"),
            simulator=server,
            publishing=PUBLISH,
        )


@pytest.fixture
def x() -> Iterator[Rig]:
    with rig() as made:
        yield made


@pytest.fixture
def server(x: Rig) -> Server:
    assert isinstance(x.simulator, Server)
    return x.simulator


@pytest.fixture
def scripted(sink: Sink) -> Rig:
    """A server that answers as the test says."""
    return Rig(
        X(),
        lambda port: ({"username": "torsby", "server": f"http://127.0.0.1:{port}"}, SECRET),
        sink.port,
        lambda: len(sink.requests),
    )


def renew(rig: Rig) -> dict[str, str]:
    secret: dict[str, str] = rig.ask(lambda client: refresh(client, rig.settings()))
    return secret


# Posts.


def test_a_post_has_a_link_by_the_accounts_name(x: Rig) -> None:
    receipt = x.publish()
    assert receipt.link == f"https://x.com/torsby/status/{receipt.remote_id}"


def test_pictures_are_uploaded_and_described_before_the_post(x: Rig, server: Server) -> None:
    picture = Picture(data=b"\x89PNG", media_type="image/png", alt="Karta", width=1, height=1)
    x.publish(post=replace(POST, pictures=(picture, picture)))
    used = server.shown[0].extra["media"]
    assert len(used) == 2
    for each in used:
        assert server.media[each]["media"] == b"\x89PNG"
        assert server.media[each]["alt_text"] == {"text": "Karta"}
    assert [path for _method, path in server.requests][-1] == "/2/tweets"


@pytest.mark.parametrize("path", ["/2/media/upload", "/2/media/metadata"])
@pytest.mark.parametrize("effect", [Effect.LOSE_ANSWER, Effect.ERROR_AFTER, Effect.EMPTY])
def test_a_lost_upload_publishes_nothing_and_may_be_tried_again(
    x: Rig, server: Server, path: str, effect: Effect
) -> None:
    picture = Picture(data=b"\x89PNG", media_type="image/png", alt="Karta", width=1, height=1)
    post = replace(POST, pictures=(picture,))
    server.fault(effect, "POST", path)
    with pytest.raises(Retry):
        x.publish(post=post)
    assert x.arrived() == 0
    x.publish(post=post)
    assert x.arrived() == 1


@pytest.mark.parametrize("text", ["å" * 281, "🚰" * 141, "torsby.se " + "å" * 257 + "!"])
def test_a_text_too_heavy_is_refused_before_anything_leaves(
    x: Rig, server: Server, text: str
) -> None:
    with pytest.raises(Refused) as error:
        x.publish(post=replace(POST, text=text))
    assert error.value.reason is Reason.TOO_LONG
    assert not server.requests


def test_a_post_that_is_gone_already_is_deleted(x: Rig, server: Server) -> None:
    receipt = x.publish()
    server.taken[0].gone = True
    x.delete(receipt.remote_id)


# After a lost answer.


def test_lesson_5_an_identical_text_is_maybe_our_own_lost_post_and_is_found(
    x: Rig, server: Server
) -> None:
    server.fault(Effect.LOSE_ANSWER, *PUBLISH)
    with pytest.raises(Unknown):
        x.publish()
    with pytest.raises(Unknown) as error:
        x.publish()
    assert error.value.reason is Reason.DUPLICATE
    found = x.read_back()
    assert found is not None and found.remote_id == server.shown[0].remote_id
    assert x.arrived() == 1


def test_lesson_4_a_missing_post_proves_nothing(x: Rig) -> None:
    assert not x.channel.absence_proves(x.settings())
    assert x.read_back() is None


@pytest.mark.parametrize(
    "text",
    [
        "Läs på https://torsby.se/h/vattnet/ och krisinformation.se.\n\n{marker}",
        "Koka <allt> & vänta > 3 minuter\n\n{marker}",
        "https://torsby.se\n{marker}\nhttps://torsby.se",
        "🚰 a\u030a & &amp;\n\n{marker}",
    ],
)
@pytest.mark.parametrize("pictures", [0, 2])
def test_a_post_is_known_again_though_x_rewrites_links_and_marks(
    x: Rig, text: str, pictures: int
) -> None:
    picture = Picture(data=b"x", media_type="image/png", alt="Karta", width=1, height=1)
    post = replace(POST, text=text.format(marker=POST.marker), pictures=(picture,) * pictures)
    receipt = x.publish(post=post)
    assert x.read_back(post) == receipt
    assert x.read_back(replace(post, text=post.text.replace("3", "4", 1))) is None


def test_a_post_of_an_earlier_time_is_another(x: Rig, server: Server) -> None:
    x.publish()
    server.taken[0].extra["created_at"] = POST.made_at - 601
    assert x.read_back() is None
    server.taken[0].extra["created_at"] = POST.made_at - 599
    assert x.read_back() is not None


@pytest.mark.parametrize("created_at", ["2026-05-28T20:16:39.000Z", "", None, "i går"])
def test_an_earlier_post_is_another_even_if_x_shows_it(created_at: str | None) -> None:
    shown = {"text": POST.text, "created_at": created_at}
    assert not is_ours(shown, POST, POST.made_at - 600)
    assert is_ours(shown | {"created_at": "2026-05-28T20:16:41.000Z"}, POST, POST.made_at - 600)


def test_reading_back_asks_for_no_more_than_it_must_pay_for(x: Rig, server: Server) -> None:
    for number in range(12):
        x.publish(post=replace(POST, text=f"{POST.text} {number}"))
    x.publish()
    server.requests.clear()
    assert x.read_back() is not None
    assert [path for _method, path in server.requests] == [
        "/2/users/me",
        f"/2/users/{server.user_id}/tweets",
    ]


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda each: (
            st.lists(each)
            | st.dictionaries(
                st.sampled_from(["text", "created_at", "entities", "urls", "url"]), each
            )
        ),
    )
)
def test_whatever_x_shows_reading_it_breaks_nothing(shown: Any) -> None:  # fmt: skip
    assert not is_ours(shown, POST, 0.0)


# What X says.


def problem(title: str, detail: str, kind: str = "about:blank") -> bytes:
    return f'{{"title": "{title}", "detail": "{detail}", "type": "{kind}"}}'.encode()


TYPES = "https://api.x.com/2/problems"


@pytest.mark.parametrize(
    ("status", "body", "outcome", "reason"),
    [
        (400, problem("Invalid Request", "One or more parameters was invalid.",
                      f"{TYPES}/invalid-request"), Refused, Reason.TURNED_DOWN),
        (400, problem("Bad Request", "Your Tweet text is too long."), Refused, Reason.TOO_LONG),
        (401, problem("Unauthorized", "Unauthorized"), Reauthorise, Reason.CREDENTIALS),
        (401, b"", Reauthorise, Reason.CREDENTIALS),
        (402, problem("CreditsDepleted", "no credits", f"{TYPES}/credits"),
         Refused, Reason.CREDIT),
        (402, b"", Refused, Reason.CREDIT),
        (403, problem("Payment Required", "", f"{TYPES}/credits-depleted"),
         Refused, Reason.CREDIT),
        (403, problem("Forbidden",
                      "You are not allowed to create a Tweet with duplicate content."),
         Unknown, Reason.DUPLICATE),
        (403, problem("Client Forbidden", "not enrolled", f"{TYPES}/client-forbidden"),
         Refused, Reason.RIGHTS),
        (403, problem("Unsupported Authentication", "app only",
                      f"{TYPES}/unsupported-authentication"), Refused, Reason.RIGHTS),
        (403, problem("Authorization Error", "no", f"{TYPES}/not-authorized-for-resource"),
         Refused, Reason.RIGHTS),
        (403, problem("Forbidden", "Your account is suspended."), Refused, Reason.TURNED_DOWN),
        (404, b"", Refused, Reason.TURNED_DOWN),
        (429, problem("Too Many Requests", "Too Many Requests"), Retry, Reason.BUSY),
        (429, problem("UsageCapExceeded", "Monthly", f"{TYPES}/usage-capped"),
         Refused, Reason.CREDIT),
        (500, b"", Unknown, Reason.SERVER_ERROR),
        (502, b"<html>", Unknown, Reason.SERVER_ERROR),
        (503, problem("Service Unavailable", "over capacity"), Unknown, Reason.SERVER_ERROR),
        (504, b"", Unknown, Reason.SERVER_ERROR),
        (201, b'{"errors": [{"title": "?"}]}', Unknown, Reason.BAD_ANSWER),
        (201, b'{"data": {}}', Unknown, Reason.BAD_ANSWER),
        (201, b'{"data": {"id": 17}}', Unknown, Reason.BAD_ANSWER),
        (201, b'{"data": {"id": "../1"}}', Unknown, Reason.BAD_ANSWER),
        (204, b"", Unknown, Reason.BAD_ANSWER),
    ],
)  # fmt: skip
def test_each_documented_error_has_one_outcome(
    scripted: Rig, sink: Sink, status: int, body: bytes, outcome: type[ChannelError], reason: Reason
) -> None:
    sink.answers(status, body)
    with pytest.raises(ChannelError) as error:
        scripted.publish()
    assert (type(error.value), error.value.reason) == (outcome, reason)
    assert len(sink.requests) == 1


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"x_rate_limit_reset": "1780000090"}, 90),
        ({"x_rate_limit_reset": "1779999000"}, 0),
        (
            {
                "x_rate_limit_reset": "1780000090",
                "x_rate_limit_remaining": "7",
                "x_user_limit_24hour_remaining": "0",
                "x_user_limit_24hour_reset": "1780003600",
            },
            3600,
        ),
        ({"x_rate_limit_reset": "snart"}, None),
        ({}, None),
    ],
)
def test_the_wish_to_wait_is_that_of_the_allowance_that_is_used_up(
    scripted: Rig, sink: Sink, headers: dict[str, str], after: float | None
) -> None:
    sink.answers(429, b"{}", Date=DATE, **headers)
    with pytest.raises(Retry) as error:
        scripted.publish()
    assert error.value.after == after


def test_the_hundred_and_first_post_waits_for_the_window(x: Rig, server: Server) -> None:
    for number in range(100):
        x.publish(post=replace(POST, text=f"{number}"))
    with pytest.raises(Retry) as error:
        x.publish()
    assert error.value.after == 900


# Readiness.


def test_the_probe_tells_when_the_token_ends_and_what_it_may_not(x: Rig) -> None:
    stored = SECRET | {"expires_at": "1780007200", "scope": "tweet.read users.read offline.access"}
    ready = x.probe(stored)
    assert (ready.account, ready.reason) == ("torsby", Reason.RIGHTS)
    assert ready.missing == ("tweet.write", "media.write")
    assert ready.expires_at == 1780007200


def test_a_key_to_another_account_is_named(x: Rig, server: Server) -> None:
    server.username = "NagonAnnan"
    ready = x.probe()
    assert (ready.account, ready.reason) == ("NagonAnnan", Reason.WRONG_ACCOUNT)


def test_empty_credits_are_seen_before_they_are_needed(x: Rig, server: Server) -> None:
    server.credits = False
    assert x.probe().reason is Reason.CREDIT


# The token.


def test_a_new_token_comes_with_all_that_is_to_be_stored(x: Rig, server: Server) -> None:
    secret = renew(x)
    assert (secret["access_token"], secret["refresh_token"]) == ("access-2", "refresh-2")
    assert (secret["client_id"], secret["client_secret"]) == (
        SECRET["client_id"],
        SECRET["client_secret"],
    )
    stored, _old = x.at(x.port)
    renewed = x.channel.parse(stored, secret)
    assert x.channel.pacing_key(renewed) == x.channel.pacing_key(x.settings())
    assert renewed.expires_at > POST.made_at
    with pytest.raises(Reauthorise):
        x.publish()
    receipt = x.ask(lambda client: x.channel.publish(client, renewed, POST))
    assert receipt.remote_id
    assert x.probe(secret).missing == ()


def test_lesson_21_a_refresh_token_that_x_takes_no_more_asks_for_a_new_connection(
    x: Rig, server: Server
) -> None:
    renew(x)
    with pytest.raises(Reauthorise):
        renew(x)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"{}"),
        (200, b'{"access_token": null}'),
        (200, b'{"access_token": ""}'),
        (200, b'{"access_token": " "}'),
        (200, b'{"access_tok'),
        (200, b"<html>"),
        (400, b""),
        (400, b'{"error": "invalid_request", "error_description": "Missing parameter"}'),
        (401, b"<html>"),
        (403, b"<html>Cloudflare"),
        (429, b"{}"),
        (500, b""),
        (503, b'{"error": "invalid_grant"}'),
    ],
)
def test_lesson_21_an_answer_without_a_token_costs_the_account_nothing(
    scripted: Rig, sink: Sink, status: int, body: bytes
) -> None:
    sink.answers(status, body)
    with pytest.raises(Retry):
        renew(scripted)


@pytest.mark.parametrize("given", [b"", b', "refresh_token": ""', b', "refresh_token": null'])
def test_lesson_21_what_x_leaves_out_stays_as_it_was(
    scripted: Rig, sink: Sink, given: bytes
) -> None:
    sink.answers(200, b'{"access_token": "ny"' + given + b', "scope": "", "expires_in": "x"}')
    secret = renew(scripted)
    assert (secret["access_token"], secret["refresh_token"]) == ("ny", SECRET["refresh_token"])
    assert "expires_at" not in secret and secret["scope"] == ""


def test_an_answer_that_takes_nearly_all_of_the_time_still_gives_the_only_key_there_is(
    x: Rig, server: Server
) -> None:
    server.delay = lambda: 1.2
    secret = x.ask(lambda client: refresh(client, x.settings()), total=2.0)
    assert secret["refresh_token"] == "refresh-2"


def test_an_answer_that_is_lost_asks_for_no_new_connection(x: Rig, server: Server) -> None:
    server.fault(Effect.LOSE_ANSWER, "POST", "/2/oauth2/token$")
    with pytest.raises(Retry):
        renew(x)


def test_an_app_that_x_takes_no_more_is_no_matter_of_the_accounts_key(
    scripted: Rig, sink: Sink
) -> None:
    sink.answers(401, b'{"error": "unauthorized_client"}')
    with pytest.raises(Refused) as error:
        renew(scripted)
    assert (type(error.value), error.value.reason) == (Refused, Reason.RIGHTS)


def test_a_public_app_names_itself_in_the_body(scripted: Rig, sink: Sink) -> None:
    sink.answers(200, b'{"access_token": "ny"}')
    stored, secret = scripted.at(scripted.port)
    settings = scripted.channel.parse(stored, secret | {"client_secret": ""})
    scripted.ask(lambda client: refresh(client, settings))
    headers, body = sink.requests[0]
    assert "Authorization" not in headers
    assert b"client_id=app-id-of-torsby" in body


# Settings.


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "torsby kommun"}, "username"),
        ({"username": "åmål"}, "username"),
        ({"username": "x" * 16}, "username"),
        ({"username": "torsby", "server": "api.x.com"}, "server"),
        ({"username": "torsby", "server": "https://api.x.com/2"}, "server"),
        ({"username": "torsby", "server": "https://me:pw@api.x.com"}, "server"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(settings: dict[str, object], field: str) -> None:
    with pytest.raises(BadSettings) as error:
        X().parse(settings, SECRET)
    assert error.value.field == field


def test_a_name_is_taken_as_people_write_it() -> None:
    settings = X().parse({"username": "@Torsby_Kommun"}, SECRET)
    assert (settings.username, settings.server) == ("torsby_kommun", "https://api.x.com")


def test_the_next_round_of_the_same_text_is_no_duplicate(x: Rig) -> None:
    x.publish()
    assert x.publish(post=LATER).remote_id
