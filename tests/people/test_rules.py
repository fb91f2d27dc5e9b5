from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from console.people.rules import (
    FREE_FAILURES_EMAIL,
    MAY,
    ROLE_LABELS,
    Permission,
    Role,
    may,
    next_attempt_at,
    session_has_ended,
)

NOON = datetime(2026, 6, 11, 12, tzinfo=UTC)


def test_every_permission_is_in_the_table_and_every_role_has_a_label() -> None:
    assert set(MAY) == set(Permission)
    assert set(ROLE_LABELS) == set(Role)


@pytest.mark.parametrize(
    ("roles", "permission"),
    [
        (["approver"], "no_such_permission"),
        (["no_such_role"], Permission.VIEW_BOARD),
        ([], Permission.ANYONE_LOGGED_IN),
        (["approver", "archivist"], Permission.WRITE_MESSAGE),
    ],
)
def test_what_the_table_does_not_give_is_refused(roles: list[str], permission: str) -> None:
    assert may(roles, permission) is False


def test_one_of_several_roles_is_enough() -> None:
    assert may(["archivist", "information_unit"], Permission.WRITE_MESSAGE)


def test_no_role_carries_what_only_the_programs_own_jobs_may_do() -> None:
    assert not may([role.value for role in Role], Permission.SYSTEM)


def test_writing_and_approving_are_no_one_roles() -> None:
    both = MAY[Permission.WRITE_MESSAGE] & MAY[Permission.APPROVE_MESSAGE]
    assert both == frozenset()


def test_a_session_ends_after_idle_minutes_and_never_before() -> None:
    minutes = 30
    assert not session_has_ended(NOON, None, minutes, NOON + timedelta(minutes=30))
    assert session_has_ended(NOON, None, minutes, NOON + timedelta(minutes=31, seconds=1))
    assert session_has_ended(NOON, NOON, minutes, NOON)


def test_the_wait_after_failed_logins_grows_to_a_quarter_of_an_hour_and_no_further() -> None:
    def wait(count: int) -> timedelta | None:
        at = next_attempt_at([NOON] * count, FREE_FAILURES_EMAIL)
        return None if at is None else at - NOON

    assert [wait(n) for n in (0, 4)] == [None, None]
    assert [wait(n) for n in (5, 6, 7)] == [timedelta(seconds=s) for s in (30, 60, 120)]
    assert wait(10) == timedelta(minutes=15)
    assert wait(500) == timedelta(minutes=15)
