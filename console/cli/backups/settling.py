"""What a restored database must be told before a console runs on it: one unit of work.

The last thing written is the schema's version. Broken off before that, no console starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from console import sealing
from console.archive import deliveries
from console.cli.backups.archive import About
from console.cli.keys import SEALED
from console.config import Settings
from console.errors import WrongState
from console.messages.operations import restored
from console.messages.operations.restored import Going
from console.policy.models import LiveUse
from console.policy.queries import RESTORED
from console.posts.operations import holding
from console.timeline import queries as timeline
from console.timeline.compare import compare_with_second_place
from console.timeline.operations import record
from console.timeline.second_place import StoredHead

IDS = 1_000_000
"""How far row numbers jump: the old console gave numbers since the backup, and rounds' stand in the
keys by which servers know a post again. Given anew, such a key would make a server take a new post
for an old one, and show nothing."""
OUTBOXES = {
    "notices": ("mail_state", "mail_at"),
    "notice_sends": ("state", "at"),
    "account_notices": ("mail_state", "mail_at"),
    "archive_links": ("mail_state", "mail_at"),
    "monday_mails": ("mail_state", "mail_at"),
    "own_addresses": ("test_state", "test_at"),
    "recipients": ("letter_state", "letter_at"),
}
"""Table → state and time of its mails: queued and started ones may have left since."""


@dataclass(frozen=True)
class Settled:
    """What was found and done; counts."""

    entries: int
    """Of the timeline, all of which hold."""
    secrets: int
    """That open."""
    lost: int
    """Secrets that no key opens: they were lost before the backup was made."""
    unknown: int
    again: int
    """Posts that are tried again with the same key."""
    rounds: int
    """Passed over as missed."""
    held: int
    """Ordinary posts whose authors are asked."""
    paused: int
    going_on: list[Going]


def settle(
    session: Session,
    settings: Settings,
    about: About,
    digest: str,
    now: datetime,
    *,
    pause: bool,
    beyond: StoredHead | None,
) -> Settled:
    """Check what was restored, take back what it can't know, and write it down.

    Args:
        settings: of the restored installation; its second place holds the backup's heads.
        digest: the backup's, hex.
        pause: nothing repeats until a person lets it go on.
        beyond: the newest head that the second place held before, if any.

    Raises:
        WrongState: the timeline doesn't hold, or the keys are another database's.
    """
    n, entry_hash = timeline.head(session)
    if (n, entry_hash.hex() if n else "") != (about.timeline_n, about.timeline_hash):
        raise WrongState("The database is not the one that the manifest speaks of.")
    fault = compare_with_second_place(session, settings, walk=True)
    # A backup made while its key was lost is worth no less: the doctor says what is missing.
    if fault is not None and fault.forbids_signing and not fault.is_of_the_key:
        raise WrongState(f"The backup's timeline doesn't hold. {fault.sentence}")
    secrets, lost = _open_secrets(session)
    counts = restored.doubt_posts(session, now)
    passed = restored.skip_rounds(session, now)
    held = holding.hold_passed(session, now)
    paused = restored.pause(session, now) if pause else 0
    restored.move_record_numbers(session, now)
    _forget(session, now)
    deliveries.expire(session, now, lost=True)
    settled = Settled(
        entries=n,
        secrets=secrets,
        lost=lost,
        unknown=counts.get("unknown", 0),
        again=counts.get("retry", 0),
        rounds=passed,
        held=held,
        paused=paused,
        going_on=restored.going_on(session),
    )
    write_down(session, about, digest, now, drill=False)
    record(
        session,
        "backup:restored",
        body={
            "manifest": digest,
            "made_at": about.made_at,
            "entry": n,
            "unknown": settled.unknown,
            "again": settled.again,
            "missed": passed,
            "held": held,
            "paused": paused,
            "beyond": None if beyond is None else [beyond.n, beyond.entry_hash.hex()],
        },
        now=now,
    )
    session.execute(
        text("INSERT INTO alembic_version (version_num) VALUES (:it)"), {"it": about.schema}
    )
    return settled


def write_down(session: Session, about: About, digest: str, now: datetime, *, drill: bool) -> None:
    """Keep the evidence that a backup of this installation could be restored."""
    evidence = {"manifest": digest, "made_at": about.made_at.isoformat(), "drill": drill}
    session.add(LiveUse(condition=RESTORED, evidence=evidence, at=now))


def _open_secrets(session: Session) -> tuple[int, int]:
    """(how many the keys open, how many they don't)

    Raises:
        WrongState: not one of several opens.
        KeyTrouble: the key file can't be used.
    """
    opened = lost = 0
    for sealed in _sealed(session):
        if sealing.reseal(sealed) is None:
            lost += 1
        else:
            opened += 1
    if lost and not opened:
        raise WrongState("The backup's keys open none of its secrets: they are another database's.")
    return opened, lost


def _sealed(session: Session) -> Iterator[Any]:
    for model, column in SEALED:
        table = model.__table__
        yield from session.scalars(text(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL"))


def _forget(session: Session, now: datetime) -> None:
    """End what was true of the old console only: logins, links, mails under way, who is alive."""
    for table, (state, at) in OUTBOXES.items():
        session.execute(
            text(
                f"UPDATE {table} SET {state} = 'unknown', {at} = :now"
                f" WHERE {state} IN ('queued', 'started')"
            ),
            {"now": now},
        )
    # Whoever logged out, lost a role or was shut out since must not be let in again by this.
    session.execute(
        text(
            "UPDATE login_sessions SET ended_at = :now, end_reason = 'restored'"
            " WHERE ended_at IS NULL"
        ),
        {"now": now},
    )
    session.execute(
        text(
            "UPDATE one_time_links SET expires_at = :now"
            " WHERE used_at IS NULL AND expires_at > :now"
        ),
        {"now": now},
    )
    # One that was replaced since opens nothing either.
    session.execute(
        text("UPDATE archive_links SET ended_at = :now WHERE ended_at IS NULL"), {"now": now}
    )
    for table in ("heartbeats", "site_nodes"):
        session.execute(text(f"DELETE FROM {table}"))
    session.execute(
        text(
            "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass,"
            " coalesce(last_value, 0) + :more) FROM pg_sequences WHERE schemaname = 'public'"
        ),
        {"more": IDS},
    )
