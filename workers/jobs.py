"""The jobs, as thin as views: what is asked for, one verb, done. All run as *system*."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from console.config import Settings
from console.people.rules import Permission
from workers import notices, worker
from workers.fanout import Fanout

P = ParamSpec("P")
R = TypeVar("R")


def needs(permission: Permission) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """State what a job runs as. The queue hands out nothing that hasn't stated it."""

    def state(job: Callable[P, R]) -> Callable[P, R]:
        job.permission = permission  # type: ignore[attr-defined]
        return job

    return state


@needs(Permission.SYSTEM)
def deliver(round_id: int, shard: int, shards: int) -> None:
    """Send a round's posts of one shard.

    Args:
        shard: from 0; `shards`: how many there are.
    """
    settings: Settings = worker.settings()
    asyncio.run(Fanout(round_id, shard, shards, worker.name(), settings.allow_hosts).run())


@needs(Permission.SYSTEM)
def send_notices() -> None:
    """Mail the notices that are queued."""
    notices.send_notices()
