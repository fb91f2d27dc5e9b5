"""Whether a text is known again in the HTML that a Mastodon server shows."""

from __future__ import annotations

import pytest

from channels.mastodon_text import same, text_of
from simulators.mastodon import as_html


@pytest.mark.parametrize(
    "text",
    [
        "Koka vattnet.\n\nKl 14.30",
        "Läs mer: https://torsby.example/h/vattnet/om-att-koka-vatten-i-torsby?a=1&b=2\n\nKl 14.30",
        "1 < 2 & 3 > 2 \N{EM DASH} \"så\" 'där' &amp; <b>inte fet</b>",
        "Rad ett\nRad två\n\n\nRad tre",
        "😀 räksmörgås\u00a0kl 14",
    ],
)  # fmt: skip
def test_a_text_is_known_again_in_the_html_it_is_shown_as(text: str) -> None:
    assert same(text, text_of(as_html(text)))


@pytest.mark.parametrize(
    ("ours", "content"),
    [
        ("Hej @lansstyrelsen@social.example!",
         '<p>Hej <span class="h-card"><a href="https://social.example/@lansstyrelsen">@<span>'
         'lansstyrelsen</span></a></span>!</p>'),
        ("En #kris", '<p>En <a class="hashtag" href="https://a.example/tags/kris">#<span>kris'
         '</span></a></p>'),
        ("Ett\nTvå", "Ett<br>Två"),
    ],
)  # fmt: skip
def test_mentions_tags_and_breaks_are_read_as_they_were_written(ours: str, content: str) -> None:
    assert same(ours, text_of(content))


@pytest.mark.parametrize("shown", ["<p>Koka vattnet</p><p>nu</p>", "<p>Koka vatten</p>", ""])
def test_another_text_is_another_text(shown: str) -> None:
    assert not same("Koka vattnet", text_of(shown))
