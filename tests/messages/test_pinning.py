"""A message's newest post stands first on its account while the message applies, and what the
municipality had pinned itself stands there afterwards; no post ever waits for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from channels import bluesky_session
from channels.platforms import PLATFORMS
from console import clock, db
from console.accounts.models import Account
from console.config import Settings
from console.errors import NotAllowed, WrongState
from console.incidents.models import Incident, Notice
from console.messages import envelope
from console.messages.models import Broadcast, Delivery, Message, Round, Version
from console.messages.operations import closing, control, drafts, fault, pinning, removing
from console.messages.pin_models import PostPin
from console.messages.process_models import Pace
from console.site import wall
from console.timeline.models import Entry
from simulators import bluesky as bluesky_server
from simulators import mastodon as mastodon_server
from simulators import telegram as telegram_server
from simulators.base import Effect, Simulator
from simulators.mastodon import Mastodon
from tests.cast import client_for
from tests.stage import Stage
from workers import chores, fanout, pins, removals
from workers.site import SiteProcess

pytestmark = pytest.mark.usefixtures("database")
Move = Callable[[timedelta], None]
PIN = ("POST", "/pin$")
UNPIN = ("POST", "/unpin$")


@pytest.fixture
def server() -> Iterator[Mastodon]:
    with Mastodon() as server:
        yield server


def live(database: Settings, server: Simulator, platform: str, settings: Any, secret: Any) -> Stage:
    opened = replace(database, allow_hosts=(f"127.0.0.1:{server.port}",))
    return Stage(
        opened, accounts=1, exercise=False, kind=platform, platforms=(platform,),
        account_settings=settings, secret=secret,
    )  # fmt: skip


@pytest.fixture
def stage(database: Settings, server: Mastodon) -> Stage:
    """A live event with an account on Mastodon, where the municipality has pinned a post."""
    server.pinned = ["1"]
    settings = {"server": server.url, "account": "torsby", "software": "mastodon"}
    return live(database, server, "mastodon", settings, {"token": mastodon_server.TOKEN})


def go(stage: Stage) -> None:
    """Everything that ticker and worker do of messages now; the website's grace has run out."""
    stage.tick()
    if stage.exercise:
        SiteProcess(stage.settings).pull()
    with db.unit_of_work() as session:
        for row in session.scalars(select(Round).order_by(Round.id)):
            row.released_at = row.released_at or clock.now()
        ids = list(session.scalars(select(Round.id).order_by(Round.id)))
    for one in ids:
        asyncio.run(fanout.Fanout(one, 0, 1, "test", stage.settings.allow_hosts).run())


def pin(stage: Stage) -> int:
    """Everything that they do of pins now; returns how many attempts were made."""
    with db.unit_of_work() as session:
        pinning.plan(session, clock.now())
    return pins.pin_posts(stage.settings)


def rows() -> list[PostPin]:
    with db.unit_of_work() as session:
        return list(session.scalars(select(PostPin).order_by(PostPin.id)))


def states() -> list[tuple[bool, str]]:
    return [(one.wanted, one.state) for one in rows()]


def posts(server: Simulator) -> list[str]:
    return [one.remote_id for one in server.shown]


def tags() -> list[str]:
    with db.unit_of_work() as session:
        found = session.scalars(select(Entry.tag).where(Entry.tag.like("pin:%")).order_by(Entry.n))
        return list(found)


def close(stage: Stage) -> None:
    with db.unit_of_work() as session:
        control.stop_all(session, stage.karin, stage.incident.id, clock.now())
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        closing.end_event(session, stage.lisa, incident, clock.now(), "Det är över.", mail=False)


def press(stage: Stage) -> int:
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        wrong = session.scalars(select(Message.id).order_by(Message.id)).first()
        assert wrong is not None
        mark = fault.press(
            session, stage.lisa, incident, wrong, "Oleby berörs inte.", clock.now(), mail=False
        )
        return mark.correction_id


# While it applies.


def test_the_newest_post_stands_first_and_with_the_event_it_does_no_more(
    stage: Stage, server: Mastodon, move_clock: Move
) -> None:
    stage.release("update", interval=600, pin=True)
    go(stage)
    assert pin(stage) == 1
    assert server.pinned == ["1", posts(server)[0]]
    assert pin(stage) == 0
    move_clock(timedelta(seconds=601))
    go(stage)
    pin(stage)
    assert server.pinned == ["1", posts(server)[1]]
    assert len(posts(server)) == 2
    close(stage)
    pin(stage)
    assert server.pinned == ["1"]
    assert states() == [(False, "done")] * 2
    assert tags() == ["pin:set", "pin:lifted", "pin:set", "pin:lifted"]


def test_a_message_that_is_not_to_stand_first_asks_the_platform_for_nothing(
    stage: Stage, server: Mastodon
) -> None:
    stage.release("update")
    go(stage)
    assert pin(stage) == 0
    assert (rows(), server.pinned) == ([], ["1"])
    assert not any(path.endswith("pin") for _method, path in server.requests)


@pytest.mark.parametrize("again", [True, False])
def test_what_replaces_it_stands_first_if_it_is_to_and_the_replaced_never(
    stage: Stage, server: Mastodon, again: bool
) -> None:
    stage.release("update", pin=True)
    go(stage)
    pin(stage)
    stage.release("no_news", **({"pin": True} if again else {}))
    go(stage)
    pin(stage)
    assert server.pinned == ["1", *(posts(server)[1:] if again else [])]


@pytest.mark.parametrize("kind", ["update", "all_clear"])
def test_a_text_whose_rounds_are_over_stands_first_no_more_once_it_is_replaced(
    stage: Stage, server: Mastodon, kind: str
) -> None:
    stage.release("instruction", rounds=1, pin=True)
    go(stage)
    assert pin(stage) == 1
    stage.release(kind)
    go(stage)
    assert pin(stage) == 1
    assert server.pinned == ["1"]
    assert states() == [(False, "done")]


def test_a_text_that_went_out_once_stands_first_no_more_once_it_is_stopped(
    stage: Stage, server: Mastodon
) -> None:
    broadcast = stage.release("all_clear", pin=True)
    go(stage)
    assert pin(stage) == 1
    with db.unit_of_work() as session:
        control.stop(session, stage.karin, broadcast.id, clock.now())
    assert pin(stage) == 1
    assert server.pinned == ["1"]


def test_a_pause_keeps_it_and_a_stop_lifts_it(stage: Stage, server: Mastodon) -> None:
    broadcast = stage.release("update", pin=True)
    go(stage)
    pin(stage)
    with db.unit_of_work() as session:
        control.pause(session, stage.karin, broadcast.id, clock.now())
    assert pin(stage) == 0
    with db.unit_of_work() as session:
        control.stop(session, stage.karin, broadcast.id, clock.now())
    pin(stage)
    assert server.pinned == ["1"]


def test_fel_ute_lifts_it_at_once_and_taking_that_back_pins_it_again(
    stage: Stage, server: Mastodon
) -> None:
    stage.release("update", pin=True)
    go(stage)
    pin(stage)
    correction = press(stage)
    pin(stage)
    assert server.pinned == ["1"]
    with db.unit_of_work() as session:
        drafts.withdraw(session, stage.lisa, correction, clock.now())
    pin(stage)
    assert server.pinned == ["1", *posts(server)]


def test_a_correction_that_is_to_stand_first_pins_the_post_that_it_edits(
    stage: Stage, server: Mastodon
) -> None:
    stage.release("update")
    go(stage)
    number = press(stage)
    with db.unit_of_work() as session:
        draft = session.get_one(Message, number)
        fields = draft.fields | {"right": "Oleby ska koka.", "pin": True}
        message = drafts.save(session, stage.lisa, number, fields, draft.revision, clock.now())
    stage.approve(stage.submit(message))
    go(stage)
    pin(stage)
    (post,) = server.shown
    assert post.edits == 1
    assert server.pinned == ["1", post.remote_id]


def test_a_promise_that_has_passed_lifts_it(
    stage: Stage, server: Mastodon, move_clock: Move
) -> None:
    stage.release("update", pin=True)
    go(stage)
    pin(stage)
    move_clock(timedelta(hours=4, seconds=1))
    pin(stage)
    assert server.pinned == ["1"]


def test_a_post_that_is_to_be_deleted_stands_first_no_more(stage: Stage, server: Mastodon) -> None:
    broadcast = stage.release("rumour", pin=True)
    go(stage)
    pin(stage)
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        row = session.scalars(select(Delivery).where(Delivery.kind == "mastodon")).one()
        asked = removing.ask(
            session, stage.lisa, incident, broadcast.message_id, [row.id], "secrecy", "En adress",
            clock.now(),
        )  # fmt: skip
    assert pin(stage) == 0, "nobody has decided"
    with db.unit_of_work() as session:
        removing.decide(session, stage.karin, asked.id, True, clock.now(), mail=False)
    removals.remove_posts(stage.settings)
    pin(stage)
    assert posts(server) == []
    assert states() == [(False, "done")]


def test_an_exercise_pins_on_the_wall_only(database: Settings) -> None:
    stage = Stage(database, accounts=4)
    stage.release("update", pin=True)
    go(stage)
    assert pin(stage) == 2
    with db.unit_of_work() as session:
        shown = wall.wall(session, stage.incident.id)
    first = {one.platform for one in shown if any(post.pinned for post in one.posts)}
    assert first == {"Bluesky", "Mastodon"}


# Never in the way of a post.


def test_a_pin_that_is_refused_leaves_the_post_sent_and_the_next_round_goes_out(
    stage: Stage, server: Mastodon, move_clock: Move, app: Flask
) -> None:
    server.pinned = ["1", "2", "3", "4", "5"]
    broadcast = stage.release("update", interval=600, pin=True)
    go(stage)
    pin(stage)
    assert states() == [(True, "refused")]
    with db.unit_of_work() as session:
        row = session.scalars(select(Delivery).where(Delivery.kind == "mastodon")).one()
    assert (row.state, row.attempts) == ("sent", 1)
    page = client_for(app, stage.lisa).get(
        f"/incidents/{stage.incident.slug}/messages/{broadcast.message_id}"
    )
    assert "Gick inte att fästa. Inlägget är ute." in page.text
    assert "maximum number of posts" in page.text
    move_clock(timedelta(seconds=601))
    go(stage)
    pin(stage)
    assert len(posts(server)) == 2
    assert server.pinned == ["1", "2", "3", "4", "5"]
    assert not any(path.endswith("/unpin") for _method, path in server.requests)


@pytest.mark.parametrize(
    "effect", [effect for effect in Effect if effect not in (Effect.DEAD_KEY, Effect.TURNED_DOWN)]
)
def test_an_answer_that_is_spoilt_is_made_up_for_and_the_post_is_one(
    stage: Stage, server: Mastodon, move_clock: Move, effect: Effect, monkeypatch: Any
) -> None:
    monkeypatch.setattr(pins, "SECONDS", 2.0)
    stage.release("update", pin=True)
    go(stage)
    server.fault(effect, *PIN)
    pin(stage)
    assert states() == [(True, "queued")]
    move_clock(timedelta(seconds=10))
    pin(stage)
    assert server.pinned == ["1", *posts(server)]
    close(stage)
    server.fault(effect, *UNPIN)
    pin(stage)
    move_clock(timedelta(seconds=20))
    pin(stage)
    assert (server.pinned, len(posts(server))) == (["1"], 1)


def test_a_post_under_way_and_a_platform_that_asks_us_to_wait_are_waited_for(
    stage: Stage, server: Mastodon
) -> None:
    stage.release("update", pin=True)
    go(stage)
    with db.unit_of_work() as session:
        row = session.scalars(select(Delivery).where(Delivery.kind == "mastodon")).one()
        until = clock.now() + timedelta(minutes=1)
        session.add(Pace(key=row.pacing_key, not_before=until))
    assert pin(stage) == 0
    with db.unit_of_work() as session:
        session.get_one(Pace, row.pacing_key).not_before = clock.now()
        session.get_one(Delivery, row.id).state = "started"
    assert pin(stage) == 0
    with db.unit_of_work() as session:
        session.get_one(Delivery, row.id).state = "sent"
    assert pin(stage) == 1
    assert server.pinned == ["1", *posts(server)]


def test_a_pin_on_telegram_takes_a_messages_room(database: Settings, move_clock: Move) -> None:
    """A pin writes a line in the chat, and who writes too much there is shut out."""
    with telegram_server.Telegram() as server:
        settings = {"server": server.url, "chat": telegram_server.CHAT}
        stage = live(database, server, "telegram", settings, {"token": telegram_server.TOKEN})
        stage.release("update", pin=True)
        go(stage)
        assert pin(stage) == 0, "the post took this second's"
        move_clock(timedelta(seconds=3))
        assert pin(stage) == 1
        assert (server.pinned, server.sounds) == (posts(server), 0)
        with db.unit_of_work() as session:
            (pace,) = session.scalars(select(Pace)).all()
            assert pace.not_before > clock.now()


# Taken up again, once.


def test_a_worker_that_died_over_a_pin_leaves_it_to_the_next_and_is_not_heard(
    stage: Stage, server: Mastodon, move_clock: Move
) -> None:
    stage.release("update", pin=True)
    go(stage)
    with db.unit_of_work() as session:
        pinning.plan(session, clock.now())
    with db.unit_of_work() as session:
        (held,) = pinning.claim(session, 16, clock.now())
        old = held.token
    assert old is not None
    assert pin(stage) == 0
    move_clock(timedelta(seconds=31))
    assert pin(stage) == 1
    assert server.pinned == ["1", *posts(server)]
    with db.unit_of_work() as session:
        assert not pinning.remember(session, held.id, old, "")
        pinning.settle(
            session, held.id, old, lifted=False, reason="rights", certain=True, now=clock.now()
        )
    assert states() == [(True, "done")]


def test_two_workers_at_once_pin_a_post_once(stage: Stage, server: Mastodon) -> None:
    stage.release("update", pin=True)
    go(stage)
    with db.unit_of_work() as session:
        pinning.plan(session, clock.now())
    workers = [threading.Thread(target=pins.pin_posts, args=(stage.settings,)) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert [path for _m, path in server.requests if path.endswith("/pin")] == [
        f"/api/v1/statuses/{posts(server)[0]}/pin"
    ]


def test_what_is_decided_while_a_pin_is_under_way_is_done_after_it(
    stage: Stage, server: Mastodon
) -> None:
    stage.release("update", pin=True)
    go(stage)
    with db.unit_of_work() as session:
        pinning.plan(session, clock.now())
    with db.unit_of_work() as session:
        (held,) = pinning.claim(session, 16, clock.now())
        token = held.token
    assert token is not None
    server.pinned += posts(server)
    close(stage)
    assert pin(stage) == 0
    assert states() == [(False, "started")]
    with db.unit_of_work() as session:
        pinning.settle(
            session, held.id, token, lifted=False, reason="", certain=True, now=clock.now()
        )
    assert pin(stage) == 1
    assert (server.pinned, states()) == (["1"], [(False, "done")])


def test_what_is_decided_back_and_forth_before_anybody_acts_ends_as_it_was_decided_last(
    stage: Stage, server: Mastodon
) -> None:
    stage.release("update", pin=True)
    go(stage)
    pin(stage)
    for _press in range(2):
        correction = press(stage)
        with db.unit_of_work() as session:
            assert pinning.plan(session, clock.now()) == 1
        with db.unit_of_work() as session:
            drafts.withdraw(session, stage.lisa, correction, clock.now())
        with db.unit_of_work() as session:
            assert pinning.plan(session, clock.now()) == 1
    close(stage)
    pin(stage)
    assert (server.pinned, states()) == (["1"], [(False, "done")])


def test_a_right_that_is_missing_gives_nobody_anything_to_lift(
    stage: Stage, server: Mastodon
) -> None:
    server.scopes = tuple(set(server.scopes) - {"write:accounts"})
    stage.release("update", pin=True)
    go(stage)
    pin(stage)
    assert states() == [(True, "refused")]
    close(stage)
    assert pin(stage) == 0
    assert states() == [(False, "done")]
    with db.unit_of_work() as session:
        assert session.scalars(select(Notice).where(Notice.about.like("pin %"))).all() == []


def test_an_account_that_points_elsewhere_since_is_not_touched(
    stage: Stage, server: Mastodon
) -> None:
    stage.release("update", pin=True)
    go(stage)
    with db.unit_of_work() as session:
        account = session.scalars(select(Account).where(Account.kind == "mastodon")).one()
        account.settings = account.settings | {"account": "sunne"}
    pin(stage)
    assert [(one.state, one.reason) for one in rows()] == [("refused", "target_changed")]
    assert server.pinned == ["1"]


def test_an_account_that_nothing_can_be_made_of_keeps_no_other_post_from_standing_first(
    stage: Stage, server: Mastodon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lesson 8. Its settings were stored by hand, say, or by another version."""
    stage.release("update", pin=True)
    go(stage)

    def broken(row: Delivery, account: Account) -> None:
        raise KeyError("server")

    monkeypatch.setattr(pins, "target_of", broken)
    assert pin(stage) == 1, "the job goes on"
    assert [(one.state, one.reason) for one in rows()] == [("refused", "settings")]


# One place only.


@pytest.mark.parametrize("own", [True, False])
def test_on_bluesky_what_stood_first_stands_there_again_also_after_a_lost_answer(
    database: Settings, move_clock: Move, own: bool
) -> None:
    bluesky_session.HELD.clear()
    with bluesky_server.Bluesky() as server:
        account = server.add("torsby.example", "abcd")
        mine = {"uri": f"at://{account.did}/app.bsky.feed.post/own", "cid": "bafyown"}
        account.profile = {"displayName": "Torsby kommun"} | ({"pinnedPost": mine} if own else {})
        before = dict(account.profile)
        settings = {"service": server.url, "handle": "torsby.example"}
        stage = live(database, server, "bluesky", settings, {"app_password": "abcd"})
        stage.release("update", interval=600, pin=True)
        go(stage)
        server.fault(Effect.LOSE_ANSWER, "POST", "putRecord")
        pin(stage)
        assert account.profile["pinnedPost"]["uri"] == posts(server)[0]
        move_clock(timedelta(seconds=10))
        pin(stage)
        move_clock(timedelta(seconds=601))
        go(stage)
        # Not lifted before the next is pinned: it must not be taken for the municipality's own.
        server.fault(Effect.ERROR_BEFORE, "POST", "putRecord")
        pin(stage)
        assert account.profile["pinnedPost"]["uri"] == posts(server)[1]
        assert account.profile["displayName"] == "Torsby kommun"
        move_clock(timedelta(seconds=700))
        pin(stage)
        assert account.profile["pinnedPost"]["uri"] == posts(server)[1]
        close(stage)
        pin(stage)
        assert account.profile == before
        assert states() == [(False, "done")] * 2


def test_on_bluesky_what_the_municipality_pins_meanwhile_stays(database: Settings) -> None:
    bluesky_session.HELD.clear()
    with bluesky_server.Bluesky() as server:
        account = server.add("torsby.example", "abcd")
        settings = {"service": server.url, "handle": "torsby.example"}
        stage = live(database, server, "bluesky", settings, {"app_password": "abcd"})
        stage.release("update", pin=True)
        go(stage)
        pin(stage)
        account.profile = {"pinnedPost": {"uri": "at://a/b/own", "cid": "c"}}
        close(stage)
        pin(stage)
        assert account.profile == {"pinnedPost": {"uri": "at://a/b/own", "cid": "c"}}


# By hand.


def test_what_cannot_be_lifted_is_for_the_accounts_administrator_who_confirms(
    stage: Stage, server: Mastodon, app: Flask
) -> None:
    broadcast = stage.release("update", pin=True)
    go(stage)
    pin(stage)
    server.scopes = tuple(set(server.scopes) - {"write:accounts"})
    close(stage)
    pin(stage)
    (one,) = rows()
    assert (one.wanted, one.state) == (False, "by_hand")
    with db.unit_of_work() as session:
        told = session.scalars(select(Notice).where(Notice.about == f"pin {one.id}")).one()
    assert (told.person_id, told.kind) == (stage.olle.id, "by_hand")
    base = f"/incidents/{stage.incident.slug}"
    assert told.path == f"{base}/messages/{broadcast.message_id}#fast"
    olle = client_for(app, stage.olle)
    page = olle.get(f"{base}/messages/{broadcast.message_id}").text
    assert "Lossa inlägget för hand." in page and f"{base}/pins/{one.id}/lifted" in page
    with pytest.raises(NotAllowed), db.unit_of_work() as session:
        pinning.confirm(session, stage.karin, one.id, clock.now())
    olle.post(f"{base}/pins/{one.id}/lifted")
    assert states() == [(False, "done")]
    with pytest.raises(WrongState), db.unit_of_work() as session:
        pinning.confirm(session, stage.olle, one.id, clock.now())
    assert tags() == ["pin:set", "pin:by_hand", "pin:lifted"]
    assert olle.post("/incidents/annan/pins/1/lifted").status_code == 404


def test_what_cannot_be_lifted_is_for_who_stands_in_today_too(
    stage: Stage, server: Mastodon
) -> None:
    maja = stage.stand_in()
    stage.release("update", pin=True)
    go(stage)
    pin(stage)
    server.scopes = tuple(set(server.scopes) - {"write:accounts"})
    close(stage)
    pin(stage)
    (one,) = rows()
    with db.unit_of_work() as session:
        told = session.scalars(select(Notice).where(Notice.about == f"pin {one.id}")).all()
    assert {notice.person_id for notice in told} == {stage.olle.id, maja.id}
    tomorrow = clock.now() + timedelta(days=1)
    with pytest.raises(NotAllowed), db.unit_of_work() as session:
        pinning.confirm(session, maja, one.id, tomorrow)
    with db.unit_of_work() as session:
        pinning.confirm(session, maja, one.id, clock.now())
    assert states() == [(False, "done")]


# Decided where the text is read.


def test_writer_and_approver_see_where_it_stands_first_and_where_it_cannot(
    database: Settings, app: Flask
) -> None:
    stage = Stage(database, accounts=4)
    message = stage.write("update", pin=True)
    base = f"/incidents/{stage.incident.slug}"
    where = "Överst på Bluesky, Mastodon så länge det gäller. Går inte på Facebook, X."
    page = client_for(app, stage.lisa).get(f"{base}/messages/{message.id}").text
    assert "Fäst överst medan det gäller" in page and where in page
    version = stage.submit(message)
    karin = client_for(app, stage.karin)
    assert where in karin.get(f"{base}/approve/{version.id}").text
    plain = stage.submit(stage.write("rumour"))
    assert "Fästs" not in karin.get(f"{base}/approve/{plain.id}").text
    assert stage.approve(version).pins and not stage.approve(plain).pins


def test_where_nothing_can_be_pinned_nothing_is_promised(database: Settings, app: Flask) -> None:
    stage = Stage(database, accounts=2)
    message = stage.write("update", pin=True)
    page = client_for(app, stage.lisa).get(
        f"/incidents/{stage.incident.slug}/messages/{message.id}"
    )
    assert "Inget av kontona går att fästa på härifrån." in page.text
    stage.approve(stage.submit(message))
    go(stage)
    assert pin(stage) == 0


def test_the_approval_covers_it_and_texts_without_it_are_frozen_as_before(stage: Stage) -> None:
    with_pin = stage.submit(stage.write("rumour", pin=True))
    without = stage.submit(stage.write("rumour"))
    with db.unit_of_work() as session:
        one, other = (session.get_one(Version, v.id).canonical for v in (with_pin, without))
    assert '"pin":true' in one and '"pin"' not in other
    assert envelope.read(one, with_pin.content_hash).pin
    assert not envelope.read(other, without.content_hash).pin


def test_the_box_is_kept_in_the_draft_and_goes_on_with_the_next_text(
    stage: Stage, app: Flask
) -> None:
    lisa = client_for(app, stage.lisa)
    stage.release("update", pin=True)
    go(stage)
    base = f"/incidents/{stage.incident.slug}"
    lisa.post(f"{base}/messages", data={"kind": "no_news"})
    with db.unit_of_work() as session:
        draft = session.scalars(select(Message).order_by(Message.id.desc())).first()
        assert draft is not None and draft.fields["pin"] is True
    lisa.post(
        f"{base}/messages/{draft.id}", data={"do": "save", "revision": "1", "text": "Inget nytt."}
    )
    with db.unit_of_work() as session:
        assert "pin" not in session.get_one(Message, draft.id).fields


def test_every_chore_plans_pins(stage: Stage, server: Mastodon) -> None:
    stage.release("update", pin=True)
    go(stage)
    chores.see_to(mail=False)
    assert states() == [(True, "queued")]
    with db.unit_of_work() as session:
        assert pinning.has_work(session, clock.now())
        assert session.scalars(select(Broadcast)).one().pins
    assert set(pinning.PLATFORMS_THAT_PIN) < set(PLATFORMS)
