"""`budkavle verify` and `budkavle export`: what they print, and their exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from console import clock, db
from console.cli import export as export_command
from console.cli import verify as verify_command
from console.config import Settings
from console.incidents.models import Incident
from console.people.models import Person
from console.timeline import keys, lines, second_place
from console.timeline.operations import record
from console.timeline.queries import entries_of
from tests.services import Running
from tests.timeline.factory import write_export, write_mixed_timeline


def test_verify_prints_what_holds(database: Settings, tmp_path: Path):
    write_mixed_timeline()
    folder = str(write_export(tmp_path / "out", database))
    fingerprint = keys.fingerprint(keys.load_key(database).public_key())
    done = CliRunner().invoke(verify_command.command, [folder, "--fingerprint", fingerprint])
    assert done.exit_code == 0
    assert done.output.startswith("verified: 10 entries, head 12 ")
    assert done.output.endswith(f", key fingerprint {fingerprint}\n")


def test_verify_prints_the_first_fault_and_exits_1(database: Settings, tmp_path: Path):
    write_mixed_timeline()
    folder = write_export(tmp_path / "out", database)
    path = folder / lines.JSONL
    path.write_bytes(path.read_bytes().replace(b"Koka", b"Drik", 1))
    done = CliRunner().invoke(verify_command.command, [str(folder)])
    assert done.exit_code == 1
    assert done.output.startswith("NOT verified: Entry 3 has been changed: ")


def test_verify_of_a_folder_that_cannot_be_read_exits_2(tmp_path: Path):
    done = CliRunner().invoke(verify_command.command, [str(tmp_path / "nowhere")])
    assert done.exit_code == 2
    assert "nowhere can't be read" in done.output


@pytest.fixture
def environment(database: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("BUDKAVLE_HOME", str(database.home))
    monkeypatch.setenv("DATABASE_URL", database.database_url or "")
    return database


def open_an_event(slug: str = "vatten-2026") -> None:
    with db.unit_of_work() as session:
        person = Person(name="Åsa Ek", email="asa@example.org", created_at=clock.now())
        session.add(person)
        session.flush()
        incident = Incident(
            slug=slug,
            name="Vatten",
            stage="staff",
            stage_since=clock.now(),
            reason="Läcka",
            exercise=False,
            state="open",
            opened_at=clock.now(),
            opened_by_id=person.id,
        )
        session.add(incident)
        session.flush()
        record(session, "incident:opened", body={}, now=clock.now(), incident_id=incident.id)


def test_export_writes_a_folder_that_verifies_and_stores_its_head(
    environment: Settings, tmp_path: Path
):
    open_an_event()
    out = tmp_path / "out"
    done = CliRunner().invoke(export_command.command, ["vatten-2026", "--to", str(out)])
    assert done.exit_code == 0, done.output
    assert CliRunner().invoke(verify_command.command, [str(out)]).exit_code == 0
    assert [head.n for head in second_place.every(environment.head_copy)] == [1]
    db.connect(environment.database_url or "")  # the command has let go of it
    with db.unit_of_work() as session:
        said = entries_of(session, session.scalars(select(Incident.id)).one(), limit=1)[0]
    assert (said.tag, said.facts) == ("timeline:exported", {"entries": 1, "masked": False})


@pytest.mark.parametrize("event", ["eld", "7", "99999999999999999999"])
def test_export_of_an_unknown_event_says_so_and_exits_2(
    environment: Settings, tmp_path: Path, event: str
):
    done = CliRunner().invoke(export_command.command, [event, "--to", str(tmp_path / "out")])
    assert (done.exit_code, done.output) == (2, f"budkavle: There is no event {event!r}.\n")


def test_an_event_that_is_called_by_a_number_is_exported_by_its_name(
    environment: Settings, tmp_path: Path
):
    open_an_event("112")
    done = CliRunner().invoke(export_command.command, ["112", "--to", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output


def test_export_where_no_database_runs_says_how_to_start_it(
    environment: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("BUDKAVLE_HOME", str(tmp_path / "home"))
    done = CliRunner().invoke(export_command.command, ["eld", "--to", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "budkavle up" in done.output


def test_export_finds_the_embedded_database(
    environment: Settings, services: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("BUDKAVLE_HOME", str(services.services.home))
    done = CliRunner().invoke(export_command.command, ["eld", "--to", str(tmp_path / "out")])
    # It is reached, but nobody has used it: each test has a database of its own.
    assert done.exit_code == 2
    assert "hasn't this version's schema yet" in done.output
