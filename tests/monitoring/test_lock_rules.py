"""Whose a post is, as platforms' feeds show it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from console.monitoring import lock_rules as rules
from console.monitoring.lock_rules import ANSWERS, LABELS, Book, Judgement, Own, Seen

NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)
TEXT = "Kl 14.00, uppdatering 3. Koka allt vatten du dricker. https://torsby.example/h/vatten/"
OWN = Own(id=7, post=7, remote_id="412", text=TEXT, marker="Kl 14.00, uppdatering 3", since=NOON)
SEEN = Seen(guid="x", text=TEXT, at=NOON)
OTHER = replace(SEEN, text="Fritidsgården har öppet som vanligt i kväll, välkomna dit.")


@pytest.mark.parametrize(
    ("own", "seen"),
    [
        ({"remote_id": "at://did:plc:a/post/3k"}, {"guid": "at://did:plc:a/post/3k"}),
        ({"remote_id": "412"}, {"guid": "https://blogg.example/?p=412"}),
        ({"remote_id": "110000412"}, {"link": "https://m.example/@torsby/110000412"}),
        ({"link": "https://www.blogg.example/nytt/"}, {"link": "http://blogg.example/nytt"}),
    ],
)
def test_a_post_is_known_by_what_its_platform_calls_it_whatever_it_says(
    own: dict[str, str], seen: dict[str, str]
) -> None:
    book = Book([replace(OWN, **own)])
    assert book.judge(replace(OTHER, **seen), ()) == Judgement(7)


@pytest.mark.parametrize(
    "link", ["https://b.example/2026/06/412/", "https://b.example/412", "://["]
)
def test_a_short_number_in_an_address_names_nothing(link: str) -> None:
    assert Book([OWN]).judge(replace(OTHER, link=link), ()) == Judgement(sure=True)


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.upper(),
        TEXT.replace(". ", ".\n\n"),
        TEXT.partition(" https")[0],
        TEXT[:60] + " […]",
        TEXT.replace(",", "\u00a0–"),
    ],
)
def test_a_post_is_known_by_its_words_however_the_platform_sets_them(text: str) -> None:
    found = Book([OWN]).judge(replace(SEEN, text=text), ())
    assert found == Judgement(7, as_sent=True)


def test_one_changed_word_is_not_as_sent() -> None:
    wrong = replace(SEEN, guid="https://b.example/?p=412", text=TEXT.replace("Koka", "Koka inte"))
    assert Book([OWN]).judge(wrong, ()) == Judgement(7, as_sent=False)


def test_a_correction_shows_on_the_older_post_that_it_changes() -> None:
    edit = replace(OWN, id=9, text="Rättat: Oleby också.", since=NOON + timedelta(hours=1))
    assert Book([OWN, edit]).says_as_sent(replace(SEEN, text=edit.text), 7)


def test_another_post_with_our_words_may_be_ours_and_is_never_sure() -> None:
    assert Book([OWN]).judge(SEEN, {7}) == Judgement()


def test_what_was_published_before_our_post_is_not_it() -> None:
    early = replace(SEEN, at=NOON - timedelta(hours=1))
    assert Book([OWN]).judge(early, ()) == Judgement(sure=True)


def test_a_post_without_a_time_is_asked_about() -> None:
    assert Book([OWN]).judge(replace(OTHER, at=None), ()) == Judgement()


def test_nothing_like_ours_is_sure_unless_a_person_may_be_publishing_by_hand() -> None:
    assert Book([]).judge(OTHER, ()) == Judgement(sure=True)
    assert Book([OWN]).judge(OTHER, ()) == Judgement(sure=True)
    by_hand = replace(OWN, by_hand=True)
    assert Book([by_hand]).judge(OTHER, ()) == Judgement()
    done = replace(by_hand, settled_at=NOON + timedelta(minutes=10))
    assert Book([done]).judge(OTHER, ()) == Judgement()
    late = replace(OTHER, at=NOON + timedelta(hours=3))
    assert Book([done]).judge(late, ()) == Judgement(sure=True)


def test_a_feed_reaches_past_a_post_only_if_it_ends_with_an_older_one() -> None:
    hour = timedelta(hours=1)
    assert rules.reaches_past(NOON, [NOON + hour, NOON - hour])
    assert not rules.reaches_past(NOON, [NOON - hour, NOON + 2 * hour, NOON + hour])
    assert not rules.reaches_past(NOON, [])


def test_every_answer_has_words() -> None:
    for (kind, _state), answers in ANSWERS.items():
        assert all((kind, one.value) in LABELS for one in answers)
    assert not rules.may_answer("around", "settled", "ours")
