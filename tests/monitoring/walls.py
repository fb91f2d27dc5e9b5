"""Accounts as their feeds show them: Mastodon's, Bluesky's and WordPress's way, read as the feeds
process reads them."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.feeds import xml
from console import clock, db
from console.accounts.models import Account
from console.incidents.models import Notice
from console.messages.models import Delivery, Round
from console.monitoring import lock_watch
from console.monitoring.feed_models import FeedItem, FeedSource
from console.monitoring.feed_operations import Outcome, save
from console.monitoring.lock_models import LockAlarm
from console.timeline.models import Body, Entry
from tests.stage import Stage

SHAPES = ("mastodon", "bluesky", "wordpress")
SHOWN = 40
"""Items of a feed."""
_numbers = count(1)


@dataclass
class Shown:
    """One post as the platform has it."""

    number: int
    text: str
    title: str
    at: datetime
    there: bool = True


@dataclass
class Wall:
    """An account on a platform: `read()` is a polling round of its feed."""

    account_id: int
    shape: str
    source_id: int
    posts: list[Shown] = field(default_factory=list)

    def publish(self, text: str, title: str = "", at: datetime | None = None) -> Shown:
        made = Shown(next(_numbers) + 110_000_000_000_000_000, text, title, at or clock.now())
        self.posts.append(made)
        return made

    def link(self, post: Shown) -> str:
        return {
            "mastodon": f"https://mastodon.example/@konto{self.account_id}/{post.number}",
            "bluesky": f"https://bsky.app/profile/k{self.account_id}.example/post/3k{post.number}",
            "wordpress": f"https://blogg{self.account_id}.example/budkavle-{post.number}/",
        }[self.shape]

    def remote_id(self, post: Shown) -> str:
        if self.shape == "bluesky":
            return f"at://did:plc:k{self.account_id}/app.bsky.feed.post/3k{post.number}"
        return str(post.number)

    def feed(self) -> bytes:
        there = sorted((one for one in self.posts if one.there), key=lambda one: one.at)
        rows = "".join(self._item(one) for one in reversed(there[-SHOWN:]))
        return f'<?xml version="1.0"?><rss version="2.0"><channel>{rows}</channel></rss>'.encode()

    def read(self) -> int:
        """Returns how many items were news."""
        return read_all([self])

    def _item(self, post: Shown) -> str:
        words, title, guid = html.escape(post.text), "", self.link(post)
        if self.shape == "mastodon":
            said = "<p>" + words.replace("\n\n", "</p><p>").replace("\n", "<br />") + "</p>"
        elif self.shape == "bluesky":
            said, guid = words, self.remote_id(post)
        else:
            first = post.title or post.text.partition("\n")[0]
            title = f"<title>{html.escape(first)}</title>"
            guid = f"https://blogg{self.account_id}.example/?p={post.number}"
            some = words.split()
            said = " ".join(some[:55]) + (" [&hellip;]" if len(some) > 55 else "")
        return (
            f"<item>{title}<link>{self.link(post)}</link><guid>{guid}</guid>"
            f"<pubDate>{format_datetime(post.at)}</pubDate>"
            f"<description>{html.escape(said)}</description></item>"
        )


def walls(stage: Stage) -> list[Wall]:
    """A wall with a followed feed for each account beside the website, begun an hour ago."""
    with db.unit_of_work() as session:
        now = clock.now()
        found = []
        for place, number in enumerate(stage.account_ids[1:]):
            account = session.get_one(Account, number)
            address = f"https://feeds.example/{number}"
            source = FeedSource(
                account_id=number, name=account.name, form="feed", asked_address=address,
                address=address, added_at=now - timedelta(hours=1), added_by_id=stage.lisa.id,
                calm_at=now, busy_at=now, read_at=now - timedelta(minutes=30),
            )  # fmt: skip
            session.add(source)
            session.flush()
            found.append(Wall(number, SHAPES[place % len(SHAPES)], source.id))
        return found


def read_all(given: Iterable[Wall]) -> int:
    """A polling round of several feeds. Returns how many items were news."""
    outcomes = [
        Outcome(source_id=one.source_id, items=xml.read(one.feed(), "application/rss+xml").items)
        for one in given
    ]
    with db.unit_of_work() as session:
        return save(session, outcomes, clock.now())


def look() -> int:
    """What the ticker does: returns how many alarms were raised."""
    with db.unit_of_work() as session:
        return lock_watch.look(session, clock.now(), mail=False)


def alarms() -> Sequence[LockAlarm]:
    with db.unit_of_work() as session:
        return session.scalars(select(LockAlarm).order_by(LockAlarm.id)).all()


def told(alarm: LockAlarm) -> list[Notice]:
    with db.unit_of_work() as session:
        query = select(Notice).where(Notice.about == f"lock alarm {alarm.id}")
        return list(session.scalars(query.order_by(Notice.id)))


def logged(tag: str) -> list[Entry]:
    with db.unit_of_work() as session:
        return list(session.scalars(select(Entry).where(Entry.tag == tag).order_by(Entry.n)))


def facts(entry: Entry) -> str:
    with db.unit_of_work() as session:
        return session.get_one(Body, entry.n).canonical or ""


def items(wall: Wall) -> list[FeedItem]:
    with db.unit_of_work() as session:
        query = select(FeedItem).where(FeedItem.source_id == wall.source_id)
        return list(session.scalars(query.order_by(FeedItem.id)))


_open: list[Session] = []


@contextmanager
def together() -> Iterator[None]:
    """What is written of deliveries inside is one unit of work."""
    with db.unit_of_work() as session:
        _open.append(session)
        try:
            yield
        finally:
            _open.clear()


@contextmanager
def delivery(number: int) -> Iterator[Delivery]:
    """To write what a worker or a person would."""
    if _open:
        yield _open[0].get_one(Delivery, number)
        return
    with db.unit_of_work() as session:
        yield session.get_one(Delivery, number)


def queued(act: str = "post") -> list[Delivery]:
    """What the newest round asks of the accounts beside the website."""
    with db.unit_of_work() as session:
        newest = select(Round.id).order_by(Round.id.desc()).limit(1).scalar_subquery()
        query = select(Delivery).where(
            Delivery.round_id == newest, Delivery.act == act, ~Delivery.leading
        )
        return list(session.scalars(query.order_by(Delivery.id)))


def begin(row: Delivery) -> None:
    with delivery(row.id) as one:
        one.state, one.started_at, one.attempts = "started", clock.now(), 1


def lose(row: Delivery) -> None:
    """The answer never came."""
    with delivery(row.id) as one:
        one.state, one.maybe_out, one.settled_at = "unknown", True, clock.now()


def settle(row: Delivery, wall: Wall, shown: Shown, **more: Any) -> None:
    """The platform's answer has come, or it was found."""
    with delivery(row.id) as one:
        one.state, one.settled_at = "sent", clock.now()
        one.remote_id, one.remote_link = wall.remote_id(shown), wall.link(shown)
        for name, value in more.items():
            setattr(one, name, value)


def hand_over(row: Delivery) -> None:
    with delivery(row.id) as one:
        one.state, one.kind = "by_hand", "by_hand"


def confirm(row: Delivery, link: str = "") -> None:
    with delivery(row.id) as one:
        one.state, one.settled_at, one.remote_link = "confirmed", clock.now(), link or None
