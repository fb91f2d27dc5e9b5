"""A site's folder shows a whole generation at every moment, whatever happens to its writer."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from console.site import folder
from console.site.folder import KEPT, MARK, publish, served

KILLS = 25
WRITER = """
import sys
from pathlib import Path
from console.site.folder import publish, served
folder = Path(sys.argv[1])
n = served(folder)[0] + 1
while True:
    text = str(n).encode()
    files = {f"h/{i}/index.html": text for i in range(12)} | {"site.css": b"always the same"}
    publish(folder, files, n, f"content {n}")
    print(n, flush=True)
    n += 1
"""


def tree(root: Path) -> dict[str, tuple[bytes, int, int]]:
    return {
        str(path.relative_to(root)): (
            path.read_bytes(),
            path.stat().st_mtime_ns,
            path.stat().st_ino,
        )
        for path in root.rglob("*")
        if path.is_file()
    }


def generations(root: Path) -> list[str]:
    return sorted(one.name for one in root.iterdir() if one.name != "current")


def test_a_writer_killed_at_any_moment_leaves_a_whole_generation_and_goes_on(
    tmp_path: Path,
) -> None:
    dice = random.Random(7)
    shown = -1
    for _ in range(KILLS):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        assert writer.stdout.readline()  # it has published: from here on it is in mid-work
        time.sleep(dice.uniform(0, 0.03))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        generation, content = served(tmp_path)
        assert generation > shown
        shown = generation
        assert content == f"content {generation}"
        current = tmp_path / "current"
        pages = {path.read_text() for path in current.glob("h/*/index.html")}
        assert pages == {str(generation)}
        assert len(list(current.glob("h/*/index.html"))) == 12
        assert (current / "site.css").read_bytes() == b"always the same"
    publish(tmp_path, {"index.html": b"at last"}, shown + 1, "at last")
    assert len(generations(tmp_path)) <= KEPT
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]


def test_what_is_served_already_is_not_touched(tmp_path: Path) -> None:
    publish(tmp_path, {"index.html": b"one"}, 1, "one")
    before, link = tree(tmp_path), (tmp_path / "current").lstat()
    assert publish(tmp_path, {"index.html": b"one"}, 2, "one")
    assert tree(tmp_path) == before
    assert (tmp_path / "current").lstat() == link


def test_an_older_generation_is_refused(tmp_path: Path) -> None:
    publish(tmp_path, {"index.html": b"new"}, 7, "new")
    assert not publish(tmp_path, {"index.html": b"old"}, 6, "old")
    assert (tmp_path / "current" / "index.html").read_bytes() == b"new"


def test_only_what_has_changed_is_written(tmp_path: Path) -> None:
    publish(tmp_path, {"a.html": b"same", "b.html": b"one"}, 1, "1")
    before = tree(tmp_path / "current")
    publish(tmp_path, {"a.html": b"same", "b.html": b"two"}, 2, "2")
    after = tree(tmp_path / "current")
    assert after["a.html"] == before["a.html"]
    assert after["b.html"][2] != before["b.html"][2]


def test_three_generations_are_kept(tmp_path: Path) -> None:
    for n in range(1, 9):
        publish(tmp_path, {"index.html": str(n).encode()}, n, str(n))
    assert generations(tmp_path) == [f"g{n:012d}" for n in (6, 7, 8)]


def test_the_same_generation_can_be_drawn_anew_when_only_time_has_passed(tmp_path: Path) -> None:
    for text in ("in time", "late", "later"):
        assert publish(tmp_path, {"index.html": text.encode()}, 5, text)
        assert (tmp_path / "current" / "index.html").read_text() == text
    assert served(tmp_path) == (5, "later")


def test_a_disk_that_fails_in_the_middle_leaves_what_was_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, {"index.html": b"one"}, 1, "one")

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "_sync", full)
    with pytest.raises(OSError, match="No space"):
        publish(tmp_path, {"index.html": b"two"}, 2, "two")
    monkeypatch.undo()
    assert (tmp_path / "current" / "index.html").read_bytes() == b"one"
    assert publish(tmp_path, {"index.html": b"two"}, 2, "two")
    assert (tmp_path / "current" / MARK).exists()


def test_a_full_disk_is_not_filled_further_by_each_new_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was half-written would take the room that somebody frees."""
    publish(tmp_path, {"index.html": b"one"}, 1, "one")

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "_sync", full)
    for generation in range(2, 12):
        with pytest.raises(OSError, match="No space"):
            publish(tmp_path, {"index.html": b"two"}, generation, "two")
    assert len([name for name in os.listdir(tmp_path) if name.endswith(".new")]) <= 1
