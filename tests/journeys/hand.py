"""A person's hands at human speed, and a clock that says how long they took.

The model: a key of text every 80 ms, a step with Tab every 150 ms (one looks where it lands), 0.4 s
of aim before each press of a button or link. Reading takes no time here. Nothing is subtracted:
what the server and the machine take is part of the total, and is told beside it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from playwright.sync_api import Locator, expect

from tests.journeys.visitor import ROOT, Visitor

KEY, TAB, AIM = 0.08, 0.15, 0.4
"""Seconds."""
MOST = 150
"""Presses of Tab before we give up."""
FIGURES = ROOT / "out" / "timed.json"
FOCUSED = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  for (let n = 0; n < 10 && document.activeElement === document.body; n++) await frame();
  const e = document.activeElement;
  const said = e.labels?.length ? e.labels[0].innerText : e.innerText ?? "";
  const style = getComputedStyle(e);
  const ringed = style.outlineStyle !== "none" || style.boxShadow !== "none";
  return { said: said.trim(), ringed: ringed || e.type === "date" };
}"""
"""The browser draws its own ring around the calendar button inside a date field. What is drawn anew
while it has the focus gives it on in the next frame."""


class Stopwatch:
    """From the moment it is made: the whole time, and the part spent waiting for the server."""

    def __init__(self) -> None:
        self.began, self.waited, self.typed = time.monotonic(), 0.0, 0

    def waiting(self, until: Callable[[], None]) -> None:
        start = time.monotonic()
        until()
        self.waited += time.monotonic() - start

    def elapsed(self) -> float:
        return time.monotonic() - self.began

    def stop(self, what: str, limit: float) -> None:
        """Record the figure in out/timed.json; it must be under its limit, in seconds."""
        total = self.elapsed()
        FIGURES.parent.mkdir(exist_ok=True)
        known = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
        known[what] = {
            "seconds": round(total, 1),
            "of which waiting": round(self.waited, 1),
            "keys of text": self.typed,
            "limit": limit,
        }
        FIGURES.write_text(json.dumps(known, ensure_ascii=False, indent=1) + "\n")
        assert total < limit, f"{what}: {total:.1f} s, {self.waited:.1f} of them waiting"


class Hand:
    """Moves for a visitor, by keyboard or pointer, and waits for what comes of it."""

    def __init__(self, visitor: Visitor, watch: Stopwatch) -> None:
        self.visitor, self.watch = visitor, watch

    def type(self, text: str) -> None:
        """Into what has the focus."""
        self.watch.typed += len(text)
        self.visitor.page.keyboard.type(text, delay=KEY * 1000)

    def tab_to(self, words: str) -> None:
        tab_to(self.visitor, words, TAB)

    def press(self, key: str, then: str) -> None:
        """Press a key, and wait until the page says `then`."""
        self._aim()
        self.visitor.page.keyboard.press(key)
        self.watch.waiting(lambda: self.visitor.sees(then))

    def click(self, target: Locator, then: str = "") -> None:
        """With the pointer or a thumb; a page that comes of it is waited for."""
        self._aim()
        target.click()
        if then:
            self.watch.waiting(lambda: self.visitor.sees(then))

    def write(self, target: Locator, text: str) -> None:
        """Into a field that is pointed at; what stands there goes."""
        self.click(target)
        self.visitor.page.keyboard.press("Control+a")
        self.type(text)
        expect(target).to_have_value(text)

    def _aim(self) -> None:
        self.visitor.page.wait_for_timeout(AIM * 1000)


def tab_to(visitor: Visitor, words: str, pause: float = 0) -> None:
    """Press Tab until what has the focus begins with these words; every stop must show a ring.

    Args:
        pause: seconds between presses.
    """
    for _press in range(MOST):
        visitor.page.keyboard.press("Tab", delay=pause * 1000)
        if focused(visitor).startswith(words):
            return
    raise AssertionError(f"Tab never comes to {words}.")


def focused(visitor: Visitor) -> str:
    found = visitor.page.evaluate(FOCUSED)
    assert found["ringed"], f"{found['said']} has the focus, and nothing shows it."
    return str(found["said"])
