"""Changing the key that envelopes are sealed with, while the console runs."""

from __future__ import annotations

import os
import threading
from itertools import count

import pytest
from sqlalchemy import LargeBinary, select

from console import db, sealing
from console.accounts.custody_models import CustodyEnvelope
from console.accounts.models import Account
from console.cli import keys
from console.config import Settings
from console.models import Base
from tests.accounts import keeping
from tests.accounts.conftest import Cast
from tests.accounts.keeping import LOGIN
from tests.accounts.timeline import entries
from tests.cli.program import budkavle, environment


@pytest.fixture
def env(database: Settings) -> dict[str, str]:
    return environment(database.home, DATABASE_URL=database.database_url or "")


def age_key_file(settings: Settings) -> None:
    """As if the newest key had been made long ago."""
    file = settings.keys / sealing.FILE
    then = file.stat().st_mtime - 2 * sealing.SETTLING.total_seconds()
    os.utime(file, (then, then))


def test_every_column_that_is_sealed_is_sealed_anew() -> None:
    """A new column of bytes is named in `keys.SEALED`, or no secret."""
    binary = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    sealed = {f"{model.__tablename__}.{column}" for model, column in keys.SEALED}
    rest = {
        name
        for name in binary - sealed
        if not name.endswith(("digest", "salt", "hash", "prev", "signature"))
    }
    assert sealed <= binary
    # A register as a file holds no secret, nor do pictures that the public is to see.
    pictures = {"images.data", "images.portrait", "pictures.data", "snapshots.pdf"}
    assert rest == {"register_imports.content"} | pictures


def test_the_key_is_changed_while_envelopes_are_opened_and_sealed(
    cast: Cast, env: dict[str, str], database: Settings
) -> None:
    """Two people open and seal one after another, without a break, in this process; the command
    runs in another."""
    keeping.seal(cast.olle, cast.webhook)
    drilled, stop, faults = count(), threading.Event(), list[BaseException]()

    def work() -> None:
        try:
            while not stop.is_set():
                drill = keeping.ask(cast.maria, cast.webhook, "drill")
                assert keeping.witness(cast.per, drill) == "passed"
                keeping.seal(cast.olle, cast.webhook)
                next(drilled)
        except BaseException as error:
            faults.append(error)

    console = threading.Thread(target=work)
    console.start()
    first = budkavle("keys", "rotate", env=env)
    age_key_file(database)
    second = budkavle("keys", "retire", env=env)
    stop.set()
    console.join()
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert faults == []
    assert next(drilled) > 0
    assert len((database.keys / sealing.FILE).read_text().split()) == 1
    use = keeping.ask(cast.maria, cast.webhook)
    keeping.witness(cast.per, use)
    assert keeping.show(cast.maria, use) == LOGIN
    with db.unit_of_work() as session:
        secret = session.get_one(Account, cast.webhook).secret
        assert sealing.unseal(secret) == {"secret": "hemligt-hemligt-hemligt"}
    [rotated] = entries("keys:rotated")
    assert rotated["facts"]["lost"] == 0 and rotated["facts"]["resealed"] >= 1
    assert len(entries("keys:retired")) == 1


def test_both_keys_open_until_the_old_one_is_retired(
    cast: Cast, env: dict[str, str], database: Settings
) -> None:
    keeping.seal(cast.olle, cast.webhook)
    with db.unit_of_work() as session:
        before = session.scalar(select(CustodyEnvelope.content))
    result = budkavle("keys", "rotate", env=env)
    assert result.returncode == 0, result.stderr
    with db.unit_of_work() as session:
        after = session.scalar(select(CustodyEnvelope.content))
    assert before != after
    assert sealing.unseal(before) == sealing.unseal(after)
    early = budkavle("keys", "retire", env=env)
    assert early.returncode == 2 and "Vänta en minut" in early.stderr
    age_key_file(database)
    result = budkavle("keys", "retire", env=env)
    assert result.returncode == 0, result.stderr
    assert sealing.unseal(after)["password"] == LOGIN.password
    with pytest.raises(sealing.KeyTrouble):
        sealing.unseal(before)
    old = (database.keys / sealing.RETIRED).read_text()
    assert oct((database.keys / sealing.RETIRED).stat().st_mode)[-3:] == "600"
    assert len(old.split()) == 1


def test_what_no_key_opens_is_left_alone_and_said(cast: Cast, env: dict[str, str]) -> None:
    keeping.seal(cast.olle, cast.webhook)
    with db.unit_of_work() as session:
        session.execute(CustodyEnvelope.__table__.update().values(content=b"not a sealed thing"))
    result = budkavle("keys", "rotate", env=env)
    assert result.returncode == 0
    assert "1 secrets can be opened by no key here" in result.stderr
    with db.unit_of_work() as session:
        assert session.scalar(select(CustodyEnvelope.content)) == b"not a sealed thing"
