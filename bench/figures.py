"""The figures: each beside its floor from the same run, as `{ours, floor, ratio, unit}`."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

from sqlalchemy import text

from bench.floors import bare_hops, bare_posts
from bench.house import house
from console import clock, db
from console.cli.rehearsal.report import percentile

Figure = dict[str, Any]
RUNS = 5


def fanout_1000() -> Figure:
    """1,000 accounts on a sink answering in 50 ms: release to last receipt, over bare aiohttp."""
    ours, floor = [], []
    with house() as one:
        one.add_accounts(1000)
        incident = one.open("Utskick", exercise=False)
        for _ in range(RUNS):
            floor.append(bare_posts(one.sink, 1000, 64))
            broadcast = one.approve(*one.submit(incident, "rumour"))
            ours.append(
                _wait(
                    """
                    SELECT extract(epoch FROM max(d.settled_at) - min(r.released_at))
                    FROM deliveries d JOIN rounds r ON r.id = d.round_id
                    WHERE d.broadcast_id = :broadcast
                    HAVING count(*) = 1001 AND bool_and(d.state = 'sent')
                    """,
                    broadcast=broadcast.id,
                )
            )
    return _figure(ours, floor, "s")


def lateness(rounds: int = 200) -> Figure:
    """200 rounds at one second: how late the leading delivery's first attempt is, p99."""
    with house() as one:
        incident = one.open("Takt", exercise=True)
        broadcast = one.approve(*one.submit(incident, "update", interval_seconds=1, rounds=rounds))
        _wait(
            "SELECT 1 FROM broadcasts WHERE id = :broadcast AND state = 'done'",
            seconds=rounds + 60,
            broadcast=broadcast.id,
        )
        with db.unit_of_work() as session:
            rows = session.execute(
                text("""
                    SELECT r.n, r.state, r.due_at, extract(epoch FROM min(a.at) - r.due_at) AS late
                    FROM rounds r LEFT JOIN deliveries d ON d.round_id = r.id AND d.leading
                    LEFT JOIN attempts a ON a.delivery_id = d.id AND a.event = 'started'
                    GROUP BY r.id ORDER BY r.n
                """)
            ).all()
        floor = _floor(one.settings.database_url, one.settings.redis_url, rounds)
    ours = [float(row.late) for row in rows if row.late is not None]
    drift = (rows[-1].due_at - rows[0].due_at).total_seconds() - (len(rows) - 1)
    figure = _figure([_p(ours, 99)], [_p(floor, 99)], "ms, p99")
    return figure | {
        "p50": _p(ours, 50),
        "drift_s": drift,
        "missed": sum(row.state == "missed" for row in rows),
        "rounds": len(rows),
    }


def press_to_attempt(times: int = 40) -> Figure:
    """From the approver's press to the first attempt: p95."""
    ours = []
    with house() as one:
        incident = one.open("Tryck", exercise=True)
        for _ in range(times):
            version = one.submit(incident, "rumour")
            pressed = clock.now()
            broadcast = one.approve(*version)
            ours.append(
                _wait(
                    """
                    SELECT extract(epoch FROM min(a.at) - CAST(:pressed AS timestamptz))
                    FROM attempts a JOIN deliveries d ON d.id = a.delivery_id
                    WHERE d.broadcast_id = :broadcast AND a.event = 'started'
                    """,
                    broadcast=broadcast.id,
                    pressed=pressed,
                )
            )
        floor = _floor(one.settings.database_url, one.settings.redis_url, times)
    return _figure([_p(ours, 95)], [_p(floor, 95)], "ms, p95")


FIGURES: dict[str, Callable[[], Figure]] = {
    "fanout_1000": fanout_1000,
    "lateness": lateness,
    "press_to_attempt": press_to_attempt,
}


def _figure(ours: list[float], floor: list[float], unit: str) -> Figure:
    mine, least = median(ours), median(floor)
    return {
        "ours": round(mine, 4),
        "floor": round(least, 4),
        "ratio": round(mine / least, 3),
        "unit": unit,
    }


def _floor(database_url: str | None, redis_url: str | None, times: int) -> list[float]:
    return bare_hops(database_url or "", redis_url or "", times, 0.05)


def _p(values: list[float], share: int) -> float:
    """A percentile of seconds, in milliseconds."""
    return float(percentile(sorted(value * 1000 for value in values), share))


def _wait(query: str, *, seconds: float = 60, **values: Any) -> float:
    """The query's one number, as soon as there is one."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with db.unit_of_work() as session:
            row = session.execute(text(query), values).one_or_none()
        if row is not None and row[0] is not None:
            return float(row[0])
        time.sleep(0.05)
    raise TimeoutError("the figure never came")
