"""An empty installation answers nobody until its first administrator has been made, once."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.cli.program import environment, up
from tests.journeys.conftest import log_in
from tests.journeys.english import swedish_left
from tests.journeys.visitor import Login, Visitor

PASSWORD = "Xq9-mvkr7-wtPz"


def test_the_first_administrator_is_made_by_a_link_that_works_once(
    browser: Browser, tmp_path: Path
) -> None:
    with up(environment(tmp_path / "home"), tmp_path / "log") as running:
        found = re.search(r"http://\S+/first/\S+", running.said)
        assert found is not None
        visitor = Visitor(browser, running.console)
        with visitor.expecting("status of 503"):
            for path in ("/", "/login", "/people", "/incidents/new", "/nothing"):
                answer = visitor.page.goto(path)
                assert answer is not None and answer.status == 503, path
            visitor.check("empty-installation")
        visitor.go(found[0])
        visitor.check("first-administrator")
        visitor.button("In English").click()
        expect(visitor.button("På svenska")).to_be_visible()
        assert swedish_left(visitor.page) == []
        visitor.button("På svenska").click()
        expect(visitor.button("In English")).to_be_visible()
        visitor.field("Namn").fill("Erik Sund")
        visitor.field("E-post").fill("erik@torsby.example")
        visitor.field("Nytt lösenord").fill(PASSWORD)
        visitor.field("Samma lösenord en gång till").fill(PASSWORD)
        visitor.button("Skapa administratören").click()
        visitor.sees("Du är systemadministratör. Logga in.")
        log_in(visitor, Login("Erik Sund", "erik@torsby.example", PASSWORD))
        expect(visitor.link("Personer")).to_be_visible()
        visitor.check()
        with visitor.expecting("status of 404"):
            answer = visitor.page.goto(found[0])
            assert answer is not None and answer.status == 404
            visitor.check("link-used")
        visitor.context.close()
        assert visitor.faults == []
