"""By hand: administrators are told once, reminded by one rule, and may say from when they can."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from console import clock, db, phrases
from console.accounts import absences, coverage
from console.accounts.absence_models import Absence
from console.accounts.absences import Wanted
from console.accounts.models import Account, AccountAdministrator
from console.board import queries_reach, rows_reach
from console.config import Settings
from console.errors import BadInput, NotAllowed, NotFound
from console.incidents.models import Notice
from console.messages.models import Delivery, Round
from console.messages.operations import by_hand, settling
from console.people.models import Person, PersonRole
from console.policy.models import ProfileVersion
from console.policy.rules import TORSBY_2011, to_content
from tests.cast import client_for
from tests.stage import Stage
from workers import chores

Move = Callable[[timedelta], None]
DAY = {"quiet_from": "00.00", "quiet_to": "00.00"}


@pytest.fixture
def stage(database: Settings) -> Stage:
    """Live accounts without an adapter are done by hand: Facebook and X, both Olle's."""
    return Stage(database, exercise=False)


def profile(**changes: object) -> None:
    with db.unit_of_work() as session:
        content = to_content(TORSBY_2011) | changes
        session.add(ProfileVersion(key="x", content=content, at=clock.now()))


def tell(now: datetime | None = None) -> int:
    with db.unit_of_work() as session:
        return by_hand.tell_administrators(session, now or clock.now(), mail=True)


def remind(after: timedelta) -> int:
    with db.unit_of_work() as session:
        return by_hand.remind(session, clock.now() + after)


def notices() -> list[Notice]:
    with db.unit_of_work() as session:
        query = select(Notice).where(Notice.kind == "by_hand").order_by(Notice.id)
        return list(session.scalars(query))


def tasks() -> list[Delivery]:
    with db.unit_of_work() as session:
        query = select(Delivery).where(Delivery.kind == "by_hand").order_by(Delivery.id)
        return list(session.scalars(query))


def another_administrator(stage: Stage, name: str = "Maja Strand") -> Person:
    with db.unit_of_work() as session:
        maja = Person(
            name=name,
            email="maja@torsby.example",
            phone="070-1",
            created_at=clock.now(),
            role_rows=[PersonRole(role="account_administrator")],
        )
        session.add(maja)
        session.flush()
        for account_id in stage.account_ids[1:]:
            session.add(AccountAdministrator(account_id=account_id, person_id=maja.id, position=2))
        return maja


def test_an_administrator_is_told_once_for_a_round_however_many_accounts(stage: Stage) -> None:
    stage.release("rumour")
    stage.tick()
    assert {one.state for one in tasks()} == {"by_hand"}
    assert (tell(), tell()) == (1, 0)
    [notice] = notices()
    assert notice.person_id == stage.olle.id
    assert notice.subject == "Publicera för hand: 2 inlägg"
    assert "på Facebook" in notice.content
    assert notice.mail_state == "queued"
    assert notice.accounts == ",".join(str(i) for i in stage.account_ids[1:])


def test_one_task_is_named_and_the_notice_leads_to_it(database: Settings) -> None:
    stage = Stage(database, accounts=1, exercise=False)
    stage.release("rumour")
    stage.tick()
    tell()
    [notice], [task] = notices(), tasks()
    assert notice.subject == "Publicera för hand: Konto 1"
    assert notice.path == f"/incidents/{stage.incident.slug}/tasks/{task.id}"


def test_nobody_is_told_of_what_is_done_already(stage: Stage) -> None:
    stage.release("rumour")
    stage.tick()
    with db.unit_of_work() as session:
        for task in tasks():
            settling.confirm_by_hand(session, stage.olle, task.id, "", clock.now())
    assert tell() == 0


def test_the_ticker_tells_and_reminds_while_something_waits(stage: Stage, move_clock: Move) -> None:
    profile(**DAY)
    stage.release("rumour")
    stage.tick()
    chores.remind(mail=True)
    assert len(notices()) == 1
    move_clock(timedelta(minutes=16))
    chores.remind(mail=True)
    chores.remind(mail=True)
    assert [one.reminders for one in notices()] == [1]
    with db.unit_of_work() as session:
        for task in tasks():
            settling.confirm_by_hand(session, stage.olle, task.id, "", clock.now())
    move_clock(timedelta(minutes=32))
    chores.remind(mail=True)
    assert [one.reminders for one in notices()] == [1]


def test_reminders_end_at_the_profiles_number(stage: Stage) -> None:
    profile(**DAY, reminders_most=2, reminder_minutes=10)
    stage.release("rumour")
    stage.tick()
    tell()
    steps = [remind(timedelta(minutes=m)) for m in (9, 11, 15, 22, 33, 600)]
    assert steps == [0, 1, 0, 1, 0, 0]


def test_at_night_a_new_text_is_told_but_its_repetitions_and_reminders_are_not(
    stage: Stage,
) -> None:
    """Not every half hour at night unless the profile says so."""
    night = {"quiet_from": "00.00", "quiet_to": "23.59"}
    profile(**night)
    stage.release("rumour")
    stage.tick()
    assert tell() == 1
    assert remind(timedelta(minutes=20)) == 0
    with db.unit_of_work() as session:
        for notice in session.scalars(select(Notice).where(Notice.kind == "by_hand")):
            notice.about = "another round"
        for row in session.scalars(select(Round)):
            row.n = 2
    assert tell() == 0, "a repetition waits for the morning"
    profile(**DAY)
    assert tell() == 1


def test_who_can_do_it_later_is_not_reminded_before_that(stage: Stage) -> None:
    profile(**DAY)
    stage.release("rumour")
    stage.tick()
    tell()
    now, later = clock.now(), clock.now() + timedelta(hours=2)
    with db.unit_of_work() as session:
        by_hand.can_from(session, stage.olle, notices()[0].id, later, now)
    assert remind(timedelta(hours=1)) == 0
    assert remind(timedelta(hours=2, seconds=1)) == 1


def test_a_time_that_has_passed_and_anothers_notice_are_refused(stage: Stage) -> None:
    stage.release("rumour")
    stage.tick()
    tell()
    number, now = notices()[0].id, clock.now()
    with db.unit_of_work() as session:
        with pytest.raises(NotFound):
            by_hand.can_from(session, stage.lisa, number, now + timedelta(hours=1), now)
        with pytest.raises(BadInput):
            by_hand.can_from(session, stage.olle, number, now, now)
    assert notices()[0].can_from is None


def manned(stage: Stage, app: Flask, after: timedelta = timedelta(0)) -> str:
    """What the board says of the first task."""
    with app.test_request_context(), db.unit_of_work() as session:
        reach = queries_reach.reach(session, stage.incident.id, clock.now() + after)
        return rows_reach.unmanned(reach, tasks()[0].id, clock.now() + after)


def test_the_board_says_until_when_a_task_is_unmanned_and_whom_to_ring(
    stage: Stage, app: Flask
) -> None:
    maja = another_administrator(stage)
    stage.release("rumour")
    stage.tick()
    tell()
    assert manned(stage, app) == "", "they have just been told"
    assert manned(stage, app, timedelta(minutes=16)) == "Ingen har svarat. Ring Maja Strand, 070-1."
    now = clock.now()
    mine = {one.person_id: one.id for one in notices()}
    later, sooner = now + timedelta(hours=3), now + timedelta(hours=2)
    with db.unit_of_work() as session:
        by_hand.can_from(session, stage.olle, mine[stage.olle.id], later, now)
        by_hand.can_from(session, session.get_one(Person, maja.id), mine[maja.id], sooner, now)
    said = manned(stage, app)
    assert said == f"Obemannad till {phrases.clock(sooner)}. Ring Maja Strand, 070-1."
    with db.unit_of_work() as session:
        by_hand.can_from(session, stage.olle, mine[stage.olle.id], None, now)
    assert manned(stage, app, timedelta(minutes=30)) == "", "Olle does it now"


def test_a_task_is_unmanned_at_once_when_all_its_administrators_are_absent(
    stage: Stage, app: Flask
) -> None:
    """3-c"""
    maja = another_administrator(stage)
    stage.release("rumour")
    stage.tick()
    tell()
    today = coverage.today(clock.now())
    absent(maja, Wanted(today, today, None))
    assert manned(stage, app) == "", "Olle is there"
    (olles,) = absent(stage.olle, Wanted(today, today, None))
    said = manned(stage, app)
    assert said == "Obemannad: alla administratörer är borta. Ring Maja Strand, 070-1."
    with db.unit_of_work() as session:
        absence = session.get_one(Absence, olles)
        absence.substitute_id = stage.lisa.id
        session.get_one(Person, stage.lisa.id).phone = "070-2"
    said = manned(stage, app)
    assert said == "Administratörerna är borta. Ersättare: Lisa Berg. Ring Lisa Berg, 070-2."
    assert manned(stage, app, timedelta(days=1)) == "Ingen har svarat. Ring Maja Strand, 070-1."
    with db.unit_of_work() as session:
        mine = next(one for one in notices() if one.person_id == maja.id)
        by_hand.can_from(session, session.get_one(Person, maja.id), mine.id, None, clock.now())
    assert manned(stage, app) == "", "Maja has read it, though she is away"


def absent(person: Person, wanted: Wanted) -> list[int]:
    with db.unit_of_work() as session:
        return [one.id for one in absences.add(session, person, person.id, [wanted], clock.now())]


def test_who_stands_in_is_told_of_the_task_and_confirms_it(stage: Stage, app: Flask) -> None:
    maja = stage.stand_in()
    stage.release("rumour")
    stage.tick()
    assert tell() == 2
    assert {one.person_id for one in notices()} == {stage.olle.id, maja.id}
    client = client_for(app, maja)
    assert "Publicera för hand" in client.get("/").text
    task = tasks()[0]
    url = f"/incidents/{stage.incident.slug}/tasks/{task.id}"
    assert "Jag kan göra det från kl" in client.get(url).text
    assert client.post(f"{url}/confirm", data={"link": ""}).status_code == 302
    assert tasks()[0].state == "confirmed"
    assert tasks()[0].confirmed_by_id == maja.id


def test_who_no_longer_stands_in_confirms_nothing_and_is_told_of_nothing_more(
    stage: Stage, move_clock: Move
) -> None:
    maja = stage.stand_in()
    stage.release("rumour")
    stage.tick()
    move_clock(timedelta(days=1))
    assert tell() == 1
    with db.unit_of_work() as session, pytest.raises(NotAllowed):
        settling.confirm_by_hand(
            session, session.get_one(Person, maja.id), tasks()[0].id, "", clock.now()
        )
    assert {one.state for one in tasks()} == {"by_hand"}


def test_who_stands_in_is_reminded_while_the_task_waits(stage: Stage) -> None:
    profile(**DAY)
    maja = stage.stand_in()
    stage.release("rumour")
    stage.tick()
    tell()
    remind(timedelta(minutes=16))
    assert {one.person_id: one.reminders for one in notices()}[maja.id] == 1


def test_a_task_that_the_substitute_has_read_is_manned(stage: Stage, app: Flask) -> None:
    maja = stage.stand_in()
    stage.release("rumour")
    stage.tick()
    tell()
    said = manned(stage, app)
    assert said == "Administratörerna är borta. Ersättare: Maja Strand. Ring Maja Strand, 070-1."
    now = clock.now()
    mine = next(one for one in notices() if one.person_id == maja.id)
    with db.unit_of_work() as session:
        person = session.get_one(Person, maja.id)
        by_hand.can_from(session, person, mine.id, now + timedelta(hours=2), now)
    assert manned(stage, app).startswith(
        f"Obemannad till {phrases.clock(now + timedelta(hours=2))}"
    )
    with db.unit_of_work() as session:
        by_hand.can_from(session, session.get_one(Person, maja.id), mine.id, None, now)
    assert manned(stage, app) == ""


def test_a_task_without_an_active_administrator_is_unmanned_at_once(
    stage: Stage, app: Flask
) -> None:
    with db.unit_of_work() as session:
        session.get_one(Person, stage.olle.id).active = False
    stage.release("rumour")
    stage.tick()
    assert tell() == 0
    assert manned(stage, app).startswith("Obemannad: kontot har ingen administratör.")


@pytest.fixture
def pages(stage: Stage, app: Flask) -> Flask:
    return app


def test_the_task_page_has_text_copy_button_and_from_when(stage: Stage, pages: Flask) -> None:
    stage.release("rumour")
    stage.tick()
    tell()
    task = tasks()[0]
    url = f"/incidents/{stage.incident.slug}/tasks/{task.id}"
    olle, lisa = client_for(pages, stage.olle), client_for(pages, stage.lisa)
    page = olle.get(url).text
    for part in (
        'data-copy="text"', "Kopiera texten", "js/copy.js", "Jag kan göra det från kl",
        "Vattnet är inte förgiftat.",
    ):  # fmt: skip
        assert part in page, part
    assert "utan bild" not in page
    assert "Jag kan göra det från kl" not in lisa.get(url).text, "she got no notice"
    assert lisa.post(f"{url}/from", data={"can_from": "10"}).status_code == 404
    wrong = olle.post(f"{url}/from", data={"can_from": "snart"})
    assert wrong.status_code == 422
    assert "Skriv klockslaget så här: 09.00." in wrong.text
    later = f"{clock.now() + timedelta(hours=3):%H.%M}"
    assert olle.post(f"{url}/from", data={"can_from": later}).status_code == 302
    assert "Du har sagt att du kan från kl" in olle.get(url).text
    board = lisa.get(f"/incidents/{stage.incident.slug}/").text
    assert "Obemannad till" in board


def test_a_platform_that_wants_a_picture_is_said_plainly(stage: Stage, pages: Flask) -> None:
    with db.unit_of_work() as session:
        session.get_one(Account, stage.account_ids[1]).platform = "instagram"
    stage.release("rumour")
    stage.tick()
    url = f"/incidents/{stage.incident.slug}/tasks/{tasks()[0].id}"
    page = client_for(pages, stage.olle).get(url).text
    assert "Instagram tar inte emot ett inlägg utan bild." in page


def test_a_task_whose_text_promised_a_word_that_never_came_says_so_before_it_is_published(
    stage: Stage, pages: Flask, move_clock: Move
) -> None:
    """7-c: the instruction may still apply: a person is asked, the task is not ended."""
    stage.release("first")
    stage.tick()
    url = f"/incidents/{stage.incident.slug}/tasks/{tasks()[0].id}"
    asked = "Fråga informationsenheten innan du publicerar."
    assert asked not in client_for(pages, stage.olle).get(url).text
    move_clock(timedelta(hours=12))
    page = client_for(pages, stage.olle).get(url).text
    assert asked in page and "Klar, den är ute" in page


def test_an_older_task_says_that_a_newer_text_has_taken_over_and_leads_there(
    stage: Stage, pages: Flask
) -> None:
    stage.release("rumour")
    stage.tick()
    old = tasks()[0]
    stage.release("rumour")
    stage.tick()
    new = [one for one in tasks() if one.account_id == old.account_id][-1]
    base = f"/incidents/{stage.incident.slug}/tasks"
    page = client_for(pages, stage.olle).get(f"{base}/{old.id}").text
    assert "Publicera inte den här texten: en nyare har tagit över." in page
    assert f'href="{base}/{new.id}"' in page
    assert "Kopiera texten" not in page


@pytest.mark.parametrize("beside", ["correction", "rumour"])
def test_a_text_beside_the_instruction_does_not_end_its_task(stage: Stage, beside: str) -> None:
    """It doesn't say what the instruction says, and an account of key moments gets that once: its
    followers would never be told."""
    with db.unit_of_work() as session:
        for account in session.scalars(select(Account)):
            account.repeat_rule = "key_moments" if beside == "correction" else "every"
    first = stage.release("first")
    stage.tick()
    for task in tasks():
        with db.unit_of_work() as session:
            settling.confirm_by_hand(session, stage.olle, task.id, "", clock.now())
    instruction = stage.release("instruction", ends=[first.message_id])
    stage.tick()
    fields = {"corrects": first.message_id, "wrong": "Vi tar nya prover nu."}
    stage.release(beside, **(fields if beside == "correction" else {}))
    stage.tick()
    with db.unit_of_work() as session:
        query = select(Delivery).filter_by(message_id=instruction.message_id, kind="by_hand")
        assert {(one.state, one.reason) for one in session.scalars(query)} == {("by_hand", "")}
        query = select(Delivery).where(Delivery.message_id > instruction.message_id)
        made = [one for one in session.scalars(query) if one.kind == "by_hand"]
        assert {one.state for one in made} == {"by_hand"}
    stage.release("all_clear", ends=[instruction.message_id])
    stage.tick()
    left = {one.message_id for one in tasks() if one.state == "by_hand"}
    assert instruction.message_id not in left


def test_a_repetition_does_not_end_the_task_of_an_answer_released_after_its_text(
    stage: Stage, move_clock: Move
) -> None:
    """The answer goes out once: nobody would ever have posted it."""
    with db.unit_of_work() as session:
        for account in session.scalars(select(Account)):
            account.repeat_rule = "every"
    first = stage.release("first")
    stage.tick()
    answer = stage.release("rumour")
    stage.tick()
    move_clock(timedelta(minutes=31))
    assert stage.tick() == 1
    waits = {one.message_id for one in tasks() if one.state == "by_hand"}
    assert waits == {first.message_id, answer.message_id}
    rounds = [one for one in tasks() if one.message_id == first.message_id]
    assert {one.state for one in rounds[:2]} == {"expired"}, "the text's own earlier task is"
