"""The guideline's pages, and what others show of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, func, insert, select

from console import clock, db
from console.accounts import plan_operations, plan_queries, signing_operations
from console.accounts.models import AccountAdministrator
from console.accounts.plan_rules import CHECKLIST
from console.guideline import pledges
from console.guideline.models import GuidelinePledge
from console.people.models import Person
from console.policy import operations as policy
from console.web.log_words import SENTENCES
from tests.accounts.plan.library import WHOLE
from tests.guideline.conftest import Shelf, days, today

ClientFor = Callable[[Person | None], FlaskClient]
VERSION = {
    "title": "Riktlinjer för sociala medier",
    "address": "https://torsby.example/riktlinjer",
    "size": "minor",
    "change": "Svarstiderna är kortare.",
    "reason": "Frågorna är fler.",
}


def text(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status)
    return re.sub(r"\s+", " ", answer.text)


def pledged() -> int:
    with db.unit_of_work() as session:
        return session.scalar(select(func.count()).select_from(GuidelinePledge)) or 0


def test_an_administrator_reads_and_pledges_with_one_press_each(
    shelf: Shelf, client_for: ClientFor
) -> None:
    """3.2-d, 3.3-a"""
    olle = client_for(shelf.cast.olle)
    assert "Ingen version gäller än" in text(olle, "/guideline")
    shelf.add("major")
    assert "Lämna din förbindelse" in text(olle, "/")
    page = text(olle, "/guideline")
    assert "Jag har läst" in page and "Jag förbinder mig" not in page
    olle.post("/guideline/versions/1/pledge")
    assert pledged() == 0 and "Läs riktlinjerna först" in text(olle, "/guideline")
    olle.post("/guideline/versions/1/read")
    assert "Jag förbinder mig" in text(olle, "/guideline")
    for _press in range(2):
        assert olle.post("/guideline/versions/1/pledge").status_code == 303
    assert pledged() == 1
    assert "Du har lämnat din förbindelse" in text(olle, "/guideline")
    assert "Lämna din förbindelse" not in text(olle, "/")


def test_nobody_can_pledge_for_somebody_else(shelf: Shelf, client_for: ClientFor) -> None:
    """3.2-d: whatever the request says, it is the login's own word; nor of an old version."""
    shelf.add("major")
    maja = client_for(shelf.cast.maja)
    as_olle = {"person": shelf.cast.olle.id, "person_id": shelf.cast.olle.id}
    maja.post("/guideline/versions/1/read", data=as_olle)
    maja.post(f"/guideline/versions/1/pledge?person={shelf.cast.olle.id}", data=as_olle)
    assert shelf.standing(shelf.cast.olle).pledge is None
    assert shelf.standing(shelf.cast.maja).pledge is not None
    assert client_for(shelf.cast.stina).post("/guideline/versions/1/pledge").status_code == 403
    shelf.add("major")
    old = maja.post("/guideline/versions/1/pledge", follow_redirects=True)
    assert "En annan version gäller nu." in old.text
    assert pledged() == 1


def test_the_strategy_department_writes_versions_and_decisions(
    shelf: Shelf, client_for: ClientFor
) -> None:
    """8-c"""
    stina, lisa = client_for(shelf.cast.stina), client_for(shelf.cast.lisa)
    new = "/guideline/versions/new"
    assert lisa.get(new).status_code == 403
    refused = stina.post(new, data={**VERSION, "title": "", "applies_from": "i våras"})
    assert refused.status_code == 422
    assert "Skriv dagen då versionen börjar gälla" in refused.text
    assert "Svarstiderna är kortare." in refused.text, "what was typed stays"
    day = today().isoformat()
    first = stina.post(new, data={**VERSION, "size": "major", "applies_from": day})
    assert first.location.endswith("/guideline/versions/1")
    assert "Väntar på beslut" in text(lisa, "/guideline")
    assert "Skriv in beslutet" in text(stina, "/")
    assert "Skriv in beslutet" not in text(lisa, "/guideline/versions/1")
    decide = "/guideline/versions/1/decide"
    said = {"decided_on": day, "decision": "§ 87", "applies_from": day}
    assert stina.post(decide, data={**said, "decision": ""}).status_code == 422
    assert lisa.post(decide, data=said).status_code == 403
    stina.post(decide, data=said)
    page = text(lisa, "/guideline")
    assert "Version 1 gäller sedan" in page and "§ 87" in page
    later = (today() + days(30)).isoformat()
    stina.post(new, data={**VERSION, "applies_from": later})
    assert "På väg" in text(lisa, "/guideline")
    withdraw = "/guideline/versions/2/withdraw"
    assert stina.post(withdraw, data={"reason": " "}).status_code == 422
    stina.post(withdraw, data={"reason": "Vi väntar på SKR."})
    assert "Tillbakadragen" in text(lisa, "/guideline")
    assert "Vi väntar på SKR." in text(lisa, "/guideline/versions/2")
    assert lisa.get("/guideline/versions/3").status_code == 404


def test_the_review_shows_itself_before_it_is_due_and_is_closed_with_what_was_decided(
    shelf: Shelf, client_for: ClientFor, move_clock: Callable[[timedelta], None]
) -> None:
    """8-a"""
    stina, lisa = client_for(shelf.cast.stina), client_for(shelf.cast.lisa)
    shelf.add("major", applies_from=today() - days(320))
    assert "Se över riktlinjerna" not in text(stina, "/")
    move_clock(timedelta(days=20))
    stina, lisa = client_for(shelf.cast.stina), client_for(shelf.cast.lisa)
    assert "Se över riktlinjerna" in text(stina, "/")
    assert "Se över riktlinjerna" not in text(lisa, "/")
    move_clock(timedelta(days=60))
    stina, lisa = client_for(shelf.cast.stina), client_for(shelf.cast.lisa)
    assert "försenad" in text(stina, "/")
    review = "/guideline/review"
    seen = re.search(r'name="seen" value="(\d+)"', stina.get(review).text)
    data = {
        "seen": seen[1] if seen else "",
        "outcome": "nothing",
        "held_on": today().isoformat(),
        "note": "Vi gick igenom allt.",
    }
    assert lisa.post(review, data=data).status_code == 403
    refused = stina.post(review, data={**data, "outcome": ""})
    assert refused.status_code == 422 and "Välj vad ni kom fram till." in refused.text
    assert stina.post(review, data=data).status_code == 303
    assert stina.post(review, data=data).status_code == 409, "twice is one"
    assert "Se över riktlinjerna" not in text(stina, "/")
    page = text(lisa, review)
    assert "Vi gick igenom allt." in page and "Stina Dal" in page


def test_a_directive_stands_until_somebody_says_what_it_led_to(
    shelf: Shelf, client_for: ClientFor
) -> None:
    """8-b"""
    shelf.add("major")
    stina, lisa = client_for(shelf.cast.stina), client_for(shelf.cast.lisa)
    new = {"sender": "IMY", "received_on": today().isoformat(), "subject": "Bilder på barn"}
    directives = "/guideline/directives"
    assert stina.post(directives, data={**new, "sender": ""}).status_code == 422
    assert lisa.post(directives, data=new).status_code == 403
    stina.post(directives, data=new)
    assert "från IMY: Bilder på barn" in text(stina, "/")
    assert "Väntar på svar." in text(lisa, directives)
    settle = "/guideline/directives/1"
    for wrong in ({"version": ""}, {"version": "nothing", "reason": ""}, {"version": "x"}):
        assert stina.post(settle, data=wrong).status_code == 422
    stina.post(settle, data={"version": "nothing", "reason": "Vi gör redan så."})
    assert "Ledde inte till någon ändring." in text(lisa, directives)
    assert "Vi gör redan så." in text(lisa, settle)
    assert "från IMY" not in text(stina, "/")
    assert lisa.get("/guideline/directives/9").status_code == 404


def test_managers_see_who_lacks_what_and_write_down_training(
    shelf: Shelf, client_for: ClientFor
) -> None:
    """3.3-a, 3.3-b"""
    shelf.add("major")
    olle, anders, maja = (
        client_for(one) for one in (shelf.cast.olle, shelf.cast.anders, shelf.cast.maja)
    )
    assert olle.get("/guideline/people").status_code == 403
    page = text(anders, "/guideline/people?lacks=training")
    assert "Olle Ek" in page and page.count("Saknas") == 3
    person = f"/guideline/people/{shelf.cast.olle.id}"
    assert maja.get(person).status_code == 403
    training = {"content": "Kursen om sociala medier", "held_on": today().isoformat()}
    assert maja.post(f"{person}/training", data=training).status_code == 403
    refused = anders.post(f"{person}/training", data={**training, "held_on": ""})
    assert refused.status_code == 422 and "Skriv dagen, senast i dag." in refused.text
    anders.post(f"{person}/training", data=training)
    assert "Inskriven av Anders Nyman." in text(olle, person)
    assert "Ingen passar in." in text(anders, "/guideline/people?lacks=training")
    assert maja.post("/guideline/training/1/remove").status_code == 403
    assert olle.post("/guideline/training/1/remove").status_code == 303
    assert olle.post("/guideline/training/1/remove").status_code == 404
    assert "Ingen utbildning är inskriven." in text(olle, person)


def test_an_administrator_without_a_pledge_stands_as_waiting_on_the_accounts_page(
    shelf: Shelf, client_for: ClientFor
) -> None:
    """3.2-d: of an account in use; and among what deviates."""
    shelf.add("major")
    stina, page = client_for(shelf.cast.stina), f"/accounts/{shelf.account_id}"
    assert text(stina, page).count("Väntar på förbindelse.") == 1
    assert "Väntar på förbindelse" in text(stina, "/")
    shelf.read(shelf.cast.olle, 1)
    shelf.pledge(shelf.cast.olle, 1)
    assert "Väntar på förbindelse" not in text(stina, page)
    assert "Väntar på förbindelse" not in text(stina, "/")
    shelf.administer(shelf.cast.maja)
    assert "Väntar på förbindelse." in text(stina, page)


def test_who_is_told_sees_it_once_on_the_start_page(shelf: Shelf, client_for: ClientFor) -> None:
    """3.2-d: the notice's mail goes out; the row stands until the pledge is given."""
    shelf.add("major")
    with db.unit_of_work() as session:
        pledges.ask(session, clock.now(), mail=False)
    page = text(client_for(shelf.cast.olle), "/")
    assert "Lämna din förbindelse" in page and "Vi väntar på din förbindelse" not in page


@pytest.mark.parametrize("page", ["plan", "plan/print"])
def test_a_plan_says_which_rules_and_which_version_it_was_approved_under(
    shelf: Shelf, client_for: ClientFor, page: str
) -> None:
    """1-a: also when newer ones apply."""
    shelf.add("major")
    cast, account_id = shelf.cast, shelf.account_id
    documents = [{"title": "Kommunikationspolicy", "version": "2024", "url": "https://t.example/k"}]
    with db.unit_of_work() as session:
        policy.set_profile(session, cast.stina, clock.now(), {"documents": documents})
        session.add(AccountAdministrator(account_id=account_id, person_id=cast.maja.id, position=2))
    answers = {key: {"answer": "yes", "note": ""} for key in CHECKLIST}
    with db.unit_of_work() as session:
        now = clock.now()
        plan_operations.save_checklist(session, cast.olle, account_id, answers, now)
        plan_operations.save_plan(session, cast.olle, account_id, WHOLE, 0, now)
        version = plan_operations.submit_plan(session, cast.olle, account_id, now)
        seen = version.content_hash
    for signer in (cast.anders, cast.eva, cast.stina):
        with db.unit_of_work() as session:
            signing_operations.sign(
                session, signer, account_id, seen, clock.now(), title="chef", place="Torsby"
            )
    shelf.add("minor")
    with db.unit_of_work() as session:
        policy.set_profile(session, cast.stina, clock.now(), {"documents": []})
        assert plan_queries.plan(session, account_id).in_force is not None
    shown = text(client_for(cast.olle), f"/accounts/{account_id}/{page}")
    assert "Riktlinjer, version 1" in shown and "Regler, version 1" in shown
    assert "Kommunikationspolicy" in shown and "https://t.example/k" in shown
    assert "version 2" not in shown


def test_the_rules_link_to_the_documents_that_they_rest_on(
    shelf: Shelf, client_for: ClientFor
) -> None:
    """1-a"""
    lisa = client_for(shelf.cast.lisa)
    assert "Ingen version gäller än" in text(lisa, "/policy")
    shelf.add("major")
    documents = [{"title": "Kommunikationspolicy", "version": "2024", "url": "https://t.example/k"}]
    with db.unit_of_work() as session:
        policy.set_profile(session, shelf.cast.stina, clock.now(), {"documents": documents})
    page = text(lisa, "/policy")
    assert 'href="https://t.example/k"' in page and "2024" in page
    assert 'href="/guideline/versions/1"' in page
    assert "Kommunikationspolicy" in text(lisa, "/guideline")


def test_the_log_says_it_in_words(shelf: Shelf) -> None:
    """8-a, 8-b, 8-c, 3.2-d: every tag of the guideline has its sentence."""
    said = {tag for tag in SENTENCES if tag.startswith("guideline:")}
    assert said == {
        *(f"guideline:version:{what}" for what in ("recorded", "decided", "withdrawn")),
        *(f"guideline:directive:{what}" for what in ("recorded", "settled")),
        *(f"guideline:training:{what}" for what in ("recorded", "removed")),
        *("guideline:review:closed", "guideline:read", "guideline:pledged"),
    }


def test_a_long_list_of_people_takes_as_many_queries_as_a_short_one(
    shelf: Shelf, client_for: ClientFor
) -> None:
    shelf.add("major")
    stina = client_for(shelf.cast.stina)

    def queries_for(address: str) -> tuple[int, str]:
        asked: list[str] = []

        def count(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
            asked.append(statement)

        engine = db.engine()
        event.listen(engine, "before_cursor_execute", count)
        try:
            page = text(stina, address)
        finally:
            event.remove(engine, "before_cursor_execute", count)
        return len(asked), page

    before, _page = queries_for("/guideline/people")
    numbers = range(10_000, 10_060)
    with db.unit_of_work() as session:
        session.execute(insert(Person), [
            {"id": n, "name": f"Person {n}", "email": f"p{n}@torsby.example",
             "created_at": clock.now()} for n in numbers
        ])  # fmt: skip
        session.execute(insert(AccountAdministrator), [
            {"account_id": shelf.account_id, "person_id": n, "position": n} for n in numbers
        ])  # fmt: skip
    after, page = queries_for("/guideline/people")
    assert after <= before
    assert "1 av 2" in page
    assert "Person 10059" in text(stina, "/guideline/people?page=2")
