"""What a page in English still says in Swedish."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "console" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
PLACE = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
SAID = """() => {
  const said = [document.title];
  const walk = document.createTreeWalker(
    document.documentElement, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode, element = node.nodeType === 1 ? node : node.parentElement;
    if (element.closest("[lang]").lang !== "en" || element.closest("script, style")) continue;
    if (node.nodeType === 3) said.push(node.data);
    else said.push(...[...element.attributes].map(attribute => attribute.value));
  }
  return [...new Set(said.map(text => text.trim().replace(/\\s+/g, " ")).filter(text => text))];
}"""
"""Every text node and attribute, hidden ones too: scripts show them later. Texts that people have
written in Swedish are marked so where a page in English shows them."""


@cache
def _catalogue() -> tuple[frozenset[str], tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]]:
    """Swedish words whose English differs; and, where values are filled in, both as patterns."""
    words, filled = set(), []
    with CATALOGUE.open("rb") as file:
        for message in read_po(file, locale="en"):
            ids = [message.id] if isinstance(message.id, str) else list(message.id)
            texts = [message.string] if isinstance(message.string, str) else list(message.string)
            for swedish, english in zip(ids, texts, strict=True):
                if not swedish or swedish == english:
                    continue
                if not PLACE.search(swedish):
                    words.add(" ".join(swedish.split()))
                elif re.search(r"[^\W\d_]{3}", PLACE.sub("", swedish)):
                    filled.append((_pattern(swedish), _pattern(english)))
    return frozenset(words), tuple(filled)


def _pattern(text: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in PLACE.split(" ".join(text.split()))]
    return re.compile(".+".join(parts))


def swedish_left(page: Page) -> list[str]:
    """Texts of a page in English that are Swedish in the catalogue."""
    words, filled = _catalogue()
    return [
        said
        for said in page.evaluate(SAID)
        if said in words or any(sv.fullmatch(said) and not en.fullmatch(said) for sv, en in filled)
    ]
