"""The whole program, run as a newcomer would, and people who visit it with a real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, StorageState, expect, sync_playwright

from tests.cli.program import Up, environment, up
from tests.journeys.pages import PAGES, Prepared, prepare
from tests.journeys.steps import break_off
from tests.journeys.visitor import WIDE, Login, Visitor

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser"))),
    None,
)
"""The shell first: the same browser without the windows that nobody sees, a fifth quicker."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class Installation:
    """A running one, with example people."""

    running: Up
    logins: dict[str, Login]
    """First name → login."""
    kept: dict[str, StorageState] = field(default_factory=dict)
    """First name → cookies, once somebody has logged in: people seldom do it twice a day."""
    everything: dict[str, str] = field(default_factory=dict)
    """What `PAGES` needs to be there, once it is: making it takes long."""

    @property
    def home(self) -> Path:
        return self.running.home


def need_chromium() -> None:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing: the journeys can't be tested.")
        pytest.skip("Chromium is missing.")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium. Where there is none these tests are skipped, but not in CI. Closed with the last
    journey: its event loop stands in the way of other tests' own."""
    need_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """`budkavle up --example` in a throwaway home, on free ports."""
    need_chromium()
    folder = tmp_path_factory.mktemp("journeys")
    with up(environment(folder / "home"), folder / "log", "--example") as running:
        yield Installation(running, logins_of(running))


def logins_of(running: Up) -> dict[str, Login]:
    """First name → login, of each example person."""
    logins = {}
    for line in (running.home / "example-logins.txt").read_text().splitlines():
        email, password, name = line.split(maxsplit=2)
        name = name.split(",")[0]
        logins[name.split()[0]] = Login(name, email, password)
    return logins


Visit = Callable[..., Visitor]


@contextmanager
def visits(browser: Browser, installation: Installation) -> Iterator[Visit]:
    """Opens a browser for a person of the example, logged in (None: for nobody yet)."""
    visitors: list[Visitor] = []

    def open_browser(name: str | None = None, size: tuple[int, int] = WIDE) -> Visitor:
        kept = installation.kept.get(name or "")
        visitor = Visitor(browser, installation.running.console, size, kept)
        visitors.append(visitor)
        if name is not None:
            visitor.go("/")
            if kept is None:
                log_in(visitor, installation.logins[name])
                installation.kept[name] = visitor.context.storage_state()
                visitor.go("/")  # the very first login comes to the tour
            expect(visitor.page.get_by_role("contentinfo")).to_contain_text(name)
        return visitor

    yield open_browser
    for visitor in visitors:
        visitor.context.close()
    assert [visitor.faults for visitor in visitors if visitor.faults] == []


@pytest.fixture
def visit(browser: Browser, installation: Installation) -> Iterator[Visit]:
    """See `visits`; the browsers are closed with the test, and the exercises ended that would go on
    sending beside every later one."""
    opened: list[Visitor] = []
    with visits(browser, installation) as open_browser:

        def remembering(name: str | None = None, size: tuple[int, int] = WIDE) -> Visitor:
            opened.append(open_browser(name, size))
            return opened[-1]

        yield remembering
        for visitor in opened:
            break_off(visitor)


@pytest.fixture(scope="module")
def prepared(browser: Browser, installation: Installation) -> Iterator[Prepared]:
    """Something to see on every page, and browsers of everybody that `PAGES` names."""
    with visits(browser, installation) as open_browser:
        visitors = everybody(open_browser)
        if not installation.everything:
            installation.everything.update(prepare(visitors))
        yield Prepared(visitors, installation.everything)


def everybody(open_browser: Visit) -> dict[str, Visitor]:
    names = {name for name, _address in PAGES}
    return {name: open_browser(name or None) for name in sorted(names)}


def log_in(visitor: Visitor, login: Login) -> None:
    visitor.go("/login")
    visitor.field("E-post").fill(login.email)
    visitor.field("Lösenord").fill(login.password)
    visitor.button("Logga in").click()
    expect(visitor.page.get_by_role("contentinfo")).to_contain_text(login.name)
    visitor.page.wait_for_load_state()  # whose scripts keep the time that somebody is idle
