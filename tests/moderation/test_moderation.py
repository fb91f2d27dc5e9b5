"""Moderation as one act, from the evidence to the word to its author."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from console import clock, db
from console.accounts.custody_models import AccountNotice
from console.errors import BadInput, Faults, NotAllowed, NotFound, WrongState
from console.monitoring import moderation_operations, moderation_rules
from console.monitoring.moderation_models import Moderation, ModerationEvidence
from console.monitoring.moderation_rules import ModerationState
from console.people.models import Person
from tests.accounts.timeline import entries
from tests.cast import Cast
from tests.feeds.net import items, keep
from tests.feeds.test_inbox import ITEM, follow
from tests.moderation import acts
from tests.upkeep import acts as upkeep

ClientFor = Callable[[Person | None], FlaskClient]
MoveClock = Callable[[timedelta], None]


@pytest.fixture
def captured(cast: Cast, asked: int) -> int:
    """A case's number."""
    return acts.capture(cast.olle, asked)


def brought_to(state: str, cast: Cast, case_id: int) -> None:
    """Take a captured case to a state, by its own verbs."""
    if state == "captured":
        return
    if state == "kept":
        acts.do("keep", cast.olle, case_id, "Bara kritik.")
        return
    acts.decide(cast.olle, case_id, committee=acts.COMMITTEE if state == "registry" else "")
    if state in ("gone", "done"):
        acts.do("confirm_gone", cast.olle, case_id)
    if state == "done":
        acts.do("tell_author", cast.olle, case_id, "openly", acts.TOLD)


@dataclass(frozen=True)
class Verb:
    to: str
    name: str
    given: tuple[object, ...] = ()


VERBS = (
    Verb("registry", "decide"),
    Verb("ready", "decide"),
    Verb("kept", "keep", ("Bara kritik.",)),
    Verb("ready", "give_number", ("KS 2026/14",)),
    Verb("gone", "confirm_gone"),
    Verb("done", "tell_author", ("openly", acts.TOLD)),
)


MAY: dict[str, tuple[str, ...]] = {
    "captured": ("decide", "keep"),
    "registry": ("give_number", "keep"),
    "ready": ("confirm_gone", "keep"),
    "gone": ("tell_author",),
}
"""A number that nobody asked for decides nothing, though a decision may lead where it leads."""


def attempt(verb: Verb, actor: Person, case_id: int) -> None:
    if verb.name == "decide":
        acts.decide(actor, case_id, committee=acts.COMMITTEE if verb.to == "registry" else "")
    else:
        acts.do(verb.name, actor, case_id, *verb.given)


@pytest.mark.parametrize("old", ModerationState)
def test_every_move_outside_the_table_is_refused(cast: Cast, captured: int, old: str) -> None:
    brought_to(old, cast, captured)
    assert acts.case(captured).state == old
    for verb in VERBS:
        if verb.name in MAY.get(old, ()):
            continue
        with pytest.raises(WrongState):
            attempt(verb, cast.lisa, captured)
        assert acts.case(captured).state == old


@pytest.mark.parametrize("old", MAY)
def test_every_move_of_the_table_has_its_verb(cast: Cast, captured: int, old: str) -> None:
    brought_to(old, cast, captured)
    ways = [verb for verb in VERBS if verb.name in MAY[old]]
    assert {verb.to for verb in ways} == moderation_rules.MOVES[old]
    attempt(ways[0], cast.lisa, captured)
    assert acts.case(captured).state == ways[0].to


def test_what_is_captured_is_frozen_with_a_digest_and_stands_nowhere_else_4_i(
    cast: Cast, asked: int
) -> None:
    case = acts.case(acts.capture(cast.olle, asked))
    with db.unit_of_work() as session:
        kept = session.get_one(ModerationEvidence, case.id)
        assert (kept.title, kept.content) == ("Kommentar om badet", "När öppnar ni?")
        assert moderation_operations.digest_of(session, kept) == case.digest
        kept.content = "Något annat."
        assert moderation_operations.digest_of(session, kept) != case.digest
        session.expunge_all()
    blank = acts.item(asked)
    assert (blank.title, blank.content, blank.author, blank.image_id) == ("", "", "", None)
    assert blank.state == "moderating"
    with pytest.raises(WrongState):
        acts.capture(cast.olle, asked)


def test_the_ground_is_one_of_the_rules_and_criticism_is_none_4_g(
    cast: Cast, captured: int
) -> None:
    with pytest.raises(Faults) as refused:
        acts.decide(cast.olle, captured, ground="criticism", measure="burn", committee="Ingen",
                    reason="811218-9876")  # fmt: skip
    assert set(refused.value.faults) == {"ground", "measure", "committee", "reason"}
    for ground in ("incitement", "agitation", "child_abuse", "violence", "copyright",
                   "advertising", "personal_data"):  # fmt: skip
        with db.unit_of_work() as session:
            session.execute(update(Moderation).values(state="captured"))
        assert acts.decide(cast.olle, captured, ground=ground).state == "ready"


def test_the_time_from_seen_to_removed_is_measured_and_shown_4_g(
    cast: Cast, asked: int, client_for: ClientFor, move_clock: MoveClock
) -> None:
    move_clock(timedelta(hours=2))
    case = acts.capture(cast.olle, asked)
    acts.decide(cast.olle, case)
    olle = client_for(cast.olle)
    assert "Syns fortfarande, 2" in olle.get("/moderations").text
    move_clock(timedelta(hours=3))
    olle = client_for(cast.olle)
    olle.post(f"/moderations/{case}/gone")
    assert "3\N{NO-BREAK SPACE}tim efter att vi såg det" in olle.get(f"/moderations/{case}").text
    page = olle.get("/moderations?show=all").text
    assert "1 borta, hälften inom 3" in page
    (gone,) = entries("moderation:gone")
    assert 3 * 3600 <= gone["facts"]["took"] < 3 * 3600 + 300


def test_what_is_under_secrecy_goes_to_the_registry_before_it_may_go_4_5_d(
    cast: Cast, captured: int, client_for: ClientFor
) -> None:
    with pytest.raises(Faults) as refused:
        acts.decide(cast.olle, captured, ground="secrecy")
    assert set(refused.value.faults) == {"committee"}
    acts.decide(cast.olle, captured, ground="secrecy", committee=acts.COMMITTEE)
    olle, rolf = client_for(cast.olle), client_for(cast.rolf)
    page = olle.get(f"/moderations/{captured}").text
    assert "Ta inte bort det förrän numret har kommit." in page and "Ring Rolf Gran" in page
    said = olle.post(f"/moderations/{captured}/gone", follow_redirects=True).text
    assert "Det går inte nu. Läget är: väntar på diarienummer." in said
    assert acts.case(captured).removed_at is None
    assert olle.post(f"/moderations/{captured}/number", data={"number": "1"}).status_code == 403
    assert "Diarieför inlägget" in rolf.get("/").text
    assert "När öppnar ni?" in rolf.post(f"/moderations/{captured}/evidence").text
    bad = rolf.post(f"/moderations/{captured}/number", data={"number": "snart"})
    assert bad.status_code == 422 and 'href="#number"' in bad.text
    rolf.post(f"/moderations/{captured}/number", data={"number": "KS  2026/14"})
    assert "Diarieför inlägget" not in rolf.get("/").text
    case = acts.case(captured)
    assert (case.state, case.registry_number) == ("ready", "KS 2026/14")
    assert "Ta bort inlägget på kontot" in olle.get("/").text
    olle.post(f"/moderations/{captured}/gone")
    assert acts.case(captured).removed_at is not None


def test_the_committee_chosen_is_asked_to_register_it_4_5_e(cast: Cast, captured: int) -> None:
    acts.decide(cast.olle, captured, committee=acts.COMMITTEE, mail=True)
    with db.unit_of_work() as session:
        (notice,) = session.query(AccountNotice).all()
        assert notice.person_id == cast.rolf.id and notice.mail_state == "queued"
        assert acts.COMMITTEE in notice.content and "öppnar" not in notice.content
    acts.do("give_number", cast.rolf, captured, "KS 2026/14")
    with db.unit_of_work() as session:
        back = session.query(AccountNotice).filter_by(person_id=cast.olle.id).one()
        assert back.subject == "Diarienumret har kommit: Skolan"
    (registered,) = entries("moderation:registered")
    assert registered["facts"]["committee"] == acts.COMMITTEE
    assert registered["facts"]["number"] == "KS 2026/14"


def test_it_may_be_hidden_while_the_registry_has_it_4_g(
    cast: Cast, captured: int, client_for: ClientFor
) -> None:
    olle = client_for(cast.olle)
    said = olle.post(f"/moderations/{captured}/hidden", follow_redirects=True)
    assert "Det går inte nu." in said.text
    acts.decide(cast.olle, captured, measure="hide", committee=acts.COMMITTEE)
    olle.post(f"/moderations/{captured}/hidden")
    first = acts.case(captured)
    assert first.state == "registry" and first.hidden_at is not None
    olle.post(f"/moderations/{captured}/hidden")
    assert acts.case(captured).hidden_at == first.hidden_at
    acts.do("give_number", cast.lisa, captured, "KS 2026/15")
    assert acts.case(captured).state == "gone", "hidden is all that was decided"


def test_the_information_unit_registers_where_there_is_no_registrar_4_5_d(
    cast: Cast, captured: int, client_for: ClientFor
) -> None:
    acts.decide(cast.olle, captured, committee=acts.COMMITTEE)
    assert "Diarieför inlägget" not in client_for(cast.lisa).get("/").text
    with db.unit_of_work() as session:
        session.get_one(Person, cast.rolf.id).active = False
    assert "Diarieför inlägget" in client_for(cast.lisa).get("/").text


def test_a_registrar_with_a_guide_of_their_own_is_led_to_it(
    cast: Cast, captured: int, client_for: ClientFor
) -> None:
    acts.decide(cast.olle, captured, committee=acts.COMMITTEE)
    rolf = client_for(cast.rolf)
    assert "Läs registratorns vägledning" not in rolf.get(f"/moderations/{captured}").text
    acts.rules(cast.stina, registrar_guide=True)
    assert "Läs registratorns vägledning" in rolf.get(f"/moderations/{captured}").text


def test_its_author_is_told_openly_with_the_rule_4_h(
    cast: Cast, captured: int, client_for: ClientFor
) -> None:
    brought_to("gone", cast, captured)
    olle = client_for(cast.olle)
    assert "Säg varför inlägget är borta" in olle.get("/").text
    page = olle.get(f"/moderations/{captured}").text
    assert f"Skäl: {acts.GROUND_TEXT}. Det får inte stå här enligt våra regler" in page
    assert "Kopiera texten" in page
    for text, how in (("", "openly"), ("Borta.", "openly"), (acts.TOLD, "shout")):
        bad = olle.post(f"/moderations/{captured}/told", data={"text": text, "how": how})
        assert bad.status_code == 422, (text, how)
    olle.post(f"/moderations/{captured}/told", data={"text": acts.TOLD, "how": "openly"})
    case = acts.case(captured)
    assert (case.state, case.told_text, case.told_how) == ("done", acts.TOLD, "openly")
    assert acts.item(case.item_id).state == "moderated"
    assert "Säg varför inlägget är borta" not in olle.get("/").text


def test_an_author_who_cannot_be_reached_is_noted_as_that_4_h(cast: Cast, captured: int) -> None:
    brought_to("gone", cast, captured)
    done = acts.do("tell_author", cast.olle, captured, "unreachable", "")
    assert (done.state, done.told_text) == ("done", "")


def test_what_has_no_ground_stands_and_is_an_item_as_before(cast: Cast, captured: int) -> None:
    with pytest.raises(BadInput):
        acts.do("keep", cast.olle, captured, " ")
    case = acts.do("keep", cast.olle, captured, "Det är bara kritik.")
    item = acts.item(case.item_id)
    assert (item.state, item.title, item.content) == (
        "seen", "Kommentar om badet", "När öppnar ni?"
    )  # fmt: skip
    again = acts.capture(cast.lisa, item.id)
    assert again != captured, "a new post of the same person may come to another end"


def test_a_case_is_for_those_who_look_after_the_account(
    cast: Cast, captured: int, client_for: ClientFor
) -> None:
    newcomer = upkeep.newcomer()
    for verb in VERBS[2:3] + VERBS[4:]:
        with pytest.raises(NotFound):
            acts.do(verb.name, newcomer, captured, *verb.given)
    with pytest.raises(NotFound):
        acts.decide(newcomer, captured)
    for person in (cast.anders, cast.karin, cast.rolf):
        with pytest.raises(NotAllowed):
            acts.decide(person, captured)
    assert client_for(newcomer).get(f"/moderations/{captured}").status_code == 404
    assert "Inget modereras nu." in client_for(newcomer).get("/moderations").text
    for person in (cast.maja, cast.lisa, cast.stina, cast.karin, cast.rolf):
        assert client_for(person).get(f"/moderations/{captured}").status_code == 200
    for person in (cast.anders, cast.eva, cast.rut, cast.greta, cast.siv):
        assert client_for(person).get(f"/moderations/{captured}").status_code == 403


def test_whom_an_item_was_sent_to_can_not_moderate_it(cast: Cast, asked: int) -> None:
    acts.move(cast.olle, asked, "forwarded", to=cast.maja.id)
    newcomer = upkeep.newcomer()
    other = acts.write_down(cast.olle, acts.item(asked).account_id)
    acts.move(cast.olle, other, "forwarded", to=newcomer.id)
    with pytest.raises(NotAllowed):
        acts.capture(newcomer, other)
    with pytest.raises(NotAllowed):
        acts.capture(cast.anders, other)


def test_the_evidence_is_read_by_few_and_every_look_stands_in_the_timeline_4_i(
    cast: Cast, captured: int, client_for: ClientFor
) -> None:
    def status(person: Person) -> int:
        return client_for(person).post(f"/moderations/{captured}/evidence").status_code

    assert status(cast.olle) == 200, "who is to decide must know on what"
    acts.decide(cast.olle, captured)
    refused = (cast.olle, cast.maja, cast.lisa, cast.stina, cast.anders, cast.siv, cast.greta)
    assert {status(person) for person in refused} == {403}
    assert {status(person) for person in (cast.karin, cast.rolf)} == {200}
    looks = [one["person"] for one in entries("moderation:evidence")]
    assert looks == [cast.olle.id, cast.karin.id, cast.rolf.id]
    page = client_for(cast.olle).get(f"/moderations/{captured}").text
    assert page.count("Läste beviset.") == 3 and "Bara beslutsfattare" in page
    answer = client_for(cast.karin).post(f"/moderations/{captured}/evidence")
    assert answer.headers["Cache-Control"] == "no-store"
    assert client_for(cast.karin).get(f"/moderations/{captured}/evidence").status_code == 405


def test_evidence_that_was_tampered_with_says_so(
    cast: Cast, captured: int, client_for: ClientFor
) -> None:
    karin = client_for(cast.karin)
    assert "något är ändrat" not in karin.post(f"/moderations/{captured}/evidence").text
    with db.unit_of_work() as session:
        session.get_one(ModerationEvidence, captured).content = "Snällare."
    assert "något är ändrat" in karin.post(f"/moderations/{captured}/evidence").text


def test_a_picture_is_part_of_the_evidence_and_is_shown_nowhere_else_4_i(
    cast: Cast, asked: int, client_for: ClientFor
) -> None:
    olle = client_for(cast.olle)
    bad = olle.post(f"/inbox/{asked}/moderate", data={"file": (acts.BytesIO(b"x"), "x.png")})
    assert bad.status_code == 422 and 'href="#capture-file"' in bad.text
    made = olle.post(f"/inbox/{asked}/moderate", data={"file": (acts.picture(), "bild.png")})
    case = int(made.location.rpartition("/")[2])
    assert "data:image/jpeg;base64," in olle.post(f"/moderations/{case}/evidence").text
    assert olle.get(f"/inbox/{asked}/picture").status_code == 404
    assert olle.get(f"/inbox/{asked}").location == f"/moderations/{case}"


def test_personal_data_says_what_the_operation_answers_for_4_i(
    cast: Cast, captured: int, client_for: ClientFor
) -> None:
    acts.decide(cast.olle, captured, ground="personal_data")
    assert "skadestånd" in client_for(cast.olle).get(f"/moderations/{captured}").text


def test_what_others_publish_on_pages_of_their_own_is_not_ours_to_moderate(
    cast: Cast, school: int, client_for: ClientFor
) -> None:
    source = follow(cast.lisa)
    keep(source, ITEM)
    number = items(source)[0].id
    assert "Spara bevis och moderera" not in client_for(cast.lisa).get(f"/inbox/{number}").text
    with pytest.raises(WrongState):
        acts.capture(cast.lisa, number)
    by_hand = acts.write_down(cast.lisa, None)
    assert acts.case(acts.capture(cast.lisa, by_hand)).account is None
    page = client_for(cast.lisa).get("/").text
    assert "Välj skäl i modereringen" in page


def test_a_question_that_is_moderated_waits_for_no_answer(cast: Cast, asked: int) -> None:
    acts.move(cast.olle, asked, "question")
    acts.capture(cast.olle, asked)
    (question,) = acts.questions(asked)
    assert question.settled_at is not None and question.answered_at is None


def test_a_moderation_is_not_noted_by_a_press_in_the_inbox(
    cast: Cast, asked: int, client_for: ClientFor
) -> None:
    for state in ("moderating", "moderated", "answered", "gone"):
        client_for(cast.olle).post(f"/inbox/{asked}/{state}")
        assert acts.item(asked).state == "new"


def test_the_time_is_counted_from_when_somebody_first_saw_it_4_g(cast: Cast, asked: int) -> None:
    seen = acts.item(asked).seen_at
    assert seen is not None and acts.case(acts.capture(cast.olle, asked)).seen_at == seen
    assert seen <= clock.now()
