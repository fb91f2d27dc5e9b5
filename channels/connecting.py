"""Which kinds of account are connected by OAuth, and which renew their keys by themselves.

A file is imported the first time that it is asked for, as in `channels.registry`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from channels.oauth import Flow
from channels.words import N_

if TYPE_CHECKING:
    from channels.http import Client

FLOWS: Final[dict[str, str]] = {
    "facebook": "channels.meta_oauth.FacebookFlow",
    "instagram": "channels.meta_oauth.InstagramFlow",
    "linkedin": "channels.linkedin_oauth.LinkedInFlow",
    "mastodon": "channels.mastodon_oauth.MastodonFlow",
    "threads": "channels.threads_oauth.ThreadsFlow",
    "x": "channels.x_oauth.XFlow",
}
RENEWERS: Final[dict[str, str]] = {
    "linkedin": "channels.linkedin_oauth.LinkedInRenewer",
    "threads": "channels.threads_oauth.ThreadsRenewer",
    "x": "channels.x_token.XRenewer",
}
APPS: Final[dict[str, str]] = {
    "meta": N_("Facebook och Instagram"),
    "threads": "Threads",
    "x": "X",
    "linkedin": "LinkedIn",
}
"""App → its platforms' names (see `N_`). A municipality registers each by hand at the platform."""
PUBLIC_APPS: Final = frozenset({"x"})
"""Apps that may have no secret (RFC 6749, 2.1)."""


class Renewer(Protocol):
    """How a kind's keys are made new before they die."""

    def at(self, secret: Mapping[str, Any], seen: float) -> float | None:
        """Unix time from which to renew; None: this key can't be renewed.

        Args:
            seen: Unix time when the secret came to us.
        """
        ...

    async def renew(
        self, client: Client, settings: Mapping[str, Any], secret: Mapping[str, Any]
    ) -> dict[str, str]:
        """The whole new secret, to be stored at once.

        Raises:
            Reauthorise: the platform says that it can't be renewed any more.
            Refused, Retry: no new key; what is stored stays as it is.
        """
        ...


@cache
def flow(kind: str) -> Flow:
    """Raises KeyError where there is none."""
    return cast(Flow, _made(FLOWS[kind]))


@cache
def renewer(kind: str) -> Renewer:
    """Raises KeyError where there is none."""
    return cast(Renewer, _made(RENEWERS[kind]))


def _made(path: str) -> object:
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)()
