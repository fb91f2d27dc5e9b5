"""What an account becomes in an event: which channel carries it, and how that is recognised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from channels import platforms, registry
from channels.contract import BadSettings
from channels.counting import Limit
from console.accounts import secrets
from console.accounts.models import Account
from console.errors import BadInput


@dataclass(frozen=True)
class Aim:
    kind: str
    own: dict[str, Any]
    """Settings that the console gives the channel itself; empty where the account's are used."""
    fingerprint: str
    pacing_key: str
    splits: bool
    """Workers may share the pacing key's rows between them."""
    keyed: bool
    limit: Limit


def settings_for(kind: str, account: Account, slug: str) -> dict[str, Any]:
    """The settings of the channels that the console itself stands behind; {} for the others."""
    if kind == registry.PRETEND:
        wall = f"/ovning/{slug}/vagg"
        return {"platform": account.platform, "account": str(account.id), "wall": wall}
    if kind == registry.BY_HAND:
        return {"platform": account.platform, "handle": account.handle}
    return {}


def aim(account: Account, slug: str, exercise: bool) -> Aim:
    """Where a post to `account` goes in an event.

    Args:
        account: the account as it is registered now.
        slug: the event's.
        exercise: whether the event is one: then nothing but the wall or a person's hand.

    Raises:
        BadInput: the account's settings can't be used, or its secret can't be opened; the sentence
            names the account. Nothing about one account may stop another's post.
    """
    kind = registry.effective_kind(account.kind, exercise)
    own = settings_for(kind, account, slug)
    outlet = registry.load(kind)
    sealed = None if own or kind in registry.NOT_PUBLISHED else account.secret
    try:
        settings = outlet.parse(own or account.settings, secrets.unseal(sealed) if sealed else {})
    except BadSettings as error:
        raise BadInput(f"{account.short_name}: {error.message}", field=error.field) from error
    except secrets.KeyTrouble as error:
        raise BadInput(f"{account.short_name}: {error.message}", field="secret") from error
    limit = outlet.limit(settings)
    if limit.most is None:
        limit = platforms.PLATFORMS[account.platform].limit
    if kind in registry.NOT_PUBLISHED:
        return Aim(kind, own, outlet.fingerprint(settings), kind, False, True, limit)
    channel = registry.for_delivery(account.kind, exercise)
    return Aim(
        kind,
        own,
        outlet.fingerprint(settings),
        channel.pacing_key(settings),
        channel.unlimited,
        channel.honours_key(settings),
        limit,
    )
