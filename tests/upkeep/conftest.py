"""One person of every role, and three accounts that Olle and Maja look after."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.upkeep import acts


@pytest.fixture
def register(cast: Cast) -> dict[str, int]:
    return acts.register()
