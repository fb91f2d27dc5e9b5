"""Charts as SVG, the same on the page and in the report. Pure.

Only black on what lies behind, which is the page's or the paper's: series are told apart by their
pattern, so that a copier keeps them. Each has its figures in a table beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

WIDE, LABEL, AFTER = 720, 176, 118
"""Units: the whole, the rows' names to the left, what is written after a bar."""
TOP, ROW, BAR, FOOT = 30, 28, 17, 26
FILLS = ("solid", "lines", "dots", "open")
"""Patterns, in the order that they are easiest to tell from each other side by side."""
LETTER = 7.4
LONGEST = 22
"""Letters of a row's name."""
MOST_ROWS = 24
"""Rows of a chart; the table has them all."""
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_200, 3_000, 6_000)
TICKS = 6


@dataclass(frozen=True)
class Series:
    name: str
    fill: str
    """One of `FILLS`."""


@dataclass(frozen=True)
class Row:
    name: str
    values: Sequence[float]
    """One for each series, never negative."""
    after: str = ""
    """What is written after the bar."""


def bars(key: str, title: str, series: Sequence[Series], rows: Sequence[Row],
         unit: Callable[[float], str]) -> str:  # fmt: skip
    """Stacked bars, one a row.

    Args:
        key: sets this drawing's patterns apart from others' in the page: ASCII letters.
        title: read out in its place.
        unit: a value as the scale says it.

    Returns:
        An `<svg>` element; without rows one that says nothing but its title.
    """
    shown = rows[:MOST_ROWS]
    most = max((sum(row.values) for row in shown), default=0)
    step = _step(most)
    end = max(step, -(-most // step) * step)
    room = WIDE - LABEL - AFTER
    high = TOP + ROW * len(shown) + FOOT

    def x(value: float) -> float:
        return round(LABEL + value / end * room, 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {WIDE} {high}" '
        f'role="img" aria-label={quoteattr(title)} fill="currentColor" '
        f'font-family="Overpass, Libertinus Serif, serif" font-size="14">',
        _patterns(key),
        _legend(key, series),
    ]
    foot = TOP + ROW * len(shown)
    parts.append(
        f'<path d="M{LABEL} {TOP}V{foot}H{WIDE - AFTER}" fill="none" stroke="currentColor"/>'
    )
    for number in range(int(end / step) + 1):
        at = x(number * step)
        parts.append(
            f'<path d="M{at} {foot}v6" stroke="currentColor"/>'
            f'<text x="{at}" y="{foot + 20}" text-anchor="middle">'
            f"{escape(unit(number * step))}</text>"
        )
    for number, row in enumerate(shown):
        top = TOP + ROW * number + (ROW - BAR) / 2
        parts.append(f'<text x="0" y="{top + 13}">{escape(_short(row.name))}</text>')
        done = 0.0
        for one, value in zip(series, row.values, strict=True):
            if value > 0:
                start, stop = x(done), x(done + value)
                parts.append(_box(key, one.fill, start, top, max(1.0, round(stop - start, 1))))
                done += value
        if row.after:
            parts.append(f'<text x="{x(done) + 8}" y="{top + 13}">{escape(row.after)}</text>')
    return "".join([*parts, "</svg>"])


def _box(key: str, fill: str, x: float, y: float, wide: float) -> str:
    look = {"solid": "currentColor", "open": "none"}.get(fill, f"url(#{key}-{fill})")
    return (
        f'<rect x="{x}" y="{y}" width="{wide}" height="{BAR}" fill="{look}" '
        f'stroke="currentColor" stroke-width="1.5"/>'
    )


def _patterns(key: str) -> str:
    return (
        f'<defs><pattern id="{key}-lines" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<path d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5" stroke="currentColor" stroke-width="1.6"/>'
        f'</pattern><pattern id="{key}-dots" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<circle cx="3" cy="3" r="1.1" fill="currentColor"/></pattern></defs>'
    )


def _legend(key: str, series: Sequence[Series]) -> str:
    parts, x = [], 0.0
    for one in series:
        parts.append(_box(key, one.fill, x + 1, 1, 22))
        parts.append(f'<text x="{x + 29}" y="14">{escape(one.name)}</text>')
        x += 29 + len(one.name) * LETTER + 18
    return "".join(parts)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"


def _step(most: float) -> float:
    return next((step for step in STEPS if most / step <= TICKS), STEPS[-1] * -(-most // 30_000))
