"""Hints are passed on at most twice a second, and never lost."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from itertools import pairwise

import pytest

from console import clock, live
from console.config import Settings
from console.web.hints import GAP, Coalescer, Listener


def test_the_first_hint_is_passed_on_at_once() -> None:
    hints = Coalescer()
    hints.heard("a", 100.0)
    assert hints.due(100.0) == ["a"]
    assert hints.due(100.0) == []


def test_a_storm_is_passed_on_twice_a_second_with_one_more_after_the_last() -> None:
    hints, passed = Coalescer(), []
    for step in range(1001):  # a thousand hints in a second, then silence
        now = 100 + step / 1000
        hints.heard("a", now)
        passed += [now for _topic in hints.due(now)]
    for step in range(1, 1000):
        now = 101 + step / 1000
        passed += [now for _topic in hints.due(now)]
    assert len(passed) <= 4
    assert all(b - a >= GAP - 1e-9 for a, b in pairwise(passed))
    assert passed[-1] >= 101.0, "what was said last has been passed on"


def test_topics_do_not_hold_each_other_up() -> None:
    hints = Coalescer()
    hints.heard("a", 100.0)
    hints.due(100.0)
    hints.heard("a", 100.1)
    hints.heard("b", 100.1)
    assert hints.due(100.1) == ["b"]
    assert abs(hints.wait(100.1) - (GAP - 0.1)) < 1e-9


def test_a_hint_of_receipts_alone_is_counted_apart(database: Settings) -> None:
    listener, topic = Listener(), "incident:7"
    until(listener.hears)
    began = listener.heard(topic), listener.heard_but_receipts(topic)
    tell(topic, live.receipts_of(topic))
    until(lambda: listener.heard(topic) == began[0] + 1)
    assert listener.heard_but_receipts(topic) == began[1]
    tell(topic)
    until(lambda: listener.heard_but_receipts(topic) == began[1] + 1)


def test_a_connection_of_any_fault_is_tried_again(
    database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener, topic, asked = Listener(), "incident:8", []

    class Broken:
        def pubsub(self) -> None:
            asked.append(1)
            raise AttributeError("closed under it")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(live, "_redis", Broken())
        listener.start()
        until(lambda: bool(asked))
    until(listener.hears)
    tell(topic)
    until(lambda: listener.heard_but_receipts(topic) > 0)


def tell(*topics: str) -> None:
    """As another process does, once its work is committed."""
    connection = live.connection()
    assert connection is not None
    connection.publish(live.CHANNEL, json.dumps(sorted(topics)))


def until(holds: Callable[[], bool]) -> None:
    end = clock.elapsed() + 30
    while not holds():
        assert clock.elapsed() < end
        threading.Event().wait(0.01)
