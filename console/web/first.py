"""An empty installation answers nothing but the first administrator's page."""

from __future__ import annotations

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue

from console.db import unit_of_work
from console.people.queries import is_set_up

ANSWERED = frozenset({"static", "healthz", "language", "people.first", "people.make_first"})


def install(app: Flask) -> None:
    """Comes before every other check. Once somebody can log in, it never asks again."""
    known = {"set_up": False}

    @app.before_request
    def first_things_first() -> ResponseReturnValue | None:
        if known["set_up"] or request.endpoint in ANSWERED:
            return None
        with unit_of_work() as session:
            known["set_up"] = is_set_up(session)
        if known["set_up"]:
            return None
        return render_template("web/empty.html"), 503
