"""Log in, in place when a session has ended; log out; stay."""

from __future__ import annotations

from flask import (
    Flask,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFProtect, generate_csrf
from werkzeug.wrappers import Response

from console import clock, phrases
from console.db import unit_of_work
from console.people import login
from console.people.forms import LoginForm, SecondForm
from console.people.login import Halfway, LoggedIn, Refused
from console.people.rules import Permission
from console.people.views import halfway, known
from console.people.views.common import bp
from console.web import again, guard, logins, tour
from console.web.proxies import client_address


@bp.get("/login")
@guard.public("everybody starts here")
def login_page() -> ResponseReturnValue:
    target = again.safe_next(request.args.get("next"))
    if logins.person_or_none() is not None:
        return redirect(target)
    return render_template("people/login.html", form=LoginForm(), next=target)


@bp.post("/login")
@guard.public("everybody starts here")
def log_in() -> ResponseReturnValue:
    form = LoginForm()
    target = again.safe_next(request.args.get("next"))
    with unit_of_work() as db_session:
        answer = login.log_in(
            db_session,
            clock.now(),
            email=form.email.data or "",
            password=form.password.data or "",
            address=client_address(),
            browser=known.browser(clock.now()),
        )
        if not isinstance(answer, Refused):
            target = tour.first_page(db_session, answer.person, target)
    if isinstance(answer, Halfway):
        second = SecondForm(formdata=None)
        second.carried.data = form.carried.data
        second.halfway.data = halfway.sign(answer.person, clock.now())
        return render_template("people/code.html", form=second, next=target, proving=False)
    if isinstance(answer, Refused):
        form.form_errors.append(_why(answer))
        page = render_template("people/login.html", form=form, next=target)
        return page, 422 if answer.looked else 429
    return _in(answer, form.carried.data or "", target)


@bp.post("/login/code")
@guard.public("the password has been given, and the session begins with the code")
def log_in_with_code() -> ResponseReturnValue:
    form = SecondForm()
    target = again.safe_next(request.args.get("next"))
    with unit_of_work() as db_session:
        person = halfway.whose(db_session, form.halfway.data or "", clock.now())
        if person is None:
            flash(_("Det tog för lång tid. Logga in igen."), "advice")
            return redirect(url_for("people.login_page", next=target), 303)
        answer = login.log_in_with_code(
            db_session,
            clock.now(),
            person=person,
            code=form.code.data or "",
            address=client_address(),
            browser=known.browser(clock.now()),
        )
        if not isinstance(answer, Refused):
            target = tour.first_page(db_session, answer.person, target)
    if isinstance(answer, Refused):
        form.form_errors.append(why_no_code(answer))
        page = render_template("people/code.html", form=form, next=target, proving=False)
        return page, 422 if answer.looked else 429
    return _in(answer, form.carried.data or "", target)


def _in(answer: LoggedIn, signed: str, target: str) -> ResponseReturnValue:
    carried = again.unpack(signed)
    if carried is not None and carried.person_id == answer.person.id:
        response = _offer(carried)
    else:
        if carried is not None:
            flash(_("Det som väntade var skrivet av någon annan och har inte skickats."), "advice")
        response = redirect(target, 303)
    logins.set_cookie(response, answer.token)
    known.remember(response, answer.person.id, clock.now())
    return response


def _offer(carried: again.Carried) -> Response:
    """What was typed when the session ended: the person sends it, or lets it be."""
    g.pop("login", None)
    return make_response(render_template("people/again.html", carried=carried))


def why_no_code(refused: Refused) -> str:
    if refused.again_at is not None:
        when = phrases.clock_s(refused.again_at)
        return str(_("Koden stämmer inte. Försök igen kl %(t)s.", t=when))
    if refused.looked:
        return str(_("Koden stämmer inte. Vänta på nästa och försök igen."))
    return str(_("Någon försöker logga in med samma adress just nu. Försök igen om en stund."))


def _why(refused: Refused) -> str:
    if refused.again_at is not None:
        when = phrases.clock_s(refused.again_at)
        if refused.looked:
            return str(
                _("E-postadressen eller lösenordet stämmer inte. Försök igen kl %(t)s.", t=when)
            )
        return str(_("Det har blivit för många försök. Försök igen kl %(t)s.", t=when))
    if refused.looked:
        return str(_("E-postadressen eller lösenordet stämmer inte."))
    return str(_("Någon försöker logga in med samma adress just nu. Försök igen om en stund."))


@guard.public("logging out must work when the session has just ended")
def logout() -> ResponseReturnValue:
    token = logins.token()
    if token is not None:
        with unit_of_work() as db_session:
            login.log_out(db_session, clock.now(), token)
    session.clear()
    flash(_("Du är utloggad."))
    response = redirect(url_for("people.login_page"), 303)
    logins.drop_cookie(response)
    return response


@guard.needs(Permission.CHANGE_OWN_LOGIN)
def session_keep() -> ResponseReturnValue:
    """*Stanna kvar*: the guard has written the use down. Answers with a fresh CSRF token.

    It asks for no token, because it hands one out; instead it asks for a header that another
    site's page can't send.
    """
    if not again.is_partial():
        return "", 400
    return generate_csrf(), 200, {"Content-Type": "text/plain; charset=utf-8"}


def install(app: Flask, csrf: CSRFProtect) -> None:
    """The two addresses that every page's frame uses."""
    app.add_url_rule("/logout", "logout", logout, methods=["POST"])
    app.add_url_rule("/session", "session_keep", session_keep, methods=["POST"])
    csrf.exempt(session_keep)
