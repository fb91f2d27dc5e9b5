"""What every public page keeps to."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from babel.support import Translations

from channels.platforms import PLATFORMS
from console.site import render
from console.site.register import list_pages
from console.site.view_model import (
    Earlier,
    EventPage,
    Instruction,
    Lang,
    RegisterRow,
    Sender,
    SiteView,
    Text,
)
from console.site.words import WORDS, platform_name

ROOT = Path(__file__).resolve().parents[2]
ONE = datetime(2026, 6, 11, 11, 0, tzinfo=UTC)
SENDER = Sender("Torsby kommun", "0980-319 200", "P4 Värmland", "kommun@example.org")


def water(lang: Lang = "sv", *, exercise: bool = False, late: bool = False) -> EventPage:
    corrected = Earlier(
        ONE - timedelta(hours=2),
        Text("Även Oleby ska koka vattnet."),
        kind=Text("Rättelse"),
        struck=Text("Oleby berörs inte."),
    )
    return EventPage(
        lang=lang, slug="koka-vattnet", title=Text("Koka vattnet"), area="Torsby",
        exercise=exercise, over=False, updated_at=ONE, promise_at=ONE + timedelta(minutes=15),
        late=late, fault_line=None, keep_doing=(Text("Koka allt vatten du dricker."),),
        plate=(Instruction(Text("Koka allt vatten du dricker."), Text("Låt det bubbla.")),),
        latest=Text("Inget nytt sedan kl 10.30."), know=None, dont_know=None, doing=None, help=(),
        rumours=(), earlier=(corrected,), record="2026:412", languages=("sv",),
    )  # fmt: skip


def site(lang: Lang = "sv", *events: EventPage, exercise: bool = False) -> SiteView:
    row = RegisterRow(
        7, "Torsby kommun", "Facebook", "@torsby", "https://example.org", "Staben", "", "Vardagar"
    )
    root = "/ovning/koka-vattnet" if exercise else ""
    return SiteView(lang, root, exercise, SENDER, events, (), (row,))


def pages(lang: Lang, *, exercise: bool = False, open_event: bool = True) -> dict[str, str]:
    page = water(lang, exercise=exercise)
    shown = site(lang, *([page] if open_event else []), exercise=exercise)
    return {
        "event": render.event(shown, page),
        "index": render.index(shown),
        "accounts": render.accounts(shown, list_pages(shown.register)[0]),
        "accessibility": render.accessibility(shown),
    }


def test_both_languages_hold_the_same_words() -> None:
    assert WORDS["sv"].keys() == WORDS["en"].keys()


def test_the_public_register_calls_a_platform_what_the_console_calls_it_in_both_languages() -> None:
    english = Translations.load(ROOT / "console" / "translations", ["en"])
    for key, platform in PLATFORMS.items():
        assert platform_name(key, "sv") == platform.name
        assert platform_name(key, "en") == english.gettext(platform.name)


@pytest.mark.parametrize("name", ["event", "index", "accounts", "accessibility"])
def test_every_page_says_after_which_time_we_are_late_and_where_else_to_listen(name: str) -> None:
    page = pages("sv")[name]
    assert "Är klockan mer än 13.15?" in page
    assert "P4 Värmland" in page
    assert 'href="tel:0980319200"' in page


@pytest.mark.parametrize("name", ["index", "accounts", "accessibility"])
def test_without_a_promise_every_page_still_says_where_else_to_listen(name: str) -> None:
    page = pages("sv", open_event=False)[name]
    assert "Är sidan gammal?" in page
    assert "P4 Värmland" in page


def test_a_promise_of_another_day_is_said_with_its_date() -> None:
    page = water()
    tomorrow = EventPage(**{**vars(page), "promise_at": ONE + timedelta(days=1)})
    assert "Är det senare än fredag 12 juni kl\N{NO-BREAK SPACE}13.00?" in render.event(
        site("sv"), tomorrow
    )


def test_a_passed_promise_is_admitted_in_plain_sight() -> None:
    page = water(late=True)
    html = render.event(site("sv", page), page)
    assert "Vi är sena." in html
    assert "Vi lovade nytt besked kl\N{NO-BREAK SPACE}13.15" in html


@pytest.mark.parametrize(("lang", "day"), [("sv", "torsdag 11 juni"), ("en", "Thursday 11 June")])
def test_a_page_that_has_stopped_can_be_told_from_one_of_today(lang: Lang, day: str) -> None:
    """Nobody may be there to change it, and what is over is read for years."""
    page = water(lang)
    whole = site(lang, page)
    assert day in render.event(whole, page).split("<main")[0]
    assert day in render.index(whole)
    past = replace(whole, events=(), past=(replace(page, over=True),))
    assert re.search(r"</a>, 11 (juni|June) 2026</li>", render.index(past))


def test_a_broken_link_does_not_say_that_our_own_account_is_false() -> None:
    """Posts link to the event's page, and platforms cut and lengthen links."""
    assert "Kom du hit från ett konto" not in render.missing(site("sv"))
    assert "Skulle sidan visa att ett konto i sociala medier är vårt?" in render.missing(site("sv"))


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_every_page_of_an_exercise_says_so_and_stays_out_of_search_engines(lang: Lang) -> None:
    for name, page in pages(lang, exercise=True).items():
        assert "<title>ÖVNING · " in page, name
        assert "ÖVNING" in page.split("<main")[0].split("</head>")[1], name
        assert 'content="noindex' in page, name
        assert not re.search(r'(href|src)="/(?!ovning/koka-vattnet/)', page), name


def test_no_page_of_the_live_site_speaks_of_an_exercise() -> None:
    for name, page in pages("sv").items():
        assert "ÖVNING" not in page, name
        assert "noindex" not in page, name


def test_an_english_page_says_what_is_only_in_swedish_and_gives_the_phone_number() -> None:
    html = pages("en")["event"]
    assert "exists only in Swedish" in html
    assert '<span lang="sv">Koka allt vatten du dricker.</span>' in html
    assert "exists only in Swedish" not in pages("sv")["event"]


def test_a_correction_shows_what_was_wrong_struck_before_what_is_right() -> None:
    html = pages("sv")["event"]
    assert re.search(r"<b>.*Rättelse.*<del>.*Oleby berörs inte.*</del>.*Även Oleby", html)


def test_pages_hold_no_script_no_inline_style_and_fetch_nothing_but_the_style_sheet() -> None:
    for name, page in pages("sv").items():
        assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|<img|@import", page), name
    assert "url(" not in render.STYLE.read_text()


def test_the_first_view_fits_in_fourteen_kilobytes() -> None:
    style = render.STYLE.read_bytes()
    assert len(style) <= 6 * 1024
    for name, page in pages("sv").items():
        assert len(gzip.compress(page.encode())) + len(gzip.compress(style)) <= 14 * 1024, name


def test_the_same_values_give_the_same_bytes() -> None:
    assert pages("sv") == pages("sv")
