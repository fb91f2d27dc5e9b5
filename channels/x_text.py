"""Whether a post that X shows is ours: it comes back with other links and escaped. Pure."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from channels.contract import Post
from channels.weighted import replace_links

_LINK = "\N{LINK SYMBOL}"


def is_ours(shown: Any, post: Post, since: float) -> bool:
    """Whether `shown` (a post with created_at and entities) says what `post` does, and isn't older.

    X puts https://t.co/… in the place of every link, adds one more per picture at the end, and
    escapes & < and >. So the words are compared, the round line among them, and where links stand.
    """
    if not isinstance(shown, Mapping) or not isinstance(shown.get("text"), str):
        return False
    try:
        made_at = datetime.fromisoformat(str(shown.get("created_at"))).timestamp()
    except ValueError:
        return False
    words = _words(replace_links(post.text, _LINK))
    return made_at >= since and post.marker in post.text and _words(_shown(shown)) == words


def _shown(shown: Mapping[str, Any]) -> str:
    """The text with a mark in the place of each link, those of pictures taken away."""
    text = str(shown["text"])
    entities = shown.get("entities")
    urls = entities.get("urls") if isinstance(entities, Mapping) else None
    for url in urls if isinstance(urls, list) else ():
        if isinstance(url, Mapping) and isinstance(url.get("url"), str) and url["url"]:
            text = text.replace(url["url"], "" if "media_key" in url else _LINK)
    return html.unescape(text)


def _words(text: str) -> str:
    """Whitespace at line ends and the way of writing å are none of the text."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip().split("\n")
    return "\n".join(line.rstrip() for line in lines)
