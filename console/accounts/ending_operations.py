"""The report of an account that came into the register ended without one (2.1-c, 4.3-e)."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console.accounts import operations, plan_queries, plan_rules
from console.accounts.plan_models import AccountEnding
from console.accounts.plan_operations import note
from console.errors import Faults, NotAllowed, WrongState
from console.people.models import Person

LONGEST = 5 * plan_rules.LONGEST_TEXT


def hand_in_report(
    session: Session, actor: Person, account_id: int, now: datetime, *, snapshot: str, report: str
) -> AccountEnding:
    """Say where the last picture is, and hand in the report that is owed.

    Raises:
        NotFound; NotAllowed: who may write the account's plan may do this.
        WrongState: no report is owed.
        Faults: `snapshot`, `report`.
    """
    account = operations.held(session, account_id)
    plan = plan_queries.plan(session, account_id)
    if not plan_queries.may_write(session, actor, plan):
        raise NotAllowed(_("Bara kontots administratörer och chef lämnar slutrapporten."))
    ending = plan.ending
    if ending is not None:
        session.refresh(ending)
    if ending is None or ending.report:
        raise WrongState(_("Det saknas ingen slutrapport för %(name)s.", name=account.short_name))
    texts = {"snapshot": snapshot.strip(), "report": report.strip()}
    lacking = {
        "snapshot": _("Skriv var den sista skärmdumpen finns."),
        "report": _("Skriv slutrapporten: vad ni gjorde, och om ni nådde målet."),
    }
    faults = {name: lacking[name] for name, text in texts.items() if not text}
    for name, text in texts.items():
        if len(text) > LONGEST:
            faults[name] = _("Skriv högst %(n)s tecken.", n=LONGEST)
    if faults:
        raise Faults(faults)
    ending.snapshot, ending.report = texts["snapshot"], texts["report"]
    ending.at, ending.by_id = now, actor.id
    session.flush()
    session.refresh(ending)
    note(session, actor, account, "account:end:notified", {}, now, texts)
    return ending
