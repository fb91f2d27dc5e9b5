"""A refusal becomes a page (or a partial) with its sentence and a way out; never a traceback."""

from __future__ import annotations

from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException, InternalServerError, NotFound

from console.errors import ConsoleError
from console.logs import get_logger
from console.web.again import is_partial

log = get_logger("web")


def install(app: Flask) -> None:
    app.register_error_handler(ConsoleError, refused)
    app.register_error_handler(CSRFError, stale_form)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(DataError, unkeepable)
    app.register_error_handler(OperationalError, no_database)
    app.register_error_handler(InterfaceError, no_database)
    app.register_error_handler(NoConnection, no_database)
    app.register_error_handler(InternalServerError, broken)


def refused(error: ConsoleError) -> ResponseReturnValue:
    return _answer(error.status, error.message)


def stale_form(error: CSRFError) -> ResponseReturnValue:
    log.info("csrf_refused", reason=error.description)
    return _answer(
        400, _("Formuläret gick inte att ta emot. Gå tillbaka, ladda om sidan och skicka igen.")
    )


def http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()
    sentences = {
        404: _("Sidan finns inte. Den kan ha flyttats, eller så är adressen fel."),
        405: _("Så kan sidan inte användas. Gå tillbaka och använd knapparna."),
        413: _("Det du skickade är för stort."),
        429: _("Du har försökt för många gånger. Vänta en stund."),
    }
    return _answer(error.code, sentences.get(error.code, _("Det gick inte. Försök igen.")))


def unkeepable(error: DataError) -> ResponseReturnValue:
    """A number or a character that the database can't hold: too large, or NUL. Nothing has it, so
    an address that asks for it leads nowhere."""
    log.warning("unkeepable_input", error=type(error.orig).__name__)
    if request.method in ("GET", "HEAD"):
        return http_error(NotFound())
    return _answer(
        400,
        _(
            "Det du skickade innehåller ett tecken eller ett tal som inte går att spara. Gå"
            " tillbaka, ta bort det och skicka igen."
        ),
    )


def no_database(error: Exception) -> ResponseReturnValue:
    log.error("database_away", error=type(error).__name__)
    # The frame must not ask the database who is logged in, nor anew about the event.
    g.login = g.event = None
    return _answer(
        503, _("Databasen svarar inte. Det som redan är godkänt ligger kvar. Försök strax igen.")
    )


def broken(error: InternalServerError) -> ResponseReturnValue:
    # Flask has logged the traceback.
    g.login = None
    return _answer(500, _("Något gick fel hos oss och har skrivits i loggen. Försök igen."))


def _answer(status: int, sentence: str) -> ResponseReturnValue:
    template = "web/fault.html" if is_partial() else "web/error.html"
    return render_template(template, status=status, sentence=sentence), status
