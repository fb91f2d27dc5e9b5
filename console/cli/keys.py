"""`budkavle keys`: another key for envelopes and secret settings, while the console runs; and one
for the timeline, when the old one is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy import Table, select, text, update
from sqlalchemy.exc import OperationalError

from console import clock, db, migrations, sealing
from console.accounts.connecting_models import AccountConnection, PlatformApp
from console.accounts.custody_models import CustodyEnvelope
from console.accounts.models import Account
from console.cli.running import database_url
from console.config import Settings
from console.errors import WrongState
from console.people.models import OwnAddress, SecondFactor
from console.recipients.models import Recipient, RecipientKey
from console.timeline.operations import record
from console.timeline.signing import replace_key

BATCH = 100
"""Rows held at a time: the console waits for none of them longer than a moment."""
SEALED: tuple[tuple[Any, str], ...] = (
    (Account, "secret"),
    (AccountConnection, "sealed"),
    (CustodyEnvelope, "content"),
    (OwnAddress, "sealed"),
    (PlatformApp, "sealed"),
    (SecondFactor, "sealed"),
    (Recipient, "sealed"),
    (RecipientKey, "sealed"),
)
"""Every column that `console.sealing` has sealed. A test finds those that are missing here."""


@click.group("keys")
def command() -> None:
    """Change the keys, which lie outside the database."""


@command.command("rotate")
def rotate() -> None:
    """Make a new key, and seal everything anew with it.

    The old keys open as before until `budkavle keys retire`, so nothing stops meanwhile.
    """
    with _installation():
        sealing.add_key()
        done, lost = _reseal_all()
        with db.unit_of_work() as session:
            body = {"resealed": done, "lost": lost}
            record(session, "keys:rotated", body=body, now=clock.now())
    click.echo(f"A new key seals. {done} secrets sealed anew.")
    _tell_lost(lost)
    click.echo("The old keys still open. Take them away in a minute: budkavle keys retire")


@command.command("retire")
def retire() -> None:
    """Take the old keys away, once nothing needs them.

    They go to accounts.keys.retired: backups of the database made before today need them.
    """
    with _installation():
        done, lost = _reseal_all()
        with db.unit_of_work() as session:
            names = ", ".join(model.__tablename__ for model, _column in SEALED)
            session.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))
            for model, column in SEALED:
                for _id, sealed in session.execute(_stored(model, column)):
                    if not sealing.is_newest(sealed) and sealing.reseal(sealed) is not None:
                        raise WrongState("Something was just sealed with an old key. Try again.")
            gone = sealing.retire_keys(clock.now())
            if gone:
                body = {"retired": gone, "resealed": done, "lost": lost}
                record(session, "keys:retired", body=body, now=clock.now())
    click.echo(f"{gone} old keys moved to {sealing.RETIRED}. Keep it with your older backups.")
    _tell_lost(lost)


@command.command("replace-signing")
def replace_signing() -> None:
    """Sign the timeline with another key, because the old one is lost for good.

    Refused while the old one is there. It stands in the timeline, signed with the new key.
    """
    with _installation() as settings, db.unit_of_work() as session:
        old, new = replace_key(session, settings, clock.now())
    click.echo(f"From here on the timeline is signed with the key {new}.")
    click.echo(
        f"What was exported before is checked with {old or 'the old one'}: keep both fingerprints."
    )


@contextmanager
def _installation() -> Iterator[Settings]:
    settings = Settings.from_env()
    try:
        if not migrations.check(db.connect(database_url(settings), pool_size=1)):
            raise WrongState(
                "The database hasn't this version's schema yet. Start Budkavle once: budkavle up"
            )
        sealing.use(settings.keys)
        yield settings
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise WrongState(f"The database can't be reached: {reason}") from None
    finally:
        db.disconnect()


def _stored(model: Any, column: str) -> Any:
    table: Table = model.__table__
    return select(table.c.id, table.c[column]).where(table.c[column].is_not(None))


def _reseal_all() -> tuple[int, int]:
    """(how many were sealed anew, how many no key opens)"""
    done = lost = 0
    for model, column in SEALED:
        table: Table = model.__table__
        last = 0
        while True:
            with db.unit_of_work() as session:
                query = _stored(model, column).where(table.c.id > last).order_by(table.c.id)
                query = query.limit(BATCH).with_for_update(key_share=True)
                rows = session.execute(query).all()
                for row_id, sealed in rows:
                    last = row_id
                    if sealing.is_newest(sealed):
                        continue
                    fresh = sealing.reseal(sealed)
                    if fresh is None:
                        lost += 1
                        continue
                    change = update(table).where(table.c.id == row_id).values({column: fresh})
                    session.execute(change)
                    done += 1
            if len(rows) < BATCH:
                break
    return done, lost


def _tell_lost(lost: int) -> None:
    if lost:
        click.echo(f"{lost} secrets can be opened by no key here, and were left alone.", err=True)
