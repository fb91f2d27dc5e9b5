"""Long lists: a fixed number of queries, Swedish order, and an address that can be shared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, insert

from console import clock, db
from console.accounts.models import Account, AccountAdministrator, AccountDeviation
from console.incidents.models import Incident, Notice
from console.people.models import Person, PersonRole
from console.web import logins
from tests.cast import Cast, client_for


def fill(first: int, last: int, cast: Cast) -> None:
    """Accounts and people numbered so, each account with an administrator and a deviation, each
    with a notice to Olle."""
    numbers = range(first, last + 1)
    now = clock.now()
    with db.unit_of_work() as session:
        incident = session.query(Incident).first()
        session.execute(insert(Person), [
            {"id": 10_000 + n, "name": f"Person {n:04}", "email": f"p{n}@torsby.example",
             "created_at": now, "password_hash": "no digest"} for n in numbers
        ])  # fmt: skip
        roles = [{"person_id": 10_000 + n, "role": "account_administrator"} for n in numbers]
        session.execute(insert(PersonRole), roles)
        session.execute(insert(Account), [
            {"id": n, "name": f"Konto {n:04}", "short_name": f"Konto {n:04}",
             "platform": "facebook" if n % 2 else "x", "handle": f"konto{n}", "kind": "by_hand",
             "committee": f"Nämnd {n % 7}", "repeat_rule": "every", "state": "active",
             "position": n, "created_at": now} for n in numbers
        ])  # fmt: skip
        session.execute(insert(AccountAdministrator), [
            {"account_id": n, "person_id": 10_000 + n, "position": 1} for n in numbers
        ])  # fmt: skip
        session.execute(insert(AccountDeviation), [
            {"account_id": n, "content": "Avviker", "noted_at": now} for n in numbers
        ])  # fmt: skip
        if incident is None:
            incident = Incident(
                name="Koka vattnet", slug="koka", area="Torsby", stage="staff", state="closed",
                exercise=True, reason="Bakterier", opened_at=now, stage_since=now,
                opened_by_id=cast.lisa.id, closed_at=now,
            )  # fmt: skip
            session.add(incident)
            session.flush()
        session.add_all(
            Notice(incident_id=incident.id, person_id=cast.olle.id, kind="locked", about=str(n),
                   accounts=str(n), made_at=now, mail_state="none")
            for n in numbers
        )  # fmt: skip


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are run meanwhile."""
    said: list[str] = []

    def hear(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    event.listen(db.engine(), "before_cursor_execute", hear)
    yield said
    event.remove(db.engine(), "before_cursor_execute", hear)


def queries_of(client: FlaskClient, address: str) -> list[str]:
    with counted() as said, pytest.MonkeyPatch.context() as patch:
        # However slow the machine is: asking again who this is would be counted.
        patch.setattr(logins, "REMEMBERED_SECONDS", 600.0)
        client.get(address)
        said.clear()
        assert client.get(address).status_code == 200
    return [one for one in said if "budkavle_now" not in one and "login_sessions" not in one]


@pytest.mark.parametrize(
    ("who", "address"),
    [
        ("siv", "/accounts"),
        ("siv", "/accounts?words=konto&order=committee&state=active&page=1"),
        ("siv", "/accounts?deviating=y"),
        ("stina", "/coverage"),
        ("stina", "/coverage?show=all&words=konto&order=committee"),
        ("stina", "/absences"),
        ("siv", "/people"),
        ("siv", "/people?words=person&role=account_administrator&order=email"),
        ("olle", "/notices"),
        ("lisa", "/incidents/koka/notices"),
        ("lisa", "/incidents/new"),
    ],
)
def test_a_list_asks_as_many_questions_with_500_rows_as_with_5(
    app: Flask, cast: Cast, who: str, address: str
) -> None:
    fill(1, 5, cast)
    client = client_for(app, getattr(cast, who))
    few = queries_of(client, address)
    fill(6, 500, cast)
    many = queries_of(client, address)
    assert len(many) == len(few) <= 30, [one for one in many if one not in few]


def test_the_calendar_of_cover_is_searched_sorted_and_paged(app: Flask, cast: Cast) -> None:
    """3-c"""
    fill(1, 120, cast)
    client = client_for(app, cast.stina)

    def shown(address: str) -> list[str]:
        page = client.get(address).get_data(as_text=True)
        return re.findall(r'<a href="/accounts/\d+">(Konto \d+)</a>', page)

    assert shown("/coverage?show=all&page=3") == [f"Konto {n:04}" for n in range(101, 121)]
    assert shown("/coverage?show=all&words=konto+0100") == ["Konto 0100"]
    assert shown("/coverage?show=all&order=committee")[:2] == ["Konto 0007", "Konto 0014"]
    page = client.get("/coverage?show=all&words=finns+inte").get_data(as_text=True)
    assert "Inget konto passar in." in page
    kept = client.get("/coverage?show=all&words=konto&order=name").get_data(as_text=True)
    assert "words=konto&amp;order=name" in kept, "other weeks show the same accounts"


@pytest.mark.parametrize(
    "address",
    ["/accounts/1/settings", "/accounts/1/custody", "/absences/new", "/accounts/1/plan"],
)
def test_a_page_that_asks_for_a_person_does_not_list_500(
    app: Flask, cast: Cast, address: str
) -> None:
    fill(1, 500, cast)
    client = client_for(app, cast.stina)
    assert len(queries_of(client, address)) <= 30
    page = client.get(address).get_data(as_text=True)
    assert len(page) < 40_000 and "Person 0400" not in page


def names(client: FlaskClient, address: str) -> list[str]:
    page = client.get(address).get_data(as_text=True)
    return re.findall(r'<th scope="row"><a href="/(?:accounts|people)/\d+">([^<]+)</a>', page)


def test_the_pages_of_a_list_hold_every_row_once_and_keep_how_it_is_narrowed(
    app: Flask, cast: Cast
) -> None:
    fill(1, 120, cast)
    client = client_for(app, cast.siv)
    address = "/accounts?platform=facebook&order=name&words=konto"
    shown = []
    while address:
        shown += names(client, address)
        page = client.get(address).get_data(as_text=True)
        found = re.search(r'href="([^"]+)">\s*Nästa', page)
        address = found[1].replace("&amp;", "&") if found else ""
    assert shown == [f"Konto {n:04}" for n in range(1, 120, 2)]


def test_a_page_beyond_the_last_or_no_number_shows_what_there_is(app: Flask, cast: Cast) -> None:
    fill(1, 60, cast)
    client = client_for(app, cast.siv)
    assert names(client, "/accounts?page=99999999999999999999") == [
        f"Konto {n:04}" for n in range(51, 61)
    ]
    for bad in ("0", "-1", "x", "²", ""):
        assert len(names(client, f"/accounts?page={bad}")) == 50
    assert names(client, "/accounts?order=nothing&state=nothing") == []


def test_people_are_found_and_sorted_in_swedish(app: Flask, cast: Cast) -> None:
    with db.unit_of_work() as session:
        for name in ("Örjan Ek", "Ärla Ek", "Åke Ek", "Zara Ek"):
            session.add(
                Person(name=name, email=f"{name[1:4]}@ek.example", created_at=clock.now(),
                       active=False)
            )  # fmt: skip
    client = client_for(app, cast.siv)
    assert names(client, "/people?words=EK&state=shut") == [
        "Zara Ek", "Åke Ek", "Ärla Ek", "Örjan Ek",
    ]  # fmt: skip
    assert names(client, "/people?words=åke") == names(client, "/people?words=ÅKE") == ["Åke Ek"]
    assert names(client, "/people?words=100%25") == []
    assert names(client, "/people?role=strategy") == ["Stina Dal"]
