"""The whole program, run as a newcomer would, and people who visit it with a real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, StorageState, expect, sync_playwright

from tests.cli.program import Up, environment, up
from tests.journeys.visitor import WIDE, Login, Visitor

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
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

    @property
    def home(self) -> Path:
        return self.running.home


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium. Where there is none these tests are skipped, but not in CI."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing: the journeys can't be tested.")
        pytest.skip("Chromium is missing.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def installation(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """`budkavle up --example` in a throwaway home, on free ports."""
    folder = tmp_path_factory.mktemp("journeys")
    with up(environment(folder / "home"), folder / "log", "--example") as running:
        lines = (running.home / "example-logins.txt").read_text().splitlines()
        logins = {}
        for line in lines:
            email, password, name = line.split(maxsplit=2)
            name = name.split(",")[0]
            logins[name.split()[0]] = Login(name, email, password)
        yield Installation(running, logins)


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(browser: Browser, installation: Installation) -> Iterator[Visit]:
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
            expect(visitor.page.get_by_role("contentinfo")).to_contain_text(name)
        return visitor

    yield open_browser
    for visitor in visitors:
        visitor.context.close()
    assert [visitor.faults for visitor in visitors if visitor.faults] == []


def log_in(visitor: Visitor, login: Login) -> None:
    visitor.go("/login")
    visitor.field("E-post").fill(login.email)
    visitor.field("Lösenord").fill(login.password)
    visitor.button("Logga in").click()
    expect(visitor.page.get_by_role("contentinfo")).to_contain_text(login.name)
