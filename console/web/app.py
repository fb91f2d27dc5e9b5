"""Puts the web console together. The order of `install` is the order of the checks."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from console import db, live, sealing
from console.config import Settings
from console.errors import BadInput
from console.people.views import login as login_views
from console.recipients import signup_views
from console.web import (
    context,
    errors,
    files,
    filters,
    first,
    guard,
    guideline_parts,
    headers,
    health,
    language,
    logins,
    proxies,
    rooms,
    rumour_parts,
    sockets,
)
from console.web.secret import web_secret

_HERE = Path(__file__).resolve().parent
_TEMPLATES = _HERE.parent.parent / "templates"
_LARGEST_REQUEST = 12 * 2**20
"""A picture of ten megabytes, and what is said of it."""


def build(settings: Settings | None) -> Flask:
    """See `console.create_app`."""
    settings = settings or Settings.from_env()
    if settings.database_url is None:
        raise BadInput(
            "DATABASE_URL is not set. Start the console with `budkavle up`.", field="DATABASE_URL"
        )
    app = Flask("console.web", static_folder=str(_HERE / "static"), template_folder=str(_TEMPLATES))
    use(app, settings)
    headers.install(app, https=settings.console_url.startswith("https:"))
    files.install(app)
    errors.install(app)
    logins.install(app)
    first.install(app)
    csrf = CSRFProtect(app)
    language.install(app)
    filters.install(app.jinja_env, language.shown)
    context.install(app)
    guideline_parts.install(app.jinja_env)
    rumour_parts.install(app.jinja_env)
    health.install(app)
    rooms.register(app)
    login_views.install(app, csrf)
    signup_views.install(csrf)
    guard.install(app)
    sockets.install(app)
    proxies.install(app, settings)
    return app


def use(app: Flask, settings: Settings) -> None:
    """Connect to what the settings name, and let the application know them."""
    db.connect(settings.database_url or "")
    if settings.redis_url is not None:
        live.connect(settings.redis_url)
    sealing.use(settings.keys)
    app.config.update(
        SECRET_KEY=web_secret(settings.keys),
        SESSION_COOKIE_NAME="budkavle_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.console_url.startswith("https:"),
        MAX_CONTENT_LENGTH=_LARGEST_REQUEST,
        # A form's token lives as long as the browser's session: what was typed over lunch counts.
        WTF_CSRF_TIME_LIMIT=None,
        SETTINGS=settings,
    )
