"""På jour nu: who has the duty of a role, handing it over, and whom to ring next."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from console import live
from console.errors import BadInput, NotAllowed, WrongState
from console.people import queries
from console.people.labels import role_label
from console.people.models import Duty, DutyPlace, Person
from console.people.rules import DUTY_ROLES, Permission, Role, may
from console.timeline import operations as timeline

_DUTY_LOCK = 7236414


def hand_over(
    session: Session,
    actor: Person,
    role: Role,
    to_person: Person,
    now: datetime,
    *,
    until: datetime | None = None,
) -> Duty:
    """Give the role's duty to a named person, from now on; who had it is off duty.

    The one who has it hands it over, another with the role takes it, and the information unit may
    fill it for others: nobody waits for an approver because the console let nobody say who it is.
    Works outside events: the timeline entry belongs to none.

    Args:
        until: when somebody else is to take over; shown, and red once it has passed.

    Raises:
        NotAllowed: the actor has neither the role nor a place in the information unit.
        BadInput: the role has no duty; the person lacks the role or is shut out (`person`); a time
            that has passed (`until`).
        WrongState: they have the duty already.
    """
    _allow(actor, role)
    if not to_person.active or role not in to_person.roles:
        raise BadInput(
            _(
                "%(name)s har inte rollen %(role)s. Välj någon i listan.",
                name=to_person.name,
                role=role_label(session, role),
            ),
            field="person",
        )
    if until is not None and until <= now:
        raise BadInput(_("Välj en tid som inte har passerat."), field="until")
    _one_at_a_time(session)
    had = queries.duty(session, role)
    if had is not None and had.person_id == to_person.id and had.until == until:
        raise WrongState(_("%(name)s har redan jouren.", name=to_person.name))
    if had is not None:
        had.ended_at = now
        session.flush()
    taken = Duty(
        role=role.value, person_id=to_person.id, since=now, until=until, given_by_id=actor.id
    )
    session.add(taken)
    session.flush()
    facts: dict[str, object] = {
        "role": role.value,
        "from": None if had is None else had.person_id,
        "to": to_person.id,
        "until": until,
    }
    _record(session, "duty:handed_over", actor, now, facts)
    return taken


def call_earlier(
    session: Session, actor: Person, role: Role, person: Person, now: datetime
) -> list[Person]:
    """Move a person one place up on the role's call list, or put them last if they aren't on it.

    Returns the list's people in their new order.

    Raises:
        NotAllowed; BadInput: as `hand_over`.
    """
    _allow(actor, role)
    if not person.active or role not in person.roles:
        raise BadInput(_("Välj någon som har rollen."), field="person")
    _one_at_a_time(session)
    ids = _listed(session, role)
    if person.id in ids:
        place = ids.index(person.id)
        ids.insert(max(0, place - 1), ids.pop(place))
    else:
        ids.append(person.id)
    return _set_order(session, actor, role, ids, now)


def leave_call_list(
    session: Session, actor: Person, role: Role, person: Person, now: datetime
) -> list[Person]:
    """Take a person off the role's call list. Returns who is left.

    Raises:
        NotAllowed; BadInput: the role has no duty.
    """
    _allow(actor, role)
    _one_at_a_time(session)
    ids = [one for one in _listed(session, role) if one != person.id]
    return _set_order(session, actor, role, ids, now)


def _listed(session: Session, role: Role) -> list[int]:
    query = select(DutyPlace.person_id).where(DutyPlace.role == role)
    return list(session.scalars(query.order_by(DutyPlace.position)))


def _set_order(
    session: Session, actor: Person, role: Role, ids: list[int], now: datetime
) -> list[Person]:
    if ids != _listed(session, role):
        session.execute(delete(DutyPlace).where(DutyPlace.role == role))
        session.add_all(
            DutyPlace(role=role.value, person_id=one, position=place)
            for place, one in enumerate(ids, 1)
        )
        session.flush()
        _record(session, "duty:list:changed", actor, now, {"role": role.value, "people": ids})
    return [queries.get(session, one) for one in ids]


def _allow(actor: Person, role: Role) -> None:
    if role not in DUTY_ROLES:
        raise BadInput(_("Den rollen har ingen jour."), field="role")
    own = role in actor.roles or Role.INFORMATION_UNIT in actor.roles
    if not actor.active or not may(actor.roles, Permission.HAND_OVER_DUTY) or not own:
        raise NotAllowed(
            _("Bara den som har rollen, eller informationsenheten, kan ändra vem som har jouren.")
        )


def _one_at_a_time(session: Session) -> None:
    # Two who hand over at once: the second sees what the first did.
    session.execute(select(func.pg_advisory_xact_lock(_DUTY_LOCK)))


def _record(
    session: Session, tag: str, actor: Person, now: datetime, facts: dict[str, object]
) -> None:
    timeline.record(session, tag, body=facts, now=now, person_id=actor.id)
    # The ticker looks at once: whoever got the duty is called about what already waits.
    live.announce(session, live.CALM, live.WORK)
