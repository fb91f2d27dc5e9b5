"""What an account is called, where it is and whose it is; and what that does to its plan."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console.accounts import operations, plan_operations, plan_queries, rules
from console.accounts.models import Account
from console.accounts.plan_models import AccountPlan
from console.accounts.rules import BEFORE_USE
from console.errors import BadInput
from console.people.models import Person


@dataclass(frozen=True, kw_only=True, slots=True)
class Description:
    """What people call an account, and whose it is; see `models.Account`."""

    name: str
    short_name: str
    address: str
    operation: str
    committee: str


def describe(
    session: Session, actor: Person | None, account_id: int, new: Description, now: datetime
) -> Account:
    """Say anew what an account is called, where it is and whose it is. Marks on a plan of it that
    waits for more, or that is signed but not in use, are void: they were given on other words.

    Raises:
        NotFound: no such account.
        BadInput: it has no name, or a short one that boards have no room for.
    """
    account = operations.held(session, account_id)
    if not new.name or not new.short_name:
        raise BadInput(_("Fältet saknas."), "name" if not new.name else "short_name")
    if len(new.short_name) > rules.SHORT_NAME:
        raise BadInput(_("Högst %(most)d tecken.", most=rules.SHORT_NAME), "short_name")
    facts = {
        name: {"from": getattr(account, name), "to": value}
        for name, value in asdict(new).items()
        if getattr(account, name) != value
    }
    for name, change in facts.items():
        setattr(account, name, change["to"])
    if facts:
        operations.say(session, actor, account, "account:described", facts, now)
        _void_plan(session, actor, account, facts, now)
    return account


ON_THE_PLAN = ("name", "address", "operation", "committee")
"""What the plan says too, in its head or its fields."""


def _void_plan(
    session: Session,
    actor: Person | None,
    account: Account,
    changed: Collection[str],
    now: datetime,
) -> None:
    row = session.get(AccountPlan, account.id)
    if row is not None and "address" in changed and row.content:
        # Else the next version would bring the old one back (B1-b).
        row.content = {**row.content, "address": account.address}
        row.edits += 1
    plan = plan_queries.plan(session, account.id)
    frozen = plan.waiting or (plan.in_force if account.state in BEFORE_USE else None)
    if frozen is None or not set(changed) & set(ON_THE_PLAN):
        return
    with force_locale("sv"):  # a reason is kept as it is written
        labels = {
            "name": _("namn"),
            "address": _("webbadress"),
            "operation": _("verksamhet"),
            "committee": _("nämnd"),
        }
        fields = ", ".join(labels[name] for name in ON_THE_PLAN if name in changed)
        reason = _("Uppgifterna i registret är ändrade: %(fields)s.", fields=fields)
    plan_operations.void(session, actor, account, frozen, now, reason=reason)
