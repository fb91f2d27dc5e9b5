"""Everything that has been sent is found by its words, and handed out (4.5-b)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pypdf
import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update

from console import clock, db
from console.errors import BadInput, Faults, NotAllowed, NotFound
from console.incidents.models import Incident
from console.messages.models import Broadcast, Message, Removal
from console.messages.sent_models import SentText
from console.people.models import Person
from console.people.rules import Permission, Role, may
from console.review import finding_queries as finding
from console.review import handout_operations as handouts
from console.review.finding_queries import Sieve
from console.review.handout_models import Handout
from console.timeline.models import Entry
from console.timeline.queries import entries_of
from tests.review.conftest import person
from tests.stage import Stage

ClientFor = Callable[[Person | None], FlaskClient]
Move = Callable[[timedelta], None]


def sent(stage: Stage, kind: str = "first", **fields: object) -> Broadcast:
    broadcast = stage.release(kind, **fields)
    stage.tick()
    return broadcast


def found(**narrowed: object) -> list[int]:
    with db.unit_of_work() as session:
        page = finding.page_of(session, Sieve(**narrowed))  # type: ignore[arg-type]
        return [hit.message.id for hit in page.rows]


def test_a_sent_message_is_found_by_any_form_of_its_words_4_5_b(stage: Stage) -> None:
    first = sent(stage)
    waiting = stage.submit(stage.write("update"))
    assert found(words="vattnet") == found(words="kranvatten") == [first.message_id]
    assert found(words="bakterie") == found(words='"nya prover"') == [first.message_id]
    assert found(words="brandbil") == []
    assert found(words="vattentankar") == [], "what waits for approval is not sent"
    stage.approve(waiting)
    stage.tick()
    assert found(words="vattentank") == [waiting.message_id]
    assert found() == [waiting.message_id, first.message_id], "the newest first"


def test_each_wording_is_kept_once_however_often_it_goes_out(
    stage: Stage, move_clock: Move
) -> None:
    broadcast = sent(stage)
    with db.unit_of_work() as session:
        before = session.scalars(select(SentText.content).order_by(SentText.id)).all()
    for round_ in range(1, 4):
        move_clock(timedelta(minutes=30 * round_))
        stage.tick()
    with db.unit_of_work() as session:
        after = session.scalars(select(SentText.content).order_by(SentText.id)).all()
        assert session.get_one(Broadcast, broadcast.id).next_n == 5
    assert before == after and len(set(before)) == len(before)
    assert not any("uppdatering 1" in text for text in before), "the round's line is no wording"


def test_the_search_is_narrowed_by_event_account_day_and_number(
    stage: Stage, move_clock: Move
) -> None:
    first = sent(stage)
    move_clock(timedelta(hours=1))
    later = sent(stage, "update")
    with db.unit_of_work() as session:
        numbers = {one.id: one.record for one in session.scalars(select(Message))}
    now = clock.now()
    assert found(since=now - timedelta(minutes=30)) == [later.message_id]
    assert found(until=now - timedelta(minutes=30)) == [first.message_id]
    assert found(event=stage.incident.slug) == [later.message_id, first.message_id]
    assert found(event="nowhere") == found(event=finding.POSTS) == []
    assert found(account=stage.account_ids[0]) == [later.message_id, first.message_id]
    assert found(account=999) == []
    assert found(record=numbers[first.message_id]) == [first.message_id]
    assert found(record=str(numbers[first.message_id]).partition(":")[2]) == [first.message_id]
    assert found(record="tolv") == found(record="1999:1") == []


def test_no_words_to_search_for_is_said_beside_the_field(stage: Stage, greta: FlaskClient) -> None:
    with pytest.raises(BadInput) as caught:
        found(words="och")
    assert caught.value.field == "words"
    answer = greta.get("/search?words=och")
    assert answer.status_code == 422 and "Skriv ett ord att söka efter" in answer.text
    answer = greta.get("/search?since=2026-06-31")
    assert answer.status_code == 422 and "Skriv en dag" in answer.text
    answer = greta.get("/search?since=2026-06-02&until=2026-06-01")
    assert answer.status_code == 422 and "Slutet måste komma efter början." in answer.text
    assert (
        greta.get("/search?since=0001-01-01&until=9999-12-31&account=x&after=q").status_code == 200
    )


def test_pages_begin_where_others_end_and_lose_nothing(stage: Stage) -> None:
    message_id = sent(stage).message_id
    with db.unit_of_work() as session:
        whole = {
            column.name: getattr(session.get_one(Message, message_id), column.name)
            for column in Message.__table__.columns
            if column.name not in ("id", "record_number")
        }
        numbers = range(2, 122)
        ids = session.scalars(
            insert(Message).returning(Message.id),
            [whole | {"record_number": n} for n in numbers],
        ).all()
        session.execute(
            insert(SentText),
            [
                {"message_id": one, "language": "sv", "title": "", "content": f"Text {n} om elen.",
                 "content_hash": str(n), "at": clock.now()}
                for n, one in zip(numbers, ids, strict=True)
            ],
        )  # fmt: skip
    seen: list[str] = []
    with db.unit_of_work() as session:
        page, place = finding.page_of(session, Sieve(words="elen")), ""
        while True:
            seen += [hit.message.record or "" for hit in page.rows]
            place = page.older
            if not place:
                break
            page = finding.page_of(session, Sieve(words="elen"), after=place)
        back = finding.page_of(session, Sieve(words="elen"), before=page.newer)
        first = finding.page_of(session, Sieve(words="elen"), before=back.newer)
    assert len(seen) == len(set(seen)) == 120
    assert [int(one.partition(":")[2]) for one in seen] == list(range(121, 1, -1))
    assert [hit.message.record for hit in back.rows] == seen[50:100]
    assert [hit.message.record for hit in first.rows] == seen[:50] and first.newer == ""


def test_what_was_removed_is_neither_shown_nor_told_by_a_search(
    stage: Stage, greta: FlaskClient
) -> None:
    broadcast = sent(stage)
    with db.unit_of_work() as session:
        session.add(
            Removal(
                incident_id=stage.incident.id, message_id=broadcast.message_id, whole=True,
                ground="secrecy", reason="Fel uppgift", state="agreed", asked_at=clock.now(),
                asked_by_id=stage.lisa.id,
            )
        )  # fmt: skip
    assert found(words="bakterier") == []
    assert found() == [broadcast.message_id]
    for address in ("/search", f"/records/{broadcast.message_id}"):
        page = greta.get(address).text
        assert "Texten är borttagen och visas inte." in page and "bakterier" not in page


@pytest.mark.parametrize("role", list(Role))
def test_those_who_read_the_timeline_search_and_only_those_who_export_hand_out_a_whole_copy(
    stage: Stage, client_for: ClientFor, role: Role
) -> None:
    message_id = sent(stage).message_id
    reads, exports = may([role], Permission.VIEW_TIMELINE), may([role], Permission.EXPORT_TIMELINE)
    actor = person("Ny Person", role)
    client = client_for(actor)
    assert client.get("/search").status_code == (200 if reads else 403)
    assert client.get(f"/records/{message_id}").status_code == (200 if reads else 403)
    for masked, allowed in ((True, reads), (False, exports)):
        with db.unit_of_work() as session:
            if allowed:
                handouts.hand_out(session, actor, message_id, clock.now(), masked=masked)
                continue
            with pytest.raises(NotAllowed):
                handouts.hand_out(session, actor, message_id, clock.now(), masked=masked)
            session.rollback()
    with db.unit_of_work() as session:
        rows = session.scalars(select(Handout).order_by(Handout.id)).all()
        assert [one.masked for one in rows] == [True] * reads + [False] * exports


def test_a_handed_out_copy_holds_number_text_and_receipts_and_stands_in_the_log(
    stage: Stage, greta: FlaskClient
) -> None:
    message_id = sent(stage).message_id
    with db.unit_of_work() as session:
        record = session.get_one(Message, message_id).record
        session.execute(
            update(Message).where(Message.id == message_id).values(author_id=stage.lisa.id)
        )
    for masked in ("y", "n"):
        answer = greta.post(
            f"/records/{message_id}/handouts",
            data={"masked": masked, "to": "Nils Nilsson", "reason": "Vill läsa"},
        )
        assert answer.status_code == 302
    page = greta.get(f"/records/{message_id}").text
    links = re.findall(r'href="(/records/\d+/handouts/\d+\.pdf)"', page)
    assert len(links) == 2
    whole, masked_copy = (
        "\n".join(
            one.extract_text() for one in pypdf.PdfReader(BytesIO(greta.get(link).data)).pages
        )
        for link in links
    )
    for text in (whole, masked_copy):
        assert f"Handling {record}" in text and "Koka ditt kranvatten" in text
        assert "Konto 1" in text
    assert "Lisa Berg" in whole and "Karin Holm" in whole
    assert "Lisa Berg" not in masked_copy and "Karin Holm" not in masked_copy
    assert "Maskerad kopia" in masked_copy and "Informationsenheten" in masked_copy
    with db.unit_of_work() as session:
        (entry,) = entries_of(session, stage.incident.id, limit=1)
    assert entry.tag == "record:handed_out" and entry.facts["masked"] is False
    assert entry.personal == {"to": "Nils Nilsson", "reason": "Vill läsa"}
    assert greta.get(f"/records/{message_id}/handouts/99.pdf").status_code == 404


def test_a_masked_copy_leaves_out_a_text_that_names_a_person(
    stage: Stage, greta: FlaskClient
) -> None:
    message_id = sent(stage, text="Ring Karin Holm om du är orolig.").message_id
    greta.post(f"/records/{message_id}/handouts", data={"masked": "y"})
    with db.unit_of_work() as session:
        row = session.scalars(select(Handout)).one()
    made = greta.get(f"/records/{message_id}/handouts/{row.id}.pdf").data
    text = "\n".join(one.extract_text() for one in pypdf.PdfReader(BytesIO(made)).pages)
    assert "Karin Holm" not in text and "utelämnad" in text


def test_what_cannot_be_handed_out_is_refused_and_writes_nothing(stage: Stage) -> None:
    message_id = sent(stage).message_id
    draft = stage.write("update").id
    with db.unit_of_work() as session:
        before = session.query(Entry).count()
    for wrong, arguments in (
        (NotFound, (draft, {})),
        (NotFound, (999, {})),
        (Faults, (message_id, {"to": "x" * 501})),
        (Faults, (message_id, {"reason": "x" * 501})),
    ):
        with db.unit_of_work() as session:
            with pytest.raises(wrong):
                handouts.hand_out(
                    session, stage.lisa, arguments[0], clock.now(), masked=True, **arguments[1]
                )
            session.rollback()
    with db.unit_of_work() as session:
        assert session.query(Entry).count() == before
        assert session.query(Handout).count() == 0


def test_an_exercise_is_called_one_where_it_is_found(stage: Stage, greta: FlaskClient) -> None:
    sent(stage)
    page = greta.get("/search?words=kranvatten").text
    assert "Övning." in page and "Koka vattnet" in page
    with db.unit_of_work() as session:
        assert session.get_one(Incident, stage.incident.id).exercise
