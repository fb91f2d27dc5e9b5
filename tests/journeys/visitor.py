"""A person at a browser, whose every page is looked over for faults that people trip on."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    StorageState,
    expect,
)

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = ROOT / "out" / "pictures"
DRAWING = bool(os.environ.get("BUDKAVLE_PICTURES"))
"""Whether pictures are wanted: a browser without a graphics card is long about them."""
PATIENCE = 60_000
"""Milliseconds that a page may take: machines are shared."""
expect.set_options(timeout=PATIENCE)
WIDE, PHONE = (1440, 900), (360, 740)
NARROW = (360, 320)
"""Widths in CSS pixels at which nothing may stick out of the page (WCAG 2.2, 1.4.10)."""
LOOK = """async ([only, more]) => {
  const rules = Object.fromEntries(more.map(id => [id, { enabled: true }]));
  const options = { resultTypes: ["violations"], selectors: false, rules, preload: false };
  if (only) options.runOnly = { type: "rule", values: only };
  const { violations } = await axe.run(document, options);
  return violations.map(v => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map(n => n.html)}`);
}"""
ASKED = ["target-size"]
"""Rules of WCAG 2.2 AA that axe leaves out unless asked."""
EXPERIMENTAL = [
    "label-content-name-mismatch",
    "table-fake-caption",
    "td-has-header",
]
"""Rules that axe tries out, but for two that are mistaken here (a sign isn't a heading, and what
scrolls sideways must be reached by keyboard though nothing is pressed there) and one that would
fetch every style sheet again, to look for what turns a page on its side."""
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules that dark can break when light holds."""
STICKING_OUT = """() => {
  const wide = document.documentElement.scrollWidth;
  if (wide <= innerWidth) return [];
  const out = [...document.body.querySelectorAll("*")]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1);
  return [`${wide} px wide`, ...out.slice(-3).map(e => e.outerHTML.slice(0, 120))];
}"""

TELL_REFUSALS = """document.addEventListener("securitypolicyviolation", event => console.error(
  "content security policy", event.violatedDirective, event.blockedURI, event.target.outerHTML));"""


@dataclass(frozen=True)
class Login:
    name: str
    email: str
    password: str


def draw(page: Page, name: str, *, whole: bool = False) -> None:
    """Save a picture of the page as `name`.png in out/pictures, where pictures are wanted."""
    if DRAWING:
        PICTURES.mkdir(parents=True, exist_ok=True)
        # Hiding the caret writes inline style, which htmx carries on and the browser refuses.
        page.screenshot(path=PICTURES / f"{name}.png", full_page=whole, caret="initial")


class Visitor:
    """A browser of one's own (cookies and all) with one page open.

    Whatever the browser's console complains of (faults in scripts, refused by the content security
    policy, files that aren't there) is collected, and fails the next `check`.

    Args:
        address: of the console.
        size: of the window, in CSS pixels.
        kept: cookies of an earlier visit.
    """

    def __init__(
        self,
        browser: Browser,
        address: str,
        size: tuple[int, int] = WIDE,
        kept: StorageState | None = None,
    ) -> None:
        self.context = browser.new_context(
            base_url=address,
            storage_state=kept,
            viewport={"width": size[0], "height": size[1]},
            locale="sv-SE",
            timezone_id="Europe/Stockholm",
            has_touch=size == PHONE,
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(PATIENCE)
        # Sent to a tab once, and run only where a page is looked over: sending it for each page
        # anew takes longer than running it.
        axe = AXE.read_text()
        self.context.add_init_script(f"window.haveAxe = () => {{ if (!window.axe) {{ {axe} }} }}")
        self.context.add_init_script(TELL_REFUSALS)
        self.size, self.faults, self._expected = size, [], []  # type: ignore[var-annotated]
        self.opened: list[str] = []
        """Slugs of the exercises that the person has opened."""
        self.page = self.open_tab()

    def open_tab(self) -> Page:
        page = self.context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        return page

    @contextmanager
    def at(self, page: Page) -> Iterator[None]:
        """Turn to another tab for a while."""
        mine, self.page = self.page, page
        yield
        self.page = mine

    @contextmanager
    def another_tab(self, path: str) -> Iterator[None]:
        """Open one, and turn back; it stays open."""
        with self.at(self.open_tab()):
            self.go(path)
            yield

    def go(self, path: str) -> None:
        self.page.goto(path)

    def button(self, name: str, *, within: Locator | None = None) -> Locator:
        self._arrive()
        return (within or self.page).get_by_role("button", name=name, exact=True)

    def link(self, name: str, *, within: Locator | None = None) -> Locator:
        self._arrive()
        return (within or self.page).get_by_role("link", name=name, exact=True)

    def field(self, label: str) -> Locator:
        self._arrive()
        return self.page.get_by_label(label, exact=True)

    def choice(self, name: str) -> Locator:
        """A radio button or checkbox, by its first words."""
        self._arrive()
        named = self.page.get_by_label(re.compile(r"^\s*" + re.escape(name)))
        return named.and_(self.page.locator("input"))

    def _arrive(self) -> None:
        """Wait for the page's scripts: nobody is quick enough to press before they have run, but on
        a busy machine this is."""
        self.page.wait_for_load_state()

    def reload_until(self, seen: Locator) -> None:
        """Load the page again until it shows something: it doesn't change by itself."""
        for _ in range(PATIENCE // 500):
            if seen.count():
                break
            self.page.wait_for_timeout(500)
            self.page.reload()
        expect(seen).to_be_visible()

    def sees(self, text: str) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()

    @contextmanager
    def expecting(self, pattern: str) -> Iterator[None]:
        """The browser's console may say this meanwhile: a refusal that is meant, for example."""
        self._expected.append(pattern)
        yield
        self._expected.remove(pattern)

    def check(self, picture: str = "") -> None:
        """The page as it stands: axe in light and dark, nothing sticking out, no complaint.

        Args:
            picture: name to save pictures of it under, in out/pictures; "": none.
        """
        found = self.look(picture)
        where = self.page.url
        assert found == [], f"{where}: {json.dumps(found, ensure_ascii=False, indent=1)}"

    def look(self, picture: str = "", *, every_rule: bool = False) -> list[str]:
        """What `check` would find.

        Args:
            picture: as for `check`.
            every_rule: the experimental ones too.
        """
        page = self.page
        asked = ASKED + EXPERIMENTAL if every_rule else ASKED
        page.wait_for_load_state()  # with its style sheets
        page.evaluate("haveAxe()")
        found = [f"light: {one}" for one in page.evaluate(LOOK, [None, asked])]
        if picture:
            self._save(f"{picture}-light")
        page.emulate_media(color_scheme="dark")
        found += [f"dark: {one}" for one in page.evaluate(LOOK, [COLOURS, []])]
        if picture:
            self._save(f"{picture}-dark")
        page.emulate_media(color_scheme="light")
        return found + self.sticking_out() + self.faults

    def sticking_out(self) -> list[str]:
        """What is wider than a narrow screen."""
        found: list[str] = []
        for width in NARROW:
            self.page.set_viewport_size({"width": width, "height": self.size[1]})
            found += [f"{width} px: {one}" for one in self.page.evaluate(STICKING_OUT)]
        self.page.set_viewport_size({"width": self.size[0], "height": self.size[1]})
        return found

    def _save(self, name: str) -> None:
        draw(self.page, name)

    def _heard(self, message: ConsoleMessage) -> None:
        said: dict[str, Any] = message.location
        text = f"{message.text} ({said.get('url', '')})"
        if message.type in ("error", "warning") and not any(
            re.search(pattern, text) for pattern in self._expected
        ):
            self.faults.append(text)
