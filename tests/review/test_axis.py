"""The axis of time: what stands where, narrowed, and of a size however long the event was."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from console import clock, db
from console.accounts.models import Account
from console.config import Settings
from console.incidents.models import Incident
from console.messages.models import Delivery, Removal, VersionPart
from console.messages.operations import approve
from console.people.models import Person
from console.review import axis_rules, figures_queries
from console.review.axis_rules import Counted, Window
from console.review.point import difference
from console.timeline.models import Entry
from tests.review.conftest import person
from tests.review.long_event import fill
from tests.review.scripted import Move, play
from tests.stage import Stage

NOON = datetime(2026, 6, 11, 12, 0, tzinfo=UTC)
MARK = re.compile(r'<a href="([^"]+)" tabindex="-1"><title>([^<]+)</title>')


@pytest.fixture
def played(database: Settings, move_clock: Move) -> Stage:
    stage = Stage(database, accounts=3)
    play(stage, move_clock)
    return stage


@pytest.fixture
def reader(played: Stage, client_for: Callable[[Person], FlaskClient]) -> FlaskClient:
    return client_for(person("Greta Lund", "reviewer"))


def url(stage: Stage, **more: object) -> str:
    query = "&".join(f"{name}={value}" for name, value in more.items())
    return f"/timeline/{stage.incident.slug}/axis?{query}"


def test_a_lane_holds_one_mark_a_bin_and_the_weightiest_stands() -> None:
    window = Window(NOON, NOON + timedelta(hours=1))
    counted = [
        Counted(3, "delivery:sent", 1, 40, 7),
        Counted(3, "delivery:refused", 1, 1, 9),
        Counted(3, "delivery:sent", 2, 5, 8),
        Counted(3, "no:such:tag", None, 2, 11),
    ]
    lanes = axis_rules.cells(counted, window, 24, platforms={1: "x", 2: "x"})
    cell = lanes["accounts:x"][3]
    assert (cell.count, cell.state, cell.entry) == (46, "refused", 9)
    assert lanes["event"][3].count == 2  # nothing is left out


def test_ticks_are_round_clocks_in_sweden_and_never_too_many() -> None:
    for seconds in (10, 90, 3_600, 50_000, 400_000, 40_000_000):
        found = axis_rules.ticks(Window(NOON, NOON + timedelta(seconds=seconds)))
        assert 1 <= len(found) <= axis_rules.TICKS + 1
    hours = axis_rules.ticks(Window(NOON, NOON + timedelta(hours=9)))
    assert {(at.minute, at.second) for at in hours} == {(0, 0)}


@pytest.mark.parametrize("lanes", [1, 9, 14, 40])
def test_all_lanes_together_hold_some_hundred_marks(lanes: int) -> None:
    assert lanes * axis_rules.bins_for(lanes) <= 960


def test_each_message_stands_where_its_rows_say(played: Stage) -> None:
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, played.incident.id)
        found = axis_rules.lines(figures_queries.facts(session, incident))
        first = session.scalars(
            select(Delivery.settled_at)
            .where(Delivery.message_id == found[0].message_id, Delivery.state == "sent")
            .order_by(Delivery.settled_at)
        ).first()
    out = [one for one in found if not one.missed]
    assert [one.type for one in out] == ["first", "rumour", "correction", "update", "all_clear"]
    assert out[0].sent == first and out[0].planned is None
    assert all(one.approved and one.sent and one.approved <= one.sent for one in out)
    assert all(one.confirmed and one.sent and one.sent <= one.confirmed for one in out)
    assert len([one for one in found if one.missed]) == 1
    assert out[4].planned is not None  # the update promised when the next word would come


def test_the_page_has_every_lane_that_something_happened_in(
    played: Stage, reader: FlaskClient
) -> None:
    page = reader.get(url(played)).text
    for name in ("Utlovat", "Godkänt", "Skickat", "Bekräftat", "Omgångar", "Facebook", "Bluesky",
                 "Lås och notiser", "Rykten och svar", "Rättelser", "Skift"):  # fmt: skip
        assert f">{name}</text>" in page, name
    assert "#missed" in page and "#refused" in page and "#unknown" in page
    with db.unit_of_work() as session:
        entries = session.query(Entry).filter(Entry.incident_id == played.incident.id).count()
    listed = page.count(f'href="/timeline/{played.incident.slug}/entries/')
    assert listed >= min(entries, 100)


def test_what_is_chosen_narrows_axis_and_table_alike(played: Stage, reader: FlaskClient) -> None:
    page = reader.get(url(played, about="rumours")).text
    assert ">Rykten och svar</text>" in page and ">Facebook</text>" not in page
    page = reader.get(url(played, words="förgiftat")).text
    assert ">Facebook</text>" not in page
    bluesky = played.account_ids[3]
    page = reader.get(url(played, account=bluesky, about="accounts")).text
    assert ">Bluesky</text>" in page and ">Facebook</text>" not in page
    page = reader.get(url(played, person=played.karin.id)).text
    assert ">Utlovat</text>" not in page and "Karin Holm" in page
    (nothing,) = re.findall("Inget finns mellan", reader.get(url(played, words="zebra")).text)
    assert nothing


def test_zooming_shows_the_part_and_every_mark_leads_somewhere(
    played: Stage, reader: FlaskClient
) -> None:
    page = reader.get(url(played)).text
    marks = MARK.findall(page)
    assert len(marks) > 20
    for href, _label in marks:
        answer = reader.get(href.replace("&amp;", "&"), follow_redirects=True)
        assert answer.status_code == 200, href
    opened = played.incident.opened_at
    start = (opened + timedelta(minutes=6)).isoformat().replace("+00:00", "Z")
    end = (opened + timedelta(minutes=10)).isoformat().replace("+00:00", "Z")
    narrow = reader.get(url(played, start=start, end=end)).text
    assert "Hela händelsen" in narrow and "#approved" in narrow and "#missed" not in narrow
    widest = reader.get(url(played, start="2001-01-01T00:00", end="2199-01-01T00:00")).text
    for href in re.findall(r'class="button button-small" href="([^"]+axis[^"]+)"', widest):
        assert reader.get(href.replace("&amp;", "&")).status_code == 200, href


def test_a_time_that_is_none_is_refused_beside_its_field(stage: Stage, greta: FlaskClient) -> None:
    for asked, field in (
        ({"start": "igår"}, "start"),
        ({"end": "2026-13-40T10:00"}, "end"),
        ({"start": "0001-01-01T00:00"}, "start"),
        ({"start": "2026-06-11T10:00", "end": "2026-06-11T09:00"}, "end"),
        ({"start": "9999-12-31T23:59:59-12:00"}, "start"),
    ):
        answer = greta.get(url(stage, **asked))
        assert answer.status_code == 422 and f'href="#{field}"' in answer.text, asked


def test_what_can_not_be_chosen_is_passed_over(stage: Stage, greta: FlaskClient) -> None:
    answer = greta.get(url(stage, account="x", person="9" * 30, about="zz", before="-1"))
    assert answer.status_code == 200


def test_behind_a_post_stand_its_text_approval_receipt_and_difference(
    played: Stage, reader: FlaskClient
) -> None:
    with db.unit_of_work() as session:
        row = session.scalars(
            select(Delivery)
            .where(Delivery.state == "sent", Delivery.account_id == played.account_ids[1])
            .order_by(Delivery.id.desc())
        ).first()
        assert row is not None
        entry = session.scalars(
            select(Entry.n).where(Entry.tag == "delivery:sent").order_by(Entry.n.desc())
        ).first()
    page = reader.get(f"/timeline/{played.incident.slug}/entries/{entry}").text
    assert "Godkände exakt den här texten." in page and "Karin Holm" in page
    assert "Skillnad mot texten före" in page and "<ins>" in page and "<del>" in page
    assert "Skickad" in page and "Kvitto" in page
    for line in row.content.splitlines():
        assert line in page


def test_each_entry_has_a_page_in_its_own_event(played: Stage, reader: FlaskClient) -> None:
    with db.unit_of_work() as session:
        numbers = session.scalars(
            select(Entry.n).where(Entry.incident_id == played.incident.id).order_by(Entry.n)
        ).all()
    folder = f"/timeline/{played.incident.slug}/entries"
    assert {n: reader.get(f"{folder}/{n}").status_code for n in numbers} == dict.fromkeys(
        numbers, 200
    )
    assert reader.get(f"{folder}/999999").status_code == 404
    assert reader.get(f"{folder}/{10**30}").status_code == 404
    assert reader.get(f"/timeline/ingen/entries/{numbers[0]}").status_code == 404


def test_a_difference_is_read_in_order() -> None:
    found = difference("Oleby berörs inte. Koka vattnet.", "Oleby berörs. Koka allt vattnet.")
    assert [(one.kind, one.text) for one in found] == [
        ("kept", "Oleby"), ("gone", "berörs inte."), ("new", "berörs."), ("kept", "Koka"),
        ("new", "allt"), ("kept", "vattnet."),
    ]  # fmt: skip


def test_twenty_thousand_entries_make_a_page_of_some_hundred_marks(
    database: Settings, client_for: Callable[[Person], FlaskClient]
) -> None:
    stage = Stage(database, accounts=4)
    fill(stage, 20_000)
    reader = client_for(person("Greta Lund", "reviewer"))
    for more in ({}, {"words": "skickad"}, {"account": stage.account_ids[1]},
                 {"person": stage.karin.id}, {"about": "accounts"}):  # fmt: skip
        before = clock.now()
        page = reader.get(url(stage, **more)).text
        took = clock.now() - before
        marks = MARK.findall(page)
        assert 20 < len(marks) <= axis_rules.MOST_CELLS, (more, len(marks))
        assert len(page.encode()) < 300_000 and page.count("<") / 2 < 4_500
        assert took < timedelta(seconds=10)


def test_each_language_has_its_own_approval_and_a_text_that_is_removed_is_shown_to_nobody(
    stage: Stage, greta: FlaskClient
) -> None:
    with db.unit_of_work() as session:
        for account in stage.account_ids:
            session.get_one(Account, account).languages = ["sv", "en"]
    words = {"headline": "Boil the water", "detail": "", "body": "Now."}
    made = stage.write("first", en=words)
    version = stage.submit(made)
    with db.unit_of_work() as session:
        part = session.scalars(select(VersionPart)).one()
        approve.approve_part(session, stage.karin, part.id, part.content_hash, clock.now())
    stage.approve(version)
    stage.tick()
    with db.unit_of_work() as session:
        n = session.scalars(select(Entry.n).where(Entry.tag == "round:written")).one()
        texts = session.scalars(select(Delivery.content).order_by(Delivery.id)).all()
    url_of = f"/timeline/{stage.incident.slug}/entries/{n}"
    page = unescape(greta.get(url_of).text)
    assert page.count("Godkände exakt den här texten.") == 2 and "Engelska. God" in page
    assert "Boil the water" in page
    assert all(text.splitlines()[0] in page for text in texts)
    with db.unit_of_work() as session:
        session.add(
            Removal(
                incident_id=stage.incident.id, message_id=made.id, whole=True, ground="secrecy",
                reason="x", state="agreed", asked_at=clock.now(), asked_by_id=stage.lisa.id,
            )
        )  # fmt: skip
    page = unescape(greta.get(url_of).text)
    assert "Boil the water" not in page and "Visa det som godkändes" not in page
    assert not any(text.splitlines()[0] in page for text in texts)
