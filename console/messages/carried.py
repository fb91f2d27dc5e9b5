"""Which posts carried an error: every post of the message, and others that said the same sentence.

A standing instruction is repeated as a line in later messages, so an error in it has gone further
than its own posts. Once a post has been corrected, or is being, it is covered.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from console.messages import queries, rules, wording
from console.messages.models import Broadcast, Delivery, Message, RemovalPost, Version

PENDING = (*rules.UNSTARTED, *rules.CARRIED)
"""States of an edit that has changed the post, or is about to."""
REMOVED = ("queued", "started", "by_hand", "gone", "refused")
"""States of a removal that somebody has agreed to: such a post isn't corrected any more (4-i)."""


@dataclass(frozen=True)
class Root:
    """A post that is, or may be, out with the error."""

    id: int
    account_id: int
    language: str
    kind: str
    state: str
    fingerprint: str
    remote_id: str | None
    remote_link: str | None
    content: str
    """What it says now, earlier edits included."""
    struck: tuple[str, ...]
    due_at: datetime
    pictured: bool
    """It carries a card, which says what it said when it was drawn."""

    @property
    def landed(self) -> bool:
        """It is known to be out there."""
        return self.state in ("sent", "confirmed")


SAID = ("instruction", "instruction_detail", "text", "short_text", "known", "unknown", "doing")
"""Fields whose sentences are out: in posts, or on the site."""


def sentences_of(message: Message) -> list[str]:
    """Sentences that are out with a message: any of them may be the wrong one."""
    names = ("right",) if message.type == rules.MessageType.CORRECTION else SAID
    whole = [str(message.fields[name]) for name in names if message.fields.get(name)]
    return list(dict.fromkeys(one for text in whole for one in wording.sentences(text)))


def messages(session: Session, corrects: int, wrong: str) -> list[int]:
    """Ids of messages whose frozen texts hold the error: the one in error first.

    Args:
        corrects: the message in error.
        wrong: the Swedish sentences that were wrong.
    """
    spelled = _spelled(wrong)
    if not spelled:
        return [corrects]
    incident = select(Message.incident_id).where(Message.id == corrects).scalar_subquery()
    # Of a text that ended before it went out, and then went out in other words, those count.
    went_out = exists().where(Broadcast.version_id == Version.id, queries.went_out())
    others = session.scalars(
        select(Message.id)
        .join(Version, Version.message_id == Message.id)
        .where(
            Message.incident_id == incident,
            Message.id != corrects,
            # A correction quotes what was wrong.
            Message.type != rules.MessageType.CORRECTION,
            Message.record_number.is_not(None),
            Version.state == "approved",
            went_out,
            or_(*(Version.canonical.contains(one, autoescape=True) for one in spelled)),
        )
        .distinct()
        .order_by(Message.id)
    )
    return [corrects, *others]


def called_wrong(session: Session, version: Version) -> bool:
    """Has something that the version says been called wrong since it was submitted?

    A correction quotes what is wrong: it isn't asked about.
    """
    if version.message.corrects_id is not None:
        return False
    query = select(Message).where(
        Message.incident_id == version.message.incident_id,
        Message.corrects_id.is_not(None),
        Message.created_at > version.submitted_at,
        Message.state != rules.MessageState.WITHDRAWN,
    )
    return any(
        one in version.canonical
        for correction in session.scalars(query)
        for one in _spelled(str(correction.fields.get("wrong") or ""))
    )


def roots(
    session: Session,
    correction_id: int,
    corrects: int,
    wrong: str,
    *,
    without: ColumnElement[bool],
) -> list[Root]:
    """The posts that the correction is for, newest first.

    Args:
        without: condition for those to leave out: see `covered`.
    """
    newest = (
        select(
            Delivery.edits_id,
            func.max(Delivery.id).label("id"),
        )
        .where(
            Delivery.edits_id.is_not(None),
            Delivery.message_id != correction_id,
            Delivery.state.in_((*PENDING, "by_hand")),
        )
        .group_by(Delivery.edits_id)
        .subquery()
    )
    edit, d = aliased(Delivery), Delivery
    query = (
        select(
            d.id,
            d.account_id,
            d.language,
            d.kind,
            d.state,
            d.fingerprint,
            d.remote_id,
            d.remote_link,
            func.coalesce(edit.content, d.content),
            func.coalesce(edit.struck, d.struck),
            func.coalesce(d.settled_at, d.started_at),
            d.picture_id.is_not(None),
        )
        .outerjoin(newest, newest.c.edits_id == d.id)
        .outerjoin(edit, edit.id == newest.c.id)
        .where(carries(session, corrects, wrong), ~without)
        .order_by(d.id.desc())
    )
    return [Root(*row[:9], tuple(row[9]), *row[10:]) for row in session.execute(query)]


def carries(session: Session, corrects: int, wrong: str) -> ColumnElement[bool]:
    """Condition: the delivery is a post that may be out with the error, and isn't being removed."""
    d = Delivery
    own = d.message_id == corrects
    # A correction that was itself wrong stands in the posts that it edited.
    edited = aliased(Delivery)
    own |= exists().where(
        edited.edits_id == d.id, edited.message_id == corrects, edited.state.in_(rules.CARRIED)
    )
    others = [one for one in messages(session, corrects, wrong) if one != corrects]
    if others:
        own |= d.message_id.in_(others) & says(wrong)
    removed = exists().where(RemovalPost.delivery_id == d.id, RemovalPost.state.in_(REMOVED))
    return and_(d.act == rules.Act.POST, d.state.in_(rules.CARRIED), own, ~removed)


def covered(correction_id: int, states: tuple[str, ...] = ()) -> ColumnElement[bool]:
    """Condition: the correction has a row for the post: an edit of it, or a text on its account.

    Args:
        states: only rows in these; () means any.
    """
    row = aliased(Delivery)
    return exists().where(
        row.message_id == correction_id,
        row.state.in_(states) if states else true(),
        or_(
            row.edits_id == Delivery.id,
            and_(
                row.act == rules.Act.POST,
                row.account_id == Delivery.account_id,
                row.language == Delivery.language,
                row.state != rules.DeliveryState.NOT_REPEATED,
            ),
        ),
    )


def says(wrong: str) -> ColumnElement[bool]:
    """Condition: the delivery's text holds one of the sentences."""
    telling = _telling(wrong)
    if not telling:
        return false()
    return or_(*(Delivery.content.contains(one, autoescape=True) for one in telling))


def _spelled(wrong: str) -> list[str]:
    """The sentences as they stand in canonical JSON."""
    return [json.dumps(one, ensure_ascii=False)[1:-1] for one in _telling(wrong)]


def _telling(wrong: str) -> list[str]:
    return [wording.bare(one) for one in wording.sentences(wrong) if wording.tells(one)]
