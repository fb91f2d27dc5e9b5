"""From the round to Instagram: the card is drawn, put out, fetched, published once, taken away."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import select

from console import clock, db
from console.accounts import readiness
from console.accounts.models import Account
from console.accounts.readiness_models import AccountReadiness
from console.cli.public import application
from console.config import Settings
from console.messages.models import Delivery, Round
from console.messages.operations import control, enqueuing
from console.pictures import drawing
from console.pictures.models import Picture
from console.timeline.models import Body, Entry
from simulators.base import Effect
from simulators.instagram import Instagram
from simulators.mastodon import TOKEN, Mastodon
from tests.stage import Stage
from tests.workers.test_fanout import released
from workers import fanout
from workers.cards import draw_cards
from workers.finding import find_posts
from workers.probing import probe_accounts
from workers.site import SiteProcess

Move = Callable[[timedelta], None]


@pytest.fixture
def instagram() -> Iterator[Instagram]:
    with Instagram() as server:
        server.fetches = True
        yield server


@pytest.fixture
def public(database: Settings) -> Iterator[Settings]:
    """The installation's settings, with its public site served for real."""
    ready, loop = threading.Event(), asyncio.new_event_loop()
    found: dict[str, int] = {}

    async def serve() -> None:
        runner = web.AppRunner(application(database.site_folder), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        found["port"] = int(runner.addresses[0][1])
        ready.set()

    def run() -> None:
        loop.run_until_complete(serve())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(5)
    yield replace(database, public_url=f"http://127.0.0.1:{found['port']}")
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)


def stage_on(settings: Settings, server: Instagram) -> Stage:
    return Stage(
        settings, accounts=1, exercise=False, kind="instagram", platforms=("instagram",),
        secret={"token": server.TOKEN},
        account_settings={"user_id": server.ACCOUNT, "api": server.url},
    )  # fmt: skip


def send(settings: Settings, server: Instagram | Mastodon, round_id: int) -> None:
    hosts = (f"127.0.0.1:{server.port}",)
    job = fanout.Fanout(round_id, 0, 1, "test", hosts, site_url=settings.public_url)
    asyncio.run(job.run())


def post() -> Delivery:
    with db.unit_of_work() as session:
        return session.scalars(
            select(Delivery).where(~Delivery.leading).order_by(Delivery.id.desc())
        ).first() or pytest.fail("there is no post")


def handed_out() -> list[int]:
    with db.unit_of_work() as session:
        return [job.round_id for job in enqueuing.to_enqueue(session, 1, clock.now())]


def put_out(settings: Settings) -> list[Path]:
    """What the site process puts where the world can fetch it."""
    SiteProcess(settings)._pictures()
    folder = settings.site_folder / "bild"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def picture() -> Picture:
    with db.unit_of_work() as session:
        found = session.scalars(select(Picture).order_by(Picture.id.desc())).first()
        assert found is not None
        session.refresh(found, ["data"])
        return found


def test_a_card_comes_out_on_instagram_with_its_alternative_text(
    public: Settings, instagram: Instagram
) -> None:
    round_id = released(stage_on(public, instagram))
    assert draw_cards() == 1
    (name,) = put_out(public)
    send(public, instagram, round_id)
    row, card = post(), picture()
    assert (row.state, row.reason) == ("sent", "")
    (shown,) = instagram.shown
    assert shown.text == row.content
    assert shown.extra["pictures"] == [(f"{public.public_url}/bild/{name.name}", card.alt)]
    assert shown.extra["image"] == card.data
    assert row.marker in card.alt and "Nu finns vattentankar" in card.alt
    with db.unit_of_work() as session:
        said = select(Body.canonical).join(Entry, Entry.n == Body.n)
        (sent,) = session.scalars(said.where(Body.canonical.contains('"text":')))
        assert card.digest and card.digest in str(sent)


def test_a_post_whose_card_is_drawn_late_does_not_wait_for_the_next_hand_out(
    public: Settings, instagram: Instagram
) -> None:
    round_id = released(stage_on(public, instagram))
    assert handed_out() == []  # the others have gone: nothing can be sent yet
    with db.unit_of_work() as session:
        session.get_one(Round, round_id).enqueued_at = clock.now()
    draw_cards()
    assert handed_out() == [round_id]


def test_nothing_is_in_public_before_the_release_and_after_the_last_post(
    public: Settings, instagram: Instagram
) -> None:
    stage = stage_on(public, instagram)
    stage.release("update")
    stage.tick()
    draw_cards()
    assert put_out(public) == [], "drawn, but its round isn't released: the website comes first"
    round_id = _release()
    assert len(put_out(public)) == 1
    send(public, instagram, round_id)
    assert post().state == "sent"
    assert put_out(public) == []


def test_what_is_stopped_is_taken_away(public: Settings, instagram: Instagram) -> None:
    stage = stage_on(public, instagram)
    released(stage)
    draw_cards()
    assert len(put_out(public)) == 1
    with db.unit_of_work() as session:
        control.stop_all(session, stage.lisa, stage.incident.id, clock.now())
    assert put_out(public) == []


def test_an_exercises_card_is_never_in_public(public: Settings) -> None:
    released(Stage(public, accounts=1, platforms=("instagram",)))
    draw_cards()
    assert put_out(public) == []


def test_a_picture_that_is_not_out_yet_is_tried_again_and_nothing_is_doubled(
    public: Settings, instagram: Instagram, move_clock: Move
) -> None:
    round_id = released(stage_on(public, instagram))
    draw_cards()
    send(public, instagram, round_id)
    assert post().state == "retry" and not instagram.shown
    put_out(public)
    move_clock(timedelta(seconds=10))
    send(public, instagram, round_id)
    assert post().state == "sent" and len(instagram.shown) == 1


def test_a_worker_killed_between_container_and_publishing_never_makes_two(
    public: Settings, instagram: Instagram, move_clock: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The container is in the row before it is published. Asked, it says that it isn't out; a
    minute later that very container is published, by another worker."""
    round_id = released(stage_on(public, instagram))
    draw_cards()
    put_out(public)
    _die_before_publishing(monkeypatch)
    send(public, instagram, round_id)
    row = post()
    assert row.state == "unknown" and list(instagram.containers) == [row.container]
    _find_until_proven(public, instagram, move_clock)
    assert (post().state, post().reason) == ("queued", "looked_for")
    put_out(public)
    send(public, instagram, round_id)
    assert post().state == "sent"
    assert (len(instagram.shown), len(instagram.containers)) == (1, 1)


def test_a_container_that_was_published_after_all_is_never_published_again(
    public: Settings, instagram: Instagram, move_clock: Move
) -> None:
    round_id = released(stage_on(public, instagram))
    draw_cards()
    put_out(public)
    instagram.fault(Effect.LOSE_ANSWER, "POST", "/media_publish$")
    instagram.lists_late = True
    send(public, instagram, round_id)
    _find_until_proven(public, instagram, move_clock)
    assert post().state == "unknown", "its container says that it is out: nobody sends it again"
    assert len(instagram.shown) == 1


def test_every_attempt_carries_the_same_bytes(
    database: Settings, move_clock: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Mastodon(now=lambda: clock.now().timestamp()) as server:
        stage = Stage(
            database, accounts=1, exercise=False, kind="mastodon", platforms=("mastodon",),
            cards=True, secret={"token": TOKEN},
            account_settings={
                "server": server.url, "account": server.account, "software": server.software,
            },
        )  # fmt: skip
        round_id = released(stage)
        draw_cards()
        server.fault(Effect.ERROR_BEFORE, "POST", r"/api/v1/statuses$")
        send(database, server, round_id)
        monkeypatch.setattr(drawing, "draw", _never)
        move_clock(timedelta(seconds=30))
        draw_cards()
        send(database, server, round_id)
        carried = [one["of"] for one in server.pictures.values()]
    assert carried and set(carried) == {picture().data}
    assert len(server.shown) == 1


def test_a_drawing_that_breaks_leaves_a_persons_task_and_no_silence(
    database: Settings, instagram: Instagram, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_card: Any) -> bytes:
        raise drawing.CannotDraw("no")

    released(stage_on(database, instagram))
    monkeypatch.setattr(drawing, "draw", broken)
    assert draw_cards() == 0
    assert (post().state, post().reason) == ("by_hand", "no_card")


@pytest.mark.parametrize(
    ("address", "reason"),
    [("https://kris.torsby.se", ""), ("http://127.0.0.1:8001", "no_address"),
     ("https://kris.local", "no_address")],
)  # fmt: skip
def test_readiness_says_that_instagram_cannot_fetch_from_where_nobody_can(
    database: Settings, instagram: Instagram, address: str, reason: str
) -> None:
    stage_on(database, instagram)
    hosts = (f"127.0.0.1:{instagram.port}",)
    assert probe_accounts(replace(database, public_url=address, allow_hosts=hosts)) == 1
    with db.unit_of_work() as session:
        assert session.scalars(select(AccountReadiness.reason)).one() == reason
        number = session.scalars(select(Account.id).where(Account.kind == "instagram")).one()
        (standing,) = readiness.standings(session, clock.now(), [number])
    assert ("BUDKAVLE_PUBLIC_URL" in standing.sentence) is bool(reason)


def _never(_card: Any) -> bytes:
    raise AssertionError("it is drawn once")


def _release() -> int:
    with db.unit_of_work() as session:
        row = session.scalars(select(Round)).one()
        row.released_at = clock.now()
        for one in session.scalars(select(Delivery).where(Delivery.leading)):
            one.state = "sent"
        return row.id


def _die_before_publishing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a kill would: the row is started, its container kept, and nothing more is heard."""
    kept = fanout.Fanout._remember

    async def die(self: fanout.Fanout, row: Any, container: str) -> None:
        await kept(self, row, container)
        monkeypatch.setattr(fanout.Fanout, "_remember", kept)
        raise asyncio.CancelledError

    monkeypatch.setattr(fanout.Fanout, "_remember", die)


def _find_until_proven(settings: Settings, server: Instagram, move_clock: Move) -> None:
    hosts = (f"127.0.0.1:{server.port}",)
    for seconds in (6, 22, 70, 140):
        move_clock(timedelta(seconds=seconds))
        find_posts(replace(settings, allow_hosts=hosts))
