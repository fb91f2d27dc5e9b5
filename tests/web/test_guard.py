"""Every route, for every role and method (lessons 15 and 17)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask, request
from werkzeug.routing import BuildError, Rule

from console import clock
from console.db import unit_of_work
from console.people import login
from console.people.models import Person
from console.people.operations import add_person
from console.people.rules import Permission, Role, may
from console.web import guard, logins
from tests.cast import Cast, client_for

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
DUMMIES = {"IntegerConverter": 999_999, "UUIDConverter": "0" * 8 + "-0000-4000-8000-" + "0" * 12}


def routes(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """(rule, address with values that name nothing, method)"""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        values = {
            name: DUMMIES.get(type(rule._converters[name]).__name__, "nothing")
            for name in rule.arguments - set(rule.defaults or {})
        }
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            try:
                yield rule, adapter.build(rule.endpoint, values, method=method), method
            except BuildError as error:  # pragma: no cover - would be a hole in this test
                raise AssertionError(f"no address for {rule}") from error


def test_every_route_says_who_may_use_it(app: Flask) -> None:
    silent = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if guard.statement_of(app.view_functions[rule.endpoint]) is None
    }
    assert silent == set()


def test_every_public_route_gives_its_reason(app: Flask) -> None:
    """A new one is added here by hand, so that nothing becomes public by mistake."""
    public = {
        endpoint: statement.reason
        for endpoint, view in app.view_functions.items()
        if (statement := guard.statement_of(view)) and statement.permission is None
    }
    assert set(public) == {
        "static",
        "healthz",
        "language",
        "logout",
        "people.login_page",
        "people.log_in",
        "people.log_in_with_code",
        "people.first",
        "people.make_first",
        "people.link",
        "people.use_link",
        "viewing.page",
        "viewing.live_part",
        "archive_links.show",
        "archive_links.fetch",
        "archive_links.receive",
        "incidents.linked",
        "incidents.read_linked",
        "signup.form",
        "signup.sign_up",
        "signup.confirm_code",
        "signup.look",
        "signup.confirm",
        "signup.look_leave",
        "signup.leave",
    }
    assert all(public.values())


def test_every_route_follows_the_table_for_every_role_and_method(
    make_app: Callable[..., Flask], cast: Cast
) -> None:
    """The views themselves are replaced, so that only the guard answers: 204 is through."""
    app = make_app()
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    for endpoint, view in app.view_functions.items():
        app.view_functions[endpoint] = standing_in(view)
    clients = {role: client_for(app, person_with(role)) for role in Role}
    tried = 0
    for rule, address, method in routes(app):
        statement = guard.statement_of(app.view_functions[rule.endpoint])
        assert statement is not None
        for role, client in clients.items():
            open_ = statement.permission is None or may([role], statement.permission)
            answer = client.open(address, method=method)
            assert answer.status_code == (204 if open_ else 403), (role, method, address)
            tried += 1
        nobody = app.test_client().open(address, method=method).status_code
        shut = {"GET": 303, "HEAD": 303}.get(method, 401)
        assert nobody == (204 if statement.permission is None else shut), (method, address)
    assert tried > 10 * len(app.view_functions)


def test_a_route_without_a_statement_is_refused(make_app: Callable[..., Flask], cast: Cast) -> None:
    app = make_app()
    app.testing = True
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    client = client_for(app, cast.siv)
    with pytest.raises(RuntimeError):
        client.get("/forgotten")
    app.testing = False
    answer = client.get("/forgotten")
    assert answer.status_code == 403
    assert b"secret" not in answer.data


def test_a_person_without_any_role_gets_nowhere(app: Flask, cast: Cast) -> None:
    with unit_of_work() as session:
        lisa = session.get_one(Person, cast.lisa.id)
        lisa.role_rows = []
    client = client_for(app, cast.lisa)
    assert client.get("/").status_code == 403
    assert client.get("/me").status_code == 403


def test_a_role_taken_away_shuts_the_page_within_a_second(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_for(app, cast.siv)
    assert client.get("/people").status_code == 200
    with unit_of_work() as session:
        siv = session.get_one(Person, cast.siv.id)
        siv.role_rows[0].role = Role.ARCHIVIST.value
    later = clock.elapsed() + logins.REMEMBERED_SECONDS
    monkeypatch.setattr(clock, "elapsed", lambda: later)
    assert client.get("/people").status_code == 403


def test_a_socket_event_is_refused_without_the_role(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, handled = [], []
    monkeypatch.setattr(guard, "disconnect", lambda: closed.append(True))

    @guard.socket_needs(Permission.MANAGE_PEOPLE)
    def event() -> None:
        handled.append(guard.current_person().id)

    for person in (None, cast.lisa, cast.siv):
        with app.test_request_context(headers=cookie_of(person)):
            request.event = {"message": "join"}  # type: ignore[attr-defined]
            event()
    assert closed == [True, True]
    assert handled == [cast.siv.id]
    statement = guard.statement_of(event)
    assert statement is not None
    assert statement.permission is Permission.MANAGE_PEOPLE


def test_polling_does_not_keep_a_session_alive_but_a_person_does(
    make_app: Callable[..., Flask], cast: Cast, move_clock: Callable[..., None]
) -> None:
    @guard.needs(Permission.VIEW_BOARD, keeps_alive=False)
    def poll() -> str:
        return ""

    app = make_app()
    app.add_url_rule("/poll", "poll", poll)
    quiet, busy = client_for(app, cast.lisa), client_for(app, cast.karin)
    for minutes in (20, 40):
        move_clock(timedelta(minutes=minutes))
        logins.forget()
        quiet_answer, busy_answer = quiet.get("/poll"), busy.get("/me")
    assert quiet_answer.status_code == 303
    assert busy_answer.status_code == 200


def test_what_a_page_fetches_by_itself_never_keeps_a_session_alive(app: Flask) -> None:
    tag = re.compile(r"""<[^>]*hx-(?:get|post)="\{\{ url_for\(["']([\w.]+)["'][^}]*\}\}"[^>]*>""")
    fetched = {
        found[1]
        for path in TEMPLATES.rglob("*.html")
        for found in tag.finditer(path.read_text())
        if "every " in found[0]
    }
    assert "board.live_part" in fetched
    for endpoint in fetched:
        statement = guard.statement_of(app.view_functions[endpoint])
        assert statement is not None
        assert not statement.keeps_alive, endpoint


def standing_in(view: Callable[..., object]) -> Callable[..., object]:
    def stand_in(**_: object) -> tuple[str, int]:
        return "", 204

    setattr(stand_in, guard._MARK, guard.statement_of(view))
    return stand_in


def person_with(role: Role) -> Person:
    with unit_of_work() as session:
        return add_person(
            session,
            None,
            clock.now(),
            name=role.value,
            email=f"{role.value}@torsby.example",
            roles=[role],
        )


def cookie_of(person: Person | None) -> dict[str, str]:
    if person is None:
        return {}
    with unit_of_work() as session:
        token = login.start_session(session, person, clock.now())
    return {"Cookie": f"{logins.COOKIE}={token}"}
