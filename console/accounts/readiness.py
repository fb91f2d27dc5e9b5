"""Whether a post to each account would go out now: asking for it, keeping it, reading it.

No person acts in the asking; the worker does (`workers.probing`). What is here is told in one
sentence that names the way out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Row, and_, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from channels import registry
from channels.contract import Readiness
from channels.failures import SENTENCES, Reason
from channels.platforms import PLATFORMS
from console import phrases
from console.accounts import start_page
from console.accounts.connecting_models import AccountRenewal
from console.accounts.models import Account
from console.accounts.readiness_models import AccountReadiness
from console.accounts.readiness_rules import (
    FEW,
    SOON,
    STUCK,
    Known,
    Score,
    Trouble,
    score,
    trouble,
)
from console.accounts.rules import State
from console.accounts.start_page_models import StartPage
from console.timeline.operations import record
from console.timeline.rules import clean_text

DAILY = timedelta(hours=24)
AGAIN = timedelta(hours=1)
"""After an asking that nobody answered."""
PROBED = frozenset(registry.REGISTRY) - registry.NOT_PUBLISHED - {registry.PRETEND}
"""Kinds that a worker sends."""
PICTURED = frozenset(one.kind for one in PLATFORMS.values() if one.needs_picture)
"""Kinds without a post that has no picture."""
FETCHING = frozenset(
    one.kind for one in PLATFORMS.values() if one.pictures is not None and one.pictures.fetched
)
"""Kinds whose platform fetches pictures itself, from an address in public."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One account, as a list shows it."""

    id: int
    name: str
    platform: str
    score: Score
    trouble: Trouble
    sentence: str
    checked_at: datetime | None
    start_page: bool = False
    """It is the website, and this is about the municipality's own start page."""


def due(session: Session, now: datetime) -> bool:
    """Is any account to be asked about now?"""
    return bool(session.scalar(text(f"SELECT EXISTS ({_DUE})"), _asked(now)))


class Asked(NamedTuple):
    """An account, as much of it as asking about it takes."""

    id: int
    kind: str
    settings: dict[str, Any]
    secret: bytes | None


def claim(session: Session, most: int, now: datetime) -> list[Asked]:
    """Up to `most` accounts to ask about now. Each is put off at once: whoever is killed while
    asking only makes it later."""
    ids = session.scalars(text(f"{_DUE} LIMIT :most"), {**_asked(now), "most": most}).all()
    if not ids:
        return []
    rows = [{"account_id": one, "asked_at": now, "next_at": now + AGAIN} for one in ids]
    put = insert(AccountReadiness).values(rows)
    session.execute(
        put.on_conflict_do_update(
            index_elements=["account_id"],
            set_={"asked_at": put.excluded.asked_at, "next_at": put.excluded.next_at},
        )
    )
    found = session.execute(_ASKED.where(Account.id.in_(ids)).order_by(Account.id))
    return [Asked(*row) for row in found]


def asked_with(session: Session, account_id: int) -> Asked:
    """The account as it is now, to compare with what was asked."""
    return Asked(*session.execute(_ASKED.where(Account.id == account_id)).one())


def ask_now(session: Session, account_ids: Collection[int], now: datetime) -> None:
    """Ask about these as soon as a worker has time: an event opens, or settings have changed."""
    session.execute(
        update(AccountReadiness)
        .where(AccountReadiness.account_id.in_(account_ids))
        .values(next_at=now)
    )


def key_changed(session: Session, account_id: int, now: datetime) -> None:
    """The account has another key: look anew at when it is to be renewed, and at whether."""
    session.execute(
        update(AccountRenewal)
        .where(AccountRenewal.account_id == account_id)
        .values(seen_at=now, next_at=now, failing_since=None, dead_at=None, detail="")
    )


def arrived(session: Session, account_id: int, found: Readiness, now: datetime) -> None:
    """Write what the platform answered about a key that has just come."""
    put = insert(AccountReadiness).values(account_id=account_id, asked_at=now, next_at=now)
    session.execute(put.on_conflict_do_nothing())
    keep(session, account_id, found, now)


def keep(
    session: Session,
    account_id: int,
    found: Readiness,
    now: datetime,
    asked: Mapping[str, Any] | None = None,
) -> None:
    """Write what the platform answered.

    Args:
        asked: the account's settings that it was asked with. Unless they have changed meanwhile,
            what its server said of itself goes into them, so that texts are counted by its limit.
    """
    reason = found.reason
    learned = asked is not None and _learn(session, account_id, found.learned, asked, now)
    if learned and reason is Reason.ADDRESS:
        reason = None  # what was wrong about the server has just been put right
    dies = found.expires_at
    session.execute(
        update(AccountReadiness)
        .where(AccountReadiness.account_id == account_id)
        .values(
            answered_at=now,
            next_at=now + DAILY,
            reason=str(reason or (Reason.RIGHTS if found.missing else "")),
            detail=clean_text(found.detail or ", ".join(found.missing)),
            called=clean_text(found.account or ""),
            left=found.left,
            expires_at=None if dies is None else datetime.fromtimestamp(dies, UTC),
        )
    )


def _learn(
    session: Session,
    account_id: int,
    learned: Mapping[str, Any],
    asked: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Put what a server says of itself into the settings; whether anything was new."""
    names = sorted(name for name, value in learned.items() if asked.get(name) != value)
    if not names:
        return False
    account = session.get_one(
        Account, account_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if account.settings == asked:
        account.settings = account.settings | dict(learned)
        body = {"account": account.id, "settings": names}
        record(session, "account:learned", body=body, now=now)
        return True
    return False


def standings(session: Session, now: datetime, among: Collection[int] = ()) -> list[Standing]:
    """Active accounts, the least ready first. One query.

    Args:
        among: only these; empty: all.
    """
    r, key = AccountReadiness, AccountRenewal
    query = (
        select(
            Account.id, Account.name, Account.platform, Account.kind,
            (Account.secret.is_not(None) | (Account.settings != text("'{}'::jsonb")))
            .label("connected"),
            Account.settings["start_page"].astext.label("start_page"),
            r.reason, r.detail, r.answered_at, r.expires_at, r.left, StartPage,
            key.dead_at, key.renews, key.failing_since,
        )
        .outerjoin(r, r.account_id == Account.id)
        .outerjoin(key, key.account_id == Account.id)
        .outerjoin(StartPage, StartPage.account_id == Account.id)
        .where(Account.state == State.ACTIVE)
        .order_by(Account.position, Account.id)
    )  # fmt: skip
    if among:
        query = query.where(Account.id.in_(among))
    found = []
    for row in session.execute(query):
        if row.kind == registry.WEBSITE:
            # The console writes it itself; /healthz says how it is. What is looked at is whether
            # the municipality's own start page shows it.
            if row.StartPage is not None and row.start_page:
                found.append(_of_start_page(row, now))
            continue
        sends = row.kind in PROBED and row.connected
        reason = row.reason or (Reason.CREDENTIALS if row.dead_at else "")
        stuck = row.failing_since is not None and now - row.failing_since > STUCK
        renews = bool(row.renews) and not stuck
        known = Known(sends, reason, row.answered_at, row.expires_at, row.left, renews)
        found.append(
            Standing(
                row.id, row.name, row.platform, score(known, now), trouble(known, now),
                sentence(known, now), row.answered_at,
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: one.score)


def troubled(session: Session, now: datetime) -> list[Standing]:
    """Active accounts that fail, or soon will. Reads only what a platform has answered about."""
    r, key = AccountReadiness, AccountRenewal
    renewed = and_(key.renews.is_(True), key.failing_since.is_(None), r.expires_at > now)
    asked = (
        select(r.account_id)
        .outerjoin(key, key.account_id == r.account_id)
        .where(
            or_(
                r.reason != "",
                r.left < FEW,
                key.dead_at.is_not(None),
                and_(r.expires_at <= now + SOON, renewed.is_not(True)),
            )
        )
    )
    looked = select(StartPage.account_id).where(
        StartPage.left_told_at.is_not(None) | (StartPage.fault_since <= now - start_page.PATIENCE)
    )
    ids = session.scalars(asked.union(looked)).all()
    if not ids:
        return []
    return [one for one in standings(session, now, ids) if one.score <= Score.SOON_FAILS]


def sentence(known: Known, now: datetime) -> str:
    """What is wrong and what mends it; or that all is well."""
    worst = trouble(known, now)
    if worst is Trouble.REASON:
        given = Reason(known.reason) if known.reason in set(Reason) else Reason.TURNED_DOWN
        return _(SENTENCES[given])
    if worst is Trouble.DYING and known.expires_at is not None:
        days = max(0, (known.expires_at - now).days)
        return ngettext(
            "Nyckeln går ut om %(num)d dag. Förnya den.",
            "Nyckeln går ut om %(num)d dagar. Förnya den.",
            days,
        )
    if worst is Trouble.FEW_LEFT:
        return ngettext(
            "Plattformen tar bara %(num)d inlägg till just nu.",
            "Plattformen tar bara %(num)d inlägg till just nu.",
            known.left or 0,
        )
    if worst is Trouble.STALE and known.answered_at is not None:
        day = phrases.date_short(known.answered_at)
        return _("Plattformen har inte svarat sedan %(day)s.", day=day)
    return _PLAIN[worst]()


def _of_start_page(row: Row[Any], now: datetime) -> Standing:
    """The website's: whether its start page can be looked at, and tells of nothing that is over."""
    page: StartPage = row.StartPage
    found, said = start_page.standing(page, row.start_page, now)
    return Standing(
        row.id, row.name, row.platform, found, Trouble.NONE, said, page.answered_at, True
    )


_PLAIN = {
    Trouble.DEAD: lambda: _("Nyckeln har gått ut. Förnya den."),
    Trouble.NEVER_ASKED: lambda: _("Inte kontrollerat än. Det görs strax."),
    Trouble.HAND: lambda: _("Administratörerna publicerar för hand."),
    Trouble.NONE: lambda: _("Klart att sända till."),
}

_ASKED = select(Account.id, Account.kind, Account.settings, Account.secret)
_DUE = """
    SELECT a.id FROM accounts a LEFT JOIN account_readiness r ON r.account_id = a.id
    WHERE a.state = :state AND a.kind = ANY(:kinds)
      AND (a.secret IS NOT NULL OR a.settings <> '{}'::jsonb)
      AND (r.next_at IS NULL OR r.next_at <= :now)
    ORDER BY r.next_at NULLS FIRST, a.id
"""


def _asked(now: datetime) -> dict[str, object]:
    return {"state": State.ACTIVE, "kinds": sorted(PROBED), "now": now}
