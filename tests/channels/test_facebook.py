"""Posts on a Facebook Page, and what each of Graph API's errors comes to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from channels.contract import Picture
from channels.facebook import Facebook
from channels.failures import (
    BadSettings,
    ChannelError,
    Reason,
    Reauthorise,
    Refused,
    Retry,
    Unknown,
)
from channels.graph_errors import CODES, Gone, Means, Unreached
from simulators.base import Effect
from simulators.facebook import Facebook as Page
from tests.channels.rig import POST, Rig

SECRET = {"token": Page.TOKEN}
SETTINGS = {"page_id": Page.ACCOUNT}
PICTURE = Picture(
    data=b"\x89PNG-prov\r\n--\r\n",
    media_type="image/png",
    alt="Karta över Torsby och Oleby",
    width=2,
    height=1,
)


def at(port: int) -> tuple[dict[str, Any], dict[str, Any]]:
    return {**SETTINGS, "api": f"http://127.0.0.1:{port}"}, SECRET


@contextmanager
def rig() -> Iterator[Rig]:
    with Page() as page:
        yield Rig(
            Facebook(),
            at,
            page.port,
            lambda: len(page.shown),
            after=b"/feed",
            optional=("api",),
            simulator=page,
            publishing=("POST", "/feed$"),
        )


@contextmanager
def both() -> Iterator[tuple[Rig, Page]]:
    with rig() as facebook:
        assert isinstance(facebook.simulator, Page)
        yield facebook, facebook.simulator


def test_the_text_is_published_word_for_word_and_the_link_is_left_to_it() -> None:
    with both() as (facebook, page):
        receipt = facebook.publish()
    assert [post.text for post in page.taken] == [POST.text]
    assert receipt.link == f"https://www.facebook.com/{receipt.remote_id}"


def test_pictures_go_up_unpublished_with_their_alt_texts_and_the_post_shows_them() -> None:
    with both() as (facebook, page):
        facebook.publish(post=replace(POST, pictures=(PICTURE, PICTURE)))
        (post,) = page.shown
    assert [one["alt_text_custom"] for one in post.extra["photos"]] == [PICTURE.alt] * 2
    assert [one["source"] for one in post.extra["photos"]] == [str(len(PICTURE.data))] * 2
    assert page.photos == {}


@pytest.mark.parametrize("effect", [Effect.LOSE_ANSWER, Effect.ERROR_AFTER, Effect.DRIP])
def test_a_picture_whose_upload_is_lost_is_safe_to_try_again(effect: Effect) -> None:
    with both() as (facebook, page):
        page.fault(effect, "POST", "/photos$")
        post = replace(POST, pictures=(PICTURE,))
        with pytest.raises(Retry) as error:
            facebook.publish(post=post, total=1.5)
        assert error.value.reason is Reason.NO_CONNECTION
        assert page.shown == []
        facebook.publish(post=post)
        assert len(page.shown) == 1


@pytest.mark.parametrize(
    ("status", "code", "subcode", "outcome", "reason"),
    [
        *((400, 190, sub, Reauthorise, Reason.CREDENTIALS)
          for sub in (None, 458, 459, 460, 463, 464, 467, 492)),
        (400, 102, None, Reauthorise, Reason.CREDENTIALS),
        (400, 2500, None, Reauthorise, Reason.CREDENTIALS),
        *((403, code, None, Refused, Reason.RIGHTS) for code in (3, 10, 200, 220, 299)),
        *((400, code, None, Retry, Reason.BUSY)
          for code in (4, 9, 17, 32, 341, 368, 613, 80001, 80002, 9007)),
        (400, 506, None, Unknown, Reason.DUPLICATE),
        *((500, code, None, Unknown, Reason.SERVER_ERROR) for code in (1, 2)),
        *((400, code, None, Unknown, Reason.SERVER_ERROR) for code in (-2, -1, 1, 2, 24)),
        (400, 100, None, Refused, Reason.TURNED_DOWN),
        (400, 100, 33, Gone, Reason.TURNED_DOWN),
        (404, 803, None, Gone, Reason.TURNED_DOWN),
        (400, 12, None, Refused, Reason.OUTDATED),
        (400, 2635, None, Refused, Reason.OUTDATED),
        (400, 9004, 2207052, Unreached, Reason.NO_CONNECTION),
        (400, 1609005, None, Refused, Reason.TURNED_DOWN),
        (400, 424242, None, Refused, Reason.TURNED_DOWN),
        (401, 424242, None, Reauthorise, Reason.CREDENTIALS),
        (403, 424242, None, Refused, Reason.RIGHTS),
        *((status, 424242, None, Retry, Reason.BUSY) for status in (408, 425, 429)),
        (503, 424242, None, Unknown, Reason.SERVER_ERROR),
    ],
)  # fmt: skip
def test_each_documented_error_has_one_outcome(
    status: int, code: int, subcode: int | None, outcome: type[ChannelError], reason: Reason
) -> None:
    with both() as (facebook, page):
        page.failing.append(("/feed", page.error(code, subcode, status=status)))
        with pytest.raises(ChannelError) as error:
            facebook.publish()
    assert type(error.value) is outcome
    assert error.value.reason is reason


def test_the_table_has_a_code_of_every_meaning() -> None:
    assert set(CODES.values()) == set(Means)


def test_an_unknown_error_that_calls_itself_passing_may_have_published() -> None:
    with both() as (facebook, page):
        page.failing.append(("/feed", page.error(424242, is_transient=True)))
        with pytest.raises(Unknown):
            facebook.publish()


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"X-Business-Use-Case-Usage": '{"1": [{"estimated_time_to_regain_access": 19}]}'}, 1140),
        ({"X-App-Usage": '{"call_count": 100, "estimated_time_to_regain_access": 5}'}, 300),
        ({"X-App-Usage": '{"call_count": 100}', "Retry-After": "9"}, 9),
        ({"X-Business-Use-Case-Usage": "{", "X-App-Usage": "[]"}, None),
        ({"X-Business-Use-Case-Usage":
          '{"1": [{"estimated_time_to_regain_access": 0}, {"estimated_time_to_regain_access": 3}]}'
          }, 180),
    ],
)  # fmt: skip
def test_the_wish_to_wait_is_read_from_the_headers_on_usage(
    headers: dict[str, str], after: float | None
) -> None:
    with both() as (facebook, page):
        page.failing.append(("/feed", page.error(32, headers=headers)))
        with pytest.raises(Retry) as error:
            facebook.publish()
    assert error.value.after == after


def test_lesson_4_a_server_error_with_the_post_out_is_looked_for_and_found() -> None:
    with both() as (facebook, page):
        page.fault(Effect.ERROR_AFTER, "POST", "/feed$")
        with pytest.raises(Unknown):
            facebook.publish()
        found = facebook.read_back()
        assert found is not None
        assert found.remote_id == page.shown[0].remote_id
        assert len(page.shown) == 1


def test_lesson_5_a_text_said_to_be_out_already_is_never_sent_another_way() -> None:
    with both() as (facebook, page):
        page.fault(Effect.LOSE_ANSWER, "POST", "/feed$")
        for reason in (Reason.NO_ANSWER, Reason.DUPLICATE):
            with pytest.raises(Unknown) as error:
                facebook.publish()
            assert error.value.reason is reason
        assert len(page.shown) == 1
        assert facebook.read_back() is not None


def test_lesson_21_a_passing_fault_is_not_taken_for_a_dead_token() -> None:
    with both() as (facebook, page):
        page.failing += [("/me", page.error(2, status=500)), ("/me", page.error(4))]
        for outcome in (Unknown, Retry):
            with pytest.raises(outcome):
                facebook.probe()


def test_yesterdays_round_with_the_same_words_is_not_this_one() -> None:
    with both() as (facebook, page):
        facebook.publish()
        made_at = page.shown[0].extra["at"].timestamp()
        assert facebook.read_back(replace(POST, made_at=made_at + 500)) is not None
        assert facebook.read_back(replace(POST, made_at=made_at + 700)) is None


def test_somebody_elses_post_that_quotes_the_marker_is_not_ours() -> None:
    with both() as (facebook, page):
        page.take("1_2", f"{POST.marker} säger kommunen, men koka inget!")
        assert facebook.read_back() is None


def test_saying_deleted_of_a_post_that_is_only_hidden_is_refused() -> None:
    with both() as (facebook, page):
        receipt = facebook.publish()
        page.failing.append((receipt.remote_id, page.no_such_object()))
        with pytest.raises(Refused) as error:
            facebook.delete(receipt.remote_id)
        assert error.value.reason is Reason.RIGHTS


def test_the_probe_says_whose_the_token_is_what_it_lacks_and_when_it_dies() -> None:
    with both() as (facebook, page):
        assert facebook.probe().account == Page.NAME
        assert facebook.probe().expires_at is None
        page.scopes.remove("pages_manage_posts")
        page.expires_at = 1_790_000_000
        readiness = facebook.probe()
    assert readiness.reason is Reason.RIGHTS
    assert readiness.missing == ("pages_manage_posts",)
    assert readiness.expires_at == 1_790_000_000


def test_a_token_that_may_not_be_asked_about_is_not_said_to_lack_anything() -> None:
    with both() as (facebook, page):
        page.debugs = False
        assert facebook.probe().reason is None


def test_a_token_of_another_page_is_the_wrong_account() -> None:
    with both() as (facebook, _page):
        mine = facebook.at
        facebook.at = lambda port: ({**mine(port)[0], "page_id": "123"}, SECRET)
        assert facebook.probe().reason is Reason.WRONG_ACCOUNT


def test_no_error_tells_the_token_even_when_the_platform_quotes_it() -> None:
    long_token = "EAAB" + "x1" * 90
    with both() as (facebook, page):
        quoting = f"Malformed access token {long_token}"
        for code in (190, 100):
            page.failing.append(("/feed", page.error(code, None, quoting)))
            with pytest.raises(Refused) as error:
                facebook.publish()
            assert long_token not in str(error.value)


def test_the_token_is_never_in_an_address_that_publishes_or_reads() -> None:
    with both() as (facebook, page):
        facebook.publish()
        facebook.read_back()
    assert not any(Page.TOKEN in path for _method, path in page.requests)


@pytest.mark.parametrize(
    ("settings", "secret", "field"),
    [
        ({"page_id": "torsby"}, SECRET, "page_id"),
        ({"page_id": "12/feed"}, SECRET, "page_id"),
        ({"page_id": "١٢٣"}, SECRET, "page_id"),
        (SETTINGS, {"token": ""}, "token"),
        (SETTINGS, {"token": "EAAB två ord"}, "token"),
        (SETTINGS, {"token": "EAAB\r\nHost: a"}, "token"),
        (SETTINGS, {"token": 12}, "token"),
        ({**SETTINGS, "api": "https://graph.example"}, SECRET, "api"),
        ({**SETTINGS, "api": "http://127.0.0.1:80@a.example"}, SECRET, "api"),
        ({**SETTINGS, "api": "http://127.0.0.1.example:80"}, SECRET, "api"),
        ({**SETTINGS, "api": "http://10.0.0.1:80"}, SECRET, "api"),
        ({**SETTINGS, "api": 80}, SECRET, "api"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    settings: dict[str, object], secret: dict[str, object], field: str
) -> None:
    with pytest.raises(BadSettings) as error:
        Facebook().parse(settings, secret)
    assert error.value.field == field


def test_without_a_simulator_the_address_is_the_platforms_own() -> None:
    assert Facebook().parse(SETTINGS, SECRET).api == "https://graph.facebook.com"


def test_a_text_over_the_limit_never_leaves() -> None:
    with both() as (facebook, page):
        with pytest.raises(Refused) as error:
            facebook.publish(post=replace(POST, text="å" * 63_207))
        assert error.value.reason is Reason.TOO_LONG
        assert page.requests == []
