"""The public site as it was at every change: kept as it was served, proved by the chain, shown to
reviewers, and part of the export."""

from __future__ import annotations

import csv
import hashlib
import json
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from console import clock, db
from console.config import Settings
from console.errors import NotFound
from console.incidents import operations as incidents
from console.incidents.models import Incident
from console.messages.models import Message, Removal
from console.people.models import Person
from console.review import sheet, site_export
from console.site import files, keeping, queries
from console.site.page_models import SitePage
from console.timeline.operations import record
from console.timeline.queries import entries_of
from console.timeline.verify import verify
from tests.review.conftest import ask, person, unpacked, write
from tests.stage import Stage
from workers.site import SiteProcess

Move = Callable[[timedelta], None]


@pytest.fixture
def told(app: object, stage: Stage) -> Stage:
    """A first message and an update, each on the site."""
    for kind in ("first", "update"):
        stage.release(kind)
        stage.tick()
        SiteProcess(stage.settings).pull()
    return stage


def kept() -> list[SitePage]:
    with db.unit_of_work() as session:
        return list(session.scalars(select(SitePage).order_by(SitePage.id)))


def served(stage: Stage) -> bytes:
    folder = stage.settings.exercise_folder(stage.incident.slug) / "current"
    return (folder / "h" / stage.incident.slug / "index.html").read_bytes()


def exported(stage: Stage, to: Path, *, masked: bool = False) -> Path:
    ask(stage, masked=masked)
    row = write(stage.settings)
    assert row.state == "done", row.reason
    return unpacked((stage.settings.exports / row.file).read_bytes(), to)


def remove(stage: Stage, message_id: int) -> None:
    """As it is decided: the row and its entry in one."""
    with db.unit_of_work() as session:
        now = clock.now()
        session.add(
            Removal(
                incident_id=stage.incident.id, message_id=message_id, whole=True,
                ground="secrecy", reason="Fel uppgift", state="agreed", asked_at=now,
                asked_by_id=stage.lisa.id, decided_at=now, decided_by_id=stage.karin.id,
            )
        )  # fmt: skip
        record(session, "removal:agreed", body={}, now=now, incident_id=stage.incident.id)


def test_a_page_is_kept_as_it_was_served_and_its_digest_stands_in_the_chain(told: Stage) -> None:
    rows = kept()
    assert [one.language for one in rows] == ["sv", "en", "sv", "en"]
    assert rows[2].content.encode() == served(told)
    assert "vattentankar" in rows[2].content and "vattentankar" not in rows[0].content
    with db.unit_of_work() as session:
        entries = [
            one for one in entries_of(session, told.incident.id, limit=200)
            if one.tag == "site:pages:served"
        ]  # fmt: skip
    proved = {one["page"]: one["sha256"] for entry in entries for one in entry.facts["pages"]}
    assert (
        proved
        == {one.id: hashlib.sha256(one.content.encode()).hexdigest() for one in rows}
        == {one.id: one.sha256 for one in rows}
    )


def test_a_page_that_tells_the_same_is_kept_once_however_often_it_is_looked_at(
    told: Stage,
) -> None:
    before = len(kept())
    for _again in range(3):
        SiteProcess(told.settings).pull()
    assert len(kept()) == before


def test_a_picture_older_than_what_was_kept_is_never_kept_after_it(told: Stage) -> None:
    """As from a node that lags behind."""
    address = told.settings.site_url(True)
    with db.unit_of_work() as session:
        taken = queries.snapshot(session, told.incident.slug, clock.now(), address)
        taken, written = files.of(taken, address, told.settings.exercise_folder("none"))
        old = queries.Snapshot(1, taken.views, taken.items, taken.alerts)
        session.query(SitePage).update({"shown_hash": "another"})
        assert keeping.keep(session, old, written, clock.now()) == 0


def test_trouble_in_keeping_holds_up_no_message(
    app: object, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> int:
        raise KeyError("page")

    monkeypatch.setattr(keeping, "keep", fail)
    stage.release("first")
    stage.tick()
    process = SiteProcess(stage.settings)
    process.pull()
    assert b"kranvatten" in served(stage) and kept() == []
    monkeypatch.undo()
    process.pull()
    assert kept()[0].content.encode() == served(stage), "it is tried again"


def test_a_process_killed_between_serving_a_page_and_keeping_it_is_followed_by_one_that_keeps_it(
    app: object, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_arguments: object) -> int:
        raise Killed

    monkeypatch.setattr(keeping, "keep", die)
    stage.release("first")
    stage.tick()
    with pytest.raises(Killed):
        SiteProcess(stage.settings).pull()
    assert b"kranvatten" in served(stage) and kept() == []
    monkeypatch.undo()
    SiteProcess(stage.settings).pull()
    assert kept()[0].content.encode() == served(stage)


def test_an_export_holds_each_page_and_verifies_with_them(told: Stage, tmp_path: Path) -> None:
    folder = exported(told, tmp_path)
    assert verify(folder).ok
    rows = kept()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["counts"]["site_pages"] == len(rows) == 4
    for one in rows:
        name = f"site/{site_export.name_of(one)}"
        assert (folder / name).read_bytes() == one.content.encode()
        assert manifest["files"][name]["sha256"] == one.sha256
        assert f"{one.at:%Y%m%dT%H%M}" in name
    with (folder / "site" / site_export.LIST).open(encoding="utf-8-sig", newline="") as file:
        listed = list(csv.reader(file, delimiter=";"))[1:]
    assert [row[3] for row in listed] == [one.sha256 for one in rows]
    assert "site:pages:served" in (folder / "README.txt").read_text()


def test_a_page_that_is_served_while_an_export_is_written_is_the_next_exports(
    told: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the folder says of its pages holds: each one's checksum stands in its chain."""
    real = sheet.write

    def meanwhile(*arguments: Any) -> None:
        told.release("no_news")
        told.tick()
        SiteProcess(told.settings).pull()
        real(*arguments)

    monkeypatch.setattr(sheet, "write", meanwhile)
    folder = exported(told, tmp_path)
    assert len(kept()) == 6
    pages = list((folder / "site").glob("*.html"))
    chain = (folder / "timeline.jsonl").read_text()
    assert len(pages) == 4
    for page in pages:
        assert hashlib.sha256(page.read_bytes()).hexdigest() in chain


@pytest.mark.parametrize("how", ["changed", "gone", "extra"])
def test_a_page_that_is_tampered_with_is_named(told: Stage, tmp_path: Path, how: str) -> None:
    folder = exported(told, tmp_path)
    page = next((folder / "site").glob("*-sv-*.html"))
    if how == "changed":
        page.write_bytes(page.read_bytes().replace(b"Koka", b"Drick"))
    elif how == "gone":
        page.unlink()
    else:
        page = folder / "site" / "20260611T060000.000000Z-sv-99.html"
        page.write_text("<p>Drick vattnet.</p>")
    found = verify(folder)
    assert (found.kind, found.file) == (how, f"site/{page.name}")


def test_what_was_removed_is_on_no_page_that_anybody_reads(
    told: Stage, tmp_path: Path, greta: FlaskClient
) -> None:
    with db.unit_of_work() as session:
        update = session.scalars(select(Message.id).order_by(Message.id.desc())).first()
    assert update is not None
    remove(told, update)
    before, after = kept()[0], kept()[2]
    slug = told.incident.slug
    assert greta.get(f"/timeline/{slug}/site/{before.id}").status_code == 200
    assert greta.get(f"/timeline/{slug}/site/{after.id}").status_code == 404
    assert "Sidan visade en text som är borttagen" in greta.get(f"/timeline/{slug}/site").text
    with db.unit_of_work() as session:
        with pytest.raises(NotFound):
            keeping.one(session, told.incident.id, after.id)
        session.rollback()
    folder = exported(told, tmp_path)
    assert verify(folder).ok
    assert not [one for one in (folder / "site").glob("*.html") if b"vattentankar" in
                one.read_bytes()]  # fmt: skip
    assert (folder / "site" / site_export.name_of(before)).is_file()


def test_whoever_asks_for_a_whole_export_is_told_that_removed_texts_stand_in_it(
    told: Stage, tmp_path: Path, greta: FlaskClient, client_for: Callable[[Person], FlaskClient]
) -> None:
    slug, warning = told.incident.slug, "Texter som är borttagna står kvar i hela tidslinjen."
    assert warning not in greta.get(f"/timeline/{slug}/exports").text
    with db.unit_of_work() as session:
        update = session.scalars(select(Message.id).order_by(Message.id.desc())).first()
    assert update is not None
    remove(told, update)
    assert "vattentankar" in (exported(told, tmp_path) / "timeline.jsonl").read_text()
    assert warning in greta.get(f"/timeline/{slug}/exports").text
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, told.incident.id)
        incidents.close(session, told.lisa, incident, clock.now(), mail=False)
    person("Rut Ahl", "archivist")
    assert warning in client_for(told.lisa).get(f"/timeline/{slug}/hand-over").text


def test_a_masked_copy_leaves_out_a_page_that_names_a_person(
    app: object, stage: Stage, tmp_path: Path
) -> None:
    stage.release("first")
    stage.tick()
    SiteProcess(stage.settings).pull()
    stage.release("update", text="Ring Karin Holm om du är orolig.")
    stage.tick()
    SiteProcess(stage.settings).pull()
    folder = exported(stage, tmp_path, masked=True)
    assert verify(folder).ok
    made = {one.name for one in (folder / "site").glob("*.html")}
    rows = kept()
    assert {site_export.name_of(one) for one in rows[:2]} <= made
    assert not any(b"Karin Holm" in one.read_bytes() for one in (folder / "site").glob("*.html"))
    assert len(made) < len(rows)


def test_reviewers_read_what_the_site_showed_at_a_moment(
    app: object, stage: Stage, greta: FlaskClient, move_clock: Move
) -> None:
    slug = stage.incident.slug
    assert "har inte ändrats" in greta.get(f"/timeline/{slug}/site").text
    stage.release("first")
    stage.tick()
    SiteProcess(stage.settings).pull()
    began = clock.now()
    move_clock(timedelta(minutes=20))
    stage.release("update")
    stage.tick()
    SiteProcess(stage.settings).pull()
    with db.unit_of_work() as session:
        event = stage.incident.id
        then = keeping.at_moment(session, event, began + timedelta(minutes=10))
        now = keeping.at_moment(session, event, clock.now())
        assert [one.language for one in then] == ["sv", "en"]
        assert "vattentankar" not in then[0].content and "vattentankar" in now[0].content
        assert keeping.at_moment(session, event, began - timedelta(hours=1)) == []
    page = greta.get(f"/timeline/{slug}/site/{now[0].id}")
    assert (
        "vattentankar" in page.text
        and "default-src 'none'" in page.headers["Content-Security-Policy"]
    )
    assert 'href="/timeline/site.css"' in page.text
    assert greta.get("/timeline/site.css").mimetype == "text/css"
    assert greta.get(f"/timeline/{slug}/site?at=2001-01-01T00:00").text.count("sa inget") == 1
    wrong = greta.get(f"/timeline/{slug}/site?at=snart")
    assert wrong.status_code == 422 and "Skriv dag och klockslag" in wrong.text
    assert greta.get(f"/timeline/{slug}/site/999").status_code == 404


def test_thousands_of_pages_are_exported_a_few_at_a_time(
    database: Settings, stage: Stage, tmp_path: Path
) -> None:
    text = "<p>" + "Koka vattnet. " * 1000 + "</p>"
    with db.unit_of_work() as session:
        session.execute(
            insert(SitePage),
            [
                {"incident_id": stage.incident.id, "language": "sv", "at": clock.now(),
                 "generation": n, "shown_hash": str(n), "content": text, "sha256": str(n)}
                for n in range(3000)
            ],
        )  # fmt: skip
    with db.unit_of_work() as session:
        tracemalloc.start()
        assert site_export.write(session, stage.incident.id, tmp_path, None) == 3000
        _size, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 8 * 2**20, "all of them are 42 MB"
