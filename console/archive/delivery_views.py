"""What several of the archive's pages show and do: a delivery's words, and its file."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from pathlib import Path

from flask import current_app, send_file
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from console.archive import deliveries, forms, queries
from console.archive.models import ArchiveDelivery
from console.archive.rules import STATE_LABELS, DeliveryState, Kind
from console.config import Settings
from console.errors import NotFound
from console.parts import State
from console.people.labels import role_label
from console.people.models import Person
from console.people.queries import with_role
from console.people.rules import Role

MARKS: dict[str, State] = {
    DeliveryState.WAITING: "started",
    DeliveryState.READY: "by_hand",
    DeliveryState.RECEIVED: "confirmed",
    DeliveryState.FAILED: "refused",
    DeliveryState.EXPIRED: "expired",
}
LABELS = STATE_LABELS


def title(delivery: ArchiveDelivery) -> str:
    """What is handed over, in words."""
    if delivery.kind == Kind.EVENT:
        what = "" if delivery.incident is None else delivery.incident.name
        return str(_("Händelsen %(name)s", name=what))
    name = "" if delivery.account is None else delivery.account.name
    if delivery.kind == Kind.ACCOUNT:
        return str(_("Handlingar om %(name)s", name=name))
    return str(_("Ögonblicksbild av %(name)s", name=name))


def offer(session: Session, form: forms.HandOverForm) -> None:
    """The people who can receive, archivists first."""
    found: dict[int, SelectChoice] = {}
    for role in (Role.ARCHIVIST, Role.REGISTRAR):
        for person in with_role(session, role):
            label = f"{person.name}, {role_label(session, role)}"
            found.setdefault(person.id, SelectChoice(str(person.id), label))
    form.to.choices = list(found.values())


def receiver(session: Session, form: forms.HandOverForm) -> Person | None:
    """Whom the form names."""
    text = form.to.data or ""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return None
    return session.get(Person, int(text))


def receipt_form(delivery: ArchiveDelivery, form: forms.ReceiptForm) -> forms.ReceiptForm:
    """With the label that this kind of delivery asks for."""
    event = delivery.kind == Kind.EVENT
    form.number.label.text = _("Diarienummer") if event else _("Arkivnummer")
    return form


def fetched(
    session: Session, person: Person, delivery: ArchiveDelivery, now: datetime, *, by_link: bool
) -> Response:
    """The file, once it is written down that it was fetched.

    Raises:
        NotFound: it isn't on this machine; NotAllowed, WrongState: as `deliveries.fetch`.
    """
    deliveries.fetch(session, person, delivery, now, by_link=by_link)
    if delivery.snapshot_id is not None:
        content: BytesIO | Path = BytesIO(queries.pdf_of(session, delivery.snapshot_id))
        kind = "application/pdf"
    else:
        settings: Settings = current_app.config["SETTINGS"]
        content, kind = settings.packages / delivery.file, "application/zip"
        if not content.is_file():
            raise NotFound(_("Filen finns inte kvar. Be avsändaren skicka den igen."))
    answer = send_file(content, mimetype=kind, as_attachment=True, download_name=delivery.name)
    answer.headers["Cache-Control"] = "no-store"
    return answer
