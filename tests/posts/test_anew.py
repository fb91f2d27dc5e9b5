"""A text that certainly didn't reach an account is taken up anew for that account, and no other."""

import pytest
from sqlalchemy import select

from console import clock, db
from console.accounts.custody_models import AccountNotice
from console.accounts.models import Account, AccountAdministrator
from console.errors import WrongState
from console.messages.operations import settling
from console.people.models import Person
from console.posts import queries
from console.posts.operations import writing
from console.timeline.models import Entry
from tests.posts.desk import Desk, abandon

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def desk(database):
    return Desk(database)


def refused_on_both(desk):
    message_id = desk.release(desk.library, desk.blog)
    desk.tick()
    desk.send(message_id, "refused")
    desk.chores()
    return message_id


def test_taking_a_post_up_anew_answers_only_for_the_accounts_that_its_draft_is_for(desk):
    message_id = refused_on_both(desk)
    with db.unit_of_work() as session:
        blog = session.get_one(Account, desk.blog)
        blog.administrators.clear()
    with db.unit_of_work() as session:
        draft = writing.anew(session, desk.stina, message_id, clock.now())
        assert [one.id for one in queries.accounts_of(session, draft.id)] == [desk.library]
        assert [one.account_id for one in queries.open_holds(session, message_id)] == [desk.blog]
    with pytest.raises(WrongState, match="sköts av dig"), db.unit_of_work() as session:
        writing.anew(session, desk.stina, message_id, clock.now())


def test_an_account_that_nobody_had_answered_for_can_still_be_sent_to_anew(database):
    """A retry that may be out when the lock comes is asked about; said later not to be out, it is
    taken up as well."""
    desk = Desk(database, honours=True)
    message_id = desk.release(desk.library, desk.blog)
    desk.tick()
    token, rows = desk.claim(message_id)
    desk.start(token, [one for one in rows if one.account_id == desk.library])
    abandon()
    incident = desk.open()
    desk.chores()
    assert {key: one[0] for key, one in desk.rows(message_id).items()} == {
        desk.library: "unknown",
        desk.blog: "stopped",
    }
    desk.unlock(incident, desk.library)
    desk.unlock(incident, desk.blog)
    with db.unit_of_work() as session:
        writing.anew(session, desk.stina, message_id, clock.now())
    with db.unit_of_work() as session:
        row = next(one for one in queries.deliveries_of(session, message_id)
                   if one.account_id == desk.library)  # fmt: skip
        settling.resolve_unknown(session, desk.stina, row.id, False, "", clock.now())
    desk.chores()
    with db.unit_of_work() as session:
        draft = writing.anew(session, desk.stina, message_id, clock.now())
        assert [one.id for one in queries.accounts_of(session, draft.id)] == [desk.library]


def test_a_post_held_after_its_author_has_left_asks_whoever_else_tends_its_account(desk):
    """It must not go missing because nobody is left to be told."""
    with db.unit_of_work() as session:
        library = session.get_one(Account, desk.library)
        library.administrators.append(AccountAdministrator(person_id=desk.kerstin.id, position=2))
    message_id = desk.release(clock="09.00", day=f"{clock.now().year + 1}-11-01")
    with db.unit_of_work() as session:
        session.get_one(Person, desk.stina.id).active = False
    desk.open()
    desk.chores()
    with db.unit_of_work() as session:
        told = session.scalars(select(AccountNotice)).all()
        assert [(one.person_id, one.path) for one in told] == [
            (desk.kerstin.id, f"/posts/{message_id}")
        ]
        assert [one.message_id for one in queries.holds_of(session, desk.kerstin.id)] == [
            message_id
        ]


def test_a_task_by_hand_that_nobody_is_left_to_do_is_told_once_somebody_is_there(desk):
    message_id = desk.release(desk.by_hand)
    with db.unit_of_work() as session:
        session.get_one(Person, desk.stina.id).active = False
    desk.tick()
    desk.chores()
    told = select(Entry).where(Entry.tag == "account:told")
    with db.unit_of_work() as session:
        assert session.scalars(told).all() == []
        account = session.get_one(Account, desk.by_hand)
        account.administrators = [AccountAdministrator(person_id=desk.kerstin.id, position=1)]
    desk.chores()
    desk.chores()
    with db.unit_of_work() as session:
        assert len(session.scalars(told).all()) == 1
        (notice,) = session.scalars(select(AccountNotice)).all()
        assert (notice.person_id, notice.path) == (desk.kerstin.id, f"/posts/{message_id}")


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


@pytest.mark.parametrize("choice", ["anew", "thrown"])
def test_a_post_of_one_who_has_left_is_answered_account_by_account_where_nobody_has_all(
    desk, choice
):
    """Each answers for their own account, and what waits for the other stays."""
    message_id = desk.release(desk.library, desk.blog)
    incident = desk.open(desk.library)
    desk.tick()
    assert desk.state(message_id) == "held"
    desk.unlock(incident, desk.library)
    with db.unit_of_work() as session:
        session.get_one(Person, desk.stina.id).active = False
        nils = desk._person(session, "Nils Ny", "account_administrator")
        session.add(AccountAdministrator(account_id=desk.library, person_id=nils.id, position=1))
        session.add(
            AccountAdministrator(account_id=desk.blog, person_id=desk.kerstin.id, position=1)
        )
    with db.unit_of_work() as session:
        assert len(queries.holds_of(session, nils.id)) == 2, "they see it at all"
        assert len(queries.holds_of(session, desk.kerstin.id)) == 2
        if choice == "anew":
            draft = writing.anew(session, nils, message_id, clock.now())
            assert [one.id for one in queries.accounts_of(session, draft.id)] == [desk.library]
        else:
            writing.throw_away(session, nils, message_id, clock.now())
    assert desk.state(message_id) == "held"
    with db.unit_of_work() as session:
        [left] = queries.holds_of(session, desk.kerstin.id)
        assert left.account_id == desk.blog
        if choice == "anew":
            draft = writing.anew(session, desk.kerstin, message_id, clock.now())
            assert [one.id for one in queries.accounts_of(session, draft.id)] == [desk.blog]
        else:
            writing.throw_away(session, desk.kerstin, message_id, clock.now())
    with db.unit_of_work() as session:
        assert queries.holds_of(session, desk.kerstin.id) == []
    assert desk.state(message_id) == "withdrawn"
