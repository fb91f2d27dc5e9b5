"""Every page there is: no axe violation in light or dark, and nothing sticking out.

A new page is added to `PAGES` (or, with its reason, to `NO_PAGE`): without it the first test fails.
"""

from __future__ import annotations

from collections import defaultdict
from urllib.parse import urlsplit

import pytest
from flask import Flask

from tests.journeys.pages import EXERCISE_PAGES, NO_PAGE, PAGES, Prepared, nothing

pytestmark = pytest.mark.timeout(300, func_only=True)  # what is prepared once is not counted
PARTS = 4
"""Two hundred pages in one test take longer than a test may."""


def test_no_page_of_the_console_is_left_unvisited(app: Flask) -> None:
    adapter = app.url_map.bind("localhost")
    anything = defaultdict(lambda: "1")
    addresses = [address for _who, address in PAGES]
    addresses += ["/ovning/{open}/" + page for page in EXERCISE_PAGES]
    read = {
        adapter.match(urlsplit(address.format_map(anything)).path, return_rule=True)[0].rule
        for address in addresses
    }
    pages = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or set()) and rule.endpoint not in NO_PAGE
    }
    assert read == pages
    assert NO_PAGE.keys() <= app.view_functions.keys()


@pytest.mark.parametrize("part", range(PARTS))
def test_no_page_has_a_violation_in_light_or_dark(part: int, prepared: Prepared) -> None:
    found = {}
    for visitor, address in list(prepared.pages())[part::PARTS]:
        visitor.go(address)
        found[address] = visitor.look(every_rule=True)
    nothing(found)
