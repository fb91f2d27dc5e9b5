"""A text that certainly didn't reach an account is taken up anew for that account, and no other."""

import pytest

from console import clock, db
from console.accounts.models import Account
from console.errors import WrongState
from console.messages.operations import settling
from console.posts import queries
from console.posts.operations import writing
from tests.posts.desk import Desk
from tests.posts.test_life import abandon

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
