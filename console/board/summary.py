"""What is handed over with a shift: put together by the console, in Swedish, as it stands now.

A section is (heading, rows). Another noun's rows are added as one more section here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from flask_babel import force_locale
from sqlalchemy.orm import Session

from console import phrases
from console.accounts.rules import platform_name
from console.board import fill, queries, rows_promise
from console.board.queries import Facts
from console.board.view_model import BoardView
from console.incidents.models import Incident
from console.incidents.rules import STAGE_LABELS, Stage
from console.messages import labels
from console.messages.rules import MessageType, owing
from console.monitoring import queries as rumours
from console.monitoring.rules import OPEN

Section = tuple[str, list[str]]
LISTED_APART = ("unknown", "by_hand")


def sections(session: Session, incident: Incident, now: datetime) -> list[Section]:
    """Everything that the receiver must know, most pressing first. Must run in a request."""
    with force_locale("sv"):
        facts = queries.facts(session, incident)
        view = fill.board(incident, facts, frozenset(), now)
        return [
            ("Det här gäller", [_joined(one.headline, one.detail) for one in view.plate]),
            ("Utlovade besked", list(_promised(facts, now))),
            ("Det som sänds", list(_running(view, now))),
            ("Gör nu", [_joined(t.title, t.why) for t in view.todo if t.state not in LISTED_APART]),
            ("Väntar på godkännande", [_joined(one.title, one.why) for one in view.waiting]),
            ("Öppna rykten", list(_rumours(session, incident, now))),
            ("Obekräftade inlägg", list(_posts(facts, "unknown"))),
            ("Att göra för hand", list(_posts(facts, "by_hand"))),
            ("Har inte läst låset", list(view.unread.names) if view.unread else []),
            ("Kvar av första timmen", list(_left(facts, now))),
            ("Vem leder", [_leads(incident, now)]),
        ]


def _joined(what: str, why: str) -> str:
    return f"{phrases.sentence(what)} {why}".strip()


def _promised(facts: Facts, now: datetime) -> Iterator[str]:
    """Every word that is owed, the next one first."""
    types = {row.id: row.type for row in facts.broadcasts}
    for word in owing(rows_promise.words(facts)):
        if word.promise_at is not None:
            late = " Vi är sena." if word.promise_at <= now else ""
            what = labels.TYPES[MessageType(types[word.broadcast_id])]
            yield f"Senast {phrases.when(word.promise_at, now)} ({what}).{late}"


def _running(view: BoardView, now: datetime) -> Iterator[str]:
    repeat = view.repeat
    if repeat is None:
        return
    words = {
        "running": "Upprepas",
        "paused": "Pausad",
        "stopped": "Stoppad",
        "once": "Gick ut en gång",
    }
    state = words.get(repeat.state, "Upprepas inte längre")
    if repeat.state == "running" and repeat.every is not None:
        state += f" {phrases.every(repeat.every)}"
        state += f" till {phrases.when(repeat.until, now)}" if repeat.until else " tills vidare"
    wrong = "Fel i texten. " if view.latest_wrong else ""
    yield f"{wrong}{phrases.sentence(view.latest)} {state}. Handling {repeat.record}."
    if view.next_round is not None:
        at = phrases.when(view.next_round.due, now)
        yield f"Nästa omgång {at}, uppdatering {view.next_round.number}."


def _posts(facts: Facts, state: str) -> Iterator[str]:
    for row in facts.attention:
        if row.state == state:
            name = f"{row.short_name}, {platform_name(row.platform)}"
            yield f"{name}, omgång {phrases.clock(row.due_at)}."


def _rumours(session: Session, incident: Incident, now: datetime) -> Iterator[str]:
    """What is said stays in the rumours' own list; where it was seen and what is true suffice."""
    people = {person.id: person.name for person in rumours.owners(session)}
    for one in rumours.of_event(session, incident.id):
        if one.state in OPEN:
            owner = people.get(one.owner_id or 0, "ingen")
            seen = f"{one.seen_where}, {phrases.when(one.seen_at, now)}"
            truth = phrases.sentence(one.truth) or "Inte klarlagt än."
            yield f"Rykte {one.id}, {seen}. Sköts av {owner}. {truth}"


def _left(facts: Facts, now: datetime) -> Iterator[str]:
    for point in facts.staff.points:
        if point.done_at is None:
            late = " Försenat." if point.late(now) else ""
            yield f"{phrases.sentence(point.item.sv)} Senast {phrases.when(point.due, now)}.{late}"


def _leads(incident: Incident, now: datetime) -> str:
    label = STAGE_LABELS[Stage(incident.stage)]
    return f"{label} sedan {phrases.when(incident.stage_since, now)}."
