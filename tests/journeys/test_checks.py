"""A week's checks: each account looked at as often as the rules say, and what is missed is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from playwright.sync_api import expect
from sqlalchemy import make_url

from console.cli import running
from console.cli.services.keys import secret
from console.config import Settings
from tests.cli.program import environment, up
from tests.journeys.conftest import Installation, Visit, log_in, logins_of, need_chromium
from tests.journeys.visitor import PHONE, Visitor

STOCKHOLM = ZoneInfo("Europe/Stockholm")
Set = Callable[[datetime], None]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One of its own: its clock is moved."""
    need_chromium()
    folder = tmp_path_factory.mktemp("checks")
    with up(environment(folder / "home"), folder / "log", "--example") as started:
        yield Installation(started, logins_of(started))


@pytest.fixture
def set_clock(installation: Installation) -> Set:
    """Turns the installation's clock to a moment; everybody is logged out by then."""
    settings = Settings.from_env(environment(installation.home))
    url = make_url(running.database_url(settings)).set(
        drivername="postgresql",
        username="postgres",
        password=secret(installation.home / "keys", "postgres-superuser"),
    )
    address = url.render_as_string(hide_password=False)

    def turn(moment: datetime) -> None:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("DELETE FROM clock_skew")
            skew = moment - datetime.now(moment.tzinfo)
            connection.execute("INSERT INTO clock_skew VALUES (%s)", [skew])

    return turn


def comes(visit: Visit, installation: Installation, name: str, moment: datetime) -> Visitor:
    """Somebody who has been away for days logs in, once the console has looked at the clock."""
    visitor = visit(None, PHONE)
    for _ in range(60):
        # It asks the database for the time, which the login page doesn't.
        visitor.page.request.get("/healthz")
        visitor.go("/login")
        if visitor.page.locator(f'body[data-now^="{moment.date()}"]').count():
            break
        visitor.page.wait_for_timeout(500)
    log_in(visitor, installation.logins[name])
    return visitor


def test_a_week_of_checks_is_made_in_presses_and_a_missed_one_is_seen_by_all(
    visit: Visit, installation: Installation, set_clock: Set
) -> None:
    """4-f: twice a week, counted by itself, with proof for each account."""
    today = datetime.now(STOCKHOLM)
    monday = (today + timedelta(days=7 - today.weekday())).replace(
        hour=9, minute=0, second=0, microsecond=0
    )
    set_clock(monday)
    peter = comes(visit, installation, "Peter", monday)
    peter.go("/checks")
    asked = peter.page.get_by_text("0 av 2 gånger den här veckan")
    peter.reload_until(asked)
    peter.check("checks-monday")
    first = peter.page.locator(".todo").first
    name = first.get_by_role("link").first.inner_text()
    peter.button("Kontrollerat nu", within=first).click()
    peter.sees("Antecknat: kontrollerat kl 09.")
    peter.sees("1 av 2 gånger den här veckan")
    peter.button("Kontrollerat nu", within=first).click()
    peter.sees("Redan antecknat kl 09.")

    wednesday, next_monday = monday + timedelta(days=2), monday + timedelta(days=7)
    set_clock(wednesday)
    peter = comes(visit, installation, "Peter", wednesday)
    peter.go("/checks")
    peter.link(name).first.click()
    peter.page.get_by_label("Vad såg du?").fill("En fråga om öppettider, besvarad.")
    peter.button("Kontrollerat nu").click()
    peter.sees("2 av 2 gånger den här veckan")
    peter.check("checks-account")

    set_clock(next_monday)
    stina = comes(visit, installation, "Stina", next_monday)
    stina.go("/checks")
    stina.reload_until(stina.page.get_by_text("Förra veckan missades.").first)
    stina.check("checks-missed")
    peter = comes(visit, installation, "Peter", next_monday)
    peter.go("/")
    expect(peter.page.get_by_text("Titta till").first).to_be_visible()
    peter.go("/checks")
    expect(peter.page.get_by_role("main")).not_to_contain_text("Förra veckan missades.")
    peter.link(name).first.click()
    expect(peter.page.get_by_role("row").filter(has_text="Klarades")).to_contain_text("2 av 2")
    peter.check("checks-proof")
    maria = comes(visit, installation, "Maria", next_monday)
    maria.go("/municipality?deviation=checks")
    listed = maria.page.get_by_role("main")
    expect(listed).to_contain_text("Torsby bibliotek")
    expect(listed).not_to_contain_text(name)
