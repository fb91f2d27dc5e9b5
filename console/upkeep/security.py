"""Phishing attempts and added apps, written down for each account (5-a)."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console.accounts.operations import held
from console.errors import BadInput, Faults, NotFound, WrongState
from console.people.models import Person
from console.phrases import STOCKHOLM
from console.upkeep import rules
from console.upkeep.models import SecurityReport
from console.upkeep.operations import need_in_use, need_keeper, say
from console.upkeep.rules import Trouble


def report(
    session: Session,
    actor: Person,
    account_id: int,
    now: datetime,
    *,
    trouble: str,
    what: str,
    happened_on: date | None,
    done: str,
) -> SecurityReport:
    """Write down an attempt or an app. It stands open until somebody says what was done.

    Raises:
        NotFound, NotAllowed; WrongState: the account isn't in use.
        Faults: `trouble`, `what`, `happened_on`, `done`.
    """
    account = held(session, account_id)
    need_keeper(session, actor, account)
    need_in_use(account)
    faults = {}
    if trouble not in frozenset(Trouble):
        faults["trouble"] = _("Välj vad som har hänt.")
    if not what.strip():
        faults["what"] = _("Skriv vad som hände, eller vilken app det är.")
    elif said := rules.text_fault(what, rules.LONGEST_TEXT):
        faults["what"] = said
    if happened_on is None:
        faults["happened_on"] = _("Skriv vilken dag det hände.")
    elif happened_on > now.astimezone(STOCKHOLM).date():
        faults["happened_on"] = _("Dagen har inte kommit än.")
    if said := rules.text_fault(done, rules.LONGEST_TEXT):
        faults["done"] = said
    if faults or happened_on is None:
        raise Faults(faults)
    row = SecurityReport(
        account_id=account.id,
        trouble=trouble,
        what=what.strip(),
        happened_on=happened_on,
        done=done.strip(),
        at=now,
        by_id=actor.id,
    )
    if row.done:
        row.settled_at, row.settled_by_id = now, actor.id
    session.add(row)
    session.flush()
    facts = {
        "report": row.id,
        "trouble": trouble,
        "happened_on": happened_on.isoformat(),
        "open": row.settled_at is None,
    }
    personal = {"what": row.what, **({"done": row.done} if row.done else {})}
    say(session, actor, account, "security:reported", facts, now, personal)
    return row


def settle(
    session: Session, actor: Person, report_id: int, done: str, now: datetime
) -> SecurityReport:
    """Say what was done about it, which ends it.

    Raises:
        NotFound, NotAllowed; WrongState: it is settled already.
        BadInput: `done`.
    """
    row = get(session, report_id)
    account = held(session, row.account_id)
    session.refresh(row)
    need_keeper(session, actor, account)
    if row.settled_at is not None:
        raise WrongState(_("Det är redan klart."))
    if not done.strip():
        raise BadInput(_("Skriv vad ni gjorde."), "done")
    if said := rules.text_fault(done, rules.LONGEST_TEXT):
        raise BadInput(said, "done")
    row.done, row.settled_at, row.settled_by_id = done.strip(), now, actor.id
    say(session, actor, account, "security:settled", {"report": row.id}, now, {"done": row.done})
    return row


def get(session: Session, report_id: int) -> SecurityReport:
    """
    Raises:
        NotFound: no such report.
    """
    row = session.get(SecurityReport, report_id)
    if row is None:
        raise NotFound(_("Anteckningen finns inte."))
    return row
