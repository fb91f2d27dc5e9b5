"""The page that verifies an export: the same answer as `budkavle verify`, for each kind of
tampering, and nothing of what was sent is left."""

from __future__ import annotations

import io
import json
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from console import clock, db
from console.config import Settings
from console.people.models import Person
from console.review import uploads, verifying_views
from console.timeline import keys, lines, rules
from console.timeline.export import export, write_manifest
from console.timeline.queries import head
from console.timeline.signing import replace_key, sign_and_store
from console.timeline.verify import verify
from tests.review.conftest import person
from tests.stage import Stage
from tests.timeline.test_verify import forge_table, rows_of, write_rows

Spoil = Callable[[Path], object]


def cut(folder: Path) -> None:
    write_rows(folder, rows_of(folder)[:-2])


def swap(folder: Path) -> None:
    first, second, *rest = rows_of(folder)
    write_rows(folder, [second, first, *rest])


def remove(folder: Path) -> None:
    first, _gone, *rest = rows_of(folder)
    write_rows(folder, [first, *rest])


def change(folder: Path) -> None:
    path = folder / lines.JSONL
    path.write_bytes(path.read_bytes().replace(b"Bakterier", b"Virus....", 1))


def rewrite(folder: Path) -> None:
    """Another time in the second entry, and all that follows from it."""
    rows = [json.loads(row) for row in rows_of(folder)]
    prev = bytes.fromhex(rows[0]["entry_hash"])
    for row in rows[1:]:
        if row is rows[1]:
            row["body"] = re.sub('"at":"....', '"at":"1999', row["body"], count=1)
            row["body_digest"] = rules.digest(bytes.fromhex(row["salt"]), row["body"]).hex()
        prev = rules.entry_hash(prev, row["n"], bytes.fromhex(row["body_digest"]))
        row["entry_hash"] = prev.hex()
    write_rows(folder, [lines.jsonl_line(row) for row in rows])
    forge_table(folder)


def foreign(folder: Path) -> None:
    """Sign the head and the manifest anew, with a key of one's own."""
    key = Ed25519PrivateKey.generate()
    stated = json.loads((folder / lines.HEAD).read_text())
    stated |= {
        "signature": key.sign(stated["text"].encode()).hex(),
        "public_key": keys.public_pem(key.public_key()),
        "fingerprint": keys.fingerprint(key.public_key()),
    }
    (folder / lines.HEAD).write_bytes(lines.pretty(stated))
    manifest = json.loads((folder / lines.MANIFEST).read_text())
    (folder / lines.MANIFEST).unlink()
    del manifest["files"], manifest["signature"]
    write_manifest(folder, key, manifest)


def unsign(folder: Path) -> None:
    stated = json.loads((folder / lines.HEAD).read_text())
    stated["signature"] = "0" * len(stated["signature"])
    (folder / lines.HEAD).write_bytes(lines.pretty(stated))


SPOILT: dict[str, Spoil] = {
    "gone": lambda folder: (folder / lines.CSV).unlink(),
    "empty": lambda folder: (folder / lines.JSONL).write_bytes(b""),
    "extra": lambda folder: (folder / "till.txt").write_text("x"),
    "changed": change,
    "removed": remove,
    "moved": swap,
    "cut": cut,
    "rewritten": rewrite,
    "signature": unsign,
    "foreign_key": foreign,
}


@pytest.fixture
def folder(stage: Stage, tmp_path: Path) -> Path:
    """An export of the event."""
    made = tmp_path / "export"
    with db.unit_of_work() as session:
        export(session, stage.incident.id, made, stage.settings, clock.now())
    return made


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Where temporary files go; nothing is left there afterwards."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield place
    assert list(place.iterdir()) == []


def packed(folder: Path, top: str = "handelse/") -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as made:
        for path in sorted(folder.iterdir()):
            made.write(path, top + path.name)
    return whole.getvalue()


def send(client: FlaskClient, *files: tuple[bytes, str], fingerprint: str = "") -> TestResponse:
    data = {"files": [(io.BytesIO(content), name) for content, name in files]}
    return client.post(
        "/verify",
        data={**data, "fingerprint": fingerprint},
        content_type="multipart/form-data",
    )


def own(settings: Settings) -> str:
    return keys.fingerprint(keys.load_key(settings).public_key())


def test_a_whole_export_holds_as_zip_and_as_files(
    stage: Stage, greta: FlaskClient, folder: Path, left: Path
) -> None:
    page = greta.get("/verify").text
    assert own(stage.settings) in page
    files = [(path.read_bytes(), path.name) for path in sorted(folder.iterdir())]
    inside = [(content, f"handelse/{name}") for content, name in files]
    for sent in ([(packed(folder), "x.zip")], [(packed(folder, ""), "X.ZIP")], files, inside):
        answer = send(greta, *sent, fingerprint=own(stage.settings))
        assert answer.status_code == 200 and "Den stämmer<" in answer.text, answer.text
        assert "den här kommunens nyckel" in answer.text
        assert str(verify(folder).entries) in answer.text


@pytest.mark.parametrize("kind", list(SPOILT))
def test_each_kind_of_tampering_is_named_as_the_command_names_it(
    stage: Stage, greta: FlaskClient, folder: Path, left: Path, kind: str
) -> None:
    SPOILT[kind](folder)
    told = verify(folder, own(stage.settings))
    assert told.kind == kind
    answer = send(greta, (packed(folder), "x.zip"), fingerprint=own(stage.settings))
    assert answer.status_code == 200
    assert f'data-kind="{kind}">{verifying_views.KINDS[kind]}.' in answer.text
    assert told.file in answer.text
    assert told.n is None or f"Post {told.n}." in answer.text


def test_every_kind_has_a_name_and_a_case(stage: Stage) -> None:
    assert set(SPOILT) == set(verifying_views.KINDS)


def test_another_municipalitys_export_is_whole_but_not_ours(
    greta: FlaskClient, folder: Path, left: Path
) -> None:
    foreign(folder)
    answer = send(greta, (packed(folder), "x.zip"))
    assert "Den stämmer<" in answer.text and "inte signerad med den här" in answer.text


def test_our_own_export_from_before_the_key_was_replaced_is_not_called_anothers(
    stage: Stage, greta: FlaskClient, folder: Path, left: Path
) -> None:
    sign_and_store(stage.settings, clock.now())
    before = own(stage.settings)
    (stage.settings.keys / keys.KEY_FILE).unlink()
    with db.unit_of_work() as session:
        replace_key(session, stage.settings, clock.now())
    for stated in (own(stage.settings), before, ""):
        answer = send(greta, (packed(folder), "x.zip"), fingerprint=stated)
        assert "Den stämmer<" in answer.text, stated
        assert "en nyckel som kommunen har bytt ut" in answer.text
        assert "inte signerad med den här" not in answer.text
    foreign(folder)
    answer = send(greta, (packed(folder), "x.zip"), fingerprint=own(stage.settings))
    assert 'data-kind="foreign_key"' in answer.text


def test_an_export_can_be_verified_while_our_own_key_cannot_be_read(
    stage: Stage, greta: FlaskClient, folder: Path, left: Path
) -> None:
    (stage.settings.keys / keys.KEY_FILE).chmod(0o644)
    assert greta.get("/verify").status_code == 200
    answer = send(greta, (packed(folder), "x.zip"))
    assert "Den stämmer<" in answer.text
    assert "den här kommunens nyckel" not in answer.text, "nobody knows"


def bomb() -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("timeline.jsonl", b"0" * 3_000_000)
    return whole.getvalue()


def broken(method: int) -> bytes:
    """Packed by that method, and what is packed is spoilt."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as made:
        made.writestr("a", bytes(range(256)) * 4)
    spoilt = bytearray(whole.getvalue())
    spoilt[40:90] = b"x" * 50
    return bytes(spoilt)


def named(*names: str) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return whole.getvalue()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_what_can_not_be_laid_out_is_refused_beside_its_field(
    greta: FlaskClient, left: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(uploads, "LARGEST_UNPACKED", 2_000_000)
    outside = tmp_path / "outside.txt"
    for files, said in (
        ((), "Välj exportens zip-fil"),
        (((b"no zip", "x.zip"),), "trasig"),
        (((b"PK\x03\x04" + b"\0" * 40, "x.zip"),), "trasig"),
        (((bomb(), "x.zip"),), "för stor"),
        (((broken(zipfile.ZIP_DEFLATED), "x.zip"),), "trasig"),
        (((broken(zipfile.ZIP_BZIP2), "x.zip"),), "ovanligt sätt"),
        (((broken(zipfile.ZIP_LZMA), "x.zip"),), "ovanligt sätt"),
        (((named("../outside.txt"), "x.zip"),), "filnamn"),
        (((named(str(outside)), "x.zip"),), "filnamn"),
        (((named("a\\..\\..\\b"), "x.zip"),), "filnamn"),
        (((named("a", "a"), "x.zip"),), "heter likadant"),
        (((named("a", "a/b"), "x.zip"),), "heter likadant"),
        (((named(*map(str, range(uploads.MOST_FILES + 1))), "x.zip"),), "för många"),
        (((b"x", "a.txt"), (b"x", "a.txt")), "heter likadant"),
        (((b"x", "../../a.txt"), (b"x", "b.txt")), "filnamn"),
    ):
        answer = send(greta, *files)
        assert answer.status_code == 422, said
        assert said in answer.text and 'href="#files"' in answer.text, answer.text
        assert not outside.exists()


def test_more_files_than_other_forms_have_fields_can_be_sent(
    greta: FlaskClient, left: Path
) -> None:
    """A long event has a file for each page that the website showed."""
    answer = send(greta, *((b"x", f"site/{number}.html") for number in range(1_001)))
    assert answer.status_code == 200 and 'data-kind="gone"' in answer.text, "laid out, and verified"


def test_a_fingerprint_that_is_none_is_refused(greta: FlaskClient, left: Path) -> None:
    answer = send(greta, (named("a"), "x.zip"), fingerprint="abc")
    assert answer.status_code == 422 and 'href="#fingerprint"' in answer.text


def test_more_than_may_be_sent_is_refused(
    greta: FlaskClient, client_for: Callable[[Person | None], FlaskClient], left: Path
) -> None:
    most = uploads.LARGEST
    assert send(greta, (b"x" * (13 * 2**20), "a.txt")).status_code == 200  # more than other pages
    assert send(greta, (b"x" * most, "a.txt")).status_code == 413
    for client in (client_for(person("Ola Ny", "account_administrator")), client_for(None)):
        assert send(client, (b"x" * (13 * 2**20), "a.txt")).status_code != 200


def test_one_is_verified_at_a_time(greta: FlaskClient, left: Path) -> None:
    with verifying_views._one_at_a_time:
        assert send(greta, (named("a"), "x.zip")).status_code == 429
    assert send(greta, (named("a"), "x.zip")).status_code == 200


def test_nothing_is_written_to_the_timeline(stage: Stage, greta: FlaskClient, folder: Path) -> None:
    with db.unit_of_work() as session:
        before = head(session).n
    send(greta, (packed(folder), "x.zip"))
    with db.unit_of_work() as session:
        assert head(session).n == before
