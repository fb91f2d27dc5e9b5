"""Deleting posts: three grounds, a second person, evidence first; and it goes before correcting
(4-i before 4-k)."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from channels.failures import Reason, Refused, Retry
from channels.pretend import Pretend
from console import clock, db
from console.errors import BadInput, NotAllowed, WrongState
from console.incidents.models import Incident, Notice
from console.messages import corrected
from console.messages.models import Broadcast, Delivery, Message, RemovalPost, Round
from console.messages.operations import drafts, edits, fault, removing, settling
from console.site import wall
from console.timeline.models import Entry
from tests.cast import client_for
from tests.stage import Stage
from workers import fanout, removals
from workers.site import SiteProcess

pytestmark = pytest.mark.usefixtures("database")

SECRET = "Oleby berörs inte."


@pytest.fixture
def stage(database):
    """An update that is out on the website, Facebook and X."""
    stage = Stage(database)
    stage.release("update")
    go(stage)
    return stage


def go(stage):
    stage.tick()
    SiteProcess(stage.settings).pull()
    with db.unit_of_work() as session:
        ids = list(session.scalars(select(Round.id).order_by(Round.id)))
    for one in ids:
        asyncio.run(fanout.Fanout(one, 0, 1, "test", ()).run())


def ask(stage, who=None, *, posts=None, ground="personal_data", reason="Ett namn stod med"):
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        message = session.scalars(select(Message.id).order_by(Message.id)).first()
        return removing.ask(
            session, who or stage.lisa, incident, message, posts, ground, reason, clock.now()
        )


def decide(stage, who, removal, agree=True):
    with db.unit_of_work() as session:
        removing.decide(session, who, removal.id, agree, clock.now(), mail=False)


def items(removal):
    with db.unit_of_work() as session:
        return removing.posts_of(session, removal.id)


def page(stage, lang=""):
    folder = stage.settings.exercise_folder(stage.incident.slug) / "current"
    return (folder / lang / "h" / stage.incident.slug / "index.html").read_text()


def tags():
    with db.unit_of_work() as session:
        return list(session.scalars(select(Entry.tag).order_by(Entry.n)))


def test_agreed_posts_are_deleted_through_their_channels_and_hidden_on_the_site(stage):
    removal = ask(stage)
    decide(stage, stage.karin, removal)
    removals.remove_posts(stage.settings)
    SiteProcess(stage.settings).pull()
    assert [one.state for one in items(removal)] == ["gone"] * 3
    assert SECRET not in page(stage)
    assert "Ett meddelande togs bort kl\N{NO-BREAK SPACE}" in page(stage)
    assert "personuppgifter som inte ska spridas" in page(stage)
    assert "A message was removed at " in page(stage, "en")
    with db.unit_of_work() as session:
        shown = wall.wall(session, stage.incident.id)
        posts = [post for account in shown for post in account.posts]
    assert posts and all(post.removed and not post.text for post in posts)
    assert tags().count("removal:post:gone") == 3


def test_the_evidence_is_kept_first_and_every_look_at_it_is_logged(stage):
    removal = ask(stage)
    kept = items(removal)
    assert all(SECRET in one.evidence and one.out_at for one in kept)
    assert any(one.link for one in kept)
    with db.unit_of_work() as session:
        assert SECRET in removing.look(session, stage.karin, kept[0].id, clock.now()).evidence
    assert tags().count("removal:evidence:seen") == 1
    for who in (stage.lisa, stage.olle):
        with pytest.raises(NotAllowed), db.unit_of_work() as session:
            removing.look(session, who, kept[0].id, clock.now())
    assert tags().count("removal:evidence:seen") == 1


@pytest.mark.parametrize("ground", ["criticism", "", "wrong", "PERSONAL_DATA"])
def test_any_other_ground_is_refused_with_the_way_to_correcting(stage, ground):
    with pytest.raises(BadInput, match="Rätta fel ute") as error:
        ask(stage, ground=ground)
    assert error.value.field == "ground"
    with db.unit_of_work() as session:
        assert session.scalars(select(RemovalPost)).first() is None


def test_nobody_removes_alone(stage):
    removal = ask(stage, stage.karin)
    with pytest.raises(NotAllowed):
        decide(stage, stage.karin, removal)
    assert {one.state for one in items(removal)} == {"asked"}
    decide(stage, stage.lisa, removal)
    assert {one.state for one in items(removal)} == {"queued"}


def test_who_decides_nothing_neither_asks_nor_decides(stage):
    with pytest.raises(NotAllowed):
        ask(stage, stage.olle)
    removal = ask(stage)
    with pytest.raises(NotAllowed):
        decide(stage, stage.olle, removal)


def test_a_declined_removal_deletes_nothing_and_may_be_asked_again(stage):
    removal = ask(stage)
    decide(stage, stage.karin, removal, agree=False)
    removals.remove_posts(stage.settings)
    SiteProcess(stage.settings).pull()
    assert {one.state for one in items(removal)} == {"declined"}
    assert SECRET in page(stage)
    with pytest.raises(WrongState):
        decide(stage, stage.karin, removal)
    assert ask(stage).state == "asked"


def test_a_reason_that_repeats_the_data_is_refused(stage):
    with pytest.raises(BadInput) as error:
        ask(stage, reason="Stod 19121212-1212 i texten")
    assert error.value.field == "reason"


def test_nothing_more_of_the_message_goes_out_once_it_is_agreed(stage):
    removal = ask(stage)
    decide(stage, stage.karin, removal)
    with db.unit_of_work() as session:
        broadcast = session.scalars(select(Broadcast)).one()
        assert (broadcast.state, broadcast.state_reason) == ("stopped", "removal")


def test_posts_that_went_out_between_asking_and_deciding_go_too(database, move_clock):
    stage = Stage(database)
    stage.release("update", interval=600)
    go(stage)
    removal = ask(stage)
    move_clock(timedelta(seconds=601))
    go(stage)
    decide(stage, stage.karin, removal)
    removals.remove_posts(stage.settings)
    SiteProcess(stage.settings).pull()
    assert [one.state for one in items(removal)] == ["gone"] * 6


def test_a_removal_goes_before_an_open_correction_and_such_a_post_is_not_edited(stage):
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        wrong = session.scalars(select(Message.id)).one()
        mark = fault.press(session, stage.lisa, incident, wrong, SECRET, clock.now(), mail=False)
        facebook = session.scalars(
            select(Delivery.id).where(Delivery.account_id == stage.account_ids[1])
        ).one()
    removal = ask(stage, posts=[facebook])
    decide(stage, stage.karin, removal)
    removals.remove_posts(stage.settings)
    assert [one.state for one in items(removal)] == ["gone"]
    with db.unit_of_work() as session:
        draft = session.get_one(Message, mark.correction_id)
        fields = draft.fields | {"right": "Oleby ska koka."}
        message = drafts.save(session, stage.lisa, draft.id, fields, draft.revision, clock.now())
    stage.approve(stage.submit(message))
    go(stage)
    with db.unit_of_work() as session:
        edits.late(session, clock.now())
        assert session.scalars(select(Delivery).where(Delivery.act == "edit")).first() is None
        assert not corrected.uncorrected(session, session.get_one(Message, mark.correction_id))


def test_by_hand_the_accounts_administrator_is_told_and_confirms(database):
    stage = Stage(database, accounts=1, kind="by_hand")
    stage.release("update")
    go(stage)
    with db.unit_of_work() as session:
        task = session.scalars(select(Delivery).where(Delivery.kind == "by_hand")).one()
        settling.confirm_by_hand(session, stage.olle, task.id, "https://a.example/1", clock.now())
    removal = ask(stage, posts=[task.id])
    decide(stage, stage.karin, removal)
    removals.remove_posts(stage.settings)
    (one,) = items(removal)
    assert one.state == "by_hand" and one.link == "https://a.example/1"
    with db.unit_of_work() as session:
        told = session.scalars(select(Notice).where(Notice.kind == "by_hand")).one()
        assert told.person_id == stage.olle.id and SECRET not in told.content
    with pytest.raises(NotAllowed), db.unit_of_work() as session:
        removing.confirm(session, stage.karin, one.id, clock.now())
    with db.unit_of_work() as session:
        removing.confirm(session, stage.olle, one.id, clock.now())
    assert items(removal)[0].state == "gone"


def test_by_hand_who_stands_in_today_is_told_and_confirms(database, move_clock):
    stage = Stage(database, accounts=1, kind="by_hand")
    stage.release("update")
    go(stage)
    maja = stage.stand_in()
    with db.unit_of_work() as session:
        task = session.scalars(select(Delivery).where(Delivery.kind == "by_hand")).one()
        settling.confirm_by_hand(session, maja, task.id, "https://a.example/1", clock.now())
    removal = ask(stage, posts=[task.id])
    decide(stage, stage.karin, removal)
    removals.remove_posts(stage.settings)
    with db.unit_of_work() as session:
        told = session.scalars(select(Notice).where(Notice.kind == "by_hand")).all()
        assert {one.person_id for one in told} == {stage.olle.id, maja.id}
    (one,) = items(removal)
    tomorrow = clock.now() + timedelta(days=1)
    with pytest.raises(NotAllowed), db.unit_of_work() as session:
        removing.confirm(session, maja, one.id, tomorrow)
    with db.unit_of_work() as session:
        removing.confirm(session, maja, one.id, clock.now())
    assert items(removal)[0].state == "gone"


def test_what_is_to_be_removed_by_hand_stands_on_the_administrators_start_page(app, database):
    stage = Stage(database, accounts=1, kind="by_hand")
    stage.release("update")
    go(stage)
    with db.unit_of_work() as session:
        task = session.scalars(select(Delivery).where(Delivery.kind == "by_hand")).one()
        settling.confirm_by_hand(session, stage.olle, task.id, "https://a.example/1", clock.now())
    olle = client_for(app, stage.olle)
    assert "Ta bort ett inlägg" not in olle.get("/").text
    decide(stage, stage.karin, ask(stage, posts=[task.id]))
    assert "Ta bort ett inlägg" in olle.get("/").text


def test_an_account_that_points_elsewhere_by_now_has_nothing_deleted_there(stage, monkeypatch):
    removal = ask(stage)
    decide(stage, stage.karin, removal)
    with db.unit_of_work() as session:
        session.execute(update(Delivery).values(fingerprint="of the account as it was"))
    asked = []

    async def delete(_self, _client, _settings, removal):
        asked.append(removal)

    monkeypatch.setattr(Pretend, "delete", delete)
    removals.remove_posts(stage.settings)
    assert asked == []
    found = [(one.state, one.reason) for one in items(removal) if one.state != "queued"]
    assert found == [("by_hand", "target_changed")] * 2


def test_a_worker_that_died_over_a_removal_leaves_it_to_the_next(stage, move_clock):
    removal = ask(stage)
    decide(stage, stage.karin, removal)
    with db.unit_of_work() as session:
        assert removing.claim(session, clock.now()) is not None
    removals.remove_posts(stage.settings)
    assert sorted(one.state for one in items(removal)) == ["gone", "queued", "started"]
    move_clock(timedelta(seconds=31))
    removals.remove_posts(stage.settings)
    assert sorted(one.state for one in items(removal)) == ["gone", "gone", "queued"]


def test_an_account_that_nothing_can_be_made_of_keeps_no_other_post_from_being_deleted(
    stage, monkeypatch
):
    """Lesson 8. It is deleted by hand; its settings were stored by another version, say."""
    removal = ask(stage)
    decide(stage, stage.karin, removal)
    target_of = removals.target_of

    def picky(row, account):
        if row.account_id == stage.account_ids[1]:
            raise KeyError("server")
        return target_of(row, account)

    monkeypatch.setattr(removals, "target_of", picky)
    removals.remove_posts(stage.settings)
    SiteProcess(stage.settings).pull()
    assert [(one.state, one.reason) for one in items(removal)] == [
        ("gone", ""),
        ("by_hand", "settings"),
        ("gone", ""),
    ]


@pytest.mark.parametrize("words", ["Nej \ud83d", "Nej \0"])
@pytest.mark.parametrize("error", [Refused, Retry])
def test_a_refusal_in_words_that_cannot_be_stored_leaves_the_post_to_a_person(
    stage, monkeypatch, move_clock, error, words
):
    """An emoji cut in half, say, where a platform shortens what it repeats."""
    removal = ask(stage)
    decide(stage, stage.karin, removal)

    async def delete(_self, _client, _settings, _removal):
        raise error(Reason.TURNED_DOWN, words)

    monkeypatch.setattr(Pretend, "delete", delete)
    for attempt in range(1, removing.MOST_ATTEMPTS + 1):
        move_clock(timedelta(hours=attempt))
        removals.remove_posts(stage.settings)
    found = [(one.state, one.reason) for one in items(removal) if one.state != "queued"]
    assert found == [("by_hand", "turned_down: Nej \ufffd")] * 2


def test_the_removed_text_is_shown_on_no_page_of_the_console(stage, client_for):
    removal = ask(stage)
    decide(stage, stage.karin, removal)
    base = f"/incidents/{stage.incident.slug}"
    with db.unit_of_work() as session:
        message = session.scalars(select(Message)).one()
        delivery = session.scalars(select(Delivery.id).order_by(Delivery.id.desc())).first()
    client = client_for(stage.lisa)
    for path in ("/", "/messages", "/messages/correct", f"/messages/{message.id}",
                 f"/tasks/{delivery}", f"/removals/{removal.id}"):  # fmt: skip
        answer = client.get(base + path)
        assert answer.status_code == 200, path
        assert SECRET not in answer.text, path
    evidence = f"{base}/removals/posts/{items(removal)[0].id}/evidence"
    assert client.post(evidence).status_code == 403
    assert SECRET in client_for(stage.karin).post(evidence).text
