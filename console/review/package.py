"""The whole export of an event: the chain as `timeline.export` writes it, and beside it what
people open first. Then all of it as one ZIP."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console import phrases
from console.config import Settings
from console.incidents import exercise_queries
from console.incidents.models import Incident
from console.phrases import STOCKHOLM
from console.policy.queries import current
from console.review import (
    charts_shown,
    compare_shown,
    evaluation_queries,
    figures_queries,
    figures_shown,
    lines,
    media,
    queries,
    report,
    sheet,
    site_export,
)
from console.review.figures_rules import count
from console.review.texts import sent
from console.timeline import export as chain
from console.timeline import keys
from console.timeline import lines as spelling

SHEET = "tidslinje.xlsx"
TABLE = "tidslinje.csv"
REPORT = "rapport.pdf"
STORED = (".xlsx", ".pdf", ".zip")
"""Already packed."""

Progress = Callable[[int, int], None]
"""(steps done, of how many)"""


def name_of(incident: Incident, at: datetime, *, masked: bool) -> str:
    """Of the folder, and of the file that holds it; ASCII."""
    day = at.astimezone(STOCKHOLM).strftime("%Y-%m-%d-%H%M")
    return f"{incident.slug}-{day}" + ("-maskerad" if masked else "")


def write(
    session: Session,
    incident: Incident,
    folder: Path,
    settings: Settings,
    now: datetime,
    *,
    masked: bool,
    tell: lines.Tell,
    upto: int | None = None,
    progress: Progress | None = None,
) -> int:
    """Write the export to `folder`. Returns how many entries it holds.

    Everything but the chain is in Swedish, whoever asked: it is a record.

    Args:
        masked: without personal data, for handing out.
        tell: the log's sentences.
        upto: see `timeline.export.export`.
        progress: what it raises breaks the export off.

    Raises:
        BadInput, NotFound, WrongState, OSError: as `timeline.export.export`.
    """
    # Each entry is written once to the chain, and once to the spreadsheet.
    steps = 2 * chain.entries_in(session, incident.id, upto)

    def step(done: int) -> None:
        if progress is not None:
            progress(done, steps)

    mask = queries.to_mask(session, incident.id) if masked else None

    def beside(made: Path) -> dict[str, int]:
        known = lines.names(session, masked=masked)
        log = report.Log()

        def rows(table: Callable[[lines.Row], None]) -> Iterator[lines.Row]:
            for number, row in enumerate(lines.rows(made, tell, known), 1):
                if number % lines.AT_A_TIME == 0:
                    step(steps // 2 + number)
                log.add(row)
                table(row)
                yield row

        with force_locale("sv"):
            figures = count(figures_queries.facts(session, incident), now)
            # At once, of the same moment: the event may go on while the rest is written.
            texts = sent(session, incident.id, figures, known.people, mask)
            shown = figures_shown.shown(figures, known.accounts)
            run = exercise_queries.run_of(session, incident.id) if incident.exercise else None
            if run is not None and not masked:
                # Whoever is absent is named, and an inject may name anybody.
                plan = compare_shown.plan_table(run, figures, whole=True)
                shown = replace(shown, tables=[*shown.tables, plan])
            if not masked:
                # What reviewers write is their own words of people's work: the chain of a masked
                # copy withholds them, and nothing beside it may show more.
                evaluated = evaluation_queries.tables(evaluation_queries.book(session, incident.id))
                shown = replace(shown, tables=[*shown.tables, *evaluated])
            charts = charts_shown.charts(figures)
            tables = [
                (one.title, one.head, one.rows)
                for one in (*shown.tables, *(chart.table for chart in charts))
            ]
            tiles = (_("Nyckeltal"), (_("Nyckeltal"), _("Värde")),
                     [(tile.text, tile.value) for tile in shown.tiles])  # fmt: skip
            with sheet.csv_beside(made / TABLE) as table:
                sheet.write(made / SHEET, rows(table), [tiles, *tables])
            end: int = json.loads((made / spelling.HEAD).read_text())["n"]
            head = _head(session, incident, settings, now, masked=masked)
            (made / REPORT).write_bytes(report.pdf(head, shown, texts, log, charts))
            # Whom a picture shows nothing can tell: a masked copy has none.
            return {
                "pictures": 0 if masked else media.write(session, incident.id, made),
                "site_pages": site_export.write(session, incident.id, made, mask, end),
            }

    chain.export(
        session,
        incident.id,
        folder,
        settings,
        now,
        masked=mask,
        beside=beside,
        progress=step,
        upto=upto,
    )
    manifest = json.loads((folder / spelling.MANIFEST).read_text())
    entries: int = manifest["counts"]["entries"]
    return entries


def _head(
    session: Session, incident: Incident, settings: Settings, now: datetime, *, masked: bool
) -> report.Head:
    sender = current(session).municipality
    closed = incident.closed_at
    end = _("Pågår.") if closed is None else _("Avslutad %(at)s.", at=phrases.dated(closed))
    fingerprint = keys.fingerprint(keys.load_key(settings).public_key())
    return report.Head(
        title=_("%(name)s: vad som hände", name=incident.name),
        exercise=incident.exercise,
        masked=masked,
        sender=sender,
        lead=(
            f"{sender}. {incident.area}.",
            _("Öppnad %(at)s.", at=phrases.dated(incident.opened_at)) + f" {end}",
            _(
                "Rapporten hör till den signerade kedjan i samma mapp. Nyckelns fingeravtryck: "
                "%(print)s",
                print=fingerprint,
            ),
        ),
        made_at=now,
        foot=_("%(name)s. Exporterad %(at)s.", name=incident.name, at=phrases.dated(now)),
    )


def pack(folder: Path, file: Path, name: str) -> tuple[int, str]:
    """Every file of `folder` as a ZIP with one folder `name` in it, read a piece at a time.

    Returns:
        Its size in bytes, and its SHA-256 in hex.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            kind = zipfile.ZIP_STORED if path.suffix in STORED else zipfile.ZIP_DEFLATED
            inside = path.relative_to(folder).as_posix()
            packed.write(path, f"{name}/{inside}", compress_type=kind)
    with file.open("rb") as whole:
        return file.stat().st_size, hashlib.file_digest(whole, "sha256").hexdigest()
