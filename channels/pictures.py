"""What to say of pictures that a post went without."""

from __future__ import annotations


def left_out(number: int, of: int) -> str | None:
    """A receipt's note; None when all went along."""
    return f"{number} of {of} pictures left out" if number > 0 else None
