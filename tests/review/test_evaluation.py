"""Evaluating an event: who may, what is refused, and measures that wait until they are done."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pypdf
import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from console import clock, db
from console.errors import BadInput, NotAllowed, NotFound, WrongState
from console.incidents.models import Incident
from console.people.models import Person
from console.people.rules import Permission, Role, may
from console.phrases import STOCKHOLM
from console.review import evaluation_operations as operations
from console.review import evaluation_queries as queries
from console.review import evaluation_rules as rules
from console.review.evaluation_models import Measure, Remark
from console.timeline.models import Entry
from console.timeline.queries import entries_of
from tests.review.conftest import ask, person, unpacked, write
from tests.stage import Stage
from tests.web.test_long_lists import counted

ClientFor = Callable[[Person | None], FlaskClient]
Move = Callable[[timedelta], None]


def today() -> date:
    return clock.now().astimezone(STOCKHOLM).date()


def close_event(stage: Stage) -> None:
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        incident.state, incident.closed_at = "closed", clock.now()


def observed(stage: Stage, actor: Person | None = None, text: str = "Beskedet dröjde.") -> Remark:
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        now = clock.now()
        return operations.observe(session, actor or stage.lisa, incident, text, now, at=now)


def decided(stage: Stage, owner: Person, *, due: date | None = None) -> Measure:
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        return operations.decide(
            session, stage.lisa, incident, "Öva med växeln.", owner.id, due or today(), clock.now()
        )


@pytest.mark.parametrize("role", list(Role))
def test_the_roles_that_keep_records_or_decide_evaluate_and_no_others(
    stage: Stage, role: Role
) -> None:
    actor = person("Ny Person", role)
    evaluates = role in {
        Role.INFORMATION_UNIT, Role.STRATEGY, Role.ARCHIVIST, Role.REGISTRAR, Role.REVIEWER,
        Role.APPROVER, Role.HEAD_OF_DEPARTMENT,
    }  # fmt: skip
    assert may([role], Permission.EVALUATE) == evaluates
    if evaluates:
        observed(stage, actor)
    else:
        with pytest.raises(NotAllowed):
            observed(stage, actor)


def test_what_is_written_stands_in_the_log_and_names_its_point_in_time(stage: Stage) -> None:
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        first = session.scalars(
            select(Entry).where(Entry.incident_id == incident.id).order_by(Entry.n)
        ).first()
        assert first is not None
        row = operations.observe(
            session, stage.lisa, incident, "Det gick fort.", clock.now(), entry=first.n
        )
        assert row.at == first.at
    with db.unit_of_work() as session:
        (entry,) = entries_of(session, stage.incident.id, limit=1)
    assert (entry.tag, entry.person_id) == ("evaluation:remark:written", stage.lisa.id)
    assert entry.facts["entry"] == first.n and entry.personal == {"content": "Det gick fort."}


def test_forbidden_moves_are_refused_and_write_nothing(stage: Stage) -> None:
    remark = observed(stage)
    now = clock.now()
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        lisa = stage.lisa
        lesson = operations.learn(session, lisa, incident, "Öva.", now, from_id=remark.id)
        comment = operations.comment(session, lisa, incident, lesson.id, "Ja.", now)
        left = person("Borta Nu", "reviewer")
    with db.unit_of_work() as session:
        session.get_one(Person, left.id).active = False
        before = session.query(Entry).count()

    def refused(
        why: type[Exception], do: Callable[..., object], *args: object, **more: object
    ) -> str:
        with db.unit_of_work() as session:
            incident = session.get_one(Incident, stage.incident.id)
            with pytest.raises(why) as caught:
                do(session, stage.lisa, incident, *args, **more)
            session.rollback()
        return getattr(caught.value, "field", "") or ""

    day = timedelta(days=1)
    observe, learn, say, decide = (
        operations.observe, operations.learn, operations.comment, operations.decide,
    )  # fmt: skip
    assert refused(BadInput, observe, " ", now, at=now) == "content"
    assert refused(BadInput, observe, "x" * 2001, now, at=now) == "content"
    assert refused(BadInput, observe, "x", now) == "at"
    assert refused(BadInput, observe, "x", now, at=now + day) == "at"
    assert refused(BadInput, observe, "x", now, at=now - 9 * day) == "at"
    refused(NotFound, observe, "x", now, entry=999_999)
    refused(NotFound, learn, "x", now, from_id=lesson.id)
    refused(NotFound, say, comment.id, "x", now)
    refused(NotFound, say, 999_999, "x", now)
    assert refused(BadInput, decide, "x", None, today(), now) == "owner"
    assert refused(BadInput, decide, "x", 999_999, today(), now) == "owner"
    assert refused(BadInput, decide, "x", left.id, today(), now) == "owner"
    assert refused(BadInput, decide, "x", stage.olle.id, None, now) == "due"
    assert refused(BadInput, decide, "x", stage.olle.id, today() - day, now) == "due"
    assert refused(BadInput, decide, "x", stage.olle.id, today() + 3000 * day, now) == "due"
    refused(NotFound, decide, "x", stage.olle.id, today(), now, lesson_id=remark.id)
    refused(WrongState, operations.close, "Vi lärde oss.", now)
    close_event(stage)
    assert refused(BadInput, operations.close, "", now) == "summary"
    with db.unit_of_work() as session:
        assert session.query(Entry).count() == before
        incident = session.get_one(Incident, stage.incident.id)
        operations.close(session, stage.lisa, incident, "Vi lärde oss.", now)
    refused(WrongState, observe, "x", now, at=now)
    refused(WrongState, learn, "x", now)
    refused(WrongState, say, lesson.id, "x", now)
    refused(WrongState, decide, "x", stage.olle.id, today(), now)
    refused(WrongState, operations.close, "Igen.", now)


def test_a_measure_is_done_by_its_owner_once_and_moved_by_those_who_evaluate(stage: Stage) -> None:
    measure = decided(stage, stage.olle)
    other = person("Ola Ny", "account_administrator")
    with db.unit_of_work() as session, pytest.raises(NotAllowed):
        operations.finish(session, other, measure.id, "Klart.", clock.now())
    with db.unit_of_work() as session, pytest.raises(NotAllowed):
        operations.move(session, stage.olle, measure.id, other.id, today(), clock.now())
    with db.unit_of_work() as session, pytest.raises(BadInput):
        operations.finish(session, stage.olle, measure.id, "  ", clock.now())
    with db.unit_of_work() as session:
        operations.move(session, stage.karin, measure.id, other.id, today(), clock.now())
        operations.finish(session, other, measure.id, "Vi övade i går.", clock.now())
    for again in (
        lambda s: operations.finish(s, other, measure.id, "Igen.", clock.now()),
        lambda s: operations.move(s, stage.karin, measure.id, other.id, today(), clock.now()),
    ):
        with db.unit_of_work() as session, pytest.raises(WrongState):
            again(session)
    with db.unit_of_work() as session, pytest.raises(NotFound):
        operations.finish(session, other, 999_999, "x", clock.now())


def test_a_day_is_over_when_it_is_in_sweden() -> None:
    day = date(2026, 6, 11)
    end = rules.due_at(day)
    assert not rules.is_late(day, None, end) and rules.is_late(day, None, end + timedelta(1))
    assert (end.hour, end.astimezone().utcoffset()) and end.date() == day
    assert rules.is_late(day, end + timedelta(minutes=1), end)


def test_measures_wait_on_the_start_page_until_done_and_pass_to_reviewers_when_nobody_is_there(
    stage: Stage, client_for: ClientFor, greta: FlaskClient
) -> None:
    olle = client_for(stage.olle)
    assert "Gör klart åtgärden" not in olle.get("/").text
    measure = decided(stage, stage.olle, due=today() + timedelta(days=9))
    close_event(stage)
    page = olle.get("/").text
    assert "Gör klart åtgärden" in page and "Öva med växeln." in page
    url = f"/measures/{measure.id}"
    assert f'href="{url}"' in page and "Åtgärden är klar" in olle.get(url).text
    assert client_for(person("Ola Ny", "account_administrator")).get(url).status_code == 403
    assert greta.get("/measures/999999").status_code == 404

    refused = olle.post(f"{url}/done", data={"outcome": ""})
    assert refused.status_code == 422 and 'href="#outcome"' in refused.text
    assert olle.post(f"{url}/move", data={"owner": stage.lisa.id}).status_code == 403

    with db.unit_of_work() as session:
        session.get_one(Person, stage.olle.id).active = False
    assert "Välj ny ansvarig" in greta.get("/").text
    bad = greta.post(f"{url}/move", data={"owner": "", "due": "2020-01-01"})
    assert bad.status_code == 422 and 'href="#owner"' in bad.text
    lisa, day = str(stage.lisa.id), str(today())
    assert greta.post(f"{url}/move", data={"owner": lisa, "due": day}).status_code == 302
    assert "Välj ny ansvarig" not in greta.get("/").text
    unit = client_for(stage.lisa)
    assert unit.post(f"{url}/done", data={"outcome": "Vi övade."}).status_code == 302
    assert "Gör klart åtgärden" not in unit.get("/").text
    assert "Vi övade." in unit.get(url).text
    assert unit.post(f"{url}/done", data={"outcome": "Igen."}).status_code == 409


def test_the_page_says_what_is_missing_beside_its_field_and_keeps_what_was_typed(
    stage: Stage, greta: FlaskClient, client_for: ClientFor
) -> None:
    base = f"/timeline/{stage.incident.slug}/evaluation"
    assert "Ingen har skrivit vad de såg." in greta.get(base).text
    for part, data, field in (
        ("observations", {"content": "Kvar.", "at": "igår"}, "saw-at"),
        ("observations", {"content": "Kvar."}, "saw-at"),
        ("observations", {"at": "2026-06-11T08:00"}, "saw"),
        ("lessons", {"content": ""}, "learnt"),
        ("measures", {"owner": "", "due": str(today())}, "todo"),
        ("measures", {"content": "Kvar.", "owner": "", "due": str(today())}, "owner"),
        ("measures", {"content": "Kvar.", "owner": stage.lisa.id, "due": "x"}, "due"),
    ):
        answer = greta.post(f"{base}/{part}", data=data)
        assert answer.status_code == 422, (part, data)
        assert f'href="#{field}"' in answer.text, (part, data)
        assert ("Kvar." in answer.text) == ("content" in data and data["content"] != "")
    remark = observed(stage)
    answer = greta.post(f"{base}/remarks/{remark.id}/comments", data={"content": ""})
    assert answer.status_code == 422 and f'id="content-{remark.id}-fault"' in answer.text
    assert greta.post(f"{base}/remarks/9999/comments", data={"content": "x"}).status_code == 404
    assert greta.post(f"{base}/close", data={"summary": "x"}).status_code == 409
    reader = client_for(person("Erik Sund", "system_administrator"))
    assert "Skriv en iakttagelse" not in reader.get(base).text
    assert reader.post(f"{base}/lessons", data={"content": "x"}).status_code == 403


def test_several_reviewers_write_from_a_point_on_the_axis_to_the_close(
    stage: Stage, greta: FlaskClient, client_for: ClientFor
) -> None:
    base = f"/timeline/{stage.incident.slug}"
    karin = client_for(stage.karin)
    with db.unit_of_work() as session:
        n = entries_of(session, stage.incident.id, limit=1)[0].n
    point = greta.get(f"{base}/entries/{n}").text
    write_url = re.search(r'href="([^"]+entry=\d+[^"]*)"', point)
    assert write_url is not None
    assert f"Om post {n}" in greta.get(write_url[1].replace("&amp;", "&")).text
    for client, part, data in (
        (greta, "observations", {"content": "Låsen kom <b>sent</b>.", "entry": n}),
        (karin, "lessons", {"content": "Ring dem som inte läst.", "about": "1"}),
        (greta, "remarks/1/comments", {"content": "Håller med."}),
        (karin, "remarks/2/comments", {"content": "Bra."}),
        (greta, "measures", {"content": "Skriv en rutin.", "owner": stage.olle.id,
                             "due": str(today()), "lesson": "2"}),
    ):  # fmt: skip
        assert client.post(f"{base}/evaluation/{part}", data=data).status_code == 302, part
    page = karin.get(f"{base}/evaluation").text
    for text in ("Låsen kom &lt;b&gt;sent&lt;/b&gt;.", "Håller med.", "Greta Lund", "Karin Holm",
                 "Skriv en rutin.", "Olle Ek"):  # fmt: skip
        assert text in page
    axis = greta.get(f"{base}/axis").text
    assert ">Utvärdering</text>" in axis and "Iakttagelse: Låsen kom" in axis
    close_event(stage)
    assert (
        greta.post(f"{base}/evaluation/close", data={"summary": "Vi lärde oss ringa."}).status_code
        == 302
    )
    page = greta.get(f"{base}/evaluation").text
    assert "Vi lärde oss ringa." in page and "Skriv en lärdom" not in page
    assert "#seen" in greta.get(f"{base}/axis?about=review").text


def test_the_export_holds_the_evaluation_and_the_masked_copy_none_of_it(
    stage: Stage, tmp_path: Path
) -> None:
    observed(stage, text="Anders svarade inte i telefon.")
    decided(stage, stage.olle)
    ask(stage)
    row = write(stage.settings)
    folder = unpacked((stage.settings.exports / row.file).read_bytes(), tmp_path / "whole")
    book = load_workbook(folder / "tidslinje.xlsx", read_only=True)
    assert {"Utvärdering", "Åtgärder"} <= set(book.sheetnames)
    cells = [c for line in book["Utvärdering"].iter_rows(values_only=True) for c in line]
    assert "Anders svarade inte i telefon." in cells
    said = " ".join(p.extract_text() for p in pypdf.PdfReader(folder / "rapport.pdf").pages)
    assert "Anders svarade inte" in " ".join(said.split()) and "Öva med växeln." in said
    ask(stage, masked=True)
    row = write(stage.settings)
    folder = unpacked((stage.settings.exports / row.file).read_bytes(), tmp_path / "masked")
    for path in (one for one in folder.rglob("*") if one.is_file()):
        assert b"svarade inte i telefon" not in path.read_bytes()
    book = load_workbook(folder / "tidslinje.xlsx", read_only=True)
    assert "Utvärdering" not in book.sheetnames
    texts = [str(c) for line in book.worksheets[0].iter_rows(values_only=True) for c in line]
    assert not any("Anders" in text for text in texts)


def test_a_book_takes_so_many_queries_however_much_is_written(stage: Stage) -> None:
    def taken() -> int:
        with counted() as said, db.unit_of_work() as session:
            found = queries.book(session, stage.incident.id)
            assert {one.author.name for one in found.observations} == {"Lisa Berg"}
            assert {one.owner.name for one in found.measures} == {"Olle Ek"}
        return len(said)

    observed(stage)
    decided(stage, stage.olle)
    few = taken()
    for number in range(12):
        observed(stage, text=f"Nummer {number}")
        decided(stage, stage.olle)
    assert taken() == few
