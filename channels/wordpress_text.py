"""A plain text as the HTML of a WordPress post, so that the page says it word for word.

WordPress changes texts as it shows them: it makes quotes curly and hyphens long (wptexturize),
turns `8)` into a picture (convert_smilies), a bare link into somebody else's page (autoembed) and
`[…]` into whatever a plugin has registered (do_shortcode). Written as character references, none of
them sees what it looks for, and a database without room for emoji keeps them as well.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

_LINK = re.compile(r"(https?://[^\s<>\"]+[^\s<>\".,;:!?)\]}'])")
# Everything but letters, digits, spaces and single stops; an x between digits becomes ×.
_LOADED = re.compile(r"[^\w\s,.]|_|\.(?=\.)|(?<=\.)\.|(?<=\d)x(?=\d)")
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")


def as_html(text: str, language: str, struck: Iterable[str] = ()) -> str:
    """Paragraphs with their language, links that can be followed, and `struck` struck through."""
    wrong = _any_of(struck)
    paragraphs = (
        "".join(
            f"<del>{_linked(part)}</del>" if place % 2 else _linked(part)
            for place, part in enumerate(wrong.split(paragraph) if wrong else [paragraph])
        )
        for paragraph in _BLANK_LINES.split(text.strip())
    )
    tag = html.escape(language)
    return "\n".join(
        f'<p lang="{tag}">{one}</p>'.replace("\n", "<br />\n") for one in paragraphs if one
    )


def encoded(text: str) -> str:
    """Text between tags, or in a title, as it should be read."""
    return _LOADED.sub(lambda found: f"&#{ord(found[0])};", text)


def _linked(text: str) -> str:
    return "".join(
        f'<a href="{html.escape(part)}">{encoded(part)}</a>' if place % 2 else encoded(part)
        for place, part in enumerate(_LINK.split(text))
    )


def _any_of(sentences: Iterable[str]) -> re.Pattern[str] | None:
    """Matches each of them, the longest first."""
    wanted = sorted({one for one in sentences if one.strip()}, key=len, reverse=True)
    return re.compile(f"({'|'.join(map(re.escape, wanted))})") if wanted else None
