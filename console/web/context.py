"""What base.html asks for on every page.

A view about an event sets `g.event` (the Incident); without it the page is calm. A view that knows
of other open events sets `g.other_events` (objects with .name .exercise .url .todo).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import inspect

from console import clock
from console.db import unit_of_work
from console.incidents.models import Incident
from console.incidents.rules import STAGE_LABELS, Stage, State
from console.people.models import Person
from console.people.rules import Permission, Role, may
from console.phrases import STOCKHOLM
from console.web import logins
from console.web.language import shown


@dataclass(frozen=True)
class MenuEntry:
    text: LazyString
    endpoint: str
    permission: Permission


MENU: tuple[MenuEntry, ...] = (
    MenuEntry(_l("I dag"), "start.today", Permission.VIEW_BOARD),
    MenuEntry(_l("Meddelanden till dig"), "incidents.my_notices", Permission.READ_NOTICE),
    MenuEntry(_l("På jour"), "duty.show", Permission.VIEW_DUTY),
    MenuEntry(_l("Inlägg"), "posts.index", Permission.WRITE_POST),
    MenuEntry(_l("Inkorg"), "inbox.index", Permission.VIEW_INBOX),
    MenuEntry(_l("Konton"), "accounts.index", Permission.VIEW_ACCOUNTS),
    MenuEntry(_l("Bemanning"), "coverage.show", Permission.VIEW_COVERAGE),
    MenuEntry(_l("Tidslinje"), "review.index", Permission.VIEW_TIMELINE),
    MenuEntry(_l("Arkiv"), "archive.index", Permission.VIEW_ARCHIVE),
    MenuEntry(_l("Riktlinjer"), "guideline.show", Permission.READ_GUIDELINE),
    MenuEntry(_l("Regler"), "policy.show", Permission.VIEW_POLICY),
    MenuEntry(_l("Personer"), "people.index", Permission.MANAGE_PEOPLE),
    MenuEntry(_l("Skarp drift"), "live_use.show", Permission.GO_LIVE),
    MenuEntry(_l("Plattformarnas appar"), "apps.index", Permission.KEEP_APPS),
    MenuEntry(_l("Åtgärdskort"), "cards.listing", Permission.VIEW_CARDS),
    MenuEntry(_l("Mina uppgifter"), "people.me", Permission.CHANGE_OWN_LOGIN),
)
"""An entry is shown when its room is there and the person's role opens it."""
EVENT_MENU: tuple[MenuEntry, ...] = (
    MenuEntry(_l("Tavla"), "board.show", Permission.VIEW_BOARD),
    MenuEntry(_l("Meddelanden"), "messages.listing", Permission.VIEW_BOARD),
    MenuEntry(_l("Konton"), "incidents.decisions", Permission.VIEW_BOARD),
    MenuEntry(_l("Rykten och svar"), "monitoring.listing", Permission.VIEW_BOARD),
    MenuEntry(_l("Stab"), "staff.show", Permission.VIEW_BOARD),
    MenuEntry(_l("Logg"), "incidents.log", Permission.VIEW_BOARD),
    MenuEntry(_l("Väggskärm"), "view_links.listing", Permission.MANAGE_VIEW_LINKS),
)
"""The same, on pages about an event: each takes its slug. No more than stand beside the three
verbs at 1440 px: who has read the lock is inside *Konton*, the roster inside *Stab*."""
EXERCISE_MENU = (
    *EVENT_MENU,
    MenuEntry(_l("Övningsvägg"), "site.show_wall", Permission.VIEW_EXERCISE_SITE),
)


@dataclass(frozen=True)
class EventShown:
    slug: str
    name: str
    area: str
    stage_text: str
    url: str
    exercise: bool
    broken_off: bool
    break_off_url: str
    """Where *Avbryt övningen – skarpt läge* posts. Empty: no open exercise, or not this reader's
    to do."""


@dataclass(frozen=True)
class PersonShown:
    id: int
    name: str
    role_text: str


def role_text(roles: frozenset[str]) -> str:
    """The municipality's names of roles, in the table's order."""
    return ", ".join(logins.role_label(role) for role in Role if role in roles)


def install(app: Flask) -> None:
    app.jinja_env.globals.update(may=may, Permission=Permission, role_text=role_text)
    app.context_processor(frame)


def frame() -> dict[str, Any]:
    """See the head of templates/base.html."""
    login = logins.current_login()
    person = logins.person_or_none()
    event = _event_shown(person)
    return {
        "lang": shown(),
        "mode": "calm" if event is None else "exercise" if event.exercise else "crisis",
        "event": event,
        "other_events": g.get("other_events", []),
        "person": None
        if person is None
        else PersonShown(person.id, person.name, role_text(person.roles)),
        "menu": [] if person is None else _menu(person, event),
        "now_local": clock.now().astimezone(STOCKHOLM),
        "switchboard": None if login is None else login.switchboard,
        "idle_minutes": None if login is None else login.idle_minutes,
        "idle_warning_minutes": None if login is None else login.idle_warning_minutes,
    }


def _event_shown(person: Person | None) -> EventShown | None:
    incident: Incident | None = g.get("event")
    if incident is None:
        return None
    state = inspect(incident)
    if state.expired:
        # The view's unit of work was rolled back: what it had read no longer counts.
        with unit_of_work() as session:
            incident = session.get_one(Incident, state.identity)
    return EventShown(
        incident.slug,
        incident.name,
        incident.area,
        str(STAGE_LABELS[Stage(incident.stage)]),
        f"/incidents/{incident.slug}",
        incident.exercise,
        incident.broken_off,
        url_for("messages.break_off", slug=incident.slug)
        if incident.exercise
        and incident.state == State.OPEN
        and person is not None
        and may(person.roles, Permission.BREAK_OFF_EXERCISE)
        else "",
    )


def _menu(person: Person, event: EventShown | None) -> list[tuple[str, str, bool]]:
    """(words, address, whether one is there) for each room that is open to the person."""
    entries: tuple[MenuEntry, ...] = MENU
    there: dict[str, Any] = {}
    if event is not None:
        entries = EXERCISE_MENU if event.exercise else EVENT_MENU
        there = {"slug": event.slug}
    return [
        (str(entry.text), url_for(entry.endpoint, **there), _is_in(entry.endpoint))
        for entry in entries
        if entry.endpoint in current_app.view_functions and may(person.roles, entry.permission)
    ]


_INNER: dict[str, tuple[str, ...]] = {
    "start.today": ("municipality.",),
    "coverage.show": ("absences.",),
    "accounts.index": ("accounts.", "readiness.", "recipients.", "yearly_reports."),
    "guideline.show": ("guideline.", "guideline_keeping."),
    "messages.listing": ("messages.", "suggestions."),
    "posts.index": ("posts.",),
    "review.index": (
        "review.",
        "axis.",
        "evaluation.",
        "verifying.",
        "handing_over.",
        "records.",
        "compare.",
        "site_review.",
        "exercises.",
    ),
    "archive.index": ("archive.", "disposal."),
    "monitoring.listing": ("monitoring.", "lock_alarms.", "answers.", "switchboard."),
    "incidents.decisions": ("incidents.decision", "incidents.notices"),
    "staff.show": ("handovers.", "incidents.stage", "incidents.show_roster"),
}
"""Room → how the names of its inner pages begin."""


def _is_in(endpoint: str) -> bool:
    """Is this page the room itself, or one of its inner pages?"""
    here = request.endpoint or ""
    return endpoint == here or here.startswith(_INNER.get(endpoint, ("-",)))
