"""Lengths as the platforms count them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.counting import Counting, Limit, count, sms_parts

FAMILY = "👩‍👩‍👧‍👦"
texts = st.text(max_size=80)


@pytest.mark.parametrize(
    ("text", "method", "length"),
    [
        ("åäö", Counting.POINTS, 3),
        (FAMILY, Counting.POINTS, 7),
        (FAMILY, Counting.GRAPHEMES, 1),
        (FAMILY, Counting.UTF16, 11),
        (FAMILY, Counting.BYTES, 25),
        ("a\u0308", Counting.GRAPHEMES, 1),
        ("🇸🇪🇳🇴", Counting.GRAPHEMES, 2),
        ("åäö", Counting.BYTES, 6),
        ("Läs https://torsby.example/h/vattnet/ nu", Counting.GRAPHEMES_LINKS_23, 4 + 23 + 3),
        ("@torsby@kommuner.example hej", Counting.GRAPHEMES_LINKS_23, 11),
        ("kris@torsby.example", Counting.GRAPHEMES_LINKS_23, 19),
        ("å" * 280, Counting.WEIGHTED, 280),
        ("a\u030a", Counting.WEIGHTED, 1),
        (FAMILY, Counting.WEIGHTED, 2),
        ("🇸🇪", Counting.WEIGHTED, 2),
        ("1️⃣", Counting.WEIGHTED, 2),
        ("水", Counting.WEIGHTED, 2),
        ("– ’ ”", Counting.WEIGHTED, 5),
        ("Se https://a.se/b.", Counting.WEIGHTED, 3 + 23 + 1),
        ("https://a.se/b?c=d https://a.se/e", Counting.WEIGHTED, 23 + 1 + 23),
        ("åäöÅÄÖé", Counting.SEPTETS, 7),
        ("[€]", Counting.SEPTETS, 6),
        ("á" * 70, Counting.SEPTETS, 160),
        ("", Counting.SEPTETS, 0),
    ],
)
def test_a_text_is_as_long_as_the_platform_says(text: str, method: Counting, length: int) -> None:
    assert count(text, method) == length


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 0),
        ("å" * 160, 1),
        ("å" * 161, 2),
        ("å" * 306, 2),
        ("å" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("–" * 70, 1),
        ("–" * 71, 2),
        ("–" * 134, 2),
        ("–" * 135, 3),
        ("🚰" * 35, 1),
        ("🚰" * 36, 2),
    ],
)
def test_an_sms_splits_where_the_standard_says(text: str, parts: int) -> None:
    assert sms_parts(text) == parts


@pytest.mark.parametrize("char", "áç–’")
def test_one_letter_outside_the_alphabet_makes_the_whole_sms_wide(char: str) -> None:
    assert sms_parts("a" * 100) == 1
    assert sms_parts("a" * 99 + char) == 2


@given(texts)
def test_graphemes_are_never_more_than_points_nor_points_than_units_nor_units_than_bytes(
    text: str,
) -> None:
    lengths = [
        count(text, method)
        for method in (Counting.GRAPHEMES, Counting.POINTS, Counting.UTF16, Counting.BYTES)
    ]
    assert lengths == sorted(lengths)


@given(texts)
def test_units_are_what_the_encoding_says(text: str) -> None:
    assert count(text, Counting.UTF16) == len(text.encode("utf-16-le")) // 2


@given(texts, st.sampled_from(Counting))
def test_nothing_is_shorter_than_nothing_and_only_an_empty_text_is_empty(
    text: str, method: Counting
) -> None:
    assert (count(text, method) > 0) == bool(text)


@given(st.text(alphabet="abc åäö.,", max_size=60), st.sampled_from(Counting))
def test_plain_swedish_is_as_long_everywhere_but_in_bytes(text: str, method: Counting) -> None:
    if method is not Counting.BYTES:
        assert count(text, method) == len(text)


@given(st.from_regex(r"[a-z0-9/]{1,200}", fullmatch=True))
def test_a_link_weighs_the_same_however_long(path: str) -> None:
    text = f"Läs https://torsby.example/{path} nu"
    assert count(text, Counting.WEIGHTED) == 30
    assert count(text, Counting.GRAPHEMES_LINKS_23) == 30


@given(texts, st.integers(0, 80), st.sampled_from(Counting))
def test_over_is_what_stands_past_the_limit(text: str, most: int, method: Counting) -> None:
    limit = Limit(most, method)
    assert limit.over(text) == max(0, limit.count(text) - most)


def test_a_text_within_its_characters_may_break_its_bytes() -> None:
    limit = Limit(300, Counting.GRAPHEMES, most_bytes=3000)
    assert limit.over(FAMILY * 120) == 0
    assert limit.over(FAMILY * 121) == 25
    assert limit.over("a" * 301) == 1


def test_no_limit_is_never_broken() -> None:
    assert Limit().over("x" * 100_000) == 0
