"""`fanout_mixed`: one message to a thousand accounts over twelve platforms, a tenth failing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from bench import right
from bench.floors import bare_requests
from bench.house import House, house
from bench.platforms import Platforms, Said
from channels import registry
from console import clock, db
from console.accounts import readiness
from console.cli.rehearsal.report import percentile
from simulators.base import Effect
from simulators.platforms import PLATFORMS, members, stored

ACCOUNTS = 1000
FAILING = 100
SEED = 5
LATENCY = {"median": 0.3, "spread": 0.5, "slow": 0.01, "slow_seconds": 20.0}
HOST_POSTS = 64
"""Posts under way at a time to one platform, of the floor's as of ours."""
HEALTHY_SECONDS = 10.0
MOST_SECONDS = 150.0

Place = tuple[str, int]
"""Kind and number of an account, from 1."""


@dataclass(frozen=True)
class Post:
    """What became of one account's post."""

    state: str
    seconds: float
    """From release to its outcome."""
    attempts: int


def accounts() -> dict[str, int]:
    """Kind → how many, a thousand in all."""
    kinds = list(PLATFORMS)
    return {
        kind: ACCOUNTS // len(kinds) + (place < ACCOUNTS % len(kinds))
        for place, kind in enumerate(kinds)
    }


def faults() -> dict[Place, Effect]:
    """Which accounts fail, and how: every platform in turn, on each every way in turn."""
    kinds, effects, chosen = list(PLATFORMS), right.EFFECTS, {}
    for n in range(FAILING):
        kind, lap = kinds[n % len(kinds)], n // len(kinds)
        chosen[kind, 5 + 9 * lap] = effects[(n + lap) % len(effects)]
    return chosen


def measure() -> dict[str, Any]:
    """Release the message, wait until every account is as it must be, then measure the floor.

    *Healthy* is an account whose platform answered everything without a fault, and nothing of it
    after twenty seconds: what our deadline is. The others are reported beside them.
    """
    with Platforms(accounts()) as platforms, house() as one:
        ids = _register(one, platforms)
        incident = one.open("Tolv plattformar", exercise=False)
        _probed()
        chosen = faults()
        failing = [(kind, n, str(effect)) for (kind, n), effect in chosen.items()]
        platforms.begin(SEED, LATENCY, failing)
        broadcast = one.approve(*one.submit(incident, "rumour"))
        posts, said = _until_right(platforms, ids, chosen, broadcast.id)
        healthy = [p for p in ids if p not in chosen and not _said(said, p)["slow"]]
        wanted = {p: _said(said, p)["requests"] if p in healthy else 1 for p in ids}
        late = bare_requests(platforms.floors, wanted, HOST_POSTS)
    ours = sorted(posts[p].seconds for p in healthy)
    floor = sorted(late[p] for p in healthy)
    slow = sorted(posts[p].seconds for p in ids if p not in chosen and p not in set(healthy))
    spoilt = sorted(posts[p].seconds for p in chosen)
    return {
        "ours": round(ours[-1], 3),
        "floor": round(floor[-1], 3),
        "ratio": round(ours[-1] / floor[-1], 3),
        "unit": "s, last healthy account",
        "healthy": _spread(ours) | {"within_10_s": _share(ours)},
        "healthy_floor": _spread(floor),
        "slow": _spread(slow) | {"within_10_s": _share(slow)},
        "failing": _spread(spoilt) | {"within_10_s": _share(spoilt)},
        "states": _count(post.state for post in posts.values()),
        "doubles": sum(account["doubles"] for kind in said for account in said[kind]),
        "over_limits": sum(account["over"] for kind in said for account in said[kind]),
        "requests": sum(account["requests"] for kind in said for account in said[kind]),
    }


def _register(one: House, platforms: Platforms) -> dict[Place, int]:
    """Every account with its own key; place → its number in the console."""
    made: dict[Place, Any] = {}
    for kind, number in accounts().items():
        for n, member in enumerate(members(kind, number, time.monotonic), 1):
            made[kind, n] = (kind, *stored(member, platforms.ports[kind]))
    return dict(zip(made, one.add(list(made.values())), strict=True))


def _probed() -> None:
    """An event has just been opened: every account is asked about, as in earnest, and in peace."""
    until = time.monotonic() + MOST_SECONDS
    while time.monotonic() < until:
        with db.unit_of_work() as session:
            kept = session.scalar(
                text("SELECT count(*) FROM account_readiness WHERE answered_at IS NOT NULL")
            )
            if not readiness.due(session, clock.now()) and kept == ACCOUNTS:
                return
        time.sleep(0.2)
    raise TimeoutError("the accounts were never asked about")


def _until_right(
    platforms: Platforms, ids: dict[Place, int], chosen: dict[Place, Effect], broadcast: int
) -> tuple[dict[Place, Post], Said]:
    """Wait until every account is in a state that is right, and no post is there twice.

    Raises:
        TimeoutError: naming the first accounts that aren't, and what they are.
    """
    settings = {
        (kind, n): stored(member, platforms.ports[kind])
        for kind, number in accounts().items()
        for n, member in enumerate(members(kind, number, time.monotonic), 1)
    }
    until = time.monotonic() + MOST_SECONDS
    while True:
        posts, said = _posts(ids, broadcast), platforms.report()
        found = []
        for place in ids if len(posts) == len(ids) else ():
            channel: Any = registry.load(place[0])
            account = _said(said, place)
            states = right.states(
                channel, channel.parse(*settings[place]), chosen.get(place), bool(account["slow"])
            )
            if words := right.wrong(posts[place].state, states, account):
                found.append(f"{place} {chosen.get(place)}: {words}; {_tried(ids[place])}")
        if len(posts) == len(ids) and not found:
            return posts, said
        if time.monotonic() > until:
            raise TimeoutError(f"{len(posts)} posts; {len(found)} wrong: {found[:20]}")
        time.sleep(1.0)


def _posts(ids: dict[Place, int], broadcast: int) -> dict[Place, Post]:
    with db.unit_of_work() as session:
        rows = session.execute(
            text("""
                SELECT d.account_id, d.state, d.attempts,
                    coalesce(extract(epoch FROM d.settled_at - r.released_at), 0)::float8
                FROM deliveries d JOIN rounds r ON r.id = d.round_id
                WHERE d.broadcast_id = :broadcast AND NOT d.leading
            """),
            {"broadcast": broadcast},
        ).all()
    of = {account: Post(state, seconds, attempts) for account, state, attempts, seconds in rows}
    return {place: of[account] for place, account in ids.items() if account in of}


def _tried(account: int) -> list[str]:
    """What was noted of each attempt at the account's post."""
    with db.unit_of_work() as session:
        rows = session.execute(
            text("""
                SELECT a.event, a.detail FROM attempts a JOIN deliveries d ON d.id = a.delivery_id
                WHERE d.account_id = :account ORDER BY a.id
            """),
            {"account": account},
        )
        return [f"{event} {detail}".strip() for event, detail in rows]


def _said(said: Said, place: Place) -> dict[str, int]:
    kind, n = place
    return said[kind][n - 1]


def _spread(seconds: list[float]) -> dict[str, float]:
    hundredths = [one * 100 for one in seconds]
    shares = {"p50": 50, "p95": 95, "max": 100}
    spread = {name: percentile(hundredths, share) / 100 for name, share in shares.items()}
    return {"accounts": len(seconds), **spread}


def _share(seconds: list[float]) -> float:
    return round(sum(one <= HEALTHY_SECONDS for one in seconds) / len(seconds), 4)


def _count(states: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for state in states:
        found[state] = found.get(state, 0) + 1
    return found
