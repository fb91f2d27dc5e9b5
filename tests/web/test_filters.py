"""The filters that templates use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import jinja2

from console.web import filters

ONE = datetime(2026, 6, 11, 11, 0, 42, tzinfo=UTC)


def test_templates_get_the_filters_in_the_language_of_the_page() -> None:
    environment = jinja2.Environment(autoescape=True)
    filters.install(environment, lambda: "en")
    page = environment.from_string("{{ at|date_sv }} {{ at|clock }} {{ due|when(at) }}")
    assert page.render(at=ONE, due=ONE + timedelta(hours=1)) == "Thursday 11 June 13.00 at 14.00"
