"""What somebody seeks in the inbox or among messages, as full-text search asks for it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import text
from sqlalchemy.orm import Session

from console.errors import BadInput
from console.listing import APART, FOLDED, PLAIN
from console.monitoring.inflection_rules import forms

PREFIX = 4
"""A word of so many letters also finds longer ones that begin with it: "vatten", "vattenläcka"."""
MOST = 20
"""Words and phrases in one search."""
_TABLE = str.maketrans(FOLDED + APART, PLAIN + " " * len(APART))
_PART = re.compile(r'"([^"]*)"|([^"\s]+)')
_WORD = re.compile(r"[^\W_]+")


_LEXEMES = text("""
    SELECT words, together, CAST(phraseto_tsquery('swedish', words) AS text) AS phrase,
           tsvector_to_array(to_tsvector('swedish', forms)) AS lexemes
    FROM unnest(CAST(:words AS text[]), CAST(:forms AS text[]), CAST(:together AS boolean[]))
         WITH ORDINALITY AS asked (words, forms, together, n)
    WHERE numnode(phraseto_tsquery('swedish', words)) > 0
    ORDER BY n
""")


def parts(sought: str) -> list[tuple[str, bool]]:
    """What is sought, folded as the index is: (words, together), where `together` is a phrase: in
    quotes, or put together by signs as in "e-post"."""
    found: list[tuple[str, bool]] = []
    for quoted, bare in _PART.findall(unicodedata.normalize("NFC", sought)):
        words = _WORD.findall((quoted or bare).translate(_TABLE).lower())
        if words:
            found.append((" ".join(words), len(words) > 1))
    return found


def tsquery(session: Session, sought: str) -> str:
    """All that is sought, as the text of a tsquery. Each word is to be found in any of its forms; a
    phrase as it is written, endings aside. Words like "och" are left out.

    Raises:
        BadInput: field `words`; nothing is left to search for.
    """
    asked = parts(sought)[:MOST]
    rows = session.execute(
        _LEXEMES,
        {
            "words": [words for words, _together in asked],
            "forms": ["" if together else " ".join(forms(words)) for words, together in asked],
            "together": [together for _words, together in asked],
        },
    ).all()
    if not rows:
        raise BadInput(_("Skriv ett ord att söka efter, till exempel vatten."), "words")
    return " & ".join(
        f"({row.phrase if row.together else _any_of(row.words, row.lexemes)})" for row in rows
    )


def _any_of(word: str, lexemes: Sequence[str]) -> str:
    """A word in any of its forms, each once: for the index every one is work."""
    if len(word) < PREFIX:
        return " | ".join(f"'{one}'" for one in lexemes)
    others = [one for one in lexemes if not one.startswith(word)]
    return " | ".join([*(f"'{one}'" for one in others), f"'{word}':*"])
