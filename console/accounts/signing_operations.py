"""The marks on a plan, taking the account into use, and ending it (3.2-b, 3.2-c, 2.1-c)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console.accounts import operations, plan_queries, plan_rules, platform_queries
from console.accounts.administrators import Administrators
from console.accounts.models import Account
from console.accounts.plan_models import AccountEnding, PlanMark, PlanVersion
from console.accounts.plan_operations import SUBJECT, as_people, note, take_force, void
from console.accounts.rules import BEFORE_USE, FOUND_IN_USE, IN_USE, NEEDS, Need, State
from console.approvals.operations import give
from console.errors import BadInput, Faults, NotAllowed, WrongState
from console.people.labels import role_label
from console.people.models import Person
from console.people.rules import Permission, may
from console.policy.values import DECISION, Step

HeldBy = Callable[[Session, int], str]
"""Which event holds an account now, as people call it; "": none."""


def sign(
    session: Session,
    actor: Person,
    account_id: int,
    seen_hash: str,
    now: datetime,
    *,
    title: str,
    place: str,
    comment: str = "",
) -> PlanMark:
    """Give one's mark on the plan that one has read: a decision, or that one has been heard.

    The marks come in any order, each by another person. The last one gives the account its
    administrators and address, and takes it into use if nothing else is missing.

    Args:
        seen_hash: of the version that was shown.
        title, place: as on the form; of a consultation they may be empty (B1-k).

    Raises:
        NotFound; WrongState: another version waits, or none.
        NotAllowed: no mark is this person's to give, or it is their own text.
        Faults: `title`, `place`, `comment`.
        BadInput: an administrator of the plan can't be one any more.
    """
    account = operations.held(session, account_id)
    version = plan_queries.to_sign(session, account_id, seen_hash)
    chain = plan_queries.chain(session)
    given = plan_queries.given(version)
    step = plan_queries.step_of(actor, version, chain, given)
    if step is None:
        raise NotAllowed(_why_not(actor, version, chain, given))
    title, place, comment = title.strip(), place.strip(), comment.strip()
    if faults := _faults(step.kind, title, place, comment):
        raise Faults(faults)
    give(session, actor, SUBJECT, version.id, seen_hash, now)
    mark = PlanMark(
        role=step.role,
        kind=step.kind,
        person_id=actor.id,
        name=actor.name,
        title=title,
        place=place,
        comment=comment,
        given_at=now,
    )
    version.marks.append(mark)
    session.flush()
    note(
        session, actor, account, "account:mark:given",
        {"version": version.number, "hash": seen_hash, "role": step.role, "kind": step.kind}, now,
        {"name": actor.name, "title": title, "place": place, "comment": comment},
    )  # fmt: skip
    if not plan_rules.outstanding(chain, {**given, step.role: step.kind}):
        _complete(session, actor, account, version, now)
    return mark


def return_plan(
    session: Session, actor: Person, account_id: int, seen_hash: str, reason: str, now: datetime
) -> PlanVersion:
    """Send the plan back to whoever writes it, with the reason; marks given are void.

    Raises:
        NotFound; WrongState: another version waits, or none.
        NotAllowed: no mark on it was or is this person's to give.
        BadInput: no reason.
    """
    account = operations.held(session, account_id)
    version = plan_queries.to_sign(session, account_id, seen_hash)
    if all(step.role not in actor.roles for step in plan_queries.chain(session)):
        raise NotAllowed(_("Bara den som ska skriva under kan returnera planen."))
    reason = _reason(reason)
    void(session, actor, account, version, now, reason=reason)
    return version


def meet_new_rules(session: Session, actor: Person, now: datetime) -> None:
    """After a change of the rules: a plan that now has every mark moves on, since nobody is left
    whose mark would move it; one whose mark can't be given any more goes back, with the reason.
    """
    chain = plan_queries.chain(session)
    with force_locale("sv"):  # a reason is kept as it is written
        _meet(session, actor, chain, now)


def _meet(session: Session, actor: Person, chain: tuple[Step, ...], now: datetime) -> None:
    for waiting in plan_queries.waiting(session):
        account = operations.held(session, waiting.account_id)
        version = plan_queries.plan(session, account.id).waiting
        if version is None:
            continue
        given = plan_queries.given(version)
        if stuck := plan_rules.stuck(chain, given):
            roles = ", ".join(role_label(session, step.role) for step in stuck)
            reason = _("Reglerna är ändrade: %(roles)s ska besluta, inte höras.", roles=roles)
            void(session, actor, account, version, now, reason=reason)
        elif not plan_rules.outstanding(chain, given):
            people = Administrators(session, actor, now)
            named = as_people(plan_rules.from_json(version.content).administrators)
            if fault := people.fault_in(named):
                void(session, actor, account, version, now, reason=fault)
            else:
                _complete(session, actor, account, version, now)


def activate(session: Session, actor: Person, account_id: int, now: datetime) -> Account:
    """Take an account with a signed plan into use.

    Raises:
        NotFound; NotAllowed.
        WrongState: what is missing, in a sentence.
    """
    if not may(actor.roles, Permission.EDIT_ACCOUNTS):
        raise NotAllowed(_("Bara strategiavdelningen tar konton i bruk."))
    account = operations.held(session, account_id)
    settled = _settled(session, account)
    if account.state == State.CUSTODY:
        if Need.CUSTODY not in settled:
            raise WrongState(_("Kuvertet med inloggningen har inte kommit in."))
        if Need.ADMINISTRATORS not in settled:
            raise WrongState(_("Kontot har för få administratörer."))
        if Need.ASSESSMENT not in settled:
            raise WrongState(operations.not_assessed(account))
    operations.follow(session, actor, account, State.ACTIVE, now, settled, {})
    return account


def activate_if_settled(session: Session, actor: Person, account: Account, now: datetime) -> bool:
    """Take the account into use if that was all it waited for; for whoever settles something.

    Returns whether it was.
    """
    settled = _settled(session, account)
    if account.state in IN_USE:
        _mend_found(session, actor, account, settled, now)
    needs = NEEDS[State.CUSTODY, State.ACTIVE]
    if account.state != State.CUSTODY or not needs <= settled:
        return False
    operations.follow(session, actor, account, State.ACTIVE, now, settled, {})
    return True


def withdraw_proposal(
    session: Session, actor: Person, account_id: int, reason: str, now: datetime
) -> Account:
    """Give up an account that never came into use.

    Raises:
        NotFound; NotAllowed.
        WrongState: it is in use, or has ended.
        BadInput: no reason.
    """
    account = operations.held(session, account_id)
    plan = plan_queries.plan(session, account_id)
    _may_write(session, actor, plan)
    if account.state not in BEFORE_USE:
        raise WrongState(_("Kontot är i bruk. Avsluta det med slutrapport i stället."))
    reason = _reason(reason)
    if plan.waiting is not None:
        take_force(session, actor, account, plan.waiting, now, reason=reason)
    operations.follow(session, actor, account, State.ENDED, now, {Need.REASON}, {"reason": reason})
    return account


def end_account(
    session: Session,
    actor: Person,
    account_id: int,
    now: datetime,
    *,
    reason: str,
    snapshot: str,
    report: str,
    held_by: HeldBy = lambda _session, _account_id: "",
) -> AccountEnding:
    """Give the end notice: why, where the last picture is, and the report (2.1-c, 4.3-e).

    The account leaves the public register; everything about it stays here.

    Args:
        held_by: events stand above accounts, so that the caller says where to ask; the default
            is for a register without any.

    Raises:
        NotFound; NotAllowed.
        WrongState: the account isn't in use, or an event holds it.
        Faults: `reason`, `snapshot`, `report`.
    """
    account = operations.held(session, account_id)
    plan = plan_queries.plan(session, account_id)
    if not plan_queries.may_end(session, actor, plan):
        raise NotAllowed(
            _("Bara kontots administratörer, dess chef och strategiavdelningen avslutar kontot.")
        )
    if account.state in BEFORE_USE:
        raise WrongState(_("Kontot är inte i bruk än. Dra tillbaka det i stället."))
    if event := held_by(session, account_id):
        raise WrongState(
            _("%(name)s är låst av %(event)s. Avsluta det när låset är släppt.",
              name=account.short_name, event=event)
        )  # fmt: skip
    texts = {"reason": reason.strip(), "snapshot": snapshot.strip(), "report": report.strip()}
    lacking = {
        "reason": _("Skriv varför."),
        "snapshot": _("Skriv var den sista skärmdumpen finns."),
        "report": _("Skriv slutrapporten: vad ni gjorde, och om ni nådde målet."),
    }
    faults = {name: lacking[name] for name, text in texts.items() if not text}
    for name, text in texts.items():
        if len(text) > 5 * plan_rules.LONGEST_TEXT:
            faults[name] = _("Skriv högst %(n)s tecken.", n=5 * plan_rules.LONGEST_TEXT)
    if faults:
        raise Faults(faults)
    if plan.waiting is not None:
        # Else its signers would be asked for good, and a change of the chain would meet it.
        take_force(session, actor, account, plan.waiting, now, reason=texts["reason"])
    settled = {Need.REASON, Need.REPORT}
    operations.follow(
        session, actor, account, State.ENDED, now, settled, {"reason": texts["reason"]}
    )
    ending = AccountEnding(account_id=account_id, at=now, by_id=actor.id, **texts)
    session.add(ending)
    session.flush()
    note(
        session, actor, account, "account:end:notified", {}, now,
        {"snapshot": texts["snapshot"], "report": texts["report"]},
    )  # fmt: skip
    return ending


def _complete(
    session: Session, actor: Person, account: Account, version: PlanVersion, now: datetime
) -> None:
    """Every mark is given: the plan is in force, and the strategy department has its copy."""
    version.signed_at = now
    plan = plan_queries.plan(session, account.id)
    if plan.row is not None:
        plan.row.hands = []
    content = plan_rules.from_json(version.content)
    account.address = content.address
    facts = {"version": version.number, "hash": version.content_hash}
    if account.state in IN_USE:
        note(session, actor, account, "account:plan:replaced", facts, now)
        _mend_found(session, actor, account, _settled(session, account), now)
        return
    people = Administrators(session, actor, now)
    named = as_people(content.administrators)
    if fault := people.fault_in(named):
        raise BadInput(fault, "administrators")
    operations.set_administrators(session, account, people.ids(named))
    session.flush()
    if account.state == State.CUSTODY:  # a file brought it in as waiting for its envelope
        note(session, actor, account, "account:plan:replaced", facts, now)
    else:
        operations.follow(session, actor, account, State.CUSTODY, now, {Need.MARKS}, facts)
    activate_if_settled(session, actor, account, now)


def _mend_found(
    session: Session, actor: Person, account: Account, settled: set[Need], now: datetime
) -> None:
    """What an account lacked that a file brought in as in use is here, if it is."""
    if not {Need.MARKS, Need.CUSTODY} <= settled:
        return
    for one in account.deviations:
        if one.content == FOUND_IN_USE and one.mended_at is None:
            operations.mend_deviation(session, actor, one.id, now)


def _settled(session: Session, account: Account) -> set[Need]:
    """What is in place for taking the account into use."""
    settled = set()
    if plan_queries.plan(session, account.id).in_force is not None:
        settled.add(Need.MARKS)
    if plan_queries.custody_settled(session, account):
        settled.add(Need.CUSTODY)
    if plan_queries.enough_administrators(session, account):
        settled.add(Need.ADMINISTRATORS)
    if platform_queries.scope(session, account.platform) is not None:
        settled.add(Need.ASSESSMENT)
    return settled


def _may_write(session: Session, actor: Person, plan: plan_queries.Plan) -> None:
    if not plan_queries.may_write(session, actor, plan):
        raise NotAllowed(
            _("Bara den som föreslog kontot, dess administratörer och chef får göra det här.")
        )


def _reason(text: str) -> str:
    text = text.strip()
    if not text:
        raise BadInput(_("Skriv varför."), "reason")
    if len(text) > plan_rules.LONGEST_REASON:
        raise BadInput(_("Skriv högst %(n)s tecken.", n=plan_rules.LONGEST_REASON), "reason")
    return text


def _faults(kind: str, title: str, place: str, comment: str) -> dict[str, str]:
    found = {}
    if kind == DECISION:
        if not title:
            found["title"] = _("Skriv din titel.")
        if not place:
            found["place"] = _("Skriv orten.")
    for name, text in (("title", title), ("place", place)):
        if len(text) > plan_rules.LONGEST_LINE:
            found[name] = _("Skriv högst %(n)s tecken.", n=plan_rules.LONGEST_LINE)
    if len(comment) > plan_rules.LONGEST_REASON:
        found["comment"] = _("Skriv högst %(n)s tecken.", n=plan_rules.LONGEST_REASON)
    return found


def _why_not(
    actor: Person, version: PlanVersion, chain: tuple[Step, ...], given: dict[str, str]
) -> str:
    if any(mark.person_id == actor.id for mark in version.marks):
        return str(_("Du har redan skrivit under. Resten väntar på andra."))
    if plan_rules.step_for(chain, actor.roles, given) is None:
        return str(_("Ingen av underskrifterna som saknas är din."))
    return str(_("Du har skrivit i planen. Någon annan behöver skriva under."))
