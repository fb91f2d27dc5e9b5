"""`budkavle doctor`: looks at everything an installation stands on, and changes nothing."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from console import migrations
from console.cli import proxied, surroundings
from console.cli.database import check_redis
from console.cli.finding import BAD, GOOD, NOTE, Finding
from console.cli.installation import check_ports
from console.cli.running import database_url, redis_url
from console.cli.services import CannotStart
from console.cli.services.binaries import postgres_folder, valkey_server
from console.config import Settings
from console.errors import ConsoleError
from console.policy.operations import missing_for_live_use
from console.policy.queries import live_use_is_on
from console.site.folder import served
from console.timeline.compare import compare_with_second_place, newest_signed
from console.timeline.queries import head

FRESH = 15.0
"""Seconds since its last heartbeat for which a process counts as alive."""
OLD_BACKUP = 2.0
"""Days."""
UNSTORED = 60.0
"""Seconds that a signed head may wait for the second place."""
KINDS = {"ticker": "Ticker", "worker": "Workers", "site": "Site process", "feeds": "Feeds process"}


@click.command("doctor")
@click.pass_context
def command(context: click.Context) -> None:
    """Say what is wrong with the folder, the ports and the services.

    Ends with 0 when nothing is, else with 2.
    """
    bad = False
    for finding in findings(Settings.from_env()):
        bad = bad or finding.mark == BAD
        mend = f"\n{'':23}→ {finding.mend}" if finding.mend else ""
        click.echo(f"{finding.mark:>4}  {finding.what:<15}  {finding.how}{mend}")
    context.exit(2 if bad else 0)


def findings(settings: Settings) -> Iterator[Finding]:
    """Everything in the order in which `up` needs it; what hangs on something bad is left out."""
    folder = _folder(settings.home)
    yield folder
    if folder.mark == BAD:
        return
    yield from surroundings.findings(settings)
    yield from proxied.said(settings)
    pid = holder(settings.home)
    if pid is None:
        yield Finding(NOTE, "Running", "no", "budkavle up")
        yield from _ports(settings)
    else:
        yield Finding(GOOD, "Running", f"as process {pid}")
        yield from proxied.asked(settings)
    yield from _redis(settings, running=pid is not None)
    yield from _database(settings, running=pid is not None)
    yield _mail(settings)


def holder(home: Path) -> str | None:
    """Number of the process that holds the home; None: nobody does."""
    try:
        with (home / "lock").open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return lock.read(20) or "?"
    except FileNotFoundError:
        pass
    return None


def _folder(home: Path) -> Finding:
    there = home
    while not there.exists():
        there = there.parent
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        return Finding(
            BAD,
            "Folder",
            f"{home} can't be written to: {error.strerror}",
            f"chown it to the user that runs Budkavle ({os.geteuid()}), or set BUDKAVLE_HOME",
        )
    return Finding(GOOD, "Folder", f"{home}" if there == home else f"{home} (not made yet)")


def _ports(settings: Settings) -> Iterator[Finding]:
    for name, port in (
        ("BUDKAVLE_PORT", settings.port),
        ("BUDKAVLE_PUBLIC_PORT", settings.public_port),
    ):
        try:
            check_ports(settings.bind, {name: port})
            yield Finding(GOOD, f"Port {port}", "is free")
        except CannotStart as error:
            yield Finding(BAD, f"Port {port}", str(error), f"end what holds it, or set {name}")


def _redis(settings: Settings, *, running: bool) -> Iterator[Finding]:
    if not settings.redis_url and not running:
        yield _program("Valkey", valkey_server)
        return
    try:
        check_redis(redis_url(settings))
        yield Finding(GOOD, "Redis", "answers")
    except CannotStart as error:
        yield Finding(BAD, "Redis", str(error), _service_mend(settings, "REDIS_URL", "valkey"))


def _database(settings: Settings, *, running: bool) -> Iterator[Finding]:
    if not settings.database_url and not running:
        yield _program("PostgreSQL", postgres_folder)
        return
    mend = _service_mend(settings, "DATABASE_URL", "postgres")
    try:
        engine = create_engine(database_url(settings), connect_args={"connect_timeout": 5})
    except ConsoleError as error:
        yield Finding(BAD, "Database", str(error), mend)
        return
    try:
        yield from _inside(engine, settings, running)
    except OperationalError as error:
        yield Finding(BAD, "Database", str(error.orig).strip().splitlines()[0], mend)
    except ConsoleError as error:
        yield Finding(BAD, "Schema", str(error))
    finally:
        engine.dispose()


def _inside(engine: Engine, settings: Settings, running: bool) -> Iterator[Finding]:
    """
    Raises:
        WrongState: the schema is another version's.
    """
    newest = migrations.check(engine)
    yield Finding(GOOD, "Database", "answers")
    if not newest:
        yield Finding(NOTE, "Schema", "older than this program", "budkavle up brings it up to date")
        return
    yield Finding(GOOD, "Schema", "this program's")
    with Session(engine) as session:
        if apart := surroundings.clocks_apart(session):
            yield apart
        yield from _heartbeats(session, running)
        yield from _site(session, settings)
        yield _signed(session, settings)
        yield _backup(session)
        yield from _live_use(session, settings)


def _heartbeats(session: Session, running: bool) -> Iterator[Finding]:
    query = text(
        "SELECT kind, count(*) FILTER (WHERE age < :fresh) AS alive, min(age) AS newest FROM"
        " (SELECT kind, extract(epoch FROM budkavle_now() - at)::float AS age FROM heartbeats) h"
        " GROUP BY kind"
    )
    seen = {row.kind: row for row in session.execute(query, {"fresh": FRESH})}
    for kind, what in KINDS.items():
        row = seen.get(kind)
        if row is not None and row.alive:
            yield Finding(GOOD, what, f"{row.alive} alive")
        else:
            when = f"last seen {row.newest:.0f} s ago" if row else "never seen in the last hour"
            mend = f"look for child={'worker-…' if kind == 'worker' else kind} in what `up` prints"
            yield Finding(BAD if running else NOTE, what, when, mend if running else "budkavle up")


def _site(session: Session, settings: Settings) -> Iterator[Finding]:
    """Does the public see what applies, as far as the processes that live know?"""
    query = text(
        "SELECT string_agg(detail, ' ') FROM heartbeats WHERE kind = 'site' AND detail <> ''"
        " AND at > budkavle_now() - make_interval(secs => :fresh)"
    )
    stuck = session.execute(query, {"fresh": FRESH}).scalar_one()
    if stuck:
        how = f"stands as it was, and nothing new is shown of: {stuck}"
        mend = "what `up` prints says why: look for event_not_drawn or site_not_written"
        yield Finding(BAD, "Public site", how, mend)
    known = head(session).n
    exercises = settings.exercise_folder("any").parent
    for folder in (settings.site_folder, *sorted(exercises.glob("*"))):
        shown, _content = served(folder)
        if shown > known:
            how = (
                f"{folder} shows entry {shown} of the timeline, and the database ends at {known}:"
                " nothing of it is shown"
            )
            mend = "if this is the database to go on with, move that folder away"
            yield Finding(BAD, "Public site", how, mend)


def _signed(session: Session, settings: Settings) -> Finding:
    """Is what the timeline is proved by afterwards kept where it should be?"""
    signed = newest_signed(session)
    if signed is None:
        return Finding(NOTE, "Timeline", "nothing is signed yet", "budkavle up")
    copy = settings.head_copy
    mend = (
        f"see that {copy} can be written (BUDKAVLE_HEAD_COPY); until then the proof is in one place"
    )
    try:
        fault = compare_with_second_place(session, settings)
    except (ConsoleError, OSError) as error:
        return Finding(
            BAD, "Timeline", str(error), "see who owns it, and that nobody else reads it"
        )
    if fault is not None:
        if fault.kind == "copy_gone":
            mend = f"mount its disk; if the file is lost for good, make an empty one: touch {copy}"
        elif fault.is_of_the_key:
            mend = "nothing is signed until then; exports of what is signed already need it too"
        elif fault.forbids_signing:
            mend = "nothing is signed until somebody has looked: keep both as they are"
        return Finding(BAD, "Timeline", fault.sentence, mend)
    query = text(
        "SELECT extract(epoch FROM budkavle_now() - min(signed_at))::float"
        " FROM timeline_signed_heads WHERE stored_at IS NULL"
    )
    waits = session.execute(query).scalar_one() or 0.0
    if waits > UNSTORED:
        how = f"signed, but for {waits / 60:.0f} minutes not stored in {copy}"
        return Finding(BAD, "Timeline", how, mend)
    return Finding(GOOD, "Timeline", f"signed to entry {signed.n}, and stored in {copy}")


def _backup(session: Session) -> Finding:
    query = text(
        "SELECT extract(epoch FROM budkavle_now() - max(at))::float / 86400 AS days"
        " FROM timeline_entries WHERE tag = 'backup:made'"
    )
    days = session.execute(query).scalar_one()
    mend = "budkavle backup FILE, every day"
    if days is None:
        return Finding(NOTE, "Backup", "none was ever made", mend)
    if days > OLD_BACKUP:
        return Finding(NOTE, "Backup", f"the last is {days:.0f} days old", mend)
    return Finding(GOOD, "Backup", f"the last is {days * 24:.0f} hours old")


def _live_use(session: Session, settings: Settings) -> Iterator[Finding]:
    """What has ceased to hold once live use is on, is named too: nothing turns it off."""
    on = live_use_is_on(session)
    yield (
        Finding(GOOD, "Live use", "on") if on else Finding(NOTE, "Live use", "off: exercises only")
    )
    for condition in missing_for_live_use(session, settings):
        yield Finding(BAD if on else NOTE, "", condition.name, str(condition.missing))


def _mail(settings: Settings) -> Finding:
    if settings.smtp_url:
        return Finding(GOOD, "Mail", f"from {settings.mail_from}")
    return Finding(NOTE, "Mail", "none: notices stand in the console only", "BUDKAVLE_SMTP_URL")


def _program(what: str, find: Callable[[], Path]) -> Finding:
    try:
        find()
    except CannotStart as error:
        return Finding(BAD, what, str(error))
    return Finding(GOOD, what, "is installed; starts with budkavle up")


def _service_mend(settings: Settings, variable: str, log: str) -> str:
    if getattr(settings, variable.lower()):
        return f"start that server, or correct {variable}"
    return f"{settings.home / 'logs' / log}.log says why; budkavle up starts it again"
