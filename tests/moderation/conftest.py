"""An account of Olle's and Maja's, and something written on it."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.moderation import acts
from tests.upkeep import acts as upkeep


@pytest.fixture
def school(cast: Cast) -> int:
    return upkeep.register()["@skola"]


@pytest.fixture
def asked(cast: Cast, school: int) -> int:
    """The number of an item that Olle has written down."""
    return acts.write_down(cast.olle, school)
