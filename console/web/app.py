"""Puts the web console together. The order of `install` is the order of the checks."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from console import db, live
from console.accounts import secrets
from console.config import Settings
from console.errors import BadInput
from console.people.views import login as login_views
from console.web import (
    context,
    errors,
    filters,
    first,
    guard,
    headers,
    health,
    language,
    logins,
    rooms,
    sockets,
)
from console.web.secret import web_secret

_HERE = Path(__file__).resolve().parent
_TEMPLATES = _HERE.parent.parent / "templates"
_LARGEST_REQUEST = 8 * 2**20


def build(settings: Settings | None) -> Flask:
    """See `console.create_app`."""
    settings = settings or Settings.from_env()
    if settings.database_url is None:
        raise BadInput(
            "DATABASE_URL is not set. Start the console with `budkavle up`.", field="DATABASE_URL"
        )
    db.connect(settings.database_url)
    if settings.redis_url is not None:
        live.connect(settings.redis_url)
    secrets.use(settings.keys)
    app = Flask("console.web", static_folder=str(_HERE / "static"), template_folder=str(_TEMPLATES))
    https = settings.console_url.startswith("https:")
    app.config.update(
        SECRET_KEY=web_secret(settings.keys),
        SESSION_COOKIE_NAME="budkavle_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        MAX_CONTENT_LENGTH=_LARGEST_REQUEST,
        # A form's token lives as long as the browser's session: what was typed over lunch counts.
        WTF_CSRF_TIME_LIMIT=None,
        SETTINGS=settings,
    )
    if settings.proxies:
        n = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    headers.install(app, https=https)
    errors.install(app)
    logins.install(app)
    first.install(app)
    csrf = CSRFProtect(app)
    language.install(app)
    filters.install(app.jinja_env, language.shown)
    context.install(app)
    health.install(app)
    rooms.register(app)
    login_views.install(app, csrf)
    guard.install(app)
    sockets.install(app)
    return app
