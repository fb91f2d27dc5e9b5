"""The policy profile: what a municipality has decided, typed. The default is Torsby's of 2011."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from console import phrases
from console.errors import Faults
from console.policy import faults as checks
from console.policy import openings
from console.policy.openings import OPENINGS, Opening
from console.policy.values import (
    CHAIN,
    DOCUMENTS,
    FIRST_HOUR,
    GROUNDS,
    PERIODS,
    PURPOSES,
    REGISTRY,
    Choice,
    Document,
    FirstHourItem,
    RegistryAddress,
    Step,
)

PASSWORD_CLASSES = ("upper", "lower", "digit", "other")
LANGUAGES = ("sv", "en")
ROSTER_PLACES = (
    *("chief_of_staff", "information_lead", "writer", "approver", "web", "spokesperson"),
    *("switchboard", "monitoring", "local_radio"),
)
"""Places that an event's staff may have; their labels stand in console.incidents.roster."""


FIRST_HOUR_MOST = 30
FIRST_HOUR_TEXT = 120
"""Characters."""


@dataclass(frozen=True)
class Profile:
    """Every value has torsby-2011's as its default: what a profile leaves out comes from there."""

    key: str = "torsby-2011"
    municipality: str = "Torsby kommun"
    phone: str = "0560-160 00"
    """The switchboard, given where a text exists in Swedish only."""
    unit_phone: str = "0980-319 210"
    """The information unit, for the switchboard; until the municipality gives its own, one of the
    numbers that the authority keeps for fiction."""
    radio: str = "P4 Värmland"
    """Where else to listen when the site is late."""
    feedback_email: str = "kommun@torsby.example"
    fault_line_sv: str = "Ett meddelande på den här sidan var fel. Vi rättar det nu."
    """What the public site says at once at *Fel ute*, before the correction."""
    fault_line_en: str = "A message on this page was wrong. We are correcting it now."
    languages: tuple[str, ...] = ("sv", "en")
    approvals_required: int = 1
    """People other than the author who must approve a message."""
    approver_wait_minutes: int = 5
    """How long a called approver has before the next on the list is called."""
    grace_seconds: int = 10
    """How long the other accounts wait for the official website (2.3-a)."""
    roster_places: tuple[str, ...] = ROSTER_PLACES
    """The places in an event's staff that somebody must hold."""
    promise_warning_minutes: int = 10
    """How long before a promised word passes the unit is asked."""
    default_interval_minutes: int = 30
    reminder_minutes: int = 15
    """How long a lock notice is unread, or a by-hand task undone, before it is sent again."""
    reminders_most: int = 3
    """How often it is sent again; after that the other administrators are told."""
    quiet_from: str = "22.00"
    """From this clock time in Sweden no reminder is sent; calls to approve, and of promises, are
    never held back."""
    quiet_to: str = "06.00"
    """Until this one; the same as quiet_from: no quiet hours."""
    idle_minutes: int = 30
    """A console session without use ends after this (5-c)."""
    idle_warning_minutes: int = 5
    """How long before that the warning is shown."""
    link_hours: int = 72
    """How long an invitation or a reset link can be used."""
    password_min: int = 10
    """Characters (5-e)."""
    password_classes: tuple[str, ...] = ("upper", "lower", "digit")
    """Kinds of characters that must all occur (5-e)."""
    min_admins: int = 2
    """Administrators an account must have (3-a)."""
    max_admins: int = 4
    """Administrators that an action plan has room for (B1-f)."""
    plan_form: str = "TORSBY7255i, v 1.0"
    """What is printed at the foot of an action plan: the form's id and version (B1-l)."""
    role_labels: Mapping[str, str] = field(default_factory=dict)
    """Role → what the municipality calls it, in every language; {}: the console's names."""
    chain: tuple[Step, ...] = CHAIN
    """The marks an action plan needs (3.2-b)."""
    check_times: int = 2
    """How often an account is looked at, per `check_period` (4-f)."""
    check_period: str = "week"
    watch_words: tuple[str, ...] = ()
    """Words that an item in the inbox is marked by."""
    answer_hours: int | None = None
    """A question is answered within so many hours (4-c); None: as soon as it can be."""
    answer_on_workdays: bool = False
    """The hours stand still on Saturdays, Sundays and holidays."""
    posts_per_week: int = 0
    """The least an account should publish; 0: no such rule."""
    close_dormant: bool = False
    """An account that stands still is closed, not only asked about."""
    dormant_days: int = 90
    """After so many days without a post and without a look an account stands still."""
    unit_may_close: bool = False
    """The information unit may end an account by itself."""
    sign_replies: bool = False
    """Answers are signed with a first name."""
    report_months: tuple[int, ...] = (7, 8, 9)
    """The yearly report opens on the first day of the first and is due on the last of the last
    (4.3-a)."""
    snapshot_days: tuple[str, ...] = ("01-01", "07-01")
    """MM-DD (4.4-a)."""
    snapshot_at_change: bool = True
    """After a large change too (4.4-a)."""
    review_months: int = 12
    """How often the rules themselves are gone through (8-a)."""
    major_change_by: str = "Kommunstyrelsen"
    """Who decides on a large change of the guideline (8-c)."""
    registrar_guide: bool = False
    """The registrar has instructions of their own, which the console links to."""
    purposes: tuple[Choice, ...] = PURPOSES
    grounds: tuple[Choice, ...] = GROUNDS
    registry: tuple[RegistryAddress, ...] = REGISTRY
    documents: tuple[Document, ...] = DOCUMENTS
    logo: str = ""
    """Web address of the approved logo (4.2-a); "": none is given yet."""
    first_hour: tuple[FirstHourItem, ...] = FIRST_HOUR
    """*Första timmen*, in the order of the minutes."""
    openings: tuple[Opening, ...] = OPENINGS
    """*Mallar* to start a message from, in the order shown."""


_NAMED = {"key": checks.key, "sv": checks.text(80), "en": checks.text(80)}
CHECKS: dict[str, checks.Check] = {
    "key": checks.text(40),
    "approvals_required": checks.whole(1, 5),
    "approver_wait_minutes": checks.whole(1, 60),
    "grace_seconds": checks.whole(0, 120),
    "promise_warning_minutes": checks.whole(1, 240),
    "default_interval_minutes": checks.whole(1, 1440),
    "reminder_minutes": checks.whole(1, 240),
    "reminders_most": checks.whole(0, 20),
    "idle_minutes": checks.whole(5, 720),
    "idle_warning_minutes": checks.whole(1, 60),
    "link_hours": checks.whole(1, 720),
    "password_min": checks.whole(10, 128),
    "min_admins": checks.whole(2, 20),
    "max_admins": checks.whole(2, 20),
    "languages": checks.some_of(LANGUAGES),
    "roster_places": checks.some_of(ROSTER_PLACES),
    "password_classes": checks.some_of(PASSWORD_CLASSES),
    "quiet_from": checks.clock,
    "quiet_to": checks.clock,
    "first_hour": checks.rows(
        {
            "key": checks.key,
            "minute": checks.whole(0, 1440),
            "sv": checks.text(FIRST_HOUR_TEXT),
            "en": checks.text(FIRST_HOUR_TEXT),
        },
        1,
        FIRST_HOUR_MOST,
    ),
    "openings": openings.fault,
    "feedback_email": checks.email,
    "role_labels": checks.labels,
    "chain": checks.chain,
    "check_times": checks.whole(1, 20),
    "check_period": checks.one_of(PERIODS),
    "watch_words": checks.words,
    "answer_hours": checks.whole_or_none(1, 720),
    "answer_on_workdays": checks.yes_or_no,
    "posts_per_week": checks.whole(0, 100),
    "close_dormant": checks.yes_or_no,
    "dormant_days": checks.whole(14, 730),
    "unit_may_close": checks.yes_or_no,
    "sign_replies": checks.yes_or_no,
    "report_months": checks.months,
    "snapshot_days": checks.days,
    "snapshot_at_change": checks.yes_or_no,
    "review_months": checks.whole(1, 60),
    "registrar_guide": checks.yes_or_no,
    "purposes": checks.rows(_NAMED, 1, 30),
    "grounds": checks.rows(_NAMED, 1, 40),
    "registry": checks.rows(
        {"committee": checks.text(80), "email": checks.email}, 1, 40, "committee"
    ),
    "documents": checks.rows(
        {"title": checks.text(120), "version": checks.text(40), "url": checks.address},
        0, 20, "title",
    ),
    "logo": checks.address,
}  # fmt: skip
"""Field → what it may be; a field that isn't here is a text on one line."""
_TEXT = checks.text(200)
_ROWS: dict[str, Callable[..., Any]] = {
    "first_hour": FirstHourItem,
    "chain": Step,
    "purposes": Choice,
    "grounds": Choice,
    "registry": RegistryAddress,
    "documents": Document,
}
TORSBY_2011 = Profile()


def is_quiet(profile: Profile, at: datetime) -> bool:
    """Do the profile's quiet hours hold at this moment (aware), in Sweden's clock time?"""
    start, end = profile.quiet_from, profile.quiet_to
    clock = phrases.clock(at)
    if start <= end:
        return start <= clock < end
    return clock >= start or clock < end


def from_content(content: Mapping[str, Any]) -> Profile:
    """The profile that `content` (JSON object: field name → value) describes.

    Missing fields come from torsby-2011.

    Raises:
        Faults: every field that is unknown, of the wrong kind or out of range, at once.
    """
    known = {one.name for one in fields(Profile)}
    faults: dict[str, str] = {}
    for name, value in content.items():
        if name not in known:
            faults[name] = str(_("%(name)s: det fältet har ingen profil.", name=name))
        elif said := CHECKS.get(name, _TEXT)(value):
            faults[name] = f"{name}: {said}"
    if not faults:
        profile = Profile(**{name: _value(name, value) for name, value in content.items()})
        faults = _together(profile)
    if faults:
        raise Faults(faults)
    return profile


OWN = (
    *("municipality", "phone", "unit_phone", "radio", "feedback_email", "languages", "logo"),
    *("fault_line_sv", "fault_line_en", "approvals_required", "approver_wait_minutes"),
    *("grace_seconds", "roster_places", "promise_warning_minutes", "default_interval_minutes"),
    *("reminder_minutes", "reminders_most", "quiet_from", "quiet_to", "idle_minutes"),
    *("idle_warning_minutes", "link_hours", "first_hour", "openings", "registry", "documents"),
    "watch_words",
)
"""What a ready profile leaves as it is: who the municipality is, and how it works in a crisis."""


def ready_changes(key: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The changes that loading a ready profile makes: all that isn't `OWN`.

    Args:
        values: what the ready profile says; the rest comes from torsby-2011.

    Raises:
        Faults: a value can't be used, or is one of `OWN`.
    """
    own = {name: str(_("%(name)s: det är kommunens eget.", name=name)) for name in OWN}
    if faults := {name: said for name, said in own.items() if name in values}:
        raise Faults(faults)
    content = to_content(from_content({**values, "key": key}))
    return {name: value for name, value in content.items() if name not in OWN}


def from_stored(content: Mapping[str, Any]) -> Profile:
    """A profile as it was once put in force, under the checks of that day.

    Today's checks aren't asked: what was decided then stays readable. Fields that are gone are
    passed over; those that came later have torsby-2011's value.
    """
    known = {one.name for one in fields(Profile)}
    return Profile(
        **{name: _value(name, value) for name, value in content.items() if name in known}
    )


def _together(profile: Profile) -> dict[str, str]:
    """What is wrong with values that can't stand beside each other."""
    found = {}
    if profile.idle_warning_minutes >= profile.idle_minutes:
        found["idle_warning_minutes"] = "idle_warning_minutes: " + str(
            _("Varningen måste komma innan inloggningen slutar: välj färre minuter.")
        )
    if "sv" not in profile.languages:
        found["languages"] = "languages: " + str(_("Svenska (sv) måste vara med."))
    if profile.max_admins < profile.min_admins:
        found["max_admins"] = "max_admins: " + str(
            _("Det måste finnas plats för så många som krävs: välj fler.")
        )
    return found


def to_content(profile: Profile) -> dict[str, Any]:
    """The JSON object that `from_content` reads back as the same profile."""
    return {one.name: _content(getattr(profile, one.name)) for one in fields(Profile)}


def changed(before: Profile, after: Profile) -> tuple[str, ...]:
    """Names of the fields that differ, in the profile's order."""
    return tuple(
        one.name for one in fields(Profile) if getattr(before, one.name) != getattr(after, one.name)
    )


def _content(value: Any) -> Any:
    if isinstance(value, tuple):
        return [
            asdict(one) if is_dataclass(one) and not isinstance(one, type) else one for one in value
        ]
    return dict(value) if isinstance(value, Mapping) else value


def _value(name: str, value: Any) -> Any:
    if name == "openings":
        return openings.read(value)
    if name in _ROWS:
        items = tuple(_ROWS[name](**row) for row in value)
        ordered = sorted(items, key=lambda item: item.minute) if name == "first_hour" else items
        return tuple(ordered)
    if isinstance(value, Mapping):
        return dict(value)
    return tuple(value) if isinstance(value, list) else value
