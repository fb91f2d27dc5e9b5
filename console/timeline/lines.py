"""How an export spells things. Shared by the writer and the verifier, so pure.

Everything has one spelling only: what reads alike but is written otherwise counts as changed.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import Any

FORMAT = "budkavle-export-1"
JSONL = "timeline.jsonl"
CSV = "timeline.csv"
HEAD = "head.json"
MANIFEST = "manifest.json"
README = "README.txt"
REQUIRED = (README, HEAD, CSV, JSONL, MANIFEST)

CSV_BOM = b"\xef\xbb\xbf"
"""Tells Excel that the text is UTF-8."""
CSV_COLUMNS = (
    "n",
    "at",
    "tag",
    "incident",
    "person",
    "facts",
    "personal",
    "withheld",
    "entry_hash",
)


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
WITHHELD = frozenset({"n", "entry_hash", "body_digest", "withheld"})
"""What an entry holds that isn't shown."""
SHOWN = frozenset({"n", "entry_hash", "body_digest", "salt", "body", "personal"})
"""And one that is."""


_NEEDS_QUOTES = re.compile('[;"\r\n]').search
_SCAN = json.JSONDecoder().scan_once  # type: ignore[attr-defined]


def read(text: str) -> Any:
    """The JSON that `text` is, and nothing before or after it; quicker than `json.loads`.

    Raises:
        ValueError: it is something else.
    """
    try:
        value, end = _SCAN(text, 0)
    except StopIteration:
        raise ValueError("no JSON") from None
    if end != len(text):
        raise ValueError("something stands after the JSON")
    return value


def compact(value: Any) -> str:
    """JSON on one line, keys in order: RFC 8785 for what an export holds (keys in ASCII)."""
    return _ENCODER.encode(value)


def pretty(value: Mapping[str, Any]) -> bytes:
    """A small file of JSON for people to read, keys in order."""
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2) + "\n").encode()


def jsonl_line(entry: Mapping[str, Any]) -> bytes:
    """`compact(entry)` and a line feed; put together by hand where it is a usual entry, which takes
    a third of the time.

    Raises:
        ValueError, KeyError, TypeError: the entry isn't one that Budkavle writes.
    """
    if entry.keys() == SHOWN and type(entry["n"]) is int:
        personal = _ENCODER.encode(entry["personal"]) if entry["personal"] else "[]"
        if type(entry["personal"]) is list:
            return (
                f'{{"body":{_text(entry["body"])},"body_digest":{_text(entry["body_digest"])},'
                f'"entry_hash":{_text(entry["entry_hash"])},"n":{entry["n"]},'
                f'"personal":{personal},"salt":{_text(entry["salt"])}}}\n'
            ).encode()
    elif entry.keys() == WITHHELD and type(entry["n"]) is int:
        return (
            f'{{"body_digest":{_text(entry["body_digest"])},'
            f'"entry_hash":{_text(entry["entry_hash"])},"n":{entry["n"]},'
            f'"withheld":{_text(entry["withheld"])}}}\n'
        ).encode()
    return compact(entry).encode() + b"\n"


def csv_head() -> bytes:
    return CSV_BOM + _csv(CSV_COLUMNS)


def csv_line(entry: Mapping[str, Any], body: Mapping[str, Any] | None = None) -> bytes:
    """The row that follows from an entry of `timeline.jsonl`.

    Args:
        body: the entry's, where it has been read already.

    Raises:
        ValueError, KeyError, TypeError: the entry's body isn't one that Budkavle writes.
    """
    if "withheld" in entry:
        shown = ("", "", "", "", "", "", _harmless(entry["withheld"]))
    else:
        body = body or read(entry["body"])
        row = quick_row(entry["n"], entry["body"], body, entry["entry_hash"])
        if row is not None and not entry["personal"]:
            return row.encode()
        shown = (
            body["at"],
            body["tag"],
            "" if body["incident"] is None else str(body["incident"]),
            "" if body["person"] is None else str(body["person"]),
            _facts(entry["body"], body),
            compact({p["field"]: _text_or_reason(p) for p in entry["personal"]})
            if entry["personal"]
            else "{}",
            "",
        )
    return _csv((str(entry["n"]), *shown, entry["entry_hash"]))


def quick_row(n: int, text: str, body: Mapping[str, Any], entry_hash: str) -> str | None:
    """The table's row of an entry that has no personal texts, put together by hand; None where a
    cell might need more care."""
    at, tag, facts = body["at"], body["tag"], _facts(text, body)
    if body["personal"] or facts == "{}" or _NEEDS_QUOTES(f"{at}{tag}{entry_hash}"):
        return None
    incident, person = body["incident"], body["person"]
    return (
        f"{n};{at};{tag};{'' if incident is None else incident};"
        f'{"" if person is None else person};"{facts.replace(chr(34), chr(34) * 2)}";{{}};;'
        f"{entry_hash}\r\n"
    )


def _facts(text: str, body: Mapping[str, Any]) -> str:
    """`compact(body["facts"])`, cut out of the body's own text where that is spelt as ours is."""
    start = f'{{"at":"{body["at"]}","facts":'
    personal = compact(body["personal"]) if body["personal"] else "{}"
    end = (
        f',"incident":{_number(body["incident"])},"person":{_number(body["person"])},'
        f'"personal":{personal},"tag":"{body["tag"]}"}}'
    )
    if text.startswith(start) and text.endswith(end):
        return text[len(start) : -len(end)]
    return compact(body["facts"])


def _number(value: int | None) -> str:
    return "null" if value is None else str(value)


def _text_or_reason(personal: Mapping[str, str]) -> str | dict[str, str]:
    if "withheld" in personal:
        return {"withheld": personal["withheld"]}
    return personal["text"]


def _harmless(text: str) -> str:
    """So that no spreadsheet takes the text for a formula (OWASP, "CSV Injection")."""
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


class _Echo:
    """A file that gives back what is written: `writerow` returns what `write` does."""

    def write(self, row: str) -> str:
        return row


# Swedish Excel expects semicolons, as the comma is its decimal mark.
_TABLE: Any = csv.writer(_Echo(), delimiter=";", lineterminator="\r\n")


def _csv(cells: tuple[str, ...]) -> bytes:
    row: str = _TABLE.writerow(cells)
    return row.encode()


def _text(value: Any) -> str:
    """A JSON string.

    Raises:
        TypeError: not text.
    """
    return encode_basestring(value)
