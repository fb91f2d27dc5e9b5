"""Which adapter sends for which kind of account, and the wall between exercises and the world.

An adapter is imported the first time it is asked for, so that a process pays only for what it uses.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, Final, cast

from channels.contract import Channel, Outlet
from channels.pretend import Pretend

WEBSITE: Final = "website"
BY_HAND: Final = "by_hand"
PRETEND: Final = "pretend"

REGISTRY: Final[dict[str, str]] = {
    WEBSITE: "channels.website.Website",
    BY_HAND: "channels.by_hand.ByHand",
    PRETEND: "channels.pretend.Pretend",
    "bluesky": "channels.bluesky.Bluesky",
    "email": "channels.email.Email",
    "facebook": "channels.facebook.Facebook",
    "instagram": "channels.instagram.Instagram",
    "linkedin": "channels.linkedin.LinkedIn",
    "mastodon": "channels.mastodon.Mastodon",
    "matrix": "channels.matrix.Matrix",
    "sms": "channels.sms.Sms",
    "telegram": "channels.telegram.Telegram",
    "threads": "channels.threads.Threads",
    "webhook": "channels.webhook.Webhook",
    "wordpress": "channels.wordpress.WordPress",
    "x": "channels.x.X",
}

NOT_PUBLISHED: Final = frozenset({WEBSITE, BY_HAND})
"""Kinds that no worker sends: the site process writes one, a person does the other."""


class NotPublished(LookupError):
    """Asked for an adapter where there is none: the delivery is a page or a person's task."""


@cache
def load(kind: str) -> Outlet[Any]:
    """The outlet for a registered kind, to parse settings and ask for limits.

    Raises:
        KeyError: no such kind.
    """
    module, _, name = REGISTRY[kind].rpartition(".")
    return cast(Outlet[Any], getattr(import_module(module), name)())


def effective_kind(kind: str, exercise: bool) -> str:
    """What a delivery to an account of this kind becomes: website, by_hand, pretend or `kind`.

    A live account without an adapter is done by hand, and so is one that says it only pretends:
    a live post must never be taken as sent when it went nowhere.
    """
    if kind in NOT_PUBLISHED:
        return kind
    if exercise:
        return PRETEND
    return kind if kind in REGISTRY and kind != PRETEND else BY_HAND


def for_delivery(kind: str, exercise: bool) -> Channel[Any]:
    """The adapter that sends a delivery. An exercise is handed `Pretend`, whatever the kind.

    Raises:
        NotPublished: the kind comes out as website or by_hand; see `effective_kind`.
    """
    effective = effective_kind(kind, exercise)
    if effective in NOT_PUBLISHED:
        raise NotPublished(f"{kind} is not sent by a worker")
    if exercise:
        return Pretend()
    return cast(Channel[Any], load(effective))
