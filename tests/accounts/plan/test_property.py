"""Whoever does whatever in whatever order: no forbidden state, and the timeline alone tells it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as config
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import db
from console.accounts import operations, plan_operations, plan_queries
from console.accounts import signing_operations as signing
from console.accounts.plan_queries import Plan
from console.accounts.rules import ARROWS, State, may_move
from console.errors import ConsoleError
from console.people.models import Person
from console.timeline.models import Body, Entry
from tests.accounts.plan.library import ANSWERS, assess, at, mark, other, write
from tests.cast import Cast

WHO = st.sampled_from(["olle", "maja", "anders", "eva", "stina", "karin"])
SIGNERS = st.sampled_from(["anders", "eva", "stina"])
STEPS = st.one_of(
    st.tuples(st.just("sign"), SIGNERS),
    st.tuples(st.just("sign"), WHO),
    st.tuples(st.sampled_from(["checklist", "submit", "write"]), st.just("olle")),
    st.tuples(
        st.sampled_from(
            ["checklist", "write", "submit", "return", "activate", "envelope", "pause", "resume",
             "end", "withdraw"]
        ),
        WHO,
    ),
)  # fmt: skip
BEGINNINGS = st.sampled_from(
    [
        [],
        [("checklist", "olle"), ("write", "olle"), ("submit", "olle")],
        [("checklist", "olle"), ("write", "olle"), ("submit", "olle"), ("sign", "anders"),
         ("sign", "eva"), ("sign", "stina")],
    ]
)  # fmt: skip
HANDLES = count(1)


@dataclass
class Told:
    """An account as nothing but the timeline tells it."""

    state: str = ""
    waiting: int | None = None
    in_force: int | None = None
    marks: set[str] = field(default_factory=set)

    def hear(self, tag: str, facts: dict[str, Any]) -> None:
        if tag == "account:added":
            self.state = facts["state"]
        if tag in ARROWS.values():
            assert may_move(facts["from"], facts["to"]) and facts["from"] == self.state
            self.state = facts["to"]
        match tag:
            case "account:plan:submitted" | "account:plan:renewed":
                self.waiting, self.marks = facts["version"], set()
            case "account:mark:given":
                self.marks.add(facts["role"])
            case "account:plan:signed" | "account:plan:replaced":
                self.waiting, self.in_force = None, facts["version"]
            case "account:plan:voided" if facts["version"] == self.waiting:
                self.waiting = None
            case "account:plan:voided":
                self.in_force = None


def do(session: Session, who: Person, account_id: int, verb: str, n: int) -> None:
    plan = plan_queries.plan(session, account_id)
    seen = plan.waiting.content_hash if plan.waiting else "0" * 64
    match verb:
        case "checklist":
            plan_operations.save_checklist(session, who, account_id, ANSWERS, at(n))
        case "write":
            write(session, who, account_id, other(goals=f"{n % 3} mål."))
        case "submit":
            plan_operations.submit_plan(session, who, account_id, at(n))
        case "sign":
            mark(session, who, account_id)
        case "return":
            signing.return_plan(session, who, account_id, seen, "Ändra.", at(n))
        case "activate":
            signing.activate(session, who, account_id, at(n))
        case "envelope":
            signing.activate_if_settled(session, who, plan.account, at(n))
        case "end":
            texts = {"reason": "Slut.", "snapshot": "Dnr 1", "report": "Klart."}
            signing.end_account(session, who, account_id, at(n), **texts)
        case "withdraw":
            signing.withdraw_proposal(session, who, account_id, "Nej.", at(n))
        case "pause" | "resume":
            old, new = State.ACTIVE, State.PAUSED
            if verb == "resume":
                old, new = new, old
            operations.change_state(session, who, account_id, old, new, at(n), reason="Så.")


def check(plan: Plan, settled: bool) -> None:
    """What must hold in every state."""
    state, waiting, in_force = plan.account.state, plan.waiting, plan.in_force
    if state == State.NOTIFIED:
        assert not plan.checklist_done and not plan.versions
    if state == State.PLANNING:
        assert plan.checklist_done and waiting is None and in_force is None
    if state == State.SIGNING:
        assert waiting is not None and len(waiting.marks) < len(plan.chain)
    if state in (State.CUSTODY, State.ACTIVE, State.PAUSED):
        assert in_force is not None
    if state == State.CUSTODY:
        assert not settled or plan.account.platform == "instagram"
    if state in (State.ACTIVE, State.PAUSED):
        assert settled and len(plan.account.administrators) == 2
    for version in plan.versions:
        people = [one.person_id for one in version.marks]
        assert len(set(people)) == len(people)
        assert not {m.person_id for m in version.marks if m.kind == "decision"} & {*version.hands}
        complete = {one.role for one in version.marks} == {step.role for step in plan.chain}
        assert complete == (version.signed_at is not None)


# Shrinking would play whole lives against the database for minutes.
@config(
    max_examples=25,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(
    beginning=BEGINNINGS,
    steps=st.lists(STEPS, min_size=5, max_size=25),
    platform=st.sampled_from(["facebook", "instagram"]),
)
def test_no_forbidden_state_is_reached_and_the_timeline_rebuilds_the_account(
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    beginning: list[tuple[str, str]],
    steps: list[tuple[str, str]],
    platform: str,
) -> None:
    """3.2-a, 3.2-b, 3.2-c, 2.1-c."""
    arrived = {"envelope": platform == "facebook"}
    monkeypatch.setattr(plan_queries, "custody_settled", lambda _s, _a: arrived["envelope"])
    with db.unit_of_work() as session:
        assess(session, cast, platform)
        proposal = plan_operations.Proposal(
            name="Bokbussen", platform=platform, handle=f"bok{next(HANDLES)}",
            operation="Biblioteket", committee="Kulturnämnden",
        )  # fmt: skip
        account_id = plan_operations.propose(session, cast.olle, proposal, at(0)).id
        for n, (verb, name) in enumerate([*beginning, *steps]):
            arrived["envelope"] |= verb == "envelope"
            try:
                with session.begin_nested():
                    do(session, getattr(cast, name), account_id, verb, n)
            except ConsoleError:
                session.expire_all()
            check(plan_queries.plan(session, account_id), arrived["envelope"])
    told = Told()
    with db.unit_of_work() as session:
        query = select(Body.canonical).join(Entry).where(Entry.tag.startswith("account:"))
        for text in session.scalars(query.order_by(Entry.n)):
            entry = json.loads(text or "")
            if entry["facts"]["account"] == account_id:
                told.hear(entry["tag"], entry["facts"])
        plan = plan_queries.plan(session, account_id)
        assert told.state == plan.account.state
        assert told.waiting == (plan.waiting.number if plan.waiting else None)
        assert told.in_force == (plan.in_force.number if plan.in_force else None)
        if plan.waiting:
            assert told.marks == {one.role for one in plan.waiting.marks}
