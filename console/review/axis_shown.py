"""The axis as it is drawn: lanes and marks at places of an SVG, each with where it leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log2

from console import phrases
from console.accounts.rules import platform_name
from console.messages import labels
from console.messages.rules import MessageType
from console.review import axis_rules
from console.review.axis_rules import LANES, STAGES, Cell, Lanes, Line, Span, Window

WIDE, LEFT, RIGHT, TOP, ROW = 1200, 148, 14, 46, 27
"""Units of the drawing; the lanes' names stand to the left."""
NAME_ROOM = 96
"""A message's name is left out where it would stand on the one before."""
SPAN_ROOM = 60
"""A span shorter than this has no name beside it."""
LANE_MARKS = {"planned": "waiting", "approved": "approved", "sent": "sent", "confirmed": "seen"}
LETTER = 7.2
"""About how wide a letter is."""


@dataclass(frozen=True)
class Mark:
    x: float
    y: float
    state: str
    """A mark's name; "": a bar, `high` units high."""
    high: float
    wide: float
    label: str
    url: str


@dataclass(frozen=True)
class Lane:
    key: str
    label: str
    mark: str
    """A mark before the name, or ""."""
    y: float
    """Its middle."""
    marks: Sequence[Mark]


@dataclass(frozen=True)
class Tick:
    x: float
    label: str


@dataclass(frozen=True)
class Name:
    """A message's, above its line."""

    x: float
    text: str


@dataclass(frozen=True)
class Bar:
    """Something that lasted."""

    x: float
    y: float
    wide: float
    label: str
    open: bool
    """It goes on after the window, or still."""


@dataclass(frozen=True)
class Drawing:
    wide: int
    high: float
    left: int
    right: float
    """Where the lanes end."""
    lanes: Sequence[Lane]
    ticks: Sequence[Tick]
    ways: Sequence[str]
    """Points of lines, as SVG spells them."""
    names: Sequence[Name]
    bars: Sequence[Bar]

    @property
    def marks(self) -> int:
        return sum(len(lane.marks) for lane in self.lanes)


Link = Callable[[Cell, Window], str]
"""Where a mark leads, of what it stands for and of the time its bin covers."""


def order(keys: Sequence[str]) -> list[str]:
    """Lanes' keys from the top down; platforms by name."""
    places = {lane: place for place, lane in enumerate(LANES)}
    return sorted(keys, key=lambda key: (places[key.partition(":")[0]], name_of(key)))


def name_of(lane: str) -> str:
    key, _colon, platform = lane.partition(":")
    return (platform_name(platform) if platform else "") or str(LANES[key][0])


def draw(
    lanes: Lanes, window: Window, bins: int, link: Link, ways: Sequence[Line],
    spans: Sequence[Span], lang: str,
) -> Drawing:  # fmt: skip
    """
    Args:
        ways: messages whose marks are joined by a line; [] where they are too many.
    """
    keys = order(list({*lanes, *(one.lane for one in spans)}))
    places = {key: TOP + ROW * (number + 0.5) for number, key in enumerate(keys)}
    right = WIDE - RIGHT

    def x(at: datetime) -> float:
        return round(LEFT + min(1.0, max(0.0, window.share(at))) * (right - LEFT), 1)

    one = (right - LEFT) / bins
    drawn = [
        Lane(
            key=key,
            label=name_of(key),
            mark=LANE_MARKS.get(key, ""),
            y=places[key],
            marks=[
                _mark(cell, window.part(cell.bin, bins), places[key], one, x, key, link, lang)
                for _bin, cell in sorted(lanes.get(key, {}).items())
            ],
        )
        for key in keys
    ]
    inside = [way for way in ways if any(map(window.holds, way.moments()))]
    return Drawing(
        wide=WIDE,
        high=TOP + ROW * len(keys) + 8,
        left=LEFT,
        right=right,
        lanes=drawn,
        ticks=[Tick(x(at), moment(at, window, lang)) for at in axis_rules.ticks(window)],
        ways=[points for way in inside if (points := _points(way, window, places, x))],
        names=_names(inside, window, x),
        bars=[_bar(span, window, places[span.lane], x) for span in spans],
    )


def _mark(
    cell: Cell, part: Window, y: float, wide: float, x: Callable[[datetime], float], key: str,
    link: Link, lang: str,
) -> Mark:  # fmt: skip
    at = cell.at if cell.at is not None and cell.count == 1 else part.start + part.length / 2
    when = phrases.dated_short(cell.at or part.start, lang)
    return Mark(
        x=x(at),
        y=y,
        state=cell.state or "",
        high=round(min(20.0, 6 + 2 * log2(cell.count)), 1),
        wide=round(max(2.0, min(wide - 1, 8.0)), 1) if key != "rounds" else 3.0,
        label=f"{name_of(key)} {when}" + (f" ({cell.count})" if cell.count > 1 else ""),
        url=link(cell, part),
    )


def _points(
    way: Line, window: Window, places: Mapping[str, float], x: Callable[[datetime], float]
) -> str:
    """Only what is in the window; one mark alone is no line."""
    found = [
        f"{x(at)},{places[lane]}"
        for lane, at in zip(STAGES, way.moments(), strict=True)
        if at is not None and window.holds(at) and lane in places
    ]
    return " ".join(found) if len(found) > 1 else ""


def _names(ways: Sequence[Line], window: Window, x: Callable[[datetime], float]) -> list[Name]:
    found: list[Name] = []
    firsts = [
        (min(at for at in way.moments() if at is not None and window.holds(at)), way)
        for way in ways
    ]
    for at, way in sorted(firsts, key=lambda one: one[0]):
        place = x(at)
        if way.missed or (found and place - found[-1].x < NAME_ROOM):
            continue
        text = str(labels.TYPES[MessageType(way.type)])
        half = len(text) * LETTER / 2
        found.append(Name(min(max(place, LEFT + half), WIDE - RIGHT - half), text))
    return found


def _bar(span: Span, window: Window, y: float, x: Callable[[datetime], float]) -> Bar:
    end = span.end if span.end is not None else window.end
    start, stop = x(max(span.start, window.start)), x(min(end, window.end))
    wide = round(max(1.0, stop - start), 1)
    room = wide > max(SPAN_ROOM, len(span.label) * LETTER + 12)
    return Bar(start, y, wide, span.label if room else "", span.end is None or end > window.end)


def moment(at: datetime, window: Window, lang: str) -> str:
    """As short as the window lets a clock be and still be understood."""
    if window.length < timedelta(minutes=10):
        return phrases.clock_s(at)
    if window.length <= timedelta(days=1):
        return phrases.clock(at)
    if window.length <= timedelta(days=9):
        return phrases.dated_short(at, lang)
    return phrases.date_short(at, lang)
