"""A number longer than Python reads from text breaks no page, wherever it stands."""

from __future__ import annotations

import sys

import pytest
from flask import Flask
from werkzeug.routing import IntegerConverter

from console import clock
from console.answers import operations as answers
from console.config import Settings
from console.db import unit_of_work
from console.people.models import Person, PersonRole
from console.people.rules import Role
from tests.cast import Cast, client_for
from tests.stage import Stage

LONG = "9" * (sys.int_info.default_max_str_digits + 1)


def test_no_address_breaks_on_a_number_that_python_does_not_read(app: Flask, cast: Cast) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client, tried = client_for(app, cast.siv), 0
    for rule in app.url_map.iter_rules():
        numbers = {n for n, c in rule._converters.items() if isinstance(c, IntegerConverter)}
        if not numbers:
            continue
        parts = [
            (LONG if data in numbers else "1") if is_dynamic else data
            for is_dynamic, data in rule._trace
        ]
        path = "".join(parts).lstrip("|")
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        # 405 where a rule for the other method has the same address.
        assert LONG in path and client.open(path, method=method).status_code in (404, 405), rule
        tried += 1
    assert tried > 100


@pytest.fixture
def stage(database: Settings) -> Stage:
    """Lisa has every role, and administers the second account."""
    stage = Stage(database)
    with unit_of_work() as session:
        lisa = session.get_one(Person, stage.lisa.id)
        has = {one.role for one in lisa.role_rows}
        session.add_all(
            PersonRole(person_id=lisa.id, role=role) for role in Role if role not in has
        )
    return stage


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/absences/import/save", "substitute"),
        ("/accounts/{account}/plan/edit", "edits"),
        ("/accounts/{account}/settings", "administrators-0"),
        ("/accounts/{account}/custody/loans", "borrower"),
        ("/yearly", "logout"),
        ("/duty/approver/hand-over", "person"),
        ("{event}/messages/{message}/removal", "posts"),
        ("{event}/answers/{answer}", "revision"),
    ],
)
def test_no_form_breaks_on_a_number_that_python_does_not_read(
    app: Flask, stage: Stage, path: str, field: str
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    message = stage.write("first")
    with unit_of_work() as session:
        answer = answers.write(
            session, stage.lisa, stage.incident, clock.now(), question="Var?", content="Här."
        )
    there = path.format(
        account=stage.account_ids[1],
        event=f"/incidents/{stage.incident.slug}",
        message=message.id,
        answer=answer.id,
    )
    given = client_for(app, stage.lisa).post(there, data={field: LONG})
    assert given.status_code in (303, 400, 409, 422), (given.status_code, given.text)
