"""Writing exercise plans, and opening an exercise with one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.errors import BadInput, Faults, NotFound, Stale, WrongState
from console.incidents import exercise_queries
from console.incidents import exercise_rules as rules
from console.incidents.exercise_models import ExercisePlan, ExerciseRun, Inject, PlannedInject
from console.incidents.exercise_rules import InjectKind
from console.incidents.models import Incident
from console.incidents.operations.common import allow
from console.people.models import Person
from console.people.rules import Permission
from console.timeline.operations import record


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """An inject as somebody writes it."""

    minute: int | None
    kind: str
    content: str
    place: str = ""
    account_id: int | None = None
    person_id: int | None = None
    lasts: int | None = None


def write(session: Session, actor: Person, name: str, scenario: str, now: datetime) -> ExercisePlan:
    """Begin a plan.

    Raises:
        NotAllowed; Faults: name, scenario.
    """
    allow(actor, Permission.PLAN_EXERCISE)
    name, scenario = _checked(session, name, scenario)
    plan = ExercisePlan(
        name=name, scenario=scenario, made_at=now, made_by_id=actor.id, saved_at=now
    )
    session.add(plan)
    session.flush()
    _record(session, "exercise_plan:written", plan, actor, now, name=name)
    return plan


def change(
    session: Session,
    actor: Person,
    plan_id: int,
    revision: int,
    name: str,
    scenario: str,
    now: datetime,
) -> ExercisePlan:
    """
    Args:
        revision: the one that the writer looked at.

    Raises:
        NotAllowed, NotFound, Stale; WrongState: retired; Faults: name, scenario.
    """
    plan = _held(session, actor, plan_id)
    if plan.revision != revision:
        raise Stale(_("Någon annan har ändrat planen under tiden. Läs den först."))
    plan.name, plan.scenario = _checked(session, name, scenario, plan.id)
    _saved(plan, now)
    _record(session, "exercise_plan:changed", plan, actor, now, name=plan.name)
    return plan


def retire(session: Session, actor: Person, plan_id: int, now: datetime) -> None:
    """Offer the plan no more. What has been run with it stays.

    Raises:
        NotAllowed, NotFound; WrongState: retired already.
    """
    plan = _held(session, actor, plan_id)
    plan.retired_at = now
    _record(session, "exercise_plan:retired", plan, actor, now, name=plan.name)


def add_inject(
    session: Session, actor: Person, plan_id: int, wanted: Wanted, now: datetime
) -> PlannedInject:
    """
    Raises:
        NotAllowed, NotFound; WrongState: retired, or full;
        Faults: minute, kind, content, place, account, person, lasts.
    """
    plan = _held(session, actor, plan_id)
    count = session.scalars(
        select(func.count()).select_from(PlannedInject).where(PlannedInject.plan_id == plan.id)
    ).one()
    if count >= rules.MOST_INJECTS:
        raise WrongState(_("En plan har högst %(n)s inspel.", n=rules.MOST_INJECTS))
    faults = _faults(session, wanted)
    if faults:
        raise Faults(faults)
    kind = InjectKind(wanted.kind)
    takes_account = kind in (InjectKind.CHANNEL_DOWN, InjectKind.RUMOUR)
    row = PlannedInject(
        plan_id=plan.id,
        minute=wanted.minute,
        kind=kind,
        content=wanted.content.strip(),
        place=" ".join(wanted.place.split()) if kind is InjectKind.RUMOUR else "",
        account_id=wanted.account_id if takes_account else None,
        person_id=wanted.person_id if kind is InjectKind.ABSENT else None,
        lasts=wanted.lasts if kind in rules.LASTING else None,
    )
    session.add(row)
    _saved(plan, now)
    session.flush()
    _record(
        session, "exercise_plan:inject:added", plan, actor, now,
        inject=row.id, minute=row.minute, kind=row.kind,
    )  # fmt: skip
    return row


def remove_inject(
    session: Session, actor: Person, plan_id: int, inject_id: int, now: datetime
) -> None:
    """
    Raises:
        NotAllowed, NotFound; WrongState: the plan is retired.
    """
    plan = _held(session, actor, plan_id)
    row = session.get(PlannedInject, inject_id)
    if row is None or row.plan_id != plan.id:
        raise NotFound(_("Inspelet finns inte i planen."))
    session.delete(row)
    _saved(plan, now)
    _record(
        session, "exercise_plan:inject:removed", plan, actor, now,
        inject=row.id, minute=row.minute, kind=row.kind,
    )  # fmt: skip


def attach(
    session: Session, actor: Person, incident: Incident, plan_id: int, now: datetime
) -> ExerciseRun:
    """Let an exercise follow a plan, as the plan is now. Times count from its opening.

    Raises:
        NotAllowed; BadInput: `plan`: the event is live, the plan has no injects or isn't offered.
        WrongState: the exercise has a plan already.
    """
    allow(actor, Permission.OPEN_INCIDENT)
    if not incident.exercise:
        raise BadInput(_("En övningsplan kan bara följas i en övning."), field="plan")
    plan = session.get(ExercisePlan, plan_id)
    if plan is None or plan.retired_at is not None:
        raise BadInput(_("Välj en övningsplan i listan."), field="plan")
    if not plan.injects:
        raise BadInput(_("Planen har inga inspel. Skriv dem först."), field="plan")
    if exercise_queries.run_of(session, incident.id) is not None:
        raise WrongState(_("Övningen följer redan en plan."))
    run = ExerciseRun(
        incident_id=incident.id,
        exercise=True,
        plan_id=plan.id,
        name=plan.name,
        scenario=plan.scenario,
        revision=plan.revision,
        attached_at=now,
        attached_by_id=actor.id,
    )
    session.add(run)
    session.flush()
    session.add_all(
        Inject(
            incident_id=incident.id,
            minute=one.minute,
            due_at=incident.opened_at + timedelta(minutes=one.minute),
            kind=one.kind,
            content=one.content,
            place=one.place,
            account_id=one.account_id,
            person_id=one.person_id,
            lasts=one.lasts,
        )
        for one in plan.injects
    )
    record(
        session,
        "exercise:plan:attached",
        body={
            "plan": plan.id, "name": plan.name, "revision": plan.revision,
            "injects": len(plan.injects),
        },
        now=now,
        incident_id=incident.id,
        person_id=actor.id,
    )  # fmt: skip
    return run


def _checked(
    session: Session, name: str, scenario: str, plan_id: int | None = None
) -> tuple[str, str]:
    name, scenario = " ".join(name.split()), scenario.strip()
    faults: dict[str, str] = {}
    if not name:
        faults["name"] = _("Ge planen ett namn, till exempel Vattnet i Torsby.")
    elif len(name) > rules.NAME:
        faults["name"] = _("Skriv högst %(n)s tecken.", n=rules.NAME)
    elif session.scalar(
        select(ExercisePlan.id).where(
            func.lower(ExercisePlan.name) == name.lower(),
            ExercisePlan.retired_at.is_(None),
            ExercisePlan.id != (plan_id or 0),
        )
    ):
        faults["name"] = _("Det finns redan en plan med det namnet.")
    if not scenario:
        faults["scenario"] = _("Skriv vad som har hänt i övningen.")
    elif len(scenario) > rules.SCENARIO:
        faults["scenario"] = _("Skriv högst %(n)s tecken.", n=rules.SCENARIO)
    if faults:
        raise Faults(faults)
    return name, scenario


def _faults(session: Session, wanted: Wanted) -> dict[str, str]:
    faults: dict[str, str] = {}
    if wanted.minute is None or not 0 <= wanted.minute <= rules.LAST_MINUTE:
        faults["minute"] = _("Skriv ett antal minuter, 0 till %(n)s.", n=rules.LAST_MINUTE)
    if wanted.kind not in set(InjectKind):
        return faults | {"kind": _("Välj vad som ska hända.")}
    kind, content = InjectKind(wanted.kind), wanted.content.strip()
    if not content:
        faults["content"] = _("Skriv vad som ska stå eller läsas upp.")
    elif len(content) > rules.TEXT:
        faults["content"] = _("Skriv högst %(n)s tecken.", n=rules.TEXT)
    if kind is InjectKind.RUMOUR:
        if not wanted.place.strip():
            faults["place"] = _("Skriv var ryktet syns.")
        elif len(wanted.place) > rules.PLACE:
            faults["place"] = _("Skriv högst %(n)s tecken.", n=rules.PLACE)
    known = {one.id for one in exercise_queries.accounts(session)}
    chosen = kind is InjectKind.RUMOUR and wanted.account_id is not None
    if (kind is InjectKind.CHANNEL_DOWN or chosen) and wanted.account_id not in known:
        faults["account"] = _("Välj ett konto i listan.")
    if kind is InjectKind.ABSENT:
        person = session.get(Person, wanted.person_id) if wanted.person_id else None
        if person is None or not person.active:
            faults["person"] = _("Välj vem som är borta.")
    if kind in rules.LASTING and (wanted.lasts is None or not 1 <= wanted.lasts <= rules.LONGEST):
        faults["lasts"] = _("Skriv ett antal minuter, 1 till %(n)s.", n=rules.LONGEST)
    return faults


def _held(session: Session, actor: Person, plan_id: int) -> ExercisePlan:
    allow(actor, Permission.PLAN_EXERCISE)
    plan = session.scalar(
        select(ExercisePlan)
        .where(ExercisePlan.id == plan_id)
        .with_for_update(of=ExercisePlan)
        .execution_options(populate_existing=True)
    )
    if plan is None:
        raise NotFound(_("Övningsplanen finns inte."))
    if plan.retired_at is not None:
        raise WrongState(_("Planen är borttagen och ändras inte mer."))
    return plan


def _saved(plan: ExercisePlan, now: datetime) -> None:
    plan.revision += 1
    plan.saved_at = now


def _record(
    session: Session, tag: str, plan: ExercisePlan, actor: Person, now: datetime, **facts: object
) -> None:
    record(session, tag, body={"plan": plan.id, **facts}, now=now, person_id=actor.id)
