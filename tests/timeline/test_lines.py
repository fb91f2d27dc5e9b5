"""The quick spelling of an entry is the plain one, whatever the entry holds."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.timeline import lines

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
FACTS = st.dictionaries(
    st.sampled_from(["text", "incident", "a", "b"]),
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
        lambda inner: st.lists(inner, max_size=3),
        max_leaves=5,
    ),
    max_size=3,
)


@st.composite
def entries(draw: st.DrawFn) -> dict[str, Any]:
    fields = draw(st.lists(TEXT, unique=True, max_size=2))
    body = {
        "at": "2026-06-11T05:07:09.000000Z",
        "facts": draw(FACTS),
        "incident": draw(st.none() | st.integers(1, 9)),
        "person": draw(st.none() | st.integers(1, 9)),
        "personal": dict.fromkeys(fields, "ab" * 32),
        "tag": "note:written",
    }
    return {
        "n": draw(st.integers(1, 2**53 - 1)),
        "entry_hash": draw(TEXT),
        "body_digest": draw(TEXT),
        "salt": draw(TEXT),
        "body": lines.compact(body),
        "personal": [{"field": f, "salt": "00", "text": draw(TEXT)} for f in sorted(fields)],
    }


@given(entries())
def test_an_entry_is_spelt_as_the_plain_encoder_does(entry: dict[str, Any]) -> None:
    assert lines.jsonl_line(entry) == lines.compact(entry).encode() + b"\n"
    withheld = {name: entry[name] for name in ("n", "entry_hash", "body_digest")}
    withheld["withheld"] = entry["salt"]
    assert lines.jsonl_line(withheld) == lines.compact(withheld).encode() + b"\n"


@given(entries())
def test_a_row_of_the_table_holds_the_facts_as_the_plain_encoder_writes_them(
    entry: dict[str, Any],
) -> None:
    row = lines.csv_line(entry)
    (cells,) = csv.reader(io.StringIO(row.decode(), newline=""), delimiter=";")
    body = json.loads(entry["body"])
    assert cells[5] == lines.compact(body["facts"])
    assert lines.csv_line(entry, body) == row


@pytest.mark.parametrize(
    "entry",
    [
        {"n": True, "entry_hash": "", "body_digest": "", "withheld": ""},
        {"n": 1, "entry_hash": "", "body_digest": "", "withheld": "", "more": 1},
        {"n": 1, "entry_hash": "", "body_digest": "", "salt": "", "body": "{}", "personal": {}},
    ],
)
def test_what_is_no_usual_entry_is_spelt_plainly(entry: dict[str, Any]) -> None:
    assert lines.jsonl_line(entry) == lines.compact(entry).encode() + b"\n"


def test_a_body_that_is_spelt_otherwise_is_read_all_the_same() -> None:
    body = json.dumps({"tag": "a:b", "at": "x", "facts": {"b": 1, "a": "é"}, "incident": None,
                       "person": None, "personal": {}})  # fmt: skip
    entry = {"n": 1, "entry_hash": "", "body": body, "personal": []}
    assert b'{""a"":""\xc3\xa9"",""b"":1}' in lines.csv_line(entry)
