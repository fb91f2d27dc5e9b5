"""What several of a post's operations do."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.errors import NotAllowed, WrongState
from console.messages.models import Broadcast, Message
from console.messages.operations.drafts import locked, need
from console.people.models import Person
from console.people.rules import Permission
from console.posts import queries, rules
from console.posts.models import PostHold
from console.timeline.operations import record


def tended(session: Session, actor: Person, message_id: int) -> Message:
    """The post as it is now, held until the end of the unit of work, for who may tend it.

    Its broadcast first, in the tick's own order: the two must not wait for each other.

    Raises:
        NotAllowed: no such role; NotFound: no such post, or somebody else's.
    """
    need(actor, Permission.WRITE_POST)
    queries.post(session, actor, message_id)
    session.scalars(
        select(Broadcast.id).where(Broadcast.message_id == message_id).with_for_update()
    ).all()
    return locked(session, message_id)


def move(message: Message, state: rules.State) -> None:
    """
    Raises:
        WrongState: the table doesn't allow it.
    """
    if state not in rules.MOVES.get(message.state, frozenset()):
        raise WrongState(_("Inlägget har redan gått vidare. Ladda om sidan."))
    message.state = state


def need_own(session: Session, actor: Person, account_ids: list[int]) -> None:
    """
    Raises:
        NotAllowed: an account that isn't the actor's own, or isn't in use.
    """
    own = {account.id for account in queries.own_accounts(session, actor.id)}
    if not set(account_ids) <= own:
        raise NotAllowed(_("Du kan bara skriva på konton som du sköter och som är i bruk."))


def settle_holds(
    session: Session,
    actor: Person,
    message: Message,
    choice: str,
    now: datetime,
    among: Collection[int] | None = None,
) -> list[PostHold]:
    """Answer what a held post asks its author: anew, thrown away, or out after all.

    Args:
        among: only for these accounts; None: for all of them.
    """
    holds = [
        one
        for one in queries.open_holds(session, message.id)
        if among is None or one.account_id in among
    ]
    for hold in holds:
        hold.settled_at, hold.settled_by_id, hold.choice = now, actor.id, choice
    session.flush()
    return holds


def note(
    session: Session, verb: str, message: Message, actor: Person | None, now: datetime,
    incident_id: int | None = None, **facts: object,
) -> None:  # fmt: skip
    """Write a post's entry in the timeline."""
    record(
        session,
        f"post:{verb}",
        body={"message": message.id, **facts},
        now=now,
        incident_id=incident_id,
        person_id=actor.id if actor is not None else None,
    )
