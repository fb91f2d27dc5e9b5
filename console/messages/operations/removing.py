"""Deleting posts that are out: asked for on one of three grounds, decided by somebody else (4-i).

Everything else is corrected, never deleted (4-k). The exact text is kept as evidence first, where
only few may read it. A removal goes before a correction: a post that is to go is not edited.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session, aliased

from channels import registry
from channels.platforms import PLATFORMS
from console import live
from console.accounts import charge
from console.errors import BadInput, NotAllowed, NotFound, WrongState
from console.incidents import queries as incidents
from console.incidents.models import Incident
from console.incidents.operations.telling import tell
from console.incidents.rules import NoticeKind
from console.messages import checks, rules
from console.messages.models import Broadcast, Delivery, Message, Removal, RemovalPost
from console.messages.operations import control, website
from console.messages.operations.drafts import need, open_incident
from console.messages.operations.settling import may_confirm
from console.messages.process_models import LIVE
from console.messages.targets import aim
from console.people.models import Person
from console.people.rules import Permission
from console.timeline.models import Entry
from console.timeline.operations import record
from console.timeline.rules import clean_text

STOPPED = "removal"
LEASE = timedelta(seconds=30)
"""How long an attempt may take before it is made again: deleting twice does no harm."""
FIRST_WAIT = timedelta(seconds=2)
MOST_ATTEMPTS = 8
"""Then a person does it."""


def ask(
    session: Session,
    actor: Person,
    incident: Incident,
    message_id: int,
    posts: Sequence[int] | None,
    ground: str,
    reason: str,
    now: datetime,
) -> Removal:
    """Ask that posts of a message be deleted. Their exact text, link and time are kept at once.

    Args:
        posts: ids of deliveries; None: every post of the message.
        ground: one of `rules.Ground`.
        reason: in general words, without the data itself.

    Raises:
        NotAllowed, NotFound, WrongState; BadInput: field `ground`, `reason` or `posts`.
    """
    need(actor, Permission.ASK_REMOVAL)
    open_incident(session, incident.id)
    if ground not in set(rules.Ground):
        raise BadInput(
            _(
                "Ett inlägg som är ute tas bara bort för personuppgifter, sekretess eller brott."
                " Allt annat rättas: tryck Rätta fel ute."
            ),
            field="ground",
        )
    reason = " ".join(reason.split())
    if not reason:
        raise BadInput(_("Skriv kort varför, utan att upprepa uppgiften."), field="reason")
    if checks.identity_numbers(reason):
        raise BadInput(_("Upprepa inte uppgiften här. Beviset sparas för sig."), field="reason")
    message = session.get(Message, message_id)
    if message is None or message.incident_id != incident.id:
        raise NotFound(_("Meddelandet finns inte i den här händelsen."))
    found = may_go(session, message.id)
    chosen = found if posts is None else [one for one in found if one.id in set(posts)]
    if not chosen or (posts is not None and len(chosen) != len(set(posts))):
        raise BadInput(_("Välj inlägg som är ute och inte redan ska tas bort."), field="posts")
    removal = Removal(
        incident_id=incident.id,
        message_id=message.id,
        whole=posts is None,
        ground=ground,
        reason=reason,
        state="asked",
        asked_at=now,
        asked_by_id=actor.id,
    )
    session.add(removal)
    session.flush()
    _capture(session, removal, chosen, "asked", now)
    record(
        session,
        "removal:asked",
        body={
            "removal": removal.id,
            "message": message.id,
            "ground": ground,
            "posts": [one.id for one in chosen],
        },
        now=now,
        incident_id=incident.id,
        person_id=actor.id,
        personal={"reason": reason},
    )
    live.announce(session, live.incident_topic(incident.id))
    return removal


def decide(
    session: Session, actor: Person, removal_id: int, agree: bool, now: datetime, *, mail: bool
) -> Removal:
    """Delete, or let stand. Agreed: nothing more of the message goes out, and its posts go.

    Args:
        mail: administrators who must do it by hand can be told by mail.

    Raises:
        NotAllowed: no such role, or the same person asked; NotFound; WrongState: decided already.
    """
    need(actor, Permission.DECIDE_REMOVAL)
    removal = _held(session, removal_id)
    incident = open_incident(session, removal.incident_id)
    if removal.state != "asked":
        raise WrongState(_("Någon har redan beslutat."))
    if removal.asked_by_id == actor.id:
        raise NotAllowed(_("Du har bett om det. Någon annan måste besluta."))
    removal.state = "agreed" if agree else "declined"
    removal.decided_at = now
    removal.decided_by_id = actor.id
    if agree:
        _silence(session, actor, removal, now)
        if removal.whole:
            _capture(session, removal, may_go(session, removal.message_id), "asked", now)
    items = posts_of(session, removal.id)
    record(
        session,
        f"removal:{removal.state}",
        body={
            "removal": removal.id,
            "message": removal.message_id,
            "ground": removal.ground,
            "posts": [one.delivery_id for one in items],
        },
        now=now,
        incident_id=incident.id,
        person_id=actor.id,
    )
    if not agree:
        for one in items:
            one.state, one.settled_at = "declined", now
        return removal
    for one in items:
        _begin(session, incident, one, now, mail=mail)
    live.announce(session, live.WORK, live.SITE, live.incident_topic(incident.id))
    return removal


def look(session: Session, actor: Person, post_id: int, now: datetime) -> RemovalPost:
    """Read the evidence of a post; every look stands on the timeline.

    Raises:
        NotAllowed, NotFound.
    """
    need(actor, Permission.READ_EVIDENCE)
    one = _post(session, post_id)
    record(
        session,
        "removal:evidence:seen",
        body={"removal": one.removal_id, "post": one.id, "delivery": one.delivery_id},
        now=now,
        incident_id=one.removal.incident_id,
        person_id=actor.id,
    )
    return one


def confirm(session: Session, actor: Person, post_id: int, now: datetime) -> RemovalPost:
    """Somebody has deleted the post by hand.

    Raises:
        NotAllowed: neither the account's administrator nor the information unit; NotFound;
        WrongState: it isn't to be done by hand.
    """
    need(actor, Permission.CONFIRM_BY_HAND)
    one = _post(session, post_id)
    if not may_confirm(session, actor, one.delivery.account_id, now):
        raise NotAllowed(_("Bara kontots administratörer och informationsenheten kan bekräfta."))
    if one.state not in ("by_hand", "refused"):
        raise WrongState(_("Inlägget väntar inte på att tas bort för hand."))
    one.confirmed_by_id = actor.id
    settle(session, one, "gone", "", now, person_id=actor.id)
    return one


def claim(session: Session, now: datetime) -> RemovalPost | None:
    """The next post to delete through its channel, started; None: nothing to do now."""
    one = session.scalar(
        select(RemovalPost)
        .join(Delivery, Delivery.id == RemovalPost.delivery_id)
        .where(_is_due(now))
        .order_by(RemovalPost.next_at, RemovalPost.id)
        .limit(1)
        .with_for_update(of=RemovalPost, skip_locked=True)
    )
    if one is None:
        return None
    one.state = "started"
    one.attempts += 1
    one.next_at = now + LEASE
    return one


def has_work(session: Session, now: datetime) -> bool:
    """Is there a post to delete through its channel now?"""
    due = (
        select(RemovalPost.id)
        .join(Delivery, Delivery.id == RemovalPost.delivery_id)
        .where(_is_due(now))
    )
    return session.scalar(due.limit(1)) is not None


def _is_due(now: datetime) -> ColumnElement[bool]:
    """Condition: the post is to be deleted through its channel now."""
    return and_(
        RemovalPost.state.in_(("queued", "started")),
        RemovalPost.next_at <= now,
        Delivery.kind != registry.WEBSITE,
    )


def again(session: Session, one: RemovalPost, reason: str, now: datetime) -> None:
    """An attempt without a usable answer: it is made again, and in the end by a person."""
    if one.attempts >= MOST_ATTEMPTS:
        settle(session, one, "by_hand", reason, now)
        return
    one.state = "queued"
    one.reason = clean_text(reason)
    one.next_at = now + FIRST_WAIT * 2**one.attempts


def settle(
    session: Session,
    one: RemovalPost,
    state: str,
    reason: str,
    now: datetime,
    person_id: int | None = None,
) -> None:
    """Write what became of a post: gone, or to be done by hand."""
    one.state, one.reason, one.next_at = state, clean_text(reason), None
    one.settled_at = now if state == "gone" else None
    record(
        session,
        "removal:post:gone" if state == "gone" else "removal:post:refused",
        body={
            "removal": one.removal_id,
            "post": one.id,
            "delivery": one.delivery_id,
            "account": one.delivery.account_id,
            "detail": reason,
        },
        now=now,
        incident_id=one.removal.incident_id,
        person_id=person_id,
    )


def posts_of(session: Session, removal_id: int) -> list[RemovalPost]:
    query = select(RemovalPost).where(RemovalPost.removal_id == removal_id)
    return list(session.scalars(query.order_by(RemovalPost.id)))


def may_go(session: Session, message_id: int) -> list[Delivery]:
    """The message's posts that are or may be out, and that nobody has asked to have removed."""
    asked = select(RemovalPost.delivery_id).where(RemovalPost.state != "declined")
    return list(
        session.scalars(
            select(Delivery)
            .where(
                Delivery.message_id == message_id,
                Delivery.act == rules.Act.POST,
                Delivery.state.in_(rules.CARRIED),
                Delivery.id.not_in(asked),
            )
            .order_by(Delivery.id)
        )
    )


def _capture(
    session: Session, removal: Removal, posts: Sequence[Delivery], state: str, now: datetime
) -> list[RemovalPost]:
    """Keep the evidence: what each post says now, where, and since when."""
    edit = aliased(Delivery)
    newest: dict[int | None, str] = {
        row.edits_id: row.content
        for row in session.execute(
            select(edit.edits_id, edit.content)
            .where(edit.edits_id.in_([one.id for one in posts]), edit.state.in_(rules.CARRIED))
            .order_by(edit.id)
        )
    }
    items = [
        RemovalPost(
            removal_id=removal.id,
            delivery_id=one.id,
            state=state,
            evidence=newest.get(one.id, one.content),
            link=one.remote_link,
            out_at=one.settled_at or one.started_at,
            captured_at=now,
        )
        for one in posts
    ]
    session.add_all(items)
    session.flush()
    return items


def _silence(session: Session, actor: Person, removal: Removal, now: datetime) -> None:
    """Nothing more of the message goes out, and nobody edits what is to go."""
    for broadcast in session.scalars(
        select(Broadcast)
        .where(Broadcast.message_id == removal.message_id)
        .order_by(Broadcast.id)
        .with_for_update(of=Broadcast)
    ):
        control.silence(session, broadcast, actor, now, STOPPED)
    roots = select(RemovalPost.delivery_id).where(RemovalPost.removal_id == removal.id)
    session.execute(
        update(Delivery)
        .where(
            Delivery.edits_id.in_(roots),
            Delivery.state.in_((*rules.UNSTARTED, "by_hand")),
        )
        .values(state=rules.DeliveryState.STOPPED, reason=STOPPED, token=None, settled_at=now)
    )


def _begin(
    session: Session, incident: Incident, one: RemovalPost, now: datetime, *, mail: bool
) -> None:
    """Through the channel where it can; else a task for the account's administrators."""
    delivery = one.delivery
    if delivery.kind == registry.WEBSITE:
        one.state, one.next_at = "queued", now  # the site process hides it at its next write
        return
    if _through_channel(session, incident, delivery):
        one.state, one.next_at = "queued", now
        return
    name = PLATFORMS[delivery.account.platform].name
    if not PLATFORMS[delivery.account.platform].deletes:
        settle(session, one, "refused", "cannot", now)
        return
    settle(session, one, "by_hand", "", now)
    people = charge.people(session, [delivery.account_id], now)
    tell(
        session,
        incident,
        NoticeKind.BY_HAND,
        f"removal post {one.id}",
        people,
        now,
        subject=f"Ta bort ett inlägg på {delivery.account.short_name} {name}",
        text="Inlägget ska bort nu. Ta bort det på kontot, och bekräfta sedan här.",
        path=f"/incidents/{incident.slug}/removals/posts/{one.id}",
        mail=mail,
    )


def _through_channel(session: Session, incident: Incident, delivery: Delivery) -> bool:
    if delivery.kind == registry.BY_HAND or delivery.remote_id is None:
        return False
    if incidents.may_publish(session, incident.id, delivery.account_id) is not None:
        return False
    try:
        where = aim(delivery.account, incident.slug, incident.exercise)
    except BadInput:
        return False
    return where.deletes and where.fingerprint == delivery.fingerprint


def settle_hidden(session: Session, site: str, required: Sequence[str], now: datetime) -> None:
    """A website's post is gone when every required node serves the site without it.

    Args:
        site: "live", or an exercise's slug, as site nodes name it.
        required: names of the nodes.
    """
    waiting = session.scalars(
        select(RemovalPost)
        .join(Removal, Removal.id == RemovalPost.removal_id)
        .join(Incident, Incident.id == Removal.incident_id)
        .join(Delivery, Delivery.id == RemovalPost.delivery_id)
        .where(
            RemovalPost.state == "queued",
            Delivery.kind == registry.WEBSITE,
            Incident.slug == site if site != LIVE else Incident.exercise.is_(False),
        )
        .order_by(RemovalPost.id)
        .with_for_update(of=RemovalPost, skip_locked=True)
    ).all()
    for one in waiting:
        decided = session.scalar(
            select(func.max(Entry.n)).where(
                Entry.incident_id == one.removal.incident_id,
                Entry.tag == "removal:agreed",
                Entry.at >= one.removal.decided_at,
            )
        )
        slug = session.get_one(Incident, one.removal.incident_id).slug
        if decided is not None and website.is_served(session, site, slug, decided, required):
            settle(session, one, "gone", "", now)


def _held(session: Session, removal_id: int) -> Removal:
    removal = session.scalar(
        select(Removal).where(Removal.id == removal_id).with_for_update(of=Removal)
    )
    if removal is None:
        raise NotFound(_("Begäran finns inte."))
    return removal


def _post(session: Session, post_id: int) -> RemovalPost:
    one = session.scalar(
        select(RemovalPost).where(RemovalPost.id == post_id).with_for_update(of=RemovalPost)
    )
    if one is None:
        raise NotFound(_("Inlägget finns inte."))
    return one
