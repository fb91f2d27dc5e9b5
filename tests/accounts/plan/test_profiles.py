"""The same way from notice to public register under each of the nine ready profiles, through the
real pages: its own chain, its own names of roles, its own periods."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from console import clock, db, example
from console.accounts import plan_operations, plan_queries, signing_operations
from console.accounts.models import Account
from console.accounts.plan_models import PlanVersion
from console.accounts.plan_rules import CHECKLIST
from console.accounts.rules import State
from console.config import Settings
from console.errors import Faults
from console.people.models import Person
from console.people.passwords import faults as password_faults
from console.policy import queries as policy
from console.policy.operations import set_profile
from console.policy.rules import TORSBY_2011, Profile, from_content, ready_changes, to_content
from console.policy.values import CONSULTATION, DECISION, SIGNERS, Choice, Step
from console.web import policy_words
from tests.accounts.plan.library import (
    WHOLE,
    assess,
    at,
    mark,
    other,
    proposed,
    signed,
    submitted,
    write,
)
from tests.cast import Cast
from workers.site import SiteProcess

ClientFor = Callable[[Person | None], FlaskClient]
READY = {one.key: one for one in example.profiles()}
NOTICE = {
    "name": "Bokbussen", "platform": "instagram", "handle": "bokbussen", "public": "y",
    "operation": "Torsby bibliotek", "committee": "Kulturnämnden",
}  # fmt: skip
PLAN = {
    "address": "https://instagram.com/bokbussen",
    "purposes": ["inform"],
    "audience": "Familjer i byarna",
    "goals": "200 följare.",
    "administrators-0-email": "olle@torsby.example",
    "watch": "Vardagar 8 till 16.",
    "hours": "1,5",
    "act": "submit",
}
PAPER = {
    "number": "K-17", "place": "Kassaskåpet i rum 214", "handed_in_by": "Olle Ek",
    "sealed_on": "2026-01-02",
}  # fmt: skip
PERIODS = (
    *("check_times", "check_period", "answer_hours", "answer_on_workdays", "posts_per_week"),
    *("report_months", "snapshot_days", "snapshot_at_change", "password_min", "min_admins"),
)


def text(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status
    return re.sub(r"\s+", " ", html.unescape(answer.get_data(as_text=True)))


def load(client: FlaskClient, key: str) -> Profile:
    """Put a ready profile in force from its page, if it differs from what is."""
    page = client.get(f"/policy/ready/{key}").get_data(as_text=True)
    hidden = re.findall(r'<input[^>]*name="(changes|seen)"[^>]*value="([^"]*)"', page)
    if hidden:
        posted = {name: html.unescape(value) for name, value in hidden} | {"reason": "Så gör vi."}
        assert client.post("/policy/confirm", data=posted).status_code == 303
    with db.unit_of_work() as session:
        return policy.current(session)


def in_force(session: Session, **changes: object) -> None:
    content = to_content(replace(policy.current(session), **changes))  # type: ignore[arg-type]
    set_profile(session, None, clock.now(), content)


def registered(settings: Settings) -> list[str]:
    SiteProcess(settings).pull()
    listed = (settings.site_folder / "current" / "konton" / "konton.json").read_text()
    return [row["konto"] for row in json.loads(listed)["konton"]]


def sign(client: FlaskClient, plan: str, seen: str) -> int:
    form = {"seen_hash": seen, "title": "chef", "place": "Torsby", "agrees": "y"}
    return client.post(f"{plan}/sign", data=form).status_code


def seen(client: FlaskClient, plan: str) -> str:
    found = re.search(r'name="seen_hash" value="([0-9a-f]{64})"', text(client, f"{plan}/sign"))
    assert found is not None
    return found[1]


@pytest.mark.parametrize("key", READY)
def test_an_account_goes_the_same_way_with_the_profiles_own_chain_and_periods(
    client_for: ClientFor, cast: Cast, settings: Settings, key: str
) -> None:
    """2.1-a, 2.1-b, 3-a, 3-d, 3.2-a, 3.2-b, 3.2-c, 4-f, B1-f, B1-l."""
    with db.unit_of_work() as session:
        assess(session, cast, "instagram")
    stina, olle = client_for(cast.stina), client_for(cast.olle)
    profile = load(stina, key)
    assert profile == from_content(
        {**to_content(TORSBY_2011), **ready_changes(key, READY[key].values)}
    )
    rules = text(stina, "/policy")
    for name in PERIODS:
        for line in policy_words.lines(profile, name):
            assert line in rules
    assert password_faults("Aa1" * 9, profile) == []
    short = {"old_password": "x", "password": ("Aa1" * 9)[: profile.password_min - 1]}
    refused = olle.post("/me/password", data=short | {"again": short["password"]})
    assert f"minst {profile.password_min} tecken" in refused.get_data(as_text=True).lower()

    plan = olle.post("/accounts/propose", data=NOTICE).location
    account = int(plan.split("/")[-2])
    olle.post(f"{plan}/checklist", data=dict.fromkeys(CHECKLIST, "yes"))
    period = "varje arbetsdag" if profile.check_period == "workday" else "i veckan"
    asked = text(olle, f"{plan}/edit")
    assert re.search(rf"Reglerna säger minst {profile.check_times} gång(er)? {period}\.", asked)
    assert all(f" {one.sv}<" in asked or f">{one.sv}<" in asked for one in profile.purposes)
    alone = olle.post(f"{plan}/edit", data={**PLAN, "edits": "0"})
    assert f"Ange minst {profile.min_admins} administratörer." in alone.get_data(as_text=True)
    whole = {**PLAN, "edits": "1", "administrators-1-email": "maja@torsby.example"}
    assert olle.post(f"{plan}/edit", data=whole).location == plan

    signers = {role: cast.with_role(role) for role in SIGNERS}
    for n, step in enumerate(profile.chain):
        assert f"{n} av {len(profile.chain)}" in text(olle, plan)
        label = policy_words.label_of(step.role, profile.role_labels)
        assert label in text(olle, plan)
        client = client_for(signers[step.role])
        verb = "Lämna samråd om planen" if step.kind == CONSULTATION else "Skriv under planen"
        assert verb in text(client, "/")
        read = seen(client, plan)
        for role in set(SIGNERS) - {one.role for one in profile.chain}:
            outside = client_for(signers[role])
            assert "Skriv under planen" not in text(outside, "/")
            assert sign(outside, plan, read) == 403
        assert sign(client, plan, read) == 302
        assert verb not in text(client, "/")
    assert f"{len(profile.chain)} av {len(profile.chain)}" in text(olle, plan)
    assert "Inte i bruk." in text(olle, plan) and registered(settings) == []

    there = stina.post(f"/accounts/{account}/custody/paper", data=PAPER)
    assert there.status_code == 302
    with db.unit_of_work() as session:
        assert session.get_one(Account, account).state == State.ACTIVE
    assert "Kontot följer version 1" in text(olle, plan)
    assert f"Policy {key}." in text(olle, f"{plan}/print")
    assert registered(settings) == ["bokbussen"]


def test_a_plan_with_every_mark_of_a_shortened_chain_is_signed_when_the_rules_are(
    client_for: ClientFor, cast: Cast
) -> None:
    """3.2-b: there is nobody left whose mark could move it on."""
    with db.unit_of_work() as session:
        account_id = submitted(session, cast, platform="instagram").id
        mark(session, cast.anders, account_id)
        untouched = proposed(session, cast.maja, platform="other").id
    stina = client_for(cast.stina)
    preview = text(stina, "/policy/ready/varberg")
    assert "1 handlingsplan har alla underskrifter som behövs och blir klar: Bokbussen" in preview
    load(stina, "varberg")
    with db.unit_of_work() as session:
        plan = plan_queries.plan(session, account_id)
        assert plan.account.state == State.CUSTODY and plan.in_force is not None
        assert session.get_one(Account, untouched).state == State.NOTIFIED
    assert "1 av 1" in text(stina, f"/accounts/{account_id}/plan")
    load(stina, "torsby-2011")
    page = text(stina, f"/accounts/{account_id}/plan")
    assert "1 av 1" in page, "it was signed by the rules of its day"


def test_a_plan_short_of_a_mark_under_the_new_chain_waits_for_it(cast: Cast) -> None:
    """3.2-b."""
    with db.unit_of_work() as session:
        account = submitted(session, cast)
        mark(session, cast.anders, account.id)
        in_force(session, chain=(Step("head_of_department", DECISION),))
        signing_operations.meet_new_rules(session, cast.stina, at(6))
        assert account.state == State.SIGNING
        assert [v.id for v, _step in plan_queries.waiting_for(session, cast.eva)]
        mark(session, cast.eva, account.id)
        assert account.state == State.CUSTODY


def test_a_plan_whose_consulted_role_must_now_decide_goes_back_with_the_reason(
    cast: Cast,
) -> None:
    """3.2-b: to have been heard isn't to have said yes."""
    with db.unit_of_work() as session:
        account = submitted(session, cast)
        mark(session, cast.stina, account.id)
        chain = (Step("operations_manager", CONSULTATION), Step("strategy", DECISION))
        in_force(session, chain=chain)
        signing_operations.meet_new_rules(session, cast.siv, at(6))
        version = plan_queries.plan(session, account.id).latest
        assert account.state == State.PLANNING and version and version.voided_at == at(6)
        assert "ska besluta, inte höras" in version.voided_reason


def test_who_has_decided_counts_where_hearing_is_enough_now(cast: Cast) -> None:
    """3.2-b."""
    with db.unit_of_work() as session:
        account = submitted(session, cast)
        mark(session, cast.anders, account.id)
        mark(session, cast.eva, account.id)
        chain = (Step("operations_manager", CONSULTATION), Step("head_of_department", DECISION))
        in_force(session, chain=chain)
        signing_operations.meet_new_rules(session, cast.siv, at(6))
        assert account.state == State.CUSTODY


def test_a_plan_moved_on_by_the_rules_goes_back_if_an_administrator_cannot_be_one(
    cast: Cast,
) -> None:
    """3-a, 3.2-b."""
    with db.unit_of_work() as session:
        account = submitted(session, cast)
        mark(session, cast.anders, account.id)
        session.get_one(Person, cast.maja.id).active = False
        session.flush()
        in_force(session, chain=(Step("operations_manager", DECISION),))
        signing_operations.meet_new_rules(session, cast.siv, at(6))
        version = plan_queries.plan(session, account.id).latest
        assert account.state == State.PLANNING and version and "Maja" in version.voided_reason


def test_a_plan_that_waited_when_its_account_ended_asks_nobody_and_holds_up_no_change_of_the_rules(
    cast: Cast,
) -> None:
    """2.1-c, 3.2-b."""
    with db.unit_of_work() as session:
        account = signed(session, cast)
        assert account.state == State.ACTIVE
        write(session, cast.olle, account.id, other())
        plan_operations.submit_plan(session, cast.olle, account.id, at(6))
        mark(session, cast.anders, account.id)
        signing_operations.end_account(
            session, cast.olle, account.id, at(7),
            reason="Bokbussen slutar.", snapshot="Dnr 2026:14", report="214 följde den.",
        )  # fmt: skip
        assert plan_queries.waiting(session) == []
        in_force(session, chain=(Step("operations_manager", DECISION),))
        signing_operations.meet_new_rules(session, cast.siv, at(8))
        version = plan_queries.plan(session, account.id).latest
        assert version and version.voided_reason == "Bokbussen slutar."


BOOKS = Choice("books", "Låna ut böcker", "Lend books")


def test_the_purposes_offered_and_taken_are_the_profiles_and_a_plan_keeps_its_own(
    client_for: ClientFor, cast: Cast
) -> None:
    """2.2-a."""
    with db.unit_of_work() as session:
        account_id = submitted(session, cast).id
        in_force(session, purposes=(BOOKS, TORSBY_2011.purposes[1]))
        write(
            session, cast.olle, account_id, replace(WHOLE, purposes=("inform", "dialogue", "books"))
        )
        with pytest.raises(Faults) as refusal:
            write(session, cast.olle, account_id, replace(WHOLE, purposes=("market",)))
        assert list(refusal.value.faults) == ["purposes"]
    page = text(client_for(cast.olle), f"/accounts/{account_id}/plan/edit")
    offered = re.findall(
        r'name="purposes"[^>]*value="(\w+)"|value="(\w+)"[^>]*name="purposes"', page
    )
    assert ["".join(pair) for pair in offered] == ["books", "inform", "dialogue"]
    shown = text(client_for(cast.olle), f"/accounts/{account_id}/plan")
    assert "Låna ut böcker. Nå ut med information. Samtala och fråga om råd." in shown


def test_a_plan_reads_as_it_was_sent_though_the_rules_word_its_purposes_anew(
    client_for: ClientFor, cast: Cast
) -> None:
    """2.2-a, 3.2-b: nobody finds other words under a signature."""
    with db.unit_of_work() as session:
        account_id = submitted(session, cast).id
        version = session.get_one(PlanVersion, 1)
        version.submitted_at = clock.now()
        session.flush()
        reworded = tuple(replace(one, sv=f"Ny {one.key}") for one in TORSBY_2011.purposes)
        in_force(session, purposes=reworded)
    page = text(client_for(cast.olle), f"/accounts/{account_id}/plan")
    assert "Nå ut med information. Samtala och fråga om råd." in page and "Ny inform" not in page
