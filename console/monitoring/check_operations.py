"""Looking at an account, and the weeks that looks are counted in (4-f)."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from console import live
from console.accounts.models import Account
from console.accounts.operations import held
from console.accounts.rules import IN_USE, State
from console.errors import BadInput, NotAllowed, WrongState
from console.monitoring import check_queries, check_rules
from console.monitoring.check_models import AccountCheck, CheckWeek
from console.monitoring.check_rules import How, WeekState
from console.people.models import Person
from console.policy.queries import current
from console.timeline.operations import record


def check_account(
    session: Session, actor: Person, account_id: int, note: str, now: datetime
) -> tuple[AccountCheck, bool]:
    """Somebody has gone through the account's posts and comments, and perhaps says what was there.

    Returns:
        The look, and whether it is a new one: pressed again within the hour without a note it is
        the same one.

    Raises:
        NotFound; NotAllowed: neither an administrator, nor standing in today, nor of the strategy
            department or the information unit.
        WrongState: the account isn't in use. BadInput: `note`.
    """
    account = held(session, account_id)
    if not check_queries.may_check(session, actor, account.id, now):
        raise NotAllowed(_("Du kan bara kontrollera konton som du sköter eller ersätter på."))
    if account.state not in IN_USE:
        raise WrongState(_("%(name)s är inte i bruk.", name=account.short_name))
    note = " ".join(note.split())
    if len(note) > check_rules.NOTE:
        raise BadInput(_("Skriv högst %(n)s tecken.", n=check_rules.NOTE), "note")
    if not note and (last := check_queries.recent(session, account.id, actor.id, now)):
        return last, False
    return _look(session, account, actor, How.PRESSED, note, now), True


def seen_in_inbox(session: Session, actor: Person, account_id: int, now: datetime) -> None:
    """Somebody has dealt with an item of the account: that is a look at it, one an hour at most.

    Who may not look after the account has looked at an item, not at the account.
    """
    account = held(session, account_id)
    if account.state not in IN_USE or not check_queries.may_check(session, actor, account.id, now):
        return
    if check_queries.recent(session, account.id, actor.id, now) is None:
        _look(session, account, actor, How.INBOX, "", now)


def open_weeks(session: Session, now: datetime) -> int:
    """Write down what this week asks of every active account that is there since it began; any
    number of tickers may call it. Returns how many weeks were opened.

    A week that no ticker saw is never judged: nobody could have been asked.
    """
    monday = check_rules.monday_of(now)
    profile = current(session)
    there = select(CheckWeek).where(CheckWeek.account_id == Account.id, CheckWeek.monday == monday)
    lacking = session.scalars(
        select(Account.id)
        .where(
            Account.state == State.ACTIVE,
            func.coalesce(Account.state_since, Account.created_at) <= check_rules.starts(monday),
            ~there.exists(),
        )
        .order_by(Account.id)
    ).all()
    if not lacking:
        return 0
    rows = [
        {
            "account_id": one,
            "monday": monday,
            "times": profile.check_times,
            "period": profile.check_period,
            "state": WeekState.OPEN,
        }
        for one in lacking
    ]
    session.execute(insert(CheckWeek).values(rows).on_conflict_do_nothing())
    live.announce(session, live.CALM)
    return len(rows)


def settle_weeks(session: Session, now: datetime) -> int:
    """Judge the weeks that are over: kept, missed, or not asked of an account that was paused or
    ended meanwhile. A missed one stands in the timeline. Returns how many were judged."""
    monday = check_rules.monday_of(now)
    over = session.execute(
        select(CheckWeek, Account.state, func.coalesce(Account.state_since, Account.created_at))
        .join(Account, Account.id == CheckWeek.account_id)
        .where(CheckWeek.state == WeekState.OPEN, CheckWeek.monday < monday)
        .order_by(CheckWeek.monday, CheckWeek.account_id)
        .with_for_update(of=CheckWeek, skip_locked=True)
    ).all()
    for week, state, since in over:
        _judge(session, week, state, since, now)
    if over:
        live.announce(session, live.CALM)
    return len(over)


def _judge(session: Session, week: CheckWeek, state: str, since: datetime, now: datetime) -> None:
    first, after = check_rules.starts(week.monday), check_rules.ends(week.monday)
    looks = check_queries.moments(session, [week.account_id], first, after)
    asked = check_rules.Asked(week.monday, week.times, week.period)
    made = check_rules.progress(
        asked, looks.get(week.account_id, []), week.monday + timedelta(days=7)
    )
    week.made, week.asked = made.made, made.asked
    moved = first < since < after
    if made.kept:
        week.state = WeekState.KEPT
    elif moved or (state != State.ACTIVE and since < after):
        week.state = WeekState.RESTED
    else:
        week.state = WeekState.MISSED
        body = {
            "account": week.account_id,
            "week": week.monday.isoformat(),
            "made": made.made,
            "asked": made.asked,
            "period": week.period,
        }
        record(session, "check:week:missed", body=body, now=now)


def _look(
    session: Session, account: Account, actor: Person, how: How, note: str, now: datetime
) -> AccountCheck:
    look = AccountCheck(account_id=account.id, at=now, by_id=actor.id, how=how, note=note)
    session.add(look)
    session.flush()
    record(
        session,
        "check:made",
        body={"account": account.id, "check": look.id, "how": how},
        now=now,
        person_id=actor.id,
        personal={"note": note} if note else None,
    )
    live.announce(session, live.CALM)
    return look
