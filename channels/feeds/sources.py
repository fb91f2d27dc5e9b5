"""Where there are feeds: the Swedish authorities', and those of accounts on known platforms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_CHANNEL = re.compile(r"/channel/(UC[\w-]{22})")


@dataclass(frozen=True, slots=True)
class Authority:
    key: str
    name: str
    address: str
    form: str
    """"feed", or a key of `channels.feeds.authorities.FORMATS`."""
    test: bool = False
    """All that comes from it is a test."""


AUTHORITIES: tuple[Authority, ...] = (
    Authority("vma", "VMA, Sveriges Radio", "https://vmaapi.sr.se/api/v3/alerts", "vma"),
    Authority(
        "vma_test",
        "VMA, provkälla",
        "https://vmaapi.sr.se/testapi/v3/alerts",
        "vma",
        test=True,
    ),
    Authority(
        "krisinformation",
        "Krisinformation.se",
        "https://api.krisinformation.se/v3/news",
        "krisinformation",
    ),
    Authority(
        "krisinformation_vma",
        "Krisinformation.se, VMA",
        "https://api.krisinformation.se/v3/vmas",
        "krisinformation",
    ),
    Authority(
        "smhi",
        "SMHI, varningar",
        "https://opendata-download-warnings.smhi.se/ibww/api/version/1/warning.json",
        "smhi",
    ),
    Authority("police", "Polisen, händelser", "https://polisen.se/api/events", "police"),
)
BY_KEY = {one.key: one for one in AUTHORITIES}


def of_account(platform: str, address: str, handle: str) -> str:
    """The address of an account's own feed; "": it has none that can be known.

    Args:
        address: where the public finds the account.
    """
    parts = urlsplit(address)
    web = parts.scheme == "https" and bool(parts.hostname)
    base = address.rstrip("/")
    if platform == "mastodon" and web and "/@" in base:
        return f"{base}.rss"
    if platform == "bluesky":
        name = handle.strip().removeprefix("@")
        return f"https://bsky.app/profile/{name}/rss" if "." in name else ""
    if platform == "youtube" and (found := _CHANNEL.search(parts.path)):
        return f"https://www.youtube.com/feeds/videos.xml?channel_id={found.group(1)}"
    if platform in ("wordpress", "blog") and web:
        return f"{base}/feed/"
    return ""
