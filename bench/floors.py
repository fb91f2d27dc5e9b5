"""What each figure is held against: the least that could do the same, measured in the same run."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Mapping

import aiohttp
import psycopg
import redis


def bare_posts(url: str, posts: int, concurrency: int) -> float:
    """Seconds that bare aiohttp takes for as many posts at the same concurrency."""
    body = json.dumps({"text": "x" * 300}).encode()

    async def run() -> float:
        gate = asyncio.Semaphore(concurrency)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

            async def post(n: int) -> None:
                async with gate, session.post(f"{url}/{n}", data=body) as answer:
                    await answer.read()

            begun = time.perf_counter()
            await asyncio.gather(*(post(n) for n in range(posts)))
            return time.perf_counter() - begun

    return asyncio.run(run())


def bare_requests(
    addresses: Mapping[str, str], requests: Mapping[tuple[str, int], int], concurrency: int
) -> dict[tuple[str, int], float]:
    """Seconds after which bare aiohttp has each account's answers.

    Args:
        addresses: kind of account → where it posts; the account's number comes after it.
        requests: account → how many it makes, one after the other.
        concurrency: accounts at a time of one kind.
    """
    body = json.dumps({"text": "x" * 300}).encode()
    done: dict[tuple[str, int], float] = {}

    async def run() -> None:
        gates = {kind: asyncio.Semaphore(concurrency) for kind in addresses}
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

            async def account(kind: str, n: int) -> None:
                async with gates[kind]:
                    for _request in range(requests[kind, n]):
                        async with session.post(f"{addresses[kind]}/{n}", data=body) as answer:
                            await answer.read()
                done[kind, n] = time.perf_counter() - begun

            begun = time.perf_counter()
            await asyncio.gather(*(account(kind, n) for kind, n in requests))

    asyncio.run(run())
    return done


def bare_hops(database_url: str, redis_url: str, times: int, spacing: float) -> list[float]:
    """Seconds late, each time, of a bare timer, a commit, a queue hop and a second commit."""
    late: list[float] = []
    address = database_url.replace("+psycopg", "")
    queue = "budkavle:bench:floor"
    with psycopg.connect(address) as database:
        database.execute("CREATE TABLE IF NOT EXISTS bench_floor (n int)")

    def receive() -> None:
        with redis.Redis.from_url(redis_url) as connection, psycopg.connect(address) as database:
            for _ in range(times):
                _name, due = connection.blpop([queue])  # type: ignore[misc]
                database.execute("INSERT INTO bench_floor VALUES (2)")
                database.commit()
                late.append(time.time() - float(due))

    receiver = threading.Thread(target=receive)
    receiver.start()
    with redis.Redis.from_url(redis_url) as connection, psycopg.connect(address) as database:
        due = time.time() + 0.2
        for _ in range(times):
            time.sleep(max(0.0, due - time.time()))
            database.execute("INSERT INTO bench_floor VALUES (1)")
            database.commit()
            connection.rpush(queue, str(due))
            due += spacing
    receiver.join()
    with psycopg.connect(address) as database:
        database.execute("DROP TABLE bench_floor")
    return late
