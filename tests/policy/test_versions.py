"""A change of the profile: versioned, with who, when and why, and on the timeline."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from console import clock, example
from console.accounts import plan_queries
from console.db import unit_of_work
from console.errors import Faults, Stale, WrongState
from console.policy import operations, queries, rules
from console.policy.models import ProfileVersion
from tests.cast import Cast


def test_every_change_is_a_version_with_who_when_and_why(cast: Cast) -> None:
    now = clock.now()
    with unit_of_work() as session:
        seen = queries.newest_id(session)
        operations.change(
            session, cast.stina, now, {"min_admins": 3}, seen=seen, reason=" Semestern. "
        )
    with unit_of_work() as session:
        seen = queries.newest_id(session)
        operations.change(
            session, cast.siv, now, {"check_times": 3}, seen=seen, reason="Mer trafik."
        )
    with unit_of_work() as session:
        newest, first = queries.versions(session)
        assert (first.reason, first.by_id, first.at) == ("Semestern.", cast.stina.id, now)
        assert rules.changed(first.before, first.profile) == ("min_admins",)
        assert rules.changed(newest.before, newest.profile) == ("check_times",)
        assert newest.profile.min_admins == 3
        assert queries.version(session, newest.id) == newest
        assert queries.version(session, first.id) == first
        assert queries.current(session) == newest.profile


def test_two_who_change_at_once_do_not_overwrite_each_other(cast: Cast) -> None:
    with unit_of_work() as session:
        seen = queries.newest_id(session)
        operations.change(
            session, cast.stina, clock.now(), {"min_admins": 3}, seen=seen, reason="En."
        )
    with unit_of_work() as session, pytest.raises(Stale):
        operations.change(
            session, cast.siv, clock.now(), {"min_admins": 4}, seen=seen, reason="Två."
        )
    with unit_of_work() as session:
        assert queries.current(session).min_admins == 3


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "a\nb"])
def test_a_change_without_a_usable_reason_changes_nothing(cast: Cast, reason: str) -> None:
    with unit_of_work() as session, pytest.raises(Faults) as refusal:
        operations.change(
            session, cast.stina, clock.now(), {"min_admins": 3}, seen=0, reason=reason
        )
    assert list(refusal.value.faults) == ["reason"]
    with unit_of_work() as session:
        assert session.scalars(select(ProfileVersion)).all() == []


def test_a_change_that_changes_nothing_is_no_version(cast: Cast) -> None:
    with unit_of_work() as session, pytest.raises(WrongState):
        operations.change(
            session, cast.stina, clock.now(), {"min_admins": 2}, seen=0, reason="Varför inte."
        )


def test_loading_a_ready_profile_keeps_what_is_the_municipalitys_own(cast: Cast) -> None:
    own = {"municipality": "Sunne kommun", "phone": "0565-160 00", "approvals_required": 2}
    with unit_of_work() as session:
        operations.set_profile(session, None, clock.now(), {**own, "min_admins": 4})
    varberg = next(one for one in example.profiles() if one.key == "varberg")
    with unit_of_work() as session:
        changes = rules.ready_changes(varberg.key, varberg.values)
        seen = queries.newest_id(session)
        operations.change(
            session, cast.stina, clock.now(), changes, seen=seen, reason="Som Varberg."
        )
    with unit_of_work() as session:
        profile = queries.current(session)
        assert {name: getattr(profile, name) for name in own} == own
        assert profile.min_admins == 2 and profile.close_dormant
        assert plan_queries.chain(session) == queries.plan_chain(session) == profile.chain
        assert [(step.role, step.kind) for step in queries.plan_chain(session)] == [
            ("operations_manager", "decision")
        ]


def test_a_version_from_before_there_were_reasons_reads_as_it_did(cast: Cast) -> None:
    old = {"key": "torsby-2011", "municipality": "Torsby", "min_admins": 3}
    with unit_of_work() as session:
        session.add(ProfileVersion(key="torsby-2011", content=old, at=clock.now()))
    with unit_of_work() as session:
        assert queries.current(session).min_admins == 3
        assert queries.versions(session)[0].reason == ""
        row = session.scalars(select(ProfileVersion)).one()
        assert row.content == old
