"""The house of docs/decisions.md: which floor may import which, and what no file may hold."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("channels", "console", "workers", "bench", "simulators")
LONGEST_FILE = 500

NOUNS = (
    *("timeline", "policy", "people", "approvals", "accounts"),
    *("recipients", "guideline", "upkeep", "pictures", "incidents"),
    *("messages", "posts", "answers", "monitoring", "site", "review", "archive", "board"),
)
"""Left is lower: a noun imports from itself and from those to its left."""

LOW = {
    *("clock", "config", "db", "errors", "garbage", "listing", "live", "logs", "mails"),
    "sealing",
}
"""Floor 2: what stands under every noun."""
SHARED = {"kavel", "parts", "phrases"}
"""Drawing and wording that every noun may use. They know nothing above floor 2."""
OVER_ALL_NOUNS = {"models", "migrations", "example", "cli", "web"}
"""Below the top, but over every noun: no noun's operations may use them."""

VERBS = {"operations", "queries"}
FLOOR_OF_FILE = {
    **{"rules": 3, "openings": 3, "values": 3, "faults": 3},
    **{"models": 4, "operations": 5, "queries": 5},
    **{"views": 6, "forms": 6},
    **{"coverage_rules": 3, "absence_models": 4},
    "import_models": 4,
    **{"absence_forms": 6, "absence_views": 6, "coverage_views": 6},
}
PAGES = {
    "console.board.switchboard",
    "console.board.start",
    "console.board.municipality",
    "console.board.fill",
    "console.board.shared",
    "console.board.cache",
    "console.board.around",
    "console.board.staff",
    "console.board.handovers",
    "console.board.summary",
    *("console.board.wall", "console.board.viewing", "console.board.view_links"),
    "console.board.cards",
    "console.board.duty",
    "console.accounts.import_views",
}
"""Parts of a noun's views with files of their own."""

Import = tuple[str, str]
"""(importing module, imported module), dotted."""


def tracked(*patterns: str) -> list[Path]:
    """Files under version control, and those not yet added."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    lines = subprocess.check_output(command, cwd=ROOT, text=True).splitlines()
    return [ROOT / line for line in lines if (ROOT / line).is_file()]


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(p): p for p in tracked(*(f"{package}/*.py" for package in PACKAGES))}
TREES = {name: ast.parse(path.read_text()) for name, path in MODULES.items()}


def imports(name: str) -> Iterator[str]:
    """Modules that `name` imports, wherever in the file it says so; ours down to the module."""
    package = name if MODULES[name].name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base]).rstrip(".")
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                yield whole if whole in MODULES else base


IMPORTS: list[Import] = sorted({(name, used) for name in MODULES for used in imports(name)})
OURS: list[Import] = [(a, b) for a, b in IMPORTS if b.split(".")[0] in PACKAGES]


def floor(name: str) -> int:
    """1 (channels) to 7 (what assembles), as in the design."""
    match name.split("."):
        case ["channels", *_]:
            return 1
        case ["console", *rest] if rest and rest[0] in LOW | SHARED:
            return 2
        case _ if name in PAGES:
            return 6
        case ["console", noun, *rest] if noun in NOUNS:
            # A folder of operations or views is as high as the file it took the place of;
            # a helper beside them (rendering, targets, …) as high as operations. A part of a noun
            # has files named after it: custody_rules.py is rules.
            return FLOOR_OF_FILE.get(rest[0].rpartition("_")[2], 5) if rest else 2
        case ["console", "models"]:
            return 4
        case ["console", "migrations", *_]:
            return 5
        case ["console", "web", *_] | ["workers", _, *_] | ["workers"]:
            return 7 if name == "workers.__main__" else 6
        case ["console", "example", *_]:
            return 6
        case ["console"] | ["console", "cli", *_]:
            return 7
        case ["bench", *_] | ["simulators", *_]:
            return 8
    raise AssertionError(f"{name} stands on no floor: say where in tests/test_house.py")


def noun(name: str) -> str | None:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "console" and parts[1] in NOUNS else None


def says(pairs: list[Import]) -> str:
    return "\n".join(f"{a} imports {b}" for a, b in pairs)


def test_every_module_stands_on_a_floor_and_the_check_sees_them_all() -> None:
    assert len(MODULES) > 100 and len(OURS) > 300
    assert {floor(name) for name in MODULES} == set(range(1, 9))


def test_nothing_imports_from_a_floor_above_its_own() -> None:
    upward = [(a, b) for a, b in OURS if floor(b) > floor(a)]
    assert not upward, says(upward)


def test_channels_know_nothing_of_the_console() -> None:
    outward = [(a, b) for a, b in OURS if a.startswith("channels") and not b.startswith("channels")]
    assert not outward, says(outward)


def test_rules_import_only_rules_and_what_stands_under_them() -> None:
    wrong = [(a, b) for a, b in OURS if floor(a) == 3 and floor(b) > 3]
    world = {"sqlalchemy", "flask", "redis", "aiohttp", "os", "socket", "subprocess", "pathlib"}
    wrong += [(a, b) for a, b in IMPORTS if floor(a) == 3 and b.split(".")[0] in world]
    assert not wrong, says(wrong)


def test_a_noun_imports_only_nouns_to_its_left() -> None:
    rightward = []
    for a, b in OURS:
        here, there = noun(a), noun(b)
        if here and there and NOUNS.index(there) > NOUNS.index(here):
            rightward.append((a, b))
    assert not rightward, says(rightward)


def test_a_noun_below_its_views_uses_nothing_that_stands_over_all_nouns() -> None:
    wrong = [
        (a, b)
        for a, b in OURS
        if noun(a) and floor(a) < 6 and b.split(".")[1:2] and b.split(".")[1] in OVER_ALL_NOUNS
    ]
    assert not wrong, says(wrong)


def test_web_and_workers_never_import_each_other() -> None:
    def face(name: str) -> bool:
        return name.startswith("console.web") or (noun(name) is not None and floor(name) == 6)

    across = [
        (a, b)
        for a, b in OURS
        if (face(a) and b.startswith("workers")) or (a.startswith("workers") and face(b))
    ]
    assert not across, says(across)


def test_of_the_console_only_the_command_line_may_name_workers() -> None:
    wrong = [
        (a, b)
        for a, b in OURS
        if b.startswith("workers") and a.startswith("console") and not a.startswith("console.cli")
    ]
    assert not wrong, says(wrong)


def test_no_verb_and_no_rule_touches_the_request() -> None:
    names = {"request", "session", "g", "current_app", "render_template", "abort", "redirect"}
    wrong = [
        f"{name}, line {node.lineno}"
        for name, tree in TREES.items()
        if noun(name) and floor(name) < 6
        for node in ast.walk(tree)
        if (
            (isinstance(node, ast.ImportFrom) and node.module == "flask")
            and names & {alias.name for alias in node.names}
        )
        or (isinstance(node, ast.Import) and "flask" in {alias.name for alias in node.names})
    ]
    assert not wrong, "\n".join(wrong)


def test_no_verb_commits() -> None:
    wrong = [
        f"{name}, line {node.lineno}"
        for name, tree in TREES.items()
        if noun(name) and floor(name) in (3, 4, 5)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"commit", "rollback"}
    ]
    assert not wrong, "\n".join(wrong)


WALL_CLOCK = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
    ("time", "gmtime"),
}
MAY_READ_THE_CLOCK = {
    "console.clock",
    "channels.http",  # an HTTP date in Retry-After is measured against it; `now` is an argument
    "simulators.__main__",  # a platform's own clock, in a process without a database
    "bench.boards",  # when a board showed something, in a process without a database
    "bench.floors",  # the bare timer that the ticker is measured against
}


def test_nobody_reads_the_clock_but_the_clock() -> None:
    wrong = [
        f"{name}, line {node.lineno}: {node.value.id}.{node.attr}"
        for name, tree in TREES.items()
        if name not in MAY_READ_THE_CLOCK
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in WALL_CLOCK
    ]
    wrong += [
        f"{a} imports time's own names"
        for a in TREES
        for node in ast.walk(TREES[a])
        if isinstance(node, ast.ImportFrom)
        and node.module == "time"
        and a not in MAY_READ_THE_CLOCK
    ]
    assert not wrong, "\n".join(wrong)


def _at_import(node: ast.AST) -> Iterator[ast.AST]:
    """What runs as a module is imported: everything but the bodies of functions."""
    yield node
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        arguments = node.args
        inside = [one for one in (*arguments.defaults, *arguments.kw_defaults) if one is not None]
        inside += getattr(node, "decorator_list", [])
    else:
        inside = list(ast.iter_child_nodes(node))
    for one in inside:
        yield from _at_import(one)


def test_no_moment_and_no_chance_is_frozen_as_a_module_is_imported() -> None:
    """Lesson 14: a default evaluated at import is the same for every row."""
    wrong = [
        f"{name}, line {node.lineno}: {ast.unparse(node)}"
        for name, tree in TREES.items()
        for node in _at_import(tree)
        if isinstance(node, ast.Call)
        and re.fullmatch(r"clock\.(now|elapsed)|uuid\.uuid\d|secrets\.\w+", ast.unparse(node.func))
    ]
    assert not wrong, "\n".join(wrong)


INLINE = {
    "a style attribute": r"<[^>]*\sstyle\s*=",
    "a style element": r"<style\b",
    "an event attribute": r"<[^>]*\son[a-z]+\s*=\s*[\"']",
    "htmx code": r"\bhx-on|\bjs:|hx-vals=['\"]js|hx-trigger=\"[^\"]*\[",
    "a script without src": r"<script(?![^>]*\bsrc=)[^>]*>",
}


@pytest.mark.parametrize("what", INLINE)
def test_no_template_holds(what: str) -> None:
    found = []
    for path in tracked("templates/*.html"):
        text = re.sub(r"{#.*?#}", "", path.read_text(), flags=re.DOTALL)
        hits = (m.start() for m in re.finditer(INLINE[what], text))
        found += [f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, at) + 1}" for at in hits]
    assert not found, "\n".join(found)


def test_no_file_names_a_registry_or_a_folder_of_somebodys_machine() -> None:
    # Put together here, so that this file doesn't find itself.
    hosts = ("pypi" + ".org", "pythonhosted" + ".org", "registry" + ".npmjs", "npmjs" + ".org")
    folders = ("/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "/tm" + "p/")
    wrong = []
    for path in tracked():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue  # a picture
        for number, line in enumerate(text.splitlines(), 1):
            bad = any(host in line for host in hosts) or any(
                re.search(rf"(?<![\w.}}/]){re.escape(folder)}", line) for folder in folders
            )
            if bad:
                wrong.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    assert not wrong, "\n".join(wrong)


def test_every_file_can_be_read_in_one_sitting() -> None:
    long = {
        name: lines
        for name, path in MODULES.items()
        if not name.startswith("console.migrations.versions")
        and (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert not long, long
