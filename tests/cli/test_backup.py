"""`backup` and `restore`: one private file, and back into an empty home only."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import create_engine, inspect, make_url, select

from console import clock, db, sealing
from console.cli.backup import back_up
from console.cli.backups import dump, restoring
from console.cli.backups.archive import opened
from console.cli.services import CannotStart, postgres
from console.cli.services.process import wait_until
from console.config import Settings
from console.people.models import LoginSession
from console.policy.models import LiveUse
from console.timeline import second_place
from console.timeline.models import Entry
from console.timeline.signing import sign_and_store
from tests.cli.program import ROOT, budkavle, environment, up
from tests.cli.test_up import all_alive
from tests.services import Running
from tests.stage import Stage

PHRASE = "en fras som ingen gissar"


@pytest.fixture
def saved(database: Settings, tmp_path: Path) -> Path:
    """A backup of an installation with an event and a secret."""
    Stage(database, accounts=1, secret={"token": "hemligt"})
    file = tmp_path / "x.backup"
    back_up(database, database.database_url or "", file, None)
    return file


@pytest.fixture
def phrase(tmp_path: Path) -> Path:
    file = tmp_path / "phrase"
    file.write_text(PHRASE + "\n")
    file.chmod(0o600)
    return file


@pytest.fixture
def empty(services: Running) -> Iterator[str]:
    """Address of a database with nothing in it."""
    name = f"restored_{uuid4().hex[:12]}"
    url = services.superuser_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER budkavle")
        yield services.database(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def tables(url: str) -> list[str]:
    engine = create_engine(url)
    try:
        return inspect(engine).get_table_names()
    finally:
        engine.dispose()


def refused(file: Path, home: Path, url: str, *options: str) -> str:
    """The one sentence of a restore that is refused, and changes nothing."""
    ended = budkavle("restore", str(file), *options, env=environment(home, DATABASE_URL=url))
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1, ended.stderr
    assert not home.exists() and tables(url) == []
    return ended.stderr


def test_a_backup_is_private_whole_and_never_takes_anothers_place(
    database: Settings, tmp_path: Path
) -> None:
    env = environment(database.home, DATABASE_URL=database.database_url or "")
    file = tmp_path / "x.backup"
    made = budkavle("backup", str(file), env=env)
    assert made.returncode == 0, made.stderr
    assert "Whoever holds this file holds the keys" in made.stdout
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == [file.name]
    with db.unit_of_work() as session:
        assert session.scalars(select(Entry.tag)).all()[-1] == "backup:made"
    again = budkavle("backup", str(file), env=env)
    assert again.returncode == 2 and "another name" in again.stderr


def test_what_a_home_makes_for_itself_is_left_out(saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        names = set(archive.namelist())
    assert {"database.dump", "manifest.json", f"keys/{sealing.FILE}"} <= names
    assert not {f"keys/{name}" for name in ("web", "valkey", "postgres-app")} & names


def test_no_password_stands_on_a_command_line(
    database: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[list[str], dict[str, str]]] = []
    start: Callable[..., Any] = subprocess.Popen

    def watch(argv: list[object], **options: Any) -> Any:
        seen.append(([str(a) for a in argv], options.get("env") or {}))
        return start(argv, **options)

    monkeypatch.setattr(dump.subprocess, "Popen", watch)
    back_up(database, database.database_url or "", tmp_path / "x.backup", PHRASE)
    password = make_url(database.database_url or "").password
    started = [one for one in seen if one[0][0].endswith("pg_dump")]
    assert started and started[0][1]["PGPASSWORD"] == password
    assert not any(str(password) in word or PHRASE in word for argv, _ in seen for word in argv)


def test_keys_that_change_meanwhile_break_the_backup_off(
    database: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealing.use(database.keys)
    sealing.seal({})
    waited = dump.dumping

    def change(*arguments: str) -> Any:
        sealing.add_key()
        return waited(*arguments)

    monkeypatch.setattr(dump, "dumping", change)
    with pytest.raises(Exception, match="keys were changed"):
        back_up(database, database.database_url or "", tmp_path / "x.backup", None)
    assert list(tmp_path.iterdir()) == []


ENDED = """
import os, signal, sys, time
from console.cli.backups import dump
sign = getattr(signal, sys.argv.pop(1))
def ended(*_arguments):
    os.kill(os.getpid(), sign)
    time.sleep(30)
dump.dumping = dump.restore = ended
from console.cli import main
main()
"""
"""The command, ended by a signal in the middle of its work."""


@pytest.mark.parametrize("sign", ["SIGTERM", "SIGHUP"])
def test_what_ends_a_backup_or_a_restore_in_the_middle_leaves_no_keys_behind(
    database: Settings, saved: Path, empty: str, tmp_path: Path, sign: str
) -> None:
    """A timer that has run out, a machine that is shut down, a connection that broke."""

    def ended(*arguments: str, env: dict[str, str]) -> int:
        argv = [sys.executable, "-c", ENDED, sign, *arguments]
        return subprocess.run(argv, env=env, cwd=ROOT, capture_output=True, timeout=60).returncode

    env = environment(database.home, DATABASE_URL=database.database_url or "")
    assert ended("backup", str(tmp_path / "y.backup"), env=env) not in (0, 2)
    assert [one.name for one in tmp_path.iterdir()] == [saved.name]
    home = tmp_path / "new"
    assert ended("restore", str(saved), env=environment(home, DATABASE_URL=empty)) not in (0, 2)
    assert not home.exists()
    assert ended("restore", str(saved), "--drill", env=env) not in (0, 2)
    assert not list(Path(tempfile.gettempdir()).glob("budkavle-drill-*"))


def test_a_damaged_backup_is_refused_and_changes_nothing(
    saved: Path, empty: str, tmp_path: Path
) -> None:
    whole, home = saved.read_bytes(), tmp_path / "new"
    at = whole.index(b"PGDMP") + 2000  # inside the dump
    for broken in (
        whole[: len(whole) // 2],
        whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :],
        b"",
    ):
        saved.write_bytes(broken)
        assert "damaged" in refused(saved, home, empty)


def test_a_manifest_that_says_otherwise_is_refused(saved: Path, empty: str, tmp_path: Path) -> None:
    """Also where every checksum of the ZIP itself is right."""
    other = tmp_path / "other.backup"
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content + b"x" if name.startswith("keys/") else content)
    assert "is not what was saved" in refused(other, tmp_path / "new", empty)


def test_a_sealed_backup_opens_with_its_passphrase_only(
    database: Settings, empty: str, tmp_path: Path, phrase: Path
) -> None:
    lisa = Stage(database, accounts=1, secret={"token": "hemligt"}).lisa
    with db.unit_of_work() as session:
        now = clock.now()
        session.add(LoginSession(token_digest=b"", person_id=lisa.id, started_at=now, seen_at=now))
    file, home = tmp_path / "x.backup", tmp_path / "new"
    back_up(database, database.database_url or "", file, PHRASE)
    assert b"PGDMP" not in file.read_bytes()
    assert "--passphrase-file" in refused(file, home, empty)
    option = ("--passphrase-file", str(phrase))

    phrase.write_text("en annan fras än den\n")
    assert "is not the one" in refused(file, home, empty, *option)
    phrase.chmod(0o644)
    assert "chmod 600" in refused(file, home, empty, *option)
    phrase.chmod(0o600)
    phrase.write_text(PHRASE)
    whole = file.read_bytes()
    file.write_bytes(whole[:-70_000])
    assert "damaged" in refused(file, home, empty, *option)
    file.write_bytes(whole)

    ended = budkavle("restore", str(file), *option, env=environment(home, DATABASE_URL=empty))
    assert ended.returncode == 0, ended.stderr
    assert "1 open, 0 don't" in ended.stdout
    assert (home / "keys" / sealing.FILE).read_bytes() == (
        database.keys / sealing.FILE
    ).read_bytes()
    db.connect(empty)
    with db.unit_of_work() as session:
        [login] = session.scalars(select(LoginSession))
        assert login.end_reason == "restored"


def test_a_restore_whose_database_does_not_start_leaves_the_log_that_it_points_at(
    saved: Path, tmp_path: Path, database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgres.SETTINGS, "shared_buffers", "none")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="budkavle-log-") as folder:
        there = replace(
            database,
            home=Path(folder, "home"),
            database_url=None,
            head_copy=Path(folder, "heads.log"),
        )
        with opened(saved, None, tmp_path) as backup, pytest.raises(CannotStart) as refusal:
            restoring.restore(there, backup, pause=False)
        assert not there.home.exists()
    found = re.search(r"(\S+postgres\.log) says why", str(refusal.value))
    assert found is not None, str(refusal.value)
    assert "shared_buffers" in Path(found[1]).read_text()
    assert Path(found[1]).stat().st_mode & 0o777 == 0o600


def test_another_versions_backup_is_refused_and_its_version_named(
    saved: Path, empty: str, tmp_path: Path, database: Settings
) -> None:
    engine = create_engine(database.database_url or "")
    with engine.begin() as connection:
        now = connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        assert now.rowcount == 1
    try:
        other = tmp_path / "other.backup"
        back_up(database, database.database_url or "", other, None)
    finally:
        with zipfile.ZipFile(saved) as archive, engine.begin() as connection:
            schema = archive.read("manifest.json").split(b'"schema": "')[1].split(b'"')[0]
            connection.exec_driver_sql(
                "UPDATE alembic_version SET version_num = %s", (schema.decode(),)
            )
        engine.dispose()
    said = refused(other, tmp_path / "new", empty)
    assert "schema version 9999" in said and "Budkavle 0." in said


def test_only_an_empty_home_and_database_are_restored_into(
    saved: Path, database: Settings, empty: str, tmp_path: Path
) -> None:
    home = tmp_path / "new"
    home.mkdir()
    (home / "notes.txt").write_text("mine")
    env = environment(home, DATABASE_URL=empty)
    ended = budkavle("restore", str(saved), env=env)
    assert ended.returncode == 2 and "is not empty" in ended.stderr
    assert [one.name for one in home.iterdir()] == ["notes.txt"] and tables(empty) == []

    env = environment(tmp_path / "other", DATABASE_URL=database.database_url or "")
    ended = budkavle("restore", str(saved), env=env)
    assert ended.returncode == 2 and "The database is not empty" in ended.stderr
    assert not (tmp_path / "other").exists()


def test_a_backup_whose_timeline_was_cut_is_refused_and_taken_away_again(
    database: Settings, empty: str, tmp_path: Path
) -> None:
    Stage(database, accounts=1)
    with db.unit_of_work() as session:
        session.connection().exec_driver_sql(
            "UPDATE timeline_bodies SET canonical = canonical || ' ' WHERE n = 1"
        )
    file = tmp_path / "x.backup"
    back_up(database, database.database_url or "", file, None)
    assert "timeline doesn't hold" in refused(file, tmp_path / "new", empty)


def test_a_second_place_that_knows_more_is_kept_and_what_it_knew_written_down(
    saved: Path, empty: str, tmp_path: Path
) -> None:
    copy = tmp_path / "second" / "heads.log"
    copy.parent.mkdir()
    copy.write_text(
        f'{{"at": "", "hash": "{"ab" * 32}", "key": "", "n": 900, "signature": "00"}}\n'
    )
    env = environment(tmp_path / "new", DATABASE_URL=empty, BUDKAVLE_HEAD_COPY=str(copy))
    ended = budkavle("restore", str(saved), env=env)
    assert ended.returncode == 0, ended.stderr
    [aside] = copy.parent.glob("heads.log.before-*")
    assert '"n": 900' in aside.read_text()
    db.connect(empty)
    with db.unit_of_work() as session:
        body = session.connection().exec_driver_sql(
            "SELECT b.canonical FROM timeline_bodies b JOIN timeline_entries e USING (n)"
            " WHERE e.tag = 'backup:restored'"
        )
        assert '"beyond":[900,' in body.scalar_one()


def test_a_backup_without_the_signed_heads_says_so_and_its_restore_begins_them_anew(
    database: Settings, empty: str, tmp_path: Path
) -> None:
    """The second place's disk isn't mounted."""
    Stage(database, accounts=0)
    sign_and_store(database, clock.now())
    database.head_copy.unlink()
    file = tmp_path / "x.backup"
    env = environment(
        database.home,
        DATABASE_URL=database.database_url or "",
        BUDKAVLE_HEAD_COPY=str(database.head_copy),
    )
    made = budkavle("backup", str(file), env=env)
    assert made.returncode == 0, made.stderr
    assert str(database.head_copy) in made.stderr and "no signed heads" in made.stderr

    new = replace(
        database, home=tmp_path / "new", database_url=empty, head_copy=tmp_path / "heads.log"
    )
    with opened(file, None, tmp_path) as backup:
        restoring.restore(new, backup, pause=False)
    db.connect(empty)
    signed = sign_and_store(new, clock.now())
    stored = second_place.newest(new.head_copy)
    assert stored is not None and stored.n == signed, "a restored timeline is proved again"


def test_a_backup_that_will_not_be_restored_says_so_when_it_is_made(
    database: Settings, tmp_path: Path
) -> None:
    Stage(database, accounts=0)
    signed = sign_and_store(database, clock.now())
    with db.unit_of_work() as session:
        session.connection().exec_driver_sql(
            f"UPDATE timeline_entries SET entry_hash = body_digest WHERE n = {signed}"
        )
    env = environment(
        database.home,
        DATABASE_URL=database.database_url or "",
        BUDKAVLE_HEAD_COPY=str(database.head_copy),
    )
    made = budkavle("backup", str(tmp_path / "x.backup"), env=env)
    assert made.returncode == 0, "it is still all there is"
    assert "has been rewritten" in made.stderr and "A restore refuses" in made.stderr


def test_a_drill_leaves_nothing_but_its_evidence(saved: Path, database: Settings) -> None:
    env = environment(database.home, DATABASE_URL=database.database_url or "")
    before = set(database.home.iterdir())
    ended = budkavle("restore", str(saved), "--drill", env=env)
    assert ended.returncode == 0, ended.stderr
    assert "Written down" in ended.stdout
    assert set(database.home.iterdir()) == before
    assert not list(Path(tempfile.gettempdir()).glob("budkavle-drill-*"))
    with db.unit_of_work() as session:
        [one] = session.scalars(select(LiveUse).where(LiveUse.condition == "restored"))
        assert one.evidence["drill"] and one.evidence["manifest"] in ended.stdout


@pytest.mark.timeout(120)
def test_a_restored_home_starts(saved: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="budkavle-restored-") as folder:
        env = environment(Path(folder) / "home")
        ended = budkavle("restore", str(saved), env=env)
        assert ended.returncode == 0, ended.stderr
        with up(env, Path(folder) / "log") as running:
            assert wait_until(lambda: all_alive(running), 30), running.said
            looked = budkavle("doctor", env=env)
            assert looked.returncode == 0, looked.stdout
