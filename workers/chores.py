"""What the ticker sees to beside sending: calls, questions, corrections of late landings.

Each in a transaction of its own: one that fails is logged, looked at again a moment later, and
holds up nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from console import clock, db
from console.guideline import pledges
from console.incidents import exercise_queries
from console.incidents.operations import reminding
from console.incidents.operations.notices import notify_newcomers
from console.logs import get_logger
from console.messages.operations import by_hand, calling, edits, pinning, promises
from console.monitoring import check_operations as checks
from console.monitoring import inject_operations, lock_watch
from console.monitoring import operations as rumours
from console.posts.operations import holding
from console.review import yearly_asking as reports

log = get_logger("chores")


def see_to(*, mail: bool) -> None:
    """
    Args:
        mail: mail can be sent.
    """
    apart("late_posts_not_corrected", edits.late)
    apart("pins_not_planned", pinning.plan)
    apart("promises_not_asked", lambda session, now: promises.ask(session, now, mail=mail))
    apart("promises_not_missed", lambda session, now: promises.miss(session, now, mail=mail))
    apart("locks_not_watched", lambda session, now: lock_watch.look(session, now, mail=mail))
    apart("rumours_not_answered", rumours.answer_those_out)
    apart("posts_not_held", holding.hold_locked)
    apart("failed_posts_not_held", holding.hold_failed)
    apart("holds_not_told", lambda session, now: holding.tell(session, now, mail=mail))
    apart("hand_posts_not_told", lambda session, now: holding.tell_by_hand(session, now, mail=mail))
    let_injects_happen()
    call_approvers(mail=mail)


def let_injects_happen() -> None:
    """What the plans of open exercises say is to happen by now, one at a time."""
    with db.unit_of_work() as session:
        due = exercise_queries.due(session, clock.now())
    for inject_id in due:
        apart("inject_not_happened", partial(_happen, inject_id))


def _happen(inject_id: int, session: Session, now: datetime) -> None:
    inject_operations.happen(session, inject_id, now)


def ask_for_pledges(*, mail: bool) -> None:
    """Tell administrators whose pledge is missing: they are new, or the guideline is (3.2-d)."""
    apart("pledges_not_asked", lambda session, now: pledges.ask(session, now, mail=mail))


def count_checks() -> None:
    """Judge the weeks that are over, and write down what this one asks (4-f)."""
    apart("weeks_not_settled", checks.settle_weeks)
    apart("weeks_not_opened", checks.open_weeks)


def ask_for_reports(*, mail: bool) -> None:
    """Open the year's reports on their day, and remind of those that aren't sent (4.3-a)."""
    apart("reports_not_opened", reports.open_due)
    apart("reports_not_reminded", lambda session, now: reports.remind(session, now, mail=mail))


def call_approvers(*, mail: bool) -> None:
    """See to the calls of every text that waits for approval."""
    apart("calls_not_ended", calling.end_unneeded)
    with db.unit_of_work() as session:
        waiting = calling.waiting(session)
    for version_id in waiting:
        apart("approver_not_called", partial(_call, version_id, mail))


def _call(version_id: int, mail: bool, session: Session, now: datetime) -> None:
    calling.step(session, version_id, now, mail=mail)


def remind(*, mail: bool) -> None:
    """Tell administrators of locks that they don't know of and of by-hand tasks, and send again
    what nobody has read or done."""
    apart("newcomers_not_told", lambda session, now: notify_newcomers(session, now, mail=mail))
    apart("not_told", lambda session, now: by_hand.tell_administrators(session, now, mail=mail))
    apart("not_reminded_by_hand", by_hand.remind)
    apart(
        "unread_not_reminded", lambda session, now: reminding.remind_unread(session, now, mail=mail)
    )


def apart(trouble: str, chore: Callable[[Session, datetime], object]) -> None:
    """Run a chore by itself; `trouble` is what the log says if it fails."""
    try:
        with db.unit_of_work() as session:
            chore(session, clock.now())
    except Exception:
        log.error(trouble, exc_info=True)
