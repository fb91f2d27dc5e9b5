"""What the start page says of action plans: to sign, to write, to answer, and those that lack marks
(3.2-b)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from console.accounts import oversight, plan_queries, plan_rules, queries
from console.accounts.oversight import SIGN_WITHIN
from console.accounts.plan_models import PlanVersion
from console.accounts.plan_shown import why_void
from console.accounts.rules import platform_name
from console.board import own
from console.board.start_model import Deviating, Deviation, Waiting, numbered
from console.parts import Verb
from console.people.labels import role_label
from console.people.models import Person
from console.people.rules import Permission, may
from console.policy.values import DECISION, Step


def waiting(session: Session, person: Person, now: datetime) -> list[Waiting]:
    """Plans to sign and to consult on, signatures that fell, plans to write, questions."""
    found: list[Waiting] = []
    if may(person.roles, Permission.SIGN_PLAN):
        found += [_to_sign(*one) for one in plan_queries.waiting_for(session, person)]
    for version in plan_queries.voided_for(session, person):
        found.append(
            Waiting(
                _("Se varför underskrifterna föll"),
                _("för %(name)s. %(why)s", name=version.account.name, why=why_void(version)),
                url_for("plans.show", account_id=version.account_id),
                since=version.voided_at,
            )
        )
    for account in plan_queries.begun_by(session, person.id):
        row = account.id
        if account.checklist_at is None:
            verb, url = _("Svara på checklistan"), url_for("plans.checklist_page", account_id=row)
        else:
            verb, url = _("Skriv planen färdigt"), url_for("plans.edit_page", account_id=row)
        rest = _("för %(name)s", name=account.name)
        found.append(Waiting(verb, rest, url, since=account.since))
    mine = own.accounts(session, person)
    among = queries.ids_administered(person.id)
    for account in oversight.without_plan(session, among) if mine else ():
        rest = _("för %(name)s på %(platform)s", name=account.name,
                 platform=platform_name(account.platform))  # fmt: skip
        found.append(
            Waiting(_("Skriv en plan"), rest, url_for("plans.show", account_id=account.id))
        )
    if may(person.roles, Permission.EDIT_ACCOUNTS):
        for row in plan_queries.unanswered(session):
            rest = _("om %(name)s", name=row.account.name)
            url = url_for("plans.show", account_id=row.account_id)
            found.append(Waiting(_("Svara på frågan"), rest, url, since=row.proposed_at))
    return found


def deviations(session: Session, now: datetime) -> list[Deviating]:
    """Plans that have waited too long for a mark, and accounts in use without a plan (3.2-b)."""
    chain = plan_queries.chain(session)

    def waits(one: Any, version: PlanVersion) -> Deviation:
        given = {mark.role: mark.kind for mark in version.marks}
        days = (now - version.submitted_at).days
        return Deviation(
            key=f"account-{one.id}",
            state="refused",
            what=_missing(session, plan_rules.outstanding(chain, given)),
            account=one.name,
            platform=platform_name(one.platform),
            since=ngettext("%(num)d dag", "%(num)d dagar", days),
            verb=Verb(_("Visa planen"), url_for("plans.show", account_id=one.id)),
        )

    def versions(accounts: Sequence[Any]) -> dict[int, PlanVersion]:
        return oversight.waiting_plans(session, [one.id for one in accounts])

    late = numbered(oversight.waiting_long(session, now))
    return [
        Deviating(late, waits, urgent=True, read=versions),
        Deviating(numbered(own.in_use(session).without_plan), _lacks_plan),
    ]


def _lacks_plan(account: Any, _known: None) -> Deviation:
    return Deviation(
        key=f"account-{account.id}",
        state="by_hand",
        what=_("Handlingsplan saknas"),
        account=account.name,
        platform=platform_name(account.platform),
        since="",
        verb=Verb(_("Visa planen"), url_for("plans.show", account_id=account.id)),
    )


def _to_sign(version: PlanVersion, step: Step) -> Waiting:
    return Waiting(
        _("Skriv under planen") if step.kind == DECISION else _("Lämna samråd om planen"),
        _("för %(name)s", name=version.account.name),
        url_for("plans.sign_page", account_id=version.account_id),
        due=version.submitted_at + SIGN_WITHIN,
    )


def _missing(session: Session, left: tuple[Step, ...]) -> str:
    if len(left) == 1:
        role = role_label(session, left[0].role)
        if left[0].kind == DECISION:
            return _("%(role)s har inte skrivit under", role=role)
        return _("%(role)s har inte lämnat samråd", role=role)
    return ngettext("%(num)d underskrift saknas", "%(num)d underskrifter saknas", len(left))
