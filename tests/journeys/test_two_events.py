"""Two events at once: the band counts the other's alarms and leads there; and *skarpt läge*."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.cli.program import environment, up
from tests.journeys.conftest import Installation, Visit, logins_of, need_chromium
from tests.journeys.steps import open_exercise


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One of its own: the band names two other events, and other journeys leave theirs open."""
    need_chromium()
    folder = tmp_path_factory.mktemp("two")
    with up(environment(folder / "home"), folder / "log", "--example") as running:
        yield Installation(running, logins_of(running))


def test_the_other_event_shows_in_the_band_by_itself_and_is_one_press_away(visit: Visit) -> None:
    lisa, karin = visit("Lisa"), visit("Karin")
    slug = open_exercise(lisa, "Skyfall")
    karin.go(f"/incidents/{slug}/messages")
    band = karin.page.locator(".band")
    expect(band).not_to_contain_text("Ras vid skolan")
    with lisa.at(lisa.open_tab()):
        # The same accounts: exercises touch only themselves.
        other = open_exercise(lisa, "Ras vid skolan")
    expect(band).to_contain_text(re.compile(r"övning Ras vid skolan, \d+ att göra"))
    karin.check("two-events")
    band.get_by_role("link", name=re.compile("Ras vid skolan")).click()
    karin.page.wait_for_url(re.compile(other))
    expect(band).to_contain_text(re.compile(r"Skyfall, \d+ att göra"))


def test_the_staff_ticks_hands_over_and_breaks_off_in_one_press(visit: Visit) -> None:
    lisa, karin = visit("Lisa"), visit("Karin")
    slug = open_exercise(lisa, "Storm över Värmland")
    karin.go(f"/incidents/{slug}")
    lisa.link("Stab").click()
    row = lisa.page.locator("#first-radio")
    row.get_by_label("Anteckning om: Ring lokalradion").fill("Anna på P4 svarade")
    lisa.button("Klart", within=row).click()
    expect(row).to_contain_text("Anna på P4 svarade")
    expect(karin.page.locator(".board")).to_contain_text("2 av 11")
    lisa.check("staff")
    lisa.go(f"/incidents/{slug}/handovers/new/information_unit")
    lisa.check("hand-over")
    lisa.go(f"/incidents/{slug}")
    lisa.check("board-exercise")
    lisa.button("Avbryt övningen – skarpt läge").click()
    lisa.sees("Övningen Storm över Värmland är avbruten. Inget från den följer med.")
    expect(lisa.choice("Kris, på riktigt")).to_be_checked()
    expect(lisa.field("Vad har hänt?")).to_have_value("")
    lisa.sees("Skarp drift är inte påslagen")
    lisa.check("break-off")
    # Whoever looks at the exercise is told, without doing anything.
    expect(karin.page.locator(".band")).to_contain_text("Övningen är avbruten, skarpt läge.")
    karin.check("broken-off")
