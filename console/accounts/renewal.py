"""Keys that die are renewed before: when, by whom, and what came of it.

No person acts here; the worker asks the platforms (`workers.renewing`). One worker at a time holds
an account's key, by a claim that runs out. What is stored is only ever replaced by what was made
from it: a key that a person has put in its place meanwhile stays, and an answer that came late, to
a worker that stood still, is still taken as long as nothing newer is there (lesson 21).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from channels import registry
from channels.connecting import RENEWERS, flow, renewer
from channels.failures import Reason
from console import sealing
from console.accounts import apps, telling
from console.accounts.connecting_models import AccountRenewal
from console.accounts.models import Account
from console.accounts.operations import held, say
from console.accounts.readiness_models import AccountReadiness
from console.accounts.rules import IN_USE, platform_name
from console.timeline.rules import clean_text

LEASE = timedelta(seconds=60)
"""Longer than any asking takes (`channels.http.Client.total`)."""
AGAIN = timedelta(minutes=2)
"""After an asking that gave no key."""
REFUSED = timedelta(hours=1)
"""After one that was refused for a reason that isn't the key's."""
LOOK = timedelta(days=1)
"""Between two looks at a key that can't be renewed."""
JUST_NOW = timedelta(minutes=5)
"""A key renewed within this time isn't renewed again because a platform won't have it."""
_APPS = frozenset({"client_id", "client_secret"})


@dataclass(frozen=True, slots=True)
class Claimed:
    """A key that is the claimer's to renew."""

    account_id: int
    kind: str
    settings: Mapping[str, Any]
    secret: Mapping[str, Any] = field(repr=False)
    token: uuid.UUID


@dataclass(frozen=True, slots=True)
class Newer:
    """Somebody else has put another key in its place."""

    secret: dict[str, Any] = field(repr=False)


class Wait:
    """Somebody else is renewing it."""


def due(session: Session, now: datetime) -> bool:
    """Is there a key to look at now?"""
    return bool(session.scalar(text(f"SELECT EXISTS (SELECT 1 FROM {_DUE})"), _asked(now)))


def claim(session: Session, most: int, now: datetime) -> tuple[list[Claimed], int]:
    """Keys to renew now, and how many rows were looked at (at most `most`). Rows that others hold
    are passed over. What needn't be renewed yet is put off until it does."""
    ids = session.scalars(
        text(f"SELECT a.id FROM {_DUE} ORDER BY a.id LIMIT :most"), {**_asked(now), "most": most}
    ).all()
    if not ids:
        return [], 0
    _need_rows(session, ids, now)
    rows = session.scalars(
        select(AccountRenewal)
        .where(
            AccountRenewal.account_id.in_(ids),
            AccountRenewal.dead_at.is_(None),
            AccountRenewal.next_at <= now,
            (AccountRenewal.lease_until.is_(None)) | (AccountRenewal.lease_until <= now),
        )
        .order_by(AccountRenewal.account_id)
        .with_for_update(skip_locked=True)
    ).all()
    claimed = []
    for row in rows:
        account = session.get_one(Account, row.account_id, populate_existing=True)
        try:
            secret = sealing.unseal(account.secret)
        except sealing.KeyTrouble as error:
            row.next_at, row.detail = now + REFUSED, str(error)
            continue
        at = _plan(row, account.kind, secret, now)
        if at is not None and at <= now:
            claimed.append(_take(session, row, account, secret, now))
    return claimed, len(rows)


def arrived(session: Session, account: Account, secret: Mapping[str, Any], now: datetime) -> None:
    """A key has just come from the platform: plan its renewal.

    Args:
        account: held by the caller.
    """
    if account.kind in RENEWERS:
        _need_rows(session, [account.id], now)
        row = session.get_one(
            AccountRenewal, account.id, with_for_update=True, populate_existing=True
        )
        row.seen_at, row.failing_since, row.dead_at, row.detail = now, None, None, ""
        _plan(row, account.kind, secret, now)


def claim_one(
    session: Session, account_id: int, used: Mapping[str, Any], now: datetime
) -> Claimed | Newer | Wait | None:
    """The key of an account whose platform has just refused `used`, or soon will. None: it can't
    be renewed, or has just been, and is refused all the same.

    Raises:
        KeyTrouble: the stored key can't be opened.
    """
    _need_rows(session, [account_id], now)
    row = session.get_one(AccountRenewal, account_id, with_for_update=True, populate_existing=True)
    account = session.get_one(Account, account_id, populate_existing=True)
    secret = sealing.unseal(account.secret)
    if secret and secret != used:
        return Newer(secret)
    if row.dead_at is not None or account.kind not in RENEWERS:
        return None
    if row.lease_until is not None and row.lease_until > now:
        return Wait()
    if row.renewed_at is not None and now - row.renewed_at < JUST_NOW:
        return None
    if renewer(account.kind).at(secret, row.seen_at.timestamp()) is None:
        return None
    return _take(session, row, account, secret, now)


def store(
    session: Session, claimed: Claimed, fresh: Mapping[str, str], now: datetime
) -> dict[str, Any] | None:
    """Put the new key in the place of the one that it was made from; returns the stored secret.
    None: another is there by now, and stays.

    Raises:
        BadSettings: what came can't be a key; what is stored stays.
    """
    account, row = _hold(session, claimed)
    current = sealing.unseal(account.secret)
    if account.kind != claimed.kind or not _same(current, claimed.secret):
        _let_go(row, claimed)
        return None
    secret = current | {n: v for n, v in fresh.items() if v and v.strip() and n not in _APPS}
    if claimed.secret.get("client_secret"):
        secret["client_secret"] = claimed.secret["client_secret"]  # it has just worked
    if "expires_at" not in fresh:
        secret.pop("expires_at", None)
    registry.load(account.kind).parse(account.settings, secret)
    account.secret = sealing.seal(secret)
    row.claim = row.lease_until = row.failing_since = row.dead_at = None
    row.detail, row.renewed_at, row.seen_at = "", now, now
    _plan(row, account.kind, secret, now)
    # However short the new key's life: nobody is asked again and again.
    row.next_at = max(row.next_at, now + 2 * JUST_NOW)
    dies = _moment(secret.get("expires_at"))
    ready = update(AccountReadiness).where(AccountReadiness.account_id == account.id)
    session.execute(ready.values(expires_at=dies))
    session.execute(
        ready.where(AccountReadiness.reason == Reason.CREDENTIALS).values(next_at=now, reason="")
    )
    facts = {"expires_at": dies.isoformat() if dies else None}
    say(session, None, account, "account:key:renewed", facts, now)
    return secret


def later(session: Session, claimed: Claimed, wait: timedelta, detail: str, now: datetime) -> None:
    """No new key came, and nobody said that the old one is dead: try again after a while."""
    _account, row = _hold(session, claimed)
    _let_go(row, claimed)
    row.next_at = now + wait
    row.failing_since = row.failing_since or now
    row.detail = clean_text(detail)


def bury(session: Session, claimed: Claimed, detail: str, now: datetime, *, mail: bool) -> bool:
    """The platform says that the key can't be renewed: the account must be connected anew, and who
    looks after it is told. False: another key is there by now."""
    account, row = _hold(session, claimed)
    _let_go(row, claimed)
    if account.kind != claimed.kind or not _same(sealing.unseal(account.secret), claimed.secret):
        return False
    if row.dead_at is not None:
        return True
    row.dead_at, row.detail = now, clean_text(detail)
    say(session, None, account, "account:key:dead", {"detail": row.detail}, now)
    platform = platform_name(account.platform)
    telling.tell(
        session,
        account,
        f"key {account.id} {now.isoformat()}",
        telling.concerned(session, account),
        now,
        subject=f"Anslut kontot på nytt: {account.name}",
        text=f"{platform} förnyar inte nyckeln till {account.name}. Snart går inget inlägg ut "
        "därifrån. Anslut kontot på nytt. Gör det nu, så att det fungerar i en kris.",
        path=f"/accounts/{account.id}",
        mail=mail,
        actor_id=None,
    )
    return True


def _plan(
    row: AccountRenewal, kind: str, secret: Mapping[str, Any], now: datetime
) -> datetime | None:
    """When the key is to be renewed, written down; None: it can't be."""
    found = renewer(kind).at(secret, row.seen_at.timestamp()) if kind in RENEWERS else None
    row.renews = found is not None
    at = None if found is None else datetime.fromtimestamp(found, UTC)
    row.next_at = now + LOOK if at is None else at
    return at


def _take(
    session: Session,
    row: AccountRenewal,
    account: Account,
    secret: Mapping[str, Any],
    now: datetime,
) -> Claimed:
    """With the app's secret as it is now: somebody may have got another at the platform since."""
    token = uuid.uuid4()
    row.claim, row.lease_until, row.next_at = token, now + LEASE, now + AGAIN
    try:
        app = apps.app(session, flow(account.kind).app)
    except sealing.KeyTrouble:
        app = None
    client_id = secret.get("client_id") or account.settings.get("client_id")
    if app is not None and app.client_secret and app.client_id == client_id:
        secret = {**secret, "client_secret": app.client_secret}
    return Claimed(account.id, account.kind, account.settings, secret, token)


def _hold(session: Session, claimed: Claimed) -> tuple[Account, AccountRenewal]:
    """Account before row, as everybody who changes settings does."""
    account = held(session, claimed.account_id)
    row = session.get_one(
        AccountRenewal, claimed.account_id, with_for_update=True, populate_existing=True
    )
    return account, row


def _let_go(row: AccountRenewal, claimed: Claimed) -> None:
    if row.claim == claimed.token:
        row.claim = row.lease_until = None


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Are they the same key, whatever else has changed?"""
    names = ("access_token", "refresh_token", "token")
    return bool(one) and all(one.get(name) == other.get(name) for name in names)


def _need_rows(session: Session, ids: Any, now: datetime) -> None:
    put = insert(AccountRenewal).values(
        [{"account_id": one, "seen_at": now, "next_at": now} for one in ids]
    )
    session.execute(put.on_conflict_do_nothing())


def _moment(seconds: object) -> datetime | None:
    found = str(seconds or "")
    return datetime.fromtimestamp(float(found), UTC) if found.isdecimal() else None


_DUE = """
    accounts a LEFT JOIN account_renewals r ON r.account_id = a.id
    WHERE a.state = ANY(:states) AND a.kind = ANY(:kinds) AND a.secret IS NOT NULL
      AND (r.account_id IS NULL OR (
        r.dead_at IS NULL AND r.next_at <= :now
        AND (r.lease_until IS NULL OR r.lease_until <= :now)))
"""


def _asked(now: datetime) -> dict[str, object]:
    return {"states": sorted(IN_USE), "kinds": sorted(RENEWERS), "now": now}
