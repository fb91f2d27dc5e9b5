"""What the daily asking learns of a server, and where that goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from channels.registry import load
from console import clock, db, sealing
from console.accounts.models import Account
from console.accounts.readiness_models import AccountReadiness
from console.config import Settings
from console.messages.models import Delivery
from simulators.mastodon import TOKEN, Mastodon
from tests.accounts.timeline import entries
from tests.stage import Stage
from workers import probing, ticker


@pytest.fixture
def mastodon() -> Iterator[Mastodon]:
    with Mastodon(characters=1_500, now=lambda: clock.now().timestamp()) as server:
        yield server


def stage_on(settings: Settings, server: Mastodon, **more: Any) -> None:
    Stage(
        settings, accounts=1, kind="mastodon", secret={"token": TOKEN},
        account_settings={"server": server.url, "account": server.account, **more},
    )  # fmt: skip


def probe(settings: Settings, server: Mastodon) -> None:
    probing.probe_accounts(replace(settings, allow_hosts=(f"127.0.0.1:{server.port}",)))


def account() -> Account:
    with db.unit_of_work() as session:
        query = select(Account).where(Account.kind == "mastodon")
        return session.scalars(query.order_by(Account.id)).one()


def test_texts_are_counted_by_the_servers_own_limit_once_it_has_been_asked(
    database: Settings, mastodon: Mastodon
) -> None:
    stage_on(database, mastodon)
    probe(database, mastodon)
    found = account()
    assert found.settings["characters"] == 1_500 and found.settings["software"] == "mastodon"
    channel = load("mastodon")
    parsed = channel.parse(found.settings, sealing.unseal(found.secret))
    assert channel.limit(parsed).most == 1_500
    (said,) = entries("account:learned")
    assert said["facts"]["settings"] == ["characters", "software"]
    with db.unit_of_work() as session:
        session.scalars(select(AccountReadiness)).one().next_at = clock.now()
    probe(database, mastodon)
    assert len(entries("account:learned")) == 1, "nothing new, nothing said"


def test_a_server_that_is_not_what_somebody_wrote_is_no_longer_trusted_with_keys(
    database: Settings, mastodon: Mastodon
) -> None:
    mastodon.software = "pixelfed"
    stage_on(database, mastodon, software="mastodon")
    probe(database, mastodon)
    assert account().settings["software"] == "pixelfed"
    with db.unit_of_work() as session:
        row = session.scalars(select(AccountReadiness)).one()
        assert row.reason == "" and row.answered_at is not None


def test_what_another_server_said_goes_into_no_settings_that_changed_meanwhile(
    database: Settings, mastodon: Mastodon, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage_on(database, mastodon)
    real = probing._keep

    def late(*args: Any) -> None:
        with db.unit_of_work() as session:
            one = session.scalars(select(Account).where(Account.kind == "mastodon")).one()
            one.settings = {"server": "https://annan.example", "account": "torsby"}
        real(*args)

    monkeypatch.setattr(probing, "_keep", late)
    probe(database, mastodon)
    assert account().settings == {"server": "https://annan.example", "account": "torsby"}


def test_nobody_is_asked_anything_while_posts_leave(database: Settings, mastodon: Mastodon) -> None:
    stage = Stage(
        database, accounts=1, exercise=False, kind="mastodon", secret={"token": TOKEN},
        platforms=("mastodon",),
        account_settings={"server": mastodon.url, "account": mastodon.account},
    )  # fmt: skip
    stage.release("rumour")
    assert stage.tick() == 1
    probe(database, mastodon)
    assert mastodon.requests == [] and waiting_to_be_asked() == "not now"
    with db.unit_of_work() as session:
        session.execute(update(Delivery).values(state="sent", settled_at=clock.now()))
    assert waiting_to_be_asked() == "now"
    probe(database, mastodon)
    assert mastodon.requests


def waiting_to_be_asked() -> str:
    """Whether the ticker would hand the job out."""
    _job, is_due = ticker.JOBS["probing"]
    with db.unit_of_work() as session:
        return "now" if is_due(session, clock.now()) else "not now"
