"""What a message may start from, and the gaps that a template leaves."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import update

from console import clock, db
from console.config import Settings
from console.errors import BadInput, Faults, NotAllowed, Stale, WrongState
from console.incidents import operations as incidents
from console.incidents.models import Incident
from console.messages import checks, rules, unfilled
from console.messages.models import Delivery, Message
from console.messages.operations import fault, starts
from console.messages.rules import MessageType
from console.policy import openings
from console.policy.operations import set_profile
from console.timeline.queries import entries_of
from tests.stage import Stage

NEWS = "Nu finns vattentankar vid Nya torget. Oleby berörs inte."


@pytest.fixture
def stage(database: Settings) -> Stage:
    return Stage(database)


def out(stage: Stage, kind: str, **fields: object) -> int:
    """A message whose first round has gone to every account; its id."""
    message_id = stage.release(kind, **fields).message_id
    told_round(stage)
    with db.unit_of_work() as session:
        session.execute(update(Delivery).values(state="sent", settled_at=clock.now()))
    return message_id


def told_round(stage: Stage) -> None:
    """Write the round that is due; a tick leaves it to the next while another holds the lock."""
    deadline = time.monotonic() + 10
    while not stage.tick():
        assert time.monotonic() < deadline, "nothing was written"


def offered(stage: Stage) -> list[int]:
    with db.unit_of_work() as session:
        return [one.id for one in starts.offered(session, stage.incident.id)]


def start(stage: Stage, source: int, kind: MessageType = MessageType.UPDATE) -> Message:
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        return starts.from_message(session, stage.lisa, incident, source, kind, clock.now())


def begin(stage: Stage, key: str, *, english: bool = False) -> Message:
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        return starts.from_opening(session, stage.lisa, incident, key, clock.now(), english=english)


def told(stage: Stage, tag: str) -> dict[str, Any]:
    """The facts of the newest entry with that tag."""
    with db.unit_of_work() as session:
        entries = entries_of(session, stage.incident.id)
    return next(one.facts for one in entries if one.tag == tag)


def test_the_texts_of_what_is_out_follow_and_times_promise_and_rounds_are_new(
    stage: Stage,
) -> None:
    source = out(stage, "update", unchanged="Koka vattnet.", valid_until="I kväll")
    draft = start(stage, source)
    with db.unit_of_work() as session:
        before = session.get_one(Message, source).fields
    assert draft.fields["text"] == NEWS and draft.fields["unchanged"] == "Koka vattnet."
    assert draft.fields["promise_at"] != before["promise_at"]
    assert "rounds" in before and "rounds" not in draft.fields
    assert "valid_until" not in draft.fields and "first_at" not in draft.fields


def test_another_type_takes_only_what_it_asks_for(stage: Stage) -> None:
    first = out(stage, "first")
    draft = start(stage, first, MessageType.ALL_CLEAR)
    assert draft.type == "all_clear" and draft.fields["text"].startswith("Vi har hittat")
    assert not {"instruction", "began", "promise_at"} & draft.fields.keys()
    assert draft.fields["ends"] == [first]


def test_an_instruction_that_stands_is_not_said_twice(stage: Stage) -> None:
    first = out(stage, "first")
    update_ = start(stage, first)
    assert "instruction" not in update_.fields and update_.fields["text"]
    again = start(stage, first, MessageType.FIRST)
    assert again.fields["instruction"] and again.fields["ends"] == [first]


def test_who_decided_is_said_anew_for_every_instruction(stage: Stage) -> None:
    source = out(stage, "instruction")
    draft = start(stage, source, MessageType.INSTRUCTION)
    assert draft.fields["instruction"].startswith("Koka allt vatten")
    assert "decided_by" not in draft.fields


def test_the_english_is_not_left_saying_the_old_news(stage: Stage) -> None:
    source = out(stage, "update", en={"body": "Water tanks at Nya torget."})
    assert "en" not in start(stage, source).fields


def test_the_draft_and_the_timeline_say_what_it_started_from(stage: Stage) -> None:
    source = out(stage, "update")
    draft = start(stage, source)
    with db.unit_of_work() as session:
        record = session.get_one(Message, source).record
    assert draft.started == {"message": source, "record": record}
    assert told(stage, "message:begun")["from"] == draft.started


def test_what_is_out_is_offered_newest_first_and_inget_nytt_is_not(stage: Stage) -> None:
    first = out(stage, "first")
    update_ = out(stage, "update")
    out(stage, "no_news")
    stage.write("update")
    assert offered(stage) == [update_, first]


def test_nothing_of_another_event_is_ever_a_start(stage: Stage) -> None:
    """Neither of a live event nor of an exercise: what is drilled reaches no live text."""
    source = out(stage, "update")
    with db.unit_of_work() as session:
        other = incidents.open_incident(
            session, stage.lisa, name="Brand i Östmark", area="Östmark", stage="staff",
            reason="Skogsbrand", exercise=True,
            choices=dict.fromkeys(stage.account_ids, ("leave", "")),
            narrowing_reason="Annan ort.",
            now=clock.now(), mail=False,
        )  # fmt: skip
    with db.unit_of_work() as session:
        assert starts.offered(session, other.id) == []
        incident = session.get_one(Incident, other.id)
        with pytest.raises(WrongState):
            starts.from_message(
                session, stage.lisa, incident, source, MessageType.UPDATE, clock.now()
            )


def test_a_draft_that_never_went_out_is_no_start(stage: Stage) -> None:
    draft = stage.write("update")
    with pytest.raises(WrongState):
        start(stage, draft.id)


def test_what_is_marked_as_wrong_is_not_said_again_and_corrected_it_says_what_is_right(
    stage: Stage,
) -> None:
    """4-k: an error that has been found goes no further."""
    source = out(stage, "update")
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        mark = fault.press(
            session, stage.lisa, incident, source, "Oleby berörs inte.", clock.now(), mail=False
        )
        correction = session.get_one(Message, mark.correction_id)
        ends = sorted(correction.fields.get("ends") or [])
    assert offered(stage) == []
    with pytest.raises(WrongState):
        start(stage, source)
    with db.unit_of_work() as session:
        correction = session.get_one(Message, mark.correction_id)
        correction.fields = correction.fields | {
            "right": "Även Oleby ska koka vattnet.", "fact_owner": "Anders Nyman", "ends": ends
        }  # fmt: skip
    stage.approve(stage.submit(correction))
    told_round(stage)
    with db.unit_of_work() as session:
        session.execute(update(Delivery).values(state="sent", settled_at=clock.now()))
    draft = start(stage, source)
    assert "Oleby berörs inte." not in draft.fields["text"]
    assert draft.fields["text"].endswith("Även Oleby ska koka vattnet.")


def test_a_corrected_text_whose_error_cannot_be_found_in_it_is_not_offered(stage: Stage) -> None:
    source = out(stage, "update")
    correction = stage.write(
        "correction", corrects=source, wrong="Något som inte står där.", right="Något annat."
    )
    stage.approve(stage.submit(correction))
    told_round(stage)
    assert offered(stage) == []


def test_whoever_does_not_write_starts_nothing(stage: Stage) -> None:
    source = out(stage, "update")
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        with pytest.raises(NotAllowed):
            starts.from_message(
                session, stage.karin, incident, source, MessageType.UPDATE, clock.now()
            )
        with pytest.raises(NotAllowed):
            starts.from_opening(
                session, stage.karin, incident, "first_water", clock.now(), english=False
            )


def test_every_type_has_an_opening_and_each_fills_only_what_its_type_asks_for() -> None:
    assert set(openings.TYPES) == {str(kind) for kind in MessageType}
    assert {one.type for one in openings.OPENINGS} == set(openings.TYPES) - {"no_news"}
    for one in openings.OPENINGS:
        asked = set(rules.fields_of(MessageType(one.type)))
        assert set(one.texts) <= asked, one.key
    assert openings.fault([vars(one) for one in openings.OPENINGS]) is None


def test_the_openings_are_easy_to_read() -> None:
    for one in openings.OPENINGS:
        text = " ".join(one.texts.values())
        assert checks.lix(text).easy, (one.key, checks.lix(text))


def test_an_opening_begins_its_type_and_a_gap_blocks_until_it_is_filled(stage: Stage) -> None:
    draft = begin(stage, "first_water")
    assert draft.type == "first"
    assert draft.fields["instruction"] == "Koka ditt kranvatten om du bor i [plats]."
    filled = draft.fields | {"fact_owner": "Anders", "began": "I natt", "cause": "Vet inte"}
    save(draft, filled)
    with pytest.raises(Faults) as refusal:
        stage.submit(draft)
    assert refusal.value.faults == {
        "instruction": "Fyll i [plats].",
        "text": "Fyll i [vad].",
    }
    filled["instruction"] = "Koka ditt kranvatten om du bor i Torsby."
    filled["text"] = "Vi har hittat bakterier i vattnet. Vi vet inte varför ännu."
    save(draft, filled)
    assert stage.submit(draft).state == "waiting"


def save(draft: Message, fields: dict[str, object]) -> None:
    with db.unit_of_work() as session:
        session.get_one(Message, draft.id).fields = fields


def test_the_english_comes_when_it_is_asked_for_and_its_gaps_block_too(stage: Stage) -> None:
    assert "en" not in begin(stage, "update_any").fields
    draft = begin(stage, "update_any", english=True)
    assert draft.fields["en"] == {"body": "Now [what is new]."}
    found = unfilled.faults(MessageType.UPDATE, draft.fields)
    assert found["en_body"] == "Fyll i [what is new] i den engelska texten."


def test_every_text_that_goes_out_is_searched_for_gaps() -> None:
    fields = {
        "text": "Nu [a] och [b], och [a].", "short_text": "[c]", "still_line": "Se [d].",
        "wrong": "[e]", "contact": "Ring (0560) 160 00.",
    }  # fmt: skip
    assert unfilled.faults(MessageType.UPDATE, fields) == {
        "text": "Fyll i [a], [b].",
        "short_text": "Fyll i [c] i den korta texten.",
        "still_line": "Fyll i [d] i raden för Inget nytt.",
    }


def test_an_opening_put_into_a_draft_writes_over_nothing_and_the_timeline_says_so(
    stage: Stage,
) -> None:
    source = out(stage, "update")
    correction = stage.write("correction", corrects=source, right="", thanks="Tack, Eva.")
    with db.unit_of_work() as session:
        starts.fill(
            session, stage.lisa, correction.id, "correction_any", 1, clock.now(), english=False
        )
    with db.unit_of_work() as session:
        filled = session.get_one(Message, correction.id)
    assert filled.fields["right"] == "[Det som är rätt]."
    assert filled.fields["thanks"] == "Tack, Eva." and filled.fields["wrong"]
    assert told(stage, "message:opening:used")["from"] == filled.started
    assert filled.started["opening"] == "correction_any"


def test_an_opening_of_another_type_or_over_another_writers_text_is_refused(stage: Stage) -> None:
    draft = stage.write("rumour", text="")
    for key, revision, error in (
        ("first_water", 1, BadInput), ("nowhere", 1, BadInput), ("rumour_any", 7, Stale),
    ):  # fmt: skip
        with pytest.raises(error), db.unit_of_work() as session:
            starts.fill(session, stage.lisa, draft.id, key, revision, clock.now(), english=False)
    with db.unit_of_work() as session:
        assert session.get_one(Message, draft.id).fields["text"] == ""


def test_a_correction_does_not_begin_from_an_opening_alone(stage: Stage) -> None:
    with pytest.raises(WrongState):
        begin(stage, "correction_any")


def test_a_municipality_has_its_own_openings(stage: Stage) -> None:
    own = {
        "key": "update_ice", "type": "update", "sv": "Is", "en": "Ice",
        "texts": {"text": "Isen på [sjö] bär inte."},
    }  # fmt: skip
    with db.unit_of_work() as session:
        set_profile(session, None, clock.now(), {"openings": [own]})
    assert begin(stage, "update_ice").fields["text"] == "Isen på [sjö] bär inte."
    with pytest.raises(BadInput):
        begin(stage, "update_any")
