"""Writing in the browser: drafts, previews, faults, two writers, submitting."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from console import clock, db, phrases
from console.accounts.models import Account
from console.messages.models import Broadcast, Message, Version
from console.messages.operations import drafts
from console.people.models import Person
from tests.messages.writing import FORM, begin
from tests.stage import Stage

ClientFor = Callable[[Person | None], FlaskClient]


def _message(number: int) -> Message:
    with db.unit_of_work() as session:
        return session.get_one(Message, number)


def _version() -> Version:
    with db.unit_of_work() as session:
        return session.scalars(select(Version)).one()


def test_a_message_is_written_sent_to_an_approver_and_waits(lisa: FlaskClient, base: str) -> None:
    number = begin(lisa, base)
    page = lisa.get(f"{base}/messages/{number}").text
    assert "Skicka till Karin Holm" in page and 'value="Torsby tätort"' in page
    sent = lisa.post(f"{base}/messages/{number}", data=FORM | {"revision": "1"})
    assert sent.status_code == 302 and sent.location.endswith("/messages")
    assert _message(number).state == "submitted"
    assert "Koka ditt kranvatten." in _version().canonical


def test_a_draft_saves_itself_and_says_when(lisa: FlaskClient, base: str) -> None:
    number = begin(lisa, base)
    saved = lisa.post(f"{base}/messages/{number}/draft", data=FORM | {"revision": "1"})
    assert "Utkastet sparat" in saved.text and 'value="2"' in saved.text
    assert _message(number).fields["interval_seconds"] == 1800
    again = lisa.post(f"{base}/messages/{number}/draft", data=FORM | {"revision": "2"})
    assert 'value="2"' in again.text, "what hasn't changed is no new revision"


def test_a_half_written_time_survives_being_saved(lisa: FlaskClient, base: str) -> None:
    number = begin(lisa, base)
    typed = FORM | {"revision": "1", "promise_clock": "kvart i", "rounds": "många"}
    lisa.post(f"{base}/messages/{number}/draft", data=typed)
    page = lisa.get(f"{base}/messages/{number}").text
    assert 'value="kvart i"' in page and 'value="många"' in page


def test_two_writers_never_overwrite_each_other_and_both_texts_are_shown(
    lisa: FlaskClient, base: str, stage: Stage
) -> None:
    number = begin(lisa, base)
    with db.unit_of_work() as session:
        theirs = dict(session.get_one(Message, number).fields) | {"text": "Deras text."}
        drafts.save(session, stage.lisa, number, theirs, 1, clock.now())
    mine = FORM | {"revision": "1", "text": "Min text."}
    quiet = lisa.post(f"{base}/messages/{number}/draft", data=mine).text
    assert "Deras text." in quiet and "over_revision" in quiet
    loud = lisa.post(f"{base}/messages/{number}", data=mine)
    assert loud.status_code == 409
    assert "Deras text." in loud.text and "Min text." in loud.text
    assert _message(number).fields["text"] == "Deras text."
    lisa.post(f"{base}/messages/{number}", data=mine | {"over_revision": "2", "do": "save"})
    assert _message(number).fields["text"] == "Min text."


def test_what_is_missing_is_named_with_a_link_to_its_field(lisa: FlaskClient, base: str) -> None:
    number = begin(lisa, base)
    typed = FORM | {"revision": "1", "fact_owner": "", "promise_clock": "25.00"}
    answer = lisa.post(f"{base}/messages/{number}", data=typed)
    assert answer.status_code == 422
    assert 'href="#fact_owner"' in answer.text and 'href="#promise_clock"' in answer.text
    assert FORM["text"] in answer.text, "what was typed stands there still"
    assert _message(number).state == "draft"


def test_previews_count_every_way_and_say_what_is_too_long(lisa: FlaskClient, base: str) -> None:
    number = begin(lisa, base)
    long = FORM | {"revision": "1", "text": "Vi tar nya prover i hela området nu. " * 12}
    answer = lisa.post(f"{base}/messages/{number}/previews", data=long).text
    assert re.search(r"\d+ av 280, \d+ för mycket", answer)
    assert answer.index("preview-over") < answer.index("Webbplats"), "faulty ones first"
    assert "piece-over" in answer
    cut = lisa.post(f"{base}/messages/{number}/previews", data=long | {"may_cut": "y"}).text
    assert "preview-over" not in cut and "kortad, med länk" in cut
    assert _message(number).fields.get("text") is None, "a preview writes nothing"


def test_the_preview_of_an_sms_names_the_characters_that_make_it_hold_less(
    stage: Stage, lisa: FlaskClient, base: str
) -> None:
    with db.unit_of_work() as session:
        session.get_one(Account, stage.account_ids[2]).platform = "sms"
    number = begin(lisa, base)
    typed = FORM | {"revision": "1", "text": "Vi tar prover – även i Oleby – och i á."}
    preview = lisa.post(f"{base}/messages/{number}/previews", data=typed).text
    assert preview.count("Byt – á mot andra tecken, så ryms dubbelt så mycket.") == 1
    typed["text"] = "Vi tar prover, även i Oleby. Då får ni besked på kafé Öst."
    preview = lisa.post(f"{base}/messages/{number}/previews", data=typed).text
    assert "mot andra tecken" not in preview


def test_a_personal_identity_number_warns_and_never_blocks(lisa: FlaskClient, base: str) -> None:
    """4.5-c"""
    number = begin(lisa, base)
    typed = FORM | {"revision": "1", "text": "Ring 19811218-9876 i dag."}
    preview = lisa.post(f"{base}/messages/{number}/previews", data=typed).text
    assert "ser ut som ett personnummer" in preview
    assert lisa.post(f"{base}/messages/{number}", data=typed).status_code == 302


def test_the_small_button_cuts_at_a_sentence(lisa: FlaskClient, base: str) -> None:
    number = begin(lisa, base)
    lisa.post(f"{base}/messages/{number}", data=FORM | {"revision": "1", "do": "cut"})
    assert _message(number).fields["may_cut"] is True


def test_a_draft_becomes_another_type_and_drops_what_it_does_not_ask_for(
    lisa: FlaskClient, base: str
) -> None:
    number = begin(lisa, base)
    lisa.post(f"{base}/messages/{number}/type", data=FORM | {"revision": "1", "kind": "all_clear"})
    message = _message(number)
    assert message.type == "all_clear"
    assert message.fields["text"] == FORM["text"]
    assert not {"instruction", "promise_at", "interval_seconds"} & message.fields.keys()


def test_a_new_instruction_suggests_that_the_earlier_one_ends_and_shows_it(
    lisa: FlaskClient, base: str, stage: Stage
) -> None:
    first = stage.release("first")
    stage.tick()
    number = begin(lisa, base, "instruction")
    page = lisa.get(f"{base}/messages/{number}").text
    ends = re.search(rf'name="standing-{first.message_id}" value="end"( checked)?', page)
    assert ends is not None and ends[1], "suggested, and there to be changed"
    assert _message(begin(lisa, base, "all_clear")).fields["ends"] == [first.message_id]
    assert _message(begin(lisa, base, "update")).fields["ends"] == []


def test_an_update_starts_from_the_latest(lisa: FlaskClient, base: str, stage: Stage) -> None:
    stage.release("first", contact="Ring växeln", interval=900)
    stage.tick()
    answer = lisa.post(f"{base}/messages", data={"kind": "update", "carry": "y"})
    fields = _message(int(answer.location.rsplit("/", 1)[1])).fields
    assert fields["contact"] == "Ring växeln" and fields["interval_seconds"] == 900
    assert fields["fact_owner"] == "Anders Nyman" and "text" not in fields


def test_a_correction_pauses_asks_about_the_instruction_and_can_be_taken_back(
    lisa: FlaskClient, base: str, stage: Stage
) -> None:
    broadcast = stage.release("first")
    stage.tick()
    with db.unit_of_work() as session:
        wrong = session.get_one(Message, broadcast.message_id)
        stage_message = wrong.id
    _all_sent()
    answer = lisa.post(
        f"{base}/messages/correct",
        data={"message": stage_message, "sentence": "2"},
    )
    number = int(answer.location.rsplit("/", 1)[1])
    assert _state(broadcast.id) == "paused"
    typed: dict[str, Any] = {
        "revision": "1", "wrong": "Vi tar nya prover nu.", "right": "Vi tar prover i morgon.",
        "area": "Torsby", "fact_owner": "Anders", "promise_clock": "23.59",
    }  # fmt: skip
    unanswered = lisa.post(f"{base}/messages/{number}", data=typed)
    assert unanswered.status_code == 422 and f"standing-{stage_message}" in unanswered.text
    lisa.post(f"{base}/messages/{number}/withdraw")
    assert _message(number).state == "withdrawn" and _state(broadcast.id) == "running"


def test_the_replacing_message_says_the_news_again_with_the_sentence_mended(
    lisa: FlaskClient, base: str, stage: Stage
) -> None:
    broadcast = stage.release("first")
    stage.tick()
    _all_sent()
    correction = stage.write(
        "correction", corrects=broadcast.message_id, wrong="Vi tar nya prover nu.",
        right="Vi tar prover i morgon.",
    )  # fmt: skip
    answer = lisa.post(f"{base}/messages/{correction.id}/replacement")
    replacing = _message(int(answer.location.rsplit("/", 1)[1]))
    assert replacing.prepared_with_id == correction.id and replacing.type == "update"
    assert "Vi tar prover i morgon." in replacing.fields["text"]
    assert "Vi tar nya prover nu." not in replacing.fields["text"]
    again = lisa.post(f"{base}/messages/{correction.id}/replacement")
    assert again.location == answer.location, "there is only one"


def test_an_approver_and_an_administrator_do_not_write(
    base: str, stage: Stage, client_for: ClientFor
) -> None:
    draft = stage.write("first")
    for person in (stage.karin, stage.olle):
        client = client_for(person)
        assert client.get(f"{base}/messages/{draft.id}").status_code == 403
        assert client.post(f"{base}/messages", data={"kind": "first"}).status_code == 403
        assert client.post(f"{base}/messages/{draft.id}", data=FORM).status_code == 403
        assert client.get(f"{base}/messages").status_code == 200


def test_a_message_of_another_event_is_not_found(lisa: FlaskClient, stage: Stage) -> None:
    draft = stage.write("first")
    assert lisa.get(f"/incidents/finns-inte/messages/{draft.id}").status_code == 404


def _all_sent() -> None:
    from sqlalchemy import update

    from console.messages.models import Delivery

    with db.unit_of_work() as session:
        session.execute(update(Delivery).values(state="sent", settled_at=clock.now()))


def _state(broadcast_id: int) -> str:
    with db.unit_of_work() as session:
        return session.get_one(Broadcast, broadcast_id).state


def test_no_two_fields_of_the_write_page_bear_the_same_label(lisa: FlaskClient, base: str) -> None:
    page = lisa.get(f"{base}/messages/{begin(lisa, base)}").text
    labels = re.findall(r'<label class="label" for="(?!standing)[^"]+">\s*([^<]+?)\s*<', page)
    assert len(labels) > 15
    assert len(labels) == len(set(labels)), sorted(labels)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"rounds": "4"}, "sedan var 30:e minut. 4 omgångar."),
        ({"rounds": "", "ends_clock": "23.58"}, r"sedan var 30:e minut till kl 23\.58\."),
        ({"rounds": "900"}, r"sedan var 30:e minut tills nästa besked kl 23\.59\."),
    ],
)
def test_the_schedule_says_what_ends_the_repetition_and_never_goes_past_the_promise_7_c(
    morning: None, lisa: FlaskClient, base: str, typed: dict[str, str], said: str
) -> None:
    number = begin(lisa, base)
    wide = FORM | {"ends_clock": "", "ends_day": "", "revision": "1"} | typed
    lisa.post(f"{base}/messages/{number}/draft", data=wide)
    assert re.search(said, lisa.get(f"{base}/messages/{number}").text)


def test_a_link_that_costs_is_shown_with_its_price_and_can_be_left_out(
    stage: Stage, lisa: FlaskClient, base: str
) -> None:
    with db.unit_of_work() as session:
        session.get_one(Account, stage.account_ids[2]).platform = "x"
    number = begin(lisa, base)
    typed = FORM | {"revision": "1", "every_number": "30", "every_unit": "minutes", "rounds": "4"}
    preview = lisa.post(f"{base}/messages/{number}/previews", data=typed).text
    assert preview.count("X tar ungefär 0,20 dollar för ett inlägg med länk och 0,015 utan.") == 1
    assert "Högst 4 inlägg, tillsammans 0,80 dollar." in preview
    linked = preview.count("/h/") + preview.count("/ovning/")

    lisa.post(f"{base}/messages/{number}", data=typed | {"do": "spare_link"})
    page = lisa.get(f"{base}/messages/{number}").text
    assert 'name="spare_link" value="y"' in page, "saving again must not bring it back"
    assert "Högst 4 inlägg, tillsammans 0,06 dollar." in page and "Ta med länken" in page
    preview = lisa.post(f"{base}/messages/{number}/previews", data=typed | {"spare_link": "y"}).text
    assert preview.count("/h/") + preview.count("/ovning/") == linked - 1, "left out there alone"

    lisa.post(
        f"{base}/messages/{number}",
        data=typed | {"revision": "2", "spare_link": "y", "do": "keep_link"},
    )
    assert "spare_link" not in _message(number).fields


def test_a_text_that_is_cut_keeps_its_link_whatever_it_costs(
    stage: Stage, lisa: FlaskClient, base: str
) -> None:
    with db.unit_of_work() as session:
        session.get_one(Account, stage.account_ids[2]).platform = "x"
    number = begin(lisa, base)
    long = FORM | {"revision": "1", "text": "Vi tar nya prover i hela området nu. " * 12}
    long |= {"may_cut": "y", "spare_link": "y"}
    preview = lisa.post(f"{base}/messages/{number}/previews", data=long).text
    cut = next(one for one in preview.split("<article") if "0,015" in one)
    assert "kortad, med länk" in cut and "/ovning/" in cut


def test_a_half_written_time_can_be_emptied_again(lisa: FlaskClient, base: str) -> None:
    """The end that a type proposes is taken away in two steps: the clock, then the day."""
    number = begin(lisa, base)
    half = FORM | {"revision": "1", "ends_clock": "", "ends_day": "2026-12-24"}
    lisa.post(f"{base}/messages/{number}/draft", data=half)
    assert 'value="2026-12-24"' in lisa.get(f"{base}/messages/{number}").text
    lisa.post(f"{base}/messages/{number}/draft", data=half | {"revision": "2", "ends_day": ""})
    assert "ends_at" not in _message(number).fields
    assert "Skriv dag och klockslag" not in lisa.get(f"{base}/messages/{number}").text


def test_at_the_foot_and_aloud_a_time_that_cannot_be_is_named(
    morning: None, lisa: FlaskClient, base: str
) -> None:
    number = begin(lisa, base)
    half = FORM | {"revision": "1", "ends_clock": "", "ends_day": "2026-12-24"}
    page = lisa.post(f"{base}/messages/{number}/previews", data=half).text
    sentence = "Upprepas till: Skriv också klockslag, till exempel 09.00."
    assert f'<a href="#ends_clock">{sentence}</a>' in page
    assert f"Inget saknas. {sentence}" in page


def test_a_promise_that_has_passed_is_told_as_that(
    morning: None, lisa: FlaskClient, base: str
) -> None:
    number = begin(lisa, base)
    today = clock.now().astimezone(phrases.STOCKHOLM).date().isoformat()
    past = FORM | {"revision": "1", "promise_clock": "08.10", "promise_day": today}
    answer = lisa.post(f"{base}/messages/{number}", data=past)
    assert answer.status_code == 422
    assert "Den tiden har redan varit. Välj ett senare klockslag." in answer.text
    assert _message(number).state == "draft"
