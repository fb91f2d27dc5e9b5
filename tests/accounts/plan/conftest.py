"""One person of every role, and a unit of work."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from console import db, sealing
from console.config import Settings
from tests.cast import Cast


@pytest.fixture
def cast(database: Settings) -> Cast:
    sealing.use(database.keys)
    with db.unit_of_work() as session:
        return Cast.enter(session)


@pytest.fixture
def session(cast: Cast) -> Iterator[Session]:
    with db.unit_of_work() as session:
        yield session
