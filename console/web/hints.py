"""Hints heard by this process: one listener on Redis, coalesced per topic.

A topic is passed on at most twice a second, and always once more after the last hint: whoever
looks then sees everything.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

import redis

from console import clock, live
from console.logs import get_logger

GAP = 0.5
"""Seconds between two hints passed on about one topic."""
RECONNECT = 1.0

log = get_logger("hints")


class Coalescer:
    """Decides when a topic is passed on. Pure: time comes in as seconds."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}
        self._waiting: dict[str, float] = {}

    def heard(self, topic: str, now: float) -> None:
        if topic not in self._waiting:
            self._waiting[topic] = max(now, self._last.get(topic, now - GAP) + GAP)

    def due(self, now: float) -> list[str]:
        """Topics to pass on now."""
        topics = [topic for topic, at in self._waiting.items() if at <= now]
        for topic in topics:
            del self._waiting[topic]
            self._last[topic] = now
        return topics

    def wait(self, now: float) -> float:
        """Seconds until the next is due; a second at most."""
        return max(0.0, min([1.0, *(at - now for at in self._waiting.values())]))


class Listener:
    """Counts hints per topic and passes them on. One thread per process, started when first needed
    (a server forks after the application is made)."""

    def __init__(self) -> None:
        self._pid = 0
        self._guard = threading.Lock()
        self._counts: dict[str, int] = {}
        self._others: dict[str, int] = {}
        """Those that told of more than receipts."""
        self._missed = 0
        self._connected = False
        self._pass_on: Callable[[str], None] | None = None
        self._at_once: Callable[[str], None] | None = None

    def pass_on_to(
        self, receiver: Callable[[str], None], at_once: Callable[[str], None] | None = None
    ) -> None:
        """Whom to tell about a topic, after coalescing.

        Args:
            at_once: told of every hint; keeps what it does apart by itself.
        """
        self._pass_on, self._at_once = receiver, at_once

    def heard(self, topic: str) -> int:
        """How many hints about `topic` have come."""
        return self._counts.get(topic, 0) + self._missed

    def heard_but_receipts(self, topic: str) -> int:
        """How many hints about `topic` have come that told of more than receipts."""
        return self._others.get(topic, 0) + self._missed

    def hears(self) -> bool:
        """Can hints be heard just now? Begins to listen if that hasn't been done."""
        self.start()
        return self._connected

    def note(self, topic: str, *, receipts: bool = False) -> None:
        """Count a change, of this process's own or heard of.

        Args:
            receipts: nothing but receipts have come in. Counted apart as it comes, never taken from
                the sum afterwards: a reader between the two would take an old board for a new one.
        """
        self._counts[topic] = self._counts.get(topic, 0) + 1
        if not receipts:
            self._others[topic] = self._others.get(topic, 0) + 1

    def start(self) -> None:
        if self._pid == os.getpid():
            return
        with self._guard:
            if self._pid != os.getpid():
                self._pid, self._connected = os.getpid(), False
                threading.Thread(target=self._run, name="hints", daemon=True).start()

    def _run(self) -> None:
        while True:
            connection = live.connection()
            if connection is not None:
                try:
                    self._listen(connection)
                except (redis.RedisError, OSError, ValueError) as error:
                    log.warning("hints_lost", error=type(error).__name__)
                except Exception:
                    # Whatever it was: with this thread the boards would lose their pushes for good.
                    log.error("hints_lost", exc_info=True)
            self._connected = False
            time.sleep(RECONNECT)

    def _listen(self, connection: redis.Redis) -> None:
        coalescer = Coalescer()
        with connection.pubsub() as pubsub:  # type: ignore[no-untyped-call]
            pubsub.subscribe(live.CHANNEL)
            while live.connection() is connection:
                message = pubsub.get_message(timeout=coalescer.wait(clock.elapsed()))
                if message is not None and message["type"] == "subscribe":
                    # What was said while nobody listened is unknown: everything may have changed.
                    self._missed += 1
                    self._connected = True
                    for topic in list(self._counts):
                        self._hear(topic, coalescer)
                topics = live.topics_of(message)
                for topic in topics:
                    self.note(topic, receipts=live.receipts_of(topic) in topics)
                    self._hear(topic, coalescer)
                if self._pass_on is not None:
                    for topic in coalescer.due(clock.elapsed()):
                        self._pass_on(topic)

    def _hear(self, topic: str, coalescer: Coalescer) -> None:
        coalescer.heard(topic, clock.elapsed())
        if self._at_once is not None:
            self._at_once(topic)


listener = Listener()
"""This process's own."""
live.tell_here(listener.note)
