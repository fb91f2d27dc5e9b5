"""A post that is out is corrected in the open, once per account, and never vanishes (4-k)."""

import pytest
from sqlalchemy import select

from console import clock, db
from console.accounts.custody_models import AccountNotice
from console.accounts.models import Account
from console.errors import ConsoleError, Faults, NotFound, WrongState
from console.messages.models import Delivery, Message
from console.messages.operations import settling
from console.posts import queries, shown
from console.posts.operations import correcting, sending, writing
from console.timeline.models import Entry
from tests.cast import client_for
from tests.posts.desk import TEXT, Desk, abandon
from tests.posts.test_pages import hash_on

pytestmark = pytest.mark.usefixtures("database")
WRONG = "Sagostund i biblioteket på lördag kl 11."
RIGHT = "Sagostund i biblioteket på söndag kl 11."
SAID = {"wrong": WRONG, "right": RIGHT, "thanks": "Tack till er som hörde av er."}


@pytest.fixture
def desk(database):
    return Desk(database)


@pytest.fixture
def stina(app, desk):
    return client_for(app, desk.stina)


def out(desk, *accounts):
    """A post of Stina's that has gone out."""
    message_id = desk.release(*accounts)
    desk.tick()
    desk.send(message_id)
    return message_id


def correct(desk, message_id, actor=None, **changed):
    with db.unit_of_work() as session:
        return correcting.write(
            session, actor or desk.stina, message_id, SAID | changed, clock.now()
        ).id


def rows(message_id):
    with db.unit_of_work() as session:
        return list(queries.deliveries_of(session, message_id))


def test_where_nothing_can_be_edited_a_new_post_says_what_was_wrong_with_a_link_4_k(desk):
    first = out(desk, desk.library, desk.blog)
    correction = correct(desk, first)
    desk.press(correction)
    assert desk.tick() == 1
    assert len(desk.send(correction)) == 2
    for row in rows(correction):
        assert row.act == "post" and row.state == "sent" and row.marker == ""
        assert row.content == (
            f"Rättelse. Tidigare skrev vi: {WRONG} Rätt är: {RIGHT} Tack till er som hörde av er."
            " Inlägget: https://x.example/1"
        )
    assert desk.tick() == 0 and desk.send(correction) == set()
    with db.unit_of_work() as session:
        message = session.get_one(Message, correction)
        assert message.corrects_id == first and message.record == f"{clock.now().year}:2"
        assert {one.content for one in queries.deliveries_of(session, first)} != {""}
        tags = session.scalars(select(Entry.tag).where(Entry.tag.like("post:%"))).all()
        assert "post:correction:begun" in tags


def test_only_accounts_that_have_the_post_are_corrected(desk):
    first = desk.release(desk.library, desk.blog)
    desk.tick()
    token, claimed = desk.claim(first)
    started = desk.start(token, claimed)
    of = {one.id: one.account_id for one in claimed}
    desk.settle(token, {one for one in started if of[one] == desk.library})
    desk.settle(token, {one for one in started if of[one] == desk.blog}, "refused")
    desk.chores()
    correction = correct(desk, first)
    with db.unit_of_work() as session:
        assert [one.id for one in queries.accounts_of(session, correction)] == [desk.library]


def test_nothing_is_corrected_while_it_is_not_known_where_the_error_stands(desk):
    first = desk.release(desk.library)
    desk.tick()
    with pytest.raises(WrongState, match="inget att rätta"):
        correct(desk, first)
    token, claimed = desk.claim(first)
    desk.start(token, claimed)
    abandon()
    with pytest.raises(WrongState):
        correct(desk, first)


def test_one_lost_answer_among_those_that_came_is_asked_about_first(desk):
    first = desk.release(desk.library, desk.blog)
    desk.tick()
    token, claimed = desk.claim(first)
    desk.start(token, claimed)
    desk.settle(token, {claimed[0].id})
    abandon()
    with pytest.raises(WrongState, match="Svara först om inlägget är ute på Konto"):
        correct(desk, first)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"wrong": "Något som aldrig sagts."}, "wrong"),
        ({"wrong": ""}, "wrong"),
        ({"right": "  "}, "right"),
        ({"right": WRONG}, "right"),
        ({"right": "x" * 501}, "right"),
        ({"thanks": "x" * 501}, "thanks"),
    ],
)
def test_what_is_missing_in_a_correction_is_named_by_its_field(desk, changed, field):
    first = out(desk)
    with pytest.raises(Faults) as refused:
        correct(desk, first, **changed)
    assert list(refused.value.faults) == [field]
    with db.unit_of_work() as session:
        assert session.scalars(select(Message.id)).all() == [first]


def test_nobody_corrects_somebody_elses_post_or_a_correction_or_a_draft(desk):
    first = out(desk)
    with pytest.raises(NotFound):
        correct(desk, first, desk.kerstin)
    correction = correct(desk, first)
    with pytest.raises(WrongState):
        correct(desk, correction)
    desk.press(correction)
    desk.tick()
    desk.send(correction)
    with pytest.raises(WrongState):
        correct(desk, correction)
    with pytest.raises(WrongState):
        correct(desk, desk.draft())


def test_a_post_that_is_not_out_has_no_page_for_corrections(desk, stina):
    draft = desk.draft()
    assert stina.get(f"/posts/{draft}/correct").location == f"/posts/{draft}"


def test_one_correction_at_a_time_and_what_it_said_can_be_wrong_as_well(desk):
    first = out(desk)
    begun = correct(desk, first)
    assert correct(desk, first, right="Sagostunden är inställd.") == begun
    desk.press(begun)
    with pytest.raises(WrongState, match="väntar redan"):
        correct(desk, first)
    desk.tick()
    desk.send(begun)
    again = correct(desk, first, wrong="Sagostunden är inställd.", right=RIGHT)
    desk.press(again)
    desk.tick()
    desk.send(again)
    assert "Tidigare skrev vi: Sagostunden är inställd." in rows(again)[0].content


def test_a_lock_holds_a_correction_like_any_post_7_a(desk):
    first = out(desk)
    correction = correct(desk, first)
    desk.open(desk.library)
    desk.press(correction)
    assert desk.state(correction) == "held"
    assert desk.tick() == 0 and rows(correction) == []


def test_a_correction_that_an_account_refused_is_taken_up_as_one(desk):
    first = out(desk)
    correction = correct(desk, first)
    desk.press(correction)
    desk.tick()
    desk.send(correction, "refused")
    desk.chores()
    with db.unit_of_work() as session:
        again = writing.anew(session, desk.stina, correction, clock.now())
        assert again.corrects_id == first and again.fields["right"] == RIGHT
        again_id = again.id
    desk.press(again_id)
    desk.tick()
    assert len(desk.send(again_id)) == 1


def test_a_correction_is_not_changed_as_if_it_were_a_post(desk):
    first = out(desk)
    correction = correct(desk, first)
    with pytest.raises(ConsoleError), db.unit_of_work() as session:
        writing.save(
            session, desk.stina, correction, {"text": TEXT}, [desk.library], 1, clock.now()
        )


def test_a_post_done_by_hand_is_corrected_by_hand(desk):
    first = desk.release(desk.by_hand)
    desk.tick()
    with db.unit_of_work() as session:
        row = session.scalars(select(Delivery).where(Delivery.message_id == first)).one()
        row.state, row.settled_at = "confirmed", clock.now()
    correction = correct(desk, first)
    desk.press(correction)
    desk.tick()
    (row,) = rows(correction)
    assert row.state == "by_hand" and RIGHT in row.content


def by_hand_row(message_id):
    return next(row for row in rows(message_id) if row.kind == "by_hand")


def test_a_wrong_text_that_waits_to_be_published_by_hand_is_asked_about_first(desk, stina):
    """Else it would be published after its correction, on an account that never gets one."""
    first = out(desk, desk.library, desk.by_hand)
    with pytest.raises(WrongState, match="är det ute på Konto 3, eller ska det inte publiceras"):
        correct(desk, first)
    answer = stina.get(f"/posts/{first}/correct", follow_redirects=True)
    assert answer.request.path == f"/posts/{first}" and "är det ute på Konto 3" in answer.text
    with db.unit_of_work() as session:
        sending.drop_task(session, desk.stina, by_hand_row(first).id, clock.now())
    correction = correct(desk, first)
    with db.unit_of_work() as session:
        assert [one.id for one in queries.accounts_of(session, correction)] == [desk.library]


def test_an_account_that_turns_out_to_have_the_post_follows_into_its_begun_correction(desk):
    """A lock ended the task by hand; somebody says later that it had been done."""
    first = out(desk, desk.library, desk.by_hand)
    event = desk.open(desk.by_hand)
    desk.chores()
    desk.unlock(event, desk.by_hand)
    correction = correct(desk, first)
    with db.unit_of_work() as session:
        settling.confirm_by_hand(session, desk.stina, by_hand_row(first).id, "", clock.now())
    with pytest.raises(Faults, match="nu ute även på Konto 3") as refused:
        desk.press(correction)
    assert list(refused.value.faults) == ["accounts"]
    assert correct(desk, first) == correction
    desk.press(correction)
    desk.tick()
    assert {row.account_id for row in rows(correction)} == {desk.library, desk.by_hand}


def test_the_pages_lead_from_the_post_to_its_correction_and_back(desk, stina):
    """4-k"""
    first = out(desk)
    assert "Rätta inlägget" in stina.get(f"/posts/{first}").text
    form = stina.get(f"/posts/{first}/correct").text
    assert WRONG in form and "Tack till er som hörde av er." in form
    refused = stina.post(f"/posts/{first}/correct", data={"wrong": WRONG, "thanks": ""})
    assert refused.status_code == 422 and "Skriv vad som är rätt." in refused.text
    answer = stina.post(f"/posts/{first}/correct", data=SAID)
    assert answer.status_code == 303
    page = stina.get(answer.location).text
    assert "Läs igenom rättelsen" in page and "Går ut som ett nytt inlägg" in page
    correction = int(answer.location.split("/")[2])
    assert stina.get(f"/posts/{correction}/edit").location == f"/posts/{first}/correct"
    assert RIGHT in stina.get(f"/posts/{first}/correct").text
    released = stina.post(answer.location, data={"seen_hash": hash_on(page), "confirmed": "y"})
    assert released.status_code == 303
    assert "En rättelse väntar på att gå ut" in stina.get(f"/posts/{first}").text
    desk.tick()
    desk.send(correction)
    assert f"Rättat: {RIGHT}" in stina.get(f"/posts/{first}").text
    assert f"/posts/{first}" in stina.get(f"/posts/{correction}").text


def test_a_correction_by_hand_asks_for_the_post_to_be_changed_and_never_for_a_second_one(
    desk, stina
):
    """Published beside the post, the corrected text would be the same post twice."""
    with db.unit_of_work() as session:
        session.get_one(Account, desk.by_hand).platform = "facebook"
    first = desk.release(desk.by_hand)
    desk.tick()
    link = "https://facebook.example/inlagg/7"
    with db.unit_of_work() as session:
        settling.confirm_by_hand(session, desk.stina, rows(first)[0].id, link, clock.now())
    correction = correct(desk, first)
    assert "Du ändrar inlägget för hand" in stina.get(f"/posts/{correction}/release").text
    desk.press(correction)
    desk.tick()
    (row,) = rows(correction)
    assert (row.act, row.state) == ("edit", "by_hand")
    page = stina.get(f"/posts/{correction}").text
    assert "Ändra inlägget som redan ligger ute till texten här." in page and link in page
    assert "Publicera" not in page and "publicera" not in page
    start = stina.get("/").text
    assert "Ändra inlägget för hand" in start and "Publicera" not in start
    with db.unit_of_work() as session:
        about = f"post by hand {row.id}"
        notice = session.scalars(select(AccountNotice).where(AccountNotice.about == about)).one()
        assert notice.subject == "Ändra inlägget för hand: Konto 3"


def test_a_correction_that_a_newer_one_has_replaced_is_never_offered_to_be_sent_anew(desk):
    """Else the older text would come last."""
    with db.unit_of_work() as session:
        session.get_one(Account, desk.by_hand).platform = "facebook"
    first = desk.release(desk.by_hand)
    desk.tick()
    with db.unit_of_work() as session:
        settling.confirm_by_hand(session, desk.stina, rows(first)[0].id, "", clock.now())
    older = correct(desk, first)
    desk.press(older)
    desk.tick()
    newer = correct(desk, first, right="Sagostunden är inställd.")
    desk.press(newer)
    desk.tick()
    assert [(row.state, row.reason) for row in rows(older)] == [("expired", "newer_text")]
    with db.unit_of_work() as session:
        assert queries.open_holds(session, older) == []
        message = queries.post(session, desk.stina, older)
        assert not shown.view(session, message, clock.now()).may_anew
    with pytest.raises(WrongState), db.unit_of_work() as session:
        writing.anew(session, desk.stina, older, clock.now())
