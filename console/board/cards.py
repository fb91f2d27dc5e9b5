"""Action cards (*Åtgärdskort*) on paper, for when the network is gone: one for each role.

They need no event and hold what was true when they were printed: whom to ring, where to publish by
hand, the approval on paper, and a log to fill in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from flask import Blueprint, current_app, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from console import clock
from console.accounts.models import Account
from console.accounts.rules import platform_name, publishes
from console.db import unit_of_work
from console.errors import NotAllowed, NotFound
from console.incidents import queries as incidents
from console.incidents.views.common import show_in_band
from console.people import queries as people
from console.people.labels import role_label
from console.people.models import Person
from console.people.rules import Permission, Role
from console.policy.queries import current
from console.web.guard import current_person, needs

bp = Blueprint("cards", __name__)


class Card(StrEnum):
    """Also the address and the template of the card."""

    UNIT = "unit"
    APPROVER = "approver"
    ADMINISTRATOR = "administrator"
    OPERATIONS = "operations"


LABELS: dict[Card, LazyString] = {
    Card.UNIT: _l("Informationsenheten"),
    Card.APPROVER: _l("Beslutsfattare"),
    Card.ADMINISTRATOR: _l("Kontoadministratör"),
    Card.OPERATIONS: _l("Drift och IT"),
}
ROLE_OF: dict[Card, Role] = {
    Card.UNIT: Role.INFORMATION_UNIT,
    Card.APPROVER: Role.APPROVER,
    Card.ADMINISTRATOR: Role.ACCOUNT_ADMINISTRATOR,
    Card.OPERATIONS: Role.SYSTEM_ADMINISTRATOR,
}
_HAND_OUT = frozenset({Role.INFORMATION_UNIT, Role.STRATEGY, Role.SYSTEM_ADMINISTRATOR})
"""They print every card, to hand out."""
_RUNG = (Role.APPROVER, Role.INFORMATION_UNIT, Role.SYSTEM_ADMINISTRATOR)
_LOG_ROWS = {Card.UNIT: 7, Card.APPROVER: 7, Card.ADMINISTRATOR: 7, Card.OPERATIONS: 16}
"""As many as fill the sheet."""


@dataclass(frozen=True)
class ToRing:
    role: str
    name: str
    phone: str
    """May be empty: the card leaves room to write it."""


@dataclass(frozen=True)
class ByHand:
    """Where somebody publishes by hand, and who has the login."""

    name: str
    platform: str
    address: str
    administrators: tuple[Person, ...]


def cards_for(roles: Iterable[str]) -> tuple[Card, ...]:
    """The cards that somebody with these roles may print, their own first."""
    mine = frozenset(roles)
    own = [card for card in Card if ROLE_OF[card] in mine]
    others = [card for card in Card if card not in own] if mine & _HAND_OUT else []
    return (*own, *others)


def people_to_ring(session: Session) -> list[ToRing]:
    """Whom the cards say to ring, in the order to try them: approvers, the information unit, IT.

    Within a role: who has the duty, the call list, then everybody else by name.
    """
    return [
        ToRing(role_label(session, role), person.name, person.phone)
        for role in _RUNG
        for person in dict.fromkeys(
            [*people.call_list(session, role), *people.with_role(session, role)]
        )
    ]


def _by_hand(accounts: Iterable[Account]) -> list[ByHand]:
    return [
        ByHand(
            account.name,
            platform_name(account.platform),
            account.address or account.handle,
            tuple(row.person for row in account.administrators if row.person.active),
        )
        for account in accounts
    ]


@bp.get("/cards")
@needs(Permission.VIEW_CARDS)
def listing() -> str:
    with unit_of_work() as session:
        show_in_band(session, None)
        mine = cards_for(current_person().roles)
        return render_template("cards/list.html", cards=[(c.value, LABELS[c]) for c in mine])


@bp.get("/cards/<card>")
@needs(Permission.VIEW_CARDS)
def show(card: str) -> str:
    if card not in list(Card):
        raise NotFound(_("Det kortet finns inte. Välj bland åtgärdskorten."))
    person = current_person()
    if card not in cards_for(person.roles):
        raise NotAllowed(_("Det kortet hör till en annan roll. Fråga informationsenheten."))
    with unit_of_work() as session:
        show_in_band(session, None)
        accounts = [a for a in incidents.accounts_offered(session) if publishes(a.state)]
        profile = current(session)
        official = [a.address for a in accounts if a.official and a.address]
        own = [a for a in accounts if person.id in {one.person_id for one in a.administrators}]
        return render_template(
            f"cards/{card}.html",
            card=card,
            label=LABELS[Card(card)],
            profile=profile,
            interval=timedelta(minutes=profile.default_interval_minutes),
            rung=people_to_ring(session),
            website=(official or [current_app.config["SETTINGS"].public_url])[0],
            console=current_app.config["SETTINGS"].console_url,
            home=current_app.config["SETTINGS"].home,
            accounts=_by_hand(a for a in accounts if not a.official),
            own=_by_hand(own if Role.ACCOUNT_ADMINISTRATOR in person.roles else ()),
            printed_at=clock.now(),
            log_rows=_LOG_ROWS[Card(card)],
        )
