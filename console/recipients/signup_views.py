"""The pages where citizens sign up, confirm and leave: no login, no script, no session, no cookie.

They stand in the console, since the public site is files that need neither database nor console,
and stays so whatever comes here. What comes here is counted (`rules.TRIES_PER_…`), and leaving
never is. A GET changes nothing, since mail scanners follow links. There is no session that another
site's page could misuse, so no form here carries a token of one; mail programs' own button posts
without (RFC 8058).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.orm import Session

from console import clock
from console.accounts.models import Account
from console.db import unit_of_work
from console.errors import BadInput, ConsoleError
from console.policy import queries as policy
from console.policy.rules import LANGUAGES
from console.recipients import rules, signup
from console.recipients.forms import CodeForm, SignUpForm
from console.web import guard
from console.web.language import shown

bp = Blueprint("signup", __name__)
_WHY = "citizens have no login; it is counted, and tells nothing about any address"
_LEAVE = "leaving a list is never refused; the link's secret stands for one recipient"


def install(csrf: CSRFProtect) -> None:
    csrf.exempt(bp)


def page(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """In the language that the address asks for; a refusal becomes a page of these too."""

    @wraps(view)
    def shown_page(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        asked = request.values.get("lang", "")
        with force_locale(asked if asked in LANGUAGES else shown()):
            try:
                answer = make_response(view(*args, **kwargs))
            except ConsoleError as error:
                answer = make_response(_said(error.message), error.status)
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer

    return shown_page


@bp.get("/utskick")
@guard.public(_WHY)
@page
def form() -> ResponseReturnValue:
    with unit_of_work() as session:
        return _form(session)


@bp.post("/utskick")
@guard.public(_WHY)
@page
def sign_up() -> ResponseReturnValue:
    """The same answer whoever's address it is."""
    account_id = _number()
    typed = request.form.get("address", "")
    try:
        with unit_of_work() as session:
            account = signup.open_list(session, account_id)
            signup.sign_up(session, account_id, typed, shown(), _network(), clock.now())
            account_kind = account.kind
    except BadInput as error:
        with unit_of_work() as session:
            return _form(session, account_id, typed, error.message), error.status
    if account_kind == "sms":
        return _code(account_id, typed)
    return _said(
        _("Titta i din e-post. Vi har skickat en länk om adressen inte redan står på listan."),
        _("Tryck på knappen på sidan som länken öppnar, inom ett dygn. Titta även i skräpposten."),
    )


@bp.post("/utskick/kod")
@guard.public(_WHY)
@page
def confirm_code() -> ResponseReturnValue:
    account_id, typed = _number(), request.form.get("address", "")
    code = request.form.get("code", "")
    with unit_of_work() as session:
        right = signup.confirm_code(session, account_id, typed, code, _network(), clock.now())
    if not right:
        return _code(account_id, typed, wrong=True), 422
    return _confirmed()


@bp.get("/utskick/ja/<token>")
@guard.public(_WHY)
@page
def look(token: str) -> ResponseReturnValue:
    """A button; following the link changes nothing."""
    with unit_of_work() as session:
        row = signup.asked(session, token, clock.now())
        return _ask("recipients/confirm.html", session, account=row.account)


@bp.post("/utskick/ja/<token>")
@guard.public(_WHY)
@page
def confirm(token: str) -> ResponseReturnValue:
    with unit_of_work() as session:
        signup.confirm_link(session, token, clock.now())
    return _confirmed()


@bp.get("/a/<token>")
@guard.public(_LEAVE)
@page
def look_leave(token: str) -> ResponseReturnValue:
    """A button; following the link changes nothing."""
    with unit_of_work() as session:
        row = signup.leaving(session, token)
        if row is None:
            return _said(*_left())
        return _ask("recipients/leave.html", session, account=row.account)


@bp.post("/a/<token>")
@guard.public(_LEAVE)
@page
def leave(token: str) -> ResponseReturnValue:
    """Our own button's press, and a mail program's (`List-Unsubscribe=One-Click`)."""
    with unit_of_work() as session:
        signup.leave(session, token, clock.now())
    return _said(*_left())


def _left() -> tuple[str, str]:
    return _("Du står inte på listan."), _("Vi har tagit bort adressen. Du kan anmäla dig igen.")


def _confirmed() -> str:
    return _said(
        _("Klart. Du får utskicken från och med nu."),
        _("Varje utskick säger hur du slutar. En gång om året frågar vi om du vill fortsätta."),
    )


def _form(session: Session, chosen: int = 0, typed: str = "", fault: str = "") -> str:
    made: list[tuple[Account, SignUpForm]] = []
    for account in signup.lists(session):
        one = SignUpForm(prefix="", address=typed if account.id == chosen else "")
        one.address.id = f"address-{account.id}"
        one.address.label.text = (
            _("Ditt mobilnummer") if account.kind == "sms" else _("Din e-postadress")
        )
        one.address.label.field_id = one.address.id
        if account.id == chosen and fault:
            one.address.errors = [fault]
        made.append((account, one))
    return _ask("recipients/sign_up.html", session, lists=made)


def _code(account_id: int, typed: str, wrong: bool = False) -> str:
    form = CodeForm(address=typed)
    if wrong:
        form.code.errors = [
            _("Koden stämmer inte eller är för gammal. Titta igen, eller anmäl dig på nytt.")
        ]
    with unit_of_work() as session:
        return _ask("recipients/code.html", session, account_id=account_id, form=form)


def _said(what: str, more: str = "") -> str:
    with unit_of_work() as session:
        return _ask("recipients/said.html", session, what=what, more=more)


def _ask(template: str, session: Session, **values: Any) -> str:
    profile = policy.current(session)
    return render_template(
        template,
        lang=shown(),
        sender=profile.municipality,
        phone=profile.phone,
        **values,
    )


def _number() -> int:
    text = request.form.get("list", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _network() -> str:
    return rules.network_of(request.remote_addr or "")
