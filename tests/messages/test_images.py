"""A message's own pictures: described, frozen with the text, seen when approved, and sent so."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from console import clock, db
from console.config import Settings
from console.errors import Faults, WrongState
from console.messages import envelope
from console.messages.image_models import MessageImage
from console.messages.models import Message, Version, VersionPart
from console.messages.operations import images
from console.people.models import Person
from console.pictures.reencoding import Reencoded
from console.site import pictures
from simulators.instagram import Instagram
from simulators.mastodon import TOKEN, Mastodon
from tests.stage import Stage
from tests.workers.test_cards import put_out, send, stage_on
from tests.workers.test_fanout import released
from workers.cards import draw_cards

ClientFor = Callable[[Person | None], FlaskClient]
ALT = "Karta: vattentanken står på Nya torget."


@pytest.fixture
def stage(app: object, database: Settings) -> Stage:
    return Stage(database, platforms=("instagram", "mastodon"))


def picture(name: bytes = b"one") -> Reencoded:
    return Reencoded(b"\xff\xd8 " + name, 800, 600, b"\xff\xd8 sheet of " + name)


def add(stage: Stage, message: Message, name: bytes = b"one", en: str = "") -> MessageImage:
    with db.unit_of_work() as session:
        return images.add(session, stage.lisa, message.id, picture(name), ALT, en, clock.now())


def again(message: Message) -> Message:
    with db.unit_of_work() as session:
        return session.get_one(Message, message.id)


def uploaded() -> dict[str, object]:
    made = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(made, "PNG")
    return {"file": (io.BytesIO(made.getvalue()), "karta.png"), "alt": ALT}


def test_picture_and_words_are_part_of_what_is_approved(stage: Stage) -> None:
    message = stage.write("update")
    add(stage, message)
    version = stage.submit(again(message))
    frozen = envelope.read(version.canonical, version.content_hash)
    (one,) = frozen.images
    assert (one.alt, one.digest) == (ALT, hashlib.sha256(picture().data).hexdigest())
    data = json.loads(version.canonical)
    data["images"][0]["digest"] = "0" * 64
    with pytest.raises(WrongState):
        envelope.read(json.dumps(data), version.content_hash)


def test_a_message_without_pictures_is_frozen_as_before_there_were_any(stage: Stage) -> None:
    assert '"images"' not in stage.submit(stage.write("update")).canonical


@pytest.mark.parametrize("what", ["add", "describe", "remove"])
def test_any_change_of_them_voids_what_waits_for_approval(stage: Stage, what: str) -> None:
    message = stage.write("update")
    row = add(stage, message)
    version = stage.submit(again(message))
    with db.unit_of_work() as session:
        now = clock.now()
        if what == "add":
            images.add(session, stage.lisa, message.id, picture(b"two"), ALT, "", now)
        elif what == "describe":
            images.describe(session, stage.lisa, message.id, row.id, "En karta", "", now)
        else:
            images.remove(session, stage.lisa, message.id, row.id, now)
    with db.unit_of_work() as session:
        assert session.get_one(Version, version.id).state == "void"
        assert session.get_one(Message, message.id).state == "draft"


def test_what_is_approved_keeps_its_pictures(stage: Stage) -> None:
    message = stage.write("update")
    row = add(stage, message)
    stage.approve(stage.submit(again(message)))
    with pytest.raises(WrongState, match="godkänd"), db.unit_of_work() as session:
        images.remove(session, stage.lisa, message.id, row.id, clock.now())


@pytest.mark.parametrize(("alt", "field"), [("", "alt"), ("  \n ", "alt"), ("x" * 1001, "alt")])
def test_without_words_for_it_no_picture_is_taken(stage: Stage, alt: str, field: str) -> None:
    message = stage.write("update")
    with pytest.raises(Faults) as error, db.unit_of_work() as session:
        images.add(session, stage.lisa, message.id, picture(), alt, "", clock.now())
    assert field in error.value.faults
    with db.unit_of_work() as session:
        assert not images.of_message(session, message.id)


def test_no_more_than_three_and_none_twice(stage: Stage) -> None:
    message = stage.write("update")
    for name in (b"one", b"two", b"three"):
        add(stage, message, name)
    with pytest.raises(Faults, match="Högst 3"):
        add(stage, message, b"four")
    other = stage.write("no_news")
    add(stage, other)
    with pytest.raises(Faults, match="redan med"):
        add(stage, other)


def test_an_english_text_asks_for_english_words(stage: Stage) -> None:
    english = {"body": "There are water tanks at the square."}
    message = stage.write("update", en=english)
    row = add(stage, message)
    with pytest.raises(Faults) as error:
        stage.submit(again(message))
    assert error.value.faults["images"] == "Skriv alternativtext på engelska för bild 1."
    with db.unit_of_work() as session:
        images.describe(session, stage.lisa, message.id, row.id, ALT, "A map.", clock.now())
    stage.submit(again(message))
    with db.unit_of_work() as session:
        part = session.scalars(select(VersionPart)).one()
        (one,) = envelope.read_part(part.canonical, part.content_hash).images
        assert one.alt == "A map."


def test_a_picture_is_uploaded_seen_described_and_taken_away(
    stage: Stage, client_for: ClientFor
) -> None:
    lisa, message = client_for(stage.lisa), stage.write("update")
    page = f"/incidents/{stage.incident.slug}/messages/{message.id}/images"
    assert "Ingen bild än." in lisa.get(page).text
    assert lisa.post(page, data=uploaded()).status_code == 303
    shown = lisa.get(page).text
    (at,) = re.findall(rf'<img src="({page}/[0-9a-f]+)"[^>]* alt="{re.escape(ALT)}"', shown)
    answer = lisa.get(at)
    assert answer.mimetype == "image/jpeg" and Image.open(io.BytesIO(answer.data)).width == 640
    (change,) = re.findall(rf'action="({page}/\d+)"', shown)
    lisa.post(change, data={"alt": "En karta.", "do": "save"})
    assert "En karta." in lisa.get(page).text
    lisa.post(change, data={"do": "remove"})
    assert "Ingen bild än." in lisa.get(page).text
    assert "Lägg till en bild" in lisa.get(page.removesuffix("/images")).text


def test_an_upload_that_is_refused_names_its_field_and_changes_nothing(
    stage: Stage, client_for: ClientFor
) -> None:
    lisa, message = client_for(stage.lisa), stage.write("update")
    page = f"/incidents/{stage.incident.slug}/messages/{message.id}/images"
    wrong = {"file": (io.BytesIO(b"<svg/>"), "karta.svg"), "alt": ALT}
    answer = lisa.post(page, data=wrong)
    assert answer.status_code == 422
    assert "Filen är ingen bild som går att sända." in answer.text and ALT in answer.text
    answer = lisa.post(page, data=uploaded() | {"alt": ""})
    assert answer.status_code == 422
    assert "Beskriv vad bilden visar" in answer.text
    with db.unit_of_work() as session:
        assert not images.of_message(session, message.id)
        assert session.get_one(Message, message.id).revision == message.revision


def test_the_approver_sees_the_picture_and_what_is_said_of_it(
    stage: Stage, client_for: ClientFor
) -> None:
    message = stage.write("update")
    add(stage, message)
    version = stage.submit(again(message))
    karin = client_for(stage.karin)
    page = karin.get(f"/incidents/{stage.incident.slug}/approve/{version.id}").text
    (at,) = re.findall(r'<img src="([^"]+/images/[0-9a-f]+)"', page)
    assert unescape(page).count(ALT) == 2
    assert karin.get(at).data == picture().data
    assert client_for(stage.olle).get(at).status_code == 403


def test_who_only_writes_pictures_approves_nothing_of_it(stage: Stage) -> None:
    """The hand that adds a picture is a hand in the text."""
    message = stage.write("update")
    with db.unit_of_work() as session:
        other = stage._person(session, "Per Lind", "information_unit")
        images.add(session, other, message.id, picture(), ALT, "", clock.now())
    assert other.id in again(message).hands


def test_the_pictures_go_out_as_they_were_approved(database: Settings) -> None:
    with Mastodon(now=lambda: clock.now().timestamp()) as server:
        stage = Stage(
            database, accounts=1, exercise=False, kind="mastodon", platforms=("mastodon",),
            secret={"token": TOKEN},
            account_settings={"server": server.url, "account": server.account},
        )  # fmt: skip
        message = stage.write("update")
        add(stage, message)
        send(database, server, _released(stage, message))
        assert [(one["alt"], one["of"]) for one in server.pictures.values()] == [
            (ALT, picture().data)
        ]


def test_instagram_gets_card_and_picture_in_one_shape(database: Settings) -> None:
    with Instagram() as server:
        stage = stage_on(database, server)
        message = stage.write("update")
        add(stage, message)
        round_id = _released(stage, message)
        draw_cards()
        sheet = hashlib.sha256(picture().portrait).hexdigest()
        names = {path.name: path.read_bytes() for path in put_out(database)}
        assert names[f"{sheet}.jpg"] == picture().portrait and len(names) == 2
        send(database, server, round_id)
        (shown,) = server.shown
    card, own = shown.extra["pictures"]
    assert "Nu finns vattentankar" in card[1] and own[1] == ALT
    assert own[0].endswith(f"/bild/{sheet}.jpg")
    assert put_out(database) == []


def test_a_picture_that_is_not_released_is_not_in_public(database: Settings) -> None:
    with Instagram() as server:
        stage = stage_on(database, server)
        add(stage, stage.write("update"))
        with db.unit_of_work() as session:
            assert pictures.public(session, clock.now()) == set()


def _released(stage: Stage, message: Message) -> int:
    """As `released`, of a message that is written already."""
    write = stage.write
    stage.write = lambda *_args, **_fields: again(message)  # type: ignore[method-assign]
    try:
        return released(stage)
    finally:
        stage.write = write  # type: ignore[method-assign]
