"""The water scenario, played to the public site hour by hour through the real operations."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sqlalchemy import Update, select, update

from console import clock, db
from console.cli.rehearsal.scenario import Line, read
from console.config import Settings
from console.messages.models import Delivery, Instruction
from console.messages.operations import approve, closing
from tests.stage import Stage
from workers.site import SiteProcess

ROOT = Path(__file__).parents[2]
SCENARIO = read(ROOT / "console" / "example" / "scenarios.json", 1)
ATOM = "{http://www.w3.org/2005/Atom}"
Move = Callable[[timedelta], None]


class Play:
    """One message after another, an hour apart; after each the site stands written."""

    def __init__(self, settings: Settings, move: Move, *, exercise: bool) -> None:
        self.stage = Stage(settings, exercise=exercise)
        self.process = SiteProcess(settings)
        self.move = move
        self.skew = timedelta()
        self.ids: list[int] = []
        self.pages: list[str] = []
        """The event's page after each message."""

    def folder(self) -> Path:
        settings, slug = self.stage.settings, self.stage.incident.slug
        where = settings.exercise_folder(slug) if self.stage.exercise else settings.site_folder
        return where / "current"

    def page(self, path: str = "") -> str:
        return (self.folder() / path / f"h/{self.stage.incident.slug}/index.html").read_text()

    def run(self) -> None:
        for line in SCENARIO.lines:
            self.skew += timedelta(hours=1)
            self.move(self.skew)
            self._send(line)
            self.stage.tick()
            self.process.pull()
            self.pages.append(self.page())

    def _send(self, line: Line) -> None:
        fields = {**line.fields, "ends": self._ends(line)}
        if line.corrects is not None:
            fields["corrects"] = self.ids[line.corrects]
        message = self.stage.write(line.type, **fields)
        self.ids.append(message.id)
        if line.replacement is None:
            self.stage.approve(self.stage.submit(message))
            return
        update = self.stage.write("update", prepared_with=message.id, **line.replacement)
        first, second = self.stage.submit(message), self.stage.submit(update)
        with db.unit_of_work() as session:
            approve.approve_both(
                session, self.stage.karin, first.id, first.content_hash,
                second.id, second.content_hash, clock.now(),
            )  # fmt: skip
        self.stage.tick()
        self.process.pull()

    def _ends(self, line: Line) -> list[int]:
        named = {self.ids[one] for one in line.ends if one < len(self.ids)}
        with db.unit_of_work() as session:
            standing = set(
                session.scalars(
                    select(Instruction.message_id).where(Instruction.ended_at.is_(None))
                )
            )
        return sorted(standing if line.type == "all_clear" else standing & named)


@pytest.fixture
def live(database: Settings, move_clock: Move) -> Play:
    play = Play(database, move_clock, exercise=False)
    play.run()
    return play


@pytest.fixture
def exercise(database: Settings, move_clock: Move) -> Play:
    play = Play(database, move_clock, exercise=True)
    play.run()
    return play


def plate(page: str) -> str:
    found = re.search(r'<section class="plate">.*?</section>', page, re.S)
    return found[0] if found else ""


def after(play: Play, kind: str) -> list[str]:
    """The pages that stood after each message of a kind."""
    return [page for line, page in zip(SCENARIO.lines, play.pages, strict=True)
            if line.type == kind]  # fmt: skip


def test_the_water_scenario_is_told_as_it_should_be(live: Play) -> None:
    """After the rumour the page still says boil; after the correction it names Torsby and Oleby;
    after Läget över nothing is asked of anybody."""
    assert all("Koka" in plate(page) for page in live.pages[:-1])
    for page in after(live, "rumour"):
        assert "Koka" in plate(page)
        assert "Rykten och fakta" in page
    (corrected,) = after(live, "correction")
    assert "Oleby" in plate(corrected) + corrected.split("Senaste nytt")[1]
    struck = re.findall(r"<del>(.*?)</del>", corrected, re.S)
    # Where it was said, and beside what is right.
    assert len(struck) == 2 and all("Oleby" in one for one in struck)
    assert "Rättat kl" in corrected
    last = live.pages[-1]
    assert not plate(last)
    assert "Läget är över" in last
    assert "Nytt besked senast" not in last and "<h3>Vi vet inte</h3>" not in last


def test_the_first_view_of_every_page_fits_in_fourteen_kilobytes(live: Play) -> None:
    style = (live.folder() / "site.css").read_bytes()
    pages = [page.encode() for page in live.pages]
    pages += [path.read_bytes() for path in live.folder().rglob("*.html")]
    largest = max(len(gzip.compress(page)) for page in pages) + len(gzip.compress(style))
    assert largest <= 14 * 1024


def test_the_atom_feed_holds_what_rfc_4287_asks_for(live: Play) -> None:
    feed = ElementTree.fromstring((live.folder() / "atom.xml").read_bytes())
    assert feed.tag == f"{ATOM}feed"
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "sv"
    entries = feed.findall(f"{ATOM}entry")
    # A correction brings its replacing message along.
    assert len(entries) == len(SCENARIO.lines) + 1
    for element in (feed, *entries):
        for name in ("id", "title", "updated"):  # 4.1.1, 4.1.2: exactly one of each
            (found,) = element.findall(f"{ATOM}{name}")
            assert found.text
        moment = datetime.fromisoformat(element.findtext(f"{ATOM}updated") or "")
        assert moment.tzinfo is not None
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Torsby kommun"  # 4.1.2: for all entries
    links = {link.get("rel"): link.get("href") or "" for link in feed.findall(f"{ATOM}link")}
    assert links["self"].endswith("/atom.xml")
    ids = [entry.findtext(f"{ATOM}id") or "" for entry in entries]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"tag:[\w.-]+,\d{4}:\S+", one) for one in ids)  # RFC 4151
    updated = [entry.findtext(f"{ATOM}updated") or "" for entry in entries]
    assert updated == sorted(updated, reverse=True)
    assert feed.findtext(f"{ATOM}updated") == updated[0]


def test_the_json_feed_says_the_same_as_the_atom_feed(live: Play) -> None:
    feed = json.loads((live.folder() / "feed.json").read_text())
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == f"{live.stage.settings.public_url}/feed.json"
    atom = ElementTree.fromstring((live.folder() / "atom.xml").read_bytes())
    assert [(item["id"], item["title"], item["content_text"]) for item in feed["items"]] == [
        tuple(entry.findtext(f"{ATOM}{name}") for name in ("id", "title", "content"))
        for entry in atom.findall(f"{ATOM}entry")
    ]


def test_the_feeds_no_longer_say_what_was_wrong_except_where_it_is_corrected(live: Play) -> None:
    feed = json.loads((live.folder() / "feed.json").read_text())
    (line,) = [one for one in SCENARIO.lines if one.corrects is not None]
    assert not [item for item in feed["items"] if line.fields["wrong"] in item["content_text"]]
    assert any("Rättat kl" in item["content_text"] for item in feed["items"])


def test_every_page_and_every_feed_title_of_an_exercise_says_so(exercise: Play) -> None:
    for path in exercise.folder().rglob("*.html"):
        page = path.read_text()
        assert "<title>ÖVNING · " in page, path
        assert 'content="noindex' in page, path
    atom = ElementTree.fromstring((exercise.folder() / "atom.xml").read_bytes())
    titles = [one.text or "" for one in atom.iter(f"{ATOM}title")]
    assert len(titles) == len(SCENARIO.lines) + 2
    assert all(title.startswith("ÖVNING: ") for title in titles)
    assert "Disallow: /\n" in (exercise.folder() / "robots.txt").read_text()
    assert not (exercise.folder() / "konton").exists()


def test_an_ended_exercise_is_shown_as_ended_once_and_then_left_alone(exercise: Play) -> None:
    stage = exercise.stage
    assert "Tidigare händelser" not in (exercise.folder() / "index.html").read_text()
    with db.unit_of_work() as session:
        incident = session.merge(stage.incident)
        session.execute(_followers_settled(incident.id))
        closing.end_event(session, stage.lisa, incident, clock.now(), "Slut.", mail=False)
    exercise.process.pull()
    index = exercise.folder() / "index.html"
    assert "Tidigare händelser" in index.read_text()
    stamp = index.stat().st_mtime_ns
    exercise.process.pull()
    assert index.stat().st_mtime_ns == stamp


def _followers_settled(incident_id: int) -> Update:
    """As the workers would have left them."""
    return (
        update(Delivery)
        .where(Delivery.incident_id == incident_id, ~Delivery.leading)
        .values(state="sent")
    )
