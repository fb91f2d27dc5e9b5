"""The quick way takes exactly what the slow way would, and leaves all else to it."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any, BinaryIO

import pytest

from console.timeline import lines, quick, rules

SALT, PREV, N = b"\xab" * 16, b"p" * 32, 7
BODY = rules.compose(
    "round:written", at=datetime(2026, 6, 11, tzinfo=UTC), incident_id=1, person_id=None,
    facts={"text": 'Koka "allt"; å\n🚒', "number": 3}, personal={},
)  # fmt: skip


def entry(body: str = BODY, **more: Any) -> dict[str, Any]:
    digest = rules.digest(SALT, body)
    return {
        "n": N, "entry_hash": rules.entry_hash(PREV, N, digest).hex(), "salt": SALT.hex(),
        "body_digest": digest.hex(), "body": body, "personal": [],
    } | more  # fmt: skip


def table(row: bytes, before: bytes = b"head\r\n") -> BinaryIO:
    file = io.BufferedReader(io.BytesIO(before + row))  # type: ignore[arg-type]
    file.read(len(before))
    return file  # type: ignore[return-value]


def test_a_usual_entry_is_followed_and_the_table_stands_after_its_row() -> None:
    row = lines.csv_line(entry())
    file = table(row + b"next")
    assert quick.follows(lines.jsonl_line(entry()), N, PREV, file) == bytes.fromhex(
        entry()["entry_hash"]
    )
    assert file.read() == b"next"


@pytest.mark.parametrize(
    "raw",
    [
        lines.jsonl_line(entry(n=8)),
        lines.jsonl_line(entry(entry_hash="00" * 32)),
        lines.jsonl_line(entry(body_digest="00" * 32)),
        lines.jsonl_line(entry(salt="00" * 16)),
        lines.jsonl_line(entry(salt=(SALT.hex()).upper())),
        lines.jsonl_line(entry(personal=[{"field": "a", "withheld": "b"}])),
        lines.jsonl_line(entry(more=1)),
        lines.jsonl_line(entry())[:-1],
        lines.jsonl_line(entry()) + b" ",
        lines.jsonl_line(entry()).replace(b'"n":7', b'"n": 7'),
        lines.jsonl_line(entry()).replace("å".encode(), b"\\u00e5"),
        lines.jsonl_line(entry("not JSON")),
        lines.jsonl_line(entry("{}")),
        lines.jsonl_line(entry(BODY + " ")),
        b'{"body":"',
        b"\xff\xfe",
        b"",
    ],
)
def test_anything_else_is_left_to_the_slow_way_with_the_table_as_it_stood(raw: bytes) -> None:
    row = lines.csv_line(entry())
    file = table(row)
    assert quick.follows(raw, N, PREV, file) is None
    assert file.read() == row


def test_another_row_in_the_table_is_left_to_the_slow_way() -> None:
    wrong = lines.csv_line(entry()).replace(b"Koka", b"Drik")
    file = table(wrong)
    assert quick.follows(lines.jsonl_line(entry()), N, PREV, file) is None
    assert file.read() == wrong
