"""A real WordPress under a lock: its own feed tells what the console didn't send."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from console import clock, db
from console.config import Settings
from console.incidents.models import Lock
from console.messages.models import Delivery
from console.monitoring.feed_models import FeedSource
from tests.monitoring import walls
from tests.monitoring.walls import alarms, look
from tests.peers.wordpress import Site
from tests.stage import Stage
from tests.workers.test_fanout import released
from workers import fanout
from workers.feeds import FeedProcess


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(Path(tmp_path_factory.mktemp("wordpress"))) as site:
        yield site


def poll(settings: Settings, site: Site) -> None:
    """One polling round of the feeds process, over HTTP. It asks for the whole answer: WordPress
    dates its feed in whole seconds, and here two rounds may come in one."""
    opened = replace(settings, allow_hosts=(f"127.0.0.1:{site.port}",))
    with db.unit_of_work() as session:
        for source in session.scalars(select(FeedSource)):
            source.busy_at = source.calm_at = clock.now()
            source.etag = source.last_modified = ""
    assert asyncio.run(FeedProcess(opened, gap=0.0).read_due()) == 1


def test_a_post_around_the_lock_is_an_alarm_in_one_polling_round_and_ours_never_are(
    database: Settings, site: Site
) -> None:
    user = site.user("torsby")
    stage = Stage(
        database, accounts=1, exercise=False, kind="wordpress", platforms=("wordpress",),
        account_settings={"site": site.url, "user": user.name},
        secret={"password": user.password},
    )  # fmt: skip
    with db.unit_of_work() as session:
        now = clock.now()
        session.add(FeedSource(
            account_id=stage.account_ids[1], name="Bloggen", form="feed",
            asked_address=f"{site.url}/feed/", address=f"{site.url}/feed/", added_at=now,
            added_by_id=stage.lisa.id, calm_at=now, busy_at=now,
        ))  # fmt: skip
    poll(database, site)
    assert look() == 0, "the site's first post is older than the lock"

    hosts = (f"127.0.0.1:{site.port}",)
    for kind in ("first", "update", "no_news"):
        round_id = released(stage, kind)
        asyncio.run(fanout.Fanout(round_id, 0, 1, "test", hosts).run())
    with db.unit_of_work() as session:
        followers = select(Delivery).where(~Delivery.leading)
        states = [one.state for one in session.scalars(followers.order_by(Delivery.id))]
    assert states == ["sent"] * 3 and len(user.posts()) == 3
    poll(database, site)
    assert look() == 0 and not alarms()

    other = site.user("kultur")
    odd = other.call("POST", "/posts", {
        "status": "publish", "title": "Konsert i parken", "content": "Ta med filt och korg.",
    })  # fmt: skip
    poll(database, site)
    assert look() == 1
    (alarm,) = alarms()
    assert (alarm.kind, alarm.sure) == ("around", True)
    assert alarm.item.link == odd["link"] and "filt" in alarm.item.content
    with db.unit_of_work() as session:
        lock = session.scalars(select(Lock).where(Lock.account_id == alarm.account_id)).one()
        assert alarm.item.at is not None and alarm.item.at >= lock.since.replace(microsecond=0)
    assert [one.person_id for one in walls.told(alarm)] == [stage.olle.id, stage.lisa.id]

    ours = user.posts()[0]
    site.admin.call("POST", f"/posts/{ours['id']}", {"content": "<p>Vattnet är bra igen.</p>"})
    poll(database, site)
    assert look() == 1
    assert [one.kind for one in alarms()] == ["around", "changed"]
