"""Waiting for hints on Redis; with Redis away, just waiting."""

from __future__ import annotations

import threading

import redis

from console import clock, live
from console.logs import get_logger

log = get_logger("hints")
AWAY_SECONDS = 0.25
SLICE_SECONDS = 0.25
"""A signal doesn't end a wait on Redis: it is done in slices."""


class Hints:
    """Listens for one topic.

    Args:
        redis_url: where hints come from.
        topic: the one that wakes.
    """

    def __init__(self, redis_url: str, topic: str) -> None:
        self.redis_url, self.topic = redis_url, topic
        self._pubsub: redis.client.PubSub | None = None

    def wait(self, seconds: float, stopping: threading.Event | None = None) -> bool:
        """Return at a hint (True), or after `seconds` (False); soon after `stopping` is set."""
        until = clock.elapsed() + seconds
        while (left := until - clock.elapsed()) > 0:
            if stopping is not None and stopping.is_set():
                return False
            try:
                message = self._listen().get_message(
                    ignore_subscribe_messages=True, timeout=min(left, SLICE_SECONDS)
                )
            except redis.RedisError as error:
                log.warning("hints_away", error=type(error).__name__)
                self._pubsub = None
                threading.Event().wait(min(left, AWAY_SECONDS))
                return False
            if self.topic in live.topics_of(message):
                return True
        return False

    def _listen(self) -> redis.client.PubSub:
        if self._pubsub is None:
            connection = redis.Redis.from_url(self.redis_url, socket_connect_timeout=2)
            self._pubsub = connection.pubsub()  # type: ignore[no-untyped-call]  # redis's own
            self._pubsub.subscribe(live.CHANNEL)
        return self._pubsub
