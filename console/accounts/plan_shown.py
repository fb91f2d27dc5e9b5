"""What a plan's pages show, in words. Plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console import phrases
from console.accounts import (
    custody,
    custody_rules,
    plan_queries,
    plan_rules,
    platform_queries,
    rules,
)
from console.accounts.plan_models import PlanMark, PlanVersion
from console.accounts.plan_queries import Plan
from console.accounts.plan_rules import Content, Named
from console.accounts.rules import STATE_LABELS, State
from console.people.labels import role_label
from console.people.models import Person
from console.policy import queries as policy
from console.policy.rules import Profile
from console.policy.values import CONSULTATION, DECISION, Choice, Step

_WAY = (State.NOTIFIED, State.PLANNING, State.SIGNING, State.CUSTODY, State.ACTIVE, State.ENDED)
"""What the staff of an account's life shows; resting is a kind of being in use."""


@dataclass(frozen=True)
class Line:
    """A field of the plan in the form's order."""

    label: str
    text: str
    people: tuple[Named, ...] = ()
    alert: str = ""
    """What is wrong with it, though nothing hinders."""


@dataclass(frozen=True)
class Signature:
    """A place on the form for a mark: given, or missed since."""

    label: str
    decides: bool
    mark: PlanMark | None
    date: str
    waited: str


@dataclass(frozen=True)
class Turn:
    """A row of the plan's history."""

    date: str
    text: str
    who: str


@dataclass(frozen=True)
class View:
    platform: str
    stages: tuple[str, ...]
    stage: int
    lines: tuple[Line, ...]
    """Of the newest version; of what is being written where none is frozen."""
    signatures: tuple[Signature, ...]
    given: int
    asked: int
    """How many marks it takes."""
    step: Step | None
    """The reader's own mark, if one is missing."""
    step_label: str
    turns: tuple[Turn, ...]
    voided: str
    """Why the newest version's marks count no longer; "": they do."""
    next: str
    """What happens next, and who does it."""
    may_write: bool
    may_withdraw: bool
    may_end: bool
    custody: str
    shut_out: str
    """Names of the plan's administrators who have no login any longer; "": nobody, or the account
    is in use, and its administrators are the register's."""
    may_seal: bool
    """The account waits for its envelope, and the reader can seal or receive it."""


def shown(session: Session, plan: Plan, person: Person, now: datetime) -> View:
    """The plan as `person` sees it."""
    version, state = plan.latest, State(plan.account.state)
    given = {mark.role: mark for mark in version.marks} if version else {}
    waiting, step, steps = plan.waiting, None, plan.chain
    if waiting is not None:
        step = plan_queries.step_of(person, waiting, steps, plan_queries.given(waiting))
    elif version is not None and version.signed_at is not None:
        steps = plan_queries.signed_by(session, version)
    writes = plan_queries.may_write(session, person, plan)
    stage = _WAY.index(State.ACTIVE if state == State.PAUSED else state)
    content = plan_rules.from_json(version.content) if version else plan.content
    if version is None or version.voided_at is not None:
        content = plan.content
    before_use = state in rules.BEFORE_USE
    stands = version is not None and version.voided_at is None
    alone = plan_queries.without_signers(session, waiting, steps) if waiting else frozenset[str]()
    signatures = [_signature(session, one, given, version, now, alone) for one in steps if version]
    marks = sum(one.mark is not None for one in signatures)
    return View(
        platform=rules.platform_name(plan.account.platform),
        stages=tuple(_stage(one, state, plan, marks) for one in _WAY),
        stage=stage,
        lines=lines(session, content, version if stands else None),
        signatures=tuple(signatures) if stands else (),
        given=marks,
        asked=len(steps),
        step=step,
        step_label=role_label(session, step.role) if step else "",
        turns=_turns(session, plan),
        voided=why_void(version) if version and version.voided_at else "",
        next=_next(session, plan, state),
        may_write=writes and state != State.ENDED,
        may_withdraw=writes and before_use,
        may_end=state in rules.IN_USE and plan_queries.may_end(session, person, plan),
        custody=_custody(session, plan),
        shut_out=", ".join(plan_queries.shut_out(session, content)) if before_use else "",
        may_seal=state == State.CUSTODY and _may_seal(session, plan, person),
    )


def lines(
    session: Session, content: Content, version: PlanVersion | None = None
) -> tuple[Line, ...]:
    """The fields in the form's order (B1-a … B1-h).

    Args:
        version: that the content is of, whose purposes read as on the day when it was sent.
    """
    then = policy.in_force_at(session, version.submitted_at) if version else policy.current(session)
    purposes = [named(one) for one in policy.purposes(session, content.purposes, then)]
    purpose = ". ".join([*purposes, content.purpose_text] if content.purpose_text else purposes)
    texts = {
        "medium": content.medium,
        "address": content.address,
        "purposes": purpose,
        "audience": content.audience,
        "goals": content.goals,
        "administrators": "",
        "watch": content.watch,
        "minutes_a_week": _hours(content.minutes_a_week),
        "minutes_set_aside": _hours(content.minutes_set_aside),
    }
    alerts = {}
    if plan_rules.short_of_time(content):
        some = content.minutes_set_aside
        alerts["minutes_set_aside"] = _("Mindre än det tar.") if some else _("Ingen tid är avsatt.")
    return tuple(
        Line(
            str(plan_rules.FIELD_LABELS[name]),
            text,
            content.administrators if name == "administrators" else (),
            alerts.get(name, ""),
        )
        for name, text in texts.items()
    )


def named(choice: Choice) -> str:
    """In the reader's language."""
    locale = get_locale()
    return choice.en if locale and locale.language == "en" else choice.sv


def often(profile: Profile) -> str:
    """How often an account is looked at, by the rules (4-f)."""
    n = profile.check_times
    if profile.check_period == "workday":
        return str(ngettext("%(num)s gång varje arbetsdag", "%(num)s gånger varje arbetsdag", n))
    return str(ngettext("%(num)s gång i veckan", "%(num)s gånger i veckan", n))


def _hours(minutes: int) -> str:
    hours = f"{minutes / 60:g}".replace(".", ",")
    return str(_("%(n)s timmar", n=hours)) if minutes else ""


def why_void(version: PlanVersion) -> str:
    """In the reader's language, why a version's marks count no longer."""
    if version.voided_reason:
        return phrases.sentence(version.voided_reason)
    if version.voided_changes:
        fields = plan_rules.labels(version.voided_changes)
        return str(_("Ändrat efteråt: %(fields)s.", fields=fields))
    return str(_("En nyare version är skickad."))


def _stage(one: State, state: State, plan: Plan, given: int) -> str:
    label = str(STATE_LABELS[one])
    if one == state == State.SIGNING:
        label = _("Underskrifter, %(n)s av %(all)s", n=given, all=len(plan.chain))
    elif one == State.SIGNING:
        label = _("Underskrifter")
    elif one == State.CUSTODY and custody_rules.exempt(plan.account.platform):
        label = _("Kuvert, undantaget")
    elif one == State.ACTIVE and state == State.PAUSED:
        label = str(STATE_LABELS[State.PAUSED])
    return label


def _signature(
    session: Session,
    step: Step,
    given: dict[str, PlanMark],
    version: PlanVersion,
    now: datetime,
    alone: frozenset[str],
) -> Signature:
    mark = given.get(step.role)
    if mark is not None and mark.kind not in (step.kind, DECISION):
        mark = None
    days = (now - version.submitted_at).days
    waited = ngettext("Saknas sedan %(num)s dag", "Saknas sedan %(num)s dagar", days)
    return Signature(
        label=role_label(session, step.role),
        decides=step.kind == DECISION,
        mark=mark,
        date=_date(mark.given_at) if mark else "",
        waited=_("Ingen som kan logga in kan ge den. Ge någon rollen.")
        if step.role in alone
        else waited
        if days
        else _("Saknas"),
    )


def _turns(session: Session, plan: Plan) -> tuple[Turn, ...]:
    found: list[tuple[datetime, str, str]] = []
    row = plan.row
    if row is not None and row.proposed_at is not None:
        who = row.proposed_by.name if row.proposed_by else ""
        found.append((row.proposed_at, _("Anmälde kontot."), who))
    if row is not None and row.checklist_at is not None:
        found.append((row.checklist_at, _("Checklistan klar."), ""))
    for version in plan.versions:
        n = version.number
        sent = _("Skickade version %(n)s för underskrift.", n=n)
        found.append((version.submitted_at, sent, version.submitted_by.name))
        for mark in version.marks:
            role = role_label(session, mark.role)
            text = _("Skrev under version %(n)s. %(role)s.", n=n, role=role)
            if mark.kind == CONSULTATION:
                text = _("Samråd om version %(n)s. %(role)s.", n=n, role=role)
            said = f" {phrases.sentence(mark.comment)}" if mark.comment else ""
            found.append((mark.given_at, text + said, mark.name))
        if version.voided_at is not None:
            lost = _("Underskrifterna på version %(n)s gäller inte.", n=n)
            who = version.voided_by.name if version.voided_by else ""
            found.append((version.voided_at, f"{lost} {why_void(version)}", who))
    if plan.ending is not None:
        end = _("Lämnade slutrapporten.") if plan.ending.report else ""
        if plan.ending.reason:
            end = _("Avslutade kontot. %(why)s", why=phrases.sentence(plan.ending.reason))
        if end:
            found.append((plan.ending.at, end, plan.ending.by.name if plan.ending.by else ""))
    found.sort(key=lambda one: one[0], reverse=True)
    return tuple(Turn(_date(at), text, who) for at, text, who in found)


def _next(session: Session, plan: Plan, state: State) -> str:
    waiting = plan.waiting
    if waiting is not None:
        left = plan_rules.outstanding(plan.chain, plan_queries.given(waiting))
        roles = ", ".join(role_label(session, step.role) for step in left)
        return str(_("Nu ska de här skriva under: %(roles)s.", roles=roles))
    match state:
        case State.NOTIFIED:
            if plan.row and plan.row.inquiry and plan.row.inquiry_answered_at is None:
                return str(_("Strategiavdelningen svarar på frågan."))
            return str(_("Svara på checklistan."))
        case State.PLANNING | State.SIGNING:
            return str(_("Skriv planen färdigt och skicka den för underskrift."))
        case State.CUSTODY if plan.in_force is None:
            return str(_("Skriv planen färdigt och skicka den för underskrift."))
        case State.CUSTODY:
            if plan_queries.custody_settled(session, plan.account):
                if platform_queries.scope(session, plan.account.platform) is None:
                    return str(_("Bedöm vilket ansvar ni har på plattformen."))
                return str(_("Ta kontot i bruk."))
            return str(_("Lämna inloggningen i ett förseglat kuvert till strategiavdelningen."))
        case State.ENDED:
            if plan.report_owed:
                return str(_("Lämna slutrapporten. Kontot är avslutat utan."))
            return str(_("Inget. Kontot är avslutat."))
    if plan.in_force is None:
        return str(_("Kontot är i bruk utan underskriven plan. Skriv en."))
    return str(_("Inget just nu. Kontot följer version %(n)s.", n=plan.in_force.number))


def _custody(session: Session, plan: Plan) -> str:
    if custody_rules.exempt(plan.account.platform):
        return str(_("Inget kuvert: plattformen har personliga inloggningar."))
    if plan_queries.custody_settled(session, plan.account):
        return str(_("Kuvertet är mottaget."))
    return str(_("Kuvertet har inte kommit in."))


def _may_seal(session: Session, plan: Plan, person: Person) -> bool:
    account = plan.account
    if custody_rules.exempt(account.platform) or plan_queries.custody_settled(session, account):
        return False
    administers = custody.administers(session, person, account.id)
    return custody_rules.may_keep(person.roles, administers)


def _date(at: datetime) -> str:
    locale = get_locale()
    return phrases.date_short(at, locale.language if locale else "sv")
