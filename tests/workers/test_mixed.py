"""Twelve platforms at once, spoilt in every way: each account ends right, no post is doubled, and
nobody waits for anybody else's platform."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import func, select

from bench import right
from channels import bluesky_session, registry
from console import clock, db, sealing
from console.accounts.models import Account
from console.config import Settings
from console.messages.models import Delivery
from console.messages.operations import finding
from simulators.base import Effect, Simulator
from simulators.crowd import Member, report
from simulators.platforms import PLATFORMS, members, server, spoil, stored
from simulators.serving import Serving
from tests.stage import Stage
from tests.workers.test_fanout import released
from workers import fanout
from workers.finding import find_posts

EACH = 5
"""Accounts of a platform."""
DEADLINE = 4.0
"""Seconds an attempt may take."""


class Mixed:
    """The platforms, and their accounts in the console."""

    def __init__(self, settings: Settings, crowds: dict[str, list[Member]]) -> None:
        self.settings = replace(settings, allow_hosts=("127.0.0.1",))
        self.crowds = crowds
        self.servers: dict[str, Serving] = {}
        self.effects: dict[tuple[str, int], Effect] = {}

    def release(self) -> int:
        kinds = list(self.crowds)
        self.at: dict[tuple[str, int], int] = {}
        stage = _Stage(self.settings, self._places())
        for place, account_id in enumerate(stage.account_ids[1:]):
            self.at[kinds[place // EACH], place % EACH] = account_id
        return released(stage)

    def _places(self) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
        return [
            (kind, *stored(one, self.servers[kind].port))
            for kind, accounts in self.crowds.items()
            for one in accounts
        ]

    def send(self, round_id: int) -> None:
        job = fanout.Fanout(round_id, 0, 1, "test", self.settings.allow_hosts)
        asyncio.run(job.run())

    def spoil(self, kind: str, place: int, effect: Effect) -> None:
        self.effects[kind, place] = effect
        spoil(self.crowds[kind][place], kind, effect)

    def wrong(self) -> list[str]:
        """What isn't as it must be, of every account."""
        with db.unit_of_work() as session:
            rows = dict(
                session.execute(
                    select(Delivery.account_id, Delivery.state).where(~Delivery.leading)
                ).all()
            )
        found = []
        for (kind, place), account_id in self.at.items():
            one = self.crowds[kind][place]
            channel: Any = registry.load(kind)
            settings = channel.parse(*stored(one, self.servers[kind].port))
            effect = self.effects.get((kind, place))
            states = right.states(channel, settings, effect, slow=False)
            if words := right.wrong(rows[account_id], states, report(one.simulator)):
                found.append(f"{kind} {place} {effect}: {words}")
        return found


class _Stage(Stage):
    """A stage whose accounts are each on a platform of their own."""

    def __init__(
        self, settings: Settings, places: list[tuple[str, dict[str, Any], dict[str, Any]]]
    ) -> None:
        self.places = places
        super().__init__(settings, accounts=len(places), exercise=False)

    def _account(self, session: Any, place: int, *given: Any, **more: Any) -> Account:
        account = super()._account(session, place, *given, **more)
        if place:
            account.kind, account.settings, secret = self.places[place - 1]
            account.platform = account.kind
            account.secret = sealing.seal(secret)
        return account


@pytest.fixture
def mixed(database: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mixed]:
    monkeypatch.setattr(fanout.schedule, "attempt_seconds", lambda _interval: DEADLINE)
    # What channels remember is of other tests' platforms.
    bluesky_session.HELD.clear()
    registry.load.cache_clear()
    crowds = {kind: members(kind, EACH, lambda: clock.now().timestamp()) for kind in PLATFORMS}
    made = Mixed(database, crowds)
    with ExitStack() as running:
        for kind, accounts in crowds.items():
            made.servers[kind] = running.enter_context(server(kind, accounts))
        yield made


def test_each_account_ends_right_whatever_its_platform_does_and_nothing_is_doubled(
    mixed: Mixed, move_clock: Any
) -> None:
    kinds = list(mixed.crowds)
    for turn, effect in enumerate(right.EFFECTS):
        mixed.spoil(kinds[turn], turn % EACH, effect)
        mixed.spoil(kinds[(turn + 5) % len(kinds)], (turn + 2) % EACH, effect)
    round_id = mixed.release()
    mixed.send(round_id)
    for later in (finding.FIRST_WAIT + 1, 70):
        move_clock(timedelta(seconds=later))
        find_posts(mixed.settings)
        mixed.send(round_id)
    assert mixed.wrong() == []


def test_a_platform_that_hangs_on_all_its_accounts_holds_up_no_other(
    mixed: Mixed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It hangs until every other account is done, one that must be tried again among them: if
    anybody waited for it, its own posts would never be answered."""
    monkeypatch.setattr(fanout.schedule, "attempt_seconds", lambda _interval: 20.0)
    others_done, dead = threading.Event(), "mastodon"
    for one in mixed.crowds[dead]:
        monkeypatch.setattr(one.simulator, "answer", _hung(one.simulator, others_done))
    mixed.spoil("telegram", 1, Effect.LIMIT_BARE)
    mixed.spoil("matrix", 2, Effect.ERROR_AFTER)
    round_id = mixed.release()
    sending = threading.Thread(target=mixed.send, args=(round_id,))
    sending.start()
    while sending.is_alive() and _not_sent(but=dead):
        sending.join(0.1)
    assert sending.is_alive(), "the others were done while it hung"
    others_done.set()
    sending.join()
    assert mixed.wrong() == []


def _hung(simulator: Simulator, until: threading.Event) -> Any:
    answer = simulator.answer

    async def hangs(request: web.Request, handler: Any) -> web.StreamResponse:
        while not until.is_set():
            await asyncio.sleep(0.02)
        return await answer(request, handler)

    return hangs


def _not_sent(but: str) -> int:
    with db.unit_of_work() as session:
        return session.scalars(
            select(func.count())
            .select_from(Delivery)
            .where(~Delivery.leading, Delivery.kind != but, Delivery.state != "sent")
        ).one()
