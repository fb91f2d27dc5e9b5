"""The text of a Mastodon status, out of the HTML that the API shows it in. Pure.

docs.joinmastodon.org/spec/activitypub (sanitisation): p, br, span, a and a few more; a long link
is cut in spans, of which together they still are the whole link.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_MENTION = re.compile(r"(@[\w.-]*\w)@[\w.-]+\w")
_BLOCKS = frozenset({"p", "br", "li", "blockquote", "pre", "div", "h1", "h2", "h3", "h4"})


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)


def text_of(content: str) -> str:
    """What a reader sees, with a line break for each block and break."""
    parser = _Text()
    parser.feed(content)
    parser.close()
    return "".join(parser.pieces)


def same(ours: str, shown: str) -> bool:
    """Whether the two say the same: white space and the servers of mentions may differ, since
    neither survives being shown."""
    return _plain(ours) == _plain(shown)


def _plain(text: str) -> str:
    return " ".join(_MENTION.sub(r"\1", text).split())
