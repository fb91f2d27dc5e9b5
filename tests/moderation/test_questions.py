"""A question from when it is asked until it is followed up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from console import clock, db
from console.accounts import absences
from console.accounts.absences import Wanted
from console.accounts.coverage import today
from console.accounts.custody_models import AccountNotice
from console.accounts.models import AccountAdministrator
from console.errors import Faults, NotAllowed, NotFound, WrongState
from console.monitoring.feed_models import FeedItem
from console.people.models import Person
from console.people.operations import change_roles
from console.people.rules import Role
from tests.accounts.timeline import entries
from tests.cast import Cast
from tests.moderation import acts
from tests.upkeep import acts as upkeep

ClientFor = Callable[[Person | None], FlaskClient]
MoveClock = Callable[[timedelta], None]


def notices(person: Person) -> list[tuple[str, str]]:
    """(subject, where to go), in order."""
    with db.unit_of_work() as session:
        query = session.query(AccountNotice).filter_by(person_id=person.id)
        return [(one.subject, one.path) for one in query.order_by(AccountNotice.id)]


def test_a_question_has_when_it_was_asked_its_age_and_its_target_4_c(
    cast: Cast, school: int, client_for: ClientFor, move_clock: MoveClock
) -> None:
    acts.rules(cast.stina, answer_hours=24)
    written = clock.now() - timedelta(hours=20)
    number = acts.write_down(cast.olle, school, at=written)
    acts.move(cast.olle, number, "question")
    (asked,) = acts.questions(number)
    assert (asked.received_at, asked.due_at) == (written, written + timedelta(hours=24))
    olle = client_for(cast.olle)
    page = olle.get("/questions").text
    assert "Har väntat 20" in page and "Senast" in page and "Svara inom 24 timmar." in page
    assert "Svara den som frågar" in olle.get("/").text
    move_clock(timedelta(hours=5))
    olle = client_for(cast.olle)
    assert "Skulle ha besvarats" in olle.get("/questions").text
    assert "försenat sedan" in olle.get("/").text
    assert "1 är försenad." in client_for(cast.lisa).get("/questions").text


def test_later_rules_do_not_move_a_target_that_was_set_4_c(cast: Cast, asked: int) -> None:
    acts.rules(cast.stina, answer_hours=24)
    acts.move(cast.olle, asked, "question")
    due = acts.questions(asked)[0].due_at
    acts.rules(cast.stina, answer_hours=2)
    assert acts.questions(asked)[0].due_at == due


def test_what_is_overdue_stands_first_and_others_questions_are_not_shown_4_c(
    cast: Cast, school: int, client_for: ClientFor
) -> None:
    acts.rules(cast.stina, answer_hours=24)
    now = clock.now()
    for name, hours in (("Ny fråga", 1), ("Gammal fråga", 30), ("Mellan", 10)):
        number = acts.write_down(cast.olle, school, name, at=now - timedelta(hours=hours))
        acts.move(cast.olle, number, "question")
    page = client_for(cast.maja).get("/questions").text
    assert page.index("Gammal fråga") < page.index("Mellan") < page.index("Ny fråga")
    newcomer = client_for(upkeep.newcomer())
    assert "Ingen fråga väntar." in newcomer.get("/questions").text
    assert client_for(cast.anders).get("/questions").status_code == 403


def test_a_question_is_handed_to_who_knows_and_answered_where_it_was_asked_4_d(
    cast: Cast, asked: int, client_for: ClientFor
) -> None:
    olle, anders = client_for(cast.olle), client_for(cast.anders)
    olle.post(f"/inbox/{asked}/question")
    refused = olle.post(f"/inbox/{asked}/forwarded", data={"to": "", "sent_as": "question"})
    assert refused.status_code == 422 and 'href="#to"' in refused.text
    sent = {"to": str(cast.anders.id), "sent_as": "question", "note": "Vet du?"}
    olle.post(f"/inbox/{asked}/forwarded", data=sent)
    assert notices(cast.anders) == [("Säg vad svaret är: Skolan", f"/inbox/{asked}")]
    assert "Svara på det som skickats vidare" in anders.get("/").text
    assert "Hos Anders Nyman." in olle.get("/questions").text
    page = anders.get(f"/inbox/{asked}").text
    assert "Vet du?" in page and "Skicka tillbaka svaret" in page and "Anteckna svaret" not in page
    empty = anders.post(f"/inbox/{asked}/reply", data={"text": " "})
    assert empty.status_code == 422 and 'href="#reply"' in empty.text
    done = anders.post(f"/inbox/{asked}/reply", data={"text": "Klockan tio."})
    assert done.location == "/" and anders.get(f"/inbox/{asked}").status_code == 404
    assert notices(cast.olle) == [("Svaret finns, ge det nu: Skolan", f"/inbox/{asked}")]
    assert "Ge svaret, kollegan har skrivit det" in olle.get("/").text
    page = olle.get(f"/inbox/{asked}").text
    assert "Svaret enligt Anders Nyman" in page and "Klockan tio." in page
    answer = {"text": "Vi öppnar tio.", "link": "https://x.example/svar", "at": ""}
    page = olle.post(f"/inbox/{asked}/answer", data=answer, follow_redirects=True).text
    assert "Vi öppnar tio." in page and "https://x.example/svar" in page and "Besvarad" in page
    (question,) = acts.questions(asked)
    assert question.answered_by_id == cast.olle.id and question.settled_at is not None
    assert "Ingen fråga väntar." in olle.get("/questions").text
    assert "Besvarad efter" in olle.get("/questions?show=answered").text


def test_the_colleague_gives_the_knowledge_and_never_the_answer_4_d(cast: Cast, asked: int) -> None:
    acts.move(cast.olle, asked, "forwarded", to=cast.anders.id)
    for state in ("no_action", "new"):
        with pytest.raises((NotAllowed, WrongState)):
            acts.move(cast.anders, asked, state)
    with pytest.raises(NotAllowed):
        acts.answer(cast.anders, asked)
    with pytest.raises(WrongState):
        acts.reply(cast.olle, asked)
    acts.move(cast.anders, asked, "question")
    with pytest.raises(NotFound):
        acts.reply(cast.anders, asked)
    assert len(acts.questions(asked)) == 1


def test_praise_and_criticism_go_to_whom_they_concern_and_are_known_of_4_e(
    cast: Cast, asked: int, client_for: ClientFor
) -> None:
    olle, anders = client_for(cast.olle), client_for(cast.anders)
    sent = {"to": str(cast.anders.id), "sent_as": "response", "note": ""}
    olle.post(f"/inbox/{asked}/forwarded", data=sent)
    assert acts.questions(asked) == [], "criticism asks for no answer"
    assert "Ta del av ris eller ros" in anders.get("/").text
    page = anders.get(f"/inbox/{asked}").text
    assert "Har tagit del" in page and "Skicka tillbaka svaret" not in page
    anders.post(f"/inbox/{asked}/no_action")
    assert acts.item(asked).state == "no_action"
    sent_as = [one["facts"].get("as") for one in entries("item:state")]
    assert sent_as == ["response", None]


def test_what_lies_outside_the_account_is_sent_on_as_that_4_j(
    cast: Cast, asked: int, client_for: ClientFor
) -> None:
    client_for(cast.olle).post(
        f"/inbox/{asked}/forwarded", data={"to": str(cast.eva.id), "sent_as": "elsewhere"}
    )
    eva = client_for(cast.eva)
    assert "Ta över det som inte hör till kontot" in eva.get("/").text
    assert "Hör inte till kontot" in eva.get(f"/inbox/{asked}").text
    eva.post(f"/inbox/{asked}/new")
    assert acts.item(asked).state == "new", "handed back, it waits in the inbox again"


def test_sent_on_as_something_unknown_is_refused(cast: Cast, asked: int) -> None:
    with pytest.raises(Faults) as refused:
        acts.move(cast.olle, asked, "forwarded", to=cast.anders.id, sent_as="gossip")
    assert set(refused.value.faults) == {"sent_as"}


def test_an_answer_says_what_where_and_when_4_d(cast: Cast, asked: int) -> None:
    with pytest.raises(Faults) as refused:
        acts.answer(
            cast.olle, asked, "", link="x", at=clock.now() + timedelta(hours=1),
            follow_up_on=today(clock.now()) - timedelta(days=1),
        )  # fmt: skip
    assert set(refused.value.faults) == {"text", "link", "at", "follow_up_on"}
    with pytest.raises(Faults) as refused:
        acts.answer(cast.olle, asked, "Ditt nummer är 811218-9876.",
                    at=clock.now() - timedelta(days=9))  # fmt: skip
    assert set(refused.value.faults) == {"text", "at"}
    assert acts.answer(cast.olle, asked).answered_at is not None


def test_an_answer_of_the_minute_in_which_it_was_asked_is_taken_4_d(cast: Cast, asked: int) -> None:
    """A time is written without its seconds."""
    with db.unit_of_work() as session:
        came = clock.now().replace(second=40) - timedelta(minutes=5)
        session.get_one(FeedItem, asked).sort_at = came
    with pytest.raises(Faults):
        acts.answer(
            cast.olle, asked, at=came.replace(second=0, microsecond=0) - timedelta(minutes=1)
        )
    answered = acts.answer(cast.olle, asked, at=came.replace(second=0, microsecond=0))
    assert answered.answered_at == answered.received_at == came


def test_a_day_and_a_time_that_cannot_be_read_are_named_on_the_form(
    cast: Cast, asked: int, client_for: ClientFor
) -> None:
    bad = {"text": "Ja.", "at": "i går", "follow_up_on": "snart"}
    page = client_for(cast.olle).post(f"/inbox/{asked}/answer", data=bad)
    assert page.status_code == 422
    assert 'href="#answer-at"' in page.text and 'href="#follow-up"' in page.text


def test_an_answer_is_followed_up_on_its_day_4_1_j(
    cast: Cast, asked: int, client_for: ClientFor, move_clock: MoveClock
) -> None:
    question = acts.answer(cast.olle, asked, follow_up_on=today(clock.now()) + timedelta(days=2))
    olle = client_for(cast.olle)
    assert "Följ upp svaret" in olle.get("/").text
    assert "Kommentar om badet" in olle.get("/questions?show=follow").text
    move_clock(timedelta(days=4))
    olle = client_for(cast.olle)
    assert "försenat sedan" in olle.get("/").text
    olle.post(f"/questions/{question.id}/followed")
    olle.post(f"/questions/{question.id}/followed")
    assert "Följ upp svaret" not in olle.get("/").text
    assert len(entries("question:followed")) == 1


def test_what_waits_for_somebody_who_has_left_falls_to_who_looks_after_the_account_4_d(
    cast: Cast, school: int, asked: int, client_for: ClientFor
) -> None:
    acts.move(cast.olle, asked, "forwarded", to=cast.eva.id, sent_as="question")
    other = acts.write_down(cast.olle, school, title="Fråga om gympan")
    follow_up = acts.answer(cast.olle, other, follow_up_on=today(clock.now()))
    before = client_for(cast.maja).get("/").text
    assert "Svara den som frågar" not in before and "Följ upp svaret" not in before
    with db.unit_of_work() as session:
        for gone in (cast.eva, cast.olle):
            session.get_one(Person, gone.id).active = False
    after = client_for(cast.maja).get("/").text
    assert "Svara den som frågar" in after and "Följ upp svaret" in after
    assert "Följ upp svaret" not in client_for(cast.lisa).get("/").text
    client_for(cast.maja).post(f"/questions/{follow_up.id}/followed")
    assert "Följ upp svaret" not in client_for(cast.maja).get("/").text


def test_an_answer_of_somebody_who_no_longer_runs_the_account_is_followed_up_by_who_does_4_1_j(
    cast: Cast, school: int, asked: int, client_for: ClientFor
) -> None:
    question = acts.answer(cast.olle, asked, follow_up_on=today(clock.now()))
    units = acts.write_down(cast.olle, school, title="Fråga om gympan")
    acts.answer(cast.lisa, units, follow_up_on=today(clock.now()))
    with db.unit_of_work() as session:
        session.query(AccountAdministrator).filter_by(
            account_id=school, person_id=cast.olle.id
        ).delete()
    assert "Följ upp svaret" not in client_for(cast.olle).get("/").text, "Olle can't open it"
    maja = client_for(cast.maja)
    page = maja.get("/").text
    assert page.count("Följ upp svaret") == 1 and "Kommentar om badet" in page
    lisa = client_for(cast.lisa).get("/").text
    assert lisa.count("Följ upp svaret") == 1 and "Fråga om gympan" in lisa
    maja.post(f"/questions/{question.id}/followed")
    assert "Följ upp svaret" not in maja.get("/").text


@pytest.mark.parametrize("why", ["lost the account", "another role", "stood in", "away"])
def test_who_no_longer_looks_after_the_account_leaves_the_follow_up_to_who_does_4_1_j(
    cast: Cast, school: int, asked: int, client_for: ClientFor, move_clock: MoveClock, why: str
) -> None:
    day = today(clock.now())
    nils = upkeep.newcomer()
    who = nils if why == "stood in" else cast.olle
    with db.unit_of_work() as session:
        if who is nils:
            days = Wanted(day, day, nils.id)
            absences.add(session, cast.olle, cast.olle.id, [days], clock.now())
    acts.answer(who, asked, follow_up_on=day + timedelta(days=1))
    assert "Följ upp svaret" in client_for(who).get("/").text
    assert "Följ upp svaret" not in client_for(cast.maja).get("/").text
    with db.unit_of_work() as session:
        if why == "lost the account":
            session.delete(session.get_one(AccountAdministrator, (school, who.id)))
        if why == "another role":
            change_roles(
                session, cast.siv, clock.now(), session.get_one(Person, who.id), [Role.REVIEWER]
            )
        if why == "away":
            days = Wanted(day, day + timedelta(days=20), None)
            absences.add(session, who, who.id, [days], clock.now())
    if who is nils:
        move_clock(timedelta(days=1))
    # Who is away has it still, with those who are there; the others could do nothing about it.
    assert ("Följ upp svaret" in client_for(who).get("/").text) == (why == "away")
    assert "Följ upp svaret" in client_for(cast.maja).get("/").text
    assert "Följ upp svaret" not in client_for(cast.lisa).get("/").text


def test_what_was_not_to_be_followed_up_is_not(
    cast: Cast, asked: int, client_for: ClientFor
) -> None:
    question = acts.answer(cast.olle, asked)
    olle = client_for(cast.olle)
    assert (
        "skulle inte följas upp"
        in olle.post(f"/questions/{question.id}/followed", follow_redirects=True).text
    )
    assert olle.post("/questions/999999/followed").status_code == 404
    newcomer = client_for(upkeep.newcomer())
    assert newcomer.post(f"/questions/{question.id}/followed").status_code == 404


def test_asked_again_it_is_another_question_and_the_first_stays_answered_4_c(
    cast: Cast, asked: int, client_for: ClientFor
) -> None:
    acts.answer(cast.olle, asked, "Tio.")
    acts.move(cast.olle, asked, "question")
    first, second = acts.questions(asked)
    assert first.answer == "Tio." and second.settled_at is None
    assert second.received_at > first.received_at
    page = client_for(cast.olle).get(f"/inbox/{asked}").text
    assert "Tidigare fråga" in page and "Tio." in page


def test_a_question_that_needs_no_answer_waits_no_more(cast: Cast, asked: int) -> None:
    acts.move(cast.olle, asked, "question")
    acts.move(cast.olle, asked, "no_action")
    (dropped,) = acts.questions(asked)
    assert dropped.settled_at is not None and dropped.answered_at is None


def test_a_question_on_nobodys_account_is_the_information_units_4_d(
    cast: Cast, school: int, client_for: ClientFor
) -> None:
    number = acts.write_down(cast.lisa, None, "I en grupp på Facebook")
    acts.move(cast.lisa, number, "question")
    assert "I en grupp på Facebook" in client_for(cast.lisa).get("/").text
    assert "I en grupp på Facebook" not in client_for(cast.olle).get("/").text
    acts.move(cast.lisa, number, "forwarded", to=cast.eva.id)
    assert notices(cast.eva) == [("Säg vad svaret är: inkorgen", f"/inbox/{number}")]
    with db.unit_of_work() as session:
        notice = session.query(AccountNotice).filter_by(person_id=cast.eva.id).one()
    page = client_for(cast.eva).get(f"/account-notices/{notice.id}").text
    assert "Inkorg" in page


def test_help_in_answering_well_stands_beside_the_box_4_1_j(
    cast: Cast, asked: int, client_for: ClientFor
) -> None:
    page = client_for(cast.olle).get(f"/inbox/{asked}").text
    for words in ("Säg vem du är", "länka", "några timmar till en dag", "aldrig otrevlig",
                  "interna ord", "följ upp", "Ett eget ärende?"):  # fmt: skip
        assert words in page
    assert "Skriv under med ditt förnamn." not in page
    acts.rules(cast.stina, sign_replies=True)
    assert "Skriv under med ditt förnamn." in client_for(cast.olle).get(f"/inbox/{asked}").text


def test_what_is_written_down_by_hand_has_its_time_and_a_picture(
    cast: Cast, school: int, client_for: ClientFor
) -> None:
    olle = client_for(cast.olle)
    form = {"account": str(school), "title": "Kommentar", "content": "När?", "link": ""}
    bad = olle.post("/inbox/new", data={**form, "at": "2999-01-01T10:00"})
    assert bad.status_code == 422 and 'href="#at"' in bad.text
    bad = olle.post("/inbox/new", data={**form, "at": "i går"})
    assert bad.status_code == 422 and 'href="#at"' in bad.text
    bad = olle.post("/inbox/new", data={**form, "file": (acts.BytesIO(b"x"), "x.png")})
    assert bad.status_code == 422 and 'href="#file"' in bad.text
    made = olle.post(
        "/inbox/new",
        data={**form, "at": "2026-06-01T10:00", "file": (acts.picture(), "bild.png")},
    )
    assert made.status_code == 302, made.text
    number = int(made.location.rpartition("/")[2])
    assert acts.item(number).at == acts.at("2026-06-01T08:00:00+00:00")
    assert f"/inbox/{number}/picture" in olle.get(made.location).text
    got = olle.get(f"/inbox/{number}/picture")
    assert got.mimetype == "image/jpeg" and got.data.startswith(b"\xff\xd8")
    assert client_for(cast.anders).get(f"/inbox/{number}/picture").status_code == 404
    bare = acts.write_down(cast.olle, school)
    assert olle.get(f"/inbox/{bare}/picture").status_code == 404
