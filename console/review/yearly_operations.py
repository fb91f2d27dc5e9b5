"""Writing an account's yearly report, sending it and judging it (4.3).

What is written stands in the report's row; the timeline holds its hash, whom it went to, and what
was decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import live
from console.accounts import telling
from console.accounts.coverage import today
from console.accounts.models import Account
from console.accounts.operations import held
from console.accounts.rules import IN_USE
from console.errors import BadInput, Faults, NotAllowed, Stale, WrongState
from console.people.models import Person
from console.policy.queries import current
from console.review import yearly_queries as queries
from console.review import yearly_rules as rules
from console.review.yearly_models import YearlyReport
from console.review.yearly_rules import Goal, Step
from console.timeline.operations import record


def begin(session: Session, actor: Person, account_id: int, now: datetime) -> YearlyReport:
    """Begin this year's report by oneself: before the rules ask for it, or after.

    Returns the one that is there, if it has been begun.

    Raises:
        NotFound; NotAllowed: neither an administrator nor of the strategy department.
        WrongState: the account isn't in use.
    """
    account = held(session, account_id)
    _writes(session, actor, account)
    _in_use(account)
    day = today(now)
    query = select(YearlyReport).where(
        YearlyReport.account_id == account.id, YearlyReport.year == day.year
    )
    found = session.scalars(query).one_or_none()
    return found or open_report(session, actor, account, now)


def open_report(
    session: Session, actor: Person | None, account: Account, now: datetime
) -> YearlyReport:
    """Open the year's report of an account that has none (4.3-a).

    Args:
        actor: None: the program, by the rules.
    """
    day = today(now)
    period = rules.covered(day)
    row = YearlyReport(
        account_id=account.id,
        year=day.year,
        first=period.first,
        last=period.last,
        due_on=rules.due_day(current(session).report_months, day),
        opened_at=now,
        opened_by_id=actor.id if actor else None,
    )
    session.add(row)
    session.flush()
    facts = {"due": row.due_on.isoformat(), "first": row.first.isoformat(),
             "last": row.last.isoformat()}  # fmt: skip
    _note(session, actor, row, "report:opened", facts, now)
    return row


def save(
    session: Session,
    actor: Person,
    report_id: int,
    now: datetime,
    *,
    story: str,
    followers: int | None,
    seen: str,
) -> YearlyReport:
    """Keep what is written so far. Nothing of it is sent.

    Args:
        seen: `rules.mark_of` the saving that the writer began from.

    Raises:
        NotFound, NotAllowed, WrongState: it is sent, or the account has ended.
        Faults: `story`, `followers`.
        Stale: somebody has saved another text since.
    """
    row = _open(session, actor, report_id)
    story = story.strip()
    faults = {}
    if len(story) > rules.STORY:
        faults["story"] = _("Skriv högst %(n)s tecken.", n=rules.STORY)
    if followers is not None and not 0 <= followers <= rules.MOST_FOLLOWERS:
        faults["followers"] = _("Skriv ett tal från 0, eller lämna tomt.")
    if faults:
        raise Faults(faults)
    if (story, followers) == (row.story, row.followers):
        return row
    if seen != rules.mark_of(row.saved_at):
        raise Stale(
            _("Någon annan har sparat rapporten under tiden. Läs den texten, och spara sedan din.")
        )
    row.story, row.followers = story, followers
    row.saved_at, row.saved_by_id = now, actor.id
    _note(session, actor, row, "report:saved", {}, now)
    return row


def send(
    session: Session, actor: Person, report_id: int, seen: str, now: datetime, *, mail: bool
) -> YearlyReport:
    """Freeze the report, and send it to those who signed the plan and to the strategy department
    (4.3-c).

    Args:
        seen: hash of what the sender has read (`rules.digest`).
        mail: mail can be sent.

    Raises:
        NotFound, NotAllowed.
        WrongState: it is sent, the account has ended, or nobody could have it.
        BadInput: `story`: nothing is told.
        Stale: it isn't what the sender has read.
    """
    row = _open(session, actor, report_id)
    if not row.story:
        raise BadInput(_("Berätta vad ni har gjort innan du skickar rapporten."), "story")
    said = queries.content(session, row)
    content_hash = rules.digest(said)
    if content_hash != seen:
        raise Stale(_("Rapporten har ändrats sedan du läste den. Läs den igen."))
    people = queries.receivers(session, row.account_id)
    if not people:
        raise WrongState(_("Ingen kan ta emot rapporten. Be systemadministratören om hjälp."))
    row.content, row.content_hash = said, content_hash
    row.sent_at, row.sent_by_id = now, actor.id
    facts = {"hash": content_hash, "to": [one.id for one in people]}
    _note(session, actor, row, "report:sent", facts, now)
    subject = f"Årsrapport {row.year}: {row.account.name}"
    text = (
        "Rapporten är klar. Läs vad kontot har gett, och bedöm om det ska fortsätta."
        f" Kontrollsumma: {content_hash}."
    )
    telling.tell(
        session, row.account, queries.sent_as(row.id), people, now, subject=subject, text=text,
        path=path_of(row), mail=mail, actor_id=actor.id,
    )  # fmt: skip
    return row


def evaluate(
    session: Session,
    actor: Person,
    report_id: int,
    now: datetime,
    *,
    goal: str,
    step: str,
    reason: str,
    mail: bool,
) -> YearlyReport:
    """Decide whether the goal is met and what becomes of the account, and tell its administrators
    (4.3-d).

    Args:
        goal: of `rules.Goal`. step: of `rules.Step`. Anything else is a fault.

    Raises:
        NotFound.
        NotAllowed: neither of the strategy department nor the manager who signed the plan, or they
            sent it themselves.
        WrongState: it isn't sent, or is evaluated already.
        Faults: `goal`, `step`, `reason`.
    """
    row = _held(session, actor, report_id)
    if row.sent_at is None:
        raise WrongState(_("Rapporten är inte skickad än."))
    if row.evaluated_at is not None:
        raise WrongState(_("Rapporten är redan utvärderad."))
    if not queries.may_evaluate(session, actor, row):
        raise NotAllowed(
            _("Strategiavdelningen eller chefen utvärderar, aldrig den som skickade rapporten.")
        )
    reason = reason.strip()
    faults = {}
    if goal not in set(Goal):
        faults["goal"] = _("Välj om målet är nått.")
    if step not in set(Step):
        faults["step"] = _("Välj vad som händer med kontot.")
    if not reason:
        faults["reason"] = _("Skriv varför.")
    elif len(reason) > rules.REASON:
        faults["reason"] = _("Skriv högst %(n)s tecken.", n=rules.REASON)
    if faults:
        raise Faults(faults)
    row.goal, row.step, row.reason = goal, step, reason
    row.evaluated_at, row.evaluated_by_id = now, actor.id
    facts = {"goal": goal, "step": step}
    _note(session, actor, row, "report:evaluated", facts, now, {"reason": reason})
    _tell_administrators(session, actor, row, now, mail=mail)
    return row


def path_of(row: YearlyReport) -> str:
    """Where the report is, from the console's root."""
    return f"/reports/{row.id}"


def _tell_administrators(
    session: Session, actor: Person, row: YearlyReport, now: datetime, *, mail: bool
) -> None:
    people = [one.person for one in row.account.administrators if one.person.active]
    if not people:
        return
    subject = f"Årsrapporten är utvärderad: {row.account.name}"
    with force_locale("sv"):
        text = f"{rules.GOAL_LABELS[Goal(row.goal)]}. {rules.STEP_LABELS[Step(row.step)]}."
    telling.tell(
        session, row.account, f"report {row.id} evaluated", people, now, subject=subject, text=text,
        path=path_of(row), mail=mail, actor_id=actor.id,
    )  # fmt: skip


def _open(session: Session, actor: Person, report_id: int) -> YearlyReport:
    """One that isn't sent, held, for somebody who may write it."""
    row = _held(session, actor, report_id)
    _writes(session, actor, row.account)
    if row.sent_at is not None:
        raise WrongState(_("Rapporten är skickad och kan inte ändras."))
    _in_use(row.account)
    return row


def _held(session: Session, actor: Person, report_id: int) -> YearlyReport:
    row = queries.report(session, actor, report_id)
    session.refresh(row, with_for_update={"of": YearlyReport})
    return row


def _writes(session: Session, actor: Person, account: Account) -> None:
    if not queries.may_write(session, actor, account.id):
        raise NotAllowed(_("Bara kontots administratörer skriver årsrapporten."))


def _in_use(account: Account) -> None:
    if account.state not in IN_USE:
        raise WrongState(_("%(name)s är inte i bruk.", name=account.short_name))


def _note(
    session: Session,
    actor: Person | None,
    row: YearlyReport,
    tag: str,
    facts: Mapping[str, Any],
    now: datetime,
    personal: Mapping[str, str] | None = None,
) -> None:
    body = {"account": row.account_id, "report": row.id, "year": row.year, **facts}
    person_id = actor.id if actor else None
    record(session, tag, body=body, now=now, person_id=person_id, personal=personal)
    live.announce(session, live.CALM)
