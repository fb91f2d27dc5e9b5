"""What is said of pins: where a message's posts will stand first, and where they do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import Response, flash, g, redirect, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels import registry
from channels.failures import Reason
from console import clock
from console.accounts.models import Account
from console.accounts.rules import platform_name
from console.db import unit_of_work
from console.errors import NotFound, WrongState
from console.incidents.models import Incident
from console.incidents.views.common import enter
from console.messages import reasons
from console.messages.models import Delivery
from console.messages.operations import pinning as verbs
from console.messages.operations.settling import may_confirm
from console.messages.pin_models import PostPin
from console.messages.views.common import bp
from console.parts import State
from console.people.rules import Permission, may
from console.web.guard import needs


@dataclass(frozen=True)
class Pinned:
    """One post that stands first, is to, or is still to be lifted."""

    account: str
    state: State
    text: str
    at: datetime | None
    """When it was pinned."""
    link: str
    lifted_url: str
    """Where whoever has lifted it by hand says so. Empty: nothing to say, or not theirs."""


@bp.post("/pins/<int:pin_id>/lifted")
@needs(Permission.CONFIRM_BY_HAND)
def confirm_lifted(slug: str, pin_id: int) -> Response:
    with unit_of_work() as session:
        message_id = _of_event(session, enter(session, slug), pin_id).delivery.message_id
    try:
        with unit_of_work() as session:
            verbs.confirm(session, g.person, pin_id, clock.now())
            flash(_("Lossat. Tack!"), "done")
    except WrongState as error:
        flash(error.message, "error")
    return redirect(url_for("messages.write", slug=slug, message_id=message_id))


def where(accounts: Iterable[tuple[str, str]]) -> str:
    """Where a message would stand first, and where it can't, as a sentence.

    Args:
        accounts: kind of channel and platform of each; the websites are left out.
    """
    able: dict[bool, dict[str, None]] = {True: {}, False: {}}
    for kind, platform in accounts:
        if kind != registry.WEBSITE:
            able[verbs.can(kind, platform)][platform_name(platform)] = None
    can, cannot = ", ".join(able[True]), ", ".join(able[False])
    if can and cannot:
        return _(
            "Överst på %(can)s så länge det gäller. Går inte på %(cannot)s.", can=can, cannot=cannot
        )
    if can:
        return _("Överst på %(can)s så länge det gäller.", can=can)
    return _("Inget av kontona går att fästa på härifrån.")


def of_message(session: Session, incident: Incident, message_id: int) -> list[Pinned]:
    """In the accounts' order; what has been lifted is left out."""
    query = (
        select(PostPin, Delivery, Account)
        .join(Delivery, Delivery.id == PostPin.delivery_id)
        .join(Account, Account.id == PostPin.account_id)
        .where(Delivery.message_id == message_id, PostPin.wanted | (PostPin.state != "done"))
        .order_by(Account.position, Account.id, PostPin.id)
    )
    return [
        Pinned(
            f"{account.short_name}, {platform_name(account.platform)}",
            _mark(one),
            _said(one),
            one.settled_at if one.wanted and one.state == "done" else None,
            post.remote_link or "",
            url_for("messages.confirm_lifted", slug=incident.slug, pin_id=one.id)
            if one.state == "by_hand"
            and may(g.person.roles, Permission.CONFIRM_BY_HAND)
            and may_confirm(session, g.person, account.id, clock.now())
            else "",
        )
        for one, post, account in session.execute(query)
    ]


def _mark(one: PostPin) -> State:
    marks: dict[str, State] = {
        "done": "sent", "refused": "refused", "unknown": "unknown", "by_hand": "by_hand",
    }  # fmt: skip
    return marks.get(one.state, "queued")


def _said(one: PostPin) -> str:
    why = _why(one.reason)
    if not one.wanted:
        said = _("Lossa inlägget för hand.") if one.state == "by_hand" else _("Lossas strax.")
    elif one.state == "done":
        return str(_("Fäst överst."))
    elif one.state == "refused":
        said = _("Gick inte att fästa. Inlägget är ute.")
    elif one.state == "unknown":
        said = _("Ingen vet om det är fäst. Inlägget är ute.")
    else:
        said = _("Fästs strax.")
    return f"{said} {why}".strip()


def _why(reason: str) -> str:
    """A stored reason as a sentence. A channel's own sentences of an answer speak of the post."""
    name, _colon, detail = reason.partition(": ")
    if name == Reason.TURNED_DOWN:
        said = _("Plattformen sa nej.")
    elif name in (Reason.SERVER_ERROR, Reason.NO_ANSWER, Reason.BAD_ANSWER):
        said = _("Plattformen svarade inte som den ska.")
    else:
        return reasons.said(reason) if reason else ""
    return f"{said} ({detail})" if detail else str(said)


def _of_event(session: Session, incident: Incident, pin_id: int) -> PostPin:
    one = session.get(PostPin, pin_id)
    if one is None or one.delivery.incident_id != incident.id:
        raise NotFound(_("Inlägget finns inte i den här händelsen."))
    return one
