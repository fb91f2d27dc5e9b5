"""Roles, and what each may do: one table, shut for everything that isn't in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString


class Role(StrEnum):
    """What a person is to the municipality's communication; a person may have several."""

    INFORMATION_UNIT = "information_unit"
    APPROVER = "approver"
    ACCOUNT_ADMINISTRATOR = "account_administrator"
    OPERATIONS_MANAGER = "operations_manager"
    HEAD_OF_DEPARTMENT = "head_of_department"
    STRATEGY = "strategy"
    ARCHIVIST = "archivist"
    REGISTRAR = "registrar"
    REVIEWER = "reviewer"
    SYSTEM_ADMINISTRATOR = "system_administrator"


ROLE_LABELS: dict[Role, LazyString] = {
    Role.INFORMATION_UNIT: _l("Informationsenheten"),
    Role.APPROVER: _l("Beslutsfattare"),
    Role.ACCOUNT_ADMINISTRATOR: _l("Kontoadministratör"),
    Role.OPERATIONS_MANAGER: _l("Verksamhetsansvarig chef"),
    Role.HEAD_OF_DEPARTMENT: _l("Förvaltningschef"),
    Role.STRATEGY: _l("Strategi- och näringslivsavdelningen"),
    Role.ARCHIVIST: _l("Arkivarie"),
    Role.REGISTRAR: _l("Registrator"),
    Role.REVIEWER: _l("Granskare"),
    Role.SYSTEM_ADMINISTRATOR: _l("Systemadministratör"),
}


class Permission(StrEnum):
    """What a view or a socket event asks for. Limits by object (own account, not one's own
    text) are the operation's."""

    ANYONE_LOGGED_IN = "anyone_logged_in"
    CHANGE_OWN_LOGIN = "change_own_login"
    VIEW_BOARD = "view_board"
    VIEW_EXERCISE_SITE = "view_exercise_site"
    VIEW_DESIGN = "view_design"
    OPEN_INCIDENT = "open_incident"
    CLOSE_INCIDENT = "close_incident"
    RELEASE_LOCK = "release_lock"
    WRITE_MESSAGE = "write_message"
    APPROVE_MESSAGE = "approve_message"
    STOP_BROADCAST = "stop_broadcast"
    SETTLE_DELIVERY = "settle_delivery"
    WRITE_NOTE = "write_note"
    READ_NOTICE = "read_notice"
    CONFIRM_BY_HAND = "confirm_by_hand"
    VIEW_ACCOUNTS = "view_accounts"
    EDIT_ACCOUNTS = "edit_accounts"
    IMPORT_ACCOUNTS = "import_accounts"
    VIEW_TIMELINE = "view_timeline"
    EXPORT_TIMELINE = "export_timeline"
    MANAGE_PEOPLE = "manage_people"
    CHANGE_POLICY = "change_policy"
    GO_LIVE = "go_live"
    SYSTEM = "system"
    """The program's own jobs; no person has it."""


EVERYONE = frozenset(Role)
_UNIT = frozenset({Role.INFORMATION_UNIT})
_STRATEGY = frozenset({Role.STRATEGY, Role.SYSTEM_ADMINISTRATOR})
_SYSTEM = frozenset({Role.SYSTEM_ADMINISTRATOR})
_DECIDERS = frozenset({Role.INFORMATION_UNIT, Role.APPROVER})
_RECORDS = frozenset(
    {
        Role.INFORMATION_UNIT,
        Role.STRATEGY,
        Role.ARCHIVIST,
        Role.REGISTRAR,
        Role.REVIEWER,
    }
)

MAY: dict[Permission, frozenset[Role]] = {
    Permission.ANYONE_LOGGED_IN: EVERYONE,
    Permission.CHANGE_OWN_LOGIN: EVERYONE,
    Permission.VIEW_BOARD: EVERYONE,
    Permission.VIEW_EXERCISE_SITE: EVERYONE,
    Permission.VIEW_DESIGN: EVERYONE,
    Permission.OPEN_INCIDENT: _UNIT,
    Permission.CLOSE_INCIDENT: _UNIT,
    Permission.RELEASE_LOCK: _UNIT,
    Permission.WRITE_MESSAGE: _UNIT,
    Permission.APPROVE_MESSAGE: frozenset({Role.APPROVER}),
    Permission.STOP_BROADCAST: _DECIDERS,
    Permission.SETTLE_DELIVERY: _UNIT,
    Permission.WRITE_NOTE: _DECIDERS | {Role.OPERATIONS_MANAGER, Role.HEAD_OF_DEPARTMENT},
    Permission.READ_NOTICE: EVERYONE,
    Permission.CONFIRM_BY_HAND: _UNIT | {Role.ACCOUNT_ADMINISTRATOR},
    Permission.VIEW_ACCOUNTS: EVERYONE,
    Permission.EDIT_ACCOUNTS: _STRATEGY,
    Permission.IMPORT_ACCOUNTS: _STRATEGY,
    Permission.VIEW_TIMELINE: _RECORDS
    | {Role.APPROVER, Role.HEAD_OF_DEPARTMENT, Role.SYSTEM_ADMINISTRATOR},
    Permission.EXPORT_TIMELINE: _RECORDS,
    Permission.MANAGE_PEOPLE: _SYSTEM,
    Permission.CHANGE_POLICY: _SYSTEM,
    Permission.GO_LIVE: _SYSTEM,
    Permission.SYSTEM: frozenset(),
}


def may(roles: Iterable[str], permission: str) -> bool:
    """Does any of `roles` carry `permission`? Unknown roles and permissions carry nothing.

    Args:
        roles: role values as stored on the person.
        permission: a `Permission` or its value.
    """
    try:
        allowed = MAY[Permission(permission)]
    except (ValueError, KeyError):
        return False
    return any(role in allowed for role in roles)


def roles_that_may(permission: Permission) -> frozenset[Role]:
    """For sentences like "ask somebody who is …"."""
    return MAY.get(permission, frozenset())


def known_roles(values: Iterable[str]) -> frozenset[Role]:
    """The roles named by `values`.

    Raises:
        ValueError: a value names no role.
    """
    return frozenset(Role(value) for value in values)


class LinkPurpose(StrEnum):
    """What a one-time link lets somebody do."""

    FIRST_ADMINISTRATOR = "first_administrator"
    INVITATION = "invitation"
    RESET = "reset"


SEEN_STEP = timedelta(minutes=1)
"""A session's last use is written down at most this often."""
FAILURES_KEPT = timedelta(hours=1)
"""How long a failed login counts."""
_LONGEST_WAIT = timedelta(minutes=15)
_FIRST_WAIT = timedelta(seconds=30)
FREE_FAILURES_EMAIL = 4
FREE_FAILURES_ADDRESS = 19
"""More than for an e-mail: a whole municipality may stand behind one network address."""


def session_has_ended(
    seen_at: datetime, ended_at: datetime | None, idle_minutes: int, now: datetime
) -> bool:
    """Has a session ended, by somebody's act or by itself? (5-c)

    The step at which use is written down is given on top, so that nobody is out early.
    """
    return ended_at is not None or now > seen_at + timedelta(minutes=idle_minutes) + SEEN_STEP


def next_attempt_at(failures: Sequence[datetime], free: int) -> datetime | None:
    """When the next login may be tried: None if at once.

    Args:
        failures: moments of the failed attempts that count, oldest first.
        free: so many of them cost nothing; then 30 s, doubling up to 15 minutes.
    """
    over = len(failures) - free
    if over <= 0:
        return None
    return failures[-1] + min(_LONGEST_WAIT, _FIRST_WAIT * (1 << min(over - 1, 10)))
