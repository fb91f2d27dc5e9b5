"""Monday's mail: what waits for one person, once a week, whatever happens in between."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console import clock, create_addresses, db
from console.board import monday, worklist
from console.board.monday_models import MondayMail
from console.board.monday_rules import week_at
from console.board.start_model import Waiting
from console.config import Settings
from console.mails import LOST_AFTER
from console.people.models import Person
from tests.board.test_start import laid_out
from tests.cast import Cast, client_for
from tests.channels.servers import MailServer
from tests.workers.test_notices import mail, messages  # noqa: F401 - a fixture
from workers import jobs, ticker, worker
from workers import monday as job

MONDAY = datetime(2026, 6, 8, 5, 1, tzinfo=UTC)
"""A minute past seven in Sweden: two clocks never agree on seven sharp."""


@pytest.mark.parametrize(
    ("at", "week"),
    [
        ("2026-03-23T05:59:59", None),
        ("2026-03-23T06:00", "2026-W13"),
        ("2026-03-30T04:59:59", None),  # summer time began on the Sunday
        ("2026-03-30T05:00", "2026-W14"),
        ("2026-03-30T21:59", "2026-W14"),
        ("2026-03-30T22:00", None),  # Tuesday
        ("2026-10-19T05:00", "2026-W43"),
        ("2026-10-26T05:59:59", None),  # and ended on the Sunday
        ("2026-10-26T06:00", "2026-W44"),
        ("2026-10-26T22:59", "2026-W44"),
        ("2026-10-26T23:00", None),
        ("2026-10-25T08:00", None),
        ("2026-12-28T07:00", "2026-W53"),
    ],
)
def test_it_goes_from_seven_on_monday_in_sweden_summer_and_winter(
    at: str, week: str | None
) -> None:
    assert week_at(datetime.fromisoformat(at).replace(tzinfo=UTC)) == week


@pytest.fixture
def links(database: Settings) -> Flask:
    return create_addresses(database)


Move = Callable[[datetime], None]


@pytest.fixture
def to(cast: Cast, move_clock: Callable[[timedelta], None]) -> Move:
    """Puts the clock at a moment, however often."""
    skew = timedelta(0)

    def move(moment: datetime) -> None:
        nonlocal skew
        with db.unit_of_work():
            skew += moment - clock.now()
        move_clock(skew)
        with db.unit_of_work():
            pass

    return move


def states() -> dict[str, str]:
    """Name → what became of the mail."""
    with db.unit_of_work() as session:
        rows = session.scalars(select(MondayMail).order_by(MondayMail.id))
        return {row.person.name: row.mail_state for row in rows}


def write(settings: Settings, links: Flask) -> None:
    while job.write_mails(settings, links):
        pass


def test_each_gets_one_mail_with_only_what_is_theirs_and_links_that_lead_there(
    app: Flask,
    cast: Cast,
    database: Settings,
    links: Flask,
    to: Move,
    mail: MailServer,  # noqa: F811
) -> None:
    laid_out(cast)
    to(MONDAY)
    settings = Settings.from_env()
    write(settings, links)
    job.send_mails()
    letters = messages(mail)
    assert set(letters) == {
        f"{who}@torsby.example"
        for who in ("lisa", "olle", "maja", "anders", "eva", "stina", "siv", "rut", "rolf")
    }
    eva = letters["eva@torsby.example"]
    assert eva["Subject"] == "1 sak väntar på dig"
    text = eva.get_content()
    assert "- Skriv under planen för Badet" in text
    assert "Vatten" not in text and "Torget" not in text
    for who in ("olle", "stina", "anders"):
        text = letters[f"{who}@torsby.example"].get_content()
        found = re.findall(r"https://kris\.torsby\.example(/\S*)", text)
        assert len(found) >= 3, text
        client = client_for(app, getattr(cast, who))
        for path in found:
            assert client.get(path.split("#")[0]).status_code == 200, path
    strategy = letters["stina@torsby.example"].get_content()
    assert "konton behöver åtgärd" in strategy and "- Avslutat utan slutrapport: Torget" in strategy
    assert states()["Karin Holm"] == "none", "nothing waits for her"


def test_a_person_reads_it_in_their_own_language(
    cast: Cast, database: Settings, links: Flask, to: Move
) -> None:
    laid_out(cast)
    to(MONDAY)
    with db.unit_of_work() as session:
        session.get_one(Person, cast.eva.id).language = "en"
    write(database, links)
    with db.unit_of_work() as session:
        row = session.scalars(select(MondayMail).where(MondayMail.person_id == cast.eva.id)).one()
        assert (row.language, row.subject) == ("en", "1 thing is waiting for you")
        assert "väntar" not in row.content


def test_a_console_that_was_down_sends_it_later_that_monday_and_not_on_tuesday(
    cast: Cast, database: Settings, links: Flask, to: Move
) -> None:
    laid_out(cast)
    for early in (MONDAY - timedelta(minutes=2), MONDAY - timedelta(days=1)):
        to(early)
        assert job.write_mails(database, links) == 0
    to(MONDAY + timedelta(hours=9, minutes=40))
    write(database, links)
    assert states()["Eva Sjö"] == "queued"
    to(MONDAY + timedelta(days=1))
    with db.unit_of_work() as session:
        assert not monday.due(session, clock.now(), 10)
        assert not monday.write(session, cast.eva.id, clock.now(), "https://x")


def test_never_twice_in_a_week_and_again_the_next(
    cast: Cast, database: Settings, links: Flask, to: Move
) -> None:
    laid_out(cast)
    to(MONDAY)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _n: write(database, links), range(2)))
    to(MONDAY + timedelta(hours=3))
    write(database, links)
    with db.unit_of_work() as session:
        people = list(session.scalars(select(MondayMail.person_id)))
        assert len(people) == len(set(people)) == 12
    to(MONDAY + timedelta(days=7))
    write(database, links)
    with db.unit_of_work() as session:
        weeks = session.scalars(
            select(MondayMail.week).where(MondayMail.person_id == cast.eva.id)
        ).all()
        assert sorted(weeks) == ["2026-W24", "2026-W25"]


def test_killed_while_it_is_written_it_is_neither_marked_nor_queued_and_then_written_once(
    cast: Cast, database: Settings, links: Flask, to: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid_out(cast)
    to(MONDAY)
    real = worklist.waiting

    def killed(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(worklist, "waiting", killed)
    with pytest.raises(KeyboardInterrupt):
        write(database, links)
    assert states() == {}
    monkeypatch.setattr(worklist, "waiting", real)
    write(database, links)
    assert list(states().values()).count("queued") == 9


def test_one_whose_list_cannot_be_put_together_holds_up_nobody_elses_mail(
    cast: Cast, database: Settings, links: Flask, to: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid_out(cast)
    to(MONDAY)
    real = worklist.waiting
    with db.unit_of_work() as session:
        first = session.scalar(select(func.min(Person.id)))

    def waiting(session: Session, person: Person, now: datetime) -> list[Waiting]:
        if person.id == first:
            raise ValueError("a row that nobody can read")
        return real(session, person, now)

    monkeypatch.setattr(worklist, "waiting", waiting)
    job.write_mails(database, links)
    assert len(states()) == 11
    monkeypatch.setattr(worklist, "waiting", real)
    write(database, links)
    assert len(states()) == 12 and list(states().values()).count("queued") == 9


def test_killed_before_it_is_sent_it_goes_once_and_killed_after_never_again(
    cast: Cast,
    database: Settings,
    links: Flask,
    to: Move,
    mail: MailServer,  # noqa: F811
) -> None:
    laid_out(cast)
    to(MONDAY)
    write(database, links)
    with db.unit_of_work() as session:  # one process claims a mail, and is killed with it
        [(gone, _key)] = monday.MAILS.claim(session, clock.now() - 2 * LOST_AFTER, 1)
        name = gone.person.name
    with db.unit_of_work() as session:
        assert monday.MAILS.has_work(session, clock.now())
    assert job.send_mails() == 8
    assert job.send_mails() == 0
    found = states()
    assert found.pop(name) == "unknown"
    assert list(found.values()).count("sent") == len(mail.mails) == 8
    with db.unit_of_work() as session:
        assert not monday.MAILS.has_work(session, clock.now())


def test_the_ticker_hands_it_to_a_worker_which_makes_its_own_links(
    cast: Cast, database: Settings, to: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid_out(cast)
    asked: list[str] = []
    monkeypatch.setattr(ticker.queue, "enqueue", lambda name, *_args: asked.append(name))
    to(MONDAY - timedelta(hours=1))
    ticker.hand_out_job("monday")
    assert asked == []
    to(MONDAY)
    ticker.hand_out_job("monday")
    assert asked == ["write_monday_mails"]
    worker.set_up(database, create_addresses)
    jobs.write_monday_mails()
    ticker.hand_out_job("monday")
    ticker.hand_out_job("notices")
    assert asked == ["write_monday_mails", "send_notices"]
