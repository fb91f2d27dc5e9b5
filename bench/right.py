"""What must have become of a post, from what went wrong with it and what its channel can."""

from __future__ import annotations

from typing import Any

from channels.contract import Channel
from simulators.base import Effect

REFUSED = frozenset({Effect.DEAD_KEY, Effect.TURNED_DOWN})
WAITS = frozenset({None, Effect.LIMIT, Effect.LIMIT_BARE})
EFFECTS = tuple(Effect)


def states(
    channel: Channel[Any], settings: Any, effect: Effect | None, slow: bool
) -> frozenset[str]:
    """The states of a delivery that are right in the end; *unknown* waits for a person.

    Args:
        effect: what went wrong with the first attempt.
        slow: one of the answers came as late as the attempt's own deadline: whatever it was to be,
            it may not have been heard.
    """
    alone = channel.honours_key(settings) or channel.can_read_back(settings)
    if slow and effect is not None:
        return frozenset({"sent", "refused", "unknown"})
    if effect is Effect.DEAD_KEY and getattr(settings, "refresh_token", ""):
        return frozenset({"sent"})  # with the key that the platform gives for it
    if effect in REFUSED:
        return frozenset({"refused"})
    if effect in WAITS:
        return frozenset({"sent"} if alone or not slow else {"sent", "unknown"})
    if effect is Effect.ERROR_BEFORE and not channel.honours_key(settings):
        # It isn't there, and nothing shows that it never will be.
        return frozenset({"sent" if channel.absence_proves(settings) else "unknown"})
    return frozenset({"sent" if alone else "unknown"})


def wrong(state: str, right: frozenset[str], said: dict[str, int]) -> str:
    """What is wrong with an account's post, by the console's state and what the platform has to
    say of it (`simulators.crowd.report`); empty: nothing."""
    if said["doubles"] or said["shown"] > 1:
        return f"{said['shown']} posts"
    if state not in right:
        return f"{state}, not {' or '.join(sorted(right))}"
    if state == "sent" and not said["shown"]:
        return "sent, and not there"
    if state == "refused" and said["shown"]:
        return "refused, and there"
    return ""
