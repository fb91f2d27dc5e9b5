"""The platforms an account can be on, as data: limits, adapters, repeat rule, cost of a link.

Limits are the platforms' documented ones (2026); where a server states its own, the adapter asks
it. A kind without an adapter in `channels.registry` is done by hand until it has one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from channels.counting import NO_LIMIT, Counting, Limit


class Repeat(StrEnum):
    """Which rounds of a repeating message an account carries."""

    EVERY = "every"
    KEY_MOMENTS = "key_moments"
    """Only the first round of Första, Uppmaning, Rättelse and Läget över."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Platform:
    key: str
    name: str
    """As people write it."""
    kind: str
    """The channel kind that sends to it."""
    limit: Limit = NO_LIMIT
    needs_picture: bool = False
    """No post without a picture or film."""
    repeat: Repeat = Repeat.EVERY
    link_charged: bool = False
    """A post with a link costs money: over ten times a post without (X, 2026-08)."""
    aliases: tuple[str, ...] = ()
    """Other names found in registers, in lower case."""

    @property
    def sends(self) -> bool:
        """Whether anything can be sent to it without a person's hand."""
        return self.kind != "by_hand"


def _platforms(*platforms: Platform) -> dict[str, Platform]:
    return {platform.key: platform for platform in platforms}


PLATFORMS: dict[str, Platform] = _platforms(
    Platform(key="website", name="Webbplats", kind="website", aliases=("webb", "webbsida")),
    Platform(
        key="website_feed",
        name="Webbflöde",
        kind="website",
        aliases=("webb-rss", "webbflöde (rss)", "rss", "atom"),
    ),
    Platform(key="facebook", name="Facebook", kind="facebook", limit=Limit(63_206)),
    Platform(
        key="instagram",
        name="Instagram",
        kind="instagram",
        limit=Limit(2_200),
        needs_picture=True,
    ),
    Platform(
        key="x",
        name="X",
        kind="x",
        limit=Limit(280, Counting.WEIGHTED),
        link_charged=True,
        aliases=("twitter",),
    ),
    Platform(
        key="mastodon",
        name="Mastodon",
        kind="mastodon",
        limit=Limit(500, Counting.GRAPHEMES_LINKS_23),
    ),
    Platform(
        key="bluesky",
        name="Bluesky",
        kind="bluesky",
        limit=Limit(300, Counting.GRAPHEMES, most_bytes=3_000),
    ),
    Platform(key="linkedin", name="LinkedIn", kind="linkedin", limit=Limit(3_000)),
    Platform(key="threads", name="Threads", kind="threads", limit=Limit(500)),
    # There is no API for posts: somebody does it in the studio.
    Platform(key="youtube", name="YouTube", kind="by_hand", repeat=Repeat.KEY_MOMENTS),
    Platform(
        key="telegram",
        name="Telegram",
        kind="telegram",
        limit=Limit(4_096, Counting.UTF16),
    ),
    # An event is at most 65,536 bytes and carries the text twice (plain and formatted).
    Platform(key="matrix", name="Matrix", kind="matrix", limit=Limit(30_000, Counting.BYTES)),
    Platform(
        key="email",
        name="E-post",
        kind="email",
        repeat=Repeat.KEY_MOMENTS,
        aliases=("e-mail", "mejl"),
    ),
    # Four joined parts of 153 septets: our own choice, since each part is paid for per recipient.
    Platform(
        key="sms",
        name="SMS",
        kind="sms",
        limit=Limit(612, Counting.SEPTETS),
        repeat=Repeat.KEY_MOMENTS,
    ),
    Platform(key="blog", name="Blogg", kind="wordpress", aliases=("blogg",)),
    Platform(key="wordpress", name="WordPress", kind="wordpress"),
    Platform(key="webhook", name="Webhook", kind="webhook"),
    Platform(key="other", name="Annan", kind="by_hand", repeat=Repeat.KEY_MOMENTS),
)


def find(name: str) -> Platform | None:
    """The platform a register means by `name`: its key, its name or another spelling."""
    wanted = name.strip().casefold()
    for platform in PLATFORMS.values():
        if wanted in (platform.key, platform.name.casefold(), *platform.aliases):
            return platform
    return None


def default_repeat(platform: Platform, kind: str) -> Repeat:
    """The repeat rule an account starts with; by hand, nobody is asked every quarter of an hour."""
    return Repeat.KEY_MOMENTS if kind == "by_hand" else platform.repeat
