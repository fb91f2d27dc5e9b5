"""Swedish first: the person's own language, else the cookie's, else the browser's."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, current_app, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel, get_locale
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from console import clock
from console.db import unit_of_work
from console.people import operations, queries
from console.policy.rules import LANGUAGES
from console.web import again, guard, logins

COOKIE = "lang"
_YEAR = 365 * 24 * 3600
_TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"


def choose() -> str:
    """ "sv" or "en" for this request."""
    person = logins.person_or_none()
    if person is not None and person.language in LANGUAGES:
        return person.language
    cookie = request.cookies.get(COOKIE)
    if cookie in LANGUAGES:
        return str(cookie)
    return request.accept_languages.best_match(LANGUAGES, default="sv") or "sv"


def shown() -> str:
    """The language the page is being rendered in."""
    locale = get_locale()
    return "sv" if locale is None else str(locale.language)


@guard.public("the login page can be read in both languages")
def language() -> ResponseReturnValue:
    """Switch: for the browser, and for the person if somebody is logged in."""
    chosen = request.form.get("lang", "")
    response = redirect(again.safe_next(_came_from()), 303)
    if chosen not in LANGUAGES:
        return response
    who = logins.person_or_none()
    if who is not None:
        with unit_of_work() as session:
            person = queries.get(session, who.id)
            operations.change_own_details(
                session,
                person,
                clock.now(),
                name=person.name,
                phone=person.phone,
                language=chosen,
            )
    response.set_cookie(COOKIE, chosen, max_age=_YEAR, httponly=True, samesite="Lax")
    return response


def _came_from() -> str | None:
    """The path of the page that holds the button. Another site's address isn't followed, nor that
    of a page which only a form is answered with: fetched, it would be no page."""
    root, referrer = request.host_url, request.referrer or ""
    if not referrer.startswith(root):
        return None
    path = "/" + referrer.removeprefix(root)
    try:
        current_app.url_map.bind("").match(path.partition("?")[0], method="GET")
    except MethodNotAllowed:
        return None
    except HTTPException:
        pass  # what isn't there, or stands elsewhere, says so itself
    return path


def install(app: Flask) -> None:
    app.config["BABEL_DEFAULT_LOCALE"] = "sv"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(_TRANSLATIONS)
    Babel(app, locale_selector=choose)
    app.add_url_rule("/language", "language", language, methods=["POST"])
