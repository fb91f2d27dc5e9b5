"""`prepare` makes an empty database ready, and may be called at every start."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg

from tests.cli.program import budkavle, environment


def test_an_empty_database_gets_the_schema_and_a_link_for_its_first_administrator(
    tmp_path: Path, own_database_url: str
) -> None:
    with psycopg.connect(own_database_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DROP OWNED BY CURRENT_USER")
    env = environment(tmp_path, DATABASE_URL=own_database_url)
    for _again in range(2):
        ended = budkavle("prepare", env=env)
        assert ended.returncode == 0, ended.stderr
        link = f"http://127.0.0.1:{env['BUDKAVLE_PORT']}/first/"
        assert re.search(rf"^  {link}[\w-]{{20,}}$", ended.stdout, re.MULTILINE), ended.stdout


def test_without_a_database_it_says_so(tmp_path: Path) -> None:
    ended = budkavle("prepare", env=environment(tmp_path))
    assert ended.returncode == 2 and "set DATABASE_URL" in ended.stderr
