"""The pictures of an event, for its export: cards that were drawn for its posts, and pictures that
people put in. All in one file, since an export of a long event would else be thousands."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from console.accounts.sheets import guarded
from console.messages import queries
from console.messages.image_models import MessageImage
from console.messages.models import Delivery, Message
from console.pictures.models import Image, Picture

FILE = "bilder.zip"
LIST = "bilder.csv"
ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png"}


@dataclass(frozen=True)
class _Kept:
    """A picture, and where it belongs."""

    row: int
    data: InstrumentedAttribute[bytes] | InstrumentedAttribute[bytes | None]
    name: str
    kind: str
    message: str
    alt: str
    width: int
    height: int
    sha256: str


def write(session: Session, incident_id: int, folder: Path) -> int:
    """Write the event's pictures to `bilder.zip`, one in memory at a time, and in it a list of
    them. Without pictures there is no file.

    Returns:
        How many there are.

    Raises:
        OSError: it can't be written.
    """
    found = list(_found(session, incident_id))
    if not found:
        return 0
    with zipfile.ZipFile(folder / FILE, "x", zipfile.ZIP_STORED) as packed:
        for one in found:
            query = select(one.data).where(one.data.class_.id == one.row)
            content: bytes | None = session.scalar(query)
            assert content is not None, one.name
            packed.writestr(one.name, content)
        packed.writestr(LIST, _list(found), zipfile.ZIP_DEFLATED)
    return len(found)


def _found(session: Session, incident_id: int) -> Iterator[_Kept]:
    """Each once, in the order of their messages: the first that used it names it. A message that is
    removed has none: the text stands on its cards, and its alternative text says it again."""
    shown = Message.id.not_in(queries.removed(session, incident_id))
    own = (
        select(Image.id, Image.digest, Image.width, Image.height, MessageImage.alt, Message)
        .join(MessageImage, MessageImage.image_id == Image.id)
        .join(Message, Message.id == MessageImage.message_id)
        .where(Message.incident_id == incident_id, shown)
        .order_by(Image.id, Message.id)
    )
    seen = set()
    for row in session.execute(own):
        if row.digest in seen:
            continue
        seen.add(row.digest)
        yield _Kept(
            row.id, Image.data, f"{row.digest}.jpg", _("Egen bild"), row.Message.record or "",
            row.alt, row.width, row.height, row.digest,
        )  # fmt: skip
    cards = (
        select(
            Picture.id, Picture.digest, Picture.media_type, Picture.width, Picture.height,
            Picture.alt, Message,
        )
        .join(Delivery, Delivery.picture_id == Picture.id)
        .join(Message, Message.id == Delivery.message_id)
        .where(Delivery.incident_id == incident_id, Picture.data.is_not(None), shown)
        .order_by(Picture.id, Delivery.id)
    )  # fmt: skip
    for card in session.execute(cards):
        if card.digest and card.digest not in seen:  # two cards may look the same
            seen.add(card.digest)
            yield _Kept(
                card.id, Picture.data, f"{card.digest}{ENDINGS[card.media_type]}", _("Textkort"),
                card.Message.record or "", card.alt, card.width, card.height, card.digest,
            )  # fmt: skip


def _list(found: list[_Kept]) -> bytes:
    """As Excel opens it in Swedish: semicolons, and a mark of its coding; no text is a formula."""
    made = io.StringIO()
    table = csv.writer(made, delimiter=";", lineterminator="\r\n")
    about = _("Slag"), _("Meddelande"), _("Alternativtext"), _("Bredd"), _("Höjd")
    table.writerow((_("Fil"), *about, "SHA-256"))
    table.writerows(
        (one.name, one.kind, one.message, guarded(one.alt), one.width, one.height, one.sha256)
        for one in found
    )
    return made.getvalue().encode("utf-8-sig")
