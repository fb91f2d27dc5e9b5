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


DUTY_ROLES = (Role.INFORMATION_UNIT, Role.APPROVER)
"""Roles that somebody must have the duty (jour) of at any time."""


class Permission(StrEnum):
    """What a view or a socket event asks for. Limits by object (own account, not one's own
    text) are the operation's."""

    ANYONE_LOGGED_IN = "anyone_logged_in"
    CHANGE_OWN_LOGIN = "change_own_login"
    VIEW_DUTY = "view_duty"
    HAND_OVER_DUTY = "hand_over_duty"
    EDIT_ROSTER = "edit_roster"
    VIEW_BOARD = "view_board"
    VIEW_EXERCISE_SITE = "view_exercise_site"
    VIEW_DESIGN = "view_design"
    OPEN_INCIDENT = "open_incident"
    PLAN_EXERCISE = "plan_exercise"
    CLOSE_INCIDENT = "close_incident"
    RELEASE_LOCK = "release_lock"
    WRITE_MESSAGE = "write_message"
    WRITE_POST = "write_post"
    """On one's own accounts, outside events."""
    APPROVE_MESSAGE = "approve_message"
    STOP_BROADCAST = "stop_broadcast"
    SAY_STILL_VALID = "say_still_valid"
    SETTLE_DELIVERY = "settle_delivery"
    ASK_REMOVAL = "ask_removal"
    DECIDE_REMOVAL = "decide_removal"
    READ_EVIDENCE = "read_evidence"
    WRITE_NOTE = "write_note"
    TICK_FIRST_HOUR = "tick_first_hour"
    HAND_OVER_SHIFT = "hand_over_shift"
    BREAK_OFF_EXERCISE = "break_off_exercise"
    READ_NOTICE = "read_notice"
    CONFIRM_BY_HAND = "confirm_by_hand"
    LOG_RUMOUR = "log_rumour"
    HANDLE_RUMOUR = "handle_rumour"
    VIEW_ACCOUNTS = "view_accounts"
    EDIT_ACCOUNTS = "edit_accounts"
    IMPORT_ACCOUNTS = "import_accounts"
    VIEW_MUNICIPALITY = "view_municipality"
    """What deviates on every account, with its plan and custody (6-a)."""
    PROPOSE_ACCOUNT = "propose_account"
    WRITE_PLAN = "write_plan"
    SIGN_PLAN = "sign_plan"
    VIEW_CUSTODY = "view_custody"
    KEEP_LOGIN = "keep_login"
    RECEIVE_ENVELOPE = "receive_envelope"
    OPEN_ENVELOPE = "open_envelope"
    LOOK_AFTER = "look_after"
    """Check an account's profile, and write about its logins, dialogue and attacks."""
    READ_CONSENTS = "read_consents"
    CHECK_ACCOUNT = "check_account"
    """Say that one has gone through an account's posts and comments (4-f)."""
    VIEW_CHECKS = "view_checks"
    VIEW_INBOX = "view_inbox"
    """What others have published; whose, the operations limit."""
    READ_ITEM = "read_item"
    """One item that one may see: a colleague may have sent it on."""
    MODERATE = "moderate"
    """Take what others have written through moderation; whose account, the operations limit."""
    VIEW_MODERATION = "view_moderation"
    """What has been moderated, without its words; whose account, the operations limit."""
    GIVE_REGISTRY_NUMBER = "give_registry_number"
    KEEP_FEEDS = "keep_feeds"
    KEEP_RECIPIENTS = "keep_recipients"
    """Of e-mail and SMS; an administrator's own accounts only."""
    VIEW_TIMELINE = "view_timeline"
    EXPORT_TIMELINE = "export_timeline"
    EVALUATE = "evaluate"
    """Write in an event's evaluation; a measure's owner may always say that it is done."""
    TAKE_SNAPSHOT = "take_snapshot"
    """For the archive; an administrator's own accounts only (4.4-a)."""
    VIEW_ARCHIVE = "view_archive"
    """What is handed over and to whom, without its content."""
    HAND_OVER_RECORDS = "hand_over_records"
    RECEIVE_RECORDS = "receive_records"
    """Fetch what is handed over, and give its receipt."""
    KEEP_DISPOSAL_RULES = "keep_disposal_rules"
    DISPOSE = "dispose"
    """Let go of what a rule lists (4.4-b)."""
    VIEW_REPORTS = "view_reports"
    """Yearly reports of accounts; whose, the queries limit."""
    WRITE_REPORT = "write_report"
    """Of an account that one runs, whatever one's role; whoever keeps the register may help."""
    EVALUATE_REPORT = "evaluate_report"
    """Decide what becomes of an account after its report (4.3-d); whose, the operation limits."""
    MANAGE_PEOPLE = "manage_people"
    VIEW_POLICY = "view_policy"
    CHANGE_POLICY = "change_policy"
    GO_LIVE = "go_live"
    KEEP_APPS = "keep_apps"
    """Enter how the platforms know this installation."""
    MANAGE_VIEW_LINKS = "manage_view_links"
    VIEW_CARDS = "view_cards"
    VIEW_COVERAGE = "view_coverage"
    RECORD_ABSENCE = "record_absence"
    """One's own; somebody else's takes `RECORD_OTHERS_ABSENCE` too."""
    RECORD_OTHERS_ABSENCE = "record_others_absence"
    READ_GUIDELINE = "read_guideline"
    """And say so; a pledge is the operation's to limit."""
    RECORD_TRAINING = "record_training"
    """One's own; somebody else's takes `FOLLOW_UP_GUIDELINE` too."""
    FOLLOW_UP_GUIDELINE = "follow_up_guideline"
    KEEP_GUIDELINE = "keep_guideline"
    SYSTEM = "system"
    """The program's own jobs; no person has it."""


EVERYONE = frozenset(Role)
_UNIT = frozenset({Role.INFORMATION_UNIT})
_STRATEGY = frozenset({Role.STRATEGY, Role.SYSTEM_ADMINISTRATOR})
_SYSTEM = frozenset({Role.SYSTEM_ADMINISTRATOR})
_DECIDERS = frozenset({Role.INFORMATION_UNIT, Role.APPROVER})
_SIGNERS = _DECIDERS | {Role.OPERATIONS_MANAGER, Role.HEAD_OF_DEPARTMENT, Role.STRATEGY}
"""Roles that a policy's chain may ask for a mark on a plan; which, the plan's own chain says."""
_OPENERS = _DECIDERS | {
    Role.STRATEGY,
    Role.ACCOUNT_ADMINISTRATOR,
    Role.OPERATIONS_MANAGER,
    Role.HEAD_OF_DEPARTMENT,
}
"""Not the system administrator, who has the key."""
_RECORDS = frozenset(
    {
        Role.INFORMATION_UNIT,
        Role.STRATEGY,
        Role.ARCHIVIST,
        Role.REGISTRAR,
        Role.REVIEWER,
    }
)

_CHECKERS = frozenset({Role.ACCOUNT_ADMINISTRATOR, Role.INFORMATION_UNIT, Role.STRATEGY})

MAY: dict[Permission, frozenset[Role]] = {
    Permission.ANYONE_LOGGED_IN: EVERYONE,
    Permission.CHANGE_OWN_LOGIN: EVERYONE,
    Permission.VIEW_DUTY: EVERYONE,
    Permission.HAND_OVER_DUTY: _DECIDERS,
    Permission.EDIT_ROSTER: _UNIT,
    Permission.VIEW_BOARD: EVERYONE,
    Permission.VIEW_EXERCISE_SITE: EVERYONE,
    Permission.VIEW_DESIGN: EVERYONE,
    Permission.OPEN_INCIDENT: _UNIT,
    Permission.PLAN_EXERCISE: frozenset({Role.INFORMATION_UNIT, Role.STRATEGY}),
    Permission.CLOSE_INCIDENT: _UNIT,
    Permission.RELEASE_LOCK: _UNIT,
    Permission.WRITE_MESSAGE: _UNIT,
    Permission.WRITE_POST: frozenset({Role.ACCOUNT_ADMINISTRATOR}),
    Permission.APPROVE_MESSAGE: frozenset({Role.APPROVER}),
    Permission.STOP_BROADCAST: _DECIDERS,
    Permission.SAY_STILL_VALID: _DECIDERS,
    Permission.SETTLE_DELIVERY: _UNIT,
    Permission.TICK_FIRST_HOUR: _DECIDERS,
    Permission.HAND_OVER_SHIFT: _DECIDERS,
    Permission.BREAK_OFF_EXERCISE: _DECIDERS,
    Permission.ASK_REMOVAL: _DECIDERS,
    Permission.DECIDE_REMOVAL: _DECIDERS,
    Permission.READ_EVIDENCE: frozenset({Role.APPROVER, Role.REGISTRAR}),
    Permission.WRITE_NOTE: _DECIDERS | {Role.OPERATIONS_MANAGER, Role.HEAD_OF_DEPARTMENT},
    Permission.READ_NOTICE: EVERYONE,
    Permission.CONFIRM_BY_HAND: _UNIT | {Role.ACCOUNT_ADMINISTRATOR},
    Permission.LOG_RUMOUR: _UNIT | {Role.ACCOUNT_ADMINISTRATOR},
    Permission.HANDLE_RUMOUR: _UNIT,
    Permission.VIEW_ACCOUNTS: EVERYONE,
    Permission.EDIT_ACCOUNTS: _STRATEGY,
    Permission.IMPORT_ACCOUNTS: _STRATEGY,
    Permission.VIEW_MUNICIPALITY: frozenset({Role.STRATEGY, Role.INFORMATION_UNIT, Role.REVIEWER}),
    Permission.PROPOSE_ACCOUNT: EVERYONE,
    Permission.WRITE_PLAN: EVERYONE,
    Permission.SIGN_PLAN: _SIGNERS,
    Permission.VIEW_CUSTODY: _OPENERS | {Role.REVIEWER},
    Permission.KEEP_LOGIN: frozenset({Role.STRATEGY, Role.ACCOUNT_ADMINISTRATOR}),
    Permission.RECEIVE_ENVELOPE: frozenset({Role.STRATEGY}),
    Permission.OPEN_ENVELOPE: _OPENERS,
    Permission.LOOK_AFTER: frozenset({Role.STRATEGY, Role.ACCOUNT_ADMINISTRATOR}),
    Permission.READ_CONSENTS: frozenset({Role.STRATEGY, Role.ACCOUNT_ADMINISTRATOR}),
    Permission.CHECK_ACCOUNT: _CHECKERS,
    Permission.VIEW_CHECKS: _CHECKERS
    | {Role.OPERATIONS_MANAGER, Role.HEAD_OF_DEPARTMENT, Role.REVIEWER},
    Permission.VIEW_INBOX: _CHECKERS,
    Permission.READ_ITEM: EVERYONE,
    Permission.MODERATE: _CHECKERS,
    Permission.VIEW_MODERATION: _CHECKERS | {Role.APPROVER, Role.REGISTRAR},
    Permission.GIVE_REGISTRY_NUMBER: frozenset({Role.REGISTRAR, Role.INFORMATION_UNIT}),
    Permission.KEEP_FEEDS: frozenset({Role.INFORMATION_UNIT, Role.STRATEGY}),
    Permission.KEEP_RECIPIENTS: frozenset(
        {Role.STRATEGY, Role.INFORMATION_UNIT, Role.ACCOUNT_ADMINISTRATOR}
    ),
    Permission.VIEW_TIMELINE: _RECORDS
    | {Role.APPROVER, Role.HEAD_OF_DEPARTMENT, Role.SYSTEM_ADMINISTRATOR},
    Permission.EXPORT_TIMELINE: _RECORDS,
    Permission.EVALUATE: _RECORDS | {Role.APPROVER, Role.HEAD_OF_DEPARTMENT},
    Permission.TAKE_SNAPSHOT: frozenset({Role.ACCOUNT_ADMINISTRATOR, Role.STRATEGY}),
    Permission.VIEW_ARCHIVE: _RECORDS | {Role.SYSTEM_ADMINISTRATOR},
    Permission.HAND_OVER_RECORDS: _RECORDS,
    Permission.RECEIVE_RECORDS: frozenset({Role.ARCHIVIST, Role.REGISTRAR}),
    Permission.KEEP_DISPOSAL_RULES: frozenset({Role.ARCHIVIST, Role.STRATEGY}),
    Permission.DISPOSE: frozenset({Role.ARCHIVIST}),
    Permission.VIEW_REPORTS: EVERYONE,
    Permission.WRITE_REPORT: EVERYONE,
    Permission.EVALUATE_REPORT: frozenset({Role.STRATEGY, Role.OPERATIONS_MANAGER}),
    Permission.MANAGE_PEOPLE: _SYSTEM,
    Permission.VIEW_POLICY: EVERYONE,
    Permission.CHANGE_POLICY: _STRATEGY,
    Permission.GO_LIVE: _SYSTEM,
    Permission.KEEP_APPS: _SYSTEM,
    Permission.MANAGE_VIEW_LINKS: _UNIT,
    Permission.VIEW_CARDS: _DECIDERS | _STRATEGY | {Role.ACCOUNT_ADMINISTRATOR},
    Permission.VIEW_COVERAGE: EVERYONE,
    Permission.RECORD_ABSENCE: EVERYONE,
    Permission.RECORD_OTHERS_ABSENCE: _STRATEGY
    | {Role.OPERATIONS_MANAGER, Role.HEAD_OF_DEPARTMENT},
    Permission.READ_GUIDELINE: EVERYONE,
    Permission.RECORD_TRAINING: EVERYONE,
    Permission.FOLLOW_UP_GUIDELINE: frozenset(
        {Role.STRATEGY, Role.OPERATIONS_MANAGER, Role.HEAD_OF_DEPARTMENT}
    ),
    Permission.KEEP_GUIDELINE: frozenset({Role.STRATEGY}),
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
