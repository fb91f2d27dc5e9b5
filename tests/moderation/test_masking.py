"""What a moderated post says, and who wrote it, is found nowhere without the role (4-i).

Names and personal identity numbers are planted in posts that come by feed, by hand and through
rumours, taken through every end of moderation, and looked for in every page that any role can open,
in the whole timeline and its export, in an event's exports, in notices and in the program's log.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from channels.feeds.items import Item
from console import clock, db
from console.accounts.custody_models import AccountNotice
from console.accounts.queries import all_accounts
from console.config import Settings
from console.errors import BadInput, Faults
from console.incidents.models import Incident
from console.monitoring import item_operations
from console.monitoring.models import Rumour
from console.people.models import Person
from console.review import package
from console.timeline.export import export
from console.timeline.masking import Mask
from console.timeline.models import Body, Personal
from console.timeline.operations import record
from console.timeline.verify import verify
from console.web.log_words import sentences
from tests.cast import ROLES, Cast, client_for
from tests.feeds.net import items, keep
from tests.feeds.test_inbox import follow
from tests.incidents.cast import event
from tests.moderation import acts
from tests.review.test_masked import everything

AUTHOR, VICTIM = "Gunborg Planterad", "Nils Utpekad"
NUMBER, OTHER_NUMBER = "811218-9876", "8112189876"
POST = Item(
    guid="1",
    title=f"{VICTIM} är en idiot",
    text=f"{VICTIM} med {NUMBER} bor på Hemliggatan 4. Ring {OTHER_NUMBER}!",
    author=AUTHOR,
    link="https://x.example/1",
)
PLANTED = ("Gunborg", "Planterad", "Utpekad", NUMBER, OTHER_NUMBER, "Hemliggatan")


def found_in(text: str) -> set[str]:
    return {word for word in PLANTED if word.casefold() in text.casefold()}


@pytest.fixture
def cases(cast: Cast, school: int) -> dict[str, int]:
    """How far it came → the case's number: a post by feed, by hand, as a question with a note, and
    one that became a rumour."""
    source = follow(cast.lisa, school)
    keep(source, POST, replace(POST, guid="2", link="https://x.example/2", text=f"{POST.text} 2"))
    by_feed, as_rumour = (one.id for one in items(source))
    with db.unit_of_work() as session:
        unit = session.get_one(Person, cast.lisa.id)
        locked = {one.id: ("lock_only", "Övning.") for one in all_accounts(session)}
        opened = event(session, unit, exercise=True, now=clock.now(), choices=locked, mail=False)
    with db.unit_of_work() as session:
        unit = session.get_one(Person, cast.lisa.id)
        incident = session.get_one(Incident, opened.id)
        item_operations.become_rumour(session, unit, as_rumour, incident, clock.now())
    by_hand = acts.write_down(cast.olle, school, POST.title, POST.text)
    asked = acts.write_down(cast.olle, school, POST.title, POST.text)
    acts.move(cast.olle, asked, "question")
    acts.move(cast.olle, asked, "forwarded", to=cast.anders.id, note=f"Känner du {VICTIM}?")
    acts.reply(cast.anders, asked, f"{VICTIM} bor på Hemliggatan.")
    made = {
        "done": acts.capture(cast.olle, by_feed),
        "registry": acts.capture(cast.lisa, as_rumour),
        "ready": acts.capture(cast.olle, by_hand),
        "captured": acts.capture(cast.maja, asked),
    }
    acts.decide(cast.olle, made["done"], ground="personal_data")
    acts.do("confirm_gone", cast.olle, made["done"])
    acts.do("tell_author", cast.olle, made["done"], "openly", "Skäl: Kränkande personuppgifter.")
    acts.decide(cast.lisa, made["registry"], ground="secrecy", committee=acts.COMMITTEE)
    acts.decide(cast.olle, made["ready"], reason="Det pekar ut någon.")
    return made


def pages(app: Flask, cases: dict[str, int]) -> list[str]:
    """Every list and page that may speak of a moderated post, and all without an argument."""
    bare = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments
    ]
    with db.unit_of_work() as session:
        slug = session.scalars(select(Incident.slug)).one()
        rumour = session.scalars(select(Rumour.id)).one()
    numbers = [one.id for one in items()]
    return [
        *bare,
        "/inbox?show=all",
        *(f"/inbox?show=all&words={word}" for word in ("Gunborg", "Utpekad", "8112189876")),
        *(f"/inbox/{number}" for number in numbers),
        *(f"/inbox/{number}/picture" for number in numbers),
        *(f"/questions?show={show}" for show in ("open", "follow", "answered")),
        *(f"/moderations?show={show}" for show in ("open", "all")),
        *(f"/moderations/{case}" for case in cases.values()),
        *(f"/incidents/{slug}/{page}" for page in ("", "log", "rumours", f"rumours/{rumour}")),
        f"/timeline/{slug}/",
    ]


@pytest.mark.parametrize("part", range(4))
def test_no_page_of_any_role_says_what_stood_there_or_who_wrote_it_4_i(
    app: Flask, cast: Cast, cases: dict[str, int], part: int
) -> None:
    addresses = pages(app, cases)
    for who in list(ROLES)[part::4]:
        look_through(client_for(app, getattr(cast, who)), addresses)


def look_through(client: FlaskClient, addresses: list[str]) -> None:
    seen = 0
    for address in addresses:
        if re.search(r"logout|\.json|/static", address):
            continue
        answer = client.get(address, follow_redirects=True)
        page = answer.text
        for word in ("Gunborg", "Utpekad", "8112189876"):
            # What was searched for stands in the search field.
            page = page.replace(f'value="{word}"', "").replace(f"words={word}", "")
        assert found_in(page) == set(), address
        seen += answer.status_code == 200
    assert seen > 10


def test_the_evidence_itself_is_for_the_role_4_i(
    app: Flask, cast: Cast, cases: dict[str, int]
) -> None:
    for who in ROLES:
        client = client_for(app, getattr(cast, who))
        for key, case in cases.items():
            answer = client.post(f"/moderations/{case}/evidence")
            decides = key == "captured" and who in ("lisa", "olle", "maja", "stina")
            reads = who in ("karin", "per", "rolf") or decides
            assert (answer.status_code == 200) is reads, (who, key)
            assert bool(found_in(answer.text)) is reads, (who, key)


def test_the_timeline_and_its_exports_hold_nothing_of_it_4_i(
    database: Settings, app: Flask, cast: Cast, cases: dict[str, int], tmp_path: Path
) -> None:
    with db.unit_of_work() as session:
        texts = [*session.scalars(select(Body.canonical))]
        texts += session.scalars(select(Personal.content))
        assert set().union(*(found_in(text or "") for text in texts)) == set()
    for name, masked in (("whole", None), ("masked", Mask())):
        with db.unit_of_work() as session:
            export(session, None, tmp_path / name, database, clock.now(), masked=masked)
        assert found_in_folder(tmp_path / name) == set(), name
        assert verify(tmp_path / name).kind == ""
    for masked_copy in (False, True):
        folder = tmp_path / f"event-{masked_copy}"
        with db.unit_of_work() as session, app.test_request_context():
            incident = session.scalars(select(Incident)).one()
            package.write(session, incident, folder, database, clock.now(), masked=masked_copy,
                          tell=sentences)  # fmt: skip
        assert found_in_folder(folder) == set()


def test_a_masked_copy_leaves_out_who_wrote_a_moderated_post_wherever_it_is_said_4_i(
    database: Settings, app: Flask, cast: Cast, cases: dict[str, int], tmp_path: Path
) -> None:
    with db.unit_of_work() as session:
        incident = session.scalars(select(Incident)).one()
        record(
            session, "incident:account:changed",
            body={"account": {"id": 1, "name": "Konto"}, "before": "publish", "after": "leave",
                  "reason": f"{AUTHOR} ringde om det."},
            now=clock.now(), incident_id=incident.id,
        )  # fmt: skip
    for masked_copy in (False, True):
        folder = tmp_path / f"said-{masked_copy}"
        with db.unit_of_work() as session, app.test_request_context():
            incident = session.scalars(select(Incident)).one()
            package.write(session, incident, folder, database, clock.now(), masked=masked_copy,
                          tell=sentences)  # fmt: skip
        assert bool(found_in_folder(folder)) is not masked_copy


def found_in_folder(folder: Path) -> set[str]:
    """In all that somebody who opens its files can read, spreadsheet and PDF too."""
    return found_in(everything(folder))


def test_no_notice_and_no_log_of_the_program_says_it_4_i(
    cast: Cast, cases: dict[str, int], capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    with db.unit_of_work() as session:
        notices = session.scalars(select(AccountNotice)).all()
    assert len(notices) >= 3, "the colleague, the one who asked, and the registrar"
    for one in notices:
        assert found_in(f"{one.subject} {one.content} {one.path}") == set()
    out, err = capfd.readouterr()
    assert found_in(out + err + caplog.text) == set()


def test_a_source_that_is_read_again_brings_nothing_of_it_back_4_i(
    cast: Cast, cases: dict[str, int]
) -> None:
    (source,) = {one.source_id for one in items() if one.source_id is not None}
    assert source is not None
    assert keep(source, POST, replace(POST, guid="2", text=f"{AUTHOR} ändrade sig.")) == 0
    for one in items(source):
        assert found_in(f"{one.title} {one.content} {one.author}") == set()


def test_where_a_rumour_was_seen_says_no_more_who_wrote_it_either_4_i(
    app: Flask, cast: Cast, school: int
) -> None:
    seen = acts.write_down(cast.lisa, school, f"Kommentar av {AUTHOR}", "Allt är mörkat!")
    with db.unit_of_work() as session:
        unit = session.get_one(Person, cast.lisa.id)
        locked = {one.id: ("lock_only", "Övning.") for one in all_accounts(session)}
        opened = event(session, unit, exercise=True, now=clock.now(), choices=locked, mail=False)
        rumour = item_operations.become_rumour(session, unit, seen, opened, clock.now()).id
    page = f"/incidents/{opened.slug}/rumours/{rumour}"
    lisa = client_for(app, cast.lisa)
    assert AUTHOR in lisa.get(page).text
    acts.capture(cast.lisa, seen)
    assert not found_in(lisa.get(page).text)


def test_what_is_written_about_a_case_names_nobody_4_i(cast: Cast, cases: dict[str, int]) -> None:
    for text in (f"{VICTIM} kränks", f"Nummer {NUMBER}"):
        with pytest.raises(Faults) as refused:
            acts.decide(cast.olle, cases["captured"], reason=text)
        assert set(refused.value.faults) == {"reason"}, text
    with pytest.raises(BadInput):
        acts.do("keep", cast.olle, cases["registry"], f"{AUTHOR} menar väl")
    with pytest.raises(BadInput):
        acts.do("give_number", cast.rolf, cases["registry"], NUMBER)
    acts.do("confirm_gone", cast.olle, cases["ready"])
    with pytest.raises(Faults):
        acts.do("tell_author", cast.olle, cases["ready"], "openly", f"{acts.TOLD} {VICTIM}")


def test_lists_show_no_identity_number_before_anything_is_moderated_either_4_i(
    cast: Cast, school: int, client_for: Callable[[Person | None], FlaskClient]
) -> None:
    number = acts.write_down(cast.olle, school, f"Om {NUMBER}", f"Ring {OTHER_NUMBER}.")
    acts.move(cast.olle, number, "question")
    olle = client_for(cast.olle)
    for address in ("/inbox", "/questions", "/"):
        page = olle.get(address).text
        assert NUMBER not in page and OTHER_NUMBER not in page, address
        assert "[personnummer]" in page, address
    assert NUMBER in olle.get(f"/inbox/{number}").text, "who is to act reads the post itself"
