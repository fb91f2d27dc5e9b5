"""Hints that something changed. Never the content: whoever hears one looks in the database.

A hint may be lost without harm: every listener also looks by itself at intervals.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import redis
from sqlalchemy.orm import Session

from console.logs import get_logger

CHANNEL = "budkavle:hints"
WORK = "work"
"""Topic for the ticker: there is something to decide or hand out."""
SITE = "site"
"""Topic for the site process: what the public site shows has changed."""

log = get_logger("live")
_redis: redis.Redis | None = None
_here: list[Callable[[str], None]] = []


CALM = "calm"
"""Topic for everything outside events: accounts, people, ordinary posts."""


def incident_topic(incident_id: int | None) -> str:
    """The event's topic; what has no event is of calm."""
    return CALM if incident_id is None else f"incident:{incident_id}"


def receipts_of(topic: str) -> str:
    """The topic that hints tell beside an event's own when only receipts have come in: what hangs
    on other things needn't be looked at."""
    return f"{topic}:receipts"


def connect(redis_url: str) -> redis.Redis:
    """Open this process's connection pool to Redis or Valkey."""
    global _redis
    _redis = redis.Redis.from_url(
        redis_url, socket_timeout=5, socket_connect_timeout=2, health_check_interval=15
    )
    return _redis


def connection() -> redis.Redis | None:
    return _redis


def disconnect() -> None:
    global _redis
    if _redis is not None:
        _redis.close()
    _redis = None


def announce(session: Session, *topics: str) -> None:
    """Hint at `topics` once the unit of work has been committed."""
    session.info.setdefault("topics", set()).update(topics)


def tell_here(receiver: Callable[[str], None]) -> None:
    """Tell `receiver` at once of topics that this very process announces: whoever made a change
    sees it on the next page, before the hint has been round."""
    _here.append(receiver)


def publish(session: Session) -> None:
    """Send the collected hints. A dead Redis costs promptness, nothing else."""
    topics = session.info.pop("topics", None)
    for topic in topics or ():
        for receiver in _here:
            receiver(topic)
    if topics and _redis is not None:
        try:
            _redis.publish(CHANNEL, json.dumps(sorted(topics)))
        except redis.RedisError as error:
            log.warning("hint_not_sent", topics=sorted(topics), error=type(error).__name__)


def topics_of(message: dict[str, Any] | None) -> list[str]:
    """The topics in a pub/sub message as redis-py hands it over; [] for anything else."""
    if message is None or message.get("type") != "message":
        return []
    try:
        topics = json.loads(message["data"])
    except ValueError:
        return []
    return [t for t in topics if isinstance(t, str)] if isinstance(topics, list) else []
