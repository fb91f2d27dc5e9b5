"""Opening an event: who may, what must be said, and what follows (7-a, 7-d)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import live
from console.accounts import rules as account_rules
from console.accounts import signing_operations
from console.accounts.models import Account
from console.db import unit_of_work
from console.errors import Faults, NotAllowed, WrongState
from console.incidents import queries, rules
from console.incidents.models import Notice
from console.people.models import Person, PersonRole
from console.people.rules import Role
from console.timeline.models import Entry
from tests.incidents.cast import at, cast, event, person

pytestmark = pytest.mark.usefixtures("database")


def tags(session: Session, incident_id: int) -> list[str]:
    entries = select(Entry.tag).where(Entry.incident_id == incident_id).order_by(Entry.n)
    return list(session.scalars(entries))


def test_opening_locks_what_is_preselected_and_is_on_the_record() -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        assert {live.incident_topic(incident.id), live.CALM, live.WORK} <= session.info["topics"]
    with unit_of_work() as session:
        locked = [lock.account_id for lock in queries.active_locks(session, incident.id)]
        assert locked == [c.website.id, c.bath.id, c.school.id, c.paused.id]
        uses = [(x.account.name, x.use) for x in queries.choices_of(session, incident.id)]
        assert uses == [
            ("Torsby kommun", "publish"),
            ("Torsbybadet", "publish"),
            ("Stjerneskolan", "publish"),
            ("Turistbyrån", "lock_only"),
            ("Intranätet", "leave"),
        ]
        assert tags(session, incident.id) == [
            "incident:opened",
            "incident:accounts:decided",
            "lock:set",
            "notice:made",
        ]
        assert [i.slug for i in queries.open_incidents(session)] == ["koka-vattnet"]


def test_each_administrator_gets_one_notice_about_all_of_their_accounts() -> None:
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)
        told = {
            n.person.name: [a.name for a in queries.accounts_of(session, n)]
            for n in queries.notices_of(session, incident.id)
        }
    assert told == {
        "Karin Holm": ["Torsbybadet", "Stjerneskolan"],
        "Ali Hassan": ["Stjerneskolan", "Turistbyrån"],
    }


def test_a_deactivated_administrator_is_not_told() -> None:
    with unit_of_work() as session:
        c = cast(session)
        c.ali.active = False
        incident = event(session, c.unit)
        assert [n.person_id for n in queries.notices_of(session, incident.id)] == [c.karin.id]


def test_an_administrator_who_has_other_roles_by_now_is_told_all_the_same() -> None:
    """They may still have the platform's own app, and a post of theirs would be out."""
    with unit_of_work() as session:
        c = cast(session)
        c.ali.role_rows = [PersonRole(role=Role.REVIEWER)]
        incident = event(session, c.unit)
        told = {n.person_id for n in queries.notices_of(session, incident.id)}
        assert told == {c.karin.id, c.ali.id}


@pytest.mark.parametrize(("mail", "state"), [(True, "queued"), (False, "none")])
def test_mail_is_queued_only_where_mail_is_set_up(mail: bool, state: str) -> None:
    with unit_of_work() as session:
        c = cast(session)
        event(session, c.unit, mail=mail)
        assert set(session.scalars(select(Notice.mail_state))) == {state}


def test_nobody_but_the_information_unit_opens_an_event() -> None:
    with unit_of_work() as session:
        cast(session)
        for role in set(Role) - {Role.INFORMATION_UNIT}:
            with pytest.raises(NotAllowed):
                event(session, person(session, f"{role} Annan", role))


def test_a_live_event_without_live_use_is_refused_and_says_what_to_do() -> None:
    with unit_of_work() as session:
        c = cast(session, live=False)
        with pytest.raises(WrongState, match="Skarp drift är inte påslagen"):
            event(session, c.unit)
        assert event(session, c.unit, exercise=True).slug == "ovning-koka-vattnet"


def test_exercise_or_live_must_be_chosen() -> None:
    with unit_of_work() as session:
        c = cast(session)
        with pytest.raises(Faults) as caught:
            event(session, c.unit, exercise=None)
        assert list(caught.value.faults) == ["exercise"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "  "),
        ("name", "x" * 81),
        ("stage", "panic"),
        ("stage", ""),
        ("reason", " "),
        ("reason", "x" * 501),
    ],
)
def test_what_is_missing_is_named_by_field(field: str, value: str) -> None:
    with unit_of_work() as session:
        c = cast(session)
        with pytest.raises(Faults) as caught:
            event(session, c.unit, **{field: value})
        assert list(caught.value.faults) == [field]


def test_all_that_is_missing_is_named_at_once() -> None:
    with unit_of_work() as session:
        c = cast(session)
        with pytest.raises(Faults) as caught:
            event(session, c.unit, name="", stage="", reason="", exercise=None, choices={})
        accounts = [f"account-{a.id}" for a in queries.accounts_offered(session)]
        assert list(caught.value.faults) == ["exercise", "name", "stage", "reason", *accounts]


def test_narrowing_without_a_reason_is_refused() -> None:
    with unit_of_work() as session:
        c = cast(session)
        choices = rules.default_choices(queries.accounts_offered(session))
        choices[c.bath.id] = ("lock_only", " ")
        with pytest.raises(Faults) as caught:
            event(session, c.unit, choices=choices)
        assert list(caught.value.faults) == ["narrowing_reason"]


def test_one_reason_covers_every_narrowed_account_without_its_own() -> None:
    with unit_of_work() as session:
        c = cast(session)
        choices = rules.default_choices(queries.accounts_offered(session))
        choices[c.bath.id] = ("leave", "")
        choices[c.school.id] = ("lock_only", "Skolan berörs inte.")
        incident = event(session, c.unit, choices=choices, narrowing_reason="Få följer kontot.")
        reasons = {x.account_id: x.reason for x in queries.choices_of(session, incident.id)}
        assert reasons[c.bath.id] == "Få följer kontot."
        assert reasons[c.school.id] == "Skolan berörs inte."
        assert reasons[c.website.id] == ""


def test_publishing_on_a_paused_account_is_refused() -> None:
    with unit_of_work() as session:
        c = cast(session)
        choices = rules.default_choices(queries.accounts_offered(session))
        choices[c.paused.id] = ("publish", "")
        with pytest.raises(Faults, match="inte aktivt") as caught:
            event(session, c.unit, choices=choices)
        assert list(caught.value.faults) == [f"account-{c.paused.id}"]


def test_an_account_that_is_only_proposed_is_not_offered_to_an_event() -> None:
    with unit_of_work() as session:
        c = cast(session)
        for state in account_rules.BEFORE_USE:
            c.bath.state = state
            session.flush()
            assert c.bath not in queries.accounts_offered(session), state
            chosen = rules.default_choices(queries.accounts_offered(session))
            with pytest.raises(Faults) as caught:
                event(session, c.unit, choices={**chosen, c.bath.id: ("lock_only", "")})
            assert list(caught.value.faults) == [f"account-{c.bath.id}"]
        incident = event(session, c.unit)
        assert queries.choice_of(session, incident.id, c.bath.id) is None
        assert c.paused in queries.accounts_offered(session)


def test_an_account_cannot_be_ended_while_an_event_holds_it() -> None:
    """2.1-c, 7-a"""
    texts = {"reason": "Såld.", "snapshot": "Dnr 14", "report": "Klart."}
    with unit_of_work() as session:
        c = cast(session)
        incident = event(session, c.unit)

    def end() -> None:
        with unit_of_work() as session:
            signing_operations.end_account(
                session, c.karin, c.bath.id, at(5), held_by=queries.held_by, **texts
            )

    with pytest.raises(WrongState, match=r"Torsbybadet är låst av Koka vattnet\."):
        end()
    with unit_of_work() as session:
        assert session.get_one(Account, c.bath.id).state == "active"
        for lock in queries.active_locks(session, incident.id):
            lock.released_at = at(6)
    end()
    with unit_of_work() as session:
        assert session.get_one(Account, c.bath.id).state == "ended"


def test_no_event_takes_an_account_while_somebody_is_ending_it() -> None:
    with unit_of_work() as session:
        c = cast(session)
    with ThreadPoolExecutor(1) as pool, unit_of_work() as session:
        assert queries.held_by(session, c.bath.id) == ""

        def opened() -> list[int]:
            with unit_of_work() as other:
                incident = event(other, other.get_one(Person, c.unit.id))
                return [lock.account_id for lock in queries.active_locks(other, incident.id)]

        later = pool.submit(opened)
        with pytest.raises(TimeoutError):
            later.result(timeout=0.3)
        session.get_one(Account, c.bath.id).state = "ended"
        session.commit()
        with pytest.raises(Faults):
            later.result(timeout=10)


def test_an_account_that_ended_cannot_be_chosen() -> None:
    with unit_of_work() as session:
        c = cast(session)
        choices = rules.default_choices(queries.accounts_offered(session))
        c.bath.state = "ended"
        session.flush()
        with pytest.raises(Faults) as caught:
            event(session, c.unit, choices=choices)
        assert list(caught.value.faults) == [f"account-{c.bath.id}"]


def test_an_account_locked_by_another_live_event_must_be_decided_anew() -> None:
    with unit_of_work() as session:
        c = cast(session)
        event(session, c.unit)
        with pytest.raises(Faults) as caught:
            event(session, c.unit, name="Skogsbrand", now=at(5))
        why = caught.value.faults[f"account-{c.bath.id}"]
        assert "Torsbybadet" in why
        assert "Koka vattnet" in why
        choices = {a.id: ("leave", "") for a in queries.accounts_offered(session)}
        reason = "Kontona används i Koka vattnet."
        second = event(
            session, c.unit, name="Skogsbrand", choices=choices, narrowing_reason=reason, now=at(5)
        )
        assert queries.active_locks(session, second.id) == []


def test_the_same_event_is_not_opened_twice() -> None:
    with unit_of_work() as session:
        c = cast(session)
        event(session, c.unit, exercise=True)
        with pytest.raises(Faults, match="redan öppen"):
            event(session, c.unit, exercise=True, name="koka  VATTNET")


def test_an_exercise_locks_nothing_live_and_nothing_of_another_exercise() -> None:
    with unit_of_work() as session:
        c = cast(session)
        first = event(session, c.unit, exercise=True)
        second = event(session, c.unit, exercise=True, name="Brand")
        assert queries.lock_of(session, c.bath.id, exercise=False) is None
        crisis = event(session, c.unit)
        for incident in (first, second, crisis):
            assert queries.may_publish(session, incident.id, c.bath.id) is None
        held = queries.lock_of(session, c.bath.id, exercise=False)
        assert held is not None
        assert held.incident_id == crisis.id


def test_two_live_events_opened_at_once_never_both_get_an_account() -> None:
    with unit_of_work() as session:
        unit_id = cast(session).unit.id
    together = threading.Barrier(2)

    def open_one(name: str) -> str:
        try:
            with unit_of_work() as session:
                unit = session.get_one(Person, unit_id)
                together.wait(10)
                event(session, unit, name=name)
            return "opened"
        except Faults as error:
            return " ".join(error.faults)

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(open_one, ["Brand", "Skred"]))
    assert outcomes[1] == "opened"
    assert outcomes[0].startswith("account-")
    with unit_of_work() as session:
        assert [i.exercise for i in queries.open_incidents(session)] == [False]
