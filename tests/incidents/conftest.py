from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from console import clock, db, migrations
from console.config import Settings


@pytest.fixture
def database() -> Iterator[None]:
    url = Settings.from_env({"DATABASE_URL": os.environ["TEST_DATABASE_URL"]}).database_url
    assert url is not None
    engine = db.connect(url)
    with engine.begin() as c:
        c.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    migrations.upgrade(engine)
    clock.forget_sample()
    yield
    db.disconnect()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env({"BUDKAVLE_HOME": str(tmp_path / "home")})
