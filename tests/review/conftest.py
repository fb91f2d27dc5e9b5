"""An event with something in its log, and exports of it without a process of their own."""

from __future__ import annotations

import uuid
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from console import clock, create_addresses, db
from console.config import Settings
from console.incidents.models import Incident
from console.people.models import Person, PersonRole
from console.review import operations
from console.review.models import TimelineExport
from tests.stage import Stage
from workers import exporting


@pytest.fixture
def stage(database: Settings) -> Stage:
    return Stage(database)


@pytest.fixture
def greta(stage: Stage, client_for: Callable[[Person], FlaskClient]) -> FlaskClient:
    """A reviewer's browser."""
    return client_for(person("Greta Lund", "reviewer"))


def person(name: str, role: str) -> Person:
    """Somebody beside those on the stage."""
    with db.unit_of_work() as session:
        found = Person(
            name=name,
            email=f"{name.split()[0].lower()}@torsby.example",
            phone="070-174 06 99",
            created_at=clock.now(),
            active=True,
            password_hash="no digest",
            role_rows=[PersonRole(role=role)],
        )
        session.add(found)
        session.flush()
        return found


def ask(stage: Stage, *, masked: bool = False) -> int:
    """Lisa asks for an export. Returns its number."""
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        return operations.ask(session, stage.lisa, incident, clock.now(), masked=masked).id


def claim() -> tuple[int, uuid.UUID] | None:
    with db.unit_of_work() as session:
        row = operations.claim(session, clock.now())
        return None if row is None or row.token is None else (row.id, row.token)


def write(settings: Settings) -> TimelineExport:
    """Write the export that waits, as its process does. Returns its row afterwards."""
    claimed = claim()
    assert claimed is not None
    exporting.write(settings, create_addresses(settings), *claimed)
    return newest()


def newest() -> TimelineExport:
    with db.unit_of_work() as session:
        query = select(TimelineExport).order_by(TimelineExport.id.desc()).limit(1)
        return session.scalars(query).one()


def unpacked(content: bytes, to: Path) -> Path:
    """The folder inside a fetched file."""
    with zipfile.ZipFile(BytesIO(content)) as packed:
        assert packed.testzip() is None
        packed.extractall(to)
    (folder,) = to.iterdir()
    return folder
