"""*Gör nu* about accounts that a text was approved for and never reached, and that nothing newer is
carried by: what carries the first round only has no second chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Row, select
from sqlalchemy.orm import Session, aliased

from console.accounts.models import Account
from console.accounts.rules import platform_name
from console.incidents.models import Incident
from console.messages.models import Delivery, Round
from console.messages.rules import Act, DeliveryState
from console.parts import Todo, Verb
from console.people.rules import Permission

NAMED = 4
"""Accounts named in the row."""
NOTHING_OUT = (DeliveryState.EXPIRED, DeliveryState.STOPPED, DeliveryState.NOT_REPEATED)


def read(session: Session, incident_id: int, newest_round: int | None) -> Sequence[Row[Any]]:
    """short_name, platform of each account whose post expired: its round was over, or another text
    took over that isn't carried there. Of the newest round the board tells by itself.

    Args:
        newest_round: the newest round's id.
    """
    other = aliased(Delivery)
    reached = (
        select(other.id)
        .where(
            other.account_id == Delivery.account_id,
            other.incident_id == incident_id,
            other.language == Delivery.language,
            other.act == Act.POST,
            (other.message_id == Delivery.message_id) | (other.id > Delivery.id),
            other.state.not_in(NOTHING_OUT),
        )
        .exists()
    )
    # Whoever isn't reached by any round wasn't by the first.
    first = select(Round.id).where(
        Round.incident_id == incident_id, Round.n == 1, Round.id != (newest_round or 0)
    )
    left = select(Delivery.account_id).where(
        Delivery.round_id.in_(first),
        Delivery.state == DeliveryState.EXPIRED,
        Delivery.kind != "by_hand",
        Delivery.act == Act.POST,
        ~reached,
    )
    return session.execute(
        select(Account.short_name, Account.platform)
        .where(Account.id.in_(left))
        .order_by(Account.position, Account.id)
    ).all()


def rows(
    incident: Incident, left: Sequence[Row[Any]], allowed: frozenset[Permission]
) -> Iterator[Todo]:
    if not left or incident.state != "open":
        return
    names = ", ".join(f"{one.short_name}, {platform_name(one.platform)}" for one in left[:NAMED])
    verb = Verb(_("Skriv en ny"), url_for("messages.new", slug=incident.slug))
    yield Todo(
        "left",
        "expired",
        ngettext(
            "%(num)s konto fick aldrig beskedet", "%(num)s konton fick aldrig beskedet", len(left)
        ),
        _("%(names)s. Det hann inte ut innan tiden var över eller en nyare text tog över.",
          names=names + ("…" if len(left) > NAMED else "")),
        verb if Permission.WRITE_MESSAGE in allowed else None,
    )  # fmt: skip
