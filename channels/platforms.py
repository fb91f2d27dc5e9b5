"""The platforms an account can be on, as data: limits, adapters, repeat rule, cost of a link.

Limits are the platforms' documented ones (2026); where a server states its own, the adapter asks
it. X edits for half an hour only, and Bluesky by deleting: neither counts as editing. A kind
without an adapter in `channels.registry` is done by hand until it has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from channels.counting import NO_LIMIT, Counting, Limit
from channels.words import N_


class Repeat(StrEnum):
    """Which rounds of a repeating message an account carries."""

    EVERY = "every"
    KEY_MOMENTS = "key_moments"
    """Only the first round of Första, Uppmaning, Rättelse and Läget över."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """How a platform takes pictures."""

    shape: Literal["portrait", "landscape"] = "landscape"
    """The one that its readers see most of."""
    alt: int = 1000
    """Characters of alternative text: what X takes at most; others take as many, or more."""
    fetched: bool = False
    """The platform fetches them itself, from an address in public."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkPrice:
    """What the platform takes for a post, in US dollars (docs.x.com, Pricing, 2026-08)."""

    bare: Decimal
    linked: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Platform:
    key: str
    name: str
    """As people write it, in Swedish."""
    kind: str
    """The channel kind that sends to it."""
    limit: Limit = NO_LIMIT
    pictures: Pictures | None = None
    """None: its channel takes none."""
    needs_picture: bool = False
    """No post without a picture or film."""
    repeat: Repeat = Repeat.EVERY
    link_price: LinkPrice | None = None
    """Where a post with a link costs more than one without."""
    edits: bool = False
    """A post that is out can be given a new text, at any time and by the account's own hand."""
    deletes: bool = True
    """A post that is out can be taken away again."""
    pins: bool = False
    """A post can be made to stand first on the account, by its channel."""
    personal_login: bool = False
    """Run from people's own logins: there is no password to keep in an envelope (3-d)."""
    aliases: tuple[str, ...] = ()
    """Other names found in registers, in lower case."""

    @property
    def sends(self) -> bool:
        """Whether anything can be sent to it without a person's hand."""
        return self.kind != "by_hand"


ADDED = "own:"
"""How the key of a platform begins that a municipality has added itself; its name comes after."""


class Catalogue(dict[str, Platform]):
    """The platforms by key, in the order shown. An added one isn't among them, but is found by its
    key, which holds its name: so every process knows it without asking anybody. It is a platform
    for posts by hand, never a channel."""

    def __missing__(self, key: str) -> Platform:
        if not str(key).startswith(ADDED):
            raise KeyError(key)
        return Platform(
            key=key, name=key.removeprefix(ADDED), kind="by_hand", repeat=Repeat.KEY_MOMENTS
        )

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or (isinstance(key, str) and key.startswith(ADDED))

    def get(self, key: str, default: Any = None) -> Any:
        try:
            return self[key]
        except KeyError:
            return default


def _platforms(*platforms: Platform) -> Catalogue:
    return Catalogue({platform.key: platform for platform in platforms})


def _by_hand(key: str, name: str, *aliases: str) -> Platform:
    return Platform(key=key, name=name, kind="by_hand", repeat=Repeat.KEY_MOMENTS, aliases=aliases)


PLATFORMS = _platforms(
    Platform(
        key="website",
        name=N_("Webbplats"),
        kind="website",
        edits=True,
        aliases=("webb", "webbsida"),
    ),
    Platform(
        key="website_feed",
        name=N_("Webbflöde"),
        kind="website",
        edits=True,
        aliases=("webb-rss", "webbflöde (rss)", "rss", "atom"),
    ),
    Platform(
        key="facebook",
        name="Facebook",
        kind="facebook",
        limit=Limit(63_206),
        edits=True,
        personal_login=True,
        pictures=Pictures(),
    ),
    Platform(
        key="instagram",
        name="Instagram",
        kind="instagram",
        limit=Limit(2_200),
        pictures=Pictures("portrait", fetched=True),
        needs_picture=True,
    ),
    Platform(
        key="x",
        name="X",
        kind="x",
        limit=Limit(280, Counting.WEIGHTED),
        link_price=LinkPrice(bare=Decimal("0.015"), linked=Decimal("0.200")),
        aliases=("twitter",),
        pictures=Pictures(),
    ),
    Platform(
        key="mastodon",
        name="Mastodon",
        kind="mastodon",
        limit=Limit(500, Counting.GRAPHEMES_LINKS_23),
        edits=True,
        pins=True,
        pictures=Pictures(),
    ),
    Platform(
        key="bluesky",
        name="Bluesky",
        kind="bluesky",
        limit=Limit(300, Counting.GRAPHEMES, most_bytes=3_000),
        pins=True,
        pictures=Pictures(),
    ),
    Platform(
        key="linkedin",
        name="LinkedIn",
        kind="linkedin",
        limit=Limit(3_000),
        edits=True,
        personal_login=True,
        pictures=Pictures(),
    ),
    Platform(
        key="threads",
        name="Threads",
        kind="threads",
        limit=Limit(500, Counting.POINTS_EMOJI_BYTES),
        pictures=Pictures("portrait", fetched=True),
    ),
    # There is no API for posts: somebody does it in the studio.
    Platform(key="youtube", name="YouTube", kind="by_hand", repeat=Repeat.KEY_MOMENTS),
    Platform(
        key="telegram",
        name="Telegram",
        kind="telegram",
        limit=Limit(4_096, Counting.UTF16),
        edits=True,
        pins=True,
        pictures=Pictures(),
    ),
    # An event is at most 65,536 bytes and carries the text twice (plain and formatted).
    Platform(
        key="matrix",
        name="Matrix",
        kind="matrix",
        limit=Limit(30_000, Counting.BYTES),
        edits=True,
        pins=True,
        pictures=Pictures(),
    ),
    Platform(
        key="email",
        name=N_("E-post"),
        kind="email",
        deletes=False,
        repeat=Repeat.KEY_MOMENTS,
        aliases=("e-mail", "mejl"),
    ),
    # Four joined parts of 153 septets: our own choice, since each part is paid for per recipient.
    Platform(
        key="sms",
        name="SMS",
        kind="sms",
        limit=Limit(612, Counting.SEPTETS),
        deletes=False,
        repeat=Repeat.KEY_MOMENTS,
    ),
    Platform(
        key="blog",
        name=N_("Blogg"),
        kind="wordpress",
        edits=True,
        pins=True,
        pictures=Pictures(),
        aliases=("blogg",),
    ),
    Platform(
        key="wordpress",
        name="WordPress",
        kind="wordpress",
        edits=True,
        pins=True,
        pictures=Pictures(),
    ),
    _by_hand("comments", N_("Kommentarer på webbplatsen"), "kommentarsfält", "kommentarfält"),
    _by_hand("flickr", "Flickr"),
    _by_hand("wiki", N_("Wiki")),
    _by_hand("chat", N_("Chatt"), "chatt"),
    Platform(key="webhook", name="Webhook", kind="webhook", deletes=False),
    Platform(key="other", name=N_("Annan"), kind="by_hand", repeat=Repeat.KEY_MOMENTS),
)


def find(name: str, added: Mapping[str, str] | None = None) -> Platform | None:
    """The platform a register means by `name`: its key, its name or another spelling.

    Args:
        added: folded name or key → key, of the platforms that the municipality has added.
    """
    wanted = name.strip().casefold()
    if added and wanted in added:
        return PLATFORMS[added[wanted]]
    for platform in PLATFORMS.values():
        if wanted in (platform.key, platform.name.casefold(), *platform.aliases):
            return platform
    return None


def default_repeat(platform: Platform, kind: str) -> Repeat:
    """The repeat rule an account starts with; by hand, nobody is asked every quarter of an hour."""
    return Repeat.KEY_MOMENTS if kind == "by_hand" else platform.repeat
