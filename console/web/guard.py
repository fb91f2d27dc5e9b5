"""Shut by default: every view, and every socket event, says who may use it.

A view without a statement is refused. What a statement can't say (one's own account, not one's
own text) is decided in the operation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, current_app, g, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_socketio import disconnect

from console.errors import NotAllowed
from console.people.models import Person
from console.people.rules import Permission, Role, may, roles_that_may
from console.web import again, logins

View = TypeVar("View", bound=Callable[..., Any])
_MARK = "guard_statement"


@dataclass(frozen=True)
class Statement:
    """Who may use a view."""

    permission: Permission | None
    """None: anybody, for `reason`."""
    keeps_alive: bool
    """A request to it counts as use of the session. False for what the page fetches by itself."""
    reason: str = ""


def needs(permission: Permission, *, keeps_alive: bool = True) -> Callable[[View], View]:
    """Only people whose role carries `permission`. The decorator stands under the route's."""
    return _state(Statement(permission, keeps_alive))


def public(reason: str) -> Callable[[View], View]:
    """Anybody, without logging in; `reason` says why that is right."""
    return _state(Statement(None, False, reason))


def socket_needs(permission: Permission) -> Callable[[View], View]:
    """For socket events: somebody else is disconnected, and the handler isn't called.

    The session is looked at for every event, and an event never keeps it alive.
    """

    def decorate(handler: View) -> View:
        @wraps(handler)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            person = logins.person_or_none()
            if person is None or not may(person.roles, permission):
                if getattr(request, "event", {}).get("message") == "connect":
                    return False  # never opened, rather than opened and closed
                disconnect()
                return None
            g.person = person
            return handler(*args, **kwargs)

        setattr(guarded, _MARK, Statement(permission, False))
        return guarded  # type: ignore[return-value]

    return decorate


def socket_public(reason: str) -> Callable[[View], View]:
    """For socket events that anybody may send; `reason` says why that is right."""
    return _state(Statement(None, False, reason))


def statement_of(view: Callable[..., Any] | None) -> Statement | None:
    """What a view or socket handler states; None if nothing."""
    return getattr(view, _MARK, None)


def current_person() -> Person:
    """Who is logged in, inside a guarded view; also `g.person`. Detached: an operation that
    changes the person gets its own from `queries.get(session, current_person().id)`.
    """
    person: Person = g.person
    return person


def install(app: Flask) -> None:
    """Check every request before its view. Comes after the CSRF check, see `again`."""
    public("files that every page needs")(app.view_functions["static"])

    @app.before_request
    def check() -> ResponseReturnValue | None:
        if request.endpoint is None:
            return None  # no such address: the 404 page
        statement = statement_of(current_app.view_functions.get(request.endpoint))
        if statement is None:
            if current_app.testing:
                raise RuntimeError(f"{request.endpoint} doesn't say who may use it")
            raise NotAllowed(_("Den sidan är inte öppen för någon."))
        if statement.permission is None:
            return None
        person = logins.person_or_none()
        if person is None:
            return again.log_in_first()
        if not may(person.roles, statement.permission):
            raise NotAllowed(_not_yours(statement.permission))
        g.person = person
        if statement.keeps_alive:
            logins.keep_alive()
        return None


def _not_yours(permission: Permission) -> str:
    able = ", ".join(logins.role_label(r) for r in Role if r in roles_that_may(permission))
    return str(_("Din roll får inte göra det här. Det får: %(roles)s.", roles=able))


def _state(statement: Statement) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        setattr(view, _MARK, statement)
        return view

    return decorate
