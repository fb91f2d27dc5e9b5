"""The plan's pages, as each reader meets them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from console import db
from console.accounts import plan_queries
from console.accounts.models import Account
from console.accounts.plan_rules import CHECKLIST
from console.people.models import Person
from tests.accounts.plan.library import (
    mark,
    other,
    proposed,
    signed,
    submitted,
    verify_page,
    write,
)
from tests.cast import Cast

ClientFor = Callable[[Person | None], FlaskClient]
PLAN = {
    "address": "https://instagram.com/bokbussen",
    "purposes": ["inform"],
    "audience": "Familjer i byarna",
    "goals": "200 följare.",
    "administrators-0-email": "olle@torsby.example",
    "administrators-1-email": "Maja@torsby.example",
    "watch": "Vardagar 8 till 16.",
    "hours": "1,5",
}


def made(make: Callable[[Session], int]) -> int:
    with db.unit_of_work() as session:
        return make(session)


def text(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def main(page: str) -> str:
    return page.partition("<main")[2]


def test_a_librarian_proposes_answers_writes_and_sends(client_for: ClientFor, cast: Cast) -> None:
    """2.1-b, 3.2-a, B1-a, B1-f, B1-h."""
    olle = client_for(cast.olle)
    assert "Föreslå konto" in text(olle, "/accounts")
    refused = olle.post("/accounts/propose", data={"name": "Bokbussen", "platform": "instagram"})
    assert refused.status_code == 422 and "Fältet saknas." in refused.get_data(as_text=True)
    notice = {
        "name": "Bokbussen", "platform": "instagram", "handle": "bokbussen", "public": "y",
        "operation": "Torsby bibliotek", "committee": "Kulturnämnden",
    }  # fmt: skip
    there = olle.post("/accounts/propose", data=notice).location
    plan, edit = there, there + "/edit"
    assert olle.get(edit).location.endswith("/checklist")
    half = olle.post(plan + "/checklist", data={"mission": "yes"}).get_data(as_text=True)
    assert "10 frågor saknar svar" in half
    assert olle.post(plan + "/checklist", data=dict.fromkeys(CHECKLIST, "yes")).location == edit
    everyone = {**PLAN, "edits": "0", "audience": "Alla invånare", "act": "submit"}
    refused = olle.post(edit, data=everyone)
    assert refused.status_code == 422 and "Alla är ingen målgrupp" in refused.get_data(as_text=True)
    assert olle.post(edit, data={**PLAN, "edits": "1", "act": "submit"}).location == plan
    page = text(olle, plan)
    assert "Maja Strand, Maja@torsby.example" in page
    assert "1,5 timmar" in page and "Instagram, bokbussen" in page
    assert "0 av 3" in page and "Nu ska de här skriva under" in page


@pytest.mark.parametrize("hours", ["tre", "-1", "200", "nan", "1e400"])
def test_hours_that_are_none_are_refused_by_their_field(
    client_for: ClientFor, cast: Cast, hours: str
) -> None:
    """B1-h."""
    account_id = made(lambda session: submitted(session, cast).id)
    edit = f"/accounts/{account_id}/plan/edit"
    answer = client_for(cast.olle).post(edit, data={**PLAN, "edits": "1", "hours": hours})
    assert answer.status_code == 422
    assert "Skriv timmar i veckan" in answer.get_data(as_text=True)


def test_each_signer_finds_the_plan_on_the_start_page_and_signs(
    client_for: ClientFor, cast: Cast
) -> None:
    """3.2-b, B1-i, B1-j, B1-k."""
    account_id = made(lambda session: submitted(session, cast).id)
    sign = f"/accounts/{account_id}/plan/sign"
    for person, verb in ((cast.anders, "Skriv under planen"), (cast.eva, "Skriv under planen"),
                         (cast.stina, "Lämna samråd om planen")):  # fmt: skip
        client = client_for(person)
        assert verb in text(client, "/") and sign in text(client, "/")
        page = text(client, sign)
        seen = re.search(r'name="seen_hash" value="([0-9a-f]{64})"', page)
        assert seen is not None
        form = {"seen_hash": seen[1], "title": "chef", "place": "Torsby"}
        unticked = client.post(sign, data=form)
        assert unticked.status_code == 422 and "Kryssa i rutan" in unticked.get_data(as_text=True)
        assert client.post(sign, data={**form, "agrees": "y"}).status_code == 302
        assert verb not in text(client, "/")
    with db.unit_of_work() as session:
        verify_page(session, cast, session.get_one(Account, account_id))
    page = main(text(client_for(cast.olle), f"/accounts/{account_id}/plan"))
    assert "3 av 3" in page and "Anders Nyman, chef" in page
    assert "Inte i bruk" not in page and "Kontot följer version 1" in page


def test_the_start_page_says_why_signatures_fell_to_who_wrote_and_who_signed(
    client_for: ClientFor, cast: Cast
) -> None:
    """3.2-b."""

    def make(session: Session) -> int:
        account = submitted(session, cast)
        mark(session, cast.anders, account.id)
        write(session, cast.maja, account.id, other())
        return account.id

    account_id = made(make)
    for person in (cast.anders, cast.olle):
        page = text(client_for(person), "/")
        assert "Se varför underskrifterna föll" in page and "Ändrat efteråt: mål." in page
    assert "Se varför underskrifterna föll" not in text(client_for(cast.eva), "/")
    page = text(client_for(cast.anders), f"/accounts/{account_id}/plan")
    assert "Underskrifterna på version 1 gäller inte." in page and "Maja Strand" in page


def test_a_plan_changed_while_somebody_read_it_is_shown_anew_and_not_signed(
    client_for: ClientFor, cast: Cast
) -> None:
    """3.2-b."""
    account_id = made(lambda session: submitted(session, cast).id)
    sign = f"/accounts/{account_id}/plan/sign"
    form = {"seen_hash": "0" * 64, "title": "chef", "place": "Torsby", "agrees": "y"}
    answer = client_for(cast.eva).post(sign, data=form)
    assert answer.status_code == 409 and "har ändrats sedan" in answer.get_data(as_text=True)
    with db.unit_of_work() as session:
        waiting = plan_queries.plan(session, account_id).waiting
        assert waiting is not None and waiting.marks == []


def test_the_strategy_department_answers_a_question_and_sees_what_waits_for_an_envelope(
    client_for: ClientFor, cast: Cast
) -> None:
    """6-b, 3.2-c."""
    asked = made(lambda session: proposed(session, cast.olle, inquiry="Passar det?").id)
    waits = made(lambda session: signed_elsewhere(session, cast))
    stina = client_for(cast.stina)
    assert "Svara på frågan" in text(stina, "/") and "Ta emot inloggningen" in text(stina, "/")
    answer = {"fits": "yes", "answer": "Ja, dela bibliotekets bilder."}
    assert stina.post(f"/accounts/{asked}/plan/inquiry", data=answer).status_code == 302
    assert "Svara på frågan" not in text(stina, "/")
    page = text(client_for(cast.olle), f"/accounts/{asked}/plan")
    assert "<b>Passar.</b> Ja, dela bibliotekets bilder." in page
    refused = stina.post(f"/accounts/{waits}/plan/activate")
    assert refused.status_code == 409 and "har inte kommit in" in refused.get_data(as_text=True)


def signed_elsewhere(session: Session, cast: Cast) -> int:
    return signed(session, cast, platform="instagram").id


def test_the_print_has_the_forms_order_id_and_version(client_for: ClientFor, cast: Cast) -> None:
    """B1-a, B1-b, B1-c, B1-d, B1-e, B1-f, B1-g, B1-h, B1-i, B1-j, B1-k, B1-l."""
    account_id = made(lambda session: signed(session, cast).id)
    page = main(text(client_for(cast.stina), f"/accounts/{account_id}/plan/print"))
    order = [
        "Socialt medium", "Webbadress", "Syfte", "Målgrupp", "Mål", "Administratörer",
        "Bevakning och uppdatering", "Arbetstid i veckan", "Godkännande och samråd",
        "Blankett TORSBY7255i, v 1.0. Version 1,",
    ]  # fmt: skip
    places = [page.index(f">{word}" if word != order[-1] else word) for word in order]
    assert places == sorted(places)
    for name in ("Anders Nyman", "Eva Sjö", "Stina Dal"):
        assert page.index(name) > places[-2]


def test_an_account_is_ended_with_its_report_and_its_history_stays(
    client_for: ClientFor, cast: Cast
) -> None:
    """2.1-c."""
    account_id = made(lambda session: signed(session, cast).id)
    olle, end = client_for(cast.olle), f"/accounts/{account_id}/end"
    assert "Avsluta kontot" in text(olle, end)
    lacking = olle.post(end, data={"reason": "Såld.", "report": "214 följare."})
    assert lacking.status_code == 422 and "skärmdumpen" in lacking.get_data(as_text=True)
    whole = {"reason": "Såld.", "report": "214 följare.", "snapshot": "Dnr 2026:14"}
    assert olle.post(end, data=whole).status_code == 302
    page = text(olle, f"/accounts/{account_id}/plan")
    assert "214 följare." in page and "Dnr 2026:14" in page and "Skrev under version 1" in page
    assert "Ändra planen" not in page


def test_a_proposal_is_withdrawn_with_a_reason(client_for: ClientFor, cast: Cast) -> None:
    account_id = made(lambda session: proposed(session, cast.olle).id)
    olle, there = client_for(cast.olle), f"/accounts/{account_id}/plan/withdraw"
    assert olle.post(there, data={"reason": " "}).status_code == 422
    assert olle.post(there, data={"reason": "Vi avstår."}).status_code == 302
    assert "Kontot är avslutat." in text(olle, f"/accounts/{account_id}/plan")


def test_a_signer_returns_the_plan_by_its_page(client_for: ClientFor, cast: Cast) -> None:
    """3.2-b."""
    account_id = made(lambda session: submitted(session, cast).id)
    eva, base = client_for(cast.eva), f"/accounts/{account_id}/plan"
    with db.unit_of_work() as session:
        waiting = plan_queries.plan(session, account_id).waiting
        seen = waiting.content_hash if waiting else ""
    assert eva.post(base + "/return", data={"seen_hash": seen}).status_code == 422
    back = {"seen_hash": seen, "reason": "Utse en ersättare"}
    assert eva.post(base + "/return", data=back).status_code == 302
    assert "Utse en ersättare." in text(client_for(cast.olle), base)
    assert "Utse en ersättare." in text(client_for(cast.olle), "/")


def test_the_plan_says_when_less_time_is_set_aside_than_it_takes(
    client_for: ClientFor, cast: Cast
) -> None:
    """3.3-c"""
    account_id = made(lambda s: submitted(s, cast).id)
    olle = client_for(cast.olle)
    edit = f"/accounts/{account_id}/plan/edit"
    assert "Ingen tid är avsatt." in text(olle, f"/accounts/{account_id}/plan")
    typed = {**PLAN, "edits": "1", "hours": "3"}
    refused = olle.post(edit, data={**typed, "set_aside": "två"})
    assert refused.status_code == 422 and "till exempel 3 eller 1,5" in refused.text
    olle.post(edit, data={**typed, "set_aside": "2", "act": "submit"})
    page = text(client_for(cast.anders), f"/accounts/{account_id}/plan/sign")
    assert "3 timmar" in page and "2 timmar" in page and "Mindre än det tar." in page
    assert "Mindre än det tar." in text(olle, f"/accounts/{account_id}/plan/print")
    olle.post(edit, data={**typed, "edits": "2", "set_aside": "3", "act": "submit"})
    assert "Mindre än det tar." not in text(olle, f"/accounts/{account_id}/plan")
