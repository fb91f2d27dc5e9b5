"""The pictures that an event sent are in its export, whole, listed and counted, and no masked copy
has any."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select, update

from console import clock, db
from console.config import Settings
from console.messages.image_models import MessageImage
from console.messages.models import Message
from console.messages.operations import images
from console.pictures.models import Image, Picture
from console.pictures.reencoding import Reencoded
from console.review import media
from console.timeline.verify import verify
from tests.review.conftest import ask, unpacked, write
from tests.review.test_site_then import remove
from tests.stage import Stage
from workers.cards import draw_cards
from workers.site import SiteProcess

OWN = b"\xff\xd8 a picture of a tank"
OWN_DIGEST = hashlib.sha256(OWN).hexdigest()
ALT = "Karta: vattentanken står på Nya torget."


@pytest.fixture
def sent(app: object, database: Settings) -> Stage:
    """A message with a picture of its own, and a card for Instagram."""
    stage = Stage(database, accounts=2, platforms=("instagram", "mastodon"))
    message = stage.write("first")
    with db.unit_of_work() as session:
        made = Reencoded(OWN, 800, 600, b"\xff\xd8 sheet")
        images.add(session, stage.lisa, message.id, made, ALT, "", clock.now())
    update = stage.write("update")
    stage.approve(stage.submit(update))
    stage.tick()
    SiteProcess(stage.settings).pull()
    assert draw_cards() >= 1
    return stage


def exported(stage: Stage, to: Path, *, masked: bool) -> Path:
    ask(stage, masked=masked)
    row = write(stage.settings)
    assert row.state == "done", row.reason
    return unpacked((stage.settings.exports / row.file).read_bytes(), to)


def test_every_picture_is_in_the_export_and_is_what_it_was(sent: Stage, tmp_path: Path) -> None:
    folder = exported(sent, tmp_path, masked=False)
    assert verify(folder).ok
    with zipfile.ZipFile(folder / media.FILE) as packed:
        said = io.StringIO(packed.read(media.LIST).decode("utf-8-sig"))
        listed = list(csv.DictReader(said, delimiter=";"))
        names = set(packed.namelist()) - {media.LIST}
        assert {row["Fil"] for row in listed} == names
        for row in listed:
            assert hashlib.sha256(packed.read(row["Fil"])).hexdigest() == row["SHA-256"]
        (own,) = (row for row in listed if row["Slag"] == "Egen bild")
        assert packed.read(own["Fil"]) == OWN and own["Alternativtext"] == ALT
    with db.unit_of_work() as session:
        drawn = set(session.scalars(select(Picture.digest).where(Picture.state == "drawn")))
    assert {row["SHA-256"] for row in listed if row["Slag"] == "Textkort"} == drawn != set()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["counts"]["pictures"] == len(listed)
    assert media.FILE in manifest["files"] and media.FILE in (folder / "README.txt").read_text()


def test_no_alternative_text_is_a_formula(sent: Stage, tmp_path: Path) -> None:
    with db.unit_of_work() as session:
        session.execute(update(MessageImage).values(alt='=HYPERLINK("http://x","y")'))
    folder = exported(sent, tmp_path, masked=False)
    with zipfile.ZipFile(folder / media.FILE) as packed:
        said = io.StringIO(packed.read(media.LIST).decode("utf-8-sig"))
    listed = list(csv.DictReader(said, delimiter=";"))
    alts = [row["Alternativtext"] for row in listed if row["Slag"] == "Egen bild"]
    assert alts == ['\'=HYPERLINK("http://x","y")']


def test_a_changed_picture_is_found(sent: Stage, tmp_path: Path) -> None:
    folder = exported(sent, tmp_path, masked=False)
    content = bytearray((folder / media.FILE).read_bytes())
    content[len(content) // 3] ^= 1
    (folder / media.FILE).write_bytes(content)
    result = verify(folder)
    assert not result.ok and media.FILE in result.sentence


def test_no_picture_of_a_message_that_was_removed_is_in_an_export(
    sent: Stage, tmp_path: Path
) -> None:
    """Its text stands on its card, and once more in the list."""
    with db.unit_of_work() as session:
        update = session.scalars(select(Message.id).order_by(Message.id.desc())).first()
    assert update is not None
    remove(sent, update)
    with zipfile.ZipFile(exported(sent, tmp_path, masked=False) / media.FILE) as packed:
        listed = packed.read(media.LIST).decode("utf-8-sig")
        names = packed.namelist()
    assert "vattentankar" not in listed
    assert [name for name in names if name != media.LIST] == [f"{OWN_DIGEST}.jpg"], names


def test_a_masked_copy_has_no_pictures(sent: Stage, tmp_path: Path) -> None:
    folder = exported(sent, tmp_path, masked=True)
    assert not (folder / media.FILE).exists() and verify(folder).ok
    assert json.loads((folder / "manifest.json").read_text())["counts"]["pictures"] == 0


def test_an_event_without_pictures_has_no_file_of_them(stage: Stage, tmp_path: Path) -> None:
    stage.release("first")
    assert not (exported(stage, tmp_path, masked=False) / media.FILE).exists()


def test_one_picture_at_a_time_is_in_memory(stage: Stage, tmp_path: Path) -> None:
    message, each = stage.write("first"), 2**21
    for n in range(12):
        with db.unit_of_work() as session:
            image = Image(
                digest=f"{n:064x}", width=8, height=8, portrait_digest=f"{n:064x}",
                added_at=clock.now(), data=bytes([n]) * each, portrait=b"",
            )  # fmt: skip
            session.add(image)
            session.flush()
            session.add(MessageImage(message_id=message.id, image_id=image.id, alt="Karta"))
    with db.unit_of_work() as session:
        tracemalloc.start()
        assert media.write(session, stage.incident.id, tmp_path) == 12
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    # The driver holds a row once as it comes and once as bytes, and the packer once.
    assert most < 6 * each
    assert (tmp_path / media.FILE).stat().st_size > 12 * each
