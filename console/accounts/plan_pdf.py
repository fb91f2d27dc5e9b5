"""A plan as a file to keep: PDF/A-2a and PDF/UA-1, in the form's order (B1).

The file is a record, so it is in Swedish whoever fetches it, and dated by its last mark. What
people have written reaches the template as data, never as its source: typst shows it and runs none
of it.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typst
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console import phrases
from console.accounts import plan_queries, plan_rules
from console.accounts.plan_models import PlanMark, PlanVersion
from console.accounts.plan_queries import Plan
from console.accounts.plan_shown import lines, why_void
from console.people.labels import role_label
from console.policy.queries import current
from console.policy.values import CONSULTATION, Step

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "accounts"
STANDARDS = ["a-2a", "ua-1"]
"""To keep (ISO 19005-2, level A), and to hear (ISO 14289-1)."""
SHOWN = frozenset(
    map(chr, (*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x386, 0x3CF), *range(0x400, 0x460)))
) - {"\xad", "\u038b", "\u038d", "\u03a2"} | frozenset("\n–—‘’‚“”„†•…‰€")
"""Characters that the fonts are known to hold; a PDF/A may not ask for any other."""
_JOINING = frozenset({"Cf", "Mn", "Me", "Sk"})
"""Categories of what only alters its neighbour, as the skin of a face."""


@dataclass(frozen=True)
class Sheet:
    """What is printed: plain values, in the form's order."""

    title: str
    head: str
    fields: tuple[tuple[str, str], ...]
    """(label, text); the administrators, a line for each (B1-a … B1-h)."""
    marks_title: str
    void: str
    """Why the marks don't count; "": they do."""
    marks: tuple[tuple[str, str, str], ...]
    """(role and kind, who and when, comment), those that are missing too (B1-i … B1-k)."""
    foot: str
    under: str
    """What it is approved under, in a sentence (1-a); "": nothing said."""
    page: str
    """"Sida"."""
    sender: str
    date: tuple[int, int, int]


def sheet(session: Session, plan: Plan, version: PlanVersion, under: str = "") -> Sheet:
    """The version as it was frozen, whatever is being written now.

    Args:
        under: what it is approved under, in a sentence (1-a).
    """
    content = plan_rules.from_json(version.content)
    account, sender = plan.account, current(session).municipality
    given = {mark.role: mark for mark in version.marks}
    steps = plan.chain if version is plan.waiting else plan_queries.signed_by(session, version)
    day = (version.signed_at or version.submitted_at).astimezone(phrases.STOCKHOLM).date()
    with force_locale("sv"):
        people = "\n".join(
            f"{n}. {one.name}, {one.email}, {one.phone}"
            for n, one in enumerate(content.administrators, 1)
        )
        head = (sender, account.name, account.operation, account.committee)
        return Sheet(
            title=str(_("Handlingsplan för sociala medier")),
            head=". ".join(filter(None, head)) + ".",
            fields=tuple(
                (one.label, people if one.people else f"{one.text} {one.alert}".strip())
                for one in lines(session, content, version)
            ),
            marks_title=str(_("Godkännande och samråd")),
            void=str(_("Underskrifterna på version %(n)s gäller inte.", n=version.number))
            + f" {why_void(version)}"
            if version.voided_at
            else "",
            marks=tuple(_mark(session, step, given.get(step.role)) for step in steps),
            foot=str(
                _(
                    "Blankett %(form)s. Version %(n)s, %(hash)s. Policy %(policy)s.",
                    form=version.form,
                    n=version.number,
                    hash=version.content_hash,
                    policy=version.policy,
                )
            ),
            under="" if version.voided_at else under,
            page=str(_("Sida")),
            sender=sender,
            date=(day.year, day.month, day.day),
        )


def _mark(session: Session, step: Step, mark: PlanMark | None) -> tuple[str, str, str]:
    kind = _("Samråd") if step.kind == CONSULTATION else _("Godkänner")
    role = f"{role_label(session, step.role)}. {kind}"
    if mark is None:
        return role, str(_("Saknas")), ""
    day = mark.given_at.astimezone(phrases.STOCKHOLM).date()
    who = ", ".join(filter(None, (mark.name, mark.title, mark.place, day.isoformat())))
    return role, who, mark.comment


def pdf(found: Sheet) -> bytes:
    """
    Raises:
        typst.TypstError: never, for text that `text_faults` lets through.
    """
    data = asdict(found)
    try:
        return _made(data)
    except typst.TypstError:
        return _made(named(data))


def _made(data: Any) -> bytes:
    made: bytes = typst.compile(
        TEMPLATES / "plan.typ",
        root=TEMPLATES,
        sys_inputs={"data": json.dumps(data)},
        pdf_standards=STANDARDS,
        ignore_system_fonts=True,
    )
    return made


def named(data: Any, shown: frozenset[str] = SHOWN) -> Any:
    """The same with every sign that may lack a picture in words: 🚒 → [fire engine].

    Args:
        shown: signs that have one.
    """
    if isinstance(data, str):
        return "".join(_named(sign, shown) for sign in unicodedata.normalize("NFC", data))
    if isinstance(data, dict):
        return {name: named(value, shown) for name, value in data.items()}
    return [named(one, shown) for one in data] if isinstance(data, list | tuple) else data


def _named(sign: str, shown: frozenset[str]) -> str:
    if sign in shown:
        return sign
    if unicodedata.category(sign) in _JOINING:
        return ""
    if sign.isspace():
        return " "
    return f"[{unicodedata.name(sign, f'U+{ord(sign):04X}').lower()}]"
