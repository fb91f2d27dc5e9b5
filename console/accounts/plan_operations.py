"""From a start notice to a plan that waits for its marks (2.1-b, 6-b, 3.1, 3.2, B1).

Who may write is `plan_queries.may_write`, asked here. What stands in a plan is in its rows; the
timeline holds its hash, which fields changed, and every state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from channels.platforms import PLATFORMS
from console import live
from console.accounts import operations, plan_queries, plan_rules, platform_queries
from console.accounts.administrators import Administrators
from console.accounts.entries import NamedPerson, parse
from console.accounts.models import Account
from console.accounts.plan_models import AccountPlan, PlanVersion
from console.accounts.plan_queries import Plan
from console.accounts.plan_rules import Content, Named
from console.accounts.rules import BEFORE_USE, STATE_LABELS, Need, State
from console.approvals.operations import withdraw
from console.errors import Faults, NotAllowed, Stale, WrongState
from console.people.models import Person
from console.people.rules import Permission, may
from console.policy.queries import current
from console.timeline.operations import record

SUBJECT = "plan_version"
"""What approvals call a frozen plan."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A start notice: what somebody wants to begin with."""

    name: str
    platform: str
    handle: str
    operation: str
    committee: str
    address: str = ""
    public: bool = True
    inquiry: str = ""
    """A question to the strategy department, to be answered before one begins (6-b)."""


def propose(session: Session, actor: Person, proposal: Proposal, now: datetime) -> Account:
    """Give notice of an account that isn't there yet (2.1-b).

    Raises:
        Faults: by field; the account is in the register already, for one.
    """
    missing = {
        name: _("Fältet saknas.")
        for name in ("operation", "committee")
        if not getattr(proposal, name).strip()
    }
    if len(proposal.inquiry) > plan_rules.LONGEST_TEXT:
        missing["inquiry"] = _("Skriv högst %(n)s tecken.", n=plan_rules.LONGEST_TEXT)
    raw = {
        name: getattr(proposal, name)
        for name in ("name", "platform", "handle", "operation", "committee", "address", "public")
    }
    try:
        added = platform_queries.added(session)
        entry = parse({**raw, "state": State.NOTIFIED.value}, added)
    except Faults as error:
        raise Faults({**error.faults, **missing}) from None
    if missing:
        raise Faults(missing)
    account = operations.add_account(session, actor, entry, now)
    inquiry = proposal.inquiry.strip()
    session.add(
        AccountPlan(
            account_id=account.id, proposed_by_id=actor.id, proposed_at=now, inquiry=inquiry
        )
    )
    session.flush()
    note(
        session, actor, account, "account:notice:given", {"asks": bool(inquiry)}, now,
        {"inquiry": inquiry} if inquiry else {},
    )  # fmt: skip
    return account


def answer_inquiry(
    session: Session, actor: Person, account_id: int, fits: bool | None, answer: str, now: datetime
) -> AccountPlan:
    """The strategy department's answer: does the account fit, and what can it join? (6-b)

    Raises:
        NotAllowed; NotFound.
        WrongState: nothing was asked, or it is answered.
        Faults: `fits`, `answer`.
    """
    if not may(actor.roles, Permission.EDIT_ACCOUNTS):
        raise NotAllowed(_("Bara strategiavdelningen svarar på förfrågningar."))
    account = operations.held(session, account_id)
    row = session.get(AccountPlan, account_id)
    if row is None or not row.inquiry or row.inquiry_answered_at is not None:
        raise WrongState(_("Det finns ingen fråga som väntar på svar."))
    faults = {}
    if fits is None:
        faults["fits"] = _("Svara ja eller nej.")
    if not answer.strip() or len(answer) > plan_rules.LONGEST_TEXT:
        faults["answer"] = _("Skriv ett svar på högst %(n)s tecken.", n=plan_rules.LONGEST_TEXT)
    if faults:
        raise Faults(faults)
    row.inquiry_fits, row.inquiry_answer = fits, answer.strip()
    row.inquiry_answered_at, row.inquiry_answered_by_id = now, actor.id
    facts = {"fits": fits}
    note(session, actor, account, "account:inquiry:answered", facts, now, {"answer": answer})
    return row


def save_checklist(
    session: Session,
    actor: Person,
    account_id: int,
    answers: Mapping[str, Mapping[str, str]],
    now: datetime,
) -> dict[str, str]:
    """Keep the answers to the eleven questions; the last one opens the plan (3.2-a).

    Returns:
        What is still missing, question → sentence; {}: it is complete.

    Raises:
        NotAllowed; NotFound.
        WrongState: the checklist is complete already, or the account has ended.
    """
    plan = _writing(session, actor, account_id)
    row = _row(session, plan)
    if row.checklist_at is not None:
        raise WrongState(_("Checklistan är redan klar."))
    kept = {
        key: {
            "answer": str(given.get("answer", ""))[:3],
            "note": str(given.get("note", "")).strip()[: plan_rules.LONGEST_TEXT],
        }
        for key, given in answers.items()
        if key in plan_rules.CHECKLIST
    }
    row.checklist = kept
    missing = plan_rules.checklist_faults(kept)
    if missing:
        return missing
    row.checklist_at = now
    said = {key: given["answer"] for key, given in kept.items()}
    note(session, actor, plan.account, "account:checklist:completed", {"answers": said}, now)
    if plan.account.state == State.NOTIFIED:
        operations.follow(session, actor, plan.account, State.PLANNING, now, {Need.CHECKLIST}, {})
    return {}


def save_plan(
    session: Session, actor: Person, account_id: int, content: Content, seen: int, now: datetime
) -> AccountPlan:
    """Keep the plan as it is written so far. Any change of one that waits for marks, or that is
    signed but not in use, voids them, and says which fields changed (3.2-b). An account in use
    stays so, on the plan that was signed, until the new one is.

    Args:
        content: `medium` is the register's; of an account in use so are the administrators, who
            change by pledge and not by new marks.
        seen: `AccountPlan.edits` when the writer began.

    Raises:
        NotAllowed; NotFound.
        WrongState: the checklist isn't complete, or the account has ended.
        Stale: somebody saved in between.
        Faults: what can't be kept at all.
    """
    plan = _writing(session, actor, account_id)
    row = _row(session, plan)
    if row.checklist_at is None:
        raise WrongState(_("Svara på checklistan först."))
    if row.edits != seen:
        raise Stale(_("Någon annan har sparat planen. Läs den igen innan du ändrar."))
    content = _as_registered(plan.account, content)
    faults = plan_rules.text_faults(content)
    offered = {one.key for one in plan_queries.offered_purposes(session, plan.content)}
    if not set(content.purposes) <= offered:
        faults["purposes"] = _("Välj bland syftena i listan.")
    if faults:
        raise Faults(faults)
    changed = plan_rules.changed(plan.content, content)
    if not changed:
        return row
    row.content = plan_rules.to_json(content)
    row.edits += 1
    row.saved_at = now
    row.hands = [*row.hands, *(() if actor.id in row.hands else (actor.id,))]
    note(session, actor, plan.account, "account:plan:saved", {"changed": changed}, now)
    frozen = plan.waiting or (plan.in_force if plan.account.state in BEFORE_USE else None)
    if frozen is not None:
        void(session, actor, plan.account, frozen, now, changes=changed)
    return row


def submit_plan(session: Session, actor: Person, account_id: int, now: datetime) -> PlanVersion:
    """Freeze the plan, so that the marks can be given on its one hash.

    Raises:
        NotAllowed; NotFound.
        WrongState: the checklist isn't complete, this text is frozen already, or the account has
            ended.
        Faults: what is missing, by field of `plan_rules.Content` (B1-a … B1-h, 3-a).
    """
    plan = _writing(session, actor, account_id)
    row = _row(session, plan)
    if row.checklist_at is None:
        raise WrongState(_("Svara på checklistan först."))
    profile = current(session)
    content = _as_registered(plan.account, plan.content)
    faults = plan_rules.faults(
        content, profile.min_admins, profile.max_admins, profile.municipality
    )
    people = Administrators(session, actor, now)
    if fault := people.fault_in(as_people(content.administrators)):
        faults.setdefault("administrators", fault)
    if faults:
        raise Faults(faults)
    text, content_hash = plan_rules.frozen(content, account_id, profile.plan_form, profile.key)
    standing = plan.waiting or plan.in_force
    if standing is not None and standing.content_hash == content_hash:
        raise WrongState(_("Planen är redan skickad. Ändra något först."))
    if plan.waiting is not None:
        void(session, actor, plan.account, plan.waiting, now)
        row.hands = sorted({*row.hands, *plan.waiting.hands})
    version = PlanVersion(
        account_id=account_id,
        number=1 + (plan.latest.number if plan.latest else 0),
        canonical=text,
        content_hash=content_hash,
        content=plan_rules.to_json(content),
        form=profile.plan_form,
        policy=profile.key,
        hands=sorted({*row.hands, actor.id}),
        submitted_at=now,
        submitted_by_id=actor.id,
    )
    session.add(version)
    session.flush()
    facts = {"version": version.number, "hash": content_hash, "form": version.form}
    if plan.account.state == State.PLANNING:
        settled = {Need.CHECKLIST, Need.PLAN}
        operations.follow(session, actor, plan.account, State.SIGNING, now, settled, facts)
    else:
        note(session, actor, plan.account, "account:plan:renewed", facts, now)
    return version


def void(
    session: Session,
    actor: Person | None,
    account: Account,
    version: PlanVersion,
    now: datetime,
    *,
    reason: str = "",
    changes: Sequence[str] = (),
) -> None:
    """Take the marks' force away; an account that isn't in use goes back to its plan.

    Args:
        reason: in somebody's own words, or
        changes: the fields that an edit changed.
    """
    take_force(session, actor, account, version, now, reason=reason, changes=changes)
    if account.state in (State.SIGNING, State.CUSTODY):
        why = {"reason": reason, "changed": changes}
        operations.follow(session, actor, account, State.PLANNING, now, {Need.REASON}, why)


def take_force(
    session: Session,
    actor: Person | None,
    account: Account,
    version: PlanVersion,
    now: datetime,
    *,
    reason: str = "",
    changes: Sequence[str] = (),
) -> None:
    """As `void`, and the account stays in its state."""
    version.voided_at, version.voided_by_id = now, actor.id if actor else None
    version.voided_reason, version.voided_changes = reason, list(changes)
    withdraw(session, SUBJECT, version.id, reason or ", ".join(changes), now)
    facts = {
        "version": version.number,
        "marks": len(version.marks),
        "reason": reason,
        "changed": changes,
    }
    note(session, actor, account, "account:plan:voided", facts, now)


def as_people(named: tuple[Named, ...]) -> tuple[NamedPerson, ...]:
    return tuple(NamedPerson(email=o.email, name=o.name, phone=o.phone) for o in named)


def note(
    session: Session,
    actor: Person | None,
    account: Account,
    tag: str,
    facts: Mapping[str, Any],
    now: datetime,
    personal: Mapping[str, str] | None = None,
) -> None:
    """Say on the timeline what happened to the account's plan."""
    body = {"account": account.id, **facts}
    person_id = actor.id if actor else None
    record(session, tag, body=body, now=now, person_id=person_id, personal=personal)
    live.announce(session, live.CALM)


def _writing(session: Session, actor: Person, account_id: int) -> Plan:
    """The plan, its account held, for somebody who may write it."""
    operations.held(session, account_id)
    plan = plan_queries.plan(session, account_id)
    if not plan_queries.may_write(session, actor, plan):
        raise NotAllowed(
            _("Bara den som föreslog kontot, dess administratörer och chef skriver planen.")
        )
    if plan.account.state == State.ENDED:
        ended = str(STATE_LABELS[State.ENDED]).lower()
        raise WrongState(_("%(name)s är %(state)s.", name=plan.account.short_name, state=ended))
    return plan


def _row(session: Session, plan: Plan) -> AccountPlan:
    if plan.row is not None:
        return plan.row
    row = AccountPlan(account_id=plan.account.id, checklist={}, content={}, edits=0, hands=[])
    session.add(row)
    session.flush()
    return row


def _as_registered(account: Account, content: Content) -> Content:
    """With what the register says, where the register decides."""
    name = PLATFORMS[account.platform].name
    content = replace(content, medium=f"{name}, {account.handle}")
    if account.state in BEFORE_USE:
        return content
    people = (row.person for row in account.administrators)
    return replace(
        content,
        administrators=tuple(Named(one.name, one.email, one.phone) for one in people),
    )
