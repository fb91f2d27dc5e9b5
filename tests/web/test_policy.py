"""Regler: read by everybody, changed by the strategy department and the system administrator."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import fields

from flask.testing import FlaskClient
from sqlalchemy import select

from console import clock, example
from console.db import unit_of_work
from console.people.models import Person
from console.policy import queries
from console.policy.operations import set_profile
from console.policy.rules import TORSBY_2011, Profile, to_content
from console.timeline.models import Entry
from console.web import policy_words
from tests.cast import Cast

ClientFor = Callable[[Person | None], FlaskClient]
INPUT = re.compile(r'<(?:input|textarea|select)[^>]*\bname="([^"]+)"[^>]*>')


def in_force() -> Profile:
    with unit_of_work() as session:
        return queries.current(session)


def as_drawn(page: str) -> dict[str, list[str]]:
    """What a browser would post, had nobody touched the form."""
    found: dict[str, list[str]] = {}
    form = page[page.index('<form class="fields"') :].split("</form>")[0]
    for tag in re.finditer(r"<(input|textarea|select)\b[^>]*>", form):
        name = re.search(r'name="([^"]+)"', tag[0])
        value = re.search(r'value="([^"]*)"', tag[0])
        said = html.unescape(value[1]) if value else ""
        if name is None or (
            ("checkbox" in tag[0] or "radio" in tag[0]) and " checked" not in tag[0]
        ):
            continue
        if tag[1] == "textarea":
            said = html.unescape(form[tag.end() : form.index("</textarea>", tag.end())])
        if tag[1] == "select":
            inside = form[tag.end() : form.index("</select>", tag.end())]
            chosen = re.search(r'<option selected value="([^"]*)"', inside)
            said = chosen[1] if chosen else ""
        found.setdefault(name[1], []).append(said)
    return found


def confirm(client: FlaskClient, preview: str, reason: str = "Beslut i ledningen.") -> int:
    posted = as_drawn(preview) | {"reason": [reason]}
    return client.post("/policy/confirm", data=posted).status_code


def test_every_field_of_the_profile_can_be_seen_and_changed_somewhere() -> None:
    asked = [one.name for section in policy_words.SECTIONS for one in section.asked]
    assert sorted([*asked, "key", "openings"]) == sorted(one.name for one in fields(Profile))


def test_a_section_posted_as_it_was_drawn_changes_nothing(
    client_for: ClientFor, cast: Cast
) -> None:
    client = client_for(cast.stina)
    for section in policy_words.SECTIONS:
        address = f"/policy/sections/{section.key}"
        answer = client.post(address, data=as_drawn(client.get(address).text))
        assert answer.status_code == 200, (section.key, answer.text)
        assert "Inget skiljer sig från det som gäller." in answer.text, section.key


def test_a_change_is_previewed_confirmed_with_a_reason_and_kept(
    client_for: ClientFor, cast: Cast
) -> None:
    client = client_for(cast.stina)
    drawn = as_drawn(client.get("/policy/sections/accounts").text)
    preview = client.post("/policy/sections/accounts", data=drawn | {"min_admins": "3"})
    assert preview.status_code == 200
    assert "Minst så många administratörer" in preview.text
    assert in_force() == TORSBY_2011  # a preview changes nothing
    assert confirm(client, preview.text, reason=" ") == 422
    assert in_force() == TORSBY_2011
    assert confirm(client, preview.text) == 303
    assert in_force().min_admins == 3
    with unit_of_work() as session:
        entry = session.scalars(select(Entry).where(Entry.tag == "policy:changed")).one()
        assert entry.person_id == cast.stina.id
        version = queries.versions(session)[0]
    listed = client_for(cast.lisa).get("/policy/versions").text
    assert "Beslut i ledningen." in listed and "Stina Dal" in listed
    shown = client_for(cast.lisa).get(f"/policy/versions/{version.id}").text
    assert "Bort" in shown and "Nytt" in shown


def test_a_fault_stands_by_its_field_and_nothing_changes(client_for: ClientFor, cast: Cast) -> None:
    client = client_for(cast.siv)
    drawn = as_drawn(client.get("/policy/sections/reminders").text)
    answer = client.post(
        "/policy/sections/reminders", data=drawn | {"quiet_from": "tio", "reminder_minutes": "0"}
    )
    assert answer.status_code == 422
    assert "Tyst från klockan</a>" in answer.text or "Tyst från klockan:" in answer.text
    assert "Skriv ett klockslag, som 22.00." in answer.text
    assert "Skriv ett heltal från 1 till 240." in answer.text
    assert 'value="tio"' in answer.text
    assert in_force() == TORSBY_2011


def test_a_row_can_be_added_changed_and_removed(client_for: ClientFor, cast: Cast) -> None:
    client = client_for(cast.stina)
    drawn = as_drawn(client.get("/policy/sections/purposes").text)
    drawn |= {"purposes-0-sv": [""], "purposes-0-en": [""], "purposes-1-sv": ["Informera"]}
    drawn |= {"purposes-10-sv": ["Öva"], "purposes-10-en": ["Practise"]}
    preview = client.post("/policy/sections/purposes", data=drawn).text
    assert confirm(client, preview) == 303
    after = in_force().purposes
    assert len(after) == 10
    assert after[0].key == "inform" and after[0].sv == "Informera"
    assert (after[-1].key, after[-1].sv, after[-1].en) == ("ova", "Öva", "Practise")


def test_a_chain_of_four_steps_and_a_label_are_used_where_roles_are_named(
    client_for: ClientFor, cast: Cast
) -> None:
    client = client_for(cast.siv)
    drawn = as_drawn(client.get("/policy/sections/chain").text)
    drawn |= {"chain-3-role": ["approver"], "chain-3-kind": ["consultation"]}
    preview = client.post("/policy/sections/chain", data=drawn).text
    assert confirm(client, preview) == 303
    assert [step.role for step in in_force().chain][-1] == "approver"
    drawn = as_drawn(client.get("/policy/sections/roles").text)
    drawn |= {"role_strategy": ["Kommunikationschefen"]}
    preview = client.post("/policy/sections/roles", data=drawn).text
    assert confirm(client, preview) == 303
    assert "Kommunikationschefen" in client_for(cast.stina).get("/").text
    assert "Kommunikationschefen" in client.get("/people").text


def test_an_opening_is_added_changed_and_removed(client_for: ClientFor, cast: Cast) -> None:
    client = client_for(cast.stina)
    address = "/policy/openings/new-update"
    drawn = as_drawn(client.get(address).text)
    drawn |= {"sv": ["Is"], "en": ["Ice"], "text_text": ["Isen på [sjö]\r\nbär inte."]}
    assert confirm(client, client.post(address, data=drawn).text) == 303
    added = in_force().openings[-1]
    assert (added.key, added.type, added.texts) == (
        "update_ice",
        "update",
        {"text": "Isen på [sjö]\nbär inte."},
    )
    address = "/policy/openings/update_ice"
    drawn = as_drawn(client.get(address).text) | {"en": ["Thin ice"]}
    assert confirm(client, client.post(address, data=drawn).text) == 303
    assert in_force().openings[-1].en == "Thin ice"
    preview = client.post(address, data=drawn | {"remove": "1"}).text
    assert confirm(client, preview) == 303
    assert in_force().openings == TORSBY_2011.openings
    assert client.get(address).status_code == 404


def test_an_opening_posted_as_it_was_drawn_changes_nothing(
    client_for: ClientFor, cast: Cast
) -> None:
    client = client_for(cast.stina)
    for one in TORSBY_2011.openings[:4]:
        address = f"/policy/openings/{one.key}"
        answer = client.post(address, data=as_drawn(client.get(address).text))
        assert "Inget skiljer sig från det som gäller." in answer.text


def test_each_ready_profile_is_previewed_and_loaded(client_for: ClientFor, cast: Cast) -> None:
    with unit_of_work() as session:
        set_profile(session, None, clock.now(), {"key": "own", "municipality": "Sunne kommun"})
    client = client_for(cast.stina)
    for one in example.profiles():
        before = in_force()
        preview = client.get(f"/policy/ready/{one.key}")
        assert preview.status_code == 200
        assert in_force() == before
        assert confirm(client, preview.text) == 303
        after = to_content(in_force())
        assert after["key"] == one.key and after["municipality"] == "Sunne kommun"
        assert one.values.items() <= after.items()
        assert client.get("/policy").status_code == 200


def test_who_looked_before_somebody_changed_must_look_again(
    client_for: ClientFor, cast: Cast
) -> None:
    client = client_for(cast.stina)
    preview = client.get("/policy/ready/varberg").text
    with unit_of_work() as session:
        set_profile(session, None, clock.now(), {"min_admins": 4})
    again = client.post("/policy/confirm", data=as_drawn(preview) | {"reason": ["Varberg."]})
    assert again.status_code == 409
    assert "Läs skillnaden igen." in again.text
    assert in_force().min_admins == 4
    assert confirm(client, again.text) == 303
    assert in_force().key == "varberg"


def test_a_preview_that_was_tampered_with_is_refused(client_for: ClientFor, cast: Cast) -> None:
    client = client_for(cast.siv)
    for changes in ("", "[]", "{", "[" * 100_000, '{"nothing": 1}', '{"min_admins": "många"}'):
        data = {"changes": changes, "seen": "0", "reason": "Därför."}
        assert client.post("/policy/confirm", data=data).status_code == 422, changes[:20]
    assert in_force() == TORSBY_2011


def test_everybody_reads_the_rules_and_two_roles_change_them(
    client_for: ClientFor, cast: Cast
) -> None:
    data = {
        "changes": json.dumps({"min_admins": 3}),
        "seen": "0",
        "reason": "Därför.",
    }
    for person in (cast.lisa, cast.karin, cast.olle, cast.anders, cast.eva, cast.rut, cast.greta):
        client = client_for(person)
        page = client.get("/policy")
        assert page.status_code == 200 and "/policy/sections/" not in page.text
        assert client.get("/policy/sections/accounts").status_code == 403
        assert client.post("/policy/confirm", data=data).status_code == 403
    assert in_force() == TORSBY_2011
    for person in (cast.stina, cast.siv):
        assert "/policy/sections/accounts" in client_for(person).get("/policy").text


def test_the_pages_speak_english_too(client_for: ClientFor, cast: Cast) -> None:
    with unit_of_work() as session:
        session.get_one(Person, cast.stina.id).language = "en"
    page = client_for(cast.stina).get("/policy").text
    assert to_content(TORSBY_2011)["municipality"] in page
    assert "Rules" in page
