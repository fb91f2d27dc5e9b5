"""What the pages show of a list. Addresses come masked, and citizens as numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console import listing, phrases, sealing
from console.accounts.models import Account
from console.listing import Part
from console.recipients import operations, rules
from console.recipients.marks import mark
from console.recipients.models import Recipient
from console.recipients.rules import KIND_LABELS, Kind, State
from console.recipients.sending import counts


@dataclass(frozen=True)
class Row:
    id: int
    kind: str
    name: str
    address: str
    """Masked, unless it was asked for."""
    why: str
    added_at: datetime
    added_by: str
    removed: bool


@dataclass(frozen=True)
class Shown:
    """A list as its keepers see it."""

    named: Part[Row]
    of_settings: tuple[str, ...]
    """Masked addresses that stand in the account's settings."""
    citizens: int
    waiting: int
    left: int
    lapsed: int
    open: bool


def shown(
    session: Session, account: Account, page: int, whole: dict[int, str] | None = None
) -> Shown:
    """
    Args:
        whole: row → address, for those whose addresses somebody has asked to read.
    """
    query = (
        select(Recipient)
        .where(Recipient.account_id == account.id, Recipient.kind.in_(rules.NAMED))
        .order_by(Recipient.state, Recipient.kind, func.lower(Recipient.name), Recipient.id)
    )
    part = listing.part(session, query, page)
    numbers = dict(
        session.execute(
            select(Recipient.state, func.count())
            .where(Recipient.account_id == account.id, Recipient.kind == Kind.CITIZEN)
            .group_by(Recipient.state)
        ).all()
    )
    kept = operations.of_account(session, account.id)
    return Shown(
        named=Part(
            [_row(one, whole or {}) for one in part.rows], part.total, part.page, part.pages
        ),
        of_settings=tuple(map(phrases.masked, _of_settings(account))),
        citizens=numbers.get(State.ON, 0),
        waiting=numbers.get(State.WAITING, 0),
        left=kept.left if kept else 0,
        lapsed=kept.lapsed if kept else 0,
        open=kept is not None and kept.open,
    )


def _row(row: Recipient, whole: dict[int, str]) -> Row:
    try:
        address = whole.get(row.id) or phrases.masked(operations.address(row))
    except (sealing.KeyTrouble, KeyError):
        address = "–"
    return Row(
        row.id,
        str(KIND_LABELS[Kind(row.kind)]),
        row.name,
        address,
        row.why,
        row.added_at,
        row.added_by.name if row.added_by else "",
        row.state == State.REMOVED,
    )


def reach(session: Session, accounts: list[Account]) -> dict[int, str]:
    """E-mail or SMS account → whom its next post goes to, in words: how many of each kind."""
    mine = [one for one in accounts if one.kind in rules.CHANNELS]
    found = counts(session, [one.id for one in mine])
    said = {}
    for account in mine:
        of_kind = found.get(account.id, {})
        partners, staff = of_kind.get(Kind.PARTNER, 0), of_kind.get(Kind.STAFF, 0)
        citizens, others = of_kind.get(Kind.CITIZEN, 0), _others(session, account, bool(of_kind))
        words = [
            _("%(n)s samverkande", n=partners) if partners else "",
            _("%(n)s personal", n=staff) if staff else "",
            _("%(n)s i inställningarna", n=others) if others else "",
            _("%(n)s invånare", n=citizens) if citizens else "",
        ]
        said[account.id] = ", ".join(filter(None, words)) or str(_("ingen"))
    return said


def _others(session: Session, account: Account, listed: bool) -> int:
    """How many of the settings' own aren't on the list too."""
    addresses = {address.lower() for address in _of_settings(account)}
    if not listed or not addresses:
        return len(addresses)
    marks = [mark(session, address) for address in addresses]
    twice = select(func.count()).where(
        Recipient.account_id == account.id,
        Recipient.state == State.ON,
        Recipient.mark_digest.in_(marks),
    )
    return len(addresses) - session.scalars(twice).one()


def _of_settings(account: Account) -> list[str]:
    value = account.settings.get("recipients", [])
    return [str(one) for one in value] if isinstance(value, list) else []
