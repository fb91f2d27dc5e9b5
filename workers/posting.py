"""A delivery's row as what a channel is given: the account as it is now, and the post."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from sqlalchemy.exc import SQLAlchemyError

from channels import registry
from channels.contract import Channel, Edit, Picture, Post
from channels.failures import BadSettings, Reason
from console import sealing
from console.logs import get_logger
from console.messages.models import Delivery
from console.messages.operations.delivery import Claimed

log = get_logger("posting")


class Stored(Protocol):
    """What is known of an account."""

    @property
    def settings(self) -> dict[str, Any]: ...

    @property
    def secret(self) -> bytes | None: ...


def target_of(
    row: Claimed | Delivery, account: Stored
) -> tuple[Channel[Any], Any, Mapping[str, Any]]:
    """The row's channel, its settings as they are now, and the account's secret ({}: it has none,
    or an exercise's row stands in its place). Whether it still is the target that was approved, the
    channel's fingerprint says.

    Raises:
        BadSettings, KeyTrouble; registry.NotPublished.
    """
    channel = registry.for_delivery(row.kind, row.exercise)
    secret = {} if row.target else sealing.unseal(account.secret)
    return channel, channel.parse(row.target or account.settings, secret), secret


def unprepared(row: Claimed | Delivery, error: Exception) -> str:
    """Why no request can be made of a row, whatever it is that is wrong with its account: only that
    one is held up, and never those that were claimed together with it.

    Raises:
        SQLAlchemyError: as given. The database is away, for every account.
    """
    if isinstance(error, SQLAlchemyError):
        raise error
    if isinstance(error, BadSettings | sealing.KeyTrouble):
        return error.message
    log.error("post_not_prepared", delivery=row.id, kind=row.kind, exc_info=error)
    return str(Reason.SETTINGS)


def post_of(
    row: Claimed | Delivery,
    made_at: float,
    pictures: tuple[Picture, ...] = (),
    remember: Callable[[str], Awaitable[None]] | None = None,
) -> Post:
    """The same at every attempt and every look: a channel may make its record's key of it.

    Args:
        made_at: Unix time at which the row's round was written.
        pictures: those of its row; a look, which sends nothing, needs none.
        remember: see `Post.remember`.
    """
    return Post(
        key=row.idempotency_key,
        text=row.content,
        language=row.language,
        title=row.title,
        link=row.link,
        marker=row.marker,
        made_at=made_at,
        pictures=pictures,
        prepared=row.container,
        remember=remember,
        exercise=row.exercise,
    )


def edit_of(row: Claimed) -> Edit:
    return Edit(
        key=row.idempotency_key,
        remote_id=row.edited or "",
        text=row.content,
        struck=tuple(row.struck),
        language=row.language,
        exercise=row.exercise,
    )
