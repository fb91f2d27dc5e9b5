"""What each post leaves behind: a row for every start and outcome, and the facts of its entry."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from console.messages.models import Attempt


class Attempted(Protocol):
    """Of a post, a delivery or a row of one."""

    @property
    def id(self) -> int: ...

    @property
    def attempts(self) -> int: ...


def leave(
    session: Session,
    post: Attempted,
    event: str,
    at: datetime,
    worker: str = "",
    detail: str = "",
) -> None:
    """Note what became of the newest attempt.

    Args:
        event: started, or the outcome.
        worker: who did it; "": the console itself.
    """
    session.add(
        Attempt(
            delivery_id=post.id,
            attempt=post.attempts,
            event=event,
            at=at,
            worker=worker,
            detail=detail,
        )
    )


def facts(post: Any) -> dict[str, Any]:
    """Which post a timeline entry is about.

    Args:
        post: a delivery, or a row with the same names.
    """
    return {
        "delivery": post.id,
        "round": post.round_id,
        "message": post.message_id,
        "account": post.account_id,
        "language": post.language,
        "attempt": post.attempts,
        "key": post.idempotency_key,
    }
