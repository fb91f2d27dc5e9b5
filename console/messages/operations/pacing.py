"""Which pacing keys wait, and for how long: because a platform said so, or because of its rate.

One row a key, so that every worker keeps to it. A key that may not be sent to has `not_before` in
the future, whatever the cause (`sendable.NO_WAIT`). Rows are taken in the order of their keys: two
who need several never wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

from channels import registry
from channels.contract import Channel, Rate


def hold(session: Session, waits: Mapping[str, float]) -> None:
    """The platform asks us to wait: pacing key → seconds. A longer wait that stands is kept."""
    if not waits:
        return
    session.execute(
        text("""
            INSERT INTO pacing (key, not_before)
            SELECT key, budkavle_now() + make_interval(secs => wait)
            FROM unnest(CAST(:keys AS text[]), CAST(:waits AS float8[])) AS w (key, wait)
            ORDER BY key
            ON CONFLICT (key) DO UPDATE
                SET not_before = greatest(pacing.not_before, excluded.not_before)
        """),
        {"keys": list(waits), "waits": list(waits.values())},
    )


def rates(keys: Iterable[str]) -> dict[str, Rate]:
    """Those of the pacing keys whose channel declares a rate. A key begins with its kind."""
    found = {key: _rate(key.partition(":")[0]) for key in keys}
    return {key: rate for key, rate in found.items() if rate is not None}


def room(session: Session, of: Mapping[str, Rate]) -> dict[str, int]:
    """How many posts each key's bucket has room for now; none where more has left than the rate
    allows, as when that was lowered. The keys are ours until the commit."""
    if not of:
        return {}
    rows = session.execute(
        text("""
            INSERT INTO pacing (key, not_before)
            SELECT key, budkavle_now() FROM unnest(CAST(:keys AS text[])) AS w (key) ORDER BY key
            ON CONFLICT (key) DO UPDATE SET not_before = pacing.not_before
            RETURNING key,
                coalesce(greatest(0, extract(epoch FROM full_at - budkavle_now())), 0)::float8
        """),
        {"keys": list(of)},
    ).all()
    full = {key: (of[key].seconds - empty) / _each(of[key]) for key, empty in rows}
    return {key: max(0, int(posts + 0.001)) for key, posts in full.items()}


def spend(session: Session, posts: Mapping[str, int], of: Mapping[str, Rate]) -> None:
    """So many posts leave under these keys, whose `room` was asked for in this transaction. A
    bucket that is empty holds its key until there is room for one more."""
    spent = {key: number for key, number in posts.items() if number and key in of}
    if not spent:
        return
    session.execute(
        text("""
            UPDATE pacing p SET full_at = s.full_at,
                not_before = greatest(p.not_before, s.full_at - make_interval(secs => s.short))
            FROM (SELECT w.key, w.short, greatest(q.full_at, budkavle_now())
                             + make_interval(secs => w.costs) AS full_at
                  FROM unnest(CAST(:keys AS text[]), CAST(:costs AS float8[]),
                              CAST(:short AS float8[])) AS w (key, costs, short)
                  JOIN pacing q ON q.key = w.key) s
            WHERE p.key = s.key
        """),
        {
            "keys": list(spent),
            "costs": [number * _each(of[key]) for key, number in spent.items()],
            "short": [of[key].seconds - _each(of[key]) for key in spent],
        },
    )


def _each(rate: Rate) -> float:
    """Seconds in which the bucket gains room for one."""
    return rate.seconds / rate.posts


def _rate(kind: str) -> Rate | None:
    channel: Channel[object] | None = None
    if kind in registry.REGISTRY and kind not in registry.NOT_PUBLISHED:
        channel = registry.load(kind)  # type: ignore[assignment]  # it is sent to
    return channel.rate if channel else None
