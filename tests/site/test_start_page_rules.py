"""What a start page shows, read as a visitor sees it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from console.site import fragment
from console.site import start_page_rules as rules
from console.site.start_page_rules import Found, Shows, Wanted, judge, left_over, read
from simulators.start_page import FRAME
from tests.site.test_render import site, water

NOW = datetime(2026, 6, 11, 11, 0, tzinfo=UTC)
EVENT = "koka-vattnet"
WANTED = Wanted(
    event=EVENT, said=frozenset({"aaaa", "bbbb"}), number=4, since=3,
    headlines=("Koka allt vatten du dricker.", "Koka vattnet, Torsby"),
)  # fmt: skip
HEADLINE = "<h2>Koka allt vatten du dricker</h2>"


def marked(said: str = "aaaa", number: str = "4", event: str = EVENT, more: str = "") -> str:
    return (
        f'<section data-budkavle="crisis" data-budkavle-event="{event}" {more}'
        f' data-budkavle-number="{number}" data-budkavle-said="{said}"><p>Koka</section>'
    )


def page(inside: str) -> rules.Page:
    return read(FRAME.format(title="Torsby kommun", inside=inside))


CASES = {
    "the same words": (marked(), Found(Shows.CURRENT, 4)),
    "the same words in English": (marked("bbbb"), Found(Shows.CURRENT, 4)),
    "an earlier repetition of the same words": (marked(number="3"), Found(Shows.CURRENT, 3)),
    "other words": (marked("old", "2"), Found(Shows.OLDER, 2)),
    "another event": (marked(event="storm"), Found(Shows.NOTHING)),
    "in calm": ('<div data-budkavle="calm" hidden></div>', Found(Shows.NOTHING)),
    "nothing at all": ("", Found(Shows.NOTHING)),
    "in a template": (f"<template>{marked()}</template>", Found(Shows.NOTHING)),
    "hidden": (f"<div hidden>{marked()}</div>", Found(Shows.NOTHING)),
    "not displayed": (f'<div style="display: none">{marked()}</div>', Found(Shows.NOTHING)),
    "in a comment": (f"<!-- {marked()} -->", Found(Shows.NOTHING)),
    "in a script": (f"<script>var x = '{marked()}';</script>", Found(Shows.NOTHING)),
    "after a hidden paragraph without an end": (f"<p hidden>x<p>y</p>{marked()}",
                                                Found(Shows.CURRENT, 4)),
    "by hand": (f"{HEADLINE}<p>Kl 14.30, uppdatering 4.</p>", Found(Shows.CURRENT, 4)),
    "by hand, the same words one round ago": (f"{HEADLINE}Kl&nbsp;14.00, uppdatering 3.",
                                              Found(Shows.CURRENT, 3)),
    "by hand, older words": (f"{HEADLINE}<p>Kl 13.30, uppdatering 2", Found(Shows.OLDER, 2)),
    "by hand, broken by markup": ("<b>Koka  allt</b>\n<i>vatten</i> du dricker.<br>"
                                  "Kl 14.30, <b>uppdatering</b> 4", Found(Shows.CURRENT, 4)),
    "by hand, without a round": (HEADLINE, Found(Shows.OLDER, None)),
    "by hand, a round to come": (f"{HEADLINE}Kl 14.30, uppdatering 9", Found(Shows.OLDER, 9)),
    "only a round": ("<p>Kl 14.30, uppdatering 4.</p>", Found(Shows.NOTHING)),
    "a number that isn't a round": (f"{HEADLINE}Driften: uppdatering 4", Found(Shows.OLDER, None)),
    "by hand and hidden": (f"<div hidden>{HEADLINE}Kl 14.30, uppdatering 4.</div>",
                           Found(Shows.NOTHING)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_start_page_is_judged_by_what_a_visitor_sees(name: str) -> None:
    inside, wanted = CASES[name]
    assert judge(page(inside), WANTED) == wanted


def test_the_fragment_itself_is_recognised_in_every_language() -> None:
    event = water()
    wanted = Wanted(
        event=event.slug, number=0, since=0, headlines=(),
        said=frozenset({fragment.said(event), fragment.said(water("en"))}),
    )  # fmt: skip
    for lang, path in (("sv", "nu.html"), ("en", "en/nu.html")):
        made = fragment.files(site(lang, water(lang)), "https://kris.example.se")
        found = page(made[path].decode())
        assert found.included and judge(found, wanted).shows is Shows.CURRENT
    calm = fragment.files(site(), "https://kris.example.se")["nu.html"].decode()
    assert page(calm).included and not page("").included


def test_a_script_that_fetches_the_fragment_is_found_with_its_address() -> None:
    found = page('<div data-budkavle-src="https://kris.example.se/nu.html"></div>')
    assert found.fetches == ("https://kris.example.se/nu.html",) and found.included


@pytest.mark.parametrize(
    ("inside", "wanted"),
    [
        (marked(), EVENT),
        ('<div data-budkavle="calm" hidden></div>', ""),
        (f"{HEADLINE}Kl 14.30, uppdatering 4", EVENT),
        (HEADLINE, ""),
        ("<p>Kl 14.30, uppdatering 4", ""),
        ("", ""),
    ],
)
def test_what_is_left_of_an_event_that_is_over_is_found(inside: str, wanted: str) -> None:
    assert left_over(page(inside), (), {EVENT}, {EVENT: WANTED.headlines}) == wanted


def test_neither_an_open_event_nor_a_neighbours_piece_is_left_over() -> None:
    assert left_over(page(marked()), {EVENT}, (), {}) == ""
    assert left_over(page(marked(event="grannens")), (), {EVENT}, {EVENT: WANTED.headlines}) == ""
    both = page(marked(event="grannens") + marked())
    assert left_over(both, {"storm"}, {EVENT}, {}) == EVENT


@pytest.mark.parametrize(
    "html",
    ["", "<", "</p></p>", "<p" * 5000, "<b>" * 20000 + "</i>" * 20000, "\0<![CDATA[<p", "&#0;&#x"],
)
def test_what_is_no_page_is_read_without_a_fault(html: str) -> None:
    assert judge(read(html), WANTED) == Found(Shows.NOTHING)


def test_looks_come_close_while_it_is_behind_and_seldom_in_calm() -> None:
    minute = timedelta(minutes=1)
    assert rules.pause(NOW, event_open=True, behind_since=NOW - minute) == timedelta(seconds=20)
    assert rules.pause(NOW, event_open=True, behind_since=NOW - 30 * minute) == minute
    assert rules.pause(NOW, event_open=True, behind_since=None) == minute
    assert rules.pause(NOW, event_open=False, behind_since=None) == 15 * minute
