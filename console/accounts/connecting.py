"""Connecting an account by the platform's own login: begin, take the answer once, store the key.

Who may call these verbs is the view's question (Permission.EDIT_ACCOUNTS). Between them the view
asks the platform, with no transaction open. Whatever dies in between leaves the account as it was.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from channels import registry
from channels.connecting import FLOWS, flow
from channels.contract import Readiness
from channels.failures import BadSettings, Reason
from channels.oauth import App, Asked, Failed, Fault, Found, Granted, challenge_of, new_verifier
from channels.web_address import origin
from console import sealing
from console.accounts import apps, readiness, renewal
from console.accounts.connecting_models import AccountConnection, AccountRenewal
from console.accounts.connecting_rules import (
    ASKS_SERVER,
    IDENTITY,
    LIVES,
    NAMED,
    same_account,
    sentence,
)
from console.accounts.models import Account
from console.accounts.operations import held, say
from console.accounts.queries import account as look_up
from console.accounts.rules import platform_name
from console.errors import BadInput, NotAllowed, NotFound, Stale, WrongState
from console.people.models import Person
from console.timeline.rules import clean_text

CHOOSING, CONNECTED = "choosing", "connected"
SHOWN = timedelta(hours=1)
"""How long the settings page says why an attempt failed: then somebody has seen it."""
_OURS = frozenset({"software", "characters"})
"""Settings that the probe learns anew with every key."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where and as what an account is to be connected."""

    account_id: int
    kind: str
    app_key: str
    """Of `apps.app`."""
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Taken:
    """An answer that is ours to use, once."""

    id: int
    account_id: int
    kind: str
    settings: Mapping[str, Any]
    app_key: str
    app: App
    granted: Granted = field(repr=False)


def way(session: Session, account_id: int, server: str) -> Way:
    """
    Args:
        server: as somebody typed it, for kinds with many servers; one that is stored goes first.

    Raises:
        NotFound: no such account.
        WrongState: accounts of its kind aren't connected this way.
        BadInput: `server`.
    """
    account = look_up(session, account_id)
    if account.kind not in FLOWS:
        raise WrongState(_("Kontot ansluts inte så. Skriv in dess uppgifter i stället."))
    settings = dict(account.settings)
    if account.kind not in ASKS_SERVER:
        return Way(account.id, account.kind, flow(account.kind).app, settings)
    try:
        settings["server"] = origin("server", settings.get("server") or server)
    except BadSettings as error:
        raise BadInput(_(error.message), "server") from error
    return Way(account.id, account.kind, settings["server"], settings)


def begin(
    session: Session,
    actor: Person,
    session_id: int,
    way: Way,
    app: App,
    redirect: str,
    now: datetime,
) -> str:
    """Begin one attempt. Returns the address at the platform for the person's browser.

    Args:
        session_id: of the actor's login: only there does the answer count.
        redirect: our own address, exactly as the platform knows it.

    Raises:
        NotFound: no such account.
    """
    account = held(session, way.account_id)
    state, verifier = secrets.token_urlsafe(32), new_verifier()
    kept = {
        "verifier": verifier,
        "redirect": redirect,
        "settings": dict(way.settings),
        "app_key": way.app_key,
        "app": asdict(app),
    }
    # Older attempts at the account are over: their answers would be somebody else's surprise.
    session.execute(
        update(AccountConnection)
        .where(AccountConnection.account_id == account.id, AccountConnection.sealed.is_not(None))
        .values(sealed=None, ends_at=now)
    )
    session.add(
        AccountConnection(
            account_id=account.id,
            person_id=actor.id,
            session_id=session_id,
            kind=way.kind,
            state_digest=_digest(state),
            sealed=sealing.seal(kept),
            made_at=now,
            ends_at=now + LIVES,
        )
    )
    say(session, actor, account, "account:connecting", {"kind": way.kind}, now)
    asked = Asked(state, redirect, challenge_of(verifier))
    return flow(way.kind).authorize(way.settings, app, asked)


def take(
    session: Session, actor: Person, session_id: int, app: str, state: str, code: str, now: datetime
) -> Taken:
    """The browser is back from the platform: the attempt is used up, whatever comes of it.

    Args:
        app: which app the answer came to the address of ("mastodon" for all such servers).

    Raises:
        NotFound: no such attempt.
        NotAllowed: it was begun in another login; it is left as it is.
        WrongState: it was used already, or took too long.
    """
    query = select(AccountConnection).where(AccountConnection.state_digest == _digest(state))
    row = session.scalars(query.with_for_update()).one_or_none()
    if row is None or (flow(row.kind).app or row.kind) != app:
        raise NotFound(_("Anslutningen finns inte. Börja om på kontots inställningar."))
    if row.session_id != session_id or row.person_id != actor.id:
        raise NotAllowed(
            _("Anslutningen hör till en annan inloggning. Börja om på kontots inställningar.")
        )
    if row.used_at is not None:
        raise WrongState(_("Svaret är redan använt. Börja om på kontots inställningar."))
    if row.sealed is None or row.ends_at <= now:
        raise WrongState(_("Det tog för lång tid. Börja om på kontots inställningar."))
    kept = sealing.unseal(row.sealed)
    row.used_at, row.sealed = now, None
    granted = Granted(code, kept["redirect"], kept["verifier"])
    app_known = App(**kept["app"])
    return Taken(
        row.id, row.account_id, row.kind, kept["settings"], kept["app_key"], app_known, granted
    )


def choose(
    session: Session, actor: Person, taken: Taken, found: Sequence[Found], now: datetime
) -> Found | None:
    """Which of the accounts that the key can post as is the registered one. None: a person must
    say, within the attempt's time; until then the keys are kept sealed.

    Raises:
        Failed: it isn't among them.
    """
    account = look_up(session, taken.account_id)
    name = IDENTITY[taken.kind]
    wanted = account.settings.get(name)
    if wanted:
        for one in found:
            if same_account(one.settings[name], wanted):
                return one
        raise Failed(Fault.WRONG_ACCOUNT, names=tuple(one.called for one in found[:5]))
    alike = [one for one in found if same_account(one.called, account.handle)]
    if len(alike) == 1 and taken.kind in NAMED:
        return alike[0]
    row = _row(session, taken.id)
    row.outcome, row.sealed = CHOOSING, sealing.seal({"found": [_stored(one) for one in found]})
    row.names = [clean_text(one.called) for one in found]
    return None


def choices(
    session: Session, actor: Person, session_id: int, connection_id: int, now: datetime
) -> tuple[AccountConnection, Account, list[Found]]:
    """The accounts to choose among.

    Raises:
        NotFound, NotAllowed, WrongState: as `take`.
    """
    row = _row(session, connection_id)
    if row.session_id != session_id or row.person_id != actor.id:
        raise NotAllowed(
            _("Anslutningen hör till en annan inloggning. Börja om på kontots inställningar.")
        )
    if row.outcome != CHOOSING or row.sealed is None or row.ends_at <= now:
        raise WrongState(_("Det tog för lång tid. Börja om på kontots inställningar."))
    found = [Found(**one) for one in sealing.unseal(row.sealed)["found"]]
    return row, look_up(session, row.account_id), found


def ready(account: Account, found: Found) -> tuple[dict[str, Any], dict[str, str]]:
    """The settings and secret that the account would have with this key."""
    settings = {name: value for name, value in account.settings.items() if name not in _OURS}
    return settings | dict(found.more) | dict(found.settings), dict(found.secret)


def check(answer: Readiness) -> None:
    """Raises Failed unless the platform says that the key is good and the account's own."""
    if answer.missing:
        raise Failed(Fault.SCOPES, answer.detail, answer.missing)
    match answer.reason:
        case None:
            return
        case Reason.BUSY if answer.account:
            return  # the account is known, and has only posted enough for today
        case Reason.WRONG_ACCOUNT:
            raise Failed(Fault.WRONG_ACCOUNT, answer.detail, (answer.account or "?",))
        case Reason.RIGHTS:
            raise Failed(Fault.SCOPES, answer.detail)
        case Reason.BUSY | Reason.NO_CONNECTION:
            raise Failed(Fault.NO_ANSWER, answer.detail)
        case reason:
            raise Failed(Fault.REFUSED, f"{reason} {answer.detail}")


def connect(
    session: Session,
    actor: Person,
    connection_id: int,
    found: Found,
    answer: Readiness,
    now: datetime,
) -> Account:
    """Store a key that the platform has said is good (`check`), and what it said.

    Raises:
        Stale: the account has become another meanwhile.
        WrongState: the attempt is over already.
        Failed: the settings can't be used after all.
    """
    # Account before row, as `begin` does.
    account = held(session, session.get_one(AccountConnection, connection_id).account_id)
    row = _row(session, connection_id)
    if row.outcome not in ("", CHOOSING):
        raise WrongState(_("Svaret är redan använt. Börja om på kontots inställningar."))
    name = IDENTITY[row.kind]
    wanted = account.settings.get(name)
    if account.kind != row.kind or (wanted and not same_account(found.settings[name], wanted)):
        raise Stale(_("Någon annan har ändrat kontot. Titta på det igen."))
    settings, secret = ready(account, found)
    settings |= dict(answer.learned)
    secret = _with_old_renewal(session, account, secret)
    try:
        registry.load(account.kind).parse(settings, secret)
    except BadSettings as error:
        raise Failed(Fault.REFUSED, f"{error.field}: {error.message}") from error
    changed = sorted(
        n for n in {*settings, *account.settings} if settings.get(n) != account.settings.get(n)
    )
    account.settings, account.secret = settings, sealing.seal(secret)
    row.outcome, row.sealed, row.names = CONNECTED, None, [clean_text(found.called)]
    readiness.arrived(session, account.id, answer, now)
    if account.kind in readiness.PICTURED & readiness.FETCHING:
        readiness.ask_now(session, [account.id], now)  # whether it can fetch ours, a worker sees
    renewal.arrived(session, account, secret, now)
    facts = {"kind": account.kind, "called": clean_text(found.called), "settings": changed}
    say(session, actor, account, "account:connected", facts, now)
    return account


def fail(
    session: Session,
    actor: Person,
    connection_id: int,
    why: Failed,
    now: datetime,
    app_key: str = "",
) -> Account:
    """Write down why an account wasn't connected. It stays as it was. Where another press of the
    same choice has connected it meanwhile, nothing has failed.

    Args:
        app_key: as what we asked; a Mastodon server that doesn't know it any more gives another.
    """
    row = _row(session, connection_id)
    account = look_up(session, row.account_id)
    if row.outcome == CONNECTED:
        return account
    row.outcome, row.sealed = why.fault.value, None
    row.names, row.detail = [clean_text(one) for one in why.names], clean_text(why.detail)
    facts = {"why": why.fault.value, "names": row.names, "detail": row.detail}
    say(session, actor, account, "account:connecting:failed", facts, now)
    if why.fault is Fault.APP and not flow(row.kind).app:
        apps.forget(session, app_key)
    return account


def failed_last(session: Session, account: Account, now: datetime) -> str:
    """Why the newest attempt, of the last hour, came to nothing, in a sentence; "" if it didn't."""
    query = select(AccountConnection).where(AccountConnection.account_id == account.id)
    newest = session.scalars(query.order_by(AccountConnection.id.desc()).limit(1)).one_or_none()
    if newest is None or now - newest.made_at > SHOWN:
        return ""
    if newest.outcome in ("", CHOOSING, CONNECTED):
        return ""
    platform = platform_name(account.platform)
    return sentence(newest.outcome, platform, newest.names, account.handle)


def app_is_there(session: Session, kind: str) -> bool:
    """Has somebody entered the app that this kind takes, or does it take none?"""
    key = flow(kind).app
    return not key or any(one.key == key and one.client_id for one in apps.listed(session))


def forget(session: Session, now: datetime) -> None:
    """What attempts that are over would have needed; keys that nobody has chosen among them."""
    session.execute(
        update(AccountConnection)
        .where(AccountConnection.ends_at <= now, AccountConnection.sealed.is_not(None))
        .values(sealed=None)
    )


def _with_old_renewal(session: Session, account: Account, secret: dict[str, str]) -> dict[str, str]:
    """A platform that gives no new refresh token hasn't taken the old one back (lesson 21)."""
    if secret.get("refresh_token"):
        return secret
    try:
        old = sealing.unseal(account.secret)
    except sealing.KeyTrouble:
        return secret
    kept = session.get(AccountRenewal, account.id)
    alive = kept is None or kept.dead_at is None
    if (
        alive
        and old.get("refresh_token")
        and old.get("client_secret") == secret.get("client_secret")
    ):
        names = ("refresh_token", "refresh_expires_at")
        return secret | {name: old[name] for name in names if name in old}
    return secret


def _row(session: Session, connection_id: int) -> AccountConnection:
    row = session.get(
        AccountConnection, connection_id, with_for_update=True, populate_existing=True
    )
    if row is None:
        raise NotFound(_("Anslutningen finns inte. Börja om på kontots inställningar."))
    return row


def _stored(found: Found) -> dict[str, Any]:
    return {
        "settings": dict(found.settings),
        "called": found.called,
        "secret": dict(found.secret),
        "more": dict(found.more),
    }


def _digest(state: str) -> bytes:
    return hashlib.sha256(state.encode(errors="replace")).digest()
