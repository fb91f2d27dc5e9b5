"""The doctor finds what `up` would stumble on, and says how to mend it."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from console import clock, db
from console.cli.doctor import BAD, GOOD, NOTE, Finding, findings
from console.cli.lock import home_lock
from console.config import Settings
from console.site.folder import publish
from console.timeline import keys
from console.timeline.models import Entry
from console.timeline.operations import record
from console.timeline.signing import sign_and_store
from tests.cli.program import budkavle, environment, free_port
from workers.heartbeat import beat


def look(settings: Settings) -> dict[str, Finding]:
    return {finding.what: finding for finding in findings(settings)}


def at_free_ports(settings: Settings) -> Settings:
    return replace(settings, port=free_port(), public_port=free_port())


def test_a_healthy_empty_place_is_found_healthy(tmp_path: Path) -> None:
    ended = budkavle("doctor", env=environment(tmp_path / "new"))
    assert ended.returncode == 0, ended.stdout
    assert "BAD" not in ended.stdout and "not made yet" in ended.stdout
    assert not (tmp_path / "new").exists()


def test_a_taken_port_is_found_and_the_variable_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = budkavle("doctor", env=environment(tmp_path, BUDKAVLE_PORT=port))
    assert ended.returncode == 2
    assert f" BAD  Port {port}" in ended.stdout and "set BUDKAVLE_PORT" in ended.stdout


def test_a_home_that_cannot_be_written_ends_the_round(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = budkavle("doctor", env=environment(tmp_path / "file"))
    assert ended.returncode == 2 and "can't be written to" in ended.stdout
    assert "Traceback" not in ended.stderr


def test_servers_that_do_not_answer_are_found_both(settings: Settings) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    found = look(
        at_free_ports(
            replace(
                settings,
                database_url=f"postgresql+psycopg://u:hemligt@{nowhere}/x",
                redis_url=f"redis://:hemligt@{nowhere}/0",
            )
        )
    )
    assert found["Database"].mark == found["Redis"].mark == BAD
    assert "DATABASE_URL" in found["Database"].mend and "REDIS_URL" in found["Redis"].mend
    assert "hemligt" not in found["Database"].how + found["Redis"].how


def test_a_process_that_has_fallen_silent_is_found(database: Settings) -> None:
    with db.unit_of_work() as session:
        beat(session, "t1", "ticker", clock.now())
        beat(session, "w1", "worker", clock.now() - timedelta(minutes=1))
    with home_lock(database.home):
        found = look(database)
    assert found["Running"].mark == GOOD
    assert found["Ticker"].mark == GOOD
    assert found["Workers"].mark == BAD and "60 s ago" in found["Workers"].how
    assert found["Site process"].mark == BAD and "never" in found["Site process"].how


def test_silence_is_no_fault_where_nothing_runs(database: Settings) -> None:
    found = look(at_free_ports(database))
    assert found["Running"].mark == found["Ticker"].mark == NOTE
    assert not [f for f in found.values() if f.mark == BAD]


def test_what_live_use_still_lacks_is_said(database: Settings) -> None:
    lines = [f.how for f in findings(at_free_ports(database))]
    assert "an_administrator_who_can_log_in" in lines
    assert "no_example_people" not in lines
    assert {"two_approvers", "a_backup_that_was_restored", "a_public_address"} <= {*lines}


def test_a_proof_that_is_not_kept_in_its_second_place_is_found(database: Settings) -> None:
    settings = at_free_ports(database)
    assert look(settings)["Timeline"].mark == NOTE
    with db.unit_of_work() as session:
        record(session, "backup:drilled", body={}, now=clock.now())
    sign_and_store(settings, clock.now())
    assert look(settings)["Timeline"].mark == GOOD
    full = replace(settings, head_copy=Path("/dev/full"))
    with db.unit_of_work() as session:
        record(session, "backup:drilled", body={}, now=clock.now())
    with pytest.raises(OSError, match="No space"):
        sign_and_store(full, clock.now() - timedelta(minutes=5))
    found = look(settings)["Timeline"]
    assert found.mark == BAD and "5 minutes" in found.how and "HEAD_COPY" in found.mend
    sign_and_store(settings, clock.now())
    settings.head_copy.unlink()
    found = look(settings)["Timeline"]
    assert found.mark == BAD and "empty or gone" in found.how
    with pytest.raises(FileNotFoundError):  # what the ticker meets, every second
        sign_and_store(settings, clock.now())
    found = look(settings)["Timeline"]
    assert found.mark == BAD and "mount its disk" in found.mend


def test_a_chain_that_is_cut_and_a_key_that_is_gone_are_found(database: Settings) -> None:
    settings = at_free_ports(database)
    with db.unit_of_work() as session:
        record(session, "backup:drilled", body={}, now=clock.now())
    sign_and_store(settings, clock.now())
    key = settings.keys / "timeline.pem"
    kept = key.read_bytes()
    key.unlink()
    found = look(settings)["Timeline"]
    assert found.mark == BAD and "it is gone. Put it back" in found.how
    assert not key.exists(), "the doctor makes no key"
    key.write_bytes(kept)
    assert "chmod 600" in look(settings)["Timeline"].how
    key.chmod(0o600)
    with db.unit_of_work() as session:
        session.execute(update(Entry).values(entry_hash=bytes(32)))
    found = look(settings)["Timeline"]
    assert found.mark == BAD and "rewritten" in found.how


def test_how_old_the_newest_backup_is_is_said(database: Settings) -> None:
    settings = at_free_ports(database)
    assert look(settings)["Backup"].how == "none was ever made"
    with db.unit_of_work() as session:
        record(session, "backup:made", body={}, now=clock.now() - timedelta(days=3))
    assert look(settings)["Backup"].mark == NOTE and "3 days" in look(settings)["Backup"].how
    with db.unit_of_work() as session:
        record(session, "backup:made", body={}, now=clock.now())
    assert look(settings)["Backup"].mark == GOOD


def test_an_event_whose_page_stands_as_it_was_is_named(database: Settings) -> None:
    with db.unit_of_work() as session:
        beat(session, "s1", "site", clock.now(), "koka-vattnet")
        beat(session, "s2", "site", clock.now() - timedelta(minutes=1), "storm-i-norr")
    found = look(database)["Public site"]
    assert found.mark == BAD and "koka-vattnet" in found.how
    assert "storm-i-norr" not in found.how  # that process is gone
    assert "event_not_drawn" in found.mend


@pytest.mark.parametrize("exercise", [False, True])
def test_a_database_older_than_what_the_public_site_has_shown_is_named_with_the_way_out(
    database: Settings, exercise: bool
) -> None:
    assert "Public site" not in look(database)
    folder = database.exercise_folder("ovning-1") if exercise else database.site_folder
    publish(folder, {"index.html": b"newer"}, 4711, "newer")
    found = look(database)["Public site"]
    assert found.mark == BAD
    assert "shows entry 4711" in found.how and "the database ends at 0" in found.how
    assert str(folder) in found.how and "move that folder away" in found.mend


def test_a_lost_signing_key_is_replaced_by_a_command_and_the_doctor_is_content(
    database: Settings,
) -> None:
    settings = at_free_ports(database)
    with db.unit_of_work() as session:
        record(session, "backup:drilled", body={}, now=clock.now())
    sign_and_store(settings, clock.now())
    env = environment(database.home, DATABASE_URL=database.database_url or "")
    early = budkavle("keys", "replace-signing", env=env)
    assert early.returncode == 2 and "is in its place" in early.stderr
    (settings.keys / "timeline.pem").unlink()
    done = budkavle("keys", "replace-signing", env=env)
    assert done.returncode == 0, done.stderr
    assert look(settings)["Timeline"].mark == GOOD
    own = keys.fingerprint(keys.load_key(settings).public_key())
    assert f"signed with the key {own}" in done.stdout
