"""No string of the console is in one language only. The Swedish text is the msgid."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
TRANSLATIONS = ROOT / "console" / "translations"
PLACE = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
KEYWORDS = {
    **dict.fromkeys(("_", "_l", "N_", "gettext", "lazy_gettext")),
    "ngettext": (1, 2),
}


def singular(message: str | tuple[str, ...] | list[str]) -> str:
    return message if isinstance(message, str) else message[0]


def texts(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def english() -> dict[str, Message]:
    with (TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return {singular(m.id): m for m in read_po(file, locale="en") if m.id}


def in_use() -> set[str]:
    with (TRANSLATIONS / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found: set[str] = set()
    for folder in ("channels", "console", "templates"):
        mapping = [
            (pattern.removeprefix(f"{folder}/"), method)
            for pattern, method in methods
            if pattern.startswith(folder)
        ]
        chosen = {
            pattern.removeprefix(f"{folder}/"): values
            for pattern, values in options.items()
            if pattern.startswith(folder)
        }
        for row in extract_from_dir(ROOT / folder, mapping, chosen, keywords=KEYWORDS):
            found.add(singular(row[2]))
    return found


def test_every_string_has_its_english() -> None:
    catalog = english()
    missing = sorted(t for t in in_use() if t not in catalog or not all(texts(catalog[t])))
    assert missing == []


def test_no_english_is_left_behind_by_a_string_that_is_gone() -> None:
    assert sorted(english().keys() - in_use()) == []


def test_both_languages_fill_in_the_same_values() -> None:
    for swedish, message in english().items():
        for text in texts(message):
            assert set(PLACE.findall(text)) == set(PLACE.findall(swedish)), swedish
