"""What keeps an installation from starting: one plain sentence, exit code 2."""

from __future__ import annotations

from console.errors import ConsoleError


class CannotStart(ConsoleError):
    """Something outside the program must be put right first."""
