"""What the pages about people share."""

from __future__ import annotations

from flask import Blueprint, current_app, flash
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console.people import passwords
from console.people.models import Person
from console.policy.queries import current

bp = Blueprint("people", __name__)


def link_address(token: str) -> str:
    """The whole address of a one-time link, for handing on."""
    return f"{current_app.config['SETTINGS'].console_url}/link/{token}"


def advise(session: Session, person: Person, password: str) -> None:
    """Say what the password should rather not have in it (5-f): it is saved all the same."""
    advice = passwords.advice(password, current(session), name=person.name, email=person.email)
    if advice:
        flash(_("Ett råd:") + " " + " ".join(advice) + " " + _("Byt det gärna."), "advice")
