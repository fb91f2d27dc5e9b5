"""Exports in the console: asked for by a press, written beside everything else, whole or not at
all, and gone after a week."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from console import clock, create_addresses, db
from console.errors import NotAllowed
from console.incidents import operations as incidents
from console.incidents.models import Incident
from console.people.models import Person
from console.review import lines, operations, package, queries, report, rules, sheet
from console.review.figures_shown import Shown
from console.review.models import TimelineExport
from console.timeline.keys import KEY_FILE
from console.timeline.models import Entry
from console.timeline.operations import record
from console.timeline.queries import entries_of, tags_count
from console.timeline.signing import sign_and_store
from console.timeline.verify import verify
from tests.review.conftest import ask, claim, newest, unpacked, write
from tests.stage import Stage
from workers import exporting, ticker

Move = Callable[[timedelta], None]


def any_work() -> bool:
    with db.unit_of_work() as session:
        return queries.has_work(session, clock.now())


def test_a_reviewer_exports_by_one_press_and_fetches_a_file_that_verifies(
    stage: Stage, greta: FlaskClient, tmp_path: Path
) -> None:
    slug = stage.incident.slug
    assert slug.encode() in greta.get("/timeline/").data
    pressed = greta.post(f"/timeline/{slug}/exports", follow_redirects=True)
    assert "I kö." in pressed.text and 'hx-trigger="every 2s"' in pressed.text
    row = write(stage.settings)
    assert (row.state, row.reason) == ("done", "")
    page = greta.get(f"/timeline/{slug}/exports/live").text
    assert "Greta Lund" in page and "every 2s" not in page and "Tas bort" in page
    address = page.split('href="/timeline')[1].split('"')[0]
    address = f"/timeline{address}"
    answer = greta.get(address)
    assert answer.mimetype == "application/zip" and len(answer.data) == row.size
    assert answer.headers["Cache-Control"] == "no-store"
    folder = unpacked(answer.data, tmp_path)
    result = verify(folder)
    assert result.ok and result.entries == row.entries, result.sentence
    assert folder.name.startswith(slug)
    assert sorted(p.name for p in folder.iterdir()) == [
        "README.txt", "head.json", "manifest.json", "rapport.pdf", "tidslinje.csv",
        "tidslinje.xlsx", "timeline.csv", "timeline.jsonl",
    ]  # fmt: skip
    assert "tidslinje.xlsx" in (folder / "README.txt").read_text()


def test_the_log_says_who_asked_and_what_came_of_it(stage: Stage) -> None:
    ask(stage)
    row = write(stage.settings)
    with db.unit_of_work() as session:
        made, asked = entries_of(session, stage.incident.id, limit=2)
    assert (asked.tag, asked.person_id) == ("export:asked", stage.lisa.id)
    assert made.tag == "export:made" and made.facts["sha256"] == row.sha256


def test_the_export_holds_its_own_asking_but_nothing_later(stage: Stage, tmp_path: Path) -> None:
    ask(stage)
    row = write(stage.settings)
    folder = unpacked((stage.settings.exports / row.file).read_bytes(), tmp_path)
    tags = [
        json.loads(json.loads(line)["body"])["tag"]
        for line in (folder / "timeline.jsonl").read_text().splitlines()
    ]
    assert tags[-1] == "export:asked" and len(tags) == row.entries


def test_two_presses_are_one_export_and_the_masked_copy_is_another(stage: Stage) -> None:
    assert ask(stage) == ask(stage) != ask(stage, masked=True)


def test_who_may_not_export_is_refused(stage: Stage) -> None:
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        with pytest.raises(NotAllowed):
            operations.ask(session, stage.olle, incident, clock.now(), masked=False)


def test_nothing_half_is_offered_while_it_is_written(
    stage: Stage, greta: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file stands in its place only when it is whole, and the row names it only after that."""
    export_id = ask(stage)
    seen = []
    whole = package.pack

    def looking(folder: Path, file: Path, name: str) -> tuple[int, str]:
        found = whole(folder, file, name)
        seen.append(greta.get(f"/timeline/{stage.incident.slug}/exports/{export_id}/x.zip"))
        seen.append(greta.get(f"/timeline/{stage.incident.slug}/exports/live"))
        assert [p.suffix for p in stage.settings.exports.iterdir()] == [".part"]
        return found

    monkeypatch.setattr(package, "pack", looking)
    write(stage.settings)
    assert seen[0].status_code == 404 and "Skrivs:" in seen[1].text
    assert [p.name for p in stage.settings.exports.iterdir()] == [newest().file]


def test_a_killed_writer_is_begun_anew_and_its_rest_is_swept(
    stage: Stage, move_clock: Move
) -> None:
    """SIGKILL in the middle, as of a power cut: the process had no chance to tidy up."""
    ask(stage)
    claimed = claim()
    assert claimed is not None
    code = (
        "import os, signal, sys, uuid\n"
        "from console import create_addresses, db, live\n"
        "from console.config import Settings\n"
        "from console.review import package\n"
        "from workers import exporting\n"
        "settings = Settings.from_env()\n"
        "db.connect(settings.database_url)\n"
        "package.pack = lambda *a: os.kill(os.getpid(), signal.SIGKILL)\n"
        "exporting.write(settings, create_addresses(settings), int(sys.argv[1]),"
        " uuid.UUID(sys.argv[2]))\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", code, str(claimed[0]), str(claimed[1])],
        env={**os.environ, **stage.settings.as_env()},
        cwd=Path(__file__).parents[2],
        timeout=60,
    )
    assert killed.returncode == -9
    assert [p.suffix for p in stage.settings.exports.iterdir()] == [".part"]
    assert newest().state == "running" and claim() is None  # perhaps it still lives
    move_clock(rules.LEASE + timedelta(seconds=5))
    row = write(stage.settings)
    assert (row.state, row.attempts) == ("done", 2)
    assert [p.name for p in stage.settings.exports.iterdir()] == [row.file]


def test_a_writer_thought_dead_that_comes_back_changes_nothing(
    stage: Stage, move_clock: Move
) -> None:
    ask(stage)
    first = claim()
    assert first is not None
    move_clock(rules.LEASE + timedelta(seconds=5))
    row = write(stage.settings)
    exporting.write(stage.settings, create_addresses(stage.settings), *first)
    assert newest().sha256 == row.sha256
    assert (stage.settings.exports / row.file).is_file()
    with db.unit_of_work() as session:
        assert tags_count(session, stage.incident.id)["export:made"] == 1


def test_begun_three_times_it_fails_and_can_be_asked_for_again(
    stage: Stage, greta: FlaskClient, move_clock: Move
) -> None:
    first = ask(stage)
    for times in range(1, 4):
        assert claim() is not None
        move_clock(times * (rules.LEASE + timedelta(seconds=5)))
    assert claim() is None
    assert (newest().state, newest().reason) == ("failed", "lost")
    assert "avbröts tre gånger" in greta.get(f"/timeline/{stage.incident.slug}/exports").text
    assert ask(stage) != first


def test_what_a_writer_that_was_killed_for_the_last_time_left_is_taken_away(
    stage: Stage, move_clock: Move
) -> None:
    """As by whatever kills what takes too much memory: it would be killed each time."""
    whole = write_one(stage)
    number = ask(stage)
    for times in range(1, 4):
        assert claim() is not None
        move_clock(times * (rules.LEASE + timedelta(seconds=5)))
    left = stage.settings.exports / f"{number}-{'a' * 32}.zip.part" / "folder"
    left.mkdir(parents=True)
    (left / "timeline.jsonl").write_text("Åsa Öberg")
    (stage.settings.exports / f"{number}-{'b' * 32}.zip").write_text("Åsa Öberg")
    with db.unit_of_work() as session:
        assert queries.has_work(session, clock.now())
    exporting.start(stage.settings)
    assert (newest().state, newest().reason) == ("failed", "lost")
    assert [one.name for one in stage.settings.exports.iterdir()] == [whole]


def write_one(stage: Stage) -> str:
    """Its file's name."""
    ask(stage)
    return write(stage.settings).file


def test_a_disk_that_is_full_is_said_in_words(
    stage: Stage, greta: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    ask(stage)
    monkeypatch.setattr(package, "pack", full)
    row = write(stage.settings)
    assert (row.state, row.reason) == ("failed", "disk")
    assert list(stage.settings.exports.iterdir()) == []
    assert "diskutrymmet" in greta.get(f"/timeline/{stage.incident.slug}/exports").text


@pytest.mark.parametrize("drafted", [False, True])
def test_a_message_that_goes_out_while_the_export_is_written_is_the_next_exports(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, drafted: bool
) -> None:
    """It is no entry of this one, whose end was signed before."""
    stage.release("first")
    stage.tick()
    if drafted:
        late = stage.write("update")
    ask(stage)
    told, real, made = [], sheet.write, report.pdf

    def meanwhile(path: Path, rows: Iterable[lines.Row], tables: sheet.Figures) -> None:
        if drafted:
            stage.approve(stage.submit(late))
        else:
            stage.release("update")
        stage.tick()
        real(path, rows, tables)

    def pdf(head: report.Head, shown: Shown, texts: Sequence[report.Sent], *more: Any) -> bytes:
        told.extend(texts)
        return made(head, shown, texts, *more)

    monkeypatch.setattr(sheet, "write", meanwhile)
    monkeypatch.setattr(report, "pdf", pdf)
    row = write(stage.settings)
    assert (row.state, row.reason) == ("done", "")
    (first,) = told
    assert "Koka ditt kranvatten" in " ".join(first.lines)


@pytest.mark.parametrize("loose", [True, False])
def test_a_key_that_is_gone_or_open_to_others_is_not_called_a_chain_that_was_changed(
    stage: Stage, greta: FlaskClient, loose: bool
) -> None:
    sign_and_store(stage.settings, clock.now())
    key = stage.settings.keys / KEY_FILE
    if loose:
        key.chmod(0o644)
    else:
        key.unlink()
    ask(stage)
    row = write(stage.settings)
    assert (row.state, row.reason) == ("failed", "key")
    page = greta.get(f"/timeline/{stage.incident.slug}/exports").text
    assert "Nyckeln som signerar tidslinjen" in page and "Kedjan" not in page


def test_a_chain_that_was_rewritten_is_not_exported(stage: Stage, greta: FlaskClient) -> None:
    ask(stage)
    n = sign_and_store(stage.settings, clock.now())
    with db.unit_of_work() as session:
        session.get_one(Entry, n).entry_hash = bytes(32)
    row = write(stage.settings)
    assert (row.state, row.reason) == ("failed", "chain")
    assert "signaturen" in greta.get(f"/timeline/{stage.incident.slug}/exports").text


def test_files_are_gone_after_a_week_and_the_row_says_so(
    stage: Stage, client_for: Callable[[Person], FlaskClient], move_clock: Move
) -> None:
    export_id = ask(stage)
    row = write(stage.settings)
    address = f"/timeline/{stage.incident.slug}/exports/{export_id}/x.zip"
    move_clock(rules.KEPT - timedelta(minutes=1))
    assert not any_work() and client_for(stage.lisa).get(address).status_code == 200
    move_clock(rules.KEPT + timedelta(minutes=1))
    lisa = client_for(stage.lisa)
    assert any_work()
    exporting.start(stage.settings)
    assert not (stage.settings.exports / row.file).exists()
    assert lisa.get(address).status_code == 404
    page = lisa.get(f"/timeline/{stage.incident.slug}/exports").text
    assert "Filen är borttagen" in page and not any_work()


def test_a_file_whose_week_is_over_goes_although_its_remover_is_killed(
    stage: Stage, move_clock: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(stage)
    write(stage.settings)
    move_clock(rules.KEPT + timedelta(minutes=1))

    def die(_file: Path, missing_ok: bool = False) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(Path, "unlink", die)
        with pytest.raises(KeyboardInterrupt):
            exporting.start(stage.settings)
    exporting.start(stage.settings)
    assert not list(stage.settings.exports.iterdir())


def test_a_file_that_is_gone_from_disk_is_said_in_words(stage: Stage, greta: FlaskClient) -> None:
    export_id = ask(stage)
    (stage.settings.exports / write(stage.settings).file).unlink()
    answer = greta.get(f"/timeline/{stage.incident.slug}/exports/{export_id}/x.zip")
    assert answer.status_code == 404 and "Exportera igen" in answer.text


def test_another_events_export_is_not_found(stage: Stage, greta: FlaskClient) -> None:
    export_id = ask(stage)
    write(stage.settings)
    with db.unit_of_work() as session:
        other = Incident(
            slug="annan", name="Annan", stage="staff", stage_since=clock.now(), reason="x",
            exercise=True, state="closed", opened_at=clock.now(), opened_by_id=stage.lisa.id,
        )  # fmt: skip
        session.add(other)
    assert greta.get(f"/timeline/annan/exports/{export_id}/x.zip").status_code == 404


def test_the_ticker_hands_it_out_and_the_job_starts_one_process(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed, started = [], []
    monkeypatch.setattr(ticker.queue, "enqueue", lambda job, job_id: handed.append(job))
    monkeypatch.setattr(exporting.subprocess, "Popen", lambda argv, **_more: started.append(argv))
    ticker.hand_out_job("exports")
    assert handed == []
    export_id = ask(stage)
    ticker.hand_out_job("exports")
    exporting.start(stage.settings)
    ticker.hand_out_job("exports")  # it is claimed, and lives
    exporting._writing.clear()
    assert handed == ["write_exports"]
    (argv,) = started
    assert argv[-3:-1] == ["export", str(export_id)] and uuid.UUID(argv[-1]) == newest().token


def test_progress_is_told_and_a_writer_that_lost_its_row_stops(stage: Stage) -> None:
    ask(stage)
    claimed = claim()
    assert claimed is not None
    with db.unit_of_work() as session:
        assert operations.progress(session, *claimed, 30, 60, clock.now())
        assert not operations.progress(session, claimed[0], uuid.uuid4(), 31, 60, clock.now())
    row = newest()
    assert (row.done, row.total, rules.percent(row.done, row.total)) == (30, 60, 50)
    with db.unit_of_work() as session:
        session.get_one(TimelineExport, row.id).token = uuid.uuid4()
    exporting.write(stage.settings, create_addresses(stage.settings), *claimed)
    assert newest().state == "running" and list(stage.settings.exports.iterdir()) == []


def test_a_closed_event_is_reviewed_in_calm(
    stage: Stage, greta: FlaskClient, client_for: Callable[[Person], FlaskClient]
) -> None:
    slug = stage.incident.slug
    assert 'data-mode="exercise"' in greta.get(f"/timeline/{slug}/exports").text
    with db.unit_of_work() as session:
        session.get_one(Incident, stage.incident.id).state = "closed"
    assert 'data-mode="calm"' in greta.get(f"/timeline/{slug}/exports").text
    assert client_for(stage.karin).get(f"/timeline/{slug}/exports").status_code == 403
    assert client_for(stage.karin).get("/timeline/").status_code == 200


def test_the_process_that_the_job_starts_writes_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in stage.settings.as_env().items():
        monkeypatch.setenv(name, value)
    ask(stage)
    exporting.start(stage.settings)
    (child,) = exporting._writing
    assert child.wait(timeout=60) == 0
    assert newest().state == "done"
    assert (stage.settings.exports / newest().file).is_file()
    exporting.start(stage.settings)  # nothing waits; the one that has ended is forgotten
    assert exporting._writing == []


@pytest.mark.parametrize("odd", ["\x02\x1b\x7f", "\u2028\x85\u202e", "\ufffe\uffff"])
def test_an_event_is_exported_whatever_signs_its_texts_hold(
    stage: Stage, tmp_path: Path, odd: str
) -> None:
    with db.unit_of_work() as session:
        now = clock.now()
        incident = session.get_one(Incident, stage.incident.id)
        said = f"Ring{odd} oss\r\n;\"'"
        incidents.write_note(
            session, stage.lisa, incident, kind="call", content=said, happened_at=now, now=now
        )
        facts = {"detail": said, odd: odd}
        record(session, "delivery:sent", body=facts, now=now, incident_id=incident.id)
        incident.name = f"Koka{odd} vattnet"
    ask(stage)
    row = write(stage.settings)
    assert row.state == "done", row.reason
    folder = unpacked((stage.settings.exports / row.file).read_bytes(), tmp_path / "out")
    assert verify(folder).ok
