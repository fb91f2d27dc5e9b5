"""An event as a report to keep and to hear: PDF/A-3b (ISO 19005-3) and PDF/UA-1 (ISO 14289-1).

Made by typst of the same rows as the spreadsheet, in Swedish: it is a record. Where there are more
than `MOST` entries the log is summed up, and those that matter most stand there in full. What was
written by people is data, never the template's source.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import typst
from flask_babel import gettext as _

from console import phrases
from console.accounts.plan_pdf import SHOWN, named
from console.review.figures_shown import Chart, Shown
from console.review.lines import Row

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "review"
STANDARDS = ["a-3b", "ua-1"]
MOST = 1_000
"""Entries that the log shows one by one."""
LONGEST = 1_000
"""Characters of one entry."""
WEIGHTY = frozenset(
    {
        "incident:opened", "incident:closed", "incident:end:decided", "incident:all_stopped",
        "incident:stage:changed", "message:submitted", "message:approved", "message:returned",
        "round:missed", "promise:missed", "fault:pressed", "fault:withdrawn", "removal:asked",
        "removal:agreed", "delivery:refused", "delivery:unknown", "exercise:broken_off",
        "handover:taken", "note:written", "evaluation:remark:written",
        "evaluation:measure:decided", "evaluation:measure:done", "evaluation:closed",
    }
)  # fmt: skip
"""Tags that are shown in full in a long log, as far as `MOST` allows."""
ARABIC = frozenset(
    map(chr, (*range(0x0621, 0x063B), *range(0x0641, 0x064B), 0x060C, 0x061B, 0x061F))
)
"""Letters of Arabic that the fonts hold, and its comma, semicolon and question mark."""


@dataclass(frozen=True)
class Sent:
    """A text that was approved, as it went out."""

    title: str
    about: str
    """Who approved it, and when it was out."""
    lines: Sequence[str]


@dataclass
class Log:
    """Rows gathered one at a time, so that a long log takes no more memory than `MOST` entries."""

    rows: list[Row] = field(default_factory=list)
    weighty: list[Row] = field(default_factory=list)
    hours: Counter[str] = field(default_factory=Counter)
    total: int = 0

    def add(self, row: Row) -> None:
        self.total += 1
        if self.total <= MOST:
            self.rows.append(row)
        if row.tag in WEIGHTY and len(self.weighty) < MOST:
            self.weighty.append(row)
        if row.at is not None:
            local = row.at.astimezone(phrases.STOCKHOLM)
            self.hours[f"{local:%Y-%m-%d %H}"] += 1

    @property
    def is_long(self) -> bool:
        return self.total > MOST


@dataclass(frozen=True)
class Head:
    """What the report says of itself."""

    title: str
    exercise: bool
    masked: bool
    sender: str
    lead: Sequence[str]
    made_at: datetime
    foot: str


def pdf(
    head: Head, shown: Shown, texts: Sequence[Sent], log: Log, charts: Sequence[Chart] = ()
) -> bytes:
    """The file.

    Raises:
        typst.TypstError: never, for text that `named` has gone over.
    """
    day = head.made_at.astimezone(phrases.STOCKHOLM).date()
    data = {
        "title": head.title,
        "exercise": _("Det här var en övning.") if head.exercise else "",
        "lead": [*head.lead, *([_("Maskerad kopia för att lämnas ut.")] if head.masked else [])],
        "sender": head.sender,
        "date": (day.year, day.month, day.day),
        "foot": head.foot,
        "page": _("Sida"),
        "contents": _("Innehåll"),
        "figures_title": _("Nyckeltal"),
        "figures_head": (_("Värde"), _("Nyckeltal")),
        "figures": [(tile.value, tile.text) for tile in shown.tiles],
        "charts_title": _("Diagram"),
        "charts": [asdict(one) for one in charts],
        "tables": [asdict(table) for table in shown.tables],
        "texts_title": _("Det som gick ut"),
        "texts_nothing": _("Inget har gått ut."),
        "texts": [asdict(one) for one in texts],
        "log_title": _("Logg"),
        **_log(log),
    }
    figures = {
        "figures": {tile.key: [tile.value, tile.text] for tile in shown.tiles},
        "tables": [asdict(one) for one in (*shown.tables, *(chart.table for chart in charts))],
    }
    attached = [
        {
            "name": "nyckeltal.json",
            "mime": "application/json",
            "about": str(_("Nyckeltalen som data")),
            "text": json.dumps(figures, ensure_ascii=False, indent=1, default=str),
        }
    ]
    plain = json.loads(json.dumps(data, default=str))
    try:
        return _made(plain | {"attached": attached})
    except typst.TypstError:
        readable = SHOWN | ARABIC
        return _made(named(plain, readable) | {"attached": attached})


def _made(data: Any) -> bytes:
    made: bytes = typst.compile(
        TEMPLATES / "report.typ",
        root=TEMPLATES,
        sys_inputs={"data": json.dumps(data)},
        pdf_standards=STANDARDS,
        ignore_system_fonts=True,
    )
    return made


def _log(log: Log) -> dict[str, Any]:
    if not log.is_long:
        return {
            "log_lead": _("%(n)s poster, den äldsta först.", n=phrases.thousands(log.total)),
            "log_head": (_("När"), _("Vad som hände"), _("Vem")),
            "log": _entries(log.rows),
        }
    busiest = ", ".join(
        _("%(hour)s.00: %(n)s", hour=hour, n=n) for hour, n in log.hours.most_common(5)
    )
    return {
        "log_lead": _(
            "Loggen har %(n)s poster. Här står de %(shown)s viktigaste; alla finns i kalkylbladet. "
            "Flest poster i timmen: %(busiest)s.",
            n=phrases.thousands(log.total),
            shown=len(log.weighty),
            busiest=busiest,
        ),
        "log_head": (_("När"), _("Vad som hände"), _("Vem")),
        "log": _entries(log.weighty),
    }


def _entries(rows: Iterable[Row]) -> list[tuple[str, str, str]]:
    return [
        (
            f"{row.at.astimezone(phrases.STOCKHOLM):%Y-%m-%d %H.%M.%S}" if row.at else "",
            f"{row.kind}. {row.text}"[:LONGEST] if row.kind else row.text[:LONGEST],
            row.who,
        )
        for row in rows
    ]
