"""Bluesky's own server: what our simulator claims of it, and one record after a lost answer."""

from __future__ import annotations

import itertools
import json
import struct
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from channels import bluesky_session
from channels.bluesky import COLLECTION, Bluesky
from channels.contract import Picture, Pin, Post
from channels.counting import NO_LIMIT, Limit
from channels.failures import Reason, Reauthorise, Refused, Retry, Unknown
from simulators.bluesky import Bluesky as Server
from tests.channels.rig import LATER, POST, Rig
from tests.faults_proxy import FaultProxy
from tests.peers.bluesky_pds import Account, Pds, call

FAMILY = "👩‍👩‍👧‍👦"
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def pds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pds]:
    with Pds(Path(tmp_path_factory.mktemp("pds"))) as server:
        yield server


@pytest.fixture
def account(pds: Pds) -> Account:
    return pds.account(f"torsby{next(numbers)}")


@pytest.fixture
def rig(account: Account) -> Rig:
    bluesky_session.HELD.clear()
    return Rig(
        Bluesky(),
        lambda port: (
            {"handle": account.handle, "service": f"http://127.0.0.1:{port}"},
            {"app_password": account.app_password},
        ),
        account.pds.port,
        lambda: len(account.records()),
    )


class Unbounded(Bluesky):
    """Lets the server say what is too long."""

    def limit(self, settings: Any) -> Limit:
        return NO_LIMIT


def png() -> bytes:
    """A white picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\xff")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_a_post_stands_with_its_link_language_and_time(rig: Rig, account: Account) -> None:
    text = "Koka vattnet åäö 🚰. Läs https://torsby.example/h/vattnet/.\n\nKl 14.30, uppdatering 3"
    post = replace(POST, text=text)
    assert rig.read_back(post) is None
    receipt = rig.publish(post=post)
    (record,) = account.records()
    assert record["uri"] == receipt.remote_id
    value = record["value"]
    assert (value["text"], value["langs"]) == (text, ["sv"])
    assert value["createdAt"] == "2026-05-28T20:26:40.000Z"
    at = value["facets"][0]["index"]
    shown = text.encode()[at["byteStart"] : at["byteEnd"]].decode()
    assert shown == "https://torsby.example/h/vattnet/"
    assert rig.read_back(post) == receipt


def test_lesson_3_a_round_whose_answer_was_lost_is_one_record_however_often_it_is_sent(
    rig: Rig, account: Account
) -> None:
    with FaultProxy(rig.port, "lose_answer", b"putRecord") as proxy, pytest.raises(Unknown):
        rig.publish(proxy.port)
    (first,) = account.records()
    receipts = [rig.publish() for _attempt in range(3)]
    (record,) = account.records()
    assert (record["uri"], record["cid"]) == (first["uri"], first["cid"])
    assert {receipt.remote_id for receipt in receipts} == {record["uri"]}
    assert rig.publish(post=LATER).remote_id != record["uri"]
    assert rig.arrived() == 2


def test_a_correction_is_a_new_post_after_the_old_one_is_deleted(
    rig: Rig, account: Account
) -> None:
    receipt = rig.publish()
    rig.delete(receipt.remote_id)
    assert rig.read_back() is None
    rig.delete(receipt.remote_id)
    corrected = replace(POST, key="r1-d7-c1", text="Rättelse: det gäller bara Oleby.")
    rig.publish(post=corrected)
    (record,) = account.records()
    assert record["value"]["text"] == corrected.text


def test_a_picture_has_its_alt_text_and_the_same_attempt_again_changes_nothing(
    rig: Rig, account: Account
) -> None:
    picture = Picture(data=png(), media_type="image/png", alt="Vit karta", width=1, height=1)
    post = replace(POST, pictures=(picture,))
    rig.publish(post=post)
    (first,) = account.records()
    rig.publish(post=post)
    (record,) = account.records()
    assert record["cid"] == first["cid"]
    (image,) = record["value"]["embed"]["images"]
    assert (image["alt"], image["aspectRatio"]) == ("Vit karta", {"width": 1, "height": 1})


@pytest.mark.parametrize("text", ["å" * 300, FAMILY * 120, "🇸🇪" * 300, "a\u0308" * 300])
def test_the_server_takes_what_we_count_as_just_short_enough(rig: Rig, text: str) -> None:
    assert rig.publish(post=replace(POST, text=text)).text == text


@pytest.mark.parametrize("text", ["å" * 301, FAMILY * 121, "🇸🇪" * 301, "a\u0308" * 301])
def test_the_server_refuses_what_we_count_as_too_long(rig: Rig, text: str) -> None:
    with pytest.raises(Refused):
        rig.publish(post=replace(POST, text=text))
    rig.channel = Unbounded()
    with pytest.raises(Refused) as error:
        rig.publish(post=replace(POST, text=text))
    assert type(error.value) is Refused
    assert error.value.reason is Reason.TURNED_DOWN
    assert rig.arrived() == 0


def test_a_wrong_password_asks_for_a_new_one(rig: Rig, account: Account) -> None:
    account.app_password = "abcd-efgh-ijkl-mnop"
    with pytest.raises(Reauthorise):
        rig.publish()
    assert rig.probe().reason is Reason.CREDENTIALS


def test_a_password_taken_back_is_seen_while_its_token_still_lives(
    rig: Rig, account: Account
) -> None:
    assert rig.probe().reason is None
    account.call("server.revokeAppPassword", {"name": "budkavle"})
    rig.publish()
    assert rig.probe().reason is Reason.CREDENTIALS


def test_a_token_that_the_server_cannot_read_is_renewed_and_the_post_goes_out(rig: Rig) -> None:
    rig.publish()
    held = bluesky_session.HELD[rig.settings().credential]
    assert held.session is not None
    held.session = replace(held.session, access="ingen.riktig.nyckel")
    rig.publish(post=LATER)
    assert rig.arrived() == 2


@pytest.mark.parametrize("how", ["taken down", "deactivated"])
def test_a_closed_account_is_refused_and_no_new_key_is_asked_for(
    rig: Rig, account: Account, how: str
) -> None:
    rig.publish()
    if how == "taken down":
        account.take_down()
    else:
        account.call("server.deactivateAccount", {})
    with pytest.raises(Refused) as error:
        rig.publish(post=LATER)
    assert type(error.value) is Refused
    assert rig.probe().reason is Reason.TURNED_DOWN


def test_the_thirty_first_login_waits_as_long_as_the_server_says(
    rig: Rig, account: Account
) -> None:
    asked = {"identifier": account.handle, "password": account.app_password}
    with ThreadPoolExecutor(6) as threads:
        for answer in threads.map(account.pds.call, ["server.createSession"] * 30, [asked] * 30):
            assert answer["did"] == account.did
    with pytest.raises(Retry) as error:
        rig.publish()
    assert error.value.reason is Reason.BUSY
    assert error.value.after is not None
    assert 200 < error.value.after <= 301


def test_two_posts_of_the_same_second_have_a_record_each(rig: Rig) -> None:
    for number in range(5):
        rig.publish(post=Post(key=f"r{number}", text="Lika", language="sv", made_at=POST.made_at))
    assert rig.arrived() == 5


def test_the_one_place_is_given_back_with_all_else_that_the_profile_holds(
    rig: Rig, account: Account
) -> None:
    own, post = rig.publish(), rig.publish(post=LATER)
    rig.pin(own.remote_id)
    kept = profile(account)
    assert kept["pinnedPost"]["uri"] == own.remote_id, "an account without a profile"
    rig.kept.clear()
    kept |= {"displayName": "Torsby kommun", "description": "Krisinformation åäö"}
    set_profile(account, kept)
    with FaultProxy(rig.port, "lose_answer", b"putRecord") as proxy, pytest.raises(Unknown):
        rig.pin(post.remote_id, proxy.port)
    rig.pin(post.remote_id)
    held = profile(account)["pinnedPost"]
    assert held == {"uri": post.remote_id, "cid": cid_of(account, post.remote_id)}
    for _again in range(2):
        rig.pin(post.remote_id, lift=True)
        assert profile(account) == kept


def test_what_is_changed_in_the_profile_meanwhile_is_not_written_over(
    rig: Rig, account: Account
) -> None:
    post = rig.publish()
    set_profile(account, {"displayName": "Torsby"})

    async def remember(_before: str) -> None:
        set_profile(account, {"displayName": "Torsby kommun"})

    set_profile(account, {"pinnedPost": {"uri": post.remote_id[:-1] + "2", "cid": CID}})
    given = Pin(remote_id=post.remote_id, remember=remember)
    with pytest.raises(Retry):
        rig.ask(lambda client: rig.channel.pin(client, rig.settings(), given))
    assert profile(account)["displayName"] == "Torsby kommun"
    rig.pin(post.remote_id)
    assert profile(account)["displayName"] == "Torsby kommun"


def test_a_post_that_is_gone_is_not_pinned_and_its_lift_is_no_error(
    rig: Rig, account: Account
) -> None:
    post = rig.publish()
    rig.pin(post.remote_id)
    rig.delete(post.remote_id)
    rig.pin(post.remote_id, lift=True)
    assert "pinnedPost" not in profile(account)
    with pytest.raises(Refused):
        rig.pin(post.remote_id)


CID = "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a"
_PROFILE = {"collection": "app.bsky.actor.profile", "rkey": "self"}


def profile(account: Account) -> dict[str, Any]:
    query = urlencode({"repo": account.did, **_PROFILE})
    found: dict[str, Any] = account.pds.call(f"repo.getRecord?{query}")["value"]
    return found


def set_profile(account: Account, value: dict[str, Any]) -> None:
    """As somebody does in the app."""
    login = {"identifier": account.handle, "password": account.app_password}
    token = account.pds.call("server.createSession", login)["accessJwt"]
    record = {"$type": _PROFILE["collection"]} | value
    account.pds.call(
        "repo.putRecord", {"repo": account.did, **_PROFILE, "record": record}, f"Bearer {token}"
    )


def cid_of(account: Account, uri: str) -> str:
    return next(str(one["cid"]) for one in account.records() if one["uri"] == uri)


# The simulator says what the server says.

TID = "3mabcdefgh234"


def said(url: str, name: str, value: Any, token: str) -> tuple[int, str]:
    """Status and error's name."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if value:
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(
        f"{url}/xrpc/com.atproto.{name}",
        json.dumps(value).encode() if value else None,
        headers,
        method="GET" if value is None else "POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())["error"]


def put(did: str, text: str, key: str = TID, **more: Any) -> dict[str, Any]:
    record = {"$type": COLLECTION, "text": text, "createdAt": "2026-05-28T20:26:40.000Z"} | more
    return {"repo": did, "collection": COLLECTION, "rkey": key, "record": record}


def questions(handle: str, did: str, session: dict[str, str]) -> Iterator[tuple[str, Any, str]]:
    """Name, value (None: GET; empty: POST without a body) and token."""
    token, refresh = session["accessJwt"], session["refreshJwt"]
    place = {"repo": did, "collection": COLLECTION, "rkey": TID}
    yield "server.createSession", {"identifier": handle, "password": "fel"}, ""
    yield "server.createSession", {"identifier": "nagon.annan.test", "password": "fel"}, ""
    for each in ("", "ingen.riktig.nyckel", token):
        yield "server.getSession", None, each
        yield "repo.deleteRecord", place, each
        yield "repo.putRecord", put(did, "Hej"), each
        yield "server.refreshSession", {}, each
    yield f"repo.getRecord?{urlencode(place)}", None, token
    yield "repo.putRecord", put(did, "Hej igen"), token
    yield "repo.putRecord", put(did, "Hej", "inte-en-tid"), token
    yield "repo.putRecord", put("did:plc:nagonannan", "Hej"), token
    for text in ("å" * 300, "å" * 301, FAMILY * 120, FAMILY * 121):
        yield "repo.putRecord", put(did, text), token
    for end in (3, 4):
        link = {"$type": "app.bsky.richtext.facet#link", "uri": "https://torsby.example"}
        facet = {"index": {"byteStart": 0, "byteEnd": end}, "features": [link]}
        yield "repo.putRecord", put(did, "Hej", facets=[facet]), token
    yield "repo.deleteRecord", place, token
    yield f"repo.getRecord?{urlencode(place)}", None, token
    whole = {"repo": did, **_PROFILE}
    yield f"repo.getRecord?{urlencode(whole)}", None, token
    whole |= {"record": {"$type": _PROFILE["collection"], "displayName": "Torsby"}}
    other = whole | {"record": {"$type": _PROFILE["collection"], "displayName": "Sunne"}}
    for swap in (CID, None, None, CID):
        yield "repo.putRecord", whole | {"swapRecord": swap}, token
        yield "repo.putRecord", other | {"swapRecord": CID}, token
        yield "repo.putRecord", other | {"swapRecord": None}, token
    yield "repo.putRecord", whole, token
    yield f"repo.getRecord?{urlencode({'repo': did, **_PROFILE})}", None, token
    yield "server.refreshSession", {}, refresh


def test_the_simulator_says_what_the_server_says(pds: Pds, account: Account) -> None:
    login = {"identifier": account.handle, "password": account.app_password}
    with Server() as server:
        made = server.add(account.handle, account.app_password)
        ours, theirs = [], []
        for url, did, heard in (
            (server.url, made.did, ours), (pds.url, account.did, theirs),
        ):  # fmt: skip
            session = call(url, "server.createSession", login)
            for name, value, token in questions(account.handle, did, session):
                heard.append((name.partition("?")[0], said(url, name, value, token)))
    differ = [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]]
    assert not differ
