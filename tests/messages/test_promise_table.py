"""Every way a promise can go, and what site, channels, board and timeline then show (7-c).

Each way is played through the real operations, ticker and site process; what came of it is a few
rows of docs/promise.md, which these tests hold cell by cell. When something is meant to show
otherwise, write the rows anew with WRITE_DOCS=1 and read the difference.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from console import clock, db
from console.board import fill, queries
from console.config import Settings
from console.incidents.models import Incident
from console.messages import defaults, rules
from console.messages.models import Broadcast, Delivery, Message
from console.messages.operations import control, drafts, promises
from console.people.models import Person
from console.timeline.queries import entries_of
from tests.stage import Stage
from workers import chores, ticker
from workers.site import SiteProcess

TABLE = Path(__file__).parents[2] / "docs" / "promise.md"
START = datetime(2026, 6, 11, 8, 0, tzinfo=UTC)
"""A summer Thursday at ten in the morning, in Stockholm."""
QUIET = re.compile(
    r"(approver|delivery|message|notice|site):|round:released|broadcast:(released|running|halted)"
)
"""What the timeline holds besides: writing, approving, delivering, serving, telling people."""
Move = Callable[[timedelta], None]


@dataclass
class Row:
    at: str
    site: str
    channels: str
    board: str
    timeline: str

    def line(self, way: str) -> str:
        cells = (way, self.at, self.site, self.channels, self.board, self.timeline)
        return f"| {' | '.join(cells)} |"


class Play:
    """An exercise whose first message goes out at 10.00, every quarter of an hour, with a word
    promised at 11.00."""

    def __init__(self, settings: Settings, app: Flask, move: Move) -> None:
        self.app, self.move, self.rows, self.told = app, move, [], 0
        self.set_clock("10.00")
        self.stage = Stage(settings, accounts=2)
        self.site = SiteProcess(settings)
        self.folder = settings.exercise_folder(self.stage.incident.slug) / "current"

    def set_clock(self, at: str, second: int = 5) -> None:
        hour, minute = map(int, at.split("."))
        wanted = START + timedelta(hours=hour - 10, minutes=minute, seconds=second)
        self.move(wanted - datetime.now(UTC))

    def begin(self, kind: str = "first", **fields: object) -> Broadcast:
        promise = (START + timedelta(hours=1)).isoformat()
        values = {"interval": 900, "rounds": 20, "promise_at": promise, "still_times": 2} | fields
        broadcast = self.stage.release(kind, **values)
        self.run_at("10.00", "10.15", "10.30", "10.45")
        self._timeline()
        return broadcast

    def run_at(self, *times: str) -> None:
        """Let the programs work at these times."""
        for at in times:
            self.set_clock(at, 45)
            ticker.tick(1)
            chores.see_to(mail=False)
            self.site.pull()
            with db.unit_of_work() as session:  # as the workers would
                session.execute(
                    update(Delivery)
                    .where(Delivery.state == "queued", ~Delivery.leading)
                    .values(state="sent", settled_at=clock.now())
                )
            ticker.tick(1)
            chores.see_to(mail=False)
            self.site.pull()

    def look(self, at: str, *, console: bool = True) -> Row:
        """What everybody sees now; `console` False: only what lies served is looked at."""
        entries = self._timeline() if console else []
        self.rows.append(
            Row(at, self._site(), self._channels() if console else self._silent(),
                self._board() if console else "Nothing: it can't be reached.",
                ", ".join(entries) or "Nothing new.")
        )  # fmt: skip
        return self.rows[-1]

    def _page(self, lang: str = "") -> str:
        return (self.folder / lang / "h" / self.stage.incident.slug / "index.html").read_text()

    def _site(self) -> str:
        page = self._page()
        when = re.search(r'<div class="when.*?</div></div>', page, re.S)
        news = re.search(r"<h2>Senaste nytt</h2><p>(.*?)<span class=\"q\">", page, re.S)
        late = re.search(r'<aside class="late">.*?</aside>', page, re.S)
        assert when and news and late
        return "<br>".join([plain(when[0]), f"“{plain(news[1])}”", plain(late[0])])

    def _channels(self) -> str:
        with db.unit_of_work() as session:
            newest = session.scalars(
                select(Delivery).where(~Delivery.leading).order_by(Delivery.id.desc()).limit(1)
            ).one()
            text = newest.content.removeprefix("ÖVNING. ").rsplit(" http", 1)[0]
            return f"{newest.state}: “{text}”"

    def _silent(self) -> str:
        return "Nothing new: the posts that are out."

    def _board(self) -> str:
        with self.app.test_request_context(), db.unit_of_work() as session:
            incident = session.get_one(Incident, self.stage.incident.id)
            facts, now = queries.facts(session, incident), clock.now()
            view = fill.board(incident, facts, fill.permissions(["information_unit"]), now)
            round_at = f"{view.next_round.due.astimezone(UTC):%H.%M}" if view.next_round else "no"
            if view.promise is None:
                return "No promise."
            p = view.promise
            state = {"normal": "", "near": "Near. ", "late": "**Vi är sena.** "}[p.state(now)]
            verbs = [v.text for v in (p.still_valid, p.replace, p.stop) if v]
            shown = [p.why, f"[{', '.join(verbs)}]"] if state else [p.why.split(". ")[0] + "."]
            local = str(int(round_at[:2]) + 2) + round_at[2:] if round_at != "no" else "none"
            return f"{state}{' '.join(shown)} Next round: {local}."

    def _timeline(self) -> list[str]:
        with db.unit_of_work() as session:
            entries = list(entries_of(session, self.stage.incident.id))[::-1]
        new = [e for e in entries if e.n > self.told]
        self.told = max((e.n for e in entries), default=0)
        return [f"`{e.tag}`" for e in new if not QUIET.match(e.tag)]

    def still_valid(self, who: Person, broadcast: Broadcast, use: int = 1) -> None:
        with db.unit_of_work() as session:
            promises.still_valid(session, who, broadcast.id, use, clock.now())

    def replace(self, old: Broadcast) -> None:
        with db.unit_of_work() as session:
            message = session.get_one(Message, old.message_id)
            fields = defaults.instead(session, message, clock.now())
            fields |= {"text": "Proverna är klara i kväll.", "interval_seconds": 900}
            new = drafts.create(
                session, self.stage.lisa, message.incident_id, rules.MessageType.UPDATE,
                clock.now(), fields=fields,
            )  # fmt: skip
        self.stage.approve(self.stage.submit(new))

    def state(self, broadcast: Broadcast) -> str:
        with db.unit_of_work() as session:
            return session.get_one(Broadcast, broadcast.id).state


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split()).replace(" .", ".")


@pytest.fixture
def play(database: Settings, app: Flask, move_clock: Move, monkeypatch: pytest.MonkeyPatch) -> Play:
    monkeypatch.setattr(ticker.queue, "enqueue", lambda *job: None)
    return Play(database, app, move_clock)


def holds(way: str, play: Play) -> None:
    """The rows are those of the table, cell by cell."""
    rows = [row.line(way) for row in play.rows]
    lines = TABLE.read_text().splitlines() if TABLE.exists() else []
    place = [n for n, line in enumerate(lines) if line.startswith(f"| {way} |")]
    if os.environ.get("WRITE_DOCS"):
        first = place[0] if place else len(lines)
        lines[first : first + len(place)] = rows
        TABLE.write_text("\n".join(lines) + "\n")
        return
    assert [lines[n] for n in place] == rows


WAYS = (
    "Kept", "Gäller fortfarande", "Said as often as it may", "Replaced", "Stopped",
    "Nobody answers", "The word comes after all", "Once, and nobody answers", "Console dead",
)  # fmt: skip


def test_the_table_holds_the_ways_that_are_played_and_no_others() -> None:
    named = {line.split("|")[1].strip() for line in TABLE.read_text().splitlines()
             if line.startswith("| ") and line[2] not in "W-"}  # fmt: skip
    assert named == set(WAYS)


def test_a_word_given_in_time_keeps_the_promise_and_nobody_is_asked(play: Play) -> None:
    old = play.begin()
    play.set_clock("10.40")
    play.replace(old)
    play.run_at("10.40", "11.02")
    row = play.look("11.02")
    assert "Vi är sena." not in row.site + row.board and "promise:asked" not in row.timeline
    assert "klara i kväll" in row.channels and play.state(old) == "replaced"
    holds("Kept", play)


def test_still_valid_moves_the_promise_and_what_is_repeated_says_so(play: Play) -> None:
    old = play.begin()
    play.run_at("10.52")
    near = play.look("10.52")
    assert "Near." in near.board and "Gäller fortfarande, Ersätt, Stoppa" in near.board
    play.still_valid(play.stage.lisa, old)
    play.run_at("10.53")
    at_once = play.look("10.53")
    assert "Inget nytt sedan kl 10.00. Det här gäller fortfarande." in at_once.site
    assert "senast kl 12.00" in at_once.site and "11.00" not in at_once.site
    play.run_at("11.02")
    row = play.look("11.02")
    assert row.channels == (
        "sent: “Koka ditt kranvatten om du bor i Torsby tätort. Kl 11.00, uppdatering 5. "
        "Inget nytt sedan kl 10.00. Det här gäller fortfarande. Nytt besked kl 12.00.”"
    )
    assert play.state(old) == "running"
    holds("Gäller fortfarande", play)


def test_when_it_has_been_said_as_often_as_it_may_only_a_new_word_helps(play: Play) -> None:
    old = play.begin(still_times=1)
    play.run_at("10.52")
    play.still_valid(play.stage.karin, old)
    play.run_at("11.02", "11.52")
    near = play.look("11.52")
    assert "Near." in near.board and "[Ersätt, Stoppa]" in near.board
    play.run_at("12.02")
    assert "**Vi är sena.**" in play.look("12.02").board
    holds("Said as often as it may", play)


def test_a_new_message_takes_the_place_of_what_was_asked_about(play: Play) -> None:
    old = play.begin()
    play.run_at("10.52")
    play.replace(old)
    play.run_at("10.56", "11.02")
    row = play.look("11.02")
    assert "Vi är sena." not in row.site + row.board
    assert "`promise:answered`" in row.timeline and play.state(old) == "replaced"
    holds("Replaced", play)


def test_stopping_ends_the_repetition_and_not_the_promise(play: Play) -> None:
    old = play.begin()
    play.run_at("10.52")
    with db.unit_of_work() as session:
        control.stop(session, play.stage.karin, old.id, clock.now())
    play.run_at("10.56")
    row = play.look("10.56")
    assert "Near." in row.board and "[Ersätt]" in row.board and "11.00" in row.site
    play.run_at("11.02")
    late = play.look("11.02")
    assert "Vi är sena." in late.site and "**Vi är sena.**" in late.board
    assert "uppdatering 4" in late.channels
    holds("Stopped", play)


def test_unanswered_it_stops_and_site_and_board_say_that_we_are_late(play: Play) -> None:
    old = play.begin()
    play.run_at("10.52", "11.02")
    row = play.look("11.02")
    assert play.state(old) == "stale" and "uppdatering 4" in row.channels
    assert "Vi är sena. Vi lovade nytt besked kl 11.00 och har inte gett det." in row.site
    assert "Det här gäller tills vidare: Koka ditt kranvatten" in row.site
    english = plain(play._page("en"))
    assert "We are late. We promised new information at 11.00" in english
    assert "applies until further notice" in english
    assert "promise:missed" in row.timeline and "[Ersätt]" in row.board
    holds("Nobody answers", play)


def test_late_ends_when_the_word_comes_after_all(play: Play) -> None:
    old = play.begin()
    play.run_at("10.52", "11.02")
    play.look("11.02")
    play.set_clock("11.10")
    play.replace(old)
    play.run_at("11.10")
    row = play.look("11.10")
    assert "Vi är sena." not in row.site.split("<br>")[0] + row.board
    assert "klara i kväll" in row.channels
    holds("The word comes after all", play)


def test_what_goes_out_once_has_promised_as_well(play: Play) -> None:
    old = play.begin(rounds=1)
    assert play.state(old) == "done"
    play.run_at("10.52")
    near = play.look("10.52")
    assert "Near." in near.board and "[Ersätt]" in near.board
    play.run_at("11.02")
    late = play.look("11.02")
    assert "Vi är sena." in late.site and "**Vi är sena.**" in late.board
    assert "promise:missed" in late.timeline
    holds("Once, and nobody answers", play)


def test_a_dead_console_leaves_pages_that_are_true_after_the_promise_too(play: Play) -> None:
    """Nothing runs after 10.45: the folder alone is looked at, by any web server."""
    play.begin()
    play.set_clock("11.02")
    row = play.look("11.02", console=False)
    assert "Är klockan mer än 11.00?" in row.site
    assert "senast torsdag 11 juni kl 11.00. Har det inte kommit då är vi sena." in row.site
    assert "Det här gäller tills vidare: Koka ditt kranvatten" in row.site
    for path in play.folder.rglob("*.html"):
        page = plain(path.read_text())
        assert ("torsdag 11 juni kl 11.00" in page) or ("Thursday 11 June at 11.00" in page), path
        assert "P4 Värmland" in page and "0560-160 00" in page, path
        assert ("gäller tills vidare" in page) or ("applies until further notice" in page), path
    for name in ("atom.xml", "feed.json"):
        feed = (play.folder / name).read_text()
        assert "senast torsdag 11 juni kl 11.00" in feed and "P4 Värmland" in feed, name
    holds("Console dead", play)
