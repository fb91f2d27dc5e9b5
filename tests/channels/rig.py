"""One channel with a server behind it, as the contract suite drives it.

Every channel's test file (`tests/channels/test_<kind>.py`) has a context manager `rig()` that gives
one; the suite finds it by the kind's name in the registry.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from channels.contract import Channel, Edit, Pin, Post, Readiness, Receipt, Removal
from channels.failures import ChannelError
from channels.http import Client
from simulators.base import Effect, Simulator

T = TypeVar("T")
POST = Post(
    key="r1-d7",
    text="Koka vattnet i Torsby och Oleby.\n\nKl 14.30, uppdatering 3",
    language="sv",
    title="Koka vattnet",
    link="https://torsby.example/h/vattnet/",
    marker="Kl 14.30, uppdatering 3",
    made_at=1_780_000_000.0,
)
LATER = replace(
    POST,
    key="r2-d8",
    text="Koka vattnet i Torsby och Oleby.\n\nKl 15.00, uppdatering 4",
    marker="Kl 15.00, uppdatering 4",
    made_at=1_780_001_800.0,
)
"""The next round of the same text."""


@dataclass
class Rig:
    """Settings and secret, where posts arrive, and what is known to differ from the rule."""

    channel: Channel[Any]
    at: Callable[[int], tuple[dict[str, Any], dict[str, Any]]]
    """Stored settings and secret for a server on this port."""
    port: int
    arrived: Callable[[], int]
    """How many posts the server shows."""
    after: bytes = b""
    """What the client has sent when the post is handed over."""
    optional: tuple[str, ...] = ()
    """Settings that may be left out."""
    simulator: Simulator | None = None
    publishing: tuple[str, str] = ("POST", "")
    """Method and path pattern of the one request that publishes."""
    pinned: Callable[[], list[str]] = list
    """Remote ids of what stands first, the municipality's own too."""
    pinning: tuple[str, str] = ("POST", "")
    """Method and path pattern of the request that pins, and of the one that lifts."""
    before: tuple[str, str] | None = None
    """Of a request that comes before it and publishes nothing; None: there is none."""
    outcomes: Mapping[Effect, type[ChannelError] | None] = field(default_factory=dict)
    """Where the platform differs from `test_outcomes.RULE`; the channel's file says why."""
    post: Post = POST
    later: Post = LATER
    now: float = POST.made_at + 5
    """Unix time as the client has it: a few seconds after the round was written."""
    kept: dict[str, str] = field(default_factory=dict)
    """Post's key → what the channel asked to be remembered, as the post's row keeps it."""

    def settings(self, port: int | None = None) -> Any:
        return self.channel.parse(*self.at(port or self.port))

    def ask(self, question: Callable[[Client], Any], total: float = 5.0) -> Any:
        """Ask the channel something with a client of its own, loopback opened."""

        async def once() -> Any:
            async with Client(("127.0.0.1",), total=total, now=lambda: self.now) as client:
                return await question(client)

        return asyncio.run(once())

    def publish(
        self, port: int | None = None, post: Post | None = None, total: float = 5.0
    ) -> Receipt:
        """Publish once, as a worker would."""
        settings, given = self.settings(port), self.remembered(post or self.post)
        receipt = self.ask(lambda c: self.channel.publish(c, settings, given), total)
        assert isinstance(receipt, Receipt)
        return receipt

    def remembered(self, post: Post) -> Post:
        """The post as any worker gets it: with what an earlier attempt has made."""

        async def remember(made: str) -> None:
            self.kept[post.key] = made

        return replace(post, prepared=self.kept.get(post.key, ""), remember=remember)

    def read_back(self, post: Post | None = None) -> Receipt | None:
        settings, given = self.settings(), self.remembered(post or self.post)
        found: Receipt | None = self.ask(lambda c: self.channel.read_back(c, settings, given))
        return found

    def probe(self, secret: dict[str, Any] | None = None) -> Readiness:
        """Probe with the rig's secret, or with another."""
        stored, mine = self.at(self.port)
        settings = self.channel.parse(stored, secret or mine)
        readiness = self.ask(lambda c: self.channel.probe(c, settings))
        assert isinstance(readiness, Readiness)
        return readiness

    def edit(self, remote_id: str, text: str) -> Receipt:
        change = Edit(key="e1", remote_id=remote_id, text=text, struck=(), language="sv")
        receipt = self.ask(lambda c: self.channel.edit(c, self.settings(), change))
        assert isinstance(receipt, Receipt)
        return receipt

    def pin(
        self, remote_id: str, port: int | None = None, *, lift: bool = False, total: float = 5.0
    ) -> None:
        """Pin once, or lift, as a worker would: with what an earlier attempt had remembered."""
        key, settings = f"pin {remote_id}", self.settings(port)

        async def remember(before: str) -> None:
            self.kept[key] = before

        given = Pin(remote_id=remote_id, before=self.kept.get(key, ""), remember=remember)
        ask = self.channel.unpin if lift else self.channel.pin
        self.ask(lambda client: ask(client, settings, given), total)

    def delete(self, remote_id: str) -> None:
        removal = Removal(remote_id=remote_id)
        self.ask(lambda c: self.channel.delete(c, self.settings(), removal))
