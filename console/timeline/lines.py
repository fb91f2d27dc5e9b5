"""How an export spells things. Shared by the writer and the verifier, so pure.

Everything has one spelling only: what reads alike but is written otherwise counts as changed.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
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


def compact(value: Mapping[str, Any]) -> str:
    """JSON on one line, keys in order: RFC 8785 for what an export holds (keys in ASCII)."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def pretty(value: Mapping[str, Any]) -> bytes:
    """A small file of JSON for people to read, keys in order."""
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2) + "\n").encode()


def jsonl_line(entry: Mapping[str, Any]) -> bytes:
    return compact(entry).encode() + b"\n"


def csv_head() -> bytes:
    return CSV_BOM + _csv(CSV_COLUMNS)


def csv_line(entry: Mapping[str, Any]) -> bytes:
    """The row that follows from an entry of `timeline.jsonl`.

    Raises:
        ValueError, KeyError, TypeError: the entry's body isn't one that Budkavle writes.
    """
    if "withheld" in entry:
        shown = ("", "", "", "", "", "", _harmless(entry["withheld"]))
    else:
        body = json.loads(entry["body"])
        shown = (
            body["at"],
            body["tag"],
            "" if body["incident"] is None else str(body["incident"]),
            "" if body["person"] is None else str(body["person"]),
            compact(body["facts"]),
            compact({p["field"]: _text_or_reason(p) for p in entry["personal"]}),
            "",
        )
    return _csv((str(entry["n"]), *shown, entry["entry_hash"]))


def _text_or_reason(personal: Mapping[str, str]) -> str | dict[str, str]:
    if "withheld" in personal:
        return {"withheld": personal["withheld"]}
    return personal["text"]


def _harmless(text: str) -> str:
    """So that no spreadsheet takes the text for a formula (OWASP, "CSV Injection")."""
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _csv(cells: tuple[str, ...]) -> bytes:
    out = io.StringIO()
    # Swedish Excel expects semicolons, as the comma is its decimal mark.
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow(cells)
    return out.getvalue().encode()
