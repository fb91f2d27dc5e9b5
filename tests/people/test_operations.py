from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import clock
from console.config import Settings
from console.db import unit_of_work
from console.errors import BadInput, ConsoleError, NotAllowed, NotFound, WrongState
from console.people import login, operations, queries
from console.people.models import OneTimeLink, Person
from console.people.rules import Role
from console.timeline.models import Body, Entry, Personal
from tests.cast import PASSWORD, Cast

NEW = "Xq9-mvkr7-wtPz"


def invite(session: Session, cast: Cast, email: str = "nils@torsby.example") -> tuple[Person, str]:
    return operations.invite(
        session,
        cast.siv,
        clock.now(),
        name="  Nils   Ask ",
        email=email,
        roles=["approver", "strategy"],
    )


def test_an_invited_person_chooses_a_password_once_and_logs_in(cast: Cast) -> None:
    with unit_of_work() as session:
        person, token = invite(session, cast)
        assert person.name == "Nils Ask"
        assert person.roles == {"approver", "strategy"}
    with unit_of_work() as session:
        operations.use_link(session, clock.now(), token, NEW)
    with unit_of_work() as session, pytest.raises(NotFound):
        operations.use_link(session, clock.now(), token, NEW)
    with unit_of_work() as session:
        answer = login.log_in(
            session, clock.now(), email="NILS@torsby.example", password=NEW, address="::1"
        )
        assert isinstance(answer, login.LoggedIn)


def test_a_link_is_stored_as_a_digest_only(cast: Cast) -> None:
    with unit_of_work() as session:
        _, token = invite(session, cast)
        session.flush()
        stored = session.scalars(select(OneTimeLink.token_digest)).all()
        assert queries.digest_of(token) in stored
        assert token.encode() not in stored


def test_a_link_that_is_too_old_is_refused(cast: Cast) -> None:
    with unit_of_work() as session:
        _, token = invite(session, cast)
    with unit_of_work() as session, pytest.raises(NotFound):
        operations.use_link(session, clock.now() + timedelta(hours=73), token, NEW)


def test_a_second_person_with_the_same_address_is_refused_5_d(cast: Cast) -> None:
    with unit_of_work() as session, pytest.raises(BadInput) as refusal:
        invite(session, cast, "LISA@torsby.example")
    assert refusal.value.field == "email"


@pytest.mark.parametrize("roles", [[], ["king"]])
def test_a_person_without_a_known_role_is_refused(cast: Cast, roles: list[str]) -> None:
    with unit_of_work() as session, pytest.raises(BadInput) as refusal:
        operations.change_roles(session, cast.siv, clock.now(), cast.lisa, roles)
    assert refusal.value.field == "roles"


def test_changed_roles_hold_at_once_and_stand_in_the_timeline(cast: Cast) -> None:
    with unit_of_work() as session:
        lisa = queries.get(session, cast.lisa.id)
        operations.change_roles(session, cast.siv, clock.now(), lisa, ["approver", "archivist"])
    with unit_of_work() as session:
        assert queries.get(session, cast.lisa.id).roles == {"approver", "archivist"}
        body = session.scalars(
            select(Body.canonical)
            .join(Entry, Entry.n == Body.n)
            .where(Entry.tag == "person:roles:changed")
        ).one()
    assert '"granted":["approver","archivist"]' in (body or "")
    assert '"taken":["information_unit"]' in (body or "")


def test_nobody_takes_the_system_role_from_themselves_or_shuts_themselves_out(cast: Cast) -> None:
    with unit_of_work() as session:
        siv = queries.get(session, cast.siv.id)
        with pytest.raises(NotAllowed):
            operations.change_roles(session, siv, clock.now(), siv, ["approver"])
        with pytest.raises(NotAllowed):
            operations.deactivate(session, siv, clock.now(), siv)


def test_the_last_administrator_who_can_log_in_stays(cast: Cast) -> None:
    """An administrator who was invited but has no password yet doesn't count."""
    with unit_of_work() as session:
        invited, _ = operations.invite(
            session,
            cast.siv,
            clock.now(),
            name="Nils Ask",
            email="nils@torsby.example",
            roles=[Role.SYSTEM_ADMINISTRATOR],
        )
    for act in (
        lambda s, siv: operations.deactivate(s, invited, clock.now(), siv),
        lambda s, siv: operations.change_roles(s, invited, clock.now(), siv, ["approver"]),
    ):
        with unit_of_work() as session, pytest.raises(WrongState):
            act(session, queries.get(session, cast.siv.id))


def test_two_administrators_who_remove_each_other_at_once_leave_one(cast: Cast) -> None:
    with unit_of_work() as session:
        stina = queries.get(session, cast.stina.id)
        operations.change_roles(session, cast.siv, clock.now(), stina, [Role.SYSTEM_ADMINISTRATOR])
    together, outcomes = threading.Barrier(2), []

    def remove(actor_id: int, other_id: int) -> None:
        try:
            with unit_of_work() as session:
                actor, other = queries.get(session, actor_id), queries.get(session, other_id)
                together.wait(5)
                operations.deactivate(session, actor, clock.now(), other)
            outcomes.append("done")
        except ConsoleError:
            outcomes.append("refused")

    threads = [
        threading.Thread(target=remove, args=pair)
        for pair in ((cast.siv.id, cast.stina.id), (cast.stina.id, cast.siv.id))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(outcomes) == ["done", "refused"]
    with unit_of_work() as session:
        assert len(queries.with_role(session, Role.SYSTEM_ADMINISTRATOR)) == 1


def test_a_deactivated_person_is_out_at_once(cast: Cast) -> None:
    with unit_of_work() as session:
        token = login.start_session(session, cast.lisa, clock.now())
        link = operations.make_reset_link(session, cast.siv, clock.now(), cast.lisa)
    with unit_of_work() as session:
        lisa = queries.get(session, cast.lisa.id)
        operations.deactivate(session, cast.siv, clock.now(), lisa)
    with unit_of_work() as session:
        assert queries.login_of(session, token, clock.now()) is None
        refused = login.log_in(
            session, clock.now(), email=cast.lisa.email, password=PASSWORD, address="::1"
        )
        assert isinstance(refused, login.Refused)
        with pytest.raises(NotFound):
            operations.use_link(session, clock.now(), link, NEW)


def test_a_reactivated_person_has_the_roles_and_the_password_they_had(cast: Cast) -> None:
    with unit_of_work() as session:
        lisa = queries.get(session, cast.lisa.id)
        operations.deactivate(session, cast.siv, clock.now(), lisa)
        operations.reactivate(session, cast.siv, clock.now(), lisa)
    with unit_of_work() as session:
        answer = login.log_in(
            session, clock.now(), email=cast.lisa.email, password=PASSWORD, address="::1"
        )
        assert isinstance(answer, login.LoggedIn)
        assert answer.person.roles == {"information_unit"}


def test_a_used_reset_ends_sessions_and_the_old_password(cast: Cast) -> None:
    with unit_of_work() as session:
        token = login.start_session(session, cast.lisa, clock.now())
        older = operations.make_reset_link(session, cast.siv, clock.now(), cast.lisa)
        link = operations.make_reset_link(session, cast.siv, clock.now(), cast.lisa)
    with unit_of_work() as session, pytest.raises(NotFound):
        operations.use_link(session, clock.now(), older, NEW)
    with unit_of_work() as session:
        operations.use_link(session, clock.now(), link, NEW)
    with unit_of_work() as session:
        found = queries.login_of(session, token, clock.now())
        assert found is not None
        assert found.over
        old = login.log_in(
            session, clock.now(), email=cast.lisa.email, password=PASSWORD, address="::1"
        )
        assert isinstance(old, login.Refused)


def test_a_password_that_breaks_the_rule_leaves_the_link_unused(cast: Cast) -> None:
    with unit_of_work() as session:
        _, token = invite(session, cast)
    with unit_of_work() as session, pytest.raises(BadInput):
        operations.use_link(session, clock.now(), token, "kort")
    with unit_of_work() as session:
        operations.use_link(session, clock.now(), token, NEW)


def test_changing_ones_own_password_asks_for_the_old_and_ends_the_other_sessions(
    cast: Cast,
) -> None:
    with unit_of_work() as session:
        here = login.start_session(session, cast.lisa, clock.now())
        there = login.start_session(session, cast.lisa, clock.now())
    with unit_of_work() as session:
        lisa = queries.get(session, cast.lisa.id)
        with pytest.raises(BadInput):
            operations.change_own_password(
                session, lisa, clock.now(), old="Fel-lösen-1", new=NEW, keep_token=here
            )
    with unit_of_work() as session:
        lisa = queries.get(session, cast.lisa.id)
        operations.change_own_password(
            session, lisa, clock.now(), old=PASSWORD, new=NEW, keep_token=here
        )
    with unit_of_work() as session:
        states = [queries.login_of(session, token, clock.now()) for token in (here, there)]
        assert [state is not None and state.over for state in states] == [False, True]


def test_the_first_administrators_link_works_once_and_only_the_newest(
    database: Settings,
) -> None:
    with unit_of_work() as session:
        older = operations.create_first_admin_link(session, clock.now())
        newest = operations.create_first_admin_link(session, clock.now())
    assert older is not None
    assert newest is not None
    who = {"name": "Siv Åker", "email": "siv@torsby.example", "password": NEW}
    with unit_of_work() as session, pytest.raises(NotFound):
        operations.create_first_admin(session, clock.now(), older.removeprefix("/first/"), **who)
    with unit_of_work() as session:
        siv = operations.create_first_admin(
            session, clock.now(), newest.removeprefix("/first/"), **who
        )
        assert siv.roles == {Role.SYSTEM_ADMINISTRATOR}
    with unit_of_work() as session:
        assert operations.create_first_admin_link(session, clock.now()) is None
    with unit_of_work() as session, pytest.raises(WrongState):
        operations.create_first_admin(session, clock.now(), newest.removeprefix("/first/"), **who)


def test_an_invitation_is_no_key_to_the_first_administrators_page(database: Settings) -> None:
    with unit_of_work() as session:
        person = operations.add_person(
            session, None, clock.now(), name="A B", email="a@x.se", roles=["approver"]
        )
        link = operations.make_reset_link(session, person, clock.now(), person)
    with unit_of_work() as session, pytest.raises(NotFound):
        operations.create_first_admin(
            session, clock.now(), link, name="A", email="b@x.se", password=NEW
        )


@pytest.mark.parametrize("field", ["name", "phone", "title"])
def test_a_text_pasted_into_somebodys_details_is_refused_at_its_field(
    cast: Cast, field: str
) -> None:
    """It would stand on every page and in every line of the log for good."""
    given = {"name": "Nils Ek", "phone": "070-1", "title": "", field: "Koka vattnet. " * 50}
    with unit_of_work() as session, pytest.raises(BadInput) as refused:
        operations.invite(
            session, cast.siv, clock.now(), email="nils@torsby.example", roles=["reviewer"], **given
        )
    assert refused.value.field == field
    if field == "title":
        return
    own = {name: given[name] for name in ("name", "phone")}
    with unit_of_work() as session, pytest.raises(BadInput) as refused:
        operations.change_own_details(session, cast.lisa, clock.now(), language="sv", **own)
    assert refused.value.field == field


def test_names_and_addresses_stand_beside_the_bodies_of_the_timeline(cast: Cast) -> None:
    with unit_of_work() as session:
        bodies = " ".join(b or "" for b in session.scalars(select(Body.canonical)))
        kept = session.scalars(select(Personal.content)).all()
    assert "lisa@torsby.example" not in bodies
    assert "Lisa Berg" not in bodies
    assert {"Lisa Berg", "lisa@torsby.example"} <= set(kept)
