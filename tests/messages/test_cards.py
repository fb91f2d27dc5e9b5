"""A message's card: frozen with the text, made for each round, and never waited for too long."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from console import clock, db
from console.accounts.models import Account
from console.config import Settings
from console.messages import envelope, rules
from console.messages.models import Broadcast, Delivery, Version, VersionPart
from console.messages.operations import approve, cards, delivery, enqueuing, promises, rounds
from console.pictures import operations as pictures
from console.pictures.models import Picture
from tests.stage import FIELDS, Stage

Move = Callable[[timedelta], None]
BOTH = ("instagram", "x")
"""The first needs a picture, the second does without."""


@pytest.fixture
def stage(database: Settings) -> Stage:
    return Stage(database, platforms=BOTH)


def rows() -> dict[str, Delivery]:
    """Platform → its newest post in Swedish."""
    with db.unit_of_work() as session:
        query = select(Account.platform, Delivery).join(Delivery).where(Delivery.language == "sv")
        return {one[0]: one[1] for one in session.execute(query.order_by(Delivery.id))}


def card() -> dict[str, Any]:
    """What the newest picture is drawn from."""
    with db.unit_of_work() as session:
        return session.scalars(select(Picture.content).order_by(Picture.id.desc())).first() or {}


def sendable() -> set[int]:
    """Accounts that a worker would be given something for."""
    with db.unit_of_work() as session:
        now = clock.now()
        found: set[int] = set()
        for job in enqueuing.to_enqueue(session, 1, now):
            keys = dict.fromkeys(delivery.keys_to_send(session, job.round_id, 0, 1), 64)
            got = delivery.claim(session, job.round_id, 0, 1, keys, uuid.uuid4())
            found |= {one.account_id for one in got}
        session.rollback()
        return found


def open_round() -> None:
    """As if the website stood."""
    with db.unit_of_work() as session:
        session.execute(update(Delivery).where(Delivery.leading).values(state="sent"))
        rounds.release_followers(session, clock.now())


@pytest.mark.parametrize("kind", [one for one in rules.MessageType if one != "correction"])
def test_every_type_has_a_card_with_its_own_words(stage: Stage, kind: str) -> None:
    if kind == "all_clear":
        stage.release("first")
        stage.tick()
    stage.release(kind)
    stage.tick()
    made = card()
    assert (made["kind"], made["size"], made["language"]) == (kind, "portrait", "sv")
    assert made["exercise"].startswith("ÖVNING.")
    assert made["sender"] == "Torsby kommun"
    words = made["words"]
    said = f"{words['headline']} {words['body']}"
    assert FIELDS[kind]["text"] in said
    assert made["lines"][0] == rows()["instagram"].marker
    assert words["plate"] is bool(FIELDS[kind].get("instruction"))


def test_only_who_gets_a_card_waits_for_one(stage: Stage) -> None:
    stage.release("first")
    stage.tick()
    made = rows()
    assert made["instagram"].picture_id is not None
    assert made["x"].picture_id is None


def test_nothing_that_was_frozen_before_there_were_cards_hashes_otherwise(
    database: Settings,
) -> None:
    """Without a card nothing of it stands in the envelope, nor in the translation."""
    stage = Stage(database, platforms=("x", "facebook"))
    english = {"headline": "Boil your water.", "body": "We have found signs of bacteria."}
    version = stage.submit(stage.write("first", en=english))
    assert "card" not in version.canonical
    with db.unit_of_work() as session:
        part = session.scalars(select(VersionPart)).one()
        assert "card" not in part.canonical
    frozen = envelope.read(version.canonical, version.content_hash)
    assert frozen.cards is None and {one.card for one in frozen.targets} == {""}


def test_the_cards_words_are_part_of_what_is_approved(stage: Stage) -> None:
    version = stage.submit(stage.write("first"))
    data = json.loads(version.canonical)
    data["cards"]["shapes"]["portrait"]["headline"] = "Drick vattnet."
    with pytest.raises(Exception, match="inte den som godkändes"):
        envelope.read(json.dumps(data), version.content_hash)


def test_a_text_of_5000_characters_is_shortened_and_says_where_it_stands(stage: Stage) -> None:
    text = ("Vi har hittat bakterier i vattnet och letar efter orsaken. " * 90)[:5000]
    stage.release("update", text=text, may_cut=True, short_text="Bakterier i vattnet.")
    stage.tick()
    made = card()
    assert made["words"]["cut"] and made["more"] == "Läs hela texten på"
    assert made["address"].endswith(stage.incident.slug)


def test_each_round_has_a_card_of_its_own_and_accounts_share_it(
    database: Settings, move_clock: Move
) -> None:
    stage = Stage(database, accounts=4, platforms=("instagram",))
    stage.release("first", interval=60)
    stage.tick()
    move_clock(timedelta(seconds=61))
    stage.tick()
    with db.unit_of_work() as session:
        drawn = Counter(session.scalars(select(Delivery.picture_id).where(~Delivery.leading)))
    assert sorted(drawn.values()) == [4, 4]


def test_a_language_has_its_own_card_once_it_is_approved(database: Settings) -> None:
    stage = Stage(database, accounts=1, platforms=("instagram",))
    with db.unit_of_work() as session:
        session.execute(update(Account).values(languages=["sv", "en"]))
    english = {"headline": "Boil your tap water.", "body": "We have found signs of bacteria."}
    version = stage.submit(stage.write("first", en=english))
    with db.unit_of_work() as session:
        part = session.scalars(select(VersionPart)).one()
        approve.approve_part(session, stage.karin, part.id, part.content_hash, clock.now())
    stage.approve(version)
    stage.tick()
    with db.unit_of_work() as session:
        found = {one.content["language"]: one for one in session.scalars(select(Picture))}
    assert set(found) == {"sv", "en"}
    assert found["en"].content["words"]["headline"] == "Boil your tap water."
    assert found["en"].alt.startswith("EXERCISE. This is an exercise. Torsby kommun.")


def test_what_still_applies_is_said_with_the_words_approved_for_it(
    stage: Stage, move_clock: Move
) -> None:
    broadcast = stage.release(
        "first", interval=600, still_times=2, promise_at=_in(minutes=60), rounds=12
    )
    stage.tick()
    move_clock(timedelta(minutes=55))
    with db.unit_of_work() as session:
        row = session.get_one(Broadcast, broadcast.id)
        promises.still_valid(session, stage.lisa, row.id, row.still_used + 1, clock.now())
    stage.tick()
    move_clock(timedelta(minutes=61))
    stage.tick()
    made = card()
    assert made["lines"][1].startswith("Inget nytt sedan")
    assert "gäller fortfarande" in made["words"]["body"]


def test_a_text_account_never_waits_for_anothers_card(stage: Stage) -> None:
    stage.release("first")
    stage.tick()
    open_round()
    made = rows()
    assert sendable() == {made["x"].account_id}
    with db.unit_of_work() as session:
        pictures.drawn(session, made["instagram"].picture_id or 0, b"\xff\xd8", clock.now())
    assert sendable() == {made["x"].account_id, made["instagram"].account_id}


def test_the_first_bytes_count_whoever_draws(stage: Stage) -> None:
    stage.release("first")
    stage.tick()
    number = rows()["instagram"].picture_id or 0
    for data, kept in ((b"one", True), (b"two", False)):
        with db.unit_of_work() as session:
            assert pictures.drawn(session, number, data, clock.now()) is kept
    with db.unit_of_work() as session:
        assert pictures.drawn_among(session, [number])[0].data == b"one"


def live(settings: Settings) -> Stage:
    """Both accounts connected; nothing is sent in these tests."""
    return Stage(
        settings, accounts=2, platforms=BOTH, exercise=False, kind="instagram",
        account_settings={"user_id": "17841400000000000"}, secret={"token": "abc"},
    )  # fmt: skip


def fail_whole(picture_id: int) -> None:
    for _ in range(pictures.MOST_ATTEMPTS):
        with db.unit_of_work() as session:
            assert pictures.claim(session, clock.now()) is not None
            cards.failed(session, picture_id, clock.now())


def test_a_card_that_cannot_be_drawn_is_a_persons_task_where_there_is_no_post_without(
    database: Settings,
) -> None:
    stage = live(database)
    stage.release("first")
    stage.tick()
    open_round()
    fail_whole(rows()["instagram"].picture_id or 0)
    row = rows()["instagram"]
    assert (row.state, row.reason) == ("by_hand", "no_card")
    assert row.account_id not in sendable()


def test_the_next_rounds_card_ends_the_task_of_the_one_that_could_not_be_made(
    database: Settings, move_clock: Move
) -> None:
    """Nobody publishes an old text by hand after a newer one went out by itself."""
    stage = live(database)
    stage.release("first", interval=60)
    stage.tick()
    fail_whole(rows()["instagram"].picture_id or 0)
    old = rows()["instagram"].id
    move_clock(timedelta(seconds=61))
    stage.tick()
    assert rows()["instagram"].state == "queued"
    with db.unit_of_work() as session:
        row = session.get_one(Delivery, old)
        assert (row.state, row.reason) == ("expired", "newer_text")


def test_elsewhere_the_text_goes_out_without_it(database: Settings) -> None:
    stage = Stage(database, accounts=1, platforms=("mastodon",), cards=True)
    stage.release("first")
    stage.tick()
    open_round()
    row = rows()["mastodon"]
    assert sendable() == set()
    fail_whole(row.picture_id or 0)
    assert rows()["mastodon"].state == "queued"
    assert sendable() == {row.account_id}


@pytest.mark.parametrize(("interval", "longest"), [(1800, 60), (60, 30)])
def test_nobody_waits_for_a_card_longer_than_a_minute_or_half_the_rounds_time(
    database: Settings, move_clock: Move, interval: int, longest: int
) -> None:
    """Even if no worker ever draws."""
    stage = live(database)
    stage.release("first", interval=interval)
    stage.tick()
    move_clock(timedelta(seconds=longest - 2))
    with db.unit_of_work() as session:
        assert cards.give_up(session, clock.now()) == 0
    move_clock(timedelta(seconds=longest + 1))
    with db.unit_of_work() as session:
        assert cards.give_up(session, clock.now()) == 1
    assert rows()["instagram"].state == "by_hand"


def test_a_drawer_that_is_killed_is_followed_by_another(stage: Stage, move_clock: Move) -> None:
    stage.release("first")
    stage.tick()
    with db.unit_of_work() as session:
        assert pictures.claim(session, clock.now()) is not None
        assert pictures.claim(session, clock.now()) is None, "somebody is at it"
    move_clock(pictures.LEASE + timedelta(seconds=1))
    with db.unit_of_work() as session:
        assert pictures.due(session, clock.now())
        assert pictures.claim(session, clock.now()) is not None


def test_a_post_with_a_card_is_corrected_by_a_new_one(database: Settings) -> None:
    """An edit would leave the error standing in the picture."""
    stage = Stage(database, accounts=2, platforms=("mastodon",))
    first = stage.account_ids[1]
    with db.unit_of_work() as session:
        session.execute(update(Account).where(Account.id == first).values(card=True))
    stage.release("update")
    stage.tick()
    with db.unit_of_work() as session:
        session.execute(
            update(Delivery).values(state="sent", remote_id="1", settled_at=clock.now())
        )
        wrong = session.scalars(select(Version.message_id)).one()
    stage.release("correction", corrects=wrong)
    stage.tick()
    with db.unit_of_work() as session:
        acts = dict(
            session.execute(
                select(Delivery.account_id, Delivery.act).where(
                    Delivery.message_id != wrong, ~Delivery.leading
                )
            ).all()
        )
    assert acts[first] == "post"
    assert acts[stage.account_ids[2]] == "edit"
    made = card()
    assert made["label"] == "Rättelse"
    assert made["words"]["headline"] == "Även Oleby ska koka vattnet."
    assert made["words"]["body"] == "Det här var fel: Oleby berörs inte."


def _in(**so_long: float) -> str:
    return (clock.now() + timedelta(**so_long)).isoformat()
