"""Whatever is done to an exported folder is found, and the first bad entry or file is named."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from console.config import Settings
from console.timeline import export as exporting
from console.timeline import keys, lines, rules
from console.timeline.signing import sign_and_store
from console.timeline.verify import VerifyResult, verify
from tests.timeline.factory import NOON, write_export, write_mixed_timeline, write_rounds

FIRST = 3
"""The export's first entry; line k of the file holds entry FIRST + k."""


@pytest.fixture
def folder(database: Settings, tmp_path: Path) -> Path:
    """An export of entries 3–12; 5, 6, 11 and 12 are withheld."""
    write_mixed_timeline()
    return write_export(tmp_path / "out", database)


def entry_at(name: str, raw: bytes, position: int) -> int | None:
    """The entry whose line holds the byte; None outside entries."""
    line = raw.count(b"\n", 0, position)
    if name == lines.JSONL:
        return FIRST + line
    if name == lines.CSV:
        return FIRST + line - 1 if line else None
    return None


def rows_of(folder: Path) -> list[bytes]:
    return (folder / lines.JSONL).read_bytes().splitlines(keepends=True)


def write_rows(folder: Path, rows: list[bytes]) -> None:
    (folder / lines.JSONL).write_bytes(b"".join(rows))


def named(result: VerifyResult) -> tuple[str, str, int | None]:
    assert result.sentence
    return result.kind, result.file, result.n


@st.composite
def spoiled(draw: st.DrawFn, originals: dict[str, bytes]) -> tuple[str, bytes, int]:
    """A file's name, its spoiled content, and the position of the first byte that differs."""
    name = draw(st.sampled_from(sorted(originals)))
    raw = originals[name]
    at = draw(st.integers(0, len(raw) - 1))
    match draw(st.sampled_from(["flip", "delete", "insert", "swap", "cut"])):
        case "flip":
            bad = raw[:at] + bytes([raw[at] ^ draw(st.integers(1, 255))]) + raw[at + 1 :]
        case "delete":
            bad = raw[:at] + raw[at + 1 :]
        case "insert":
            bad = raw[:at] + bytes([draw(st.integers(0, 255))]) + raw[at:]
        case "swap":
            other = draw(st.integers(0, len(raw) - 1).filter(lambda o: raw[o] != raw[at]))
            low, high = sorted((at, other))
            bad = (
                raw[:low] + raw[high : high + 1] + raw[low + 1 : high] + raw[low : low + 1]
            ) + raw[high + 1 :]
        case _:
            bad = raw[:at]
    differs = next(
        (i for i, (a, b) in enumerate(zip(raw, bad, strict=False)) if a != b),
        min(len(raw), len(bad)),
    )
    return name, bad, differs


def test_any_byte_flipped_deleted_added_or_swapped_is_found_and_its_place_named(folder: Path):
    originals = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(originals) == set(lines.REQUIRED)

    @hypothesis_settings(
        max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(spoiled(originals))
    def check(case: tuple[str, bytes, int]) -> None:
        name, bad, differs = case
        (folder / name).write_bytes(bad)
        try:
            result = verify(folder)
        finally:
            (folder / name).write_bytes(originals[name])
        assert not result.ok
        assert result.file == name
        entry = entry_at(name, originals[name], differs)
        # At the very end of the file it is the last entry, or one too many, that is named.
        if entry is not None and bad and differs < len(originals[name]):
            assert result.n == entry, result.sentence

    check()
    assert verify(folder).ok


def test_every_byte_of_a_line_of_entries_counts(folder: Path):
    raw = (folder / lines.JSONL).read_bytes()
    start = len(b"".join(rows_of(folder)[:5]))
    for at in range(start, start + len(rows_of(folder)[5])):  # entry 8, with its personal fields
        for bit in (0x01, 0x20):  # another digit; a capital
            (folder / lines.JSONL).write_bytes(raw[:at] + bytes([raw[at] ^ bit]) + raw[at + 1 :])
            result = verify(folder)
            assert (result.file, result.n) == (lines.JSONL, 8), (at, bit, result)


def test_a_removed_entry_is_named(folder: Path):
    for k, row in enumerate(rows := rows_of(folder)):
        write_rows(folder, [r for r in rows if r is not row])
        kind = "cut" if k == len(rows) - 1 else "removed"
        assert named(verify(folder)) == (kind, lines.JSONL, FIRST + k)


def test_two_swapped_entries_are_named_by_the_first(folder: Path):
    rows = rows_of(folder)
    for a, b in ((0, 1), (2, 7), (8, 9)):
        swapped = list(rows)
        swapped[a], swapped[b] = rows[b], rows[a]
        write_rows(folder, swapped)
        assert named(verify(folder)) == ("moved", lines.JSONL, FIRST + a)


def test_a_tail_cut_off_is_named_by_the_first_entry_gone(folder: Path):
    rows = rows_of(folder)
    for left in range(1, len(rows)):
        write_rows(folder, rows[:left])
        assert named(verify(folder)) == ("cut", lines.JSONL, FIRST + left)


def test_a_tail_cut_off_in_every_unsigned_place_is_still_found(folder: Path):
    """Lesson 24: entries, table and counts agree, but the signature counts more."""
    write_rows(folder, rows_of(folder)[:5])
    table = (folder / lines.CSV).read_bytes().splitlines(keepends=True)
    (folder / lines.CSV).write_bytes(b"".join(table[:6]))
    assert named(verify(folder)) == ("cut", lines.JSONL, FIRST + 5)


def test_an_entry_added_after_the_signed_head_is_named(folder: Path):
    rows = rows_of(folder)
    last = json.loads(rows[-1])
    digest = rules.digest(b"", "more")
    added = {
        "n": 13,
        "body_digest": digest.hex(),
        "entry_hash": rules.entry_hash(bytes.fromhex(last["entry_hash"]), 13, digest).hex(),
        "withheld": "outside the event",
    }
    write_rows(folder, [*rows, lines.jsonl_line(added)])
    assert named(verify(folder)) == ("changed", lines.JSONL, 13)


@pytest.mark.parametrize("name", lines.REQUIRED)
def test_a_file_that_is_gone_is_named(folder: Path, name: str):
    (folder / name).unlink()
    assert named(verify(folder)) == ("gone", name, None)


@pytest.mark.parametrize("name", lines.REQUIRED)
def test_a_file_that_is_emptied_is_named(folder: Path, name: str):
    (folder / name).write_bytes(b"")
    assert named(verify(folder)) == ("empty", name, None)


def test_an_extra_file_is_named(folder: Path):
    (folder / "more").mkdir()
    (folder / "more" / "evidence.txt").write_text("false")
    assert named(verify(folder)) == ("extra", "more/evidence.txt", None)


def test_an_empty_folder_is_named(folder: Path):
    (folder / "more" / "within").mkdir(parents=True)
    assert named(verify(folder)) == ("extra", "more/within", None)


def test_a_subfolder_that_cannot_be_read_is_named_and_nothing_is_called_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    (folder / "more").mkdir()
    scan = os.scandir

    def closed(path: Path | str) -> object:
        """As for anybody but root, whom no mode keeps out."""
        if os.fspath(path) == str(folder / "more"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", closed)
    result = verify(folder)
    assert named(result) == ("extra", "more", None)
    assert "Permission denied" in result.sentence


def test_a_link_in_place_of_a_file_is_named(folder: Path, tmp_path: Path):
    elsewhere = shutil.move(folder / lines.README, tmp_path / "elsewhere")
    (folder / lines.README).symlink_to(elsewhere)
    assert named(verify(folder)) == ("extra", lines.README, None)


@pytest.mark.parametrize("name", [b"\xff.txt", b"a\nverified: 10 entries", b"a\x1b[2K\rverified"])
def test_a_file_of_any_name_is_named_on_one_line_that_can_be_printed(folder: Path, name: bytes):
    Path(os.fsdecode(bytes(folder) + b"/" + name)).touch()
    result = verify(folder)
    assert (result.kind, result.file) == ("extra", os.fsdecode(name))
    assert result.sentence.encode() and result.sentence.isprintable()


def rewrite_from(folder: Path, n: int) -> bytes:
    """Change entry `n` and everything that follows from it; the new last hash."""
    out, prev = [], b""
    for row in rows_of(folder):
        entry = json.loads(row)
        if entry["n"] == n:
            entry["body"] = entry["body"].replace("Koka", "Drick")
            salt = bytes.fromhex(entry["salt"])
            entry["body_digest"] = rules.digest(salt, entry["body"]).hex()
        if entry["n"] >= n:
            digest = bytes.fromhex(entry["body_digest"])
            entry["entry_hash"] = rules.entry_hash(prev, entry["n"], digest).hex()
        prev = bytes.fromhex(entry["entry_hash"])
        out.append(lines.jsonl_line(entry))
    write_rows(folder, out)
    return prev


def forge_table(folder: Path) -> None:
    rows = [lines.csv_line(json.loads(row)) for row in rows_of(folder)]
    (folder / lines.CSV).write_bytes(lines.csv_head() + b"".join(rows))


def test_a_rewritten_suffix_is_named_by_its_first_entry_while_the_table_stands(folder: Path):
    rewrite_from(folder, 4)
    assert named(verify(folder)) == ("changed", lines.JSONL, 4)


def test_a_rewritten_suffix_with_its_table_does_not_end_in_the_signed_head(folder: Path):
    rewrite_from(folder, 4)
    forge_table(folder)
    assert named(verify(folder)) == ("rewritten", lines.JSONL, 12)


def test_a_rewritten_suffix_with_its_head_has_no_signature(folder: Path):
    last = rewrite_from(folder, 4)
    forge_table(folder)
    head = json.loads((folder / lines.HEAD).read_text())
    head |= {"hash": last.hex(), "text": rules.head_text(12, last)}
    (folder / lines.HEAD).write_bytes(lines.pretty(head))
    assert named(verify(folder)) == ("signature", lines.HEAD, None)


def forge_everything(folder: Path) -> None:
    """Rewrite the suffix and sign all of it with a key of one's own."""
    last = rewrite_from(folder, 4)
    forge_table(folder)
    key = Ed25519PrivateKey.generate()
    head = json.loads((folder / lines.HEAD).read_text())
    text = rules.head_text(12, last)
    head |= {
        "hash": last.hex(),
        "text": text,
        "signature": key.sign(text.encode()).hex(),
        "public_key": keys.public_pem(key.public_key()),
        "fingerprint": keys.fingerprint(key.public_key()),
    }
    (folder / lines.HEAD).write_bytes(lines.pretty(head))
    manifest = json.loads((folder / lines.MANIFEST).read_text())
    (folder / lines.MANIFEST).unlink()
    del manifest["files"], manifest["signature"]
    exporting.write_manifest(folder, key, manifest)


def test_a_folder_signed_with_a_foreign_key_is_told_by_the_fingerprint(
    database: Settings, folder: Path
):
    own = keys.fingerprint(keys.load_key(database).public_key())
    assert verify(folder, own).ok
    spaced = ":".join(own[i : i + 2] for i in range(0, 64, 2)).upper()
    assert verify(folder, spaced).ok
    forge_everything(folder)
    assert verify(folder).ok  # whole, but nobody knows whose
    assert named(verify(folder, own)) == ("foreign_key", lines.HEAD, None)


def test_a_head_from_another_export_with_the_same_key_is_named(
    database: Settings, folder: Path, tmp_path: Path
):
    write_rounds(1, first=13)
    sign_and_store(database, NOON)
    later = write_export(tmp_path / "later", database)
    shutil.copy(later / lines.HEAD, folder / lines.HEAD)
    assert named(verify(folder)) == ("changed", lines.HEAD, None)


BROKEN: list[Callable[[dict], object]] = [
    lambda e: e | {"n": "3"},
    lambda e: e | {"n": True},
    lambda e: e | {"n": 3.0},
    lambda e: e | {"n": 10**30},
    lambda e: e | {"salt": e["salt"].upper() + " "},
    lambda e: e | {"entry_hash": None},
    lambda e: e | {"extra": 1},
    lambda e: e | {"personal": 5},
    lambda e: e | {"personal": [{"field": "x", "salt": "", "text": "y"}]},
    lambda e: e | {"body": "[]"},
    lambda e: e | {"withheld": "masked"},
    lambda e: {"n": 3},
    lambda e: [e],
    lambda e: "text",
    lambda e: None,
]


@pytest.mark.parametrize("spoil", BROKEN)
def test_a_line_of_the_wrong_shape_is_named_and_stops_nothing(
    folder: Path, spoil: Callable[[dict], object]
):
    rows = rows_of(folder)
    line = json.dumps(spoil(json.loads(rows[0])), sort_keys=True, separators=(",", ":"))
    write_rows(folder, [line.encode() + b"\n", *rows[1:]])
    assert named(verify(folder)) == ("changed", lines.JSONL, 3)


@pytest.mark.parametrize("raw", [b"[" * 100_000, b"{", b"null\n", b"[]\n", b"\xff\n", b"{}\n"])
@pytest.mark.parametrize("name", [lines.HEAD, lines.MANIFEST, lines.JSONL])
def test_a_file_of_another_kind_is_named(folder: Path, name: str, raw: bytes):
    (folder / name).write_bytes(raw)
    assert verify(folder).file == name


def test_a_folder_that_is_not_there_is_an_error_of_another_kind(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        verify(tmp_path / "nowhere")


WITHOUT_THE_REST = """
import socket, sys
for name in ("sqlalchemy", "psycopg", "redis", "aiohttp", "structlog"):
    sys.modules[name] = None
socket.socket = None
from pathlib import Path
from console.timeline.verify import verify
print(verify(Path(sys.argv[1])).sentence)
"""


def test_verifying_needs_neither_database_nor_network(folder: Path):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_REST, str(folder)],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.getcwd()},
    )
    assert done.stdout == "10 entries hold.\n", done.stderr
