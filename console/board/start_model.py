"""What the start page shows in calm: deviations, readiness, coverage. Plain values, pure."""

from __future__ import annotations

from dataclasses import dataclass

from console.parts import State, Todo, Verb


@dataclass(frozen=True)
class Deviation:
    key: str
    state: State
    what: str
    account: str
    platform: str
    since: str
    """"sedan 2 juni", "12 dagar" """
    verb: Verb | None = None


@dataclass(frozen=True)
class DeviationGroup:
    """*Kan svika i en kris* (urgent), *Försenat*, *Saknas*: in this order."""

    title: str
    urgent: bool
    rows: tuple[Deviation, ...]


@dataclass(frozen=True)
class Readiness:
    """How many accounts could send if a crisis began now, and what holds the others back."""

    able: int
    total: int
    faults: tuple[Todo, ...]


@dataclass(frozen=True)
class CoverageRow:
    name: str
    covered: tuple[bool, ...]
    """One for each of Coverage.weeks."""


@dataclass(frozen=True)
class Coverage:
    title: str
    weeks: tuple[int, ...]
    rows: tuple[CoverageRow, ...]
    url: str


@dataclass(frozen=True)
class Waiting:
    """Something that waits for this reader."""

    verb: str
    rest: str
    url: str


@dataclass(frozen=True)
class StartView:
    unit: str
    """The reader's unit; may be empty."""
    total: int
    """Accounts in the register."""
    groups: tuple[DeviationGroup, ...]
    readiness: Readiness | None
    coverage: Coverage | None
    waiting: tuple[Waiting, ...]
    in_order: int
    in_order_url: str
    open_exercise_url: str = ""
    """Empty: this reader may not."""
    open_crisis_url: str = ""

    @property
    def needing(self) -> int:
        return self.total - self.in_order
