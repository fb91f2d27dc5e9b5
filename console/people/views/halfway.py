"""Between password and code: a note in the page, signed, of whose password was right just now.

It lasts five minutes, and no longer than that password. Nothing is stored, and no session has
begun.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from console.people.models import Person

LASTS = timedelta(minutes=5)


def sign(person: Person, now: datetime) -> str:
    return str(_serializer().dumps([person.id, now.isoformat(), _mark(person)]))


def whose(session: Session, note: str, now: datetime) -> Person | None:
    """The person, held; None: the note is too old or not ours, or the password is another now."""
    try:
        person_id, at, mark = _serializer().loads(note)
        fresh = datetime.fromisoformat(at) <= now <= datetime.fromisoformat(at) + LASTS
    except (BadSignature, ValueError, TypeError):
        return None
    if not fresh:
        return None
    held = {"of": Person, "key_share": True}
    person = session.get(Person, person_id, with_for_update=held)
    return person if person is not None and _mark(person) == mark else None


def _mark(person: Person) -> str:
    """What the note knows a password again by."""
    return hashlib.sha256((person.password_hash or "").encode()).hexdigest()


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="halfway in")
