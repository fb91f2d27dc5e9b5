"""What is so with the example's accounts, told through the verbs: plans, custody, who is away.

The file says it in words after an account's state. The words that are here become facts; the others
stay remarks on the account's page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.platforms import PLATFORMS
from console.accounts import (
    absences,
    custody_operations,
    custody_rules,
    operations,
    plan_operations,
    plan_rules,
    signing_operations,
)
from console.accounts.absences import Wanted
from console.accounts.custody_models import CustodyEnvelope, PageAdministrator
from console.accounts.custody_rules import Form, Seal
from console.accounts.models import Account
from console.accounts.operations import Change
from console.accounts.plan_models import AccountPlan, PlanMark, PlanVersion
from console.accounts.plan_rules import Content, Named
from console.accounts.rules import IN_USE
from console.people.models import Person
from console.phrases import STOCKHOLM
from console.policy.queries import current

ALONE = "bara en administratör"
AWAY = "sommar utan ersättare"
UNSIGNED = "handlingsplan väntar på förvaltningschef"
FACTS: Mapping[str, str] = {
    ALONE: "",
    AWAY: "aktiv",
    UNSIGNED: "anmäld",
    "beslut behövs": "",
    "slutrapport saknas": "",
    "egen bedömning saknas": "",
    "fotosamtycke 2 saknas": "",
}
"""Words of the file → the state that they stand for; "": they stand beside one, and it says so."""
BEFORE = timedelta(days=60)
"""The accounts were in use so long before the example is loaded."""
WAITED = timedelta(days=12)
"""For the head of department."""
AHEAD, WEEKS = 3, 4
"""The holiday without a substitute: so many weeks ahead, so long. On 8 June it is the summer's."""
LEFT = "mattias.ost@torsby.example"
"""Ran the account that has one administrator left."""
MANAGERS = ("berit.sand@torsby.example", "asa.wall@torsby.example")
HEADS = ("eva.lund@torsby.example", "lars.hultman@torsby.example")
STRATEGIST = "maria.ek@torsby.example"
PLACE, SAFE = "Torsby", "Kassaskåpet i rum 214"
ANSWERS = {key: {"answer": plan_rules.YES, "note": ""} for key in plan_rules.CHECKLIST}


def readable(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry without the words that `lay` makes into facts."""
    parts = [part.strip() for part in entry["state"].split(";")]
    said = [FACTS.get(part, part) for part in parts]
    people = list(entry["administrators"])
    if ALONE in parts:
        people.append(LEFT)
    return {**entry, "state": "; ".join(filter(None, said)), "administrators": people}


def lay(session: Session, entries: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Make it so for the accounts that were just imported from `readable` entries."""
    people = {person.email: person for person in session.scalars(select(Person))}
    accounts = session.scalars(select(Account).order_by(Account.position))
    for number, (entry, account) in enumerate(zip(entries, accounts, strict=True), 1):
        words = [part.strip() for part in entry["state"].split(";")]
        if account.state in IN_USE:
            _before(session, people, account, number, now - BEFORE)
        if UNSIGNED in words:
            _unsigned(session, people, account, number, now - WAITED)
        if ALONE in words:
            _leave(session, people, account, now - WAITED)
        if AWAY in words:
            _away(session, account, now)


def _before(
    session: Session, people: Mapping[str, Person], account: Account, number: int, at: datetime
) -> None:
    """What an account in use had when it came into the console: a plan with its marks, and its
    login in custody. Rows and one entry each, since no verb of the console's did it."""
    content, keeper = _content(account), people[STRATEGIST]
    profile = current(session)
    text, digest = plan_rules.frozen(content, account.id, profile.plan_form, profile.key)
    writer = account.administrators[0].person
    told = plan_rules.to_json(content)
    session.add(
        AccountPlan(
            account_id=account.id, checklist=ANSWERS, checklist_at=at, content=told, edits=1,
            saved_at=at,
        )
    )  # fmt: skip
    version = PlanVersion(
        account_id=account.id, number=1, canonical=text, content_hash=digest, content=told,
        form=profile.plan_form, policy=profile.key, hands=[writer.id], submitted_at=at,
        submitted_by_id=writer.id, signed_at=at,
    )  # fmt: skip
    for step, signer in zip(profile.chain, _signers(people, number), strict=True):
        version.marks.append(
            PlanMark(role=step.role, kind=step.kind, person_id=signer.id, name=signer.name,
                     title=signer.title, place=PLACE, given_at=at)
        )  # fmt: skip
    session.add(version)
    facts = {"version": 1, "hash": digest}
    plan_operations.note(session, writer, account, "account:plan:replaced", facts, at)
    if custody_rules.exempt(account.platform):
        for row in account.administrators:
            session.add(
                PageAdministrator(account_id=account.id, person_id=row.person_id, verified_at=at,
                                  verified_by_id=keeper.id)
            )  # fmt: skip
            facts = {"person": row.person_id, "verified": True}
            tag = "custody:page_administrator:checked"
            custody_operations.say(session, keeper, account, tag, facts, at)
        return
    envelope = CustodyEnvelope(
        account_id=account.id, form=Form.PHYSICAL, number=str(number), place=SAFE,
        handed_in_by=writer.name, codes=number % 2 == 0, state=Seal.SEALED, sealed_at=at,
        recorded_at=at, by_id=keeper.id,
    )  # fmt: skip
    session.add(envelope)
    session.flush()
    facts = {
        "envelope": envelope.id, "form": Form.PHYSICAL, "codes": envelope.codes,
        "number": envelope.number, "place": SAFE, "handed_in_by": writer.name, "sealed": at,
    }  # fmt: skip
    custody_operations.say(session, keeper, account, "custody:sealed", facts, at)


def _unsigned(
    session: Session, people: Mapping[str, Person], account: Account, number: int, at: datetime
) -> None:
    """A plan that its first administrator wrote, and that waits for the head of department."""
    writer = account.administrators[0].person
    plan_operations.save_checklist(session, writer, account.id, ANSWERS, at)
    plan_operations.save_plan(session, writer, account.id, _content(account), 0, at)
    version = plan_operations.submit_plan(session, writer, account.id, at)
    manager, _head, strategist = _signers(people, number)
    for signer in (manager, strategist):
        signing_operations.sign(
            session, signer, account.id, version.content_hash, at, title=signer.title, place=PLACE
        )


def _signers(people: Mapping[str, Person], number: int) -> tuple[Person, Person, Person]:
    """Manager, head and strategist: one for each step of the chain."""
    return people[MANAGERS[number % 2]], people[HEADS[number % 2]], people[STRATEGIST]


def _content(account: Account) -> Content:
    named = (row.person for row in account.administrators)
    return Content(
        medium=f"{PLATFORMS[account.platform].name}, {account.handle}",
        address=account.address,
        purposes=("inform", "dialogue"),
        purpose_text=f"Berätta om {account.operation} och svara på frågor.",
        audience=f"De som använder {account.operation}",
        goals="Svar inom ett dygn i nio fall av tio.",
        administrators=tuple(Named(one.name, one.email, one.phone) for one in named),
        watch="Måndag till fredag 8 till 16, två gånger i veckan.",
        minutes_a_week=120,
    )


def _leave(session: Session, people: Mapping[str, Person], account: Account, at: datetime) -> None:
    """One of two administrators leaves; nobody has come instead."""
    stay = tuple(r.person_id for r in account.administrators if r.person.email != LEFT)
    change = Change(
        kind=account.kind,
        settings=account.settings,
        public=account.public,
        official=account.official,
        languages=tuple(account.languages),
        repeat_rule=account.repeat_rule,
        administrators=stay,
    )
    operations.change_settings(session, people[STRATEGIST], account.id, change, at)


def _away(session: Session, account: Account, now: datetime) -> None:
    """All of its administrators are on holiday at once, and nobody stands in."""
    today = now.astimezone(STOCKHOLM).date()
    first: date = today - timedelta(days=today.weekday()) + timedelta(weeks=AHEAD)
    last = first + timedelta(weeks=WEEKS, days=-1)
    for row in account.administrators:
        absences.add(session, row.person, row.person_id, [Wanted(first, last, None)], now)
