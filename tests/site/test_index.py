"""The start page says of an event what the event's own page says."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from console.site import fragment, render
from console.site.view_model import Lang, Text
from console.site.words import WORDS
from tests.site.test_render import site, water


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_nobody_is_told_of_a_crisis_that_is_said_to_be_over(lang: Lang) -> None:
    over = replace(water(lang), over=True, plate=(), keep_doing=(), promise_at=None)
    whole, words = site(lang, over), WORDS[lang]
    page = render.index(whole)
    assert f"</svg> {words['over']}</p>" in page and '<body class="over">' in page
    assert f"<b>{words['over']}.</b>" in page
    assert words["read_on"] not in page and f"</svg> {words['crisis']}</p>" not in page
    assert render.icon(whole) == render.icon(site(lang))
    state = json.loads(fragment.files(whole, "https://x.example").popitem()[1])["state"]
    assert state == "over"


def test_another_event_that_goes_on_is_still_a_crisis() -> None:
    over = replace(water(), over=True, plate=(), promise_at=None)
    whole = site("sv", over, replace(water(), slug="storm", title=Text("Storm i Sysslebäck")))
    page = render.index(whole)
    assert '<body class="crisis">' in page
    assert page.count("<b>Läget är över.</b>") == 1 and page.count("Läs vad du ska göra") == 1


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_fel_ute_is_said_on_the_start_page_too(lang: Lang) -> None:
    """What is wrong may stand beside the headline, which is all that the start page shows."""
    one = replace(water(lang), fault_line=Text("Ett meddelande var fel.", lang))
    assert "<b><span>Ett meddelande var fel.</span></b>" in render.index(site(lang, one))


def test_the_data_say_that_we_are_late() -> None:
    for late in (True, False):
        made = fragment.files(site("sv", water(late=late)), "https://x.example")
        assert json.loads(made["nu.json"])["events"][0]["late"] is late
