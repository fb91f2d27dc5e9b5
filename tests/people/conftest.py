from __future__ import annotations

import pytest
from flask import Flask

from console import create_app
from console.config import Settings
from console.db import unit_of_work
from tests.cast import Cast


@pytest.fixture
def cast(database: Settings) -> Cast:
    with unit_of_work() as session:
        return Cast.enter(session)


@pytest.fixture
def app(database: Settings) -> Flask:
    """The whole console. Forms are accepted without a token; one test sets that back."""
    app = create_app(database)
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    return app
