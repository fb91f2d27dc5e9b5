"""When a session has ended in the middle of something: log in in place, and lose nothing typed.

A posted form is carried through the login in one signed field, and offered to be sent once more:
only to the person whose session it was, only by their own press of a button, and only if the form
had a valid CSRF token (that check runs before the guard). Files aren't carried; nor is anything
secret, since the login page may be left standing on a shared computer.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeSerializer

from console.people.forms import LoginForm
from console.web import logins

_SECRET = ("password", "secret", "code")
"""In the names of fields; a code of the second factor from paper counts until it is used."""


@dataclass(frozen=True)
class Carried:
    """A posted form that waits for its person to log in again."""

    person_id: int
    path: str
    fields: list[tuple[str, str]]
    """In the order they were posted; names may repeat."""
    incomplete: bool
    """A file or something secret was left out."""

    @property
    def typed(self) -> list[str]:
        """What a person wrote, for reading through; choices and numbers are left out."""
        return [value for _name, value in self.fields if " " in value.strip()]


def log_in_first() -> ResponseReturnValue:
    """What somebody who isn't logged in gets instead of the view."""
    if is_partial():
        return render_template("people/login_dialog.html", form=LoginForm(formdata=None)), 401
    if request.method in ("GET", "HEAD"):
        here = request.full_path.rstrip("?")
        return redirect(url_for("people.login_page", next=None if here == "/" else here), 303)
    login = logins.current_login()
    form = LoginForm(formdata=None)
    form.carried.data = "" if login is None else _sign(_posted(login.person.id))
    return render_template("people/login.html", form=form, next="/"), 401


def carry(person_id: int) -> str:
    """What was just posted, signed, for a page that asks something first."""
    return _sign(_posted(person_id))


def is_partial() -> bool:
    """Was it asked for by a script in a page rather than by the browser going somewhere?"""
    return "HX-Request" in request.headers or "X-Requested-With" in request.headers


def unpack(signed: str) -> Carried | None:
    """The form that `log_in_first` signed; None if it is empty or has been changed."""
    try:
        person_id, path, fields, incomplete = _serializer().loads(signed)
    except BadSignature:
        return None
    return Carried(person_id, path, [(name, value) for name, value in fields], incomplete)


def safe_next(target: str | None) -> str:
    """`target` if it is an address in this console, else the first page."""
    # With one slash first, and no more, it names neither a scheme nor a host.
    if not target or not target.startswith("/") or target.startswith("//"):
        return "/"
    return "/" if any(c in target for c in "\\\r\n\t") else target


def _posted(person_id: int) -> Carried:
    posted = [(n, v) for n, v in request.form.items(multi=True) if n != "csrf_token"]
    fields = [(n, v) for n, v in posted if not any(word in n for word in _SECRET)]
    incomplete = len(fields) < len(posted) or bool(request.files)
    return Carried(person_id, safe_next(request.full_path.rstrip("?")), fields, incomplete)


def _sign(carried: Carried) -> str:
    signed = _serializer().dumps(
        [carried.person_id, carried.path, carried.fields, carried.incomplete]
    )
    return signed if isinstance(signed, str) else signed.decode()


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="carried form")
