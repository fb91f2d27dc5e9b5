"""Which test shows which clause of the guideline: docs/guideline.md, made from the tests.

A test shows a clause by naming its id: in its docstring, in its module's, or at the end of its name
(`…_7_c`). A clause that no test names is open. When tests are added, write the table anew with
WRITE_DOCS=1 and read the difference.
"""

from __future__ import annotations

import ast
import csv
import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parents[1]
CLAUSES = Path(__file__).with_name("clauses.tsv")
TABLE = TESTS.parent / "docs" / "guideline.md"
WRITTEN = re.compile(r"(?<![\w.-])(B?\d(?:\.\d)?-(?:[a-z]|\d{1,2}))(?![\w-])")
"""A clause id in running text: 7-b, 2.3-a, 3.1-11, B1-f."""
IN_NAME = re.compile(r"_(\d)(?:_(\d))?_([a-z])$")
PARTS = {
    "crisis": "the crisis room",
    "calm": "calm mode",
    "watch": "watching, moderation, report and archive",
    "review": "review",
}
"""What a clause is built with."""
BUILT = ("crisis", "calm")
"""Parts that are done: none of their clauses may be open."""
HEAD = """# The guideline, clause by clause

Made from the tests by `WRITE_DOCS=1 python -m pytest tests/guideline`, and compared with them by
every run: each clause of the guidelines for social media that Torsby adopted in 2011, in our words,
the screen that carries it out, and the tests that show it. *Open*: no test shows it yet.
"""


@dataclass(frozen=True)
class Clause:
    id: str
    level: str
    """must | should | may"""
    part: str
    words: str
    screen: str


def clauses() -> list[Clause]:
    with CLAUSES.open(newline="") as file:
        return [Clause(**row) for row in csv.DictReader(file, delimiter="\t")]


def named_in(text: str) -> set[str]:
    """The clause ids in a docstring."""
    return set(WRITTEN.findall(text))


def named_by(name: str) -> set[str]:
    """The clause id that ends a test's name, if one does."""
    found = IN_NAME.search(name)
    if found is None:
        return set()
    chapter, section, letter = found.groups()
    return {f"{chapter}.{section}-{letter}" if section else f"{chapter}-{letter}"}


def shown() -> dict[str, list[str]]:
    """Clause id → where it is shown: `folder/file.py` for a whole file, with `::test` for one."""
    found: dict[str, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        if path == Path(__file__):
            continue
        where = path.relative_to(TESTS).as_posix()
        tree = ast.parse(path.read_text())
        whole = named_in(ast.get_docstring(tree) or "")
        for clause in sorted(whole):
            found.setdefault(clause, []).append(where)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                named = named_in(ast.get_docstring(node) or "") | named_by(node.name)
                for clause in sorted(named - whole):
                    found.setdefault(clause, []).append(f"{where}::{node.name}")
    return found


def table(tests: dict[str, list[str]]) -> str:
    """The whole document."""
    rows = clauses()
    done = sum(1 for one in rows if tests.get(one.id))
    lines = [
        HEAD,
        f"{done} of {len(rows)} clauses are shown; {len(rows) - done} are open.\n",
        "| Clause | Level | What it asks | Screen | Shown by |",
        "|---|---|---|---|---|",
    ]
    for one in rows:
        by = "<br>".join(f"`{test}`" for test in tests.get(one.id, ()))
        cells = (one.id, one.level, one.words, one.screen, by or f"*open*: {PARTS[one.part]}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def test_the_table_is_what_the_tests_say() -> None:
    written = table(shown())
    if os.environ.get("WRITE_DOCS"):
        TABLE.write_text(written)
    assert TABLE.read_text() == written, "Write docs/guideline.md anew with WRITE_DOCS=1."


def test_all_clauses_stand_there_once_in_our_words() -> None:
    rows = clauses()
    assert len(rows) == len({one.id for one in rows}) == 102
    assert Counter(one.level for one in rows) == {"must": 89, "should": 10, "may": 3}
    assert {one.part for one in rows} == set(PARTS)
    assert all(WRITTEN.fullmatch(one.id) and one.words and one.screen for one in rows)


def test_no_test_names_a_clause_that_is_not_there() -> None:
    """A slip of the pen would leave the right clause open, silently."""
    assert set(shown()) <= {one.id for one in clauses()}


def test_what_is_built_has_no_open_clause() -> None:
    tests = shown()
    assert [one.id for one in clauses() if one.part in BUILT and not tests.get(one.id)] == []


def test_ids_are_read_as_they_are_written() -> None:
    assert named_in("Boil (7-c): see 2.3-a, B1-f, 3.1-11.") == {"7-c", "2.3-a", "B1-f", "3.1-11"}
    assert named_in("2026-06-11, S1-s2, RFC 8785-a1, 10-digit, page 3-4x") == set()
    assert named_by("test_a_password_5_e") == {"5-e"}
    assert named_by("test_no_account_2_3_a") == {"2.3-a"}
    assert named_by("test_five_accounts") == set()
