"""The jobs, as thin as views: what is asked for, one verb, done. All run as *system*."""

from __future__ import annotations

import asyncio

from console.config import Settings
from workers import notices, worker
from workers.fanout import Fanout

PERMISSION = "system"


def deliver(round_id: int, shard: int, shards: int) -> None:
    """Send a round's posts of one shard.

    Args:
        shard: from 0; `shards`: how many there are.
    """
    settings: Settings = worker.settings()
    asyncio.run(Fanout(round_id, shard, shards, worker.name(), settings.allow_hosts).run())


def send_notices() -> None:
    """Mail the notices that are queued."""
    notices.send_notices()
