"""A page where an export is verified as `budkavle verify` does, for whoever has no command line."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_wtf import FlaskForm
from wtforms import MultipleFileField, StringField

from console.config import Settings
from console.db import unit_of_work
from console.errors import BadInput, ConsoleError, TooMany, WrongState
from console.people.rules import Permission, may
from console.review import uploads
from console.timeline import keys, lines
from console.timeline.queries import former_keys
from console.timeline.verify import VerifyResult, verify
from console.web.faults import show_faults
from console.web.guard import needs
from console.web.logins import person_or_none

bp = Blueprint("verifying", __name__)

KINDS: dict[str, LazyString] = {
    "gone": _l("En fil saknas"),
    "empty": _l("En fil är tömd"),
    "extra": _l("En fil har lagts till"),
    "changed": _l("Något är ändrat"),
    "removed": _l("En post är borttagen"),
    "moved": _l("En post är flyttad"),
    "cut": _l("Slutet är avklippt"),
    "rewritten": _l("Kedjan är omskriven"),
    "signature": _l("Signaturen stämmer inte"),
    "foreign_key": _l("Signerad med en annan nyckel"),
}
"""What `VerifyResult.kind` is called."""
_one_at_a_time = threading.Lock()
"""Verifying is work for the processor, which the board needs more."""


class VerifyForm(FlaskForm):
    files = MultipleFileField(_l("Exportens zip-fil, eller filerna i mappen"))
    fingerprint = StringField(_l("Nyckelns fingeravtryck"))


@bp.url_value_preprocessor
def _allow_exports(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """An export is larger than what other pages take; only from those who may use the page."""
    person = person_or_none() if request.method == "POST" else None
    if person is not None and may(person.roles, Permission.VIEW_TIMELINE):
        request.max_content_length = uploads.LARGEST
        # Some more than may be sent, beside the other fields: then the page says how many may.
        request.max_form_parts = uploads.MOST_FILES + 100


@bp.get("/verify")
@needs(Permission.VIEW_TIMELINE)
def choose() -> str:
    form = VerifyForm(formdata=None)
    form.fingerprint.data = _own()
    return _page(form)


@bp.post("/verify")
@needs(Permission.VIEW_TIMELINE)
def check() -> str | tuple[str, int]:
    """The first fault, or that it holds. What was sent is deleted before the answer goes."""
    form = VerifyForm()
    sent = [
        (one.filename or "", one.stream) for one in request.files.getlist("files") if one.filename
    ]
    try:
        stated = _fingerprint(form.fingerprint.data or "")
        if not _one_at_a_time.acquire(blocking=False):
            raise TooMany(_("Någon annan kontrollerar en mapp just nu. Försök igen om en stund."))
        try:
            with uploads.folder(sent) as folder:
                result = _verified(folder, stated)
        finally:
            _one_at_a_time.release()
    except ConsoleError as error:
        show_faults(form, error)
        return _page(form), error.status
    return _page(form, result)


def _verified(folder: Path, stated: str) -> VerifyResult:
    """As against our own key also by those that it replaced: what they signed is ours too."""
    result = verify(folder, stated or None)
    if result.kind == "foreign_key" and stated == _own():
        for former in _former():
            again = verify(folder, former)
            if again.kind != "foreign_key":
                return again
    return result


def _fingerprint(text: str) -> str:
    """
    Raises:
        BadInput: it can't be one (`field`: fingerprint).
    """
    plain = "".join(text.replace(":", "").split()).lower()
    if plain and (len(plain) != 64 or set(plain) - set("0123456789abcdef")):
        raise BadInput(
            _("Ett fingeravtryck är 64 tecken, 0–9 och a–f. Lämna tomt om du inte har det."),
            field="fingerprint",
        )
    return plain


def _own() -> str:
    """Our key's fingerprint; "": there is none, or it can't be used, which is no reason not to
    verify what others have made."""
    settings: Settings = current_app.config["SETTINGS"]
    try:
        key = keys.public_key(settings)
    except WrongState:
        return ""
    return "" if key is None else keys.fingerprint(key)


def _former() -> list[str]:
    with unit_of_work() as session:
        return former_keys(session)


def _page(form: VerifyForm, result: VerifyResult | None = None) -> str:
    return render_template(
        "review/verify.html",
        form=form,
        result=result,
        kind=KINDS.get(result.kind, "") if result is not None else "",
        own=_own(),
        former=_former() if result is not None and result.ok else (),
        needed=lines.REQUIRED,
        most=uploads.LARGEST // 2**20,
    )
