"""What nobody types on purpose is named at its field; nothing is lost, the draft opens again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from console.people.models import Person
from tests.messages.writing import FORM, begin
from tests.stage import Stage

ClientFor = Callable[[Person | None], FlaskClient]
HUGE = "9" * 30
LONGER = "9" * 5000


@pytest.mark.parametrize(
    "typed",
    [
        {"rounds": HUGE},
        {"rounds": LONGER},
        {"rounds": "2147483648"},
        {"every_number": HUGE},
        {"every_number": LONGER},
        {"still_times": "3", "still_minutes": LONGER},
        {"promise_day": "9999-12-31", "still_times": "3", "still_minutes": "60"},
        {"promise_day": "0001-01-01", "promise_clock": "00.10"},
        {"promise_day": "0001-01-03"},
        {"ends_day": "9999-12-31", "ends_clock": "23.59", "rounds": ""},
        {"first_day": "0001-01-01", "first_clock": "00.30"},
        {"first_day": "9999-12-31", "first_clock": "23.59"},
        {"promise_clock": "24.00"},
        {"promise_clock": "9" * 5000},
    ],
    ids=lambda typed: " ".join(f"{k}={v[:12]}" for k, v in typed.items()),
)
def test_a_number_or_day_that_cannot_be_is_named_at_its_field_and_the_draft_opens_again(
    lisa: FlaskClient, base: str, typed: dict[str, str]
) -> None:
    number = begin(lisa, base)
    url = f"{base}/messages/{number}"
    assert lisa.post(f"{url}/previews", data=FORM | typed | {"revision": "1"}).status_code == 200
    assert lisa.post(f"{url}/draft", data=FORM | typed | {"revision": "1"}).status_code == 200
    page = lisa.get(url)
    assert page.status_code == 200 and FORM["text"] in page.text
    sent = lisa.post(url, data=FORM | typed | {"revision": "2"})
    assert sent.status_code == 422, sent.text
    assert FORM["text"] in sent.text


@pytest.mark.parametrize("name", ["text", "instruction", "en_body", "still_line", "promise_clock"])
def test_a_character_that_the_database_refuses_loses_nothing_of_what_was_typed(
    lisa: FlaskClient, base: str, name: str
) -> None:
    number = begin(lisa, base)
    url = f"{base}/messages/{number}"
    typed = FORM | {name: "Koka\0 vattnet.", "revision": "1"}
    assert lisa.post(f"{url}/draft", data=typed).status_code == 200
    assert lisa.get(url).status_code == 200
    assert lisa.post(url, data=typed).status_code in (302, 422)


def test_a_reason_with_a_character_that_the_database_refuses_is_kept(
    stage: Stage, base: str, client_for: ClientFor
) -> None:
    version = stage.submit(stage.write("first"))
    answer = client_for(stage.karin).post(
        f"{base}/approve/{version.id}/return", data={"reason": "Fel\0 gata."}
    )
    assert answer.status_code == 302


@pytest.mark.parametrize("number", [HUGE, LONGER, "²", "-1", "0"])
def test_a_tampered_number_is_refused_and_nothing_breaks(
    lisa: FlaskClient, base: str, stage: Stage, client_for: ClientFor, number: str
) -> None:
    stage.release("first")
    stage.tick()
    version = stage.submit(stage.write("update"))
    karin = client_for(stage.karin)
    seen = {"seen_hash": version.content_hash, "replacement_hash": "x"}
    tries = [
        karin.post(f"{base}/approve/{version.id}", data=seen | {"replacement_id": number}),
        lisa.post(f"{base}/messages", data={"kind": "update", "source": number}),
        lisa.post(f"{base}/messages/correct", data={"message": number, "sentence": "0"}),
        lisa.post(f"{base}/messages/correct", data={"message": "1", "sentence": number}),
        lisa.post(f"{base}/messages/{begin(lisa, base)}/draft", data={"revision": number}),
        lisa.post(
            f"{base}/messages/{begin(lisa, base)}",
            data=FORM | {"revision": "1", "over_revision": number},
        ),
    ]
    assert [one.status_code for one in tries if one.status_code >= 500] == []


def test_an_address_with_a_number_that_no_row_has_is_not_found(
    lisa: FlaskClient, base: str, client_for: ClientFor, stage: Stage
) -> None:
    number = 10**12
    karin = client_for(stage.karin)
    for path in ("messages/{}", "approve/{}", "promises/{}", "messages/{}/fault"):
        assert karin.get(f"{base}/{path.format(number)}").status_code == 404, path
    for path in ("messages/{}", "messages/{}/draft", "messages/{}/withdraw", "messages/{}/type",
                 "broadcasts/{}/stop", "broadcasts/{}/replace", "broadcasts/{}/still-valid/1",
                 "messages/{}/replacement", "messages/{}/previews"):  # fmt: skip
        data = FORM | {"kind": "update", "revision": "1"}
        assert lisa.post(f"{base}/{path.format(number)}", data=data).status_code == 404, path
