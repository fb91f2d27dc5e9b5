"""The public site as it was at every change, for an event's export: a folder with a file for each
page, byte for byte as it was served, and a list of them."""

from __future__ import annotations

import csv
from datetime import UTC
from html import unescape
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console.phrases import STOCKHOLM
from console.site import keeping
from console.site.page_models import SitePage
from console.timeline.masking import Mask

FOLDER = "site"
LIST = "sidor.csv"


def name_of(page: SitePage) -> str:
    """Its file: when it was served from, in UTC, so that the manifest says it too."""
    return f"{page.at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}-{page.language}-{page.id}.html"


def write(
    session: Session, incident_id: int, folder: Path, mask: Mask | None, to: int | None = None
) -> int:
    """Write `site/`, one page in memory at a time. Without pages there is no folder.

    Args:
        to: the chain's last entry: what was served later isn't in it, and is left for the next
            export; None: every page.
        mask: a page that holds what mustn't be shown is left out and listed as that; None: none is.

    Returns:
        How many pages there are, apart from those left out.

    Raises:
        OSError: it can't be written.
    """
    count = 0
    gone = keeping.hidden(session, incident_id)
    made = folder / FOLDER
    table_file = None
    try:
        for page in keeping.pages(session, incident_id, to):
            if table_file is None:
                made.mkdir(mode=0o700)
                table_file = (made / LIST).open("x", encoding="utf-8-sig", newline="")
                table = csv.writer(table_file, delimiter=";", lineterminator="\r\n")
                table.writerow((_("Fil"), _("Visades från"), _("Språk"), "SHA-256", _("Utelämnad")))
            why = ""
            if any(one.shown_by(page) for one in gone):
                why = _("Visade en text som är borttagen.")
            elif mask is not None and mask.holds(unescape(page.content)):
                why = _("Nämner en person.")
            local = page.at.astimezone(STOCKHOLM)
            name = "" if why else name_of(page)
            row = (name, f"{local:%Y-%m-%d %H:%M:%S}", page.language, page.sha256, why)
            table.writerow(row)
            if not why:
                (made / name).write_bytes(page.content.encode())
                count += 1
    finally:
        if table_file is not None:
            table_file.close()
    return count
