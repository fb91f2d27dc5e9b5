"""*Inte rättade*: posts that carried an error and don't say so yet, each with why."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.errors import WrongState
from console.incidents import queries as incidents
from console.messages import carried, envelope, queries, rules
from console.messages.carried import Root
from console.messages.models import Delivery, Message, VersionPart

DONE = ("sent", "confirmed")


@dataclass(frozen=True)
class Uncorrected:
    """One post."""

    delivery_id: int
    """The post that is wrong."""
    account_id: int
    language: str
    link: str | None
    why: str
    """not_ours | language | unknown | started | waiting, or the reason of the correction's row"""
    row_id: int | None
    """The correction's row for it, if there is one."""
    state: str
    """The row's, or the post's own."""


def uncorrected(session: Session, correction: Message) -> list[Uncorrected]:
    """Posts that a correction that is out hasn't reached, newest first; those whose edit is on its
    way and may arrive are left out."""
    broadcast = queries.newest_broadcast(session, correction.id)
    if broadcast is None or correction.record_number is None or correction.corrects_id is None:
        return []
    try:
        frozen = envelope.read(broadcast.version.canonical, broadcast.content_hash)
    except WrongState:
        return []
    roots = carried.roots(
        session,
        correction.id,
        correction.corrects_id,
        frozen.texts["wrong"],
        without=carried.covered(correction.id, DONE),
    )
    rows = _rows(session, correction.id, roots)
    refused = incidents.refusals(session, correction.incident.id, {r.account_id for r in roots})
    targets = {target.account_id for target in frozen.targets}
    spoken = {"sv", *_approved(session, broadcast.version_id)}
    listed = []
    for root in roots:
        row = rows.get(root.id) or rows.get((root.account_id, root.language))
        why = None
        if root.account_id in refused or root.account_id not in targets:
            why = "not_ours"
        elif row is None:
            why = _why(root, spoken)
        elif row.state not in (*rules.UNSTARTED, "started"):
            why = row.reason or row.state
        if why is not None:
            listed.append(
                Uncorrected(
                    root.id,
                    root.account_id,
                    root.language,
                    root.remote_link,
                    why,
                    row.id if row is not None else None,
                    row.state if row is not None else root.state,
                )
            )
    return listed


def _why(root: Root, spoken: set[str]) -> str:
    if root.language not in spoken:
        return "language"
    return "waiting" if root.landed else root.state


def _rows(
    session: Session, correction_id: int, roots: list[Root]
) -> dict[int | tuple[int, str], Delivery]:
    """The correction's rows: of a post by its id, of an account by (account, language)."""
    if not roots:
        return {}
    found: dict[int | tuple[int, str], Delivery] = {}
    for row in session.scalars(
        select(Delivery).where(
            Delivery.message_id == correction_id,
            Delivery.state != rules.DeliveryState.NOT_REPEATED,
            Delivery.account_id.in_({root.account_id for root in roots}),
        )
    ):
        key = row.edits_id if row.edits_id is not None else (row.account_id, row.language)
        found[key] = row
    return found


def _approved(session: Session, version_id: int) -> set[str]:
    query = select(VersionPart.language).where(
        VersionPart.version_id == version_id, VersionPart.state == "approved"
    )
    return set(session.scalars(query))
