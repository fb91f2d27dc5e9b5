"""The board's facts as what the templates draw: what to do first, what waits, who has what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, cast

from flask import url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import Row

from console import kavel, live, phrases
from console.accounts.rules import platform_name
from console.board import (
    rows_duty,
    rows_fault,
    rows_left,
    rows_lock,
    rows_posts,
    rows_promise,
    rows_reach,
    rows_returned,
    rows_rumours,
    rows_site,
    rows_staff,
    rows_start_page,
    shared,
)
from console.board.queries import Facts
from console.board.shared import Alike
from console.board.view_model import (
    BoardView,
    NextRound,
    Promise,
    Repeat,
    Unread,
)
from console.incidents.models import Incident
from console.incidents.views.common import mail_is_set_up
from console.messages import labels, reasons, rules, schedule
from console.messages.rendering import Standing
from console.messages.rules import MessageType
from console.parts import PlateItem, State, Todo, Verb
from console.people.rules import Permission, may

OVERDUE = timedelta(seconds=5)
"""A round this late hasn't just been on its way: something stands still."""
UNSENT = timedelta(minutes=1)
"""So long after their round was let go, posts that nobody has begun on have been forgotten."""
RECENT = timedelta(hours=1)
"""So long the board reminds of what was missed or void."""
_SHOWN = (
    Permission.WRITE_MESSAGE,
    Permission.APPROVE_MESSAGE,
    Permission.STOP_BROADCAST,
    Permission.SAY_STILL_VALID,
    Permission.SETTLE_DELIVERY,
    Permission.CONFIRM_BY_HAND,
    Permission.WRITE_NOTE,
    Permission.LOG_RUMOUR,
    Permission.TICK_FIRST_HOUR,
)
ALARMING: frozenset[State] = frozenset({"missed", "refused", "unknown", "retry"})
"""Marks that are red or orange."""
MOST = 8
"""Rows of one kind in *Gör nu*; the rest are counted."""


def board(
    incident: Incident,
    facts: Facts,
    allowed: frozenset[Permission],
    now: datetime,
    alike: Alike | None = None,
) -> BoardView:
    """The board as those with these permissions see it.

    Args:
        alike: what they share with other readers of these facts in this language, if it is made.
    """
    alike = alike or shared.alike(incident, facts)
    main = _main(facts)
    promise = rows_promise.promise(incident, facts, allowed, now)
    return BoardView(
        now=now,
        exercise=incident.exercise,
        topic=live.incident_topic(incident.id),
        live_url=url_for("board.live_part", slug=incident.slug),
        promise=promise,
        next_round=_next_round(incident, facts),
        kavel=_kavel(facts, main, promise, now),
        todo=tuple(_todo(incident, facts, main, allowed, now)),
        waiting=tuple(_waiting(incident, facts, allowed, now)),
        unread=_unread(incident, facts),
        plate=tuple(
            plate_item(one) for one in facts.standing if one.id not in facts.faults.removed
        ),
        latest=_said(main)
        if main is not None and main.message_id not in facts.faults.removed
        else "",
        repeat=_repeat(main) if main is not None else None,
        round_at=facts.newest.due_at if facts.newest is not None else None,
        matrix=alike.matrix,
        linked=Permission.CONFIRM_BY_HAND in allowed,
        log=alike.log,
        log_url=url_for("incidents.log", slug=incident.slug),
        note_url=url_for("incidents.write_note", slug=incident.slug)
        if Permission.WRITE_NOTE in allowed and incident.state == "open"
        else "",
        closed=incident.state != "open",
        latest_wrong=main is not None and main.message_id in facts.faults.wrong,
        start_page=rows_start_page.line(facts.start_pages, now),
        staff=rows_staff.view(incident, facts.staff, allowed, now),
        duty=rows_duty.on_duty(facts.staffing),
    )


def alarms(incident: Incident, facts: Facts, now: datetime) -> int:
    """How many rows are red or orange, a promise that is near or broken among them."""
    main, everything = _main(facts), frozenset(_SHOWN)
    promise = rows_promise.promise(incident, facts, everything, now)
    pressing = promise is not None and promise.state(now) != "normal"
    rows = _todo(incident, facts, main, everything, now)
    return pressing + sum(row.state in ALARMING for row in rows)


def _main(facts: Facts) -> Row[Any] | None:
    """The broadcast that the board speaks of: what repeats, else the newest that went out."""
    out = [one for one in facts.broadcasts if one.record_number is not None]
    active = [one for one in out if one.repeating and one.state in rules.ACTIVE]
    return next(iter(active or out), None)


def _next_round(incident: Incident, facts: Facts) -> NextRound | None:
    due = [
        one.next_due
        for one in facts.broadcasts
        if one.next_due is not None and one.state in ("waiting", "running")
    ]
    return NextRound(min(due), incident.last_number + 1) if due else None


def plate_item(one: Standing) -> PlateItem:
    """An instruction that applies, as the plate says it."""
    named = one.area.casefold() in one.headline.casefold()
    parts = (one.detail,) if named else (one.area, one.detail)
    return PlateItem(one.headline, " ".join(phrases.sentence(part) for part in parts if part))


def _said(broadcast: Row[Any]) -> str:
    fields = broadcast.fields
    if broadcast.type == MessageType.CORRECTION:
        return str(fields.get("right") or "")
    return str(fields.get("text") or fields.get("instruction") or "")


def _repeat(main: Row[Any]) -> Repeat:
    states = {"waiting": "running", "running": "running", "paused": "paused", "stopped": "stopped"}
    state = states.get(main.state, "ended") if main.repeating else "once"
    return Repeat(
        cast("Any", state),
        timedelta(seconds=main.interval_seconds) if main.interval_seconds else None,
        _until(main),
        f"{main.record_year}:{main.record_number}",
    )


def _until(main: Row[Any]) -> datetime | None:
    """When its last round is due, if no other word is given before."""
    last = schedule.last_before_word(
        main.anchor, main.interval_seconds, main.max_rounds, main.ends_at, main.promise_at
    )
    if last is None:
        return None
    due: datetime = schedule.due(main.anchor, main.interval_seconds, last)
    return due


# Work


def _todo(
    incident: Incident,
    facts: Facts,
    main: Row[Any] | None,
    allowed: frozenset[Permission],
    now: datetime,
) -> Iterator[Todo]:
    """What stands still and what was refused first; then what is unsure; then what isn't needed
    yet: empty places, rumours, posts by hand."""
    yield from rows_duty.silent(
        incident, facts.staffing, facts.waiting, allowed, mail=mail_is_set_up()
    )
    yield from rows_returned.todo(incident, facts.returned, allowed)
    yield from _overdue(facts, now)
    yield from _unsent(facts, now)
    yield from _missed(facts, now)
    yield from rows_fault.rows(incident, facts.faults, allowed)
    yield from _attention(incident, facts, allowed, now, "refused")
    yield from rows_left.rows(incident, facts.left, allowed)
    yield from rows_lock.todo(incident, facts.alarms, allowed)
    yield from _website(facts)
    yield from rows_site.rows(facts.site_is_old)
    yield from rows_start_page.rows(facts.start_pages, now)
    yield from _ended(incident, facts, allowed, now)
    yield from _attention(incident, facts, allowed, now, "unknown")
    if not facts.faults.marks:  # else the row about the error says what to do
        yield from _paused(incident, main, allowed)
    yield from rows_duty.empty_places(incident, facts.staffing, allowed, now)
    yield from rows_rumours.todo(incident, facts.talk, allowed, now)
    yield from rows_posts.todo(incident, facts.suggestions, allowed)
    yield from _attention(incident, facts, allowed, now, "by_hand")
    yield from rows_reach.todo(incident, facts)


def _overdue(facts: Facts, now: datetime) -> Iterator[Todo]:
    for one in facts.broadcasts:
        waits = one.state in ("waiting", "running") and one.next_due is not None
        if waits and one.next_due + OVERDUE < now:
            yield Todo(
                f"overdue-{one.id}",
                "missed",
                _("Omgången kl %(at)s har inte gått ut", at=phrases.clock(one.next_due)),
                _("Programmet som sänder svarar inte. Ring den som sköter driften."),
            )


def _unsent(facts: Facts, now: datetime) -> Iterator[Todo]:
    """Posts of the newest round that lie in the queue, while the ticker goes on writing rounds."""
    newest = facts.newest
    if newest is None or now - newest.goes_at < UNSENT:
        return
    left = [row.short_name for row in facts.accounts if row.state in ("queued", "claimed")]
    if left:
        title = ngettext(
            "%(num)s inlägg har inte gått ut än", "%(num)s inlägg har inte gått ut än", len(left)
        )
        why = _(
            "Omgång %(at)s: %(names)s. Ring den som sköter driften.",
            at=phrases.clock(newest.due_at),
            names=", ".join(left[:4]) + ("…" if len(left) > 4 else ""),
        )
        yield Todo(f"overdue-posts-{newest.id}", "missed", title, why)


def _missed(facts: Facts, now: datetime) -> Iterator[Todo]:
    missed = [r for r in facts.rounds if r.state == "missed" and now - r.due_at < RECENT]
    if missed:
        first, last = missed[-1], missed[0]
        yield Todo(
            f"missed-{last.id}",
            "missed",
            ngettext("%(num)s omgång missades", "%(num)s omgångar missades", len(missed)),
            _("Kl %(at)s.", at=phrases.clock(first.due_at))
            if first is last
            else _("Kl %(a)s till %(b)s.", a=phrases.clock(first.due_at),
                   b=phrases.clock(last.due_at)),
        )  # fmt: skip
    late = [row for row in facts.accounts if row.state == "expired"]
    if late and facts.newest is not None:
        yield Todo(
            f"late-{facts.newest.id}",
            "expired",
            ngettext("%(num)s inlägg hann inte ut", "%(num)s inlägg hann inte ut", len(late)),
            ", ".join(row.short_name for row in late[:4]) + ("…" if len(late) > 4 else ""),
        )


def _attention(
    incident: Incident,
    facts: Facts,
    allowed: frozenset[Permission],
    now: datetime,
    state: State,
) -> Iterator[Todo]:
    rows = [row for row in facts.attention if row.state == state]
    does = Permission.CONFIRM_BY_HAND if state == "by_hand" else Permission.SETTLE_DELIVERY
    words = {
        "refused": _("Åtgärda"),
        "unknown": _("Titta på kontot"),
        "by_hand": _("Gör för hand"),
    }
    for row in rows[:MOST]:
        url = url_for("messages.task", slug=incident.slug, delivery_id=row.id)
        name = platform_name(row.platform)
        yield Todo(
            f"delivery-{row.id}",
            state,
            f"{row.short_name}, {name}" + (f" ({row.language})" if row.language != "sv" else ""),
            rows_reach.unmanned(facts.reach, row.id, now) or _why(row, state),
            Verb(words[state], url) if does in allowed else None,
        )
    if len(rows) > MOST:
        yield Todo(
            f"{state}-rest",
            state,
            _("Och %(n)s till", n=len(rows) - MOST),
            _("Se dem bland kontona."),
        )


def _why(row: Row[Any], state: State) -> str:
    kind = str(labels.TYPES[MessageType(row.type)]).lower()
    due = phrases.clock(row.due_at)
    if state == "by_hand":
        return _("För hand: %(kind)s, omgång %(at)s.", kind=kind, at=due)
    at = phrases.clock_s(row.settled_at) if row.settled_at is not None else due
    if state == "unknown" and row.look_at is not None:
        return _("Obekräftad %(at)s. Vi letar efter inlägget på kontot.", at=at)
    if state == "unknown":
        return _("Obekräftad %(at)s. Är inlägget ute?", at=at)
    return _("Nekad %(at)s. %(why)s", at=at, why=reasons.said(row.reason))


def _website(facts: Facts) -> Iterator[Todo]:
    newest = facts.newest
    if newest is None or newest.release_reason != "grace":
        return
    yield Todo(
        f"website-{newest.id}",
        "unknown",
        _("Webbplatsen hann inte ut först"),
        _("Övriga konton släpptes ändå, omgång %(at)s.", at=phrases.clock(newest.due_at)),
    )


def _ended(
    incident: Incident, facts: Facts, allowed: frozenset[Permission], now: datetime
) -> Iterator[Todo]:
    """What will never go out although somebody approved it, while the event is open."""
    if incident.state != "open":
        return
    newer = set()  # messages of which a later sending has been looked at
    for one in facts.broadcasts:
        alone = one.state_reason == "no_website"
        ended = one.state == "void" and one.state_reason != "withdrawn"
        ended = ended or (one.state == "stopped" and alone)
        draft = one.message_state in rules.EDITABLE  # a correction, or what replaces, is again
        passed = one.message_id in newer or one.message_state == rules.MessageState.WITHDRAWN
        newer.add(one.message_id)
        if not ended or passed or now - one.state_at > RECENT:
            continue
        verb = Verb(_("Skriv en ny"), url_for("messages.new", slug=incident.slug))
        if draft:
            url = url_for("messages.write", slug=incident.slug, message_id=one.message_id)
            verb = Verb(_("Skriv vidare"), url)
        if alone:
            url = url_for("incidents.decisions", slug=incident.slug)
            verb = Verb(_("Ta med webbplatsen"), url)
        yield Todo(
            f"void-{one.id}",
            "missed",
            _("Godkänd text gick inte ut") if one.state == "void" else _("Upprepningen är stoppad"),
            f"{labels.TYPES[MessageType(one.type)]}. {reasons.said(one.state_reason)}",
            verb if Permission.WRITE_MESSAGE in allowed else None,
        )


def _paused(
    incident: Incident, main: Row[Any] | None, allowed: frozenset[Permission]
) -> Iterator[Todo]:
    if main is None or main.state != "paused":
        return
    verb = None
    if main.state_reason in ("correction", "standing_changed", "fault"):
        if Permission.WRITE_MESSAGE in allowed:
            verb = Verb(_("Visa meddelanden"), url_for("messages.listing", slug=incident.slug))
    elif Permission.STOP_BROADCAST in allowed:
        url = url_for("messages.resume", slug=incident.slug, broadcast_id=main.id)
        verb = Verb(_("Fortsätt sända"), url, "post")
    yield Todo(
        f"paused-{main.id}",
        "paused",
        _("Upprepningen är pausad"),
        reasons.said(main.state_reason),
        verb,
    )


def _waiting(
    incident: Incident, facts: Facts, allowed: frozenset[Permission], now: datetime
) -> Iterator[Todo]:
    lang = str(get_locale())
    ids = {row.message_id for row in facts.waiting}
    for row in facts.waiting:
        if row.prepared_with_id in ids:
            continue  # it stands on the correction's own page, and is approved there
        kind = labels.TYPES[MessageType(row.type)]
        # A clock time stays true for as long as the part lies in memory.
        at = phrases.when(row.submitted_at, now, lang)
        made = facts.staffing.calls.get(row.id, ())
        first = str(row.fields.get("first_at") or "")
        when = _("Går ut vid godkännande.")
        if first and datetime.fromisoformat(first) > now:
            when = _(
                "Går ut %(when)s.", when=phrases.when(datetime.fromisoformat(first), now, lang)
            )
        yield Todo(
            f"waiting-{row.id}",
            "waiting",
            str(kind),
            _("%(when)s %(who)s lämnade in %(at)s.", when=when, who=row.author, at=at)
            + rows_duty.said(made, now, mail=mail_is_set_up()),
            rows_duty.verb(incident, row, made, allowed),
        )
    yield from rows_rumours.waiting(incident, facts.talk, allowed, now)


def _unread(incident: Incident, facts: Facts) -> Unread | None:
    if not facts.notices:
        return None
    read = sum(row.read_at is not None for row in facts.notices)
    waiting = [row.name for row in facts.notices if row.waits]
    names = tuple(dict.fromkeys(waiting))
    return Unread(
        read,
        read + len(waiting),
        names,
        url_for("incidents.notices", slug=incident.slug),
    )


# Time


def _kavel(
    facts: Facts, main: Row[Any] | None, promise: Promise | None, now: datetime
) -> kavel.Kavel | None:
    if main is None or not main.interval_seconds:
        return None
    interval = timedelta(seconds=main.interval_seconds)
    start, end = kavel.window(now, interval)
    moments = [
        kavel.Moment(
            "missed" if row.state == "missed" else "round",
            row.due_at,
            phrases.clock_fine(row.due_at, interval),
        )
        for row in facts.rounds
        if row.due_at >= start and row.broadcast_id == main.id
    ]
    moments += [
        kavel.Moment("round", at, phrases.clock_fine(at, interval)) for at in _planned(main, end)
    ]
    if promise is not None:
        word = _("Utlovat %(at)s", at=phrases.clock(promise.due))
        moments.append(kavel.Moment("promise", promise.due, word))
    for row in facts.waiting:
        first = str(row.fields.get("first_at") or "")
        if first and (at := datetime.fromisoformat(first)) > now:
            word = _("%(at)s väntar", at=phrases.clock(at))
            moments.append(kavel.Moment("waiting", at, word))
    now_word = _("Nu %(at)s", at=phrases.clock(now))
    return kavel.draw(tuple(moments), now, start, end, now_word)


def _planned(main: Row[Any], end: datetime) -> Iterator[datetime]:
    """When coming rounds are due: within the approved end, and before the promise."""
    if main.next_due is None or main.state not in ("waiting", "running"):
        return
    last = schedule.last_before_word(
        main.anchor, main.interval_seconds, main.max_rounds, main.ends_at, main.promise_at
    )
    n = main.next_n
    while last is None or n <= last:
        due = schedule.due(main.anchor, main.interval_seconds, n)
        if due > end:
            return
        yield due
        n += 1


def permissions(roles: Iterable[str]) -> frozenset[Permission]:
    """What sets one reader's board apart from another's: their role class."""
    return frozenset(one for one in _SHOWN if may(roles, one))
