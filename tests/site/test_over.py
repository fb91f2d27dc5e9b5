"""*Läget över* is said for as long as it is true: not while it is called wrong, nor after that."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from console import clock, db
from console.config import Settings
from console.errors import BadInput
from console.incidents.models import Incident
from console.messages import queries
from console.messages.models import FaultMark, Message
from console.messages.operations import closing, control, drafts, fault
from tests.cast import client_for
from tests.site.test_cap import fields
from tests.stage import Stage
from workers.site import SiteProcess

Move = Callable[[timedelta], None]
BOIL = "Koka ditt kranvatten om du bor i Torsby tätort."
DRINK = "Nu kan du dricka kranvattnet igen."
OVER, PLATE = "Läget är över", "Gör så här nu"


class Played:
    """A first message with an instruction, and *Läget över* that ends it, ten minutes apart."""

    def __init__(self, settings: Settings, move: Move) -> None:
        self.stage = Stage(settings, accounts=0)
        self.move = move
        self.passed = timedelta()
        self.first = self.out("first")
        self.clear = self.out("all_clear", ends=[self.first])

    def out(self, kind: str, **more: object) -> int:
        message = self.stage.write(kind, **more)
        self.stage.approve(self.stage.submit(message))
        self.go()
        return message.id

    def go(self) -> None:
        self.stage.tick()
        self.look()
        self.passed += timedelta(minutes=10)
        self.move(self.passed)

    def look(self) -> None:
        SiteProcess(self.stage.settings).pull()

    def press(self, sentence: str = DRINK, message: int | None = None) -> FaultMark:
        """Of *Läget över*, unless told otherwise."""
        with db.unit_of_work() as session:
            incident = session.get_one(Incident, self.stage.incident.id)
            found = fault.press(
                session,
                self.stage.karin,
                incident,
                message or self.clear,
                sentence,
                clock.now(),
                mail=False,
            )
        self.look()
        return found

    def correct(self, mark: FaultMark, **answers: list[int]) -> None:
        with db.unit_of_work() as session:
            draft = session.get_one(Message, mark.correction_id)
            whole = draft.fields | {"right": "Fortsätt koka vattnet."} | answers
            message = drafts.save(
                session, self.stage.lisa, draft.id, whole, draft.revision, clock.now()
            )
        self.stage.approve(self.stage.submit(message))
        self.go()

    def folder(self) -> Path:
        return self.stage.settings.exercise_folder(self.stage.incident.slug) / "current"

    def page(self, path: str = "") -> str:
        slug = self.stage.incident.slug
        return (self.folder() / (path or f"h/{slug}/index.html")).read_text()

    def newest_alert(self) -> tuple[str, str]:
        """(responseType, instruction) of the event's newest CAP alert."""
        one = fields((self.folder() / f"cap/{self.stage.incident.slug}.xml").read_bytes())
        return one["infos"][0]["responseType"], one["infos"][0].get("instruction", "")

    def standing(self) -> list[int]:
        with db.unit_of_work() as session:
            return [one.id for one in queries.standing(session, self.stage.incident.id)]

    def says_over(self) -> bool:
        said = {
            OVER in self.page().split("<main")[0],
            OVER in self.page("index.html"),
            self.newest_alert()[0] == "AllClear",
        }
        with db.unit_of_work() as session:
            said.add(closing.obstacles(session, self.stage.incident.id).all_clear)
        assert len(said) == 1, "page, start page, CAP and whoever ends the event are told the same"
        return said.pop()


@pytest.fixture
def played(database: Settings, move_clock: Move) -> Played:
    return Played(database, move_clock)


def test_lage_over_that_is_called_wrong_is_no_longer_said_and_what_it_ended_stands_again(
    played: Played,
) -> None:
    assert played.says_over() and played.standing() == [] and PLATE not in played.page()
    played.press()
    assert not played.says_over()
    assert played.standing() == [played.first]
    assert PLATE in played.page() and f"<span>{BOIL}</span>" in played.page()
    assert "Vi rättar det nu." in played.page() and "Vi rättar det nu." in played.page("index.html")
    assert played.newest_alert() == ("Execute", f"{BOIL}")
    newest = json.loads(played.page("feed.json"))["items"][0]["content_text"]
    assert DRINK not in newest and "Fel, rättas nu." in newest


def test_lage_over_that_was_right_after_all_ends_it_again(played: Played) -> None:
    mark = played.press()
    with db.unit_of_work() as session:
        fault.take_back(session, played.stage.lisa, mark.id, clock.now())
    played.look()
    assert played.says_over() and played.standing() == []
    assert PLATE not in played.page() and DRINK in played.page()


def test_a_correction_that_lets_it_stand_is_no_end_until_a_new_lage_over(played: Played) -> None:
    played.correct(played.press(), stays=[played.first])
    assert not played.says_over() and played.standing() == [played.first]
    assert PLATE in played.page() and "Fortsätt koka vattnet." in played.page()
    assert "Nytt besked senast" in played.page()
    assert played.newest_alert()[0] == "Execute"
    alert = played.page(f"cap/{played.stage.incident.slug}.xml")
    assert "Fortsätt koka vattnet." in alert and "Vi rättar det nu." not in alert
    played.out("all_clear", ends=[played.first])
    assert played.says_over() and played.standing() == []


def test_a_correction_that_says_that_it_ends_leaves_lage_over_standing(played: Played) -> None:
    """Only a detail was wrong."""
    played.correct(played.press(), ends=[played.first])
    assert played.says_over() and played.standing() == [] and PLATE not in played.page()


def test_an_event_that_is_told_of_anew_is_not_over(played: Played) -> None:
    played.out("update", text="Det har hittats bakterier igen.")
    assert not played.says_over()
    assert "Nytt besked senast" in played.page()


def test_an_event_is_not_ended_on_a_wrong_lage_over_without_a_reason(played: Played) -> None:
    played.press()
    with db.unit_of_work() as session:
        assert not closing.obstacles(session, played.stage.incident.id).all_clear


def test_what_stands_again_can_be_called_wrong_too(played: Played) -> None:
    played.press()
    played.press(BOIL, played.first)
    assert f"<del>{BOIL}</del> (Fel, rättas nu.)" in played.page()


def close_page(app: Flask, played: Played) -> str:
    lisa = client_for(app, played.stage.lisa)
    return lisa.get(f"/incidents/{played.stage.incident.slug}/close").text


def test_whoever_ends_the_event_is_told_why_lage_over_does_not_hold(
    played: Played, app: Flask
) -> None:
    """It isn't true that it hasn't gone out; and a text that repeats came after it."""
    assert "Läget över har gått ut." in close_page(app, played)
    played.correct(played.press(), stays=[played.first])
    page = close_page(app, played)
    assert "Läget över har gått ut, men har sagts vara fel." in page
    assert "Läget över har inte gått ut." not in page and "Skriv Läget över" in page
    played.out("all_clear", ends=[played.first])
    played.out("update", text="Det har hittats bakterier igen.")
    assert "Läget över har gått ut, men något nyare har sagts." in close_page(app, played)
    with db.unit_of_work() as session:
        running = queries.running(session, played.stage.incident.id)
        assert running is not None
        control.stop(session, played.stage.lisa, running.id, clock.now())
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, played.stage.incident.id)
        with pytest.raises(BadInput, match="Efter Läget över har något nyare sagts"):
            closing.end_event(session, played.stage.lisa, incident, clock.now(), mail=False)
