"""A snapshot as a file to keep: PDF/A-3b, the picture on it and inside it, byte for byte.

The file is a record, so it is in Swedish whoever made it. A picture is shown on the sheet; what was
uploaded as a PDF is inside it only. The SHA-256 that the sheet says is that of what is inside.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import typst
from flask_babel import force_locale
from flask_babel import gettext as _

from console.accounts.models import Account
from console.accounts.plan_pdf import named
from console.accounts.rules import platform_name
from console.errors import BadInput
from console.phrases import STOCKHOLM
from console.pictures import reencoding

TEMPLATE = Path(__file__).resolve().parents[2] / "templates" / "archive" / "snapshot.typ"
STANDARDS = ["a-3b"]
"""To keep, with a file inside (ISO 19005-3)."""
FIELD = "file"
NAMES = {"image/jpeg": "bild.jpg", "application/pdf": "sida.pdf"}
"""What the file inside is called."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What somebody uploaded, fit to be kept."""

    data: bytes
    media_type: str

    @property
    def digest(self) -> str:
        """SHA-256 in hex."""
        return hashlib.sha256(self.data).hexdigest()


def read(upload: bytes) -> Taken:
    """A picture, made anew; or a PDF as it is.

    Raises:
        BadInput: field `file`: neither, or not to be kept; the sentence says what to do.
    """
    if not upload.startswith(b"%PDF-"):
        return Taken(reencoding.whole(upload), "image/jpeg")
    if len(upload) > reencoding.MOST_BYTES:
        raise BadInput(_("Filen är större än 10 MB. Välj en mindre."), field=FIELD)
    if b"%%EOF" not in upload[-2048:]:
        raise BadInput(_("Filen är inte hel. Spara den på nytt först."), field=FIELD)
    if b"/Encrypt" in upload:
        raise BadInput(_("Filen är låst med lösenord. Spara den utan."), field=FIELD)
    return Taken(upload, "application/pdf")


def pdf(account: Account, taken: Taken, at: datetime, added_at: datetime, sender: str) -> bytes:
    """
    Args:
        at: when the account looked like this; added_at: when it was handed in.
        sender: the municipality.

    Raises:
        typst.TypstError: never, for text that `named` has gone over.
    """
    day = added_at.astimezone(STOCKHOLM).date()
    shown = taken.media_type == "image/jpeg"
    with force_locale("sv"):
        rows = [
            (_("Konto"), f"{account.name}, {platform_name(account.platform)}, {account.handle}"),
            (_("Adress"), account.address or _("Saknas i registret")),
            (_("Så såg det ut"), _written(at)),
            (_("Inlämnad"), _written(added_at)),
            (_("SHA-256"), taken.digest),
        ]
        data: dict[str, Any] = {
            "title": str(_("Ögonblicksbild: %(name)s", name=account.name)),
            "sender": sender,
            "date": (day.year, day.month, day.day),
            "rows": [[str(label), str(text)] for label, text in rows],
            "about": str(
                _("Bilden ligger också som fil i det här dokumentet.")
                if shown
                else _("Sidan ligger som fil i det här dokumentet.")
            ),
            "shown": shown,
            "file": NAMES[taken.media_type],
            "mime": taken.media_type,
            "alt": str(_("Skärmbild av kontot")),
        }
    with tempfile.TemporaryDirectory(prefix="budkavle-snapshot-") as folder:
        root = Path(folder)
        (root / "snapshot.typ").write_text(TEMPLATE.read_text())
        (root / data["file"]).write_bytes(taken.data)
        try:
            return _made(root, data)
        except typst.TypstError:
            return _made(root, named(data))


def _written(at: datetime) -> str:
    """With its year: it is read when nobody remembers it."""
    return f"{at.astimezone(STOCKHOLM):%Y-%m-%d kl %H.%M}"


def _made(root: Path, data: dict[str, Any]) -> bytes:
    made: bytes = typst.compile(
        root / "snapshot.typ",
        root=root,
        sys_inputs={"data": json.dumps(data)},
        pdf_standards=STANDARDS,
        ignore_system_fonts=True,
    )
    return made
