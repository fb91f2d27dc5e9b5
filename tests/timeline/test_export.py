"""What an export holds, what it withholds, and that standard tools alone can check it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from console import db
from console.config import Settings
from console.errors import BadInput, NotFound
from console.timeline import lines
from console.timeline.models import Body, Personal, SignedHead
from console.timeline.operations import record
from console.timeline.signing import replace_key, sign_and_store
from console.timeline.verify import verify
from tests.timeline.factory import ANOTHER, EVENT, NOON, write_export, write_mixed_timeline


def entries_in(folder: Path) -> dict[int, dict]:
    rows = [json.loads(line) for line in (folder / lines.JSONL).read_bytes().splitlines()]
    return {row["n"]: row for row in rows}


def test_an_event_is_exported_whole_and_up_to_a_signed_head(database: Settings, tmp_path: Path):
    write_mixed_timeline()
    folder = write_export(tmp_path / "out", database)
    result = verify(folder)
    assert result.ok, result.sentence
    assert (result.entries, result.head_n) == (10, 12)
    manifest = json.loads((folder / lines.MANIFEST).read_text())
    assert manifest["range"] | {"prev": ""} == {"from": 3, "last": 10, "to": 12, "prev": ""}
    assert manifest["counts"] == {"entries": 10, "withheld": 4}
    assert sorted(manifest["files"]) == sorted(set(lines.REQUIRED) - {lines.MANIFEST})


def test_an_export_shows_nothing_of_other_events_or_of_what_is_masked(
    database: Settings, tmp_path: Path
):
    write_mixed_timeline()
    folder = write_export(tmp_path / "out", database)
    shown = entries_in(folder)
    assert {n: row["withheld"] for n, row in shown.items() if "withheld" in row} == {
        5: "outside the event",
        6: "=OSL 21 kap. 1 §",
        11: "outside the event",
        12: "outside the event",
    }
    assert all("salt" not in shown[n] and "body" not in shown[n] for n in (5, 6, 11, 12))
    assert shown[8]["personal"][1] == {"field": "text", "withheld": "GDPR art. 17"}
    assert b"sa 8" not in (folder / lines.JSONL).read_bytes() + (folder / lines.CSV).read_bytes()


def test_a_signed_head_at_or_after_the_last_entry_is_used_again(database: Settings, tmp_path: Path):
    write_mixed_timeline()
    assert sign_and_store(database, NOON) == 12
    with db.unit_of_work() as session:
        for _ in range(20):
            record(session, "round:written", body={}, now=NOON, incident_id=ANOTHER)
    result = verify(write_export(tmp_path / "out", database))
    assert (result.ok, result.head_n) == (True, 12)


def test_the_whole_timeline_can_be_exported(database: Settings, tmp_path: Path):
    write_mixed_timeline()
    folder = write_export(tmp_path / "out", database, incident_id=None)
    assert verify(folder).entries == 12
    assert [n for n, row in entries_in(folder).items() if "withheld" in row] == [6]


def test_a_disposed_body_leaves_a_chain_that_holds(database: Settings, tmp_path: Path):
    write_mixed_timeline()
    with db.unit_of_work() as session:
        session.execute(delete(Personal).where(Personal.n == 7))
        session.execute(delete(Body).where(Body.n == 7))
    folder = write_export(tmp_path / "out", database)
    assert verify(folder).ok
    assert entries_in(folder)[7]["withheld"] == "disposed of"


def test_the_table_opens_in_swedish_excel(database: Settings, tmp_path: Path):
    write_mixed_timeline()
    raw = (write_export(tmp_path / "out", database) / lines.CSV).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert [row["n"] for row in rows] == [str(n) for n in range(3, 13)]
    assert rows[0]["at"] == "2026-03-01T12:01:00.000000Z"
    assert json.loads(rows[0]["facts"])["text"].startswith("Koka vattnet;")
    assert json.loads(rows[4]["personal"]) == {"name": "Åsa Ek", "text": "=Ring Åsa 7"}
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell[:1] in set("=+-@")]


def test_an_export_can_be_checked_with_openssl_and_python_alone(database: Settings, tmp_path: Path):
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl isn't installed")
    write_mixed_timeline()
    folder = write_export(tmp_path / "out", database)
    script = (folder / lines.README).read_text().split("-" * 70 + "\n")[1]
    checked = subprocess.run(
        [sys.executable, "-I", "-c", script], cwd=folder, capture_output=True, text=True
    )
    assert checked.stdout.startswith("the chain holds"), checked.stderr
    for name in ("head", "manifest"):
        signature = subprocess.run(
            [
                *(openssl, "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin"),
                *("-in", f"{name}.txt", "-sigfile", f"{name}.sig"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert "Signature Verified Successfully" in signature.stdout, signature.stderr
    der = subprocess.run(
        [openssl, "pkey", "-pubin", "-in", "key.pem", "-outform", "DER"],
        cwd=tmp_path,
        capture_output=True,
    ).stdout
    assert hashlib.sha256(der).hexdigest() == verify(folder).fingerprint


def test_the_readmes_script_finds_a_changed_entry(database: Settings, tmp_path: Path):
    write_mixed_timeline()
    folder = write_export(tmp_path / "out", database)
    script = (folder / lines.README).read_text().split("-" * 70 + "\n")[1]
    path = folder / lines.JSONL
    path.write_bytes(path.read_bytes().replace(b"Koka", b"Drik", 1))
    manifest = folder / lines.MANIFEST
    about = json.loads(manifest.read_text())
    about["files"] = {}
    manifest.write_text(json.dumps(about))
    checked = subprocess.run(
        [sys.executable, "-I", "-c", script], cwd=folder, capture_output=True, text=True
    )
    assert "entry 3: the text has been changed" in checked.stderr


def test_a_folder_that_holds_something_is_refused(database: Settings, tmp_path: Path):
    write_mixed_timeline()
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(BadInput) as refusal:
        write_export(tmp_path, database)
    assert refusal.value.field == "folder"


def test_an_event_without_entries_has_nothing_to_export(database: Settings, tmp_path: Path):
    with pytest.raises(NotFound):
        write_export(tmp_path / "out", database, incident_id=EVENT)


def test_a_head_signed_with_a_key_since_replaced_is_signed_anew(database: Settings, tmp_path: Path):
    write_mixed_timeline()
    sign_and_store(database, NOON)
    (database.keys / "timeline.pem").unlink()
    with db.unit_of_work() as session:
        replace_key(session, database, NOON)
    assert verify(write_export(tmp_path / "out", database)).ok
    with db.unit_of_work() as session:
        newest = select(SignedHead.stored_at).order_by(SignedHead.n.desc()).limit(1)
        assert session.scalars(newest).one() is None
