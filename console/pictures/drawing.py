"""Drawing a card: typst in a child process with a time limit, so that nothing waits for it long.

The same card is the same bytes: typst and its fonts come with us, and the system's are not asked.
Long words are let break where they stand on the card; their text stays as it is.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from console.pictures import rules
from console.pictures.rules import Card

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates" / "pictures"
FONTS = ROOT / "console" / "web" / "static" / "vendor"
CHILD = Path(__file__).with_name("child.py")
SECONDS = 10.0
"""A card takes less than one on a slow machine."""
_LONG = re.compile(r"\S{22,}")
_PIECE = 12
BREAK = "\u200b"
"""Where a line may end: of no width."""


class CannotDraw(Exception):
    """There is no picture; what is sent goes without, or a person makes one."""


def draw(card: Card, seconds: float = SECONDS) -> bytes:
    """The card as a picture of `rules.SIZES`' kind.

    Raises:
        CannotDraw: it took too long, or typst refused.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(CHILD)],
            input=json.dumps(_asked(card)).encode(),
            capture_output=True,
            timeout=seconds,
            env={"LANG": "C.UTF-8"},
            check=True,
        )
    except subprocess.CalledProcessError as error:
        raise CannotDraw(error.stderr.decode(errors="replace")[-300:]) from error
    except (subprocess.TimeoutExpired, OSError) as error:
        raise CannotDraw(type(error).__name__) from error
    if not done.stdout:
        raise CannotDraw("nothing was drawn")
    return done.stdout


def _asked(card: Card) -> dict[str, Any]:
    size = rules.SIZES[card.size]
    band = rules.EXERCISE if card.exercise else rules.BANDS[card.kind]
    return {
        "card": _broken(rules.content_of(card)),
        "width": size.width,
        "height": size.height,
        "media_type": size.media_type,
        "colours": {
            "paper": rules.PAPER,
            "ink": rules.INK,
            "quiet": rules.INK_2,
            "band": band.fill,
            "on_band": band.text,
            "plate": rules.PLATE.fill,
            "on_plate": rules.PLATE.text,
        },
        "template": str(TEMPLATES / "card.typ"),
        "root": str(TEMPLATES),
        "fonts": str(FONTS),
    }


def _broken(value: Any) -> Any:
    """The same with places to break every long word at: an address, say."""
    if isinstance(value, str):
        return _LONG.sub(lambda found: BREAK.join(_pieces(found[0])), value)
    if isinstance(value, dict):
        return {name: _broken(one) for name, one in value.items()}
    return [_broken(one) for one in value] if isinstance(value, list | tuple) else value


def _pieces(word: str) -> list[str]:
    return [word[at : at + _PIECE] for at in range(0, len(word), _PIECE)]
