"""A site's folder: generations beside each other, and a link that says which is served.

Only the site process writes here. Whatever it is killed in the middle of, `current` points at a
whole generation.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

KEPT = 3
PREFIX = "g"
SYNCS = 16
"""Files that are made safe side by side: the disk then does them in one go."""
MARK = "generation.json"
"""Says which picture a folder shows."""


def served(folder: Path) -> tuple[int, str]:
    """(generation, content digest) of what `current` shows; (-1, "") if there is nothing."""
    try:
        mark = json.loads((folder / "current" / MARK).read_bytes())
        return int(mark["generation"]), str(mark["content"])
    except (OSError, ValueError, KeyError):
        return -1, ""


def publish(folder: Path, files: Mapping[str, bytes], generation: int, content: str) -> bool:
    """Write a generation and serve it; if its content is served already, touch nothing.

    1. Clear away what a kill or a full disk left half-written: it takes the room of what comes.
    2. Write it whole beside the others; files that haven't changed are linked, not written.
    3. Make sure that it has reached the disk.
    4. Swap `current` in one step; clear away the oldest.

    Args:
        files: path within the site → bytes; all of them.
        generation: never serve it if a newer one is served.
        content: digest of what the files show.

    Returns:
        False if a newer generation is served: this one isn't.

    Raises:
        OSError: it can't be written; what was served still is.
    """
    shown, old = served(folder)
    if shown > generation:
        return False
    if old == content:
        return True
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{PREFIX}{generation:012d}"
    if target.exists() and (folder / "current").resolve() == target.resolve():
        target = folder / f"{PREFIX}{generation:012d}-{os.getpid()}"
    draft = folder / f".{target.name}.new"
    for leftover in (target, *folder.glob(f".{PREFIX}*.new")):
        shutil.rmtree(leftover, ignore_errors=True)
    mark = json.dumps({"generation": generation, "content": content})
    written = [
        path
        for name, text in {**files, MARK: mark.encode()}.items()
        if _write(path := draft / name, text, folder / "current" / name)
    ]
    with ThreadPoolExecutor(SYNCS) as pool:
        list(pool.map(_sync, [*written, *(Path(inside) for inside, _, _ in os.walk(draft))]))
    draft.rename(target)
    _sync(folder)
    link = folder / ".current.new"
    link.unlink(missing_ok=True)
    link.symlink_to(target.name)
    os.replace(link, folder / "current")
    _sync(folder)
    _clear(folder, target)
    return True


def _write(path: Path, content: bytes, old: Path) -> bool:
    """Put a file there; False if it could be linked to what is served already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        if old.stat().st_size == len(content) and old.read_bytes() == content:
            os.link(old, path)
            return False
    except OSError:
        pass  # nothing there to link to
    path.write_bytes(content)
    return True


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _clear(folder: Path, current: Path) -> None:
    generations = sorted(
        (one for one in folder.iterdir() if one.name.startswith(PREFIX)),
        key=lambda one: one.stat().st_mtime_ns,
    )
    for old in generations[:-KEPT]:
        if old != current:
            shutil.rmtree(old, ignore_errors=True)
