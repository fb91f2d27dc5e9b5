"""The exact texts that were approved and went out, for a report."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.approvals.models import Approval
from console.messages import labels, queries
from console.messages.models import Broadcast, Delivery, Message
from console.messages.rules import MessageType
from console.review.figures_rules import Figures
from console.review.figures_shown import moment
from console.review.report import Sent
from console.timeline.masking import Mask


def sent(
    session: Session,
    incident_id: int,
    figures: Figures,
    people: Mapping[int, str],
    mask: Mask | None,
) -> list[Sent]:
    """Each message that went out, in order: the text of its first post, and who approved it.

    Args:
        people: names by id; of a masked copy, their roles.
        mask: a text that holds what mustn't be shown is left out; None: none is.
    """
    removed = queries.removed(session, incident_id)
    chains = {one.message_id: one for one in figures.chains}
    query = (
        select(Message, Broadcast)
        .join(Broadcast, Broadcast.message_id == Message.id)
        .where(
            Message.incident_id == incident_id,
            Message.record_number.is_not(None),
            queries.went_out(),
        )
        .order_by(Broadcast.id)
    )
    found = []
    for message, broadcast in session.execute(query).unique():
        chain = chains.get(message.id)
        if chain is None or chain.approved_at is None:
            continue  # it went out after the figures were counted
        text = _text(session, broadcast.id)
        if message.id in removed or (mask is not None and message.id in mask.gone):
            text = _("Texten är borttagen och visas inte.")
        elif mask is not None and mask.holds(text):
            text = _("Texten är utelämnad: den nämner en person.")
        approvers = session.scalars(
            select(Approval.person_id)
            .where(
                Approval.subject == "message_version", Approval.subject_id == broadcast.version_id
            )
            .order_by(Approval.id)
        )
        found.append(
            Sent(
                title=f"{labels.TYPES[MessageType(message.type)]} {message.record}",
                about=_(
                    "Godkänt %(at)s av %(who)s. Första kontot %(first)s, sista %(last)s.",
                    at=moment(chain.approved_at),
                    who=", ".join(people.get(one, "") for one in approvers),
                    first=moment(chain.first_at),
                    last=moment(chain.last_at),
                ),
                lines=text.splitlines(),
            )
        )
    return found


def _text(session: Session, broadcast_id: int) -> str:
    """The longest text of the first round in Swedish: what an account without a limit shows."""
    texts = session.scalars(
        select(Delivery.content)
        .where(Delivery.broadcast_id == broadcast_id, Delivery.language == "sv")
        .order_by(Delivery.round_id, Delivery.id)
        .limit(50)
    ).all()
    return max(texts, key=len, default="")
