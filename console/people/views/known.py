"""Browsers that somebody has logged in with: there their own mistakes count, and nobody else's.

A signed cookie says whose password, and code, were right in this browser and when. It lets nobody
in and shows nothing: who has it is only counted apart from the house's other browsers.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from console.people.login import Browser

COOKIE = "budkavle_known"
LASTS = timedelta(days=90)
"""Since the person's latest login there."""
MOST = 8
"""People of one browser: a reception's, or an operations centre's."""


def browser(now: datetime) -> Browser | None:
    """This request's browser; None: nobody has logged in with it, or it has forgotten."""
    name, people = _read(now)
    return Browser(name, frozenset(people)) if people else None


def remember(response: Response, person_id: int, now: datetime) -> None:
    """Write down in the browser that the person has logged in with it just now."""
    name, people = _read(now)
    people = {person_id: now.isoformat()} | {n: at for n, at in people.items() if n != person_id}
    kept = list(people.items())[:MOST]
    response.set_cookie(
        COOKIE,
        str(_serializer().dumps([name or secrets.token_urlsafe(16), kept])),
        max_age=LASTS,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )


def _read(now: datetime) -> tuple[str, dict[int, str]]:
    """The browser's name, "" if it has none, and person → when they logged in, the latest first."""
    try:
        name, kept = _serializer().loads(request.cookies.get(COOKIE, ""))
    except (BadSignature, ValueError, TypeError):
        return "", {}
    return name, {n: at for n, at in kept if now - LASTS <= datetime.fromisoformat(at) <= now}


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="known browser")
