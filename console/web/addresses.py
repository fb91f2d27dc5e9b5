"""An application that knows the addresses of pages and both languages, and answers nobody: for
what is written outside a request, such as mail."""

from __future__ import annotations

from flask import Flask

from console.config import Settings
from console.web import language, log_words, rooms


def build(settings: Settings) -> Flask:
    """See `console.create_addresses`."""
    app = Flask("console.web")
    app.config["SETTINGS"] = settings
    language.install(app)
    rooms.register(app)
    app.extensions["log_sentences"] = log_words.sentences
    return app
