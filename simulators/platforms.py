"""Twelve platforms, each with as many accounts as are asked for, every one with its own key."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web

from simulators.base import Effect
from simulators.bluesky import Bluesky
from simulators.bucket import Bucket
from simulators.crowd import Crowd, Member, Who
from simulators.email import MailServer, Sender
from simulators.facebook import Facebook
from simulators.graph import GraphSimulator
from simulators.linkedin import LinkedIn
from simulators.mastodon import Mastodon
from simulators.matrix import Matrix
from simulators.serving import Serving
from simulators.sms import Sms
from simulators.telegram import Telegram
from simulators.threads import Threads
from simulators.webhook import Webhook
from simulators.wordpress import WordPress
from simulators.x import X

Now = Callable[[], float]
"""Unix time on the platforms' clocks."""
GRAPH_LIMIT_SECONDS: Final = 60
"""The least that Meta can ask for: it counts in minutes."""


@dataclass(frozen=True)
class Platform:
    make: Callable[[int, Now], Member]
    """The account of that number; `{at}` in its settings stands for the platform's address."""
    who: Who
    publishes: tuple[str, str]
    """Method and path pattern of the one request that publishes."""
    limit: tuple[int, float] | None = None
    """Posts in so many seconds, per account, as documented; None: it counts by the day, by itself
    (its own module), or not at all."""


async def _by_header(request: web.Request) -> str:
    return request.headers.get("Authorization", "")


async def _by_path(request: web.Request) -> str:
    return request.path.split("/")[1]


async def _by_did(request: web.Request) -> str:
    """Sessions are made by handle; everything after that is asked with a token, or about a DID."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token:
        payload = token.split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"])
    if "repo" in request.query:
        return request.query["repo"]
    return _did(str((await request.json()).get("identifier", "")))


def _did(handle: str) -> str:
    return f"did:plc:{hashlib.sha256(handle.encode()).hexdigest()[:24]}"


def _graph(simulator: GraphSimulator, setting: str) -> Callable[[int, Now], Member]:
    def make(n: int, now: Now) -> Member:
        one = type(simulator)()
        one.ACCOUNT, one.token, one.now = f"5463{n:011}", f"EAAB{setting}{n:06}", now
        one.LIMIT_SECONDS = GRAPH_LIMIT_SECONDS
        stored = {setting: one.ACCOUNT, "api": "{at}"}
        return Member(one, f"Bearer {one.token}", stored, {"token": one.token})

    return make


def _linkedin(n: int, now: Now) -> Member:
    one = LinkedIn()
    one.ORGANISATION, one.token, one.now = f"55{n:05}", f"AQUv-organisation-{n:06}", now
    stored = {"organisation": one.ORGANISATION, "api": "{at}"}
    return Member(one, f"Bearer {one.token}", stored, {"token": one.token})


def _mastodon(n: int, now: Now) -> Member:
    one = Mastodon(now=now)
    one.account, one.token = f"konto{n}", f"mastodon-nyckel-{n}"
    stored = {"server": "{at}", "account": one.account, "software": "mastodon"}
    return Member(one, f"Bearer {one.token}", stored, {"token": one.token})


def _bluesky(n: int, now: Now) -> Member:
    one, handle, password = Bluesky(), f"konto{n}.kommun.example", f"abcd-efgh-{n:06}"
    one.add(handle, password)
    stored = {"handle": handle, "service": "{at}"}
    return Member(one, _did(handle), stored, {"app_password": password})


def _x(n: int, now: Now) -> Member:
    one, access, refresh = X(), f"access-of-{n}", f"refresh-of-{n}"
    one.username, one.user_id, one.now = f"konto{n}", f"22449{n:05}", now
    one.access, one.refresh = {access}, {refresh}
    secret = {"client_id": "app-id-of-torsby", "access_token": access, "refresh_token": refresh}
    return Member(one, f"Bearer {access}", {"username": one.username, "server": "{at}"}, secret)


def _telegram(n: int, now: Now) -> Member:
    one = Telegram()
    one.token, one.name, one.number = (
        f"{110_000_000 + n}:AAH{n:032}",
        f"@konto{n:05}",
        -1_001_000_000_000 - n,
    )
    return Member(
        one, f"bot{one.token}", {"server": "{at}", "chat": one.name}, {"token": one.token}
    )


def _matrix(n: int, now: Now) -> Member:
    one, room = Matrix(now=now), f"!rum{n}:kommun.example"
    one.token, one.user, one.joined = f"syt_konto{n:06}", f"@konto{n}:kommun.example", [room]
    stored = {"server": "{at}", "room": room}
    return Member(one, f"Bearer {one.token}", stored, {"token": one.token})


def _sms(n: int, now: Now) -> Member:
    user, password = f"u{n}", f"hemlig-{n:06}"
    one = Sms(user=user, password=password)
    one.clock = lambda: datetime.fromtimestamp(now(), UTC)
    stored = {"api": "{at}", "user": user, "from": "Torsby", "recipients": [f"+467{n:08}"]}
    return Member(one, f"Basic {one.login}", stored, {"password": password})


def _wordpress(n: int, now: Now) -> Member:
    user, password = f"konto{n}", f"abcd EFGH {n:04}"
    one = WordPress(user=user, password=password)
    return Member(one, f"Basic {one.login}", {"site": "{at}", "user": user}, {"password": password})


def _webhook(n: int, now: Now) -> Member:
    stored = {"url": f"{{at}}/konto{n}", "honours_key": True}
    return Member(Webhook(), f"konto{n}", stored, {"secret": f"a secret of account {n:06}"})


def _email(n: int, now: Now) -> Member:
    stored = {
        "host": "127.0.0.1", "port": "{port}", "tls": "none", "user": f"konto{n}",
        "from": f"konto{n}@kommun.example", "recipients": ["anna@torsby.example"],
    }  # fmt: skip
    return Member(Sender(), f"konto{n}", stored, {"password": f"hemlig-{n:06}"})


PLATFORMS: Final[dict[str, Platform]] = {
    "bluesky": Platform(_bluesky, _by_did, ("POST", r"repo\.putRecord$"), (1_666, 3_600.0)),
    "email": Platform(_email, _by_header, ("DATA", "")),
    "facebook": Platform(_graph(Facebook(), "page_id"), _by_header, ("POST", "/feed$")),
    "linkedin": Platform(_linkedin, _by_header, ("POST", "/rest/posts$")),
    "mastodon": Platform(_mastodon, _by_header, ("POST", "/api/v1/statuses$"), (300, 300.0)),
    "matrix": Platform(_matrix, _by_header, ("PUT", "/send/m.room.message/"), (10, 50.0)),
    "sms": Platform(_sms, _by_header, ("POST", "/a1/sms$")),
    "telegram": Platform(_telegram, _by_path, ("POST", "/sendMessage$"), (1, 1.0)),
    "threads": Platform(_graph(Threads(), "user_id"), _by_header, ("POST", "/threads_publish$")),
    "webhook": Platform(_webhook, _by_path, ("POST", "")),
    "wordpress": Platform(_wordpress, _by_header, ("POST", r"/posts/\d+$")),
    "x": Platform(_x, _by_header, ("POST", "/2/tweets$")),
}


def members(kind: str, number: int, now: Now) -> list[Member]:
    """So many accounts of a platform; the same numbers always give the same accounts."""
    platform = PLATFORMS[kind]
    made = [platform.make(n, now) for n in range(1, number + 1)]
    if platform.limit is not None:
        for one in made:
            one.simulator.bucket = Bucket(*platform.limit, *platform.publishes)
    return made


def spoil(member: Member, kind: str, effect: Effect) -> None:
    """Let the account's next post go wrong."""
    method, path = PLATFORMS[kind].publishes
    if kind == "email" and effect is Effect.DEAD_KEY:
        # A client may try one way to log in after another.
        member.simulator.fault(effect, "AUTH", times=10)
    else:
        member.simulator.fault(effect, method, path)


def server(kind: str, accounts: list[Member], port: int = 0) -> Serving:
    """The platform that these accounts are on."""
    if kind == "email":
        senders = {
            one.key: (str(one.secret["password"]), one.simulator)
            for one in accounts
            if isinstance(one.simulator, Sender)
        }
        return MailServer(senders, port)
    return Crowd(accounts, PLATFORMS[kind].who, port)


def stored(member: Member, port: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """An account's settings and secret, as the console keeps them, for a platform on this port."""
    at = f"http://127.0.0.1:{port}"
    settings = {
        name: value.replace("{at}", at).replace("{port}", str(port))
        if isinstance(value, str)
        else value
        for name, value in member.settings.items()
    }
    if "port" in settings:
        settings["port"] = int(settings["port"])
    return settings, dict(member.secret)
