"""Reads over action plans: what an account's page shows, and what waits for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session, defer, lazyload

from console.accounts import custody, plan_rules, queries, rules
from console.accounts.models import Account
from console.accounts.plan_models import AccountEnding, AccountPlan, PlanMark, PlanVersion
from console.accounts.plan_rules import Content
from console.errors import WrongState
from console.people.models import Person, PersonRole
from console.people.rules import Permission, Role, may
from console.policy import queries as policy
from console.policy.queries import current, plan_chain
from console.policy.values import DECISION, Choice, Step

_BARE = (
    lazyload(PlanVersion.account, Account.administrators),
    lazyload(PlanVersion.account, Account.deviations),
    lazyload(PlanVersion.submitted_by),
)
"""Of a list of versions nobody asks for these."""


@dataclass(frozen=True)
class Plan:
    """Everything about one account's plan."""

    account: Account
    row: AccountPlan | None
    content: Content
    """As it is written now."""
    versions: tuple[PlanVersion, ...]
    """Newest first."""
    chain: tuple[Step, ...]
    ending: AccountEnding | None

    @property
    def latest(self) -> PlanVersion | None:
        return self.versions[0] if self.versions else None

    @property
    def waiting(self) -> PlanVersion | None:
        """The one that can be signed now."""
        newest = self.latest
        return newest if newest and newest.signed_at is None and newest.voided_at is None else None

    @property
    def in_force(self) -> PlanVersion | None:
        """The newest that was signed and that no edit has voided."""
        return next((v for v in self.versions if v.signed_at and not v.voided_at), None)

    @property
    def report_owed(self) -> bool:
        """Has it ended without its report? (2.1-c)"""
        return self.ending is not None and not self.ending.report

    @property
    def checklist_done(self) -> bool:
        return self.row is not None and self.row.checklist_at is not None


def chain(session: Session) -> tuple[Step, ...]:
    """The marks that a plan needs now (3.2-b)."""
    return plan_chain(session)


def custody_settled(session: Session, account: Account) -> bool:
    """Is the account's login kept as it should be, or is there none to keep? (3-d, 3.2-c)

    A sealed envelope, or two verified page administrators where the platform has no login to seal.
    """
    return custody.settled(session, account)


def plan(session: Session, account_id: int) -> Plan:
    """
    Raises:
        NotFound: no such account.
    """
    account = queries.account(session, account_id)
    row = session.get(AccountPlan, account_id)
    query = select(PlanVersion).where(PlanVersion.account_id == account_id)
    return Plan(
        account=account,
        row=row,
        content=plan_rules.from_json(row.content) if row else Content(),
        versions=tuple(session.scalars(query.order_by(PlanVersion.number.desc()))),
        chain=chain(session),
        ending=session.get(AccountEnding, account_id),
    )


def may_write(session: Session, person: Person, plan: Plan) -> bool:
    """May this person write the account's plan? Who proposed it, who runs or will run the account,
    the operation's manager, and who keeps the register."""
    if may(person.roles, Permission.EDIT_ACCOUNTS) or Role.OPERATIONS_MANAGER in person.roles:
        return True
    if plan.row is not None and plan.row.proposed_by_id == person.id:
        return True
    named = {one.email.casefold() for one in plan.content.administrators}
    mine = {row.person_id for row in plan.account.administrators}
    return person.id in mine or person.email.casefold() in named


def may_end(session: Session, person: Person, plan: Plan) -> bool:
    """May this person give the account's end notice? Who may write its plan, and the information
    unit where the rules let it."""
    unit = Role.INFORMATION_UNIT in person.roles and current(session).unit_may_close
    return unit or may_write(session, person, plan)


def step_of(
    person: Person, version: PlanVersion, chain: Sequence[Step], given: Mapping[str, str]
) -> Step | None:
    """The mark that this person could give now; None if none, or they have given theirs, or it is
    their own text that is to be decided on."""
    if any(mark.person_id == person.id for mark in version.marks):
        return None
    step = plan_rules.step_for(chain, person.roles, given)
    if step is None or (step.kind == DECISION and person.id in version.hands):
        return None
    return step


def given(version: PlanVersion) -> dict[str, str]:
    """Role → kind of the mark that it has given."""
    return {mark.role: mark.kind for mark in version.marks}


def without_signers(
    session: Session, version: PlanVersion, steps: Sequence[Step]
) -> frozenset[str]:
    """Roles of the marks still missing that nobody who can log in may give: all who have the role
    are shut out, have written the text themselves, or have given another mark."""
    missing = plan_rules.outstanding(steps, given(version))
    roles = {step.role for step in missing}
    heard = {step.role for step in missing if step.kind != DECISION}
    marked = [mark.person_id for mark in version.marks]
    able = (
        select(PersonRole.role)
        .join(Person, Person.id == PersonRole.person_id)
        .where(
            Person.active,
            PersonRole.role.in_(roles),
            Person.id.not_in(marked),
            or_(PersonRole.role.in_(heard), Person.id.not_in(version.hands)),
        )
        .distinct()
    )
    return frozenset(roles - set(session.scalars(able)))


def shut_out(session: Session, content: Content) -> list[str]:
    """Names of the administrators in a plan who have a login no longer (3-a)."""
    emails = [one.email.casefold() for one in content.administrators]
    query = select(Person.name).where(func.lower(Person.email).in_(emails), ~Person.active)
    return list(session.scalars(query.order_by(Person.name_key)))


def signed_by(session: Session, version: PlanVersion) -> tuple[Step, ...]:
    """The steps whose marks stand on a signed version, in the order of the rules of that day."""
    then = policy.in_force_at(session, version.signed_at or version.submitted_at).chain
    places = {step.role: place for place, step in enumerate(then)}
    steps = [Step(mark.role, mark.kind) for mark in version.marks]
    return tuple(sorted(steps, key=lambda step: places.get(step.role, len(places))))


def offered_purposes(session: Session, content: Content) -> list[Choice]:
    """What a plan may say why an account is there: the profile's, and what the plan says already,
    which the profile may have dropped since (2.2-a)."""
    profile = current(session)
    keys = {*content.purposes, *(one.key for one in profile.purposes)}
    return policy.purposes(session, keys, profile)


def waiting(session: Session) -> list[PlanVersion]:
    """Those that wait for marks, oldest first."""
    query = select(PlanVersion).where(
        PlanVersion.signed_at.is_(None), PlanVersion.voided_at.is_(None)
    )
    text = defer(PlanVersion.canonical), defer(PlanVersion.content)
    return list(session.scalars(query.order_by(PlanVersion.id).options(*_BARE, *text)))


def waiting_for(session: Session, person: Person) -> list[tuple[PlanVersion, Step]]:
    """Plans whose next mark this person could give, oldest first."""
    steps, found = chain(session), []
    for version in waiting(session):
        step = step_of(person, version, steps, given(version))
        if step is not None:
            found.append((version, step))
    return found


def unanswered(session: Session) -> list[AccountPlan]:
    """Questions asked before a start that nobody has answered (6-b), oldest first."""
    query = (
        select(AccountPlan)
        .join(Account)
        .where(
            AccountPlan.inquiry != "",
            AccountPlan.inquiry_answered_at.is_(None),
            Account.state == rules.State.NOTIFIED,
        )
    )
    return list(session.scalars(query.order_by(AccountPlan.proposed_at)))


def in_custody(session: Session) -> Sequence[Row[Any]]:
    """Accounts whose plan is signed and that aren't in use yet, in board order: .id, .name,
    .platform, .since"""
    since = func.coalesce(Account.state_since, Account.created_at).label("since")
    query = select(Account.id, Account.name, Account.platform, since)
    query = query.where(Account.state == rules.State.CUSTODY)
    return session.execute(query.order_by(Account.position, Account.id)).all()


def begun_by(session: Session, person_id: int) -> Sequence[Row[Any]]:
    """Accounts that the person gave notice of and whose plan they haven't sent: .id, .name,
    .checklist_at, .since"""
    sent = select(PlanVersion.account_id)
    query = (
        select(
            Account.id,
            Account.name,
            AccountPlan.checklist_at,
            func.coalesce(Account.state_since, Account.created_at).label("since"),
        )
        .join(AccountPlan, AccountPlan.account_id == Account.id)
        .where(
            AccountPlan.proposed_by_id == person_id,
            Account.state.in_([rules.State.NOTIFIED, rules.State.PLANNING]),
            Account.id.not_in(sent),
        )
        .order_by(Account.position, Account.id)
    )
    return session.execute(query).all()


def voided_for(session: Session, person: Person) -> list[PlanVersion]:
    """Newest versions that lost their marks and haven't been sent for signing again, of plans that
    this person proposed, sent or has had a hand in, and of those that they had signed."""
    newest = select(func.max(PlanVersion.id)).group_by(PlanVersion.account_id)
    query = (
        select(PlanVersion)
        .join(Account)
        .where(
            PlanVersion.id.in_(newest),
            PlanVersion.voided_at.is_not(None),
            Account.state != rules.State.ENDED,
            or_(
                PlanVersion.submitted_by_id == person.id,
                PlanVersion.hands.contains([person.id]),
                PlanVersion.marks.any(PlanMark.person_id == person.id),
            ),
        )
    )
    return list(session.scalars(query.order_by(PlanVersion.id).options(*_BARE)))


def to_sign(session: Session, account_id: int, seen_hash: str) -> PlanVersion:
    """The version with this hash, if it waits for marks.

    Raises:
        NotFound: no such account.
        WrongState: nothing waits, or something else does.
    """
    waiting = plan(session, account_id).waiting
    if waiting is None or waiting.content_hash != seen_hash:
        raise WrongState(_("Planen har ändrats sedan du läste den. Läs den igen."))
    return waiting


def enough_administrators(session: Session, account: Account) -> bool:
    """As many who have a login and the role still as the policy asks for? (3-a)"""
    have = sum(queries.administers_still(row.person) for row in account.administrators)
    return have >= current(session).min_admins
