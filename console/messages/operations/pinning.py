"""Posts that stand first on their accounts while their message applies.

It is decided with the message, and the approval covers it (`Envelope.pin`). Which post stands first
on an account is never stored as an intention: `plan` asks what applies, and turns rows of
`post_pins` to it, so that a pause, a newer text, *Fel ute*, a promise that has passed and a closed
event all come out right, also after a kill. A worker then does what a row says, with attempts of
its own beside the deliveries: a pin that fails leaves its post as it is. Doing it twice is doing it
once, so an attempt that nobody answers for is made again.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from channels import registry
from channels.platforms import PLATFORMS
from console import live
from console.accounts import charge
from console.errors import NotAllowed, NotFound, WrongState
from console.incidents.models import Incident
from console.incidents.operations.telling import tell
from console.incidents.rules import NoticeKind
from console.messages.models import Delivery
from console.messages.operations import pacing
from console.messages.operations.drafts import need
from console.messages.operations.sendable import NO_WAIT, NOT_FAULTY, STANDS
from console.messages.operations.settling import may_confirm
from console.messages.pin_models import PostPin
from console.people.models import Person
from console.people.rules import Permission
from console.timeline.operations import record
from console.timeline.rules import clean_text

PIN_LOCK = 7236430
LEASE = timedelta(seconds=30)
"""How long an attempt may take before it is made again."""
FIRST_WAIT = timedelta(seconds=2)
MOST_ATTEMPTS = 8
"""Some eight minutes; then a pin is given up, and a lift is for a person."""
PLATFORMS_THAT_PIN = sorted(key for key, platform in PLATFORMS.items() if platform.pins)
_KINDS = sorted({PLATFORMS[key].kind for key in PLATFORMS_THAT_PIN} | {registry.PRETEND})


def can(kind: str, platform: str) -> bool:
    """Can a post stand first on an account of this platform, carried by this kind of channel?"""
    return PLATFORMS[platform].pins and kind in (PLATFORMS[platform].kind, registry.PRETEND)


_APPLIES = text(f"""
    SELECT DISTINCT ON (a.id, b.exercise) newest.id, a.id AS account_id, b.exercise
    FROM broadcasts b
    JOIN messages m ON m.id = b.message_id
    JOIN incidents i ON i.id = b.incident_id
    JOIN incident_accounts c ON c.incident_id = i.id AND c.use = 'publish'
    JOIN accounts a ON a.id = c.account_id AND a.platform = ANY(:platforms)
    CROSS JOIN LATERAL (
        SELECT coalesce(d.edits_id, d.id) AS id FROM rounds r
        JOIN deliveries d ON d.round_id = r.id AND d.account_id = a.id
        JOIN deliveries post ON post.id = coalesce(d.edits_id, d.id)
        WHERE r.broadcast_id = b.id AND d.state = 'sent' AND post.remote_id IS NOT NULL
          AND d.kind = ANY(:kinds)
          AND NOT EXISTS (SELECT 1 FROM removal_posts gone WHERE gone.delivery_id = post.id
                          AND gone.state NOT IN ('asked', 'declined'))
        ORDER BY r.n DESC, d.id LIMIT 1) newest
    WHERE b.pins AND (b.state = 'paused' OR {STANDS.format(b="b")}) AND m.state = 'out'
      AND i.state = 'open' AND (b.promise_at IS NULL OR b.promise_at > :now) AND {NOT_FAULTY}
    ORDER BY a.id, b.exercise, b.released_at DESC, b.id DESC
""")
"""Of each account the post that is to stand first: the newest of the message released last, in its
first language. An edit makes no post: the one that it changes is meant."""


def plan(session: Session, now: datetime) -> int:
    """Turn the rows to what applies now; returns how many were turned."""
    if not session.scalar(select(func.pg_try_advisory_xact_lock(PIN_LOCK))):
        return 0
    wanted = {
        row.id: row
        for row in session.execute(
            _APPLIES, {"platforms": PLATFORMS_THAT_PIN, "kinds": _KINDS, "now": now}
        )
    }
    known = session.execute(
        select(PostPin.id, PostPin.delivery_id, PostPin.wanted).where(
            PostPin.wanted | PostPin.delivery_id.in_(wanted)
        )
    ).all()
    new = wanted.keys() - {one.delivery_id for one in known}
    session.add_all(
        PostPin(
            delivery_id=row.id,
            account_id=row.account_id,
            exercise=row.exercise,
            wanted=True,
            state="queued",
            next_at=now,
        )
        for row in wanted.values()
        if row.id in new
    )
    turned = [one.id for one in known if one.wanted is not (one.delivery_id in wanted)]
    for pin_id in turned:
        # Nobody else turns them: the lock is ours.
        _turn(session.get_one(PostPin, pin_id, with_for_update={"of": PostPin}), now)
    if new or turned:
        live.announce(session, live.WORK)
    return len(new) + len(turned)


def _turn(one: PostPin, now: datetime) -> None:
    one.wanted = not one.wanted
    if one.state == "started":
        return  # `settle` sees it
    _begin(one, now)


def _begin(one: PostPin, now: datetime) -> None:
    """A post that was never pinned has nothing to be lifted from."""
    one.attempts, one.reason = 0, ""
    if one.wanted or one.maybe_first:
        one.state, one.next_at, one.settled_at = "queued", now, None
    else:
        one.state, one.next_at, one.settled_at = "done", None, now


_DUE = f"""
    p.state IN ('queued', 'started') AND p.next_at <= :now
    AND NOT EXISTS (SELECT 1 FROM post_pins o
                    WHERE o.account_id = p.account_id AND o.exercise = p.exercise
                      AND o.id <> p.id AND o.state = 'started' AND o.next_at > :now)
    AND NOT EXISTS (SELECT 1 FROM deliveries o
                    WHERE o.account_id = p.account_id AND o.exercise = p.exercise
                      AND o.state IN ('claimed', 'started'))
    AND {NO_WAIT.format(key="d.pacing_key")}
"""
"""One act at a time on an account, and none beside a post or while the platform asks us to wait."""


def has_work(session: Session, now: datetime) -> bool:
    """Is there a post to pin or lift now?"""
    found = text(f"""
        SELECT EXISTS (SELECT 1 FROM post_pins p JOIN deliveries d ON d.id = p.delivery_id
                       WHERE {_DUE})
    """)
    return bool(session.scalar(found, {"now": now}))


def claim(session: Session, most: int, now: datetime) -> Sequence[PostPin]:
    """The next posts to pin or lift, started, each on another account; a lift goes before a pin, so
    that a place is free for it. Of a channel that keeps a rate, each takes a post's room."""
    session.execute(select(func.pg_advisory_xact_lock(PIN_LOCK)))
    ids = session.scalars(
        text(f"""
            SELECT DISTINCT ON (p.account_id, p.exercise) p.id
            FROM post_pins p JOIN deliveries d ON d.id = p.delivery_id
            WHERE {_DUE} ORDER BY p.account_id, p.exercise, p.wanted, p.id LIMIT :most
        """),
        {"now": now, "most": most},
    ).all()
    query = select(PostPin).where(PostPin.id.in_(ids)).order_by(PostPin.id)
    rows = session.scalars(query.with_for_update(of=PostPin)).all()
    rates = pacing.rates({one.delivery.pacing_key for one in rows})
    room, spent = pacing.room(session, rates), Counter[str]()
    taken = []
    for one in rows:
        key = one.delivery.pacing_key
        if key in rates and spent[key] >= room[key]:
            one.next_at = now + FIRST_WAIT
            continue
        spent[key] += 1
        one.maybe_first = one.maybe_first or one.state == "started"  # of which nobody answered
        one.state, one.token, one.next_at = "started", uuid.uuid4(), now + LEASE
        one.attempts += 1
        taken.append(one)
    pacing.spend(session, spent, rates)
    return taken


def remember(session: Session, pin_id: int, token: uuid.UUID, before: str) -> bool:
    """Keep what stood first before a post of ours takes its place. What stood there because we had
    put it there is none of the municipality's: then what that one had remembered is kept.

    Returns:
        False: the row isn't the claimer's any more, and nothing may be pinned.
    """
    one = session.get_one(PostPin, pin_id, with_for_update={"of": PostPin})
    if one.token != token or one.state != "started":
        return False
    ours = select(PostPin).join(Delivery, Delivery.id == PostPin.delivery_id)
    ours = ours.where(
        PostPin.account_id == one.account_id,
        PostPin.id != one.id,
        PostPin.wanted | (PostPin.state != "done"),
    )
    mine = ours.where(func.strpos(before, Delivery.remote_id) > 0).order_by(PostPin.id.desc())
    former = session.scalars(mine).first() if before else None
    one.before = clean_text(before if former is None else former.before)
    return True


def settle(
    session: Session,
    pin_id: int,
    token: uuid.UUID,
    *,
    lifted: bool,
    reason: str,
    certain: bool,
    now: datetime,
    after: float | None = None,
    mail: bool = False,
) -> None:
    """Write what became of an attempt.

    Args:
        lifted: what was asked for: True to lift the post, False to pin it.
        reason: why it isn't so; empty: it is.
        certain: nothing more is to be tried.
        after: seconds that the platform wants us to wait.
        mail: whoever must lift it by hand can be told by mail.
    """
    one = session.get_one(PostPin, pin_id, with_for_update={"of": PostPin})
    if one.token != token or one.state != "started":
        return
    one.token, one.reason, one.next_at = None, clean_text(reason), None
    if lifted:
        one.maybe_first = one.maybe_first and bool(reason)
    else:
        one.maybe_first = one.maybe_first or not (reason and certain)
    if one.wanted is lifted:
        _begin(one, now)  # something else was decided meanwhile
        return
    if reason and not certain and one.attempts < MOST_ATTEMPTS:
        wait = FIRST_WAIT * 2**one.attempts
        one.state, one.next_at = "queued", now + max(wait, timedelta(seconds=after or 0))
        return
    one.settled_at = now
    if not reason:
        one.state = "done"
    elif lifted:
        one.state, one.settled_at = "by_hand", None
        _hand_over(session, one, now, mail=mail)
    else:
        one.state = "refused" if certain else "unknown"
    _record(session, one, now)


def confirm(session: Session, actor: Person, pin_id: int, now: datetime) -> PostPin:
    """Somebody has lifted the post by hand.

    Raises:
        NotAllowed: neither the account's administrator nor the information unit; NotFound;
        WrongState: it isn't to be done by hand.
    """
    need(actor, Permission.CONFIRM_BY_HAND)
    one = session.get(PostPin, pin_id, with_for_update={"of": PostPin})
    if one is None:
        raise NotFound(_("Inlägget finns inte."))
    if not may_confirm(session, actor, one.account_id, now):
        raise NotAllowed(_("Bara kontots administratörer och informationsenheten kan bekräfta."))
    if one.state != "by_hand":
        raise WrongState(_("Inlägget väntar inte på att lossas för hand."))
    one.state, one.reason, one.settled_at, one.confirmed_by_id = "done", "", now, actor.id
    one.maybe_first = False
    _record(session, one, now, person_id=actor.id)
    return one


def _hand_over(session: Session, one: PostPin, now: datetime, *, mail: bool) -> None:
    account, incident_id = one.delivery.account, one.delivery.incident_id
    incident = session.get_one(Incident, incident_id)
    people = charge.people(session, [account.id], now)
    name = PLATFORMS[account.platform].name
    tell(
        session,
        incident,
        NoticeKind.BY_HAND,
        f"pin {one.id}",
        people,
        now,
        subject=f"Lossa ett inlägg på {account.short_name} {name}",
        text="Inlägget är fäst överst men gäller inte längre. Lossa det på kontot, och bekräfta"
        " sedan här.",
        path=f"/incidents/{incident.slug}/messages/{one.delivery.message_id}#fast",
        mail=mail,
    )


def _record(session: Session, one: PostPin, now: datetime, person_id: int | None = None) -> None:
    done = one.state == "done"
    tag = ("pin:set" if done else "pin:refused") if one.wanted else (
        "pin:lifted" if done else "pin:by_hand"
    )  # fmt: skip
    record(
        session,
        tag,
        body={
            "pin": one.id,
            "delivery": one.delivery_id,
            "message": one.delivery.message_id,
            "account": one.account_id,
            "detail": one.reason,
        },
        now=now,
        incident_id=one.delivery.incident_id,
        person_id=person_id,
    )
    live.announce(session, live.incident_topic(one.delivery.incident_id))
