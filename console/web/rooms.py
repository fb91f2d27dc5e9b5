"""Which rooms the console has: every `views` module with a blueprint `bp`, in the order shown."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

ROOMS: tuple[str, ...] = (
    "console.board.start",
    "console.people.views",
    "console.accounts.views",
    "console.incidents.views",
    "console.messages.views",
    "console.site.views",
    "console.board.views",
    "console.web.live_use",
    "console.web.design",
)


def register(app: Flask) -> None:
    for path in ROOMS:
        app.register_blueprint(import_module(path).bp)
