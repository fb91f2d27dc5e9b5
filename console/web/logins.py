"""Whose request it is: the cookie, and a check that is remembered for a second."""

from __future__ import annotations

import threading

from flask import Flask, Response, current_app, g, request
from werkzeug.wrappers import Response as AnyResponse

from console import clock
from console.db import unit_of_work
from console.people import login
from console.people.labels import label_of
from console.people.models import Person
from console.people.queries import Login, login_of
from console.people.rules import SEEN_STEP, Role

COOKIE = "budkavle"
REMEMBERED_SECONDS = 1.0
_MOST_REMEMBERED = 5000

_lock = threading.Lock()
_remembered: dict[str, tuple[float, Login]] = {}


def token() -> str | None:
    """The browser's secret, if it sent one that could be ours."""
    value = request.cookies.get(COOKIE, "")
    return value if 20 <= len(value) <= 100 else None


def current_login() -> Login | None:
    """The login behind this request, ended ones included; None without one."""
    if "login" not in g:
        secret = token()
        g.login = None if secret is None else _look(secret)
    found: Login | None = g.login
    return found


def person_or_none() -> Person | None:
    """Who is logged in."""
    found = current_login()
    return None if found is None or found.over else found.person


def role_label(role: Role) -> str:
    """What a role is called here, for whoever reads the page."""
    found = current_login()
    return label_of(role, {} if found is None else found.role_labels)


def keep_alive() -> None:
    """Write down that the session was used: called for what a person does, never for polling."""
    found = current_login()
    if found is None or found.over or clock.now() - found.seen_at < SEEN_STEP:
        return
    with unit_of_work() as session:
        login.touch(session, found, clock.now())
    forget()


def _look(secret: str) -> Login | None:
    mark = clock.elapsed()
    with _lock:
        known = _remembered.get(secret)
    if known is not None and mark - known[0] < REMEMBERED_SECONDS:
        return known[1]
    with unit_of_work() as session:
        found = login_of(session, secret, clock.now())
    with _lock:
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        if found is not None and not found.over:
            _remembered[secret] = (mark, found)
        else:
            _remembered.pop(secret, None)
    return found


def forget() -> None:
    """Look in the database next time: something about people or sessions may have changed."""
    with _lock:
        _remembered.clear()


def set_cookie(response: AnyResponse, secret: str) -> None:
    """Without max-age, so that it ends with the browser (5-c)."""
    response.set_cookie(
        COOKIE,
        secret,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )


def drop_cookie(response: AnyResponse) -> None:
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax")


def install(app: Flask) -> None:
    @app.after_request
    def look_again_after_changes(response: Response) -> Response:
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            forget()
        return response
