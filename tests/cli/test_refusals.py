"""What must be put right first is said in one plain sentence, with exit code 2."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import psycopg
import pytest

from console.cli.lock import home_lock
from console.cli.services import CannotStart
from tests.cli.program import budkavle, environment, free_port


def refusal(env: dict[str, str], *arguments: str) -> str:
    ended = budkavle(*(arguments or ("up",)), env=env)
    said = [line for line in ended.stderr.splitlines() if line.startswith("budkavle: ")]
    assert ended.returncode == 2, ended.stderr
    assert len(said) == 1 and "Traceback" not in ended.stderr, ended.stderr
    assert ended.stdout == ""
    return said[0]


def execute(url: str, statement: str) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["BUDKAVLE_PORT", "BUDKAVLE_PUBLIC_PORT"])
def test_a_taken_port_is_named(tmp_path: Path, name: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = refusal(environment(tmp_path, **{name: port}))
    assert port in said and name in said


def test_one_port_for_both_is_refused(tmp_path: Path) -> None:
    port = str(free_port())
    said = refusal(environment(tmp_path, BUDKAVLE_PORT=port, BUDKAVLE_PUBLIC_PORT=port))
    assert port in said


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    home = tmp_path / "file" / "home"
    assert f"{home} can't be written to" in refusal(environment(home))


def test_a_home_in_use_is_named_with_its_process(tmp_path: Path) -> None:
    with home_lock(tmp_path):
        assert "already running" in refusal(environment(tmp_path))


def test_a_home_on_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    said = f"{tmp_path} can't be written to: No space"
    with pytest.raises(CannotStart, match=said), home_lock(tmp_path):
        pass


def test_a_database_that_does_not_answer_is_named_without_its_password(
    tmp_path: Path, redis_url: str
) -> None:
    port = free_port()
    url = f"postgresql://lisa:hemligt@127.0.0.1:{port}/budkavle"
    said = refusal(environment(tmp_path, DATABASE_URL=url, REDIS_URL=redis_url))
    assert str(port) in said and "can't be reached" in said and "hemligt" not in said


def test_a_redis_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    port = free_port()
    said = refusal(environment(tmp_path, REDIS_URL=f"redis://:hemligt@127.0.0.1:{port}/0"))
    assert str(port) in said and "can't be reached" in said and "hemligt" not in said


def test_a_database_of_another_schema_version_is_refused(
    tmp_path: Path, own_database_url: str, redis_url: str
) -> None:
    execute(own_database_url, "UPDATE alembic_version SET version_num = '9999'")
    said = refusal(environment(tmp_path, DATABASE_URL=own_database_url, REDIS_URL=redis_url))
    assert "9999" in said


def test_another_programs_database_is_left_alone(
    tmp_path: Path, own_database_url: str, redis_url: str
) -> None:
    execute(own_database_url, "DROP TABLE alembic_version")
    said = refusal(environment(tmp_path, DATABASE_URL=own_database_url, REDIS_URL=redis_url))
    assert "not Budkavle's" in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BUDKAVLE_PORT", "åtta"),
        ("BUDKAVLE_PUBLIC_URL", "torsby.example"),
        ("BUDKAVLE_WORKERS", "0"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("REDIS_URL", "localhost:6379"),
        ("BUDKAVLE_BIND", "203.0.113.7"),
        ("BUDKAVLE_BIND", "127.0.0.l"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, name: str, value: str) -> None:
    assert name in refusal(environment(tmp_path, **{name: value}))


@pytest.mark.parametrize("arguments", [("keys", "rotate"), ("backup", "/nowhere/b"), ("prepare",)])
def test_a_home_that_is_a_file_is_no_home(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "file").touch()
    assert "No database runs in" in refusal(environment(tmp_path / "file"), *arguments)


def test_keys_stay_as_they_are_while_the_database_is_away(tmp_path: Path) -> None:
    url = f"postgresql://lisa:hemligt@127.0.0.1:{free_port()}/budkavle"
    said = refusal(environment(tmp_path, DATABASE_URL=url), "keys", "rotate")
    assert "can't be reached" in said and "hemligt" not in said


def test_what_the_disk_refuses_is_said_with_its_file(tmp_path: Path, own_database_url: str) -> None:
    (tmp_path / "keys").touch()
    env = environment(tmp_path, DATABASE_URL=own_database_url)
    assert f"{tmp_path / 'keys'}" in refusal(env, "keys", "rotate")
