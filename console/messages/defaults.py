"""What a new draft starts with, so that the first message takes less than a minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from console import phrases
from console.incidents.models import Incident
from console.messages import entered, queries, rules, still, wording
from console.messages.models import Message
from console.messages.rules import MessageType
from console.policy.queries import current as current_profile

CARRIED = ("area", "fact_owner", "affected", "contact", "known", "unknown", "doing", *rules.WATER)
"""What a message takes over from the one before it."""
CAUSE_UNKNOWN = "Vi vet inte varför ännu."
"""The cause of a first message must be said, and at first nobody knows it (crisis-practice)."""
_QUARTER = timedelta(minutes=15)
_LONG = timedelta(hours=8)


def start(
    session: Session, incident: Incident, message_type: MessageType, now: datetime, *, carry: bool
) -> dict[str, Any]:
    """The first fields of a draft.

    Args:
        carry: take over what the latest message said beside its news.
    """
    latest = _latest(session, incident.id)
    before = latest.fields if latest is not None else {}
    fields: dict[str, Any] = {"area": incident.area}
    if before.get("fact_owner"):
        fields["fact_owner"] = before["fact_owner"]
    if carry:
        asked = rules.fields_of(message_type)
        fields |= {name: before[name] for name in CARRIED if before.get(name) and name in asked}
    if message_type is MessageType.FIRST:
        fields.setdefault("cause", CAUSE_UNKNOWN)
    interval = before.get("interval_seconds")
    if not isinstance(interval, int):
        interval = 60 * current_profile(session).default_interval_minutes
    if message_type in rules.REPEATING:
        fields["interval_seconds"] = interval
        fields["ends_at"] = _rounded(now + _LONG, 4 * _QUARTER).isoformat()
        fields["still_times"] = still.DEFAULT_TIMES
        # What takes the place of a text that stands first stands first too, unless told otherwise.
        running = queries.running(session, incident.id)
        if running.pins if running is not None else before.get("pin"):
            fields["pin"] = True
    if message_type is not MessageType.ALL_CLEAR:
        fields["promise_at"] = _promise(session, incident, message_type, interval, now).isoformat()
    fields["ends"] = suggested_ends(session, incident.id, message_type)
    if message_type is MessageType.NO_NEWS and latest is not None:
        since = phrases.when(latest.saved_at, now)
        fields |= {"since": since.removeprefix("kl "), "text": f"Inget nytt sedan {since}."}
    return {name: value for name, value in fields.items() if value not in ("", None)}


def _promise(
    session: Session, incident: Incident, message_type: MessageType, interval: int, now: datetime
) -> datetime:
    """What goes out beside a running text promises the same as that one."""
    running = queries.running(session, incident.id)
    if message_type not in rules.REPEATING and running is not None:
        promised = running.promise_at
        if promised is not None and promised > now:
            return promised
    ahead = max(timedelta(hours=1), timedelta(seconds=2 * interval))
    return _rounded(now + ahead, _QUARTER)


def instead(session: Session, old: Message, now: datetime) -> dict[str, Any]:
    """Fields of an update that takes the place of `old`: its own news, to be changed."""
    fields = start(session, old.incident, MessageType.UPDATE, now, carry=True)
    kept = (name for name in ("text", "short_text") if old.fields.get(name))
    return fields | {name: old.fields[name] for name in kept}


def suggested_ends(session: Session, incident_id: int, message_type: MessageType) -> list[int]:
    """A new instruction takes the place of the earlier ones; Läget över ends them all. The writer
    sees the suggestion and may say otherwise."""
    if message_type not in (MessageType.INSTRUCTION, MessageType.ALL_CLEAR):
        return []
    return sorted(one.id for one in queries.standing(session, incident_id))


def replacing(correction: Message, wrong: Message, now: datetime) -> dict[str, Any]:
    """Fields of the message that replaces what was wrong: the same, with the sentence mended."""
    said = wording.sentences(str(correction.fields.get("wrong") or ""))
    right = phrases.sentence(str(correction.fields.get("right") or ""))
    fields = dict(wrong.fields)
    for name in ("text", "short_text", "known", "unknown", "doing", "unchanged"):
        text = str(fields.get(name) or "")
        mended = _mended(text, said, right)
        if mended == text:
            continue
        fields[name] = mended
        if not mended:
            del fields[name]
        if len(said) > 1:
            # Said once in place of them all; elsewhere they only go.
            right = ""
    # The instruction goes on standing by itself; only the news is said again.
    for name in ("instruction", "instruction_detail", "ends", "first_at", "en"):
        fields.pop(name, None)
    for name in ("promise_at", "ends_at"):
        if name in fields and _passed(fields[name], now):
            del fields[name]
    return fields


def _mended(text: str, wrong: list[str], right: str) -> str:
    """`text` with the first of the wrong sentences exchanged for what is right, and without the
    others; a stop that has been left out makes no difference."""
    bare = {wording.bare(one) for one in wrong}
    for one in wording.sentences(text):
        if wording.bare(one) in bare:
            text = text.replace(one, right, 1)
            right = right if len(bare) == 1 else ""
    return text.strip()


def _passed(text: str, now: datetime) -> bool:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return True
    return at.tzinfo is None or at <= now


def _latest(session: Session, incident_id: int) -> Message | None:
    return session.scalar(
        select(Message)
        .where(Message.incident_id == incident_id, Message.state != "withdrawn")
        .order_by(Message.record_number.is_(None), Message.record_year.desc(),
                  Message.record_number.desc(), Message.id.desc())
        .limit(1)
    )  # fmt: skip


def _rounded(at: datetime, step: timedelta) -> datetime:
    """`at` rounded up to a whole step of the clock, and past what it shows twice in autumn."""
    start = datetime(2000, 1, 1, tzinfo=UTC)
    at = start + -((start - at) // step) * step
    while entered.twice(at.astimezone(wording.STOCKHOLM)):
        at += step
    return at
