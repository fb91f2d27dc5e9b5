"""Canaries: a channel's token is looked for everywhere it must not be, while real processes send
with it and the platform repeats it in every answer."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from aiohttp import web
from flask import Flask
from sqlalchemy import select

from console import clock, db, sealing
from console.accounts.models import Account
from console.cli.backup import back_up
from console.config import Settings
from console.messages.models import Delivery
from console.people.models import Person
from console.people.operations import add_person
from console.timeline.export import export
from tests.channels.servers import Sink
from tests.conftest import browser
from tests.faults.rig import Rig, rig
from tests.stage import Stage

CANARY = "syt_kanariefagel_aldrig_till_nagon_7f3a91"
STATUSES = {"1": 200, "2": 401, "3": 400, "4": 500, "5": 403}
"""By the account's place. The last answers are spoilt, with all that was asked in them."""


async def repeat(request: web.Request) -> web.Response:
    place = request.path.partition("rooms/")[2][1:2]
    said = f"{request.headers.get('Authorization')} {request.rel_url}"
    status = STATUSES.get(place, 400)
    if status == 200:
        return web.json_response({"event_id": "$1", "said": said})
    value = {"errcode": "M_UNKNOWN", "error": said, "message": said}
    return web.json_response(value, status=status, headers={"X-Said": said})


@pytest.fixture
def house(database: Settings) -> Iterator[Rig]:
    with (
        Sink() as sink,
        rig(replace(database, allow_hosts=(f"127.0.0.1:{sink.port}",)), workers=1) as house,
    ):
        sink.answer = repeat
        house.stage = Stage(
            house.settings,
            accounts=len(STATUSES),
            exercise=False,
            kind="matrix",
            account_settings={"server": f"http://127.0.0.1:{sink.port}", "room": "!{place}:x"},
            secret={"token": CANARY},
        )
        yield house


def texts(house: Rig) -> Iterator[tuple[str, str]]:
    """Every row of every table, as text, and everything in Valkey."""
    url = (house.settings.database_url or "").replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        names = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        ).fetchall()
        for (name,) in names:
            for (row,) in connection.execute(f'SELECT t::text FROM "{name}" t').fetchall():
                yield f"table {name}", row
    with redis.Redis.from_url(house.settings.redis_url or "") as valkey:
        for key in valkey.scan_iter():
            with contextlib.suppress(redis.ResponseError):
                yield f"valkey {key!r}", repr(valkey.dump(key))


def processes(house: Rig) -> Iterator[tuple[str, str]]:
    """What the process list shows of our children: command lines and environments."""
    for name, pid in house.supervisor.pids.items():
        for what in ("cmdline", "environ"):
            yield f"{name}'s {what}", Path(f"/proc/{pid}/{what}").read_text(errors="replace")


def files(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path), path.read_bytes().decode("latin-1")


def pages(app: Flask, house: Rig, *people: Person) -> Iterator[tuple[str, str]]:
    """Every page that these people come to by the numbers that there are."""
    with db.unit_of_work() as session:
        deliveries = session.scalars(
            select(Delivery.id).where(Delivery.state == "refused").limit(1)
        ).all()
    known: dict[str, Sequence[Any]] = {
        "slug": [house.stage.incident.slug],
        "account_id": house.stage.account_ids[1:2],
        "delivery_id": deliveries,
        "message_id": [1],
        "person_id": [house.stage.lisa.id],
        "key": ["matrix"],
    }
    with app.test_request_context():
        ways = {
            app.url_for(rule.endpoint, **dict(zip(rule.arguments, values, strict=True)))
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or ())
            and rule.arguments <= set(known)
            and "socket" not in rule.rule
            for values in product(*(known[name] for name in rule.arguments))
        }
    for person in people:
        client = browser(app, person)
        for way in sorted(ways - {"/logout"}):
            answer = client.get(way)
            yield f"{person.name} at {way}", f"{answer.headers}{answer.get_data(as_text=True)}"


def administrator() -> Person:
    with db.unit_of_work() as session:
        return add_person(
            session, None, clock.now(), name="Siv", email="siv@torsby.example",
            roles={"system_administrator"},
        )  # fmt: skip


def test_a_channels_token_is_nowhere_but_under_its_seal(
    house: Rig, app: Flask, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    house.stage.release("update")
    house.until(lambda: sum(house.states()[s] for s in ("sent", "refused", "retry")) == 5)
    assert house.states() == {"sent": 1, "refused": 3, "retry": 1}
    with db.unit_of_work() as session:
        reasons = session.scalars(select(Delivery.reason).where(Delivery.state == "refused"))
        # What was repeated is told, less the token.
        assert all("…" in reason for reason in reasons)
        sealed = session.scalars(select(Account.secret).where(Account.kind == "matrix")).all()
        assert len(sealed) == len(STATUSES) and all(sealed)
        # The net holds: with the key it is read.
        assert sealing.unseal(sealed[0]) == {"token": CANARY}
        export(session, None, tmp_path / "export", house.settings, clock.now())
    back_up(house.settings, house.settings.database_url or "", tmp_path / "x.backup", None)
    siv = administrator()
    seen = [
        *texts(house),
        *processes(house),
        *files(tmp_path),
        *files(house.settings.home),
        *pages(app, house, house.stage.lisa, siv),
    ]
    said = capfd.readouterr()
    seen += [("standard output", said.out), ("the log", said.err)]
    assert {place.split()[0] for place, _text in seen} >= {"table", "worker-1's", "Siv"}
    assert len(seen) > 200
    assert [place for place, text in seen if CANARY in text] == []
