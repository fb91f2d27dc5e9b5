"""One message to print and hand out: PDF/A-2a and PDF/UA-1, in Swedish, since it is a record."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import typst
from flask_babel import gettext as _

from console import phrases
from console.accounts.plan_pdf import SHOWN, STANDARDS, named
from console.review.record_shown import Record
from console.review.report import ARABIC, TEMPLATES


@dataclass(frozen=True)
class Copy:
    """What the paper says of itself."""

    sender: str
    masked: bool
    at: datetime


def pdf(record: Record, copy: Copy, word: Callable[[str], str], languages: dict[str, str]) -> bytes:
    """The file.

    Args:
        word: state → its word.
        languages: code → name.

    Raises:
        typst.TypstError: never, for text that `named` has gone over.
    """
    day = copy.at.astimezone(phrases.STOCKHOLM).date()
    exercise = record.incident is not None and record.incident.exercise
    who = [(_("Skrivet av"), record.author)]
    who += [
        (_("Godkänt av"), _("%(who)s, %(at)s", who=name, at=phrases.dated(at)))
        for name, at in record.approved
    ]
    facts = [
        (_("Handling"), record.number),
        (_("Slag"), record.kind),
        *([(_("Händelse"), record.incident.name)] if record.incident else []),
        *([(_("Skickat"), phrases.dated(record.first_at))] if record.first_at else []),
        *who,
    ]
    data = {
        "title": _("Handling %(n)s", n=record.number),
        "sender": copy.sender,
        "date": (day.year, day.month, day.day),
        "exercise": _("Det här var en övning.") if exercise else "",
        "lead": [_("Maskerad kopia för att lämnas ut.")] if copy.masked else [],
        "facts_head": (_("Vad"), _("Uppgift")),
        "facts": facts,
        "texts_title": _("Texter"),
        "texts": [
            {
                "accounts": f"{languages.get(one.language, one.language)}. "
                + ", ".join(one.accounts),
                "title": one.title,
                "lines": one.text.splitlines(),
            }
            for one in record.texts
        ],
        "nothing": _("Texten är borttagen och visas inte."),
        "receipts_title": _("Kvitton"),
        "receipts_head": (_("Konto"), _("Omgång"), _("Besked"), _("När"), _("Länk eller skäl")),
        "receipts": [
            (
                one.account,
                str(one.number),
                word(one.state),
                phrases.dated(one.at) if one.at else "",
                one.link or one.said,
            )
            for one in record.receipts
        ],
        "foot": _("%(sender)s. Utlämnad %(at)s.", sender=copy.sender, at=phrases.dated(copy.at)),
        "page": _("Sida"),
    }
    plain = json.loads(json.dumps(data, default=str))
    try:
        return _made(plain)
    except typst.TypstError:
        return _made(named(plain, SHOWN | ARABIC))


def _made(data: Any) -> bytes:
    made: bytes = typst.compile(
        TEMPLATES / "record.typ",
        root=TEMPLATES,
        sys_inputs={"data": json.dumps(data)},
        pdf_standards=STANDARDS,
        ignore_system_fonts=True,
    )
    return made
