"""Pictures of accounts for the archive: when they are asked for, what becomes of them (4.4-a)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pypdf
import pytest
from flask import Flask
from PIL import Image

from console import clock, db
from console.archive import rules, snapshot_pdf
from console.errors import BadInput, NotAllowed, WrongState
from console.people.models import Person
from console.policy.models import LiveUse
from console.policy.operations import set_profile
from console.timeline.models import Entry
from console.timeline.operations import record
from tests.accounts.timeline import entries
from tests.archive import acts
from tests.archive.conftest import over
from tests.cast import Cast
from tests.upkeep import acts as upkeep

MoveClock = Callable[[timedelta], None]
Register = dict[str, int]


@pytest.mark.parametrize(
    ("today", "day"),
    [
        ("2026-01-01", "2026-01-01"),
        ("2026-01-14", "2026-01-01"),
        ("2026-01-15", None),
        ("2025-12-31", None),
        ("2026-07-02", "2026-07-01"),
        ("2026-06-30", None),
    ],
)
def test_the_rules_days_are_asked_for_within_two_weeks_4_4_a(today: str, day: str | None) -> None:
    found = rules.day_to_ask(("01-01", "07-01"), date.fromisoformat(today))
    assert (found and found.isoformat()) == day


def at(move_clock: MoveClock, moment: datetime) -> None:
    """Put the clock, which hasn't been moved, at a moment."""
    move_clock(moment - datetime.now(UTC))
    with db.unit_of_work():
        pass


def test_each_account_in_use_is_pictured_once_on_the_rules_day_4_4_a(
    cast: Cast, register: Register, move_clock: MoveClock
) -> None:
    year = datetime.now(UTC).year + 1
    acts.ask()
    at(move_clock, datetime(year, 6, 30, 12, tzinfo=UTC))
    assert acts.ask() == 0
    at(move_clock, datetime(year, 7, 1, 12, tzinfo=UTC))
    upkeep.set_state(register["skola"], "ended")
    assert acts.ask() == 1
    assert acts.ask() == 0
    assert acts.open_tasks() == [(register["@skola"], "day")], "the website is no page of others"
    said = entries("snapshot:asked")[-1]
    assert said["facts"]["accounts"] == [register["@skola"]]
    at(move_clock, datetime(year + 1, 1, 1, 12, tzinfo=UTC))
    assert acts.ask() == 1


def test_an_account_newer_than_the_day_is_asked_about_on_the_next_4_4_a(
    cast: Cast, move_clock: MoveClock
) -> None:
    at(move_clock, datetime(datetime.now(UTC).year + 1, 7, 3, 12, tzinfo=UTC))
    upkeep.register()
    assert acts.ask() == 0


def test_a_new_name_or_address_asks_for_a_picture_and_other_words_dont_4_4_a(
    cast: Cast, register: Register
) -> None:
    school = register["@skola"]
    acts.describe(cast.stina, school, name="Före")
    acts.ask()
    assert acts.open_tasks() == [], "what was before the first look is the past"
    acts.describe(cast.stina, school, operation="Kultur")
    acts.ask()
    assert acts.open_tasks() == []
    acts.describe(cast.stina, school, address="https://instagram.example/skola")
    assert acts.ask() == 1
    assert acts.ask() == 0
    assert acts.open_tasks() == [(school, "described")]


def test_a_live_event_that_used_the_account_asks_for_a_picture_when_it_is_over_4_4_a(
    cast: Cast, register: Register
) -> None:
    acts.ask()
    over(cast, register["@skola"])
    assert acts.ask() == 0, "an exercise changes nothing"
    with db.unit_of_work() as session:
        session.add(LiveUse(condition="live_use", evidence={}, at=clock.now()))
    over(cast, register["@skola"], exercise=False)
    acts.ask()
    assert acts.open_tasks() == [(register["@skola"], "event")]


def test_a_plan_in_force_asks_for_a_picture_4_4_a(cast: Cast, register: Register) -> None:
    acts.ask()
    with db.unit_of_work() as session:
        facts = {"account": register["@skola"], "version": 2, "hash": "0" * 64}
        record(session, "account:plan:replaced", body=facts, now=clock.now())
    acts.ask()
    assert acts.open_tasks() == [(register["@skola"], "plan")]


def test_where_the_rules_say_so_changes_ask_for_nothing_now_or_later_4_4_a(
    cast: Cast, register: Register
) -> None:
    acts.ask()
    for wanted in (False, True):
        with db.unit_of_work() as session:
            keeper = session.get_one(Person, cast.stina.id)
            changes = {"snapshot_at_change": wanted}
            set_profile(session, keeper, clock.now(), changes, reason="Arkivets beslut.")
        if not wanted:
            acts.describe(cast.stina, register["@skola"], name="Skolan i Torsby")
        acts.ask()
    assert acts.open_tasks() == []


def test_a_picture_becomes_a_pdf_a_that_says_what_when_and_carries_it_4_4_a(
    cast: Cast, register: Register
) -> None:
    school = register["@skola"]
    acts.describe(cast.stina, school, address="https://instagram.example/skola")
    row, pdf = acts.snapshot(acts.take(cast.olle, school).snapshot_id)
    assert hashlib.sha256(pdf).hexdigest() == row.pdf_digest and len(pdf) == row.size
    read = pypdf.PdfReader(BytesIO(pdf))
    text = read.pages[0].extract_text()
    for part in ("Skolan", "https://instagram.example/skola", row.digest, str(row.taken_at.year)):
        assert part in text
    (inside,) = read.attachments["bild.jpg"]
    assert hashlib.sha256(inside).hexdigest() == row.digest
    xmp = read.xmp_metadata
    assert xmp is not None and b"pdfaid" in xmp.stream.get_data()
    assert len(read.pages) == 2


def test_one_picture_settles_all_that_is_asked_and_goes_to_the_archivist_4_4_a(
    cast: Cast, register: Register
) -> None:
    school = register["@skola"]
    acts.ask()
    acts.describe(cast.stina, school, name="Skolan i Torsby")
    acts.describe(cast.stina, register["skola"], name="Skolan på Facebook")
    acts.describe(cast.stina, school, name="Torsby skola")
    acts.ask()
    assert len(acts.open_tasks()) == 3
    made = acts.take(cast.olle, school)
    assert acts.open_tasks() == [(register["skola"], "described")], "another's stays"
    assert (made.kind, made.state, made.to_id) == ("snapshot", "ready", cast.rut.id)
    assert acts.mails() == [(cast.rut.id, "queued")]
    tags = [one["tag"] for one in entries("snapshot:taken") + entries("archive:")]
    assert tags == ["snapshot:taken", "archive:delivery:made"]


def test_only_the_accounts_own_people_and_strategy_hand_in_pictures(
    cast: Cast, register: Register
) -> None:
    with db.unit_of_work() as session:
        newcomer = session.get_one(Person, upkeep.newcomer().id)
    for person in (newcomer, cast.lisa, cast.rut, cast.siv, cast.greta):
        with pytest.raises(NotAllowed):
            acts.take(person, register["@skola"])
    assert acts.take(cast.stina, register["@skola"]).id


def test_a_picture_of_the_future_or_of_an_ended_account_is_refused(
    cast: Cast, register: Register
) -> None:
    with pytest.raises(BadInput) as refused:
        acts.take(cast.olle, register["@skola"], clock.now() + timedelta(hours=1))
    assert refused.value.field == "taken_at"
    upkeep.set_state(register["@skola"], "ended")
    with pytest.raises(WrongState):
        acts.take(cast.olle, register["@skola"])
    with db.unit_of_work() as session:
        assert session.query(Entry).filter(Entry.tag == "snapshot:taken").count() == 0


@pytest.mark.parametrize(
    "upload",
    [b"", b"<html>", b"%PDF-1.7\nhalf", b"%PDF-1.7\n/Encrypt 1 0 R\n%%EOF",
     b"%PDF-1.7\n" + b"0" * 10 * 2**20 + b"%%EOF"],
)  # fmt: skip
def test_what_is_no_picture_and_no_whole_pdf_is_refused(app: Flask, upload: bytes) -> None:
    with app.test_request_context(), pytest.raises(BadInput) as refused:
        snapshot_pdf.read(upload)
    assert refused.value.field == "file"


def test_an_uploaded_pdf_is_kept_inside_byte_for_byte(cast: Cast, register: Register) -> None:
    _row, whole = acts.snapshot(acts.take(cast.olle, register["@skola"]).snapshot_id)
    taken = snapshot_pdf.read(whole)
    assert (taken.data, taken.media_type) == (whole, "application/pdf")


def test_a_long_page_keeps_its_shape_and_its_pixels(app: Flask) -> None:
    with app.test_request_context():
        taken = snapshot_pdf.read(acts.picture(1000, 6000))
    with Image.open(BytesIO(taken.data)) as shown:
        assert shown.size == (1000, 6000)
