"""What tests of the pages of messages begin from; a file that needs another stage has its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from console.config import Settings
from console.people.models import Person
from tests.stage import Stage


@pytest.fixture
def stage(app: object, database: Settings) -> Stage:
    return Stage(database)


@pytest.fixture
def lisa(stage: Stage, client_for: Callable[[Person | None], FlaskClient]) -> FlaskClient:
    """Lisa's browser."""
    return client_for(stage.lisa)


@pytest.fixture
def base(stage: Stage) -> str:
    """Where the event's pages lie."""
    return f"/incidents/{stage.incident.slug}"
