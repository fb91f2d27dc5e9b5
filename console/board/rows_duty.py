"""The board's rows about people: who has been called, whom to ring, which places stand empty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import Row

from console import phrases
from console.board.queries_duty import Staffing
from console.board.view_model import OnDuty
from console.incidents.models import Incident
from console.messages import calls, labels
from console.messages.rules import CallOutcome, MessageType
from console.parts import Todo, Verb
from console.people.rules import DUTY_ROLES, Permission, Role

NAMED = 3
"""Empty places that a row names; the rest are counted."""


def silent(
    incident: Incident,
    staffing: Staffing,
    waiting: Sequence[Row[Any]],
    allowed: frozenset[Permission],
    *,
    mail: bool,
) -> Iterator[Todo]:
    """Texts that nobody answers, or that nobody may approve.

    Args:
        mail: mail can be sent; without it nobody has been called.
    """
    ids = {row.message_id for row in waiting}
    for row in waiting:
        made = staffing.calls.get(row.id, ())
        if row.prepared_with_id in ids or (made and not calls.list_is_out(made)):
            continue
        title, why = _silence(row, made, mail=mail)
        yield Todo(
            f"silent-{row.id}",
            "missed",
            title,
            why,
            verb(incident, row, made, allowed) or _duty_verb(_("Visa jouren"), allowed),
        )


def _silence(row: Row[Any], made: Sequence[Row[Any]], *, mail: bool) -> tuple[str, str]:
    """What is wrong, and why, where nobody is left to wait for."""
    kind = kind_of(row)
    if not made:
        return _("Ingen kan godkänna texten"), _(
            "%(kind)s. Någon som inte har skrivit den måste få rollen.", kind=kind
        )
    some = any(call.outcome == CallOutcome.APPROVED for call in made)
    title = _("För få beslutsfattare har svarat") if some else _("Ingen beslutsfattare har svarat")
    names = ", ".join(call.name for call in made if call.outcome != CallOutcome.APPROVED)
    if mail:
        return title, _("%(kind)s. Alla är kallade: %(names)s.", kind=kind, names=names)
    return title, _("%(kind)s. Mejl är inte inställt. Ring: %(names)s.", kind=kind, names=names)


def _duty_verb(text: str, allowed: frozenset[Permission]) -> Verb | None:
    changes = {Permission.WRITE_MESSAGE, Permission.APPROVE_MESSAGE} & allowed
    return Verb(text, url_for("duty.show")) if changes else None


def empty_places(
    incident: Incident, staffing: Staffing, allowed: frozenset[Permission], now: datetime
) -> Iterator[Todo]:
    """What nobody holds is red before it is needed."""
    if incident.state != "open":
        return
    titles = {
        Role.APPROVER: _("Ingen beslutsfattare på jour"),
        Role.INFORMATION_UNIT: _("Ingen på informationsenheten har jour"),
    }
    lang = str(get_locale())
    for role in DUTY_ROLES:
        holder = staffing.duty.get(role)
        if holder is None:
            why = _("Säg vem som nås först.")
            yield Todo(
                f"duty-{role}", "missed", titles[role], why, _duty_verb(_("Lägg till"), allowed)
            )
        elif holder.until is not None and holder.until <= now:
            yield Todo(
                f"duty-{role}",
                "missed",
                _("Jouren skulle lämnas över %(at)s", at=phrases.when(holder.until, now, lang)),
                _("%(name)s har den fortfarande: %(role)s.", name=holder.name,
                  role=staffing.labels[role]),
                _duty_verb(_("Lämna över"), allowed),
            )  # fmt: skip
    empty = [place for place in staffing.places if not place.name and not place.by_duty]
    if empty:
        url = url_for("incidents.show_roster", slug=incident.slug)
        yield Todo(
            "roster",
            "missed",
            ngettext("%(num)s plats är obemannad", "%(num)s platser är obemannade", len(empty)),
            _several([place.label for place in empty]),
            Verb(_("Bemanna"), url) if Permission.WRITE_MESSAGE in allowed else None,
        )


def _several(labels: Sequence[str]) -> str:
    """A few of them, and how many more."""
    named = ", ".join(labels[:NAMED])
    rest = len(labels) - NAMED
    return phrases.sentence(
        _("%(names)s och %(n)s till", names=named, n=rest) if rest > 0 else named
    )


def on_duty(staffing: Staffing) -> tuple[OnDuty, ...]:
    """Who has each duty, for the line *På jour nu*."""
    found = ((staffing.labels[role], staffing.duty.get(role)) for role in DUTY_ROLES)
    return tuple(
        OnDuty(label, "") if holder is None else OnDuty(label, holder.name, holder.phone)
        for label, holder in found
    )


def kind_of(row: Row[Any]) -> str:
    return str(labels.TYPES[MessageType(row.type)])


def said(made: Sequence[Row[Any]], now: datetime, *, mail: bool) -> str:
    """Who was called about a waiting text, and when, to stand after a sentence."""
    words = calls.said(made, now, str(get_locale()), mail=mail)
    return f" {words}" if words else ""


def verb(
    incident: Incident,
    row: Row[Any],
    made: Sequence[Row[Any]],
    allowed: frozenset[Permission],
) -> Verb | None:
    """What a reader can do about a waiting text: approve it, ring the one called, or read it."""
    url = url_for("messages.approve_page", slug=incident.slug, version_id=row.id)
    if Permission.APPROVE_MESSAGE in allowed:
        return Verb(_("Läs och godkänn"), url)
    if Permission.WRITE_MESSAGE not in allowed:
        return None
    return calls.ring(made) or Verb(_("Visa"), url)
