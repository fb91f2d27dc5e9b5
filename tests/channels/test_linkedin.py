"""Posts of a LinkedIn organisation: little text, duplicates, versions, roles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

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
from channels.linkedin import LinkedIn
from channels.linkedin_api import Duplicate, escaped, plain
from simulators.base import Effect
from simulators.linkedin import LinkedIn as Server
from tests.channels.rig import POST, Rig

SETTINGS = {"organisation": Server.ORGANISATION, "client_id": Server.CLIENT[0]}
SECRET = {"token": Server.TOKEN, "client_secret": Server.CLIENT[1]}
PICTURE = Picture(
    data=b"\xff\xd8jpeg", media_type="image/jpeg", alt="Karta över Torsby", width=2, height=1
)


@contextmanager
def rig() -> Iterator[Rig]:
    def at(port: int) -> tuple[dict[str, Any], dict[str, Any]]:
        return {**SETTINGS, "api": f"http://127.0.0.1:{port}"}, SECRET

    with Server() as server:
        yield Rig(
            LinkedIn(),
            at,
            server.port,
            lambda: len(server.shown),
            optional=("api", "client_id", "client_secret"),
            simulator=server,
            publishing=("POST", "/rest/posts$"),
        )


@contextmanager
def both() -> Iterator[tuple[Rig, Server]]:
    with rig() as linkedin:
        assert isinstance(linkedin.simulator, Server)
        yield linkedin, linkedin.simulator


def test_an_empty_201_with_the_header_is_proof() -> None:
    with both() as (linkedin, server):
        receipt = linkedin.publish()
    assert receipt.remote_id == server.taken[0].remote_id
    assert receipt.link == f"https://www.linkedin.com/feed/update/{receipt.remote_id}/"


@pytest.mark.parametrize(
    "text",
    [
        r"Koka vattnet (också i Oleby) | ring 0560-160 00 #vatten @kommunen",
        r"[1] {2} <3> 4*5 ~6 7_8 C:\vatten\ \( \\",
        "https://torsby.example/h/vattnet_1/(nytt)?a=b#c\n\nÅÄÖ 🚱",
        "\\",
    ],
)
def test_the_text_shows_exactly_as_approved(text: str) -> None:
    post = replace(POST, text=f"{text}\n\n{POST.marker}")
    with both() as (linkedin, server):
        linkedin.publish(post=post)
        assert [one.text for one in server.shown] == [post.text]
        found = linkedin.read_back(post)
    assert found is not None
    assert found.text == post.text
    assert plain(escaped(text)) == text


def test_escapes_do_not_count_towards_the_limit() -> None:
    with both() as (linkedin, server):
        linkedin.publish(post=replace(POST, text="(" * 3_000))
        with pytest.raises(Refused) as error:
            linkedin.publish(post=replace(POST, text="(" * 3_001))
        assert error.value.reason is Reason.TOO_LONG
        assert len(server.taken) == 1


@pytest.mark.parametrize("count", [1, 2])
def test_pictures_go_up_first_with_their_alt_texts(count: int) -> None:
    with both() as (linkedin, server):
        linkedin.publish(post=replace(POST, pictures=(PICTURE,) * count))
        content = server.shown[0].extra["content"]
    shown = [content["media"]] if count == 1 else content["multiImage"]["images"]
    assert [one["altText"] for one in shown] == [PICTURE.alt] * count
    assert [server.images[one["id"]] for one in shown] == [PICTURE.data] * count


@pytest.mark.parametrize(
    ("method", "path", "effect"),
    [
        ("POST", "/rest/images$", Effect.LOSE_ANSWER),
        ("POST", "/rest/images$", Effect.ERROR_AFTER),
        ("POST", "/rest/images$", Effect.DRIP),
        ("PUT", "/upload/", Effect.ERROR_AFTER),
        ("PUT", "/upload/", Effect.DRIP),
    ],
)
def test_a_picture_whose_upload_is_lost_is_safe_to_try_again(
    method: str, path: str, effect: Effect
) -> None:
    post = replace(POST, pictures=(PICTURE,))
    with both() as (linkedin, server):
        server.fault(effect, method, path)
        with pytest.raises(Retry):
            linkedin.publish(post=post, total=1.5)
        assert server.shown == []
        linkedin.publish(post=post)
        assert len(server.shown) == 1


def test_the_token_goes_to_nobody_elses_upload_address() -> None:
    with both() as (linkedin, server):
        server.upload_host = "https://linkedin.com.thief.example"
        receipt = linkedin.publish(post=replace(POST, pictures=(PICTURE,)))
        assert receipt.note == "1 of 1 pictures left out"
        assert [one.extra["content"] for one in server.shown] == [None]


@pytest.mark.parametrize(
    ("status", "code", "outcome", "reason"),
    [
        (400, "ILLEGAL_ARGUMENT", Refused, Reason.TURNED_DOWN),
        (400, "FIELD_LENGTH_TOO_LONG", Refused, Reason.TOO_LONG),
        (400, "NONEXISTENT_VERSION", Refused, Reason.OUTDATED),
        (401, "EXPIRED_ACCESS_TOKEN", Reauthorise, Reason.CREDENTIALS),
        (401, "REVOKED_ACCESS_TOKEN", Reauthorise, Reason.CREDENTIALS),
        (403, "ACCESS_DENIED", Refused, Reason.RIGHTS),
        (404, "NOT_FOUND", Refused, Reason.TURNED_DOWN),
        (409, "CONFLICT", Retry, Reason.BUSY),
        (422, "UNPROCESSABLE_ENTITY", Refused, Reason.TURNED_DOWN),
        (422, "DUPLICATE_POST", Duplicate, Reason.DUPLICATE),
        (426, "VERSION_DEPRECATED", Refused, Reason.OUTDATED),
        (408, "REQUEST_TIMEOUT", Retry, Reason.BUSY),
        (425, "TOO_EARLY", Retry, Reason.BUSY),
        (429, "TOO_MANY_REQUESTS", Retry, Reason.BUSY),
        (500, "INTERNAL_SERVER_ERROR", Unknown, Reason.SERVER_ERROR),
        (503, "SERVICE_UNAVAILABLE", Unknown, Reason.SERVER_ERROR),
        (504, "GATEWAY_TIMEOUT", Unknown, Reason.SERVER_ERROR),
    ],
)
def test_each_documented_error_has_one_outcome(
    status: int, code: str, outcome: type[ChannelError], reason: Reason
) -> None:
    with both() as (linkedin, server):
        server.failing.append(server.error(status, code, "No"))
        with pytest.raises(ChannelError) as error:
            linkedin.publish()
    assert type(error.value) is outcome
    assert error.value.reason is reason


def test_lesson_5_a_duplicate_that_is_our_own_lost_post_is_known_to_be_sent() -> None:
    with both() as (linkedin, server):
        server.fault(Effect.LOSE_ANSWER, "POST", "/rest/posts$")
        with pytest.raises(Unknown):
            linkedin.publish()
        again = linkedin.publish()
        assert again.remote_id == server.shown[0].remote_id
        assert len(server.shown) == 1


def test_a_duplicate_of_an_older_post_is_for_a_person_to_see() -> None:
    with both() as (linkedin, server):
        linkedin.publish()
        later = replace(POST, made_at=server.now() + 3_600)
        with pytest.raises(Unknown) as error:
            linkedin.publish(post=later)
        assert error.value.reason is Reason.DUPLICATE


def test_a_duplicate_that_nobody_can_see_is_not_taken_as_sent() -> None:
    with both() as (linkedin, server):
        linkedin.publish()
        server.ghosts = True
        with pytest.raises(Unknown) as error:
            linkedin.publish()
        assert error.value.reason is Reason.DUPLICATE


def test_a_duplicate_of_a_person_or_nothing_is_not_looked_for() -> None:
    with both() as (linkedin, server):
        message = "Content is a duplicate of urn:li:person:782bbtaQ"
        server.failing.append(server.error(422, "DUPLICATE_POST", message))
        with pytest.raises(Unknown):
            linkedin.publish()
        assert [method for method, _path in server.requests] == ["POST"]


def test_somebody_elses_post_with_our_words_is_not_ours() -> None:
    with both() as (linkedin, server):
        linkedin.publish()
        settings = replace(linkedin.settings(), organisation="77")
        found = linkedin.ask(lambda c: linkedin.channel.read_back(c, settings, POST))
    assert found is None
    assert len(server.shown) == 1


def test_a_version_that_is_closed_says_to_upgrade_already_in_the_probe() -> None:
    with both() as (linkedin, server):
        server.versions = ["202801"]
        assert linkedin.probe().reason is Reason.OUTDATED


def test_the_probe_says_who_what_is_lacking_and_when_the_token_dies() -> None:
    with both() as (linkedin, server):
        readiness = linkedin.probe()
        assert (readiness.account, readiness.expires_at) == (server.NAME, server.expires_at)
        server.scope, server.role = "r_organization_social,rw_organization_admin", "ANALYST"
        readiness = linkedin.probe()
        assert readiness.reason is Reason.RIGHTS
        assert readiness.missing == ("w_organization_social", "ADMINISTRATOR")
        server.scope = "w_organization_social,r_organization_social"
        readiness = linkedin.probe()
    assert (readiness.reason, readiness.missing) == (Reason.RIGHTS, ("rw_organization_admin",))


def test_without_the_apps_secret_the_probe_answers_what_it_can() -> None:
    with both() as (linkedin, server):
        mine = linkedin.at
        linkedin.at = lambda port: (
            {"organisation": server.ORGANISATION, "api": mine(port)[0]["api"]},
            {"token": server.TOKEN},
        )
        readiness = linkedin.probe()
    assert (readiness.reason, readiness.account, readiness.expires_at) == (None, server.NAME, None)


def test_a_token_without_a_role_in_the_organisation_is_the_wrong_account() -> None:
    with both() as (linkedin, _server):
        settings = replace(linkedin.settings(), organisation="77")
        readiness = linkedin.ask(lambda c: linkedin.channel.probe(c, settings))
    assert readiness.reason is Reason.WRONG_ACCOUNT


@pytest.mark.parametrize(
    ("settings", "secret", "field"),
    [
        ({**SETTINGS, "organisation": "torsby-kommun"}, SECRET, "organisation"),
        ({**SETTINGS, "organisation": "urn:li:organization:1"}, SECRET, "organisation"),
        (SETTINGS, {**SECRET, "token": "två ord"}, "token"),
        (SETTINGS, {**SECRET, "token": None}, "token"),
        (SETTINGS, {"token": Server.TOKEN}, "client_secret"),
        ({"organisation": "1"}, SECRET, "client_id"),
        ({**SETTINGS, "client_id": "a b"}, SECRET, "client_id"),
        ({**SETTINGS, "api": "https://linkedin.example"}, SECRET, "api"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    settings: dict[str, object], secret: dict[str, object], field: str
) -> None:
    with pytest.raises(BadSettings) as error:
        LinkedIn().parse(settings, secret)
    assert error.value.field == field
