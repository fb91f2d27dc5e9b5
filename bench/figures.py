"""The figures: each beside its floor from the same run, as `{ours, floor, ratio, unit}`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any
from unittest.mock import patch

from sqlalchemy import text

from bench import feeds, inboxes, lists, mixed, timelines
from bench.floors import bare_hops, bare_posts
from bench.house import House, house, serving
from bench.imports import import_channels
from bench.watching import Boards, shown_late
from console import clock, db
from console.cli.rehearsal.report import percentile
from console.cli.services.postgres import SETTINGS
from console.incidents.models import Incident
from console.timeline.export import export
from console.timeline.verify import verify

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
            ours.append(_fan_out(one, incident)[0])
    return _figure(ours, floor, "s")


def boards_300() -> Figure:
    """`fanout_1000` with 300 boards open: the same ratio, and how soon the boards show a receipt.

    Every board is a session of its own. Shown late is counted from the receipt's commit, which the
    database notes: nobody can show it before.
    """
    ours, floor, late, lag = [], [], [], []
    with patch.dict(SETTINGS, track_commit_timestamp="on"), house(web=True) as one:
        one.add_accounts(1000)
        incident = one.open("Tavlor", exercise=False)
        with Boards(one.console, incident, one.log_in(300)) as boards:
            runs = []
            for _ in range(RUNS):
                floor.append(bare_posts(one.sink, 1000, 64))
                took, moments = _fan_out(one, incident)
                ours.append(took)
                receipts = _committed(moments)
                runs.append(sorted(receipts.values()))
                lag += [receipts[number] - at for number, at in moments.items()]
                time.sleep(2)  # the next run's round takes the place of this one's on the boards
            seen = boards.close()
    for receipts in runs:
        for board in seen:
            late += shown_late(receipts, board)
    return _figure(ours, floor, "s") | {
        "boards": len(seen),
        "shown_p99_ms": _p(late, 99),
        "shown_p50_ms": _p(late, 50),
        "committed_p99_ms": _p(lag, 99),
    }


def _fan_out(one: House, incident: Incident) -> tuple[float, dict[int, float]]:
    """Seconds from release to last receipt, and each delivery's receipt's own moment."""
    broadcast = one.approve(*one.submit(incident, "rumour"))
    # Asked often, so it costs next to nothing: what it costs is taken from the posts.
    _wait(
        """
        SELECT 1 FROM rounds r
        WHERE r.broadcast_id = :broadcast AND r.released_at IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM deliveries o WHERE o.round_id = r.id
            AND o.state IN ('queued', 'retry', 'claimed', 'started'))
        """,
        broadcast=broadcast.id,
    )
    took = _wait(
        """
        SELECT extract(epoch FROM max(d.settled_at) - min(r.released_at))
        FROM deliveries d JOIN rounds r ON r.id = d.round_id
        WHERE d.broadcast_id = :broadcast
        HAVING count(*) = 1001 AND bool_and(d.state = 'sent')
        """,
        broadcast=broadcast.id,
    )
    with db.unit_of_work() as session:
        moments = session.execute(
            text("""
                SELECT id, extract(epoch FROM settled_at) FROM deliveries
                WHERE broadcast_id = :broadcast
            """),
            {"broadcast": broadcast.id},
        )
        return took, {number: float(at) for number, at in moments}


def _committed(moments: Mapping[int, float]) -> dict[int, float]:
    """When each of these deliveries was last written: its receipt's commit."""
    with db.unit_of_work() as session:
        rows = session.execute(
            text("""
                SELECT id, extract(epoch FROM pg_xact_commit_timestamp(xmin)) FROM deliveries
                WHERE id = ANY(:ids)
            """),
            {"ids": list(moments)},
        )
        return {number: float(at) for number, at in rows}


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


def lists_5000(times: int = 20) -> Figure:
    """The slowest list's p95 with 5,000 accounts and 5,000 people, over its own with 50."""
    with house(web=True) as one:
        lists.fill(50)
        lists.settle(one, 50)
        floor = {page: _p(took, 95) for page, took in lists.answers(one, times).items()}
        lists.fill(5000)
        lists.settle(one, 5000)
        took = lists.answers(one, times)
    ours = {page: _p(seconds, 95) for page, seconds in took.items()}
    slowest = max(ours, key=lambda page: ours[page])
    figure = _figure([ours[slowest]], [floor[slowest]], "ms, p95")
    shown = {page: [round(_p(seconds, n), 1) for n in (50, 95)] for page, seconds in took.items()}
    return figure | {"page": slowest, "p50, p95": shown}


def inbox_500k(times: int = 10) -> Figure:
    """The slowest of the inbox's pages with 500,000 items, p95, over its own with 500; by one who
    sees all and by one who sees twenty accounts' and the sources'."""
    with house(web=True) as one:
        secrets = inboxes.people(one)
        inboxes.fill(500)
        lists.settle(one, inboxes.ACCOUNTS)
        least = lists.ask(one, inboxes.pages(secrets), times)
        filled = time.perf_counter()
        inboxes.fill(500_000)
        filled = time.perf_counter() - filled
        took = lists.ask(one, inboxes.pages(secrets), times)
    ours = {page: _p(seconds, 95) for page, seconds in took.items()}
    slowest = max(ours, key=lambda page: ours[page])
    figure = _figure([ours[slowest]], [_p(least[slowest], 95)], "ms, p95")
    shown = {page: [round(_p(seconds, n), 1) for n in (50, 95)] for page, seconds in took.items()}
    return figure | {"page": slowest, "filled_s": round(filled, 1), "p50, p95": shown}


def feeds_1000(times: int = RUNS) -> Figure:
    """A round of 1,000 feeds, half of them unchanged, 75 broken in fifteen ways, some hostile;
    floor: bare conditional requests, and feedparser.parse of the changed bodies. Beside it the
    same round by the `reader` library, without the endless ones."""
    with house() as one, serving("bench.feed_net") as host:
        feeds.follow(one, host)
        ours, floor, left = feeds.rounds(one, host, times)
        reader = feeds.beside(host, times)
    return _figure(ours, floor, "s") | left | {"by reader": reader}


def verify_20k() -> Figure:
    """20,000 entries verified, over `json.loads` and SHA-256 of each line of the same file."""
    ours, floor = [], []
    with house() as one, timelines.throwaway() as folder:
        incident = one.open("Lång händelse", exercise=False)
        timelines.fill(one, incident)
        with db.unit_of_work() as session:
            export(session, incident.id, folder / "out", one.settings, clock.now())
        for _ in range(RUNS):
            floor.append(timelines.bare_verify(folder / "out"))
            began = time.perf_counter()
            result = verify(folder / "out")
            ours.append(time.perf_counter() - began)
            if not result.ok:
                raise RuntimeError(result.sentence)
    return _figure(ours, floor, "s") | {"entries": result.entries}


def export_20k() -> Figure:
    """20,000 entries exported as JSON Lines and CSV, over psycopg's rows through bare csv; and how
    much memory that takes above idle, and the whole folder with spreadsheet and report."""
    ours, floor = [], []
    with house() as one, timelines.throwaway() as folder:
        incident = one.open("Lång händelse", exercise=False)
        timelines.fill(one, incident)
        for run in range(RUNS):
            floor.append(timelines.bare_csv(one.settings, folder / "bare.csv"))
            began = time.perf_counter()
            with db.unit_of_work() as session:
                export(session, incident.id, folder / f"{run}", one.settings, clock.now())
            ours.append(time.perf_counter() - began)
        above = {}
        for what in ("chain", "whole", "masked"):
            began = time.perf_counter()
            above[what] = round(timelines.export_apart(one.settings, folder / what, what), 1)
            above[f"{what}_s"] = round(time.perf_counter() - began, 1)
    return _figure(ours, floor, "s") | {"MB above idle": above}


FIGURES: dict[str, Callable[[], Figure]] = {
    "fanout_1000": fanout_1000,
    "fanout_mixed": mixed.measure,
    "boards_300": boards_300,
    "lateness": lateness,
    "press_to_attempt": press_to_attempt,
    "lists_5000": lists_5000,
    "inbox_500k": inbox_500k,
    "feeds_1000": feeds_1000,
    "import_channels": import_channels,
    "verify_20k": verify_20k,
    "export_20k": export_20k,
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
