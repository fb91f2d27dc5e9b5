"""Disposal under a rule (4.4-b): its candidates, and the press after which they are gone.

Nothing goes without a rule. What belongs to an event or is kept as evidence is never a candidate:
crisis messages are no items at all; a post of our own, a warning, a rumour, what raised an alarm in
a lock, what has been through moderation, and an exercise's own are left out, whatever a rule says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, delete, exists, func, or_, select, true
from sqlalchemy.orm import Session, lazyload

from console import listing, live
from console.accounts.custody_models import AccountNotice
from console.archive import disposal_rules as rules
from console.archive.disposal_models import DisposalRule
from console.archive.rules import today
from console.errors import Faults, NotAllowed, NotFound, Stale, WrongState
from console.incidents.exercise_models import Inject
from console.messages.image_models import MessageImage
from console.monitoring import disposed, item_rules
from console.monitoring.feed_models import FeedItem
from console.monitoring.lock_models import LockAlarm
from console.monitoring.moderation_models import Moderation, ModerationEvidence
from console.monitoring.question_models import Question
from console.people.models import Person
from console.people.rules import Permission, may
from console.pictures.models import Image
from console.timeline.operations import record


@dataclass(frozen=True)
class Candidates:
    """What a rule would take now: the oldest, as many as go at a time."""

    ids: Sequence[int]
    total: int
    """With those that don't go this time."""
    oldest: datetime | None
    newest: datetime | None

    @property
    def mark(self) -> str:
        return rules.mark_of(self.ids)


def make_rule(
    session: Session,
    actor: Person,
    now: datetime,
    *,
    matter: str,
    months: int | None,
    decision: str,
    decided_on: date | None,
) -> DisposalRule:
    """Put down what has been decided.

    Raises:
        NotAllowed; Faults: fields matter, months, decision, decided_on.
    """
    _need(actor, Permission.KEEP_DISPOSAL_RULES)
    decision = " ".join(decision.split())
    faults = rules.rule_faults(matter, months, decision, decided_on, today(now))
    if faults or months is None or decided_on is None:
        raise Faults(faults)
    rule = DisposalRule(
        matter=matter,
        months=months,
        decision=decision,
        decided_on=decided_on,
        made_at=now,
        made_by_id=actor.id,
    )
    session.add(rule)
    session.flush()
    facts = {"rule": rule.id, "matter": matter, "months": months, "decision": decision,
             "decided_on": decided_on.isoformat()}  # fmt: skip
    record(session, "archive:rule:made", body=facts, now=now, person_id=actor.id)
    return rule


def end_rule(session: Session, actor: Person, rule_id: int, now: datetime) -> DisposalRule:
    """It holds no longer; nothing more goes under it. Once more does nothing.

    Raises:
        NotAllowed, NotFound.
    """
    _need(actor, Permission.KEEP_DISPOSAL_RULES)
    rule = _held(session, rule_id)
    if rule.ended_at is None:
        rule.ended_at, rule.ended_by_id = now, actor.id
        facts = {"rule": rule.id, "matter": rule.matter, "decision": rule.decision}
        record(session, "archive:rule:ended", body=facts, now=now, person_id=actor.id)
    return rule


def all_rules(session: Session) -> Sequence[DisposalRule]:
    """Those that hold first, each in the order they were made."""
    query = select(DisposalRule).order_by(DisposalRule.ended_at.is_not(None), DisposalRule.id)
    return session.scalars(query).all()


def rule_of(session: Session, rule_id: int) -> DisposalRule:
    """
    Raises:
        NotFound.
    """
    rule = session.get(DisposalRule, rule_id)
    if rule is None:
        raise NotFound(_("Regeln finns inte."))
    return rule


def candidates(session: Session, rule: DisposalRule, now: datetime) -> Candidates:
    """What the rule would take now; nothing, if it has ended."""
    if rule.ended_at is not None:
        return Candidates((), 0, None, None)
    found = _found(rule, now)
    total = session.scalars(select(func.count()).select_from(found.subquery())).one()
    rows = session.execute(
        found.order_by(FeedItem.state_at, FeedItem.id).limit(rules.AT_A_TIME)
    ).all()
    at = [row.state_at for row in rows]
    return Candidates([row.id for row in rows], total, min(at, default=None), max(at, default=None))


def listed(session: Session, found: Candidates, page: int) -> listing.Part[FeedItem]:
    """One page of candidates, the oldest first."""
    query = (
        select(FeedItem)
        .where(listing.among(FeedItem.id, found.ids))
        .options(lazyload("*"))
        .order_by(FeedItem.state_at, FeedItem.id)
    )
    return listing.part(session, query, page, total=len(found.ids))


def dispose(session: Session, actor: Person, rule_id: int, seen_mark: str, now: datetime) -> int:
    """Let go of what was listed, for good. Returns how many.

    Args:
        seen_mark: `Candidates.mark` of the list that the person has seen.

    Raises:
        NotAllowed, NotFound; WrongState: the rule has ended.
        Stale: the list is another one by now.
    """
    _need(actor, Permission.DISPOSE)
    rule = _held(session, rule_id)
    if rule.ended_at is not None:
        raise WrongState(_("Regeln gäller inte längre. Inget är gallrat."))
    listed_now = candidates(session, rule, now).ids
    items = session.execute(
        select(FeedItem.id, FeedItem.source_id, FeedItem.guid, FeedItem.link, FeedItem.image_id)
        .where(listing.among(FeedItem.id, listed_now))
        .order_by(FeedItem.id)
        .with_for_update(of=FeedItem)
    ).all()
    # Asked once more: what somebody took up again while it was waited for is listed no longer.
    found = candidates(session, rule, now)
    held = rules.mark_of(one.id for one in items)
    if not items or not held == found.mark == seen_mark:
        raise Stale(_("Listan har ändrats sedan du såg den. Inget är gallrat. Läs den igen."))
    disposed.put_down(
        session,
        [(one.source_id, one.guid, one.link) for one in items if one.source_id is not None],
    )
    ids = [one.id for one in items]
    session.execute(delete(Question).where(listing.among(Question.item_id, ids)))
    session.execute(delete(AccountNotice).where(_notices_of(ids)))
    session.execute(delete(FeedItem).where(listing.among(FeedItem.id, ids)))
    _without_use(session, [one.image_id for one in items if one.image_id is not None])
    rule.disposed += len(ids)
    rule.disposed_at = now
    facts = {"rule": rule.id, "matter": rule.matter, "months": rule.months,
             "decision": rule.decision, "decided_on": rule.decided_on.isoformat(),
             "count": len(ids), "oldest": found.oldest, "newest": found.newest}  # fmt: skip
    record(session, "archive:disposed", body=facts, now=now, person_id=actor.id)
    live.announce(session, live.CALM)
    return len(ids)


def _found(rule: DisposalRule, now: datetime) -> Select[int, datetime]:
    i = FeedItem
    asked = exists().where(Question.item_id == i.id)
    followed = Question.follow_up_on.is_(None) | Question.followed_up_at.is_not(None)
    unsettled = asked.where(Question.settled_at.is_(None) | ~followed)
    return select(i.id, i.state_at).where(
        i.state.in_(rules.STATES[rule.matter]),
        i.state_at < rules.before(now, rule.months),
        asked if rule.matter == rules.Matter.QUESTIONS else true(),
        ~unsettled,
        i.rumour_id.is_(None),
        i.delivery_id.is_(None),
        ~i.alert,
        ~exists().where(Moderation.item_id == i.id),
        ~exists().where(LockAlarm.item_id == i.id),
        ~exists().where(Inject.item_id == i.id),
    )


def _notices_of(ids: Sequence[int]) -> ColumnElement[bool]:
    """What was said to colleagues of the items: it repeats their words."""
    number = func.split_part(AccountNotice.about, " ", 2)
    texts = [str(one) for one in ids]
    return AccountNotice.about.startswith(item_rules.ABOUT) & number.in_(texts)


def _without_use(session: Session, images: Sequence[int]) -> None:
    """Pictures that nothing else carries go too."""
    if not images:
        return
    used = or_(
        exists().where(FeedItem.image_id == Image.id),
        exists().where(ModerationEvidence.image_id == Image.id),
        exists().where(MessageImage.image_id == Image.id),
    )
    session.execute(delete(Image).where(listing.among(Image.id, images), ~used))


def _held(session: Session, rule_id: int) -> DisposalRule:
    rule = session.get(
        DisposalRule, rule_id, with_for_update={"of": DisposalRule}, populate_existing=True
    )
    if rule is None:
        raise NotFound(_("Regeln finns inte."))
    return rule


def _need(actor: Person, permission: Permission) -> None:
    if not actor.active or not may(actor.roles, permission):
        raise NotAllowed(_("Din roll får inte göra det här."))
