"""Connecting an account: off to the platform, and back with an answer.

A press begins it, and a page with a link follows: the content policy lets no form of ours end at
somebody else's address. The answer comes as a GET, since OAuth knows nothing else; it changes
something only for the login and the attempt that it belongs to, and once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from channels import registry
from channels.connecting import flow
from channels.contract import Channel, Readiness
from channels.failures import BadSettings, ChannelError
from channels.http import Client
from channels.mastodon_oauth import register
from channels.oauth import Failed, Fault, Found, refused_in_browser
from console import clock
from console.accounts import apps, connecting, forms, queries
from console.accounts.connecting import Taken, Way
from console.accounts.rules import platform_name
from console.accounts.views import settings_page
from console.config import Settings
from console.db import unit_of_work
from console.errors import BadInput, WrongState
from console.people.rules import Permission
from console.web import logins
from console.web.faults import show_faults
from console.web.guard import current_person, needs

T = TypeVar("T")
bp = Blueprint("connecting", __name__)
SECONDS = 30.0
"""How long somebody waits for a platform, all its answers together."""
REQUEST_SECONDS = 10.0


@bp.post("/accounts/<int:account_id>/connect")
@needs(Permission.EDIT_ACCOUNTS)
def begin(account_id: int) -> ResponseReturnValue:
    """Begin, and show where to go on."""
    form = forms.ConnectForm()
    try:
        with unit_of_work() as session:
            way = connecting.way(session, account_id, form.server.data or "")
            back = back_address(flow(way.kind).app or way.kind)
        _registered(way, back)
    except BadInput as error:
        show_faults(form, error)
        with unit_of_work() as session:
            return settings_page(session, account_id, connect=form), error.status
    with unit_of_work() as session:
        known = back if not flow(way.kind).app else None
        app = apps.app(session, way.app_key, known)
        if app is None:
            raise WrongState(
                _(
                    "Vår app hos plattformen är inte inskriven. Be systemadministratören skriva "
                    "in den på sidan Plattformarnas appar."
                )
            )
        address = connecting.begin(
            session, current_person(), _session_id(), way, app, back, clock.now()
        )
        account = queries.account(session, account_id)
        return render_template(
            "accounts/connect.html",
            account=account,
            platform=platform_name(account.platform),
            address=address,
        )


@bp.get("/connect/<app>/back")
@needs(Permission.EDIT_ACCOUNTS)
def back(app: str) -> ResponseReturnValue:
    """The browser is back from the platform, with a code or a no."""
    if request.method == "HEAD":
        abort(405)  # a look ahead must not use up the answer
    query = request.args.to_dict()
    with unit_of_work() as session:
        taken = connecting.take(
            session,
            current_person(),
            _session_id(),
            app,
            query.get("state", ""),
            query.get("code", ""),
            clock.now(),
        )
    try:
        if "error" in query:
            raise refused_in_browser(query)
        if not query.get("code"):
            raise Failed(Fault.REFUSED, "no code")
        found = _ask(
            lambda client: flow(taken.kind).exchange(
                client, taken.settings, taken.app, taken.granted
            )
        )
        with unit_of_work() as session:
            chosen = connecting.choose(session, current_person(), taken, found, clock.now())
        if chosen is None:
            return redirect(url_for("connecting.choices", connection_id=taken.id), 303)
        return _connect(taken.id, taken.account_id, chosen)
    except Failed as why:
        return _failed(taken.id, why, taken)


@bp.get("/connect/<int:connection_id>")
@needs(Permission.EDIT_ACCOUNTS)
def choices(connection_id: int) -> ResponseReturnValue:
    """Which of the accounts that the person runs at the platform is it?"""
    return _choices(connection_id, "")


@bp.post("/connect/<int:connection_id>")
@needs(Permission.EDIT_ACCOUNTS)
def choose(connection_id: int) -> ResponseReturnValue:
    picked = request.form.get("picked", "")
    with unit_of_work() as session:
        _row, account, found = connecting.choices(
            session, current_person(), _session_id(), connection_id, clock.now()
        )
    if picked not in map(str, range(len(found))):
        return _choices(connection_id, _("Välj ett konto.")), 422
    try:
        return _connect(connection_id, account.id, found[int(picked)])
    except Failed as why:
        return _failed(connection_id, why)


def back_address(app: str) -> str:
    """Where a platform sends the browser back to: what its app must have written down."""
    return _settings().console_url + url_for("connecting.back", app=app)


def _choices(connection_id: int, fault: str) -> str:
    with unit_of_work() as session:
        _row, account, found = connecting.choices(
            session, current_person(), _session_id(), connection_id, clock.now()
        )
    return render_template(
        "accounts/connect_choices.html",
        account=account,
        platform=platform_name(account.platform),
        found=found,
        connection_id=connection_id,
        fault=fault,
        form=FlaskForm(),
    )


def _registered(way: Way, back: str) -> None:
    """See to it that a Mastodon server knows us.

    Raises:
        BadInput: there is no such server.
    """
    if flow(way.kind).app:
        return
    with unit_of_work() as session:
        if apps.app(session, way.app_key, back) is not None:
            return
    try:
        app = _ask(lambda client: register(client, way.app_key, back))
    except Failed as error:
        raise BadInput(
            _("Ingen Mastodonserver svarade där. Kontrollera adressen."), "server"
        ) from error
    with unit_of_work() as session:
        apps.keep_registered(session, way.app_key, app, back, clock.now())


def _connect(connection_id: int, account_id: int, found: Found) -> ResponseReturnValue:
    """Ask the platform about the key, and store it if it is good."""
    with unit_of_work() as session:
        account = queries.account(session, account_id)
        settings, secret = connecting.ready(account, found)
    channel = registry.for_delivery(account.kind, exercise=False)
    try:
        parsed = channel.parse(settings, secret)
    except BadSettings as error:
        raise Failed(Fault.REFUSED, f"{error.field}: {error.message}") from error
    answer = _ask(lambda client: _probe(client, channel, parsed))
    connecting.check(answer)
    with unit_of_work() as session:
        connecting.connect(session, current_person(), connection_id, found, answer, clock.now())
    flash(_("Anslutet. Plattformen svarar att kontot är %(called)s.", called=found.called), "done")
    return redirect(url_for("accounts.show", account_id=account_id), 303)


async def _probe(client: Client, channel: Channel[object], settings: object) -> Readiness:
    try:
        return await channel.probe(client, settings)
    except ChannelError as error:
        raise Failed(Fault.NO_ANSWER, error.detail) from error


def _failed(connection_id: int, why: Failed, taken: Taken | None = None) -> ResponseReturnValue:
    with unit_of_work() as session:
        key = taken.app_key if taken else ""
        account = connecting.fail(session, current_person(), connection_id, why, clock.now(), key)
    return redirect(url_for("accounts.settings", account_id=account.id), 303)


def _ask(question: Callable[[Client], Awaitable[T]]) -> T:
    """Ask a platform something, with no transaction open. Raises Failed when it takes too long."""

    async def ask() -> T:
        async with Client(
            _settings().allow_hosts, total=REQUEST_SECONDS, now=lambda: clock.now().timestamp()
        ) as client:
            async with asyncio.timeout(SECONDS):
                return await question(client)

    try:
        return asyncio.run(ask())
    except TimeoutError as error:
        raise Failed(Fault.NO_ANSWER, "too late") from error


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _session_id() -> int:
    login = logins.current_login()
    if login is None:
        abort(401)
    return login.session_id
