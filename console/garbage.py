"""The collector of garbage, held back while a program is put together."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def held_back() -> Iterator[None]:
    """Nothing that is imported meanwhile goes away before the process does: looking it through
    again and again takes a quarter of the start, and afterwards it need never be looked through."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
