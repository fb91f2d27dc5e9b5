"""Each site, and each event, stands on its own: one that can't be drawn holds up no other."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from console import clock, db
from console.board import views
from console.config import Settings
from console.incidents import operations as incidents
from console.incidents.models import Incident
from console.messages.models import Delivery, Version
from console.messages.operations import website
from console.messages.process_models import Heartbeat
from console.site import folder, pages, queries, render, start_page_rules
from console.site.told import Event
from console.site.view_model import EventPage, Lang, Sender, SiteView
from tests.cast import client_for
from tests.stage import Stage
from workers.site import SiteProcess

FAILING = "koka-vattnet"
CALM = "Ingen kris pågår."
MAY_BE_OLD = "Det senaste kan saknas här."


@pytest.fixture
def stage(database: Settings) -> Stage:
    """A live event."""
    return Stage(database, accounts=0, exercise=False)


@pytest.fixture
def process(database: Settings) -> SiteProcess:
    return SiteProcess(database)


def another(stage: Stage, *, exercise: bool) -> Incident:
    """A second event beside the stage's, with a website of its own if it is live; what is released
    from now on is its."""
    with db.unit_of_work() as session:
        choices = dict.fromkeys(stage.account_ids, ("publish", ""))
        if not exercise:
            choices = dict.fromkeys(stage.account_ids, ("leave", "Den andra händelsens"))
            own = stage._account(session, 9, "website", "website", official=True)
            session.flush()
            choices[own.id] = ("publish", "")
        stage.incident = incidents.open_incident(
            session,
            stage.lisa,
            name="Storm i norr",
            area="Oleby",
            stage="staff",
            reason="Det blåser",
            exercise=exercise,
            choices=choices,
            narrowing_reason="",
            now=clock.now(),
            mail=False,
        )
    return stage.incident


def go(stage: Stage, process: SiteProcess, kind: str = "first", **fields: str) -> None:
    stage.release(kind, **fields)
    stage.tick()
    process.pull()


def file(settings: Settings, path: str = "index.html") -> str:
    return (settings.site_folder / "current" / path).read_text()


def event_page(settings: Settings, lang: str = "") -> str:
    return file(settings, f"{lang}h/{FAILING}/index.html")


def in_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    real = queries._marks

    def fail(session: Session, incident_id: int) -> object:
        if session.get_one(Incident, incident_id).slug == FAILING:
            session.execute(text("SELECT 1 / 0"))
        return real(session, incident_id)

    monkeypatch.setattr(queries, "_marks", fail)


def in_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    real = pages.page

    def fail(event: Event, lang: Lang, sender: Sender, now: object) -> EventPage:
        if event.slug == FAILING:
            raise KeyError("text")
        return real(event, lang, sender, clock.now())

    monkeypatch.setattr(pages, "page", fail)


def in_the_template(monkeypatch: pytest.MonkeyPatch) -> None:
    real = render.event

    def fail(site: SiteView, page: EventPage) -> str:
        if page.slug == FAILING:
            raise ZeroDivisionError
        return real(site, page)

    monkeypatch.setattr(render, "event", fail)


@pytest.mark.parametrize("fault", [in_the_database, in_the_rules, in_the_template])
def test_an_event_that_cannot_be_drawn_stands_as_it_was_and_the_others_are_written(
    stage: Stage, process: SiteProcess, monkeypatch: pytest.MonkeyPatch, fault: object
) -> None:
    settings = stage.settings
    go(stage, process)
    before = {lang: event_page(settings, lang) for lang in ("", "en/")}
    cap = file(settings, f"cap/{FAILING}.xml")
    entries = json.loads(file(settings, "feed.json"))["items"]
    assert callable(fault)
    fault(monkeypatch)
    stage.release("update", text="Nytt som inte går att visa.")
    stage.tick()
    first = stage.incident
    storm = another(stage, exercise=False)
    go(stage, process, text="Håll dig inne.")
    assert "Håll dig inne." in file(settings, f"h/{storm.slug}/index.html")
    assert {lang: event_page(settings, lang) for lang in ("", "en/")} == before
    assert file(settings, f"cap/{FAILING}.xml") == cap
    assert [one for one in json.loads(file(settings, "feed.json"))["items"]
            if FAILING in one["url"]] == entries  # fmt: skip
    assert f"cap/{FAILING}." in file(settings, "cap/atom.xml")
    assert MAY_BE_OLD in file(settings) and "Koka vattnet" in file(settings)
    # What isn't shown isn't said to have gone out, and what is shown is.
    assert waiting(first) and not waiting(storm)
    monkeypatch.undo()
    process.pull()
    assert "Nytt som inte går att visa." in event_page(settings)
    assert MAY_BE_OLD not in file(settings)
    assert not waiting(first)


def waiting(incident: Incident) -> list[str]:
    with db.unit_of_work() as session:
        return list(
            session.scalars(
                select(Delivery.state).where(
                    Delivery.incident_id == incident.id, Delivery.state != "sent"
                )
            )
        )


def test_the_start_page_is_never_calm_while_an_event_cannot_be_drawn(
    stage: Stage, process: SiteProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.pull()
    assert CALM in file(stage.settings)
    in_the_rules(monkeypatch)
    go(stage, process)
    for path in ("index.html", "en/index.html", "nu.html", "en/nu.html"):
        assert "Koka vattnet" in file(stage.settings, path)
        assert CALM not in file(stage.settings, path)
    assert 'class="crisis"' in file(stage.settings)
    (mark,) = start_page_rules.read(file(stage.settings, "nu.html")).marks
    assert (mark.state, mark.event, mark.said) == ("crisis", FAILING, "")
    data = json.loads(file(stage.settings, "nu.json"))
    assert data["state"] == "crisis"
    assert data["events"][0]["fault"]["text"] == MAY_BE_OLD
    # Posts link to its page, and there is none from before.
    assert MAY_BE_OLD in event_page(stage.settings)
    assert "The latest may be missing here." in event_page(stage.settings, "en/")


def test_an_event_that_nothing_has_been_told_of_is_not_named_when_it_cannot_be_drawn(
    stage: Stage, process: SiteProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_database(monkeypatch)
    stage.write("first")
    process.pull()
    assert CALM in file(stage.settings) and "Koka vattnet" not in file(stage.settings)


def test_an_event_none_of_whose_texts_can_be_read_is_not_calm(
    stage: Stage, process: SiteProcess
) -> None:
    go(stage, process)
    before = event_page(stage.settings)
    with db.unit_of_work() as session:
        for version in session.scalars(select(Version)):
            version.canonical = version.canonical.replace("kranvatten", "regnvatten")
    process.pull()
    assert CALM not in file(stage.settings) and MAY_BE_OLD in file(stage.settings)
    assert event_page(stage.settings) == before


def test_an_exercise_that_the_database_refuses_leaves_the_live_site_written(
    stage: Stage, process: SiteProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = stage.incident
    exercise = another(stage, exercise=True)
    go(stage, process)
    served = stage.settings.exercise_folder(exercise.slug) / "current"
    before = (served / f"h/{exercise.slug}/index.html").read_bytes()
    real = queries._marks

    def fail(session: Session, incident_id: int) -> object:
        if incident_id == exercise.id:
            session.execute(text("SELECT 1 / 0"))
        return real(session, incident_id)

    monkeypatch.setattr(queries, "_marks", fail)
    go(stage, process, "update")
    stage.incident = first
    go(stage, process)
    assert "kranvatten" in event_page(stage.settings)
    assert (served / f"h/{exercise.slug}/index.html").read_bytes() == before
    assert waiting(exercise) and not waiting(first)


def test_what_stands_as_it_was_is_told_with_the_sign_of_life(
    stage: Stage, process: SiteProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_rules(monkeypatch)
    go(stage, process)
    process._beat()
    with db.unit_of_work() as session:
        assert session.scalars(select(Heartbeat.detail)).all() == [FAILING]
    monkeypatch.undo()
    process.pull()
    process.beaten = float("-inf")
    process._beat()
    with db.unit_of_work() as session:
        assert session.scalars(select(Heartbeat.detail)).all() == [""]


def test_the_board_of_the_event_says_that_the_website_shows_it_as_it_was(
    app: Flask, stage: Stage, process: SiteProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    lisa, row = client_for(app, stage.lisa), 'data-row="site"'

    def board() -> str:
        views.forget()
        return lisa.get(f"/incidents/{stage.incident.slug}/").text

    go(stage, process)
    assert row not in board()
    in_the_rules(monkeypatch)
    process.pull()
    assert row in board() and "Ring systemadministratören." in board()
    monkeypatch.undo()
    process.pull()
    assert row not in board()


@pytest.mark.parametrize("exercise", [False, True])
def test_the_board_says_so_too_when_the_whole_site_cannot_be_written(
    app: Flask, database: Settings, monkeypatch: pytest.MonkeyPatch, exercise: bool
) -> None:
    """The disk is full, say; an exercise's site is nothing but its event."""
    stage, process = Stage(database, accounts=0, exercise=exercise), SiteProcess(database)
    lisa, row = client_for(app, stage.lisa), 'data-row="site"'

    def board() -> str:
        process.beaten = float("-inf")
        process._beat()
        views.forget()
        return lisa.get(f"/incidents/{stage.incident.slug}/").text

    def full(*_more: object) -> bool:
        raise OSError("No space left on device")

    go(stage, process)
    assert row not in board()
    monkeypatch.setattr(folder, "publish", full)
    go(stage, process, "update")
    assert row in board()
    monkeypatch.undo()
    process.pull()
    assert row not in board()


def test_a_message_is_not_out_while_one_node_cannot_draw_its_event(database: Settings) -> None:
    now = clock.now()
    with db.unit_of_work() as session:
        stage = Stage(database, accounts=0, exercise=False)
        slug = stage.incident.slug
        website.serves(session, "a", "live", 10, now)
        website.serves(session, "b", "live", 12, now, (slug,))
        both = ("a", "b")
        assert not website.is_served(session, "live", slug, 9, both)
        assert website.is_served(session, "live", "another", 9, both)
        assert not website.is_served(session, "live", "another", 11, both)
        website.serves(session, "b", "live", 13, now)
        assert website.is_served(session, "live", slug, 9, both)
