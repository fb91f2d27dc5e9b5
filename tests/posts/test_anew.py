"""An account that missed a post is asked about until it is taken up or thrown away."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from console import clock, db
from console.accounts.models import AccountAdministrator
from console.errors import WrongState
from console.messages.operations import settling
from console.posts import queries
from console.posts.operations import writing
from tests.posts.desk import Desk, abandon

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def desk(database):
    return Desk(database)


def test_what_was_held_at_the_press_and_then_refused_is_asked_about_and_taken_up_again(desk):
    """The answer to the lock was the press that sent it: it says nothing of what came after."""
    message_id = desk.draft(desk.library, desk.blog)
    incident = desk.open(desk.blog)
    desk.press(message_id)
    desk.unlock(incident, desk.blog)
    with db.unit_of_work() as session:
        assert writing.anew(session, desk.stina, message_id, clock.now()).id == message_id
    desk.press(message_id)
    desk.tick()
    token, rows = desk.claim(message_id)
    started = desk.start(token, rows)
    missed = {one.id for one in rows if one.account_id == desk.blog}
    desk.settle(token, missed, "refused")
    desk.settle(token, started - missed)
    desk.chores()
    with db.unit_of_work() as session:
        (hold,) = queries.open_holds(session, message_id)
        assert (hold.account_id, hold.reason) == (desk.blog, "refused")
        draft = writing.anew(session, desk.stina, message_id, clock.now())
        assert [one.id for one in queries.accounts_of(session, draft.id)] == [desk.blog]


def test_an_account_that_its_author_no_longer_runs_is_still_asked_about(desk):
    message_id = desk.release(desk.library, desk.blog)
    desk.tick()
    desk.send(message_id, "refused")
    desk.chores()
    mine = (AccountAdministrator.account_id == desk.blog) & (
        AccountAdministrator.person_id == desk.stina.id
    )
    with db.unit_of_work() as session:
        session.execute(update(AccountAdministrator).where(mine).values(person_id=desk.kerstin.id))
    with db.unit_of_work() as session:
        draft = writing.anew(session, desk.stina, message_id, clock.now())
        assert [one.id for one in queries.accounts_of(session, draft.id)] == [desk.library]
    with db.unit_of_work() as session:
        assert [one.account_id for one in queries.open_holds(session, message_id)] == [desk.blog]
    with pytest.raises(WrongState, match="Konto 2 är inte i bruk"), db.unit_of_work() as session:
        writing.anew(session, desk.stina, message_id, clock.now())


def test_an_account_that_may_have_the_post_is_still_asked_about_when_another_is_taken_up(database):
    desk = Desk(database, honours=True)
    message_id = desk.release(desk.library, desk.blog)
    desk.tick()
    token, rows = desk.claim(message_id)
    desk.start(token, rows)
    by_account = {one.account_id: one.id for one in rows}
    desk.settle(token, {by_account[desk.library]}, "refused")
    abandon()
    incident = desk.open(desk.blog)
    desk.chores()
    desk.unlock(incident, desk.blog)
    assert desk.rows(message_id)[desk.blog][0] == "unknown"
    with db.unit_of_work() as session:
        draft = writing.anew(session, desk.stina, message_id, clock.now())
        assert [one.id for one in queries.accounts_of(session, draft.id)] == [desk.library]
    with db.unit_of_work() as session:
        settling.resolve_unknown(session, desk.stina, by_account[desk.blog], False, "", clock.now())
    with db.unit_of_work() as session:
        draft = writing.anew(session, desk.stina, message_id, clock.now())
        assert [one.id for one in queries.accounts_of(session, draft.id)] == [desk.blog]
