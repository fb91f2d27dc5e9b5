"""*Fel ute*: one press stops, strikes and begins the correction; each post is corrected once (4-k).

Must show 4: a correction while a round is in flight, while an account is unknown, after an account
was released, in a second language, on a by-hand channel.
"""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from console import clock, db
from console.accounts.models import Account
from console.errors import BadInput, NotAllowed, WrongState
from console.incidents import operations as incidents
from console.incidents.models import Incident
from console.messages import corrected
from console.messages.models import (
    Attempt,
    Broadcast,
    Delivery,
    FaultMark,
    Message,
    Round,
    VersionPart,
)
from console.messages.operations import approve, drafts, edits, fault, marks, settling
from console.people.models import PersonRole
from tests.stage import Stage
from workers import fanout
from workers.site import SiteProcess

pytestmark = pytest.mark.usefixtures("database")

DONE = ("sent", "confirmed")
WRONG = "Oleby berörs inte."
RIGHT = "Även Oleby ska koka vattnet."
ENGLISH = {"headline": "", "detail": "", "body": "There are water tanks. Oleby is not affected."}


@pytest.fixture
def stage(database):
    """Website, Facebook (edits), X and Bluesky (text), Mastodon (edits)."""
    return Stage(database, accounts=4)


def go(stage):
    """Everything that the ticker, the site process and a worker would do now."""
    stage.tick()
    SiteProcess(stage.settings).pull()
    work(stage)
    with db.unit_of_work() as session:
        marks.sweep(session, clock.now())
        edits.late(session, clock.now())
    work(stage)


def work(stage):
    with db.unit_of_work() as session:
        ids = list(session.scalars(select(Round.id).order_by(Round.id)))
    for one in ids:
        asyncio.run(fanout.Fanout(one, 0, 1, "test", ()).run())


def press(stage, who=None, sentence=WRONG, message=None):
    with db.unit_of_work() as session:
        wrong = message or session.scalars(select(Message.id).order_by(Message.id)).first()
        return fault.press(
            session, who or stage.lisa, session.get_one(Incident, stage.incident.id), wrong,
            sentence, clock.now(), mail=False,
        )  # fmt: skip


def correct(stage, mark, **fields):
    """Lisa writes what is right and Karin approves it."""
    with db.unit_of_work() as session:
        draft = session.get_one(Message, mark.correction_id)
        whole = draft.fields | {"right": RIGHT} | fields
        message = drafts.save(session, stage.lisa, draft.id, whole, draft.revision, clock.now())
    return stage.approve(stage.submit(message))


def rows(**where):
    with db.unit_of_work() as session:
        query = select(Delivery).filter_by(**where).order_by(Delivery.id)
        return list(session.scalars(query))


def account(stage, place):
    return stage.account_ids[place]


def each_post_is_corrected_once_or_listed(stage, correction_id):
    """The whole promise: by its own edit, by its account's one text, or on the list, never two."""
    with db.unit_of_work() as session:
        correction = session.get_one(Message, correction_id)
        wrong = [
            one for one in session.scalars(select(Delivery).order_by(Delivery.id))
            if one.message_id == correction.corrects_id
            and one.state in ("sent", "unknown", "started", "confirmed")
        ]  # fmt: skip
        listed = {one.delivery_id for one in corrected.uncorrected(session, correction)}
        mine = list(session.scalars(select(Delivery).filter_by(message_id=correction_id)))
    assert wrong
    for post in wrong:
        own = [one for one in mine if one.edits_id == post.id and one.state in DONE]
        text = [
            one for one in mine
            if one.act == "post" and one.state in DONE
            and (one.account_id, one.language) == (post.account_id, post.language)
        ]  # fmt: skip
        assert len(own) + len(text) == (0 if post.id in listed else 1), (post.kind, post.state)


def test_one_press_stops_the_rounds_and_what_waits_and_begins_the_correction(stage):
    stage.release("update")
    stage.tick()
    mark = press(stage)
    assert [one.state for one in rows()] == ["stopped"] * 5
    assert {one.reason for one in rows()} == {"fault"}
    assert (mark.stopped, mark.under_way) == (5, 0)
    with db.unit_of_work() as session:
        broadcast = session.scalars(select(Broadcast)).one()
        assert (broadcast.state, broadcast.state_reason) == ("paused", "fault")
        draft = session.get_one(Message, mark.correction_id)
        assert draft.fields["wrong"] == WRONG and draft.corrects_id == mark.message_id
    work(stage)
    assert [one.state for one in rows()] == ["stopped"] * 5


def test_the_whole_text_may_be_what_is_wrong(stage):
    stage.release("update")
    go(stage)
    mark = press(stage, sentence="")
    assert mark.sentence == "Nu finns vattentankar vid Nya torget. Oleby berörs inte."
    correct(stage, mark)
    go(stage)
    edited = rows(act="edit", account_id=account(stage, 1))[0]
    assert edited.struck == ["Nu finns vattentankar vid Nya torget. Oleby berörs inte"]
    each_post_is_corrected_once_or_listed(stage, mark.correction_id)


def test_editing_channels_have_every_post_of_every_round_edited_newest_first(stage, move_clock):
    stage.release("update", interval=600)
    for step in range(3):
        move_clock(timedelta(seconds=601 * step))
        go(stage)
    mark = press(stage)
    correct(stage, mark, thanks="Tack Kalle.")
    go(stage)
    for place in (1, 4):
        changed = rows(act="edit", account_id=account(stage, place))
        assert [one.state for one in changed] == ["sent"] * 3
        assert [one.edits_id for one in changed] == sorted(
            (one.edits_id for one in changed), reverse=True
        )
        for one in changed:
            assert f"Fel: {WRONG} Rättat kl " in one.content
            assert f": {RIGHT} Tack Kalle." in one.content
            assert one.struck == ["Oleby berörs inte"]
    with db.unit_of_work() as session:
        query = (
            select(Delivery.edits_id)
            .join(Attempt, Attempt.delivery_id == Delivery.id)
            .where(Delivery.account_id == account(stage, 1), Delivery.act == "edit")
            .where(Attempt.event == "started")
            .order_by(Attempt.id)
        )
        started = list(session.scalars(query))
    assert len(started) == 3 and started == sorted(started, reverse=True)
    each_post_is_corrected_once_or_listed(stage, mark.correction_id)


def test_other_channels_get_one_text_linked_to_their_newest_post(stage, move_clock):
    stage.release("update", interval=600)
    go(stage)
    move_clock(timedelta(seconds=601))
    go(stage)
    newest = rows(account_id=account(stage, 2))[-1]
    mark = press(stage)
    correct(stage, mark)
    go(stage)
    texts = rows(message_id=mark.correction_id, account_id=account(stage, 2))
    assert [(one.act, one.state) for one in texts] == [("post", "sent")]
    assert f"Tidigare skrev vi: {WRONG} Rätt är: {RIGHT}" in texts[0].content
    assert newest.remote_link and newest.remote_link in texts[0].content
    # Bluesky has no room for it: what is right goes first.
    assert rows(message_id=mark.correction_id, account_id=account(stage, 3))[0].state == "sent"


def test_a_correction_while_a_round_is_in_flight(stage):
    stage.release("update")
    stage.tick()
    SiteProcess(stage.settings).pull()
    under_way = [rows(account_id=account(stage, place))[0].id for place in (1, 2)]
    with db.unit_of_work() as session:
        for one in (session.get_one(Delivery, id_) for id_ in under_way):
            one.state, one.started_at, one.attempts = "started", clock.now(), 1
            one.lease_until = clock.now() + timedelta(seconds=20)
    mark = press(stage)
    assert mark.under_way == 2
    correct(stage, mark)
    go(stage)
    # Facebook's answer hasn't come: nothing can be edited yet, and nothing is sent beside it.
    assert not rows(message_id=mark.correction_id, account_id=account(stage, 1))
    # X's one text waits until the post under way has landed: it never overtakes what it corrects.
    assert [
        one.state for one in rows(message_id=mark.correction_id, account_id=account(stage, 2))
    ] == ["queued"]
    with db.unit_of_work() as session:
        for id_ in under_way:
            one = session.get_one(Delivery, id_)
            one.state, one.remote_id, one.settled_at = "sent", f"wall-late-{id_}", clock.now()
    go(stage)
    go(stage)
    late = rows(message_id=mark.correction_id, account_id=account(stage, 1))
    assert [(one.act, one.state) for one in late] == [("edit", "sent")]
    each_post_is_corrected_once_or_listed(stage, mark.correction_id)


def test_an_account_unknown_at_the_correction_is_corrected_when_it_turns_out_to_be_out(stage):
    stage.release("update")
    go(stage)
    with db.unit_of_work() as session:
        one = session.scalars(select(Delivery).filter_by(account_id=account(stage, 1))).one()
        one.state, one.remote_id, one.remote_link, one.maybe_out = "unknown", None, None, True
    mark = press(stage)
    correct(stage, mark)
    go(stage)
    with db.unit_of_work() as session:
        listed = corrected.uncorrected(session, session.get_one(Message, mark.correction_id))
        assert [(x.account_id, x.why) for x in listed] == [(account(stage, 1), "unknown")]
    with db.unit_of_work() as session:
        settling.resolve_unknown(
            session, stage.lisa, one.id, True, "https://facebook.example/1", clock.now()
        )
    go(stage)
    go(stage)
    # The platform's own id is not known: a person edits it, at the address that was given.
    late = rows(message_id=mark.correction_id, account_id=account(stage, 1))
    assert [(x.act, x.state, x.edits_id) for x in late] == [("edit", "by_hand", one.id)]
    with db.unit_of_work() as session:
        settling.confirm_by_hand(session, stage.olle, late[0].id, "", clock.now())
    each_post_is_corrected_once_or_listed(stage, mark.correction_id)


def test_an_unknown_that_never_was_out_is_not_corrected(stage):
    stage.release("update")
    go(stage)
    with db.unit_of_work() as session:
        one = session.scalars(select(Delivery).filter_by(account_id=account(stage, 1))).one()
        one.state, one.remote_id, one.remote_link, one.maybe_out = "unknown", None, None, True
    mark = press(stage)
    correct(stage, mark)
    go(stage)
    with db.unit_of_work() as session:
        settling.resolve_unknown(session, stage.lisa, one.id, False, "", clock.now())
    go(stage)
    assert not rows(message_id=mark.correction_id, account_id=account(stage, 1))
    with db.unit_of_work() as session:
        assert not corrected.uncorrected(session, session.get_one(Message, mark.correction_id))


@pytest.mark.parametrize("when", ["before the text", "after the text"])
def test_an_account_released_meanwhile_stands_on_the_list_with_a_reason(stage, when):
    stage.release("update")
    go(stage)
    mark = press(stage)
    if when == "before the text":
        _take_out(stage, 1)
        correct(stage, mark)
    else:
        correct(stage, mark)
        _take_out(stage, 1)
    go(stage)
    with db.unit_of_work() as session:
        listed = corrected.uncorrected(session, session.get_one(Message, mark.correction_id))
        assert [(one.account_id, one.why) for one in listed] == [(account(stage, 1), "not_ours")]
    each_post_is_corrected_once_or_listed(stage, mark.correction_id)


def _take_out(stage, place):
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        incidents.change_use(
            session, stage.lisa, incident, account(stage, place), "lock_only", "Släppt",
            clock.now(), mail=False,
        )  # fmt: skip


def test_each_language_is_corrected_by_its_own_approval(stage, move_clock):
    with db.unit_of_work() as session:
        for one in session.scalars(select(Account)):
            one.languages = ["sv", "en"]
    stage.release("update", en=ENGLISH)
    _approve_english(stage)
    move_clock(timedelta(seconds=1801))
    go(stage)
    assert len(rows(language="en", state="sent")) == 5
    mark = press(stage)
    correct(
        stage, mark,
        en={"headline": "", "detail": "", "body": "Oleby must boil the water too.",
            "wrong": "Oleby is not affected."},
    )  # fmt: skip
    go(stage)
    assert not rows(message_id=mark.correction_id, language="en")
    with db.unit_of_work() as session:
        listed = corrected.uncorrected(session, session.get_one(Message, mark.correction_id))
        assert {one.why for one in listed} == {"language"} and len(listed) == 5
    _approve_english(stage)
    go(stage)
    go(stage)
    english = rows(message_id=mark.correction_id, language="en")
    assert {one.state for one in english} <= {"sent", "queued"}
    edited = [one for one in english if one.act == "edit"]
    assert len(edited) == 2
    assert all("Wrong: Oleby is not affected. Corrected " in one.content for one in edited)
    assert all(": Oleby must boil the water too." in one.content for one in edited)
    texts = [one for one in english if one.act == "post" and one.kind == "pretend"]
    assert all("Earlier we wrote: Oleby is not affected." in one.content for one in texts)


def _approve_english(stage):
    with db.unit_of_work() as session:
        part = session.scalars(select(VersionPart).order_by(VersionPart.id.desc())).first()
        approve.approve_part(session, stage.karin, part.id, part.content_hash, clock.now())


def test_on_a_by_hand_channel_a_task_says_what_to_edit_and_where(database):
    stage = Stage(database, accounts=1, kind="by_hand")
    stage.release("update")
    stage.tick()
    SiteProcess(stage.settings).pull()
    task = rows(account_id=account(stage, 1))[0]
    with db.unit_of_work() as session:
        settling.confirm_by_hand(
            session, stage.olle, task.id, "https://facebook.example/7", clock.now()
        )
    mark = press(stage)
    correct(stage, mark)
    go(stage)
    edit = rows(account_id=account(stage, 1), act="edit")
    assert [(one.state, one.edits_id) for one in edit] == [("by_hand", task.id)]
    assert "Rättat kl" in edit[0].content
    each_post_is_corrected_once_or_listed(stage, mark.correction_id)
    with db.unit_of_work() as session:
        settling.confirm_by_hand(session, stage.olle, edit[0].id, "", clock.now())
    each_post_is_corrected_once_or_listed(stage, mark.correction_id)


def test_a_by_hand_text_that_was_out_before_anybody_said_so_is_corrected_too(database):
    stage = Stage(database, accounts=1, kind="by_hand")
    stage.release("update")
    stage.tick()
    SiteProcess(stage.settings).pull()
    task = rows(account_id=account(stage, 1))[0]
    mark = press(stage)
    assert rows(id=task.id)[0].state == "stopped"
    correct(stage, mark)
    go(stage)
    with db.unit_of_work() as session:
        settling.confirm_by_hand(session, stage.olle, task.id, "", clock.now())
    go(stage)
    edit = rows(account_id=account(stage, 1), act="edit")
    assert [(one.state, one.edits_id) for one in edit] == [("by_hand", task.id)]


def test_later_messages_that_repeat_the_wrong_instruction_are_corrected_too(stage):
    stage.release("first")
    go(stage)
    first = rows()[0].message_id
    stage.release("rumour")
    go(stage)
    said = "Koka ditt kranvatten om du bor i Torsby tätort."
    mark = press(stage, sentence=said, message=first)
    correct(stage, mark, ends=[first])
    go(stage)
    edited = rows(act="edit", account_id=account(stage, 1))
    assert len({one.edits_id for one in edited}) == len(edited) == 2
    assert all("Fel: Koka ditt kranvatten" in one.content for one in edited)


def test_an_edit_that_does_not_fit_the_platform_becomes_one_text(stage):
    long = "Här är en mening som fyller ut texten. " * 8 + WRONG
    stage.release("update", text=long, may_cut=True, short_text="Kort: " + WRONG)
    go(stage)
    mark = press(stage)
    correct(stage, mark, right="Oleby ska koka. " + "Läs mer på webben nu. " * 12, may_cut=True,
            short_text="Även Oleby ska koka.")  # fmt: skip
    go(stage)
    mastodon = rows(message_id=mark.correction_id, account_id=account(stage, 4))
    assert [one.act for one in mastodon] == ["post"]
    each_post_is_corrected_once_or_listed(stage, mark.correction_id)


def test_a_second_correction_keeps_what_the_first_one_said(stage):
    stage.release("update")
    go(stage)
    correct(stage, press(stage))
    go(stage)
    other = "Nu finns vattentankar vid Nya torget."
    second = press(stage, sentence=other)
    correct(stage, second, right="Vattentankarna står vid Gamla torget.")
    go(stage)
    edited = rows(act="edit", account_id=account(stage, 1))
    assert len(edited) == 2
    assert RIGHT in edited[1].content and "Gamla torget" in edited[1].content
    assert edited[1].struck == ["Oleby berörs inte", "Nu finns vattentankar vid Nya torget"]


def test_a_correction_that_was_wrong_is_corrected_where_it_stands(stage):
    stage.release("update")
    go(stage)
    first = press(stage)
    correct(stage, first)
    go(stage)
    second = press(stage, sentence=RIGHT, message=first.correction_id)
    correct(stage, second, right="Oleby ska bara koka dricksvattnet.")
    go(stage)
    edited = rows(act="edit", account_id=account(stage, 1))
    assert [one.edits_id for one in edited] == [edited[0].edits_id] * 2
    assert "Oleby ska bara koka dricksvattnet." in edited[1].content
    assert "Fel: Även Oleby ska koka vattnet" in edited[1].content


def test_taking_it_back_lets_everything_go_on_as_if_nothing_was_said(stage):
    stage.release("update")
    stage.tick()
    mark = press(stage, stage.karin)
    with db.unit_of_work() as session:
        fault.take_back(session, stage.karin, mark.id, clock.now())
    with db.unit_of_work() as session:
        assert session.scalars(select(Broadcast)).one().state == "running"
        assert session.get_one(FaultMark, mark.id).withdrawn_at is not None
        assert session.get_one(Message, mark.correction_id).state == "withdrawn"
    go(stage)
    assert [one.state for one in rows()] == ["sent"] * 5
    assert not rows(act="edit")


def test_what_a_person_had_paused_stays_paused_when_fel_ute_is_taken_back(stage):
    from console.messages.operations import control

    stage.release("update")
    go(stage)
    with db.unit_of_work() as session:
        broadcast = session.scalars(select(Broadcast)).one()
        control.pause(session, stage.lisa, broadcast.id, clock.now())
    mark = press(stage)
    with db.unit_of_work() as session:
        fault.take_back(session, stage.lisa, mark.id, clock.now())
        assert session.scalars(select(Broadcast)).one().state == "paused"


def test_a_post_that_comes_back_to_be_tried_again_after_the_press_never_is(stage):
    stage.release("rumour", text=f"Vattnet är inte förgiftat. {WRONG}")
    stage.tick()
    SiteProcess(stage.settings).pull()
    with db.unit_of_work() as session:
        one = session.scalars(select(Delivery).filter_by(account_id=account(stage, 1))).one()
        one.state, one.attempts = "started", 1
    press(stage)
    with db.unit_of_work() as session:
        session.get_one(Delivery, one.id).state = "retry"
    go(stage)
    assert rows(id=one.id)[0].state == "stopped"


# What must never happen


def test_an_approver_who_only_pressed_may_approve_what_the_unit_then_writes(stage):
    stage.release("update")
    go(stage)
    mark = press(stage, stage.karin)
    correct(stage, mark)
    go(stage)
    with db.unit_of_work() as session:
        assert session.get_one(Message, mark.correction_id).author_id == stage.lisa.id


def test_an_approver_who_also_wrote_never_approves(stage):
    stage.release("update")
    go(stage)
    with db.unit_of_work() as session:
        session.add(PersonRole(person_id=stage.karin.id, role="information_unit"))
    with db.unit_of_work() as session:
        karin = session.get_one(type(stage.karin), stage.karin.id)
    mark = press(stage, karin)
    with db.unit_of_work() as session:
        draft = session.get_one(Message, mark.correction_id)
        fields = draft.fields | {"right": RIGHT}
        drafts.save(session, karin, draft.id, fields, draft.revision, clock.now())
    with db.unit_of_work() as session:
        draft = session.get_one(Message, mark.correction_id)
        fields = draft.fields | {"right": RIGHT + " Lisa."}
        message = drafts.save(session, stage.lisa, draft.id, fields, draft.revision, clock.now())
    version = stage.submit(message)
    with pytest.raises(NotAllowed), db.unit_of_work() as session:
        approve.approve(session, karin, version.id, version.content_hash, clock.now())


def test_an_approver_who_pressed_cannot_approve_before_somebody_else_has_written(stage):
    stage.release("update")
    go(stage)
    mark = press(stage, stage.karin)
    with pytest.raises(NotAllowed), db.unit_of_work() as session:
        drafts.save(session, stage.karin, mark.correction_id, {"right": "x"}, 1, clock.now())


def test_who_decides_nothing_cannot_press_or_take_back(stage):
    stage.release("update")
    go(stage)
    with pytest.raises(NotAllowed):
        press(stage, stage.olle)
    mark = press(stage)
    with pytest.raises(NotAllowed), db.unit_of_work() as session:
        fault.take_back(session, stage.olle, mark.id, clock.now())


def test_a_second_press_on_the_same_message_changes_nothing(stage):
    stage.release("update")
    go(stage)
    press(stage)
    with pytest.raises(WrongState):
        press(stage, stage.karin)
    with db.unit_of_work() as session:
        assert len(session.scalars(select(FaultMark)).all()) == 1


def test_a_sentence_that_is_not_out_cannot_be_pressed(stage):
    stage.release("update")
    go(stage)
    with pytest.raises(BadInput):
        press(stage, sentence="Något helt annat.")


def test_what_has_not_gone_out_cannot_be_pressed(stage):
    message = stage.write("update")
    with pytest.raises(WrongState):
        press(stage, message=message.id)


def test_after_all_clear_only_all_clear_itself_can_be_pressed(stage):
    stage.release("update")
    go(stage)
    stage.release("all_clear")
    go(stage)
    with pytest.raises(WrongState):
        press(stage)
    over = rows()[-1].message_id
    mark = press(stage, sentence="Nu kan du dricka kranvattnet igen.", message=over)
    assert mark.open


def test_a_correction_that_is_out_cannot_be_taken_back(stage):
    stage.release("update")
    go(stage)
    mark = press(stage)
    correct(stage, mark)
    go(stage)
    with pytest.raises(WrongState), db.unit_of_work() as session:
        fault.take_back(session, stage.lisa, mark.id, clock.now())
    with db.unit_of_work() as session:
        broadcast = session.scalars(select(Broadcast).order_by(Broadcast.id)).first()
        assert (broadcast.state, broadcast.state_reason) == ("paused", "fault")
