"""Keys that die in mid-round: renewed before a post, or after a platform refused one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from channels.contract import Channel
from channels.failures import Reauthorise, Retry
from channels.http import Client
from console.logs import get_logger
from workers import renewing

log = get_logger("fanout")


@dataclass(frozen=True)
class Key:
    """What a post is sent with."""

    kind: str
    account_id: int
    account: Mapping[str, Any]
    """The account's stored settings."""
    secret: Mapping[str, Any] = field(repr=False)
    """As stored; empty: the post goes nowhere that asks for one, as an exercise's does."""


async def fresh(client: Client, key: Key, channel: Channel[Any], *, mail: bool) -> Any | None:
    """Typed settings with another key, where this one is about to die: an X token lives two hours,
    and a round may come after them. None: go on with this one, also where none came."""
    if not renewing.almost_dead(key.kind, key.secret):
        return None
    try:
        secret = await renewing.renewed(client, key.account_id, key.secret, mail=mail)
    except Retry:
        return None
    return None if secret is None else channel.parse(key.account, secret)


async def refused(
    client: Client, key: Key, error: Reauthorise, *, mail: bool
) -> tuple[str, str, bool]:
    """The key is dead, so nothing was taken: with another key the post may go out after all.

    Returns:
        the outcome's state (refused or retry), its detail, and whether there is another key now.
    """
    try:
        if not key.secret:
            return "refused", str(error), False
        found = await renewing.renewed(client, key.account_id, key.secret, mail=mail)
    except Retry as trouble:
        return "retry", str(trouble), False
    except BaseException as broken:  # whatever it is, an outcome is written
        log.error("renewal_broke", account=key.account_id, error=type(broken).__name__)
        return "retry", str(error), False
    return ("refused", str(error), False) if found is None else ("retry", str(error), True)
