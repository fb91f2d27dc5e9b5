"""Verifying an exported timeline, with nothing but the folder: no database, no network.

What is trusted is the public key, by its fingerprint. It signs the end of the chain, and so every
entry; and it signs the manifest, and so every file.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from console.timeline import lines, quick, rules

LONGEST_LINE = 64 * 1024 * 1024
"""Bytes; a longer line is no entry."""
_UNUSABLE = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)
"""What reading something that isn't what it should be can raise."""


@dataclass(frozen=True)
class VerifyResult:
    """`kind` is "" when the folder holds; otherwise the first fault is named."""

    kind: str
    """gone | empty | extra | changed | removed | moved | cut | rewritten | signature | foreign_key
    """
    sentence: str
    file: str = ""
    """The bad file's name within the folder."""
    n: int | None = None
    """The first bad entry's number, if it is an entry."""
    entries: int = 0
    head_n: int = 0
    head_hash: str = ""
    fingerprint: str = ""

    @property
    def ok(self) -> bool:
        return self.kind == ""


class _Bad(Exception):
    def __init__(self, kind: str, file: str, sentence: str, n: int | None = None) -> None:
        super().__init__(sentence)
        self.result = VerifyResult(kind, sentence, file, n)


@dataclass(frozen=True)
class _Head:
    n: int
    hash: bytes
    fingerprint: str
    key: Ed25519PublicKey


@dataclass(frozen=True)
class _Manifest:
    first: int
    """The first entry's number."""
    prev: bytes
    """The hash before it."""
    files: dict[str, str]
    """name → SHA-256 as hex"""


def verify(folder: Path, fingerprint: str | None = None) -> VerifyResult:
    """Check the folder and name the first fault.

    1. Every file is there. 2. The head's signature holds, by the expected key. 3. So does the
    manifest's. 4. No file is added. 5. Each entry follows from its body and the one before, the
    table from the entries, and the last entry is the signed one. 6. Every file is as listed.

    Args:
        folder: what `export` wrote.
        fingerprint: the key's, as hex from a source that is trusted (colons, spaces and capitals
            don't matter); without it a folder made with any key holds.

    Raises:
        OSError: the folder or a file in it can't be read.
    """
    try:
        found = _files(folder)
        head = _check_head(folder, fingerprint)
        manifest = _check_manifest(folder, head)
        changed = _changed_files(folder, found, manifest)
        if lines.HEAD in changed:
            raise _Bad("changed", lines.HEAD, f"{lines.HEAD} is another export's.")
        entries = _check_entries(folder, manifest, head, changed)
        for name in changed:
            raise _Bad("changed", name, f"{name} has been changed since it was exported.")
    except _Bad as bad:
        return bad.result
    return VerifyResult(
        kind="",
        sentence=f"{entries} entries hold.",
        entries=entries,
        head_n=head.n,
        head_hash=head.hash.hex(),
        fingerprint=head.fingerprint,
    )


def _files(folder: Path) -> set[str]:
    def unreadable(error: OSError) -> None:
        """os.walk is silent about a folder that it can't list."""
        name = Path(error.filename).relative_to(folder).as_posix()
        if name == ".":
            raise error
        said = f"{_shown(name)} can't be read, and so not what is in it: {error.strerror}."
        raise _Bad("extra", name, said)

    found = set()
    for where, folders, files in os.walk(folder, onerror=unreadable):
        for path in (Path(where, one) for one in (*folders, *files)):
            name = path.relative_to(folder).as_posix()
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise _Bad("extra", name, f"{_shown(name)} is no plain file.")
            if path.is_file():
                found.add(name)
        if not folders and not files and Path(where) != folder:
            name = Path(where).relative_to(folder).as_posix()
            raise _Bad("extra", name, f"{_shown(name)} was not exported: it is an empty folder.")
    for name in lines.REQUIRED:
        if name not in found:
            raise _Bad("gone", name, f"{name} is gone.")
        if (folder / name).stat().st_size == 0:
            raise _Bad("empty", name, f"{name} is empty.")
    return found


def _shown(name: str) -> str:
    """A name that anybody may have chosen, so that it can be printed, and can't print a line of
    its own."""
    return name if name.isprintable() else ascii(name)


def _check_head(folder: Path, fingerprint: str | None) -> _Head:
    changed = _Bad("changed", lines.HEAD, f"{lines.HEAD} has been changed.")
    try:
        stated = _read_pretty(folder / lines.HEAD)
        key = load_pem_public_key(stated["public_key"].encode())
        if not isinstance(key, Ed25519PublicKey):
            raise changed
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        head = _Head(_number(stated["n"]), _hash(stated["hash"]), rules.fingerprint(der), key)
        text = rules.head_text(head.n, head.hash)
        signature = _bytes(stated["signature"])
        if (stated["text"], stated["fingerprint"]) != (text, head.fingerprint):
            raise changed
        if stated["public_key"] != pem.decode():
            raise changed
    except (*_UNUSABLE, UnsupportedAlgorithm):
        raise changed from None
    if not _signed(key, signature, text.encode()):
        raise _Bad("signature", lines.HEAD, f"{lines.HEAD}: the signature doesn't hold.")
    if fingerprint is not None and _plain_hex(fingerprint) != head.fingerprint:
        raise _Bad(
            "foreign_key",
            lines.HEAD,
            f"{lines.HEAD} is signed with another key: {head.fingerprint}, not "
            f"{_plain_hex(fingerprint)}.",
        )
    return head


def _check_manifest(folder: Path, head: _Head) -> _Manifest:
    changed = _Bad(
        "changed", lines.MANIFEST, f"{lines.MANIFEST} has been changed: its signature doesn't hold."
    )
    try:
        stated = _read_pretty(folder / lines.MANIFEST)
        signature = _bytes(stated.pop("signature"))
        if not _signed(head.key, signature, lines.compact(stated).encode()):
            raise changed
        if stated["format"] != lines.FORMAT:
            raise _Bad(
                "changed",
                lines.MANIFEST,
                f"{lines.MANIFEST} says format {stated['format']!r}, which this version of "
                "Budkavle doesn't know.",
            )
        return _Manifest(
            first=_number(stated["range"]["from"]),
            prev=_hash(stated["range"]["prev"]),
            files={name: about["sha256"] for name, about in stated["files"].items()},
        )
    except _UNUSABLE:
        raise changed from None


def _changed_files(folder: Path, found: set[str], manifest: _Manifest) -> list[str]:
    """Names of listed files that aren't as listed."""
    changed = []
    for name, stated in manifest.files.items():
        if name not in found:
            raise _Bad("gone", name, f"{name} is gone.")
        with (folder / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != stated:
                changed.append(name)
    for name in sorted(found - set(manifest.files) - {lines.MANIFEST}):
        said = f"{_shown(name)} was not exported: it isn't in {lines.MANIFEST}."
        raise _Bad("extra", name, said)
    return changed


def _check_entries(folder: Path, manifest: _Manifest, head: _Head, changed: list[str]) -> int:
    """Walk the entries and the table side by side; how many entries there are."""
    n, prev = manifest.first - 1, manifest.prev

    def missing() -> int:
        return head.n - manifest.first + 1 - _count_lines(folder / lines.JSONL)

    with (folder / lines.JSONL).open("rb") as jsonl, (folder / lines.CSV).open("rb") as table:
        # Where the two disagree, the one that isn't as the manifest lists it is to blame.
        blamed = lines.JSONL if lines.CSV not in changed else lines.CSV
        if table.readline(LONGEST_LINE) != lines.csv_head():
            raise _Bad("changed", lines.CSV, f"{lines.CSV}: the headings have been changed.")
        for raw in _lines(jsonl):
            n += 1
            hash_ = quick.follows(raw, n, prev, table)
            if hash_ is not None:
                prev = hash_
                continue
            if n > head.n:
                raise _Bad(
                    "changed", lines.JSONL, f"Entry {n} has been added after the signed head.", n
                )
            entry = _read_entry(raw, n, missing)
            prev, body = _check_entry(entry, n, prev)
            try:
                row = lines.csv_line(entry, body)
            except _UNUSABLE:
                raise _changed_entry(n, "its body isn't one that Budkavle writes") from None
            if table.readline(LONGEST_LINE) != row:
                raise _Bad("changed", blamed, f"Entry {n} has been changed in {blamed}.", n)
        if n < head.n:
            raise _Bad(
                "cut",
                lines.JSONL,
                f"Entry {n + 1} is gone: {lines.JSONL} has been cut off after entry {n}, but the "
                f"signed head counts {head.n}.",
                n + 1,
            )
        if prev != head.hash:
            raise _Bad(
                "rewritten",
                lines.JSONL,
                f"Entry {n} isn't the one that was signed: the entries up to it have been "
                "rewritten.",
                n,
            )
        if table.read(1):
            raise _Bad("changed", lines.CSV, f"{lines.CSV} goes on after entry {n}.", n + 1)
    return n - manifest.first + 1


def _read_entry(raw: bytes, n: int, missing: Callable[[], int]) -> dict[str, Any]:
    """
    Args:
        missing: counts, if it is asked, how many entries there are too few.
    """
    if not raw.endswith(b"\n"):
        raise _Bad("cut", lines.JSONL, f"Entry {n} is cut off: its line isn't whole.", n)
    try:
        entry: dict[str, Any] = lines.read(raw[:-1].decode())
        stated = _number(entry["n"])
        if lines.jsonl_line(entry) != raw:
            raise _changed_entry(n, "the line isn't spelt as Budkavle spells it")
    except _UNUSABLE:
        raise _changed_entry(n, "the line can't be read") from None
    if stated != n and missing() > 0:
        raise _Bad(
            "removed", lines.JSONL, f"Entry {n} has been removed: {stated} is in its place.", n
        )
    if stated != n:
        raise _Bad("moved", lines.JSONL, f"Entry {n} isn't in its place: {stated} stands there.", n)
    return entry


def _check_entry(entry: dict[str, Any], n: int, prev: bytes) -> tuple[bytes, dict[str, Any] | None]:
    """The entry's hash, which the next one follows from, and its body unless that is withheld."""
    body = None
    try:
        body_digest = _hash(entry["body_digest"])
        if "withheld" in entry:
            expected = lines.WITHHELD
            if not isinstance(entry["withheld"], str):
                raise _changed_entry(n, "the reason isn't text")
        else:
            expected = lines.SHOWN
            if rules.digest(_bytes(entry["salt"]), entry["body"]) != body_digest:
                raise _changed_entry(n, "its body isn't the one that was digested")
            body = lines.read(entry["body"])
            _check_personal(entry, body["personal"], n)
        if entry.keys() != expected:
            raise _changed_entry(n, "it holds other fields than an entry has")
        hash_ = rules.entry_hash(prev, n, body_digest)
        if entry["entry_hash"] != hash_.hex():
            raise _changed_entry(n, "it doesn't follow from the one before")
    except _UNUSABLE:
        raise _changed_entry(n, "a field can't be read") from None
    return hash_, body


def _check_personal(entry: dict[str, Any], digests: dict[str, str], n: int) -> None:
    if [p["field"] for p in entry["personal"]] != sorted(digests):
        raise _changed_entry(n, "its personal fields aren't those of its body")
    for p in entry["personal"]:
        if "withheld" not in p:
            found = rules.digest(_bytes(p["salt"]), p["text"])
            if found.hex() != digests[p["field"]]:
                raise _changed_entry(n, f"its {p['field']} isn't the text that was digested")


def _changed_entry(n: int, why: str) -> _Bad:
    return _Bad("changed", lines.JSONL, f"Entry {n} has been changed: {why}.", n)


def _read_pretty(path: Path) -> dict[str, Any]:
    if path.stat().st_size > LONGEST_LINE:
        raise ValueError("too large")
    raw = path.read_bytes()
    value: dict[str, Any] = json.loads(raw)
    if lines.pretty(value) != raw:
        raise ValueError("spelt in another way")
    return value


def _signed(key: Ed25519PublicKey, signature: bytes, text: bytes) -> bool:
    try:
        key.verify(signature, text)
    except InvalidSignature:
        return False
    return True


def _number(value: Any) -> int:
    if type(value) is not int or not 0 < value <= rules.LARGEST_INTEGER:
        raise ValueError("not an entry's number")
    return value


def _bytes(text: str) -> bytes:
    value = bytes.fromhex(text)
    if value.hex() != text:  # fromhex also takes capitals and spaces
        raise ValueError("not lower-case hex")
    return value


def _hash(text: str) -> bytes:
    value = _bytes(text)
    if len(value) != 32:
        raise ValueError("not a SHA-256")
    return value


def _plain_hex(text: str) -> str:
    return text.replace(":", "").replace(" ", "").lower()


def _lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(LONGEST_LINE):
        yield line


def _count_lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in _lines(file))
