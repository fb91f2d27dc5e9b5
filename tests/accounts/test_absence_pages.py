"""The pages about absences and coverage."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from sqlalchemy import event, select

from console import clock, db
from console.accounts import coverage
from console.accounts.absence_models import Absence
from console.accounts.coverage_rules import DAY
from console.accounts.models import Account, AccountAdministrator
from console.people.models import Person, PersonRole
from tests.stage import Stage


def day(n: int) -> date:
    return coverage.today(clock.now()) + n * DAY


@pytest.fixture
def stage(database):
    """Olle alone looks after two accounts beside the website."""
    return Stage(database)


@pytest.fixture
def cast(stage, app):
    """Maria keeps the register; Lisa is in the unit."""
    with db.unit_of_work() as session:
        maria = Person(name="Maria Ek", email="maria@torsby.example", created_at=clock.now())
        maria.role_rows = [PersonRole(role="strategy")]
        session.add(maria)
    stage.maria = maria
    return stage


def absent() -> list[Absence]:
    with db.unit_of_work() as session:
        query = (
            select(Absence)
            .where(Absence.removed_at.is_(None))
            .order_by(Absence.first_day, Absence.id)
        )
        return list(session.scalars(query))


def record(client, first: int, last: int, substitute: object = 0, **more):
    data = {"first_day": day(first), "last_day": day(last), "substitute": substitute, **more}
    return client.post("/absences/new", data=data)


def seen_on(page: str) -> str:
    return re.search(r'name="seen"[^>]*value="([^"]*)"', page)[1]


def test_an_absence_without_a_substitute_stands_in_the_calendar_until_one_is_named(
    cast, client_for
):
    """3-c"""
    olle, lisa = client_for(cast.olle), client_for(cast.lisa)
    assert record(olle, 3, 8).status_code == 303
    page = lisa.get("/coverage").text
    assert page.count("Obemannat ") == 3 and "Olle Ek är borta" in page
    assert "Namnge ersättare" not in page, "it isn't Lisa's to change"
    (absence,) = absent()
    form = olle.get(f"/absences/{absence.id}").text
    data = {"first_day": day(3), "last_day": day(8), "seen": seen_on(form)}
    changed = olle.post(f"/absences/{absence.id}", data={**data, "substitute": cast.lisa.id})
    assert changed.status_code == 303
    assert "Inget konto är obemannat" in lisa.get("/coverage").text
    assert "Du ersätter" in lisa.get("/absences").text


def test_the_substitute_must_be_answered_and_what_was_typed_stays(cast, client_for):
    """3-c"""
    answer = record(client_for(cast.olle), 3, 8, "")
    assert answer.status_code == 422
    assert "Välj vem som ersätter" in answer.text
    assert day(3).isoformat() in answer.text
    assert absent() == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"first_day": "i juli"}, "Skriv första dagen"),
        ({"last_day": ""}, "Skriv sista dagen"),
        ({"last_day": "2001-01-01"}, "Sista dagen kommer före"),
        ({"substitute": "999"}, "Välj någon i listan"),
        ({"substitute": ""}, "Välj vem som ersätter"),
        ({"substitute": "x"}, "Ingen heter"),
    ],
)
def test_what_cannot_be_read_is_named_in_words(cast, client_for, data, said):
    whole = {"first_day": day(3), "last_day": day(4), "substitute": "0", **data}
    answer = client_for(cast.olle).post("/absences/new", data=whole)
    assert answer.status_code == 422 and said in answer.text
    assert "Not a valid" not in answer.text
    assert absent() == []


def test_a_substitute_for_one_account_is_named_beside_it(cast, client_for):
    """3-c"""
    olle = client_for(cast.olle)
    record(olle, 3, 8)
    (absence,) = absent()
    with db.unit_of_work() as session:
        account = session.scalars(select(Account.id).order_by(Account.position)).all()[1]
    data = {
        "first_day": day(3), "last_day": day(8), "substitute": "0",
        f"account-{account}": cast.lisa.id,
    }  # fmt: skip
    assert olle.post(f"/absences/{absence.id}", data=data).status_code == 409, "an old page"
    data["seen"] = seen_on(olle.get(f"/absences/{absence.id}").text)
    assert olle.post(f"/absences/{absence.id}", data=data).status_code == 303
    page = olle.get("/coverage").text
    assert page.count("Obemannat ") == 2
    assert f'id="account-{account}"' not in page


def test_others_absences_are_the_strategy_departments_and_the_managers_to_write(cast, client_for):
    maria, lisa = client_for(cast.maria), client_for(cast.lisa)
    assert record(maria, 3, 8, person=cast.olle.id).status_code == 303
    (absence,) = absent()
    assert (absence.person_id, absence.recorded_by_id) == (cast.olle.id, cast.maria.id)
    assert "Inskrivet av Maria Ek." in client_for(cast.olle).get("/absences").text
    assert "Olle Ek" in maria.get("/absences?words=olle").text
    assert "Ingen passar in." in maria.get("/absences?words=ingen").text
    assert lisa.get(f"/absences/{absence.id}").status_code == 404
    assert lisa.post(f"/absences/{absence.id}/remove").status_code == 403
    record(lisa, 3, 8, person=cast.olle.id)
    assert absent()[-1].person_id == cast.lisa.id, "her own: nobody's else is asked for"
    assert maria.post(f"/absences/{absence.id}/remove").status_code == 303
    assert [one.person_id for one in absent()] == [cast.lisa.id]


def ics(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\n{one}\nEND:VEVENT\n" for one in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{body}END:VCALENDAR\n".encode()


def whole_days(title: str, first: int, last: int) -> str:
    start, end = f"{day(first):%Y%m%d}", f"{day(last + 1):%Y%m%d}"
    return f"SUMMARY:{title}\nDTSTART;VALUE=DATE:{start}\nDTEND;VALUE=DATE:{end}"


def upload(client, data: bytes):
    return client.post("/absences/import", data={"file": (io.BytesIO(data), "semester.ics")})


def test_a_calendar_is_shown_before_anything_of_it_is_saved(cast, client_for):
    """3-c"""
    olle = client_for(cast.olle)
    record(olle, 20, 22)
    page = upload(olle, ics(whole_days("Semester", 3, 8), whole_days("Resa", 21, 30))).text
    assert len(absent()) == 1, "nothing is saved by looking"
    assert "Semester" in page and "Du är redan borta då." in page
    offered = re.findall(r'name="offered" value="([^"]*)"', page)
    days = re.findall(r'name="days" value="([^"]*)" checked', page)
    assert days == [f"{day(3)}/{day(8)}"]
    refused = olle.post("/absences/import/save", data={"offered": offered, "days": days})
    assert refused.status_code == 422 and "Välj vem som ersätter" in refused.text
    assert "Semester" in refused.text and f'value="{days[0]}" checked' in refused.text
    data = {"offered": offered, "days": days, "substitute": cast.lisa.id}
    assert olle.post("/absences/import/save", data=data).status_code == 303
    assert [(one.first_day, one.substitute_id) for one in absent()] == [
        (day(3), cast.lisa.id),
        (day(20), None),
    ]
    again = olle.post("/absences/import/save", data=data)
    assert again.status_code == 422 and "är redan borta" in again.text
    assert len(absent()) == 2, "nothing twice"


@pytest.mark.parametrize("days", [[], ["x"], ["2026-07-09/2026-07-06"], ["0/0/0"]])
def test_rows_that_cannot_be_read_save_nothing(cast, client_for, days):
    data = {"days": days, "substitute": "0"}
    answer = client_for(cast.olle).post("/absences/import/save", data=data)
    assert answer.status_code == 422
    assert absent() == []


def test_a_file_that_is_no_calendar_says_what_to_do(cast, client_for):
    answer = upload(client_for(cast.olle), b"PK\x03\x04 a spreadsheet")
    assert answer.status_code == 422
    assert "Filen går inte att läsa som kalender." in answer.text


def test_the_calendar_looks_weeks_ahead_and_keeps_its_choices_in_the_address(cast, client_for):
    """3-c"""
    olle = client_for(cast.olle)
    record(olle, 150, 152)
    assert "Inget konto är obemannat" in olle.get("/coverage").text
    page = olle.get(f"/coverage?show=mine&start={day(140)}").text
    assert page.count("Obemannat ") == 3 and "Tidigare veckor" in page
    for address in ("?start=x&page=-3&show=y", "?page=99999999999", "?start=9999-12-31"):
        assert olle.get(f"/coverage{address}").status_code == 200


def test_the_calendar_asks_the_database_as_often_for_many_accounts_as_for_few(cast, client_for):
    olle = client_for(cast.olle)
    record(olle, 3, 8)

    def asked() -> int:
        statements: list[str] = []
        listener = lambda *row: statements.append(row[2])  # noqa: E731
        event.listen(db.engine(), "before_cursor_execute", listener)
        page = olle.get("/coverage").text
        event.remove(db.engine(), "before_cursor_execute", listener)
        assert "Obemannat " in page
        return len([one for one in statements if "FROM account" in one or "FROM absence" in one])

    few = asked()
    with db.unit_of_work() as session:
        for n in range(60):
            account = Account(
                name=f"Konto {n}", short_name=f"Konto {n}", platform="facebook", handle=f"k{n}",
                kind="manual", repeat_rule="every", state="active", position=n + 10,
                created_at=clock.now(),
            )  # fmt: skip
            account.administrators = [AccountAdministrator(person_id=cast.olle.id, position=0)]
            session.add(account)
    assert asked() == few > 2
    assert "1 av 2" in olle.get("/coverage").text
