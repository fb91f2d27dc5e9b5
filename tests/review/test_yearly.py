"""An account's yearly report: opened by the rules, written, sent, judged, and what follows."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from console import db
from console.accounts import plan_operations, plan_queries
from console.accounts.coverage_rules import Span
from console.accounts.custody_models import AccountNotice
from console.accounts.models import Account, AccountAdministrator
from console.board import rows_yearly
from console.errors import BadInput, Faults, NotAllowed, NotFound, Stale, WrongState
from console.people.models import Person
from console.review import yearly_queries, yearly_rules
from console.review.yearly_models import YearlyReport
from console.review.yearly_rules import Stage
from console.timeline.models import Entry
from console.timeline.queries import entries_of
from console.timeline.rules import canonical
from tests.accounts.plan import library
from tests.cast import Cast
from tests.moderation import acts as inbox
from tests.review import yearly
from tests.review.yearly import JULY, at


def told(about: str) -> list[AccountNotice]:
    with db.unit_of_work() as session:
        query = select(AccountNotice).where(AccountNotice.about.startswith(about))
        return list(session.scalars(query.order_by(AccountNotice.id)))


def tags() -> list[str]:
    with db.unit_of_work() as session:
        query = select(Entry.tag).where(Entry.tag.startswith("report:")).order_by(Entry.n)
        return list(session.scalars(query))


def waits(app: Flask, person: Person, now: datetime = JULY) -> list[tuple[str, str]]:
    """(verb, address) of what the start page says of reports."""
    with app.test_request_context(), db.unit_of_work() as session:
        reader = session.get_one(Person, person.id)
        return [(one.verb, one.url) for one in rows_yearly.waiting(session, reader, now)]


def late(app: Flask, now: datetime) -> list[tuple[str, str]]:
    """(account, what) of what deviates."""
    with app.test_request_context(), db.unit_of_work() as session:
        (kind,) = rows_yearly.deviations(session, now)
        accounts = [session.get_one(Account, number) for number in kind.found]
        return [(one.account, one.what) for one in kind.rows(accounts).values()]


@pytest.mark.parametrize(
    ("months", "first", "last"),
    [((7, 8, 9), "2026-07-01", "2026-09-30"), ((2,), "2026-02-01", "2026-02-28")],
)
def test_the_window_is_the_first_day_and_the_last_of_the_rules_months(
    months: tuple[int, ...], first: str, last: str
) -> None:
    """4.3-a"""
    found = yearly_rules.window(months, 2026)
    assert found == Span(date.fromisoformat(first), date.fromisoformat(last))


def test_a_report_tells_of_the_twelve_months_before_it_was_begun() -> None:
    assert yearly_rules.covered(date(2026, 7, 1)) == Span(date(2025, 7, 1), date(2026, 6, 30))
    assert yearly_rules.covered(date(2028, 2, 29)) == Span(date(2027, 2, 28), date(2028, 2, 28))
    months = yearly_rules.months_of(yearly_rules.covered(date(2026, 7, 1)))
    assert (months[0], months[-1], len(months)) == ("2025-07", "2026-06", 12)


@pytest.mark.parametrize(
    ("left", "stage"),
    [(91, Stage.OPENED), (30, Stage.MONTH), (8, Stage.MONTH), (7, Stage.WEEK), (0, Stage.WEEK),
     (-1, Stage.LATE)],
)  # fmt: skip
def test_reminders_come_a_month_and_a_week_before_the_day_and_after_it(
    left: int, stage: Stage
) -> None:
    """4.3-a"""
    day = date(2026, 9, 30)
    assert yearly_rules.stage(day, day - timedelta(days=left)) is stage


def test_reports_open_on_the_first_of_july_once_for_each_account_in_use(cast: Cast) -> None:
    """4.3-a: not the day before, not for one that is new, paused ones too."""
    used = yearly.account(cast)
    with db.unit_of_work() as session:
        new = library.proposed(session, cast.maja, platform="x")
        new.created_at = new.state_since = JULY + timedelta(days=5)
        new.state = "active"
    assert yearly.opened(at("2026-06-30", "23:59")) == 0
    assert yearly.opened(at("2026-10-01", "00:01")) == 0
    assert yearly.opened(at("2026-07-01", "00:01")) == 1
    assert yearly.opened(at("2026-07-01", "00:02")) == 0
    assert yearly.opened(at("2026-08-20")) == 0, "the new one reports next year"
    (row,) = yearly.reports()
    assert (row.account_id, row.year, row.due_on) == (used, 2026, date(2026, 9, 30))
    assert (row.first, row.last) == (date(2025, 7, 1), date(2026, 6, 30))
    assert tags() == ["report:opened"]
    yearly.move(used, state="ended")
    assert yearly.opened(at("2027-07-01")) == 1, "only the one that is in use"
    yearly.move(used, state="paused")
    assert yearly.opened(at("2027-07-02")) == 1


def test_a_change_of_the_months_moves_the_day_of_what_is_not_sent(cast: Cast) -> None:
    """4.3-a"""
    yearly.account(cast)
    yearly.opened()
    yearly.rules(cast, report_months=[7, 8])
    yearly.opened(JULY + yearly.DAY)
    assert [one.due_on for one in yearly.reports()] == [date(2026, 8, 31)]


def test_administrators_are_told_once_a_stage_and_never_in_quiet_hours(cast: Cast) -> None:
    """4.3-a"""
    yearly.account(cast)
    yearly.opened(at("2026-07-01", "00:01"))
    assert yearly.reminded(at("2026-07-01", "00:02")) == 0, "it is night"
    assert yearly.reminded(JULY) == 2
    assert yearly.reminded(JULY) == 0
    first = told("reports 2026")
    assert [one.person_id for one in first] == [cast.olle.id, cast.maja.id]
    assert [one.mail_state for one in first] == ["queued", "queued"]
    assert first[0].subject == "Skriv årsrapporten för Bokbussen"
    assert "30 september 2026" in first[0].content
    assert yearly.reminded(at("2026-09-02")) == 2, "a month left"
    assert yearly.reminded(at("2026-09-24")) == 2, "a week left"
    assert yearly.reminded(at("2026-10-01")) == 2, "late"
    assert "skulle ha skickats" in told("reports 2026")[-1].content
    yearly.saved(cast.olle, 1)
    yearly.sent(cast.olle, 1)
    with db.unit_of_work() as session:
        session.execute(text("DELETE FROM account_notices WHERE about LIKE 'reports %'"))
    assert yearly.reminded(at("2026-10-02")) == 0, "it is sent"


def test_who_runs_two_accounts_is_reminded_of_both_at_once(cast: Cast) -> None:
    yearly.account(cast)
    with db.unit_of_work() as session:
        second = library.signed(session, cast, platform="x")
        second.state, second.created_at = "active", library.START
    assert yearly.opened() == 2
    assert yearly.reminded(JULY) == 2
    (notice, _majas) = told("reports 2026")
    assert notice.subject == "Skriv årsrapporten för 2 konton"
    assert (notice.account_id, notice.path) == (None, "/reports?state=open")


def test_the_console_fills_in_what_it_knows(cast: Cast) -> None:
    """4.3-b: answers and how long they took, comments, looks kept of those owed, month by month."""
    number = yearly.account(cast)
    yearly.week(number, at("2026-06-01"), made=3, state="kept")
    yearly.week(number, at("2026-06-08"), made=1, state="missed")
    yearly.week(number, at("2026-06-15"), made=0, state="rested")
    yearly.week(number, at("2025-06-02"), made=2, state="kept")  # before the period
    for _n in range(2):
        item = inbox.write_down(cast.olle, number)
        inbox.move(cast.olle, item, "question")
        inbox.answer(cast.olle, item)
    inbox.write_down(cast.olle, number)
    with db.unit_of_work() as session:
        june = at("2026-06-10", "12:00")
        session.execute(text("UPDATE feed_items SET sort_at = :at"), {"at": june})
        session.execute(
            text("UPDATE questions SET received_at = :at, answered_at = :then"),
            {"at": june, "then": june + timedelta(hours=2)},
        )
        session.execute(
            text("UPDATE questions SET answered_at = :then WHERE id = 1"),
            {"then": june + timedelta(hours=4)},
        )
    report = yearly.begun(cast.olle, number)
    with db.unit_of_work() as session:
        found = yearly_queries.figures(session, session.get_one(YearlyReport, report))
    assert (found.posts, found.comments, found.answered) == (0, 3, 2)
    assert found.half_seconds == 3 * 3600
    assert (found.checks_made, found.checks_asked) == (3, 4)
    assert found.months[-1] == ("2026-06", 0, 3, 2)
    assert found.months[0][0] == "2025-07"


def test_only_the_accounts_own_people_write_and_only_until_it_is_sent(cast: Cast) -> None:
    """4.3-b, 4.3-c"""
    number = yearly.account(cast)
    for other in (cast.lisa, cast.anders, cast.karin):
        with pytest.raises(NotAllowed):
            yearly.begun(other, number)
    report = yearly.begun(cast.olle, number)
    assert yearly.begun(cast.maja, number) == report, "one for each account and year"
    with pytest.raises(Faults) as refused:
        yearly.saved(cast.olle, report, story="x" * 5_001, followers=-1)
    assert set(refused.value.faults) == {"story", "followers"}
    with pytest.raises(NotAllowed):
        yearly.saved(cast.lisa, report)
    with pytest.raises(NotFound):
        yearly.saved(cast.karin, report)
    assert yearly.row_of(report).story == ""
    with pytest.raises(BadInput):
        yearly.sent(cast.olle, report)
    yearly.saved(cast.stina, report, story="Utkast.")
    yearly.saved(cast.olle, report)
    yearly.sent(cast.olle, report)
    for act in (yearly.saved, yearly.sent):
        with pytest.raises(WrongState):
            act(cast.olle, report)


def test_who_runs_an_account_writes_whatever_their_role(app: Flask, cast: Cast) -> None:
    """4.3-b: the information unit runs the municipality's own accounts."""
    number = yearly.account(cast)
    with db.unit_of_work() as session:
        row = AccountAdministrator(account_id=number, person_id=cast.lisa.id, position=3)
        session.add(row)
    report = yearly.begun(cast.lisa, number)
    assert waits(app, cast.lisa) == [("Skriv årsrapporten", f"/reports/{report}")]
    yearly.saved(cast.lisa, report)
    yearly.sent(cast.lisa, report)


def test_it_goes_to_those_who_signed_and_to_the_strategy_department(cast: Cast) -> None:
    """4.3-c: each with what became of their mail; the timeline says to whom."""
    report = yearly.begun(cast.olle, yearly.account(cast))
    yearly.saved(cast.olle, report)
    yearly.sent(cast.olle, report)
    notices = told("report 1 sent")
    assert {one.person_id for one in notices} == {cast.anders.id, cast.eva.id, cast.stina.id}
    assert {one.mail_state for one in notices} == {"queued"}
    assert notices[0].subject == "Årsrapport 2026: Bokbussen"
    assert notices[0].path == f"/reports/{report}"
    with db.unit_of_work() as session:
        (entry,) = [one for one in entries_of(session, None) if one.tag == "report:sent"]
    assert sorted(entry.facts["to"]) == sorted(one.person_id for one in notices)
    assert entry.facts["hash"] == yearly.row_of(report).content_hash


def test_the_figures_are_frozen_under_a_hash_of_all_that_was_sent(cast: Cast) -> None:
    """4.3-b, 4.3-c: what happens later changes nothing of it, and what was read is what is sent."""
    number = yearly.account(cast)
    report = yearly.begun(cast.olle, number)
    yearly.saved(cast.olle, report)
    seen = yearly.read_hash(report)
    yearly.saved(cast.maja, report, followers=999)
    with pytest.raises(Stale):
        yearly.sent(cast.olle, report, seen=seen)
    yearly.saved(cast.olle, report)
    yearly.sent(cast.olle, report, seen=seen)
    row = yearly.row_of(report)
    assert row.content is not None and row.content_hash == seen
    assert yearly_rules.digest(json.loads(canonical(row.content))) == seen
    assert row.content["plan"]["goals"] == library.WHOLE.goals
    assert row.content["figures"]["followers"] == 240
    yearly.week(number, at("2026-06-01"), made=2, state="kept")
    assert yearly.read_hash(report) == seen


def test_the_evaluation_needs_all_three_answers_and_somebody_else(cast: Cast) -> None:
    """4.3-d"""
    report = yearly.begun(cast.olle, yearly.account(cast))
    yearly.saved(cast.olle, report)
    with pytest.raises(WrongState):
        yearly.evaluated(cast.stina, report)
    yearly.sent(cast.olle, report)
    with pytest.raises(Faults) as refused:
        yearly.evaluated(cast.stina, report, goal="", step="maybe", reason=" ")
    assert set(refused.value.faults) == {"goal", "step", "reason"}
    for other in (cast.olle, cast.eva, cast.lisa):
        with pytest.raises(NotAllowed):
            yearly.evaluated(other, report)
    yearly.evaluated(cast.anders, report, goal="partly", step="change")
    row = yearly.row_of(report)
    assert (row.goal, row.step, row.evaluated_by_id) == ("partly", "change", cast.anders.id)
    with pytest.raises(WrongState):
        yearly.evaluated(cast.stina, report)
    assert {one.person_id for one in told("report 1 evaluated")} == {cast.olle.id, cast.maja.id}
    assert tags() == ["report:opened", "report:saved", "report:sent", "report:evaluated"]


def test_nobody_evaluates_a_report_that_they_have_sent(cast: Cast) -> None:
    """4.3-d"""
    report = yearly.begun(cast.stina, yearly.account(cast))
    yearly.saved(cast.stina, report)
    yearly.sent(cast.stina, report)
    with pytest.raises(NotAllowed):
        yearly.evaluated(cast.stina, report)
    yearly.evaluated(cast.anders, report)


def test_each_step_stands_on_the_list_of_whoever_takes_the_next(app: Flask, cast: Cast) -> None:
    """4.3-a, 4.3-d"""
    number = yearly.account(cast)
    report = yearly.begun(cast.olle, number)
    mine = f"/reports/{report}"
    assert waits(app, cast.olle) == waits(app, cast.maja) == [("Skriv årsrapporten", mine)]
    assert waits(app, cast.stina) == [] == waits(app, cast.anders)
    yearly.saved(cast.olle, report)
    yearly.sent(cast.olle, report)
    assert waits(app, cast.olle) == []
    judge = [("Utvärdera årsrapporten", mine)]
    assert waits(app, cast.stina) == waits(app, cast.anders) == judge
    assert waits(app, cast.eva) == []
    yearly.evaluated(cast.stina, report, step="change")
    assert waits(app, cast.stina) == []
    assert waits(app, cast.olle) == [("Ändra planen", f"/accounts/{number}/plan/edit")]
    with db.unit_of_work() as session:
        person = session.get_one(Person, cast.olle.id)
        library.write(session, person, number, library.other())
        plan_operations.submit_plan(session, person, number, JULY + yearly.DAY)
    assert waits(app, cast.olle) == [], "a new version is sent for signing"


def test_a_stop_asks_for_the_end_notice_until_it_is_given(app: Flask, cast: Cast) -> None:
    """4.3-d"""
    number = yearly.account(cast)
    report = yearly.begun(cast.olle, number)
    yearly.saved(cast.olle, report)
    yearly.sent(cast.olle, report)
    yearly.evaluated(cast.stina, report, goal="not", step="stop")
    end = [("Avsluta kontot", f"/accounts/{number}/end")]
    assert waits(app, cast.olle) == waits(app, cast.stina) == waits(app, cast.anders) == end
    yearly.move(number, state="ended")
    assert waits(app, cast.olle) == [] == waits(app, cast.stina)


def test_a_late_report_deviates_until_it_is_sent_and_so_it_does_for_nobody_else(
    app: Flask, cast: Cast
) -> None:
    """4.3-a"""
    number = yearly.account(cast)
    yearly.opened()
    assert late(app, at("2026-09-30", "23:59")) == []
    said = [("Bokbussen", "Årsrapporten är försenad")]
    assert late(app, at("2026-10-01", "00:01")) == said
    yearly.move(number, state="ended")
    assert late(app, at("2026-10-01")) == [], "its end report tells of it"
    yearly.move(number, state="active")
    yearly.saved(cast.olle, 1)
    yearly.sent(cast.olle, 1)
    assert late(app, at("2026-10-02")) == []


def test_begun_after_the_day_there_is_a_month_for_it(cast: Cast) -> None:
    report = yearly.begun(cast.olle, yearly.account(cast), at("2026-11-10"))
    assert yearly.row_of(report).due_on == date(2026, 12, 10)
    assert yearly.opened(at("2026-11-11")) == 0


def test_an_account_out_of_use_reports_nothing(cast: Cast) -> None:
    number = yearly.account(cast)
    report = yearly.begun(cast.olle, number)
    yearly.saved(cast.olle, report)
    yearly.move(number, state="ended")
    with pytest.raises(WrongState):
        yearly.sent(cast.olle, report)
    with pytest.raises(WrongState):
        yearly.begun(cast.olle, number, at("2027-07-01"))


def test_without_anybody_to_receive_it_nothing_is_sent(cast: Cast) -> None:
    """4.3-c"""
    number = yearly.account(cast)
    report = yearly.begun(cast.olle, number)
    yearly.saved(cast.olle, report)
    with db.unit_of_work() as session:
        for one in (cast.stina, cast.anders, cast.eva):
            session.get_one(Person, one.id).active = False
    with pytest.raises(WrongState):
        yearly.sent(cast.olle, report)
    assert yearly.row_of(report).sent_at is None
    with db.unit_of_work() as session:
        assert plan_queries.plan(session, number).in_force is not None
