"""Starting a message in the browser, and what is said while it is written."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from console import clock, db
from console.messages.models import Message
from console.people.models import Person
from console.policy.operations import set_profile
from tests.stage import Stage

ClientFor = Callable[[Person | None], FlaskClient]


def message(number: int) -> Message:
    with db.unit_of_work() as session:
        return session.get_one(Message, number)


def begun(lisa: FlaskClient, base: str, **posted: str) -> Message:
    answer = lisa.post(f"{base}/messages", data=posted)
    assert answer.status_code == 302, answer.text
    return message(int(answer.location.rsplit("/", 1)[1]))


def previews(lisa: FlaskClient, base: str, number: int, **typed: str) -> str:
    answer = lisa.post(f"{base}/messages/{number}/previews", data={"revision": "1"} | typed)
    return answer.text


def foot(html: str) -> str:
    """What stands in the way, without its tags."""
    part = html.split('class="write-faults"')[1].split("</ul>")[0]
    return " ".join(re.sub("<[^>]+>", " ", part).replace(">", "").split()).replace(" ,", ",")


def test_one_press_starts_from_the_latest_and_the_page_names_it(
    lisa: FlaskClient, base: str, stage: Stage
) -> None:
    assert "Börja från det senaste" not in lisa.get(f"{base}/messages/new").text
    source = stage.release("update").message_id
    stage.tick()
    page = lisa.get(f"{base}/messages/new").text
    assert "Börja från det senaste" in page and f'name="source" value="{source}"' in page
    draft = begun(lisa, base, kind="update", source=str(source), carry="y")
    assert draft.fields["text"] == message(source).fields["text"]
    shown = lisa.get(f"{base}/messages/{draft.id}").text
    assert f"Börjar från {message(source).record}. Tider och löfte är nya." in shown
    log = lisa.get(f"{base}/log").text
    assert f"Började skriva ett meddelande från {message(source).record}." in log


@pytest.mark.parametrize("source", ["4711", "x", "-1"])
def test_a_start_that_is_not_there_is_said_and_begins_nothing(
    lisa: FlaskClient, base: str, source: str
) -> None:
    answer = lisa.post(f"{base}/messages", data={"kind": "update", "source": source})
    assert answer.location.endswith("/messages/new")
    assert "Det går inte att börja från det meddelandet" in lisa.get(answer.location).text
    with db.unit_of_work() as session:
        assert session.query(Message).count() == 0


def test_one_press_starts_from_a_template_and_a_gap_is_named_where_it_is_mended(
    lisa: FlaskClient, base: str
) -> None:
    page = lisa.get(f"{base}/messages/new").text
    assert 'name="opening" value="first_water"' in page
    assert 'value="correction_any"' not in page, "a correction begins with what is wrong"
    draft = begun(lisa, base, kind="update", opening="first_water")
    assert draft.type == "first"
    shown = lisa.get(f"{base}/messages/{draft.id}").text
    assert "Mall: Vatten." in shown
    assert '<a href="#instruction">Vad ska invånarna göra: fyll i [plats].</a>' in shown
    typed = {name: text for name, text in draft.fields.items() if isinstance(text, str)}
    answer = lisa.post(f"{base}/messages/{draft.id}", data=typed | {"revision": "1"})
    assert answer.status_code == 422 and "fyll i [plats]." in answer.text
    assert message(draft.id).state == "draft"


def test_a_draft_of_any_kind_offers_its_templates_until_something_is_written(
    lisa: FlaskClient, base: str, stage: Stage
) -> None:
    source = stage.release("update").message_id
    stage.tick()
    correction = stage.write("correction", corrects=source, right="")
    address = f"{base}/messages/{correction.id}"
    assert 'value="correction_any"' in lisa.get(address).text
    typed = {"revision": "1", "wrong": "Oleby berörs inte.", "thanks": "Tack, Eva.",
             "opening": "correction_any"}  # fmt: skip
    assert lisa.post(f"{address}/opening", data=typed).location.endswith(address)
    fields = message(correction.id).fields
    assert fields["right"] == "[Det som är rätt]." and fields["thanks"] == "Tack, Eva."
    assert 'value="correction_any"' not in lisa.get(address).text
    assert "Satte in mallen Alla händelser." in lisa.get(f"{base}/log").text


def test_two_writers_and_a_template_never_overwrite_each_other(
    lisa: FlaskClient, base: str, stage: Stage
) -> None:
    draft = stage.write("rumour", text="")
    lisa.post(f"{base}/messages/{draft.id}/draft", data={"revision": "1", "text": "Deras."})
    mine = {"revision": "1", "source": "Min källa.", "opening": "rumour_any"}
    answer = lisa.post(f"{base}/messages/{draft.id}/opening", data=mine)
    assert answer.status_code == 409 and "Deras." in answer.text and "Min källa." in answer.text
    assert message(draft.id).fields["text"] == "Deras."


def test_english_texts_are_offered_only_where_the_profile_has_english(
    lisa: FlaskClient, base: str
) -> None:
    assert "Med engelsk text" in lisa.get(f"{base}/messages/new").text
    draft = begun(lisa, base, opening="update_any", english="y")
    assert draft.fields["en"] == {"body": "Now [what is new]."}
    with db.unit_of_work() as session:
        set_profile(session, None, clock.now(), {"languages": ["sv"]})
    assert "Med engelsk text" not in lisa.get(f"{base}/messages/new").text
    empty = begun(lisa, base, kind="update")
    page = lisa.get(f"{base}/messages/{empty.id}").text
    assert 'value="update_any"' in page and "Med engelsk text" not in page


def test_in_english_the_templates_have_english_names(lisa: FlaskClient, base: str) -> None:
    lisa.post("/language", data={"lang": "en"})
    page = lisa.get(f"{base}/messages/new").text
    assert re.search(r'value="first_water"[^>]*>Water<', page)


def test_all_that_is_missing_is_said_as_it_is_typed_and_nothing_is_saved(
    lisa: FlaskClient, base: str
) -> None:
    draft = begun(lisa, base, kind="first")
    empty = previews(lisa, base, draft.id, every_number="30", promise_clock="23.59", rounds="2")
    assert foot(empty) == (
        "Saknas: Vem äger fakta, vad ska invånarna göra, vad har hänt, "
        "när började det, vad vet vi inte, vad gör vi ."
    )
    typed = {"area": "Torsby", "fact_owner": "Anders", "instruction": "Koka.", "text": "Vi vet."}
    later = previews(
        lisa, base, draft.id, every_number="30", promise_clock="23.59", rounds="2", **typed
    )
    assert foot(later).startswith("Saknas: När började det, vad vet")
    assert re.search(r"<span>\d+ tecken</span>", later) and "LIX <b>" in later
    assert message(draft.id).revision == 1 and "text" not in message(draft.id).fields


def test_what_is_missing_is_said_politely_and_the_same_is_not_said_twice(
    lisa: FlaskClient, base: str
) -> None:
    draft = begun(lisa, base, kind="update")
    page = lisa.get(f"{base}/messages/{draft.id}").text
    assert re.search(r'id="write-said" role="status">2 uppgifter saknas\.', page)
    first = previews(lisa, base, draft.id, area="Torsby", text="19811218-9876")
    heard = re.search(r'name="heard" value="([^"]+)"', first)
    assert heard is not None and heard[1].startswith("1 uppgift saknas.")
    assert "19811218-9876 ser ut som ett personnummer." in heard[1]
    again = previews(
        lisa, base, draft.id, area="Torsby", text="19811218-9876 i dag.", heard=heard[1]
    )
    assert "write-said" not in again and 'id="meters"' in again


def test_a_text_that_is_hard_to_read_is_sent_all_the_same(lisa: FlaskClient, base: str) -> None:
    hard = "Krisledningsnämndens vattenförsörjningsansvariga befattningshavare informerar"
    draft = begun(lisa, base, kind="update")
    typed = {"revision": "1", "text": hard, "area": "Torsby", "fact_owner": "Anders",
             "every_number": "30", "every_unit": "minutes", "rounds": "2",
             "promise_clock": "23.59"}  # fmt: skip
    assert "Svårt att läsa" in previews(lisa, base, draft.id, **typed)
    assert lisa.post(f"{base}/messages/{draft.id}", data=typed).status_code == 302
    assert message(draft.id).state == "submitted"


def test_whoever_does_not_write_neither_sees_nor_uses_the_starts(
    stage: Stage, base: str, client_for: ClientFor
) -> None:
    draft = stage.write("rumour", text="")
    karin = client_for(stage.karin)
    assert karin.get(f"{base}/messages/new").status_code == 403
    posted = {"opening": "rumour_any", "revision": "1"}
    assert karin.post(f"{base}/messages", data=posted).status_code == 403
    assert karin.post(f"{base}/messages/{draft.id}/opening", data=posted).status_code == 403
