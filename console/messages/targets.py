"""What an account becomes in an event: which channel carries it, and how that is recognised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from channels import platforms, registry
from channels.counting import Limit
from channels.failures import BadSettings
from console import sealing
from console.accounts.models import Account
from console.accounts.readiness import PICTURED, PROBED
from console.errors import BadInput
from console.messages import link_price


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
    edits: bool
    """A post that is out there can be given a new text."""
    deletes: bool
    card: str = ""
    """The shape of the text card that goes along (`channels.platforms.Pictures`); "": none does."""


def alike(
    accounts: Iterable[Account], aims: Mapping[int, Aim]
) -> dict[tuple[Limit, bool, bool], list[Account]]:
    """Accounts that get the same text, by its limit, whether it is a website's (theirs is the
    whole text), and whether a link in it costs."""
    groups: dict[tuple[Limit, bool, bool], list[Account]] = {}
    for account in accounts:
        where, charged = aims[account.id], link_price.of(account) is not None
        groups.setdefault((where.limit, where.kind == "website", charged), []).append(account)
    return groups


def settings_for(kind: str, account: Account, slug: str) -> dict[str, Any]:
    """The settings of the channels that the console itself stands behind; {} for the others."""
    if kind == registry.PRETEND:
        wall = f"/ovning/{slug}/vagg"
        return {"platform": account.platform, "account": str(account.id), "wall": wall}
    if kind == registry.BY_HAND:
        return {"platform": account.platform, "handle": account.handle}
    return {}


def _connected(account: Account) -> bool:
    """Has anybody said how to reach it? Until then somebody posts by hand."""
    return bool(account.settings) or account.secret is not None


def _card(account: Account) -> str:
    platform = platforms.PLATFORMS[account.platform]
    wanted = platform.pictures is not None and (platform.needs_picture or account.card)
    return platform.pictures.shape if wanted and platform.pictures is not None else ""


def aim(account: Account, slug: str, exercise: bool, *, pictured: bool = True) -> Aim:
    """Where a post to `account` goes in an event.

    Args:
        account: the account as it is registered now.
        slug: the event's.
        exercise: whether the event is one: then nothing but the wall or a person's hand.
        pictured: the post may carry a picture. One that has none, as an ordinary post, is done by
            hand where there is no post without.

    Raises:
        BadInput: the account's settings can't be used, or its secret can't be opened; the sentence
            names the account. Nothing about one account may stop another's post.
    """
    kind = registry.effective_kind(account.kind, exercise)
    if kind != registry.PRETEND and not (kind in PROBED and _connected(account)):
        kind = kind if kind in registry.NOT_PUBLISHED else registry.BY_HAND
    if kind in PICTURED and not pictured:
        kind = registry.BY_HAND
    own = settings_for(kind, account, slug)
    outlet = registry.load(kind)
    sealed = None if own or kind in registry.NOT_PUBLISHED else account.secret
    try:
        settings = outlet.parse(own or account.settings, sealing.unseal(sealed) if sealed else {})
    except BadSettings as error:
        raise BadInput(f"{account.short_name}: {error.message}", field=error.field) from error
    except sealing.KeyTrouble as error:
        raise BadInput(f"{account.short_name}: {error.message}", field="secret") from error
    limit = outlet.limit(settings)
    if limit.most is None:
        limit = platforms.PLATFORMS[account.platform].limit
    edits, deletes = outlet.can_edit(settings), outlet.can_delete(settings)
    card = _card(account) if pictured and kind != registry.WEBSITE else ""
    fingerprint = outlet.fingerprint(settings)
    if kind in registry.NOT_PUBLISHED:
        return Aim(kind, own, fingerprint, kind, False, True, limit, edits, deletes, card)
    channel = registry.for_delivery(kind, exercise)
    return Aim(
        kind,
        own,
        fingerprint,
        channel.pacing_key(settings),
        channel.unlimited,
        channel.honours_key(settings),
        limit,
        edits,
        deletes,
        card,
    )
