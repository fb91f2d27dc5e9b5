"""The register from a file: shown row by row, put in exactly as shown, and never twice."""

from __future__ import annotations

import pytest

from console import clock, db
from console.accounts import describing, import_plan, importing, sheets, table
from console.accounts.import_plan import Plan, Row, Verdict
from console.accounts.queries import all_accounts
from console.accounts.rules import FOUND_IN_USE
from console.errors import BadInput, Stale, WrongState
from console.people import operations as people
from console.people.models import Person
from tests.accounts.conftest import Cast
from tests.accounts.timeline import entries

NEW = """Namn;Plattform;Konto;Nämnd;Administratörer;Tillstånd
Biblioteket;Instagram;@bibl;Kulturnämnden;olle@torsby.example, Anna Ek <anna@torsby.example>;aktiv
Skolan;Facebook;skolan;Skolnämnden;anna@torsby.example;"aktiv; bara en administratör"
"""


def look(text: str | bytes) -> Plan:
    content = text if isinstance(text, bytes) else text.encode()
    with db.unit_of_work() as session:
        return import_plan.plan(session, content, clock.now())


def show(cast: Cast, text: str | bytes) -> tuple[int, str, str]:
    """(number, digest of the file, digest of the plan), as the page shows them."""
    content = text if isinstance(text, bytes) else text.encode()
    with db.unit_of_work() as session:
        shown = importing.show(session, cast.maria, "register.csv", content, clock.now())
        plan = importing.plan_of(session, shown, clock.now())
        assert plan is not None
        return shown.id, shown.digest, plan.digest


def put_in(cast: Cast, text: str | bytes) -> Plan:
    shown = show(cast, text)
    with db.unit_of_work() as session:
        return importing.confirm(session, cast.maria, *shown, clock.now())


def verdicts(plan: Plan) -> list[str]:
    return [row.verdict.value for row in plan.rows]


def only(plan: Plan) -> Row:
    [row] = plan.rows
    return row


def exported(kind: str) -> bytes:
    with db.unit_of_work() as session:
        rows = [table.row(account) for account in all_accounts(session)]
    if kind == "csv":
        return sheets.write_csv(table.headings(), rows)
    return sheets.write_xlsx("Konton", table.headings(), rows)


def test_nothing_is_changed_before_it_is_confirmed(cast: Cast) -> None:
    before = len(entries())
    show(cast, NEW)
    with db.unit_of_work() as session:
        assert len(all_accounts(session)) == 3
    assert len(entries()) == before


def test_what_was_shown_is_put_in_with_new_people_and_remarks(cast: Cast) -> None:
    """2.1-a: the register comes from where it was kept before."""
    assert verdicts(put_in(cast, NEW)) == ["create", "create"]
    with db.unit_of_work() as session:
        *_, library, school = all_accounts(session)
        assert [row.person.email for row in library.administrators] == [
            "olle@torsby.example",
            "anna@torsby.example",
        ]
        assert library.administrators[1].person.name == "Anna Ek"
        assert school.committee == "Skolnämnden"
        assert [d.content for d in school.deviations] == ["Bara en administratör", FOUND_IN_USE]
    [said] = entries("register:imported")
    assert (said["facts"]["created"], said["facts"]["changed"], said["facts"]["refused"]) == (
        2,
        0,
        0,
    )
    assert len(said["facts"]["digest"]) == 64


def test_a_second_time_changes_nothing(cast: Cast) -> None:
    put_in(cast, NEW)
    before = len(entries())
    plan = put_in(cast, NEW)
    assert verdicts(plan) == ["same", "same"]
    assert len(entries()) == before


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_imports_back_with_no_change(cast: Cast, kind: str) -> None:
    put_in(cast, NEW)
    plan = look(exported(kind))
    assert [(row.verdict, row.changes, row.faults) for row in plan.rows] == [
        (Verdict.SAME, {}, {})
    ] * 5


def test_an_account_whose_administrator_has_left_exports_and_imports_back(cast: Cast) -> None:
    with db.unit_of_work() as session:
        olle = session.get_one(Person, cast.olle.id)
        people.deactivate(session, cast.maria, clock.now(), olle)
    assert set(verdicts(look(exported("csv")))) == {"same"}


def test_only_the_columns_that_are_there_are_changed_and_the_plan_says_from_what(
    cast: Cast,
) -> None:
    text = (
        "Konto;Plattform;Namn;Webbadress\nTORSBYBADET;facebook;Badet i Torsby;https://bad.example\n"
    )
    row = only(look(text))
    assert row.verdict == Verdict.CHANGE and row.account_id == cast.facebook
    assert row.changes == {
        "name": ("Torsbybadet", "Badet i Torsby"),
        "address": ("", "https://bad.example"),
    }
    put_in(cast, text)
    with db.unit_of_work() as session:
        changed = all_accounts(session)[2]
        assert (changed.name, changed.short_name) == ("Badet i Torsby", "Torsbybadet")
        assert changed.committee == "Fritidsnämnden" and changed.state == "paused"
    [said] = entries("account:described")
    assert said["facts"]["name"] == {"from": "Torsbybadet", "to": "Badet i Torsby"}


def test_settings_and_secrets_stay_when_something_else_is_changed(cast: Cast) -> None:
    put_in(cast, "Namn;Plattform;Konto;Till allmänheten;Administratörer\n"
                 "Larm;webhook;larm;ja;olle@torsby.example, lisa@torsby.example\n")  # fmt: skip
    with db.unit_of_work() as session:
        larm = all_accounts(session)[1]
        assert larm.public and larm.secret and larm.settings == {"url": "https://larm.example/in"}
        assert [a.person_id for a in larm.administrators] == [cast.olle.id, cast.lisa.id]


def test_an_account_whose_key_is_gone_is_refused_on_its_row_and_stops_no_other(cast: Cast) -> None:
    with db.unit_of_work() as session:
        account = all_accounts(session)[1]
        account.secret, handle = b"sealed with another key", account.handle
    plan = put_in(cast, f"Namn;Plattform;Konto;Tillstånd\nLarm;webhook;{handle};\n"
                        "Skolan;Facebook;skolan;aktiv\n")  # fmt: skip
    assert verdicts(plan) == ["refuse", "create"]
    assert "nyckeln saknas" in plan.rows[0].faults["kind"]


@pytest.mark.parametrize(
    ("line", "field", "said"),
    [
        ("Bad;Fejsbuck;bad;aktiv;", "platform", "är ingen känd plattform"),
        ("Bad;Facebook;bad;;", "state", "Fältet saknas"),
        ("Bad;Facebook;bad;stängd;", "state", "är inget tillstånd"),
        (";Facebook;bad;aktiv;", "name", "Fältet saknas"),
        ("Bad;Facebook;bad;aktiv;ingen@torsby.example", "administrators", "Ange också namn"),
        ("Bad;Facebook;bad;aktiv;per@torsby.example", "administrators", "inte kontoadmin"),
        ("Torsbybadet;Facebook;torsbybadet;aktiv;", "state", "Kontot är vilande"),
        ("Larm 2;webhook;larm2;aktiv;", "url", ""),
    ],
)
def test_what_is_refused_names_its_row_its_column_and_why(
    cast: Cast, line: str, field: str, said: str
) -> None:
    text = f"Namn;Plattform;Konto;Tillstånd;Administratörer\nEk;X;ek;aktiv;\n{line}\n"
    plan = look(text)
    assert verdicts(plan) == ["create", "refuse"]
    assert plan.rows[1].number == 3
    assert said in plan.rows[1].faults[field]
    put_in(cast, text)
    with db.unit_of_work() as session:
        assert [account.name for account in all_accounts(session)][3:] == ["Ek"]


def test_the_same_account_twice_in_a_file_is_refused_the_second_time(cast: Cast) -> None:
    plan = look("Namn;Plattform;Konto;Tillstånd\nA;X;@Ett;aktiv\nB;twitter;ett;aktiv\n")
    assert verdicts(plan) == ["create", "refuse"]
    assert plan.rows[1].faults == {"handle": "Samma konto som rad 2."}


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("Namn;Plattform", "”Konto” saknas"),
        ("Namn;Plattform;Konto;Lösenord", "”Lösenord” finns inte"),
        ("Namn;Plattform;Konto;name", "står två gånger"),
    ],
)
def test_headings_that_are_not_known_stop_the_file(cast: Cast, head: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        look(f"{head}\na;b\n")


def test_the_register_may_not_change_between_the_look_and_the_press(cast: Cast) -> None:
    shown = show(cast, "Namn;Plattform;Konto\nBadet;Facebook;torsbybadet\n")
    with db.unit_of_work() as session:
        new = describing.Description(
            name="Simhallen", short_name="Simhallen", address="", operation="", committee=""
        )
        describing.describe(session, cast.maria, cast.facebook, new, clock.now())
    with pytest.raises(Stale), db.unit_of_work() as session:
        importing.confirm(session, cast.maria, *shown, clock.now())
    with db.unit_of_work() as session:
        assert all_accounts(session)[2].name == "Simhallen"


def test_other_bytes_than_those_shown_are_never_put_in(cast: Cast) -> None:
    number, _digest, seen = show(cast, NEW)
    with pytest.raises(Stale), db.unit_of_work() as session:
        importing.confirm(session, cast.maria, number, "0" * 64, seen, clock.now())
    number, digest, seen = show(cast, NEW)
    with db.unit_of_work() as session:
        importing.confirm(session, cast.maria, number, digest, seen, clock.now())
    with pytest.raises(WrongState, match="redan inlagd"), db.unit_of_work() as session:
        importing.confirm(session, cast.maria, number, digest, seen, clock.now())
    with db.unit_of_work() as session:
        assert importing.get(session, number).content is None
        assert len(all_accounts(session)) == 5


def test_administrators_that_only_a_plan_can_name_are_refused_on_their_row_and_stop_no_other(
    cast: Cast,
) -> None:
    """3.2-b: before use the plan says who they are."""
    head = "Namn;Plattform;Konto;Administratörer;Tillstånd\n"
    before = "Bokbussen;Instagram;bokbussen;olle@torsby.example;anmäld\n"
    put_in(cast, head + before)
    two = "olle@torsby.example, Maja Strand <maja@torsby.example>"
    both = f"Bokbussen;Instagram;bokbussen;{two};anmäld\n"
    new = "Skolan;Facebook;skolan;olle@torsby.example;aktiv\n"
    plan = put_in(cast, head + both + new)
    assert verdicts(plan) == ["refuse", "create"]
    assert plan.rows[0].faults == {
        "administrators": "Kontot är inte i bruk än. Ändra administratörerna i handlingsplanen."
    }
    assert verdicts(look(head + before)) == ["same"]
