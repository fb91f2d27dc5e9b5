"""The one reminder rule: what is unread is sent again, not at night, then others are told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from console import clock
from console.accounts.models import Account
from console.accounts.operations import set_administrators
from console.config import Settings
from console.db import unit_of_work
from console.errors import Faults
from console.incidents import operations, queries
from console.incidents.models import Incident, Notice
from console.incidents.operations import reminding
from console.incidents.operations.notices import notify_newcomers
from console.people.models import Person
from console.policy.models import ProfileVersion
from console.policy.rules import TORSBY_2011, Profile, from_content, is_quiet, to_content
from console.timeline.queries import entries_of
from tests.incidents.cast import Cast, at, cast, event
from tests.incidents.test_pages import Browser
from workers import chores

Move = Callable[[timedelta], None]


def opened(minute: int = 0) -> tuple[Cast, int]:
    """START is 08.02 in Sweden. The mails of the notices have been sent."""
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit, now=at(minute))
        for notice in queries.notices_of(session, incident.id):
            notice.mail_state = "sent"
        return c, incident.id


def profile(**changes: object) -> None:
    with unit_of_work() as session:
        content = to_content(TORSBY_2011) | changes
        from_content(content)
        session.add(ProfileVersion(key="x", content=content, at=at(0)))


def look(minute: int) -> int:
    with unit_of_work() as session:
        return reminding.remind_unread(session, at(minute), mail=True)


def settle(incident_id: int) -> None:
    """What was queued has been sent."""
    with unit_of_work() as session:
        for notice in queries.notices_of(session, incident_id):
            notice.mail_state = "sent"


def of(c: Cast, incident_id: int) -> Notice:
    """Karin's lock notice."""
    with unit_of_work() as session:
        made = queries.notices_of(session, incident_id, "locked")
        return next(n for n in made if n.person_id == c.karin.id)


def tags(incident_id: int) -> list[str]:
    with unit_of_work() as session:
        return [e.tag for e in entries_of(session, incident_id)]


def test_an_unread_lock_is_sent_again_after_the_profiles_time_and_once_each_time(
    database: Settings,
) -> None:
    c, incident_id = opened()
    assert look(14) == 0
    assert look(15) == 2
    assert look(15) == 0, "a second ticker finds nothing"
    kept = of(c, incident_id)
    assert (kept.mail_state, kept.reminders, kept.reminded_at) == ("queued", 1, at(15))
    settle(incident_id)
    assert look(29) == 0
    assert look(30) == 2
    assert tags(incident_id).count("notice:reminded") == 2


def test_who_has_read_is_left_alone(database: Settings) -> None:
    c, incident_id = opened()
    with unit_of_work() as session:
        operations.acknowledge(session, c.karin, of(c, incident_id).id, at(3), "none")
    assert look(15) == 1
    assert of(c, incident_id).reminders == 0


def test_who_is_shut_out_of_the_console_is_sent_nothing_more(database: Settings) -> None:
    c, incident_id = opened()
    with unit_of_work() as session:
        session.get_one(Person, c.karin.id).active = False
    look(15)
    assert of(c, incident_id).mail_state == "sent"
    settle(incident_id)
    with unit_of_work() as session:
        operations.remind(session, c.unit, session.get_one(Incident, incident_id), at(40))
    kept = of(c, incident_id)
    assert (kept.mail_state, kept.reminded_at) == ("sent", None)


def newcomers(minute: int) -> int:
    with unit_of_work() as session:
        return notify_newcomers(session, at(minute), mail=True)


@pytest.mark.parametrize("exercise", [False, True])
def test_who_becomes_administrator_of_a_locked_account_is_told_of_the_lock_once(
    database: Settings, exercise: bool
) -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident_id = event(session, c.unit, exercise=exercise).id
    assert newcomers(1) == 0, "everybody was told when it was locked"
    with unit_of_work() as session:
        bath = session.get_one(Account, c.bath.id)
        set_administrators(session, bath, [c.karin.id, c.ali.id])
    assert newcomers(2) == 1
    assert newcomers(3) == 0
    with unit_of_work() as session:
        made = queries.notices_of(session, incident_id, "locked")[-1]
        assert (made.person_id, made.accounts) == (c.ali.id, str(c.bath.id))
        assert (made.mail_state, made.made_at) == ("queued", at(2))
        assert made in queries.unread_notices(session, incident_id, at(2))


def test_who_becomes_administrator_after_the_lock_is_released_hears_nothing_of_it(
    database: Settings,
) -> None:
    c, incident_id = opened()
    with unit_of_work() as session:
        incident = session.get_one(Incident, incident_id)
        operations.release_lock(session, c.unit, incident, c.bath.id, "Klart.", at(5), mail=True)
        set_administrators(session, session.get_one(Account, c.bath.id), [c.ali.id])
    assert newcomers(6) == 0
    with unit_of_work() as session:
        incident = session.get_one(Incident, incident_id)
        operations.change_use(
            session, c.unit, incident, c.bath.id, "publish", "Igen.", at(7), mail=True
        )
    assert newcomers(8) == 0, "the new lock told them"


def test_a_mail_that_may_have_arrived_is_not_sent_again_but_the_step_is_taken(
    database: Settings,
) -> None:
    c, incident_id = opened()
    with unit_of_work() as session:
        for notice in queries.notices_of(session, incident_id):
            notice.mail_state = "unknown"
    look(15)
    kept = of(c, incident_id)
    assert (kept.mail_state, kept.reminders, kept.reminded_at) == ("unknown", 1, None)
    assert "notice:reminded" not in tags(incident_id)


def test_after_the_last_reminder_the_other_administrators_are_told_whom_it_concerns(
    database: Settings,
) -> None:
    """Karin runs the bath alone and the school with Ali, who has read."""
    c, incident_id = opened()
    with unit_of_work() as session:
        [ali] = [n for n in queries.notices_of(session, incident_id) if n.person_id == c.ali.id]
        operations.acknowledge(session, c.ali, ali.id, at(1), "none")
        session.get_one(Person, c.karin.id).phone = "070-174 06 21"
    for minute in (15, 30, 45):
        look(minute)
        settle(incident_id)
    assert of(c, incident_id).passed_on_at is None
    assert look(60) == 1
    assert look(75) == look(600) == 0
    with unit_of_work() as session:
        [notice] = queries.notices_of(session, incident_id, "staff")
        assert notice.person_id == c.ali.id
        assert notice.subject == "Karin Holm har inte läst att kontot är låst"
        assert "Ring Karin Holm, 070-174 06 21" in notice.content
        assert "Stjerneskolan på Facebook" in notice.content
    assert of(c, incident_id).passed_on_at == at(60)
    assert of(c, incident_id).reminders == 3


def test_an_account_with_nobody_else_says_so_in_the_log_and_once(database: Settings) -> None:
    c, incident_id = opened()
    with unit_of_work() as session:
        session.get_one(Person, c.ali.id).active = False
    for minute in (15, 30, 45, 60, 75):
        look(minute)
        settle(incident_id)
    with unit_of_work() as session:
        entries = [e for e in entries_of(session, incident_id) if e.tag == "notice:passed_on"]
        theirs = [e for e in entries if e.facts["notices"][0]["person"] == c.karin.id]
        assert [e.facts["to"] for e in theirs] == [[]]


def test_a_lock_that_is_over_is_not_reminded_of(database: Settings) -> None:
    c, incident_id = opened()
    with unit_of_work() as session:
        incident = session.get_one(Incident, incident_id)
        for account in (c.bath, c.school):
            operations.release_lock(
                session, c.unit, incident, account.id, "Klart.", at(5), mail=True
            )
    assert look(20) == 1, "Ali's paused account is locked still"
    assert of(c, incident_id).mail_state == "sent"


def test_a_closed_event_is_not_reminded_of(database: Settings) -> None:
    c, incident_id = opened()
    with unit_of_work() as session:
        operations.close(session, c.unit, session.get_one(Incident, incident_id), at(5), mail=False)
    assert look(20) == 0


def test_the_units_own_press_puts_the_next_step_off(database: Settings) -> None:
    c, incident_id = opened()
    with unit_of_work() as session:
        operations.remind(session, c.unit, session.get_one(Incident, incident_id), at(10))
    assert look(20) == 0
    assert of(c, incident_id).reminded_at == at(10)
    assert look(25) == 2


NIGHT = 15 * 60
"""Minutes from START to 23.02 in Sweden."""


def test_nobody_is_woken_at_night_and_the_step_comes_in_the_morning(database: Settings) -> None:
    c, incident_id = opened(NIGHT)
    assert of(c, incident_id).mail_state == "sent", "the notice itself went at once"
    assert look(NIGHT + 15) == look(NIGHT + 6 * 60) == 0
    morning = NIGHT + 6 * 60 + 58
    assert look(morning - 1) == 0
    assert look(morning) == 2
    assert of(c, incident_id).reminders == 1


def test_a_profile_may_say_that_there_is_no_night(database: Settings) -> None:
    profile(quiet_from="00.00", quiet_to="00.00")
    _c, _id = opened(NIGHT)
    assert look(NIGHT + 15) == 2


def test_the_profile_decides_how_long_and_how_often(database: Settings) -> None:
    profile(reminder_minutes=5, reminders_most=0)
    c, incident_id = opened()
    assert look(5) == 2
    assert of(c, incident_id).passed_on_at == at(5)
    assert "notice:reminded" not in tags(incident_id)


@pytest.mark.parametrize(
    ("hours", "clock_utc", "quiet"),
    [
        (("22.00", "06.00"), (19, 59), False),
        (("22.00", "06.00"), (20, 0), True),
        (("22.00", "06.00"), (3, 59), True),
        (("22.00", "06.00"), (4, 0), False),
        (("01.00", "05.00"), (22, 59), False),
        (("01.00", "05.00"), (23, 0), True),
        (("07.00", "07.00"), (5, 0), False),
    ],
)
def test_quiet_hours_are_swedish_clock_time(
    hours: tuple[str, str], clock_utc: tuple[int, int], quiet: bool
) -> None:
    one = Profile(quiet_from=hours[0], quiet_to=hours[1])
    assert is_quiet(one, datetime(2026, 6, 8, *clock_utc, tzinfo=UTC)) is quiet


@pytest.mark.parametrize("value", ["22", "24.00", "22:00", "", 22])
def test_a_clock_time_that_is_none_is_refused(value: object) -> None:
    with pytest.raises(Faults) as refused:
        from_content({"quiet_from": value})
    assert list(refused.value.faults) == ["quiet_from"]


def test_the_ticker_takes_the_step_when_the_clock_gets_there(
    database: Settings, move_clock: Move
) -> None:
    profile(quiet_from="00.00", quiet_to="00.00")
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit, now=clock.now())
        for notice in queries.notices_of(session, incident.id):
            notice.mail_state = "sent"
    chores.remind(mail=True)
    assert of(c, incident.id).reminders == 0
    move_clock(timedelta(minutes=15))
    chores.remind(mail=True)
    chores.remind(mail=True)
    kept = of(c, incident.id)
    assert (kept.reminders, kept.mail_state) == (1, "queued")


def test_the_unit_sees_who_was_reminded_when_and_who_else_was_told(strict_app: Flask) -> None:
    c, incident_id = opened()
    for minute in (15, 30, 45, 60):
        look(minute)
        settle(incident_id)
    page = Browser(strict_app, c.unit).get("/incidents/koka-vattnet/notices").text
    assert "Påmind måndag 8 juni kl 08.47." in page
    assert "De andra administratörerna fick veta det måndag 8 juni kl 09.02." in page
    log = Browser(strict_app, c.unit).get("/incidents/koka-vattnet/log").text
    assert "Karin Holm har inte läst. De andra administratörerna har fått veta det." in log
    board = Browser(strict_app, c.unit).get("/incidents/koka-vattnet/").text
    assert "Påminde dem som inte har läst: " in board
