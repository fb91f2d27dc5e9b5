"""Keys renewed before they die: once, stored at once, never replaced by nothing (lesson 21)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from channels.contract import Removal
from channels.failures import Retry
from channels.http import Answer, Client
from channels.x import X as XChannel
from console import clock, db, sealing
from console.accounts import apps, readiness, renewal
from console.accounts.connecting_models import AccountRenewal
from console.accounts.custody_models import AccountNotice
from console.accounts.models import Account
from console.accounts.readiness_models import AccountReadiness
from console.accounts.readiness_rules import Score
from console.config import Settings
from console.messages.models import Delivery
from simulators.base import Effect, Simulator
from simulators.linkedin import LinkedIn
from simulators.threads import Threads
from simulators.x import X
from tests.accounts.timeline import entries
from tests.stage import Stage
from tests.workers.test_fanout import released
from workers import fanout, probing, removals, renewing
from workers.probing import probe_accounts

Move = Callable[[timedelta], None]
APP = {"client_id": "app-id-of-torsby", "client_secret": "app-secret-of-torsby"}
TOKEN = ("POST", "/2/oauth2/token$")


@pytest.fixture
def x() -> Iterator[X]:
    with X() as server:
        yield server


def in_seconds(seconds: float) -> str:
    return str(int(clock.now().timestamp() + seconds))


def stage_on(
    settings: Settings, x: X, lives: float | None = 600, *, exercise: bool = False
) -> Stage:
    """
    Args:
        lives: seconds that the access token lives still; None: nobody knows.
    """
    secret = {"access_token": "access-1", "refresh_token": "refresh-1", **APP}
    if lives is not None:
        db.connect(settings.database_url or "")
        secret["expires_at"] = in_seconds(lives)
    return Stage(
        settings, accounts=1, exercise=exercise, kind="x", secret=secret,
        account_settings={"username": x.username, "server": x.url},
    )  # fmt: skip


def opened(settings: Settings, server: Simulator) -> Settings:
    return replace(settings, allow_hosts=(f"127.0.0.1:{server.port}",))


def renew(settings: Settings, server: Simulator) -> int:
    return renewing.renew_keys(opened(settings, server))


def the_account(session: Any) -> Account:
    account: Account = session.scalars(select(Account).where(Account.kind != "website")).one()
    return account


def secret() -> dict[str, Any]:
    with db.unit_of_work() as session:
        return sealing.unseal(the_account(session).secret)


def row() -> AccountRenewal:
    with db.unit_of_work() as session:
        return session.scalars(select(AccountRenewal)).one()


def standing() -> readiness.Standing:
    with db.unit_of_work() as session:
        (one,) = readiness.standings(session, clock.now(), [the_account(session).id])
        return one


def enter_by_hand(values: dict[str, str]) -> None:
    with db.unit_of_work() as session:
        account = the_account(session)
        account.secret = sealing.seal(values)
        readiness.key_changed(session, account.id, clock.now())


def test_a_key_is_renewed_before_it_dies_and_not_again_until_it_must(
    database: Settings, x: X, move_clock: Move
) -> None:
    stage_on(database, x, 3_600)
    assert renew(database, x) == 1
    assert x.renewed == 0, "there is an hour left"
    assert renew(database, x) == 0
    move_clock(timedelta(minutes=41))
    renew(database, x)
    assert x.renewed == 1
    stored = secret()
    assert (stored["access_token"], stored["refresh_token"]) == ("access-2", "refresh-2")
    assert stored["client_secret"] == APP["client_secret"]
    assert renew(database, x) == 0
    assert row().next_at - clock.now() > timedelta(minutes=90)
    (said,) = entries("account:key:renewed")
    assert set(said["facts"]) == {"account", "expires_at"}


def test_a_key_that_is_said_to_live_beyond_all_calendars_is_stored_all_the_same(
    database: Settings, x: X, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage_on(database, x)
    real = Answer.json
    monkeypatch.setattr(Answer, "json", lambda self: real(self) | {"expires_in": 10**18})
    renew(database, x)
    assert secret()["refresh_token"] == "refresh-2"
    assert row().next_at > clock.now() + timedelta(days=365)


def test_a_key_whose_age_nobody_knows_is_renewed_at_once(database: Settings, x: X) -> None:
    stage_on(database, x, None)
    renew(database, x)
    assert "expires_at" in secret()


def test_two_workers_at_once_renew_a_key_once(database: Settings, x: X) -> None:
    stage_on(database, x)
    x.delay = lambda: 0.3
    workers = [threading.Thread(target=renew, args=(database, x)) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert x.renewed == 1
    assert secret()["refresh_token"] == "refresh-2"
    assert row().dead_at is None


@pytest.mark.parametrize(
    "effect",
    [
        Effect.ERROR_BEFORE, Effect.ERROR_AFTER, Effect.LIMIT, Effect.LIMIT_BARE, Effect.EMPTY,
        Effect.WRONG_TYPE, Effect.TRUNCATED, Effect.LOSE_ANSWER,
    ],
)  # fmt: skip
def test_lesson_21_no_passing_trouble_and_no_empty_answer_costs_a_key(
    database: Settings, x: X, effect: Effect
) -> None:
    stage_on(database, x)
    before = secret()
    x.fault(effect, *TOKEN)
    renew(database, x)
    assert secret() == before
    assert row().dead_at is None and row().failing_since is not None
    assert row().next_at > clock.now()
    assert standing().score is not Score.FAILS


def test_a_key_that_could_not_be_renewed_is_tried_again_and_then_told_of(
    database: Settings, x: X, move_clock: Move
) -> None:
    stage_on(database, x, 86_400)
    renew(database, x)
    move_clock(timedelta(hours=23, minutes=50))
    x.fault(Effect.ERROR_BEFORE, *TOKEN)
    renew(database, x)
    assert x.renewed == 0
    move_clock(timedelta(hours=23, minutes=53))
    renew(database, x)
    assert x.renewed == 1
    assert row().failing_since is None


def test_a_key_is_renewed_with_the_apps_secret_as_it_is_now(database: Settings, x: X) -> None:
    stage = stage_on(database, x)
    x.door.apps[APP["client_id"]] = "ny-hemlighet"
    with db.unit_of_work() as session:
        apps.enter(session, stage.olle, "x", APP["client_id"], "ny-hemlighet", clock.now())
    renew(database, x)
    assert x.renewed == 1
    assert secret()["client_secret"] == "ny-hemlighet"


def test_an_app_that_the_platform_does_not_know_costs_no_key(
    database: Settings, x: X, move_clock: Move
) -> None:
    stage_on(database, x)
    before = secret()
    x.door.apps.clear()
    renew(database, x)
    assert secret() == before and row().dead_at is None
    x.door.apps[APP["client_id"]] = APP["client_secret"]
    move_clock(timedelta(hours=1, minutes=1))
    renew(database, x)
    assert x.renewed == 1


def die(*_args: object, **_more: object) -> None:
    raise SystemExit("killed")


def test_killed_between_the_answer_and_the_store_the_account_says_that_it_must_be_connected(
    database: Settings, x: X, move_clock: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage_on(database, x)
    before = secret()
    with monkeypatch.context() as patch:
        patch.setattr(renewal, "store", die)
        with pytest.raises(SystemExit):
            renew(database, x)
    assert secret() == before
    assert renew(database, x) == 0, "the dead worker's claim must run out first"
    move_clock(timedelta(minutes=3))
    renew(database, x)
    assert row().dead_at is not None
    assert standing().sentence == "Inloggningen gäller inte längre. Förnya nyckeln."
    with db.unit_of_work() as session:
        account = the_account(session)
        told = session.scalars(select(AccountNotice).order_by(AccountNotice.id)).all()
        assert [one.person.name for one in told] == ["Olle Ek"]
        assert told[0].path == f"/accounts/{account.id}"
        assert "Anslut kontot på nytt" in told[0].content
    move_clock(timedelta(hours=30))
    assert renew(database, x) == 0, "the dead aren't asked again"
    enter_by_hand(before | {"access_token": "access-2", "refresh_token": "refresh-2"})
    renew(database, x)
    assert row().dead_at is None
    assert secret()["refresh_token"] == "refresh-3"


@pytest.mark.parametrize(
    "error",
    [OperationalError("UPDATE", {}, Exception("away")), NoConnection("QueuePool limit reached")],
    ids=["away", "all connections taken"],
)
def test_a_database_that_is_away_just_after_the_answer_is_waited_for(
    database: Settings, x: X, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    stage_on(database, x)
    real, tries = renewal.store, iter([1, 2])

    def away(*args: Any) -> Any:
        if next(tries, None):
            raise error
        return real(*args)

    monkeypatch.setattr(renewal, "store", away)
    renew(database, x)
    assert secret()["refresh_token"] == "refresh-2"


def test_what_breaks_for_one_key_costs_no_other_its_answer(
    database: Settings, x: X, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"access_token": "access-1", **APP}
    Stage(
        database, accounts=2, kind="x", secret=values | {"refresh_token": "refresh-1"},
        account_settings={"username": x.username, "server": x.url},
    )  # fmt: skip
    with db.unit_of_work() as session:
        query = select(Account).where(Account.kind == "x").order_by(Account.id)
        broken, other = session.scalars(query).all()
        other.secret = sealing.seal(values | {"refresh_token": "refresh-slow"})

    class Platform:
        async def renew(self, _client: Client, _settings: Any, given: Any) -> dict[str, str]:
            if given["refresh_token"] == "refresh-slow":
                await asyncio.sleep(0.3)
            return {"access_token": "access-9", "refresh_token": "refresh-9"}

    real = renewal.store

    def store(session: Any, one: renewal.Claimed, *args: Any) -> Any:
        if one.account_id == broken.id:
            raise sealing.KeyTrouble("gone")
        return real(session, one, *args)

    monkeypatch.setattr(renewing, "renewer", lambda _kind: Platform())
    monkeypatch.setattr(renewal, "store", store)
    renew(database, x)
    with db.unit_of_work() as session:
        kept = sealing.unseal(session.get_one(Account, other.id).secret)
    assert kept["refresh_token"] == "refresh-9"


def claimed() -> renewal.Claimed:
    with db.unit_of_work() as session:
        ((one,), _rows) = renewal.claim(session, 1, clock.now())
        return one


def ask(settings: Settings, x: X, one: renewal.Claimed) -> Any:
    async def go() -> Any:
        async with Client(opened(settings, x).allow_hosts) as client:
            return await renewing._renew(client, one, False)

    return asyncio.run(go())


def test_a_worker_that_stood_still_while_another_renewed_buries_nothing(
    database: Settings, x: X, move_clock: Move
) -> None:
    stage_on(database, x)
    frozen = claimed()
    move_clock(timedelta(minutes=3))
    renew(database, x)
    assert ask(database, x, frozen) is renewing.End.DEAD
    assert row().dead_at is None
    assert secret()["refresh_token"] == "refresh-2"
    assert entries("account:key:dead") == []


def test_an_answer_that_comes_late_is_taken_when_nothing_newer_is_there(
    database: Settings, x: X, move_clock: Move
) -> None:
    stage_on(database, x)
    frozen = claimed()
    x.refresh, x.access = {"refresh-9"}, {"access-9"}  # it has been answered, and isn't stored yet
    move_clock(timedelta(minutes=3))
    renew(database, x)
    assert row().dead_at is not None
    with db.unit_of_work() as session:
        fresh = {"access_token": "access-9", "refresh_token": "refresh-9"}
        renewal.store(session, frozen, fresh, clock.now())
    assert row().dead_at is None
    assert secret()["refresh_token"] == "refresh-9"


def test_a_key_that_somebody_has_entered_meanwhile_stays(database: Settings, x: X) -> None:
    stage_on(database, x)
    one = claimed()
    mine = secret() | {"access_token": "av-hand", "refresh_token": "av-hand-2"}
    enter_by_hand(mine)
    with db.unit_of_work() as session:
        fresh = {"access_token": "access-9", "refresh_token": "refresh-9"}
        assert renewal.store(session, one, fresh, clock.now()) is None
        assert not renewal.bury(session, one, "400", clock.now(), mail=False)
    assert secret() == mine


# In the middle of a round.


def send(settings: Settings, x: X, round_id: int) -> None:
    hosts = (f"127.0.0.1:{x.port}",)
    asyncio.run(fanout.Fanout(round_id, 0, 1, "test", hosts).run())


def delivery() -> Delivery:
    with db.unit_of_work() as session:
        return session.scalars(select(Delivery).where(~Delivery.leading)).one()


def test_a_key_that_is_about_to_die_is_renewed_before_the_post(database: Settings, x: X) -> None:
    stage = stage_on(database, x, 60)
    round_id = released(stage)
    x.access = set()  # it is dead in truth
    send(database, x, round_id)
    assert (delivery().state, delivery().attempts) == ("sent", 1)
    assert len(x.shown) == 1 and x.renewed == 1


def test_a_post_whose_key_died_in_mid_round_goes_out_with_another_and_once(
    database: Settings, x: X, move_clock: Move
) -> None:
    stage = stage_on(database, x, 3_600)
    round_id = released(stage)
    x.access = set()
    send(database, x, round_id)
    assert (delivery().state, x.renewed) == ("retry", 1)
    assert x.shown == []
    move_clock(timedelta(seconds=3))
    send(database, x, round_id)
    assert (delivery().state, delivery().attempts) == ("sent", 2)
    assert len(x.shown) == 1 and x.renewed == 1


def test_a_post_waits_while_the_platform_can_not_renew_the_key(
    database: Settings, x: X, move_clock: Move
) -> None:
    round_id = released(stage_on(database, x, 3_600))
    x.access = set()
    x.fault(Effect.ERROR_BEFORE, *TOKEN)
    send(database, x, round_id)
    assert (delivery().state, x.renewed) == ("retry", 0)
    move_clock(timedelta(seconds=5))
    send(database, x, round_id)
    assert x.renewed == 1
    move_clock(timedelta(seconds=20))
    send(database, x, round_id)
    assert delivery().state == "sent" and len(x.shown) == 1


def test_a_post_whose_key_can_not_be_renewed_is_refused_and_people_are_told(
    database: Settings, x: X
) -> None:
    round_id = released(stage_on(database, x, 3_600))
    x.access, x.refresh = set(), set()
    send(database, x, round_id)
    assert delivery().state == "refused"
    assert row().dead_at is not None
    with db.unit_of_work() as session:
        assert session.scalars(select(AccountNotice)).all()


def test_a_new_key_that_is_refused_all_the_same_is_not_renewed_again(
    database: Settings, x: X, move_clock: Move
) -> None:
    round_id = released(stage_on(database, x, 3_600))
    x.fault(Effect.DEAD_KEY, "POST", "/2/tweets$", times=5)
    send(database, x, round_id)
    move_clock(timedelta(seconds=3))
    send(database, x, round_id)
    assert (delivery().state, x.renewed) == ("refused", 1)


def test_an_exercise_renews_nothing(database: Settings, x: X) -> None:
    round_id = released(stage_on(database, x, 10, exercise=True))
    send(database, x, round_id)
    assert delivery().state == "sent"
    assert x.requests == []


def test_the_daily_asking_renews_a_key_that_died_instead_of_telling_of_it(
    database: Settings, x: X
) -> None:
    stage_on(database, x, 3_600)
    x.access = set()
    probe_accounts(opened(database, x))
    assert x.renewed == 1
    assert standing().sentence == "Klart att sända till."


def test_a_post_is_deleted_with_another_key_where_the_old_one_died(
    database: Settings, x: X, move_clock: Move
) -> None:
    stage = stage_on(database, x, 3_600)
    send(database, x, released(stage))
    x.access = set()
    with db.unit_of_work() as session:
        account = the_account(session)
        known = sealing.unseal(account.secret)
        settings = XChannel().parse(account.settings, known)
        task = removals._Task(
            0, XChannel(), settings, Removal(remote_id=x.shown[0].remote_id), account.id, known
        )

    async def delete() -> None:
        async with Client(opened(database, x).allow_hosts) as client:
            await removals._delete(client, task, mail=False)

    with pytest.raises(Retry):
        asyncio.run(delete())
    assert x.renewed == 1 and len(x.shown) == 1
    assert secret()["access_token"] == "access-2"


def test_what_was_said_of_a_key_that_was_renewed_meanwhile_is_asked_again(
    database: Settings, x: X, move_clock: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage_on(database, x)
    real = probing._keep

    def late(*args: Any) -> None:
        renew(database, x)
        real(*args)

    monkeypatch.setattr(probing, "_keep", late)
    probe_accounts(opened(database, x))
    move_clock(timedelta(seconds=5))
    probe_accounts(opened(database, x))
    with db.unit_of_work() as session:
        found = session.scalars(select(AccountReadiness)).one()
        assert found.expires_at is not None
        assert str(int(found.expires_at.timestamp())) == secret()["expires_at"]
    assert standing().sentence == "Klart att sända till."


# The others.


def stage_of(settings: Settings, kind: str, stored: dict[str, Any], key: dict[str, str]) -> Stage:
    return Stage(
        settings, accounts=1, exercise=True, kind=kind, secret=key, account_settings=stored
    )


def test_threads_is_renewed_a_month_before_and_never_younger_than_a_day(
    database: Settings, move_clock: Move
) -> None:
    with Threads() as server:
        server.now = lambda: clock.now().timestamp()
        server.issued_at = server.now()
        stored = {"user_id": server.ACCOUNT, "api": server.url}
        stage_of(database, "threads", stored, {"token": server.token})
        renew(database, server)
        assert server.requests == []
        move_clock(timedelta(hours=26))
        renew(database, server)
        assert server.renewed == 1
        assert secret()["token"] == server.token
        move_clock(timedelta(days=20))
        assert renew(database, server) == 0
        move_clock(timedelta(days=32))
        renew(database, server)
        assert server.renewed == 2


def test_linkedin_is_renewed_where_it_gives_the_app_refresh_tokens(
    database: Settings, move_clock: Move
) -> None:
    with LinkedIn() as server:
        server.refreshes = True
        stored = {
            "organisation": server.ORGANISATION, "api": server.url, "client_id": server.CLIENT[0],
        }  # fmt: skip
        key = {
            "token": server.token, "refresh_token": server.refresh,
            "client_secret": server.CLIENT[1], "expires_at": in_seconds(10 * 86_400),
        }  # fmt: skip
        stage_of(database, "linkedin", stored, key)
        renew(database, server)
        assert server.requests == [], "not more than daily"
        move_clock(timedelta(hours=25))
        renew(database, server)
        assert secret()["token"] == server.token != key["token"]
        assert secret()["refresh_token"] == server.refresh
        assert row().renews
        # At the end of the refresh token's year nothing helps but a login, and that is told.
        enter_by_hand(key | {"refresh_expires_at": key["expires_at"]})
        renew(database, server)
        assert not row().renews


def test_linkedin_without_refresh_tokens_says_the_day(database: Settings) -> None:
    with LinkedIn() as server:
        stored = {"organisation": server.ORGANISATION, "api": server.url}
        stage_of(database, "linkedin", stored, {"token": server.token})
        renew(database, server)
        assert not row().renews
        with db.unit_of_work() as session:
            found = clock.now() + timedelta(days=9, hours=1)
            session.add(
                AccountReadiness(
                    account_id=the_account(session).id, answered_at=clock.now(),
                    expires_at=found, next_at=found,
                )
            )  # fmt: skip
        assert standing().sentence == "Nyckeln går ut om 9 dagar. Förnya den."


def test_no_key_is_ever_said(
    database: Settings, x: X, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    stage_on(database, x)
    x.fault(Effect.ERROR_AFTER, *TOKEN)
    renew(database, x)
    with db.unit_of_work() as session:
        session.scalars(select(AccountRenewal)).one().next_at = clock.now()
    renew(database, x)
    said = capfd.readouterr()
    everything = caplog.text + said.out + said.err + str(entries("")) + row().detail
    for canary in ("access-1", "access-2", "refresh-1", "refresh-2", APP["client_secret"]):
        assert canary not in everything
