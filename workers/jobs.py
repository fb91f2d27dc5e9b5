"""The jobs, as thin as views: what is asked for, one verb, done. All run as *system*."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from console.config import Settings
from console.people.rules import Permission
from workers import (
    account_notices,
    archiving,
    cards,
    exporting,
    finding,
    letters,
    monday,
    notices,
    own_addresses,
    pins,
    probing,
    removals,
    renewing,
    start_pages,
    worker,
)
from workers.fanout import Fanout

P = ParamSpec("P")
R = TypeVar("R")


def needs(permission: Permission) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """State what a job runs as. The queue hands out nothing that hasn't stated it."""

    def state(job: Callable[P, R]) -> Callable[P, R]:
        job.permission = permission  # type: ignore[attr-defined]
        return job

    return state


@needs(Permission.SYSTEM)
def deliver(round_id: int, shard: int, shards: int) -> None:
    """Send a round's posts of one shard.

    Args:
        shard: from 0; `shards`: how many there are.
    """
    settings: Settings = worker.settings()
    fanout = Fanout(
        round_id, shard, shards, worker.name(), settings.allow_hosts,
        console_url=settings.console_url, site_url=settings.public_url,
        mail=bool(settings.smtp_url),
    )  # fmt: skip
    asyncio.run(fanout.run())


@needs(Permission.SYSTEM)
def draw_cards() -> None:
    """Draw the text cards that posts wait for."""
    cards.draw_cards()


@needs(Permission.SYSTEM)
def find_posts() -> None:
    """Look on the platforms for posts whose answer was lost."""
    finding.find_posts(worker.settings())


@needs(Permission.SYSTEM)
def probe_accounts() -> None:
    """Ask the platforms whether posts would be taken."""
    probing.probe_accounts(worker.settings())


@needs(Permission.SYSTEM)
def renew_keys() -> None:
    """Renew the keys that would soon die."""
    renewing.renew_keys(worker.settings())


@needs(Permission.SYSTEM)
def look_at_start_pages() -> None:
    """Look whether the municipality's own start page shows what applies."""
    start_pages.look_at_start_pages(worker.settings())


@needs(Permission.SYSTEM)
def remove_posts() -> None:
    """Delete the posts that somebody has decided are to go."""
    removals.remove_posts(worker.settings())


@needs(Permission.SYSTEM)
def pin_posts() -> None:
    """Make posts stand first on their accounts, or let them stand there no more."""
    pins.pin_posts(worker.settings())


@needs(Permission.SYSTEM)
def send_notices() -> None:
    """Mail the notices that are queued."""
    notices.send_notices()
    account_notices.send_notices()
    monday.send_mails()
    archiving.send_mails()


@needs(Permission.SYSTEM)
def send_letters() -> None:
    """Ask citizens whether they want an account's messages."""
    letters.send_letters(worker.settings())


@needs(Permission.SYSTEM)
def write_monday_mails() -> None:
    """Look at what waits for the next few people, and queue their Monday mail."""
    monday.write_mails(worker.settings(), worker.app())


@needs(Permission.SYSTEM)
def write_exports() -> None:
    """Begin the next export of a timeline, and take away those whose time is up."""
    exporting.start(worker.settings())


@needs(Permission.SYSTEM)
def make_packages() -> None:
    """Pack what is handed over to archive and registry, and take away what is too old."""
    archiving.make_packages(worker.settings(), worker.app())


@needs(Permission.SYSTEM)
def send_own_addresses() -> None:
    """Send what is queued to people's own addresses."""
    own_addresses.send_own()
