"""What an operation says when it can't be done: one sentence for a person, and why."""

from __future__ import annotations


class ConsoleError(Exception):
    """Base of every refusal. `str(error)` is a whole sentence in the user's language."""

    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotAllowed(ConsoleError):
    """The person may not do this, whatever the state."""

    status = 403


class NotFound(ConsoleError):
    """What was named isn't there (or isn't for this person to see)."""

    status = 404


class WrongState(ConsoleError):
    """It could be done, but not now."""

    status = 409


class Stale(ConsoleError):
    """Somebody changed it in between: look again before deciding."""

    status = 409


class TooMany(ConsoleError):
    """Tried too often: wait."""

    status = 429


class BadInput(ConsoleError):
    """A value can't be used. `field` names the field (or the place in a file)."""

    status = 422

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Faults(ConsoleError):
    """Several values can't be used: all are named at once.

    `faults` maps field name → sentence, in the order they stand on the page.
    """

    status = 422

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = faults
