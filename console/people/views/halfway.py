"""Between password and code: a note in the page, signed, of whose password was right just now.

It lasts five minutes. Nothing is stored, and no session has begun.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

LASTS = timedelta(minutes=5)


def sign(person_id: int, now: datetime) -> str:
    return str(_serializer().dumps([person_id, now.isoformat()]))


def whose(note: str, now: datetime) -> int | None:
    """The person's number; None: the note is too old, or not ours."""
    try:
        person_id, at = _serializer().loads(note)
        fresh = datetime.fromisoformat(at) <= now <= datetime.fromisoformat(at) + LASTS
    except (BadSignature, ValueError, TypeError):
        return None
    return int(person_id) if fresh else None


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="halfway in")
