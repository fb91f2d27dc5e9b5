"""A sent yearly report as a file to keep: PDF/A-2a and PDF/UA-1.

The file is a record, so it is in Swedish whoever fetches it, and is made from what was frozen. What
people have written reaches the template as data, never as its source.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typst
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console import phrases
from console.accounts.plan_pdf import STANDARDS, named
from console.policy.queries import current
from console.review import yearly_shown
from console.review.yearly_models import YearlyReport
from console.review.yearly_rules import GOAL_LABELS, STEP_LABELS, Goal, Step

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "review"


def pdf(session: Session, row: YearlyReport) -> bytes:
    """
    Args:
        row: sent; with its evaluation, if it has one.

    Raises:
        typst.TypstError: never, for text that `named` has gone over.
        ValueError: it isn't sent.
    """
    if row.content is None or row.sent_at is None:
        raise ValueError("a report has a file from when it is sent")
    with force_locale("sv"):
        data = _data(session, row, row.content)
    try:
        return _made(data)
    except typst.TypstError:
        return _made(named(data))


def _data(session: Session, row: YearlyReport, said: dict[str, Any]) -> dict[str, Any]:
    day = (row.sent_at or row.opened_at).astimezone(phrases.STOCKHOLM).date()
    account, plan = said["account"], said["plan"]
    judged = ""
    if row.evaluated_at is not None:
        judged = (
            f"{GOAL_LABELS[Goal(row.goal)]}. {STEP_LABELS[Step(row.step)]}. {row.reason} "
            f"({phrases.day(row.evaluated_at)})"
        )
    municipality = current(session).municipality
    sender = row.sent_by.name if row.sent_by else ""
    return {
        "title": _("Årsrapport %(year)s", year=said["year"]),
        "head": f"{municipality}. {account['name']}, {account['platform']}, {account['handle']}.",
        "period": yearly_shown.period(said),
        "sender": municipality,
        "date": (day.year, day.month, day.day),
        "sent": _("Skickad %(day)s av %(who)s.", day=phrases.day(day), who=sender),
        "figures_title": _("Siffror"),
        "figures_head": (_("Värde"), _("Vad")),
        "figures": [(one.value, one.text) for one in yearly_shown.tiles(said)],
        "chart": asdict(yearly_shown.chart(said)),
        "goals_title": _("Målet i planen"),
        "goals": plan["goals"] or _("Ingen plan gäller."),
        "story_title": _("Vad vi gjorde"),
        "story": said["story"],
        "judged_title": _("Utvärdering"),
        "judged": judged,
        "foot": _("Kontrollsumma %(hash)s.", hash=row.content_hash),
        "page": _("Sida"),
    }


def _made(data: Any) -> bytes:
    made: bytes = typst.compile(
        TEMPLATES / "yearly.typ",
        root=TEMPLATES,
        sys_inputs={"data": json.dumps(data)},
        pdf_standards=STANDARDS,
        ignore_system_fonts=True,
    )
    return made
