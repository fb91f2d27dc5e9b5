"""Where a sentence ends: a text is cut, and called wrong, by whole sentences."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from console.messages import wording
from console.messages.rendering import shorter
from console.pictures.rules import first_sentence

BODY = "Vattnet stängs av kl. 18 på Storgatan. Hämta vatten vid t.ex. Nya torget. Ta med dunk."


def test_a_text_is_not_cut_after_an_abbreviation():
    assert shorter(BODY) == [
        "Vattnet stängs av kl. 18 på Storgatan. Hämta vatten vid t.ex. Nya torget.",
        "Vattnet stängs av kl. 18 på Storgatan.",
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "Skolan är stängd fr.o.m. måndag.",
        "Ring tel. 0560-160 00 om du är sjuk.",
        "Det gäller ca. 400 hushåll.",
        "Det gäller bl.a. Torsby och Oleby.",
        "Vägen är stängd vid nr. 12.",
    ],
)
def test_an_abbreviation_ends_no_sentence(sentence):
    assert wording.sentences(f"{sentence} Koka vattnet!") == [sentence, "Koka vattnet!"]
    assert shorter(f"{sentence} Koka vattnet!") == [sentence]


def test_a_sentence_that_ends_in_an_abbreviation_or_a_number_ends_there():
    said = "Ta med filt, mat osv. Bussen går kl 18. Vänta där till 20! Är du sjuk? Ring 112."
    assert len(wording.sentences(said)) == 5


def test_a_sentence_may_begin_with_a_number():
    said = "Vattnet är borta. 400 hushåll berörs."
    assert wording.sentences(said) == ["Vattnet är borta.", "400 hushåll berörs."]


def test_a_card_is_not_headed_by_half_a_sentence():
    headline, rest = first_sentence(BODY, "portrait")
    assert (headline, rest[:5]) == ("Vattnet stängs av kl. 18 på Storgatan.", "Hämta")


AT = datetime(2026, 6, 11, 10, 0, tzinfo=UTC)
"""12.00 in Stockholm."""


def corrected(content, wrong, right):
    return wording.edited(content, wrong, right, "", AT, "sv")


def test_a_correction_calls_no_longer_sentence_wrong_that_begins_alike():
    text, struck = corrected(
        "Oleby berörs inte i dag. Oleby berörs inte. Nytt besked kl 13.00.",
        "Oleby berörs inte.", "Oleby berörs i morgon.",
    )  # fmt: skip
    assert text == (
        "Oleby berörs inte i dag. Fel: Oleby berörs inte. Rättat kl 12.00: Oleby berörs i morgon. "
        "Nytt besked kl 13.00."
    )
    assert struck == ("Oleby berörs inte",)


def test_a_post_with_only_the_longer_sentence_is_told_what_is_right():
    text, struck = corrected("Oleby berörs inte i dag.", "Oleby berörs inte.", "Oleby berörs.")
    assert text == "Oleby berörs inte i dag. Rättat kl 12.00: Oleby berörs."
    assert struck == ()


def test_a_sentence_that_stands_twice_in_a_post_is_called_wrong_twice():
    """As an instruction, and again in the text."""
    text, _struck = corrected(
        "Koka vattnet. Kl 09.00, uppdatering 3. Koka vattnet.", "Koka vattnet.", "Drick det inte."
    )
    assert text == (
        "Fel: Koka vattnet. Kl 09.00, uppdatering 3. Fel: Koka vattnet. "
        "Rättat kl 12.00: Drick det inte."
    )


def test_what_is_right_is_not_spoken_of_before_it_is_written():
    """In the preview of a correction that is just begun."""
    assert wording.correction("Koka vattnet.", "", "", "sv") == (
        "Rättelse. Tidigare skrev vi: Koka vattnet."
    )
    assert wording.correction("Boil it.", "", "", "en").endswith("wrote: Boil it. That was wrong.")
    assert corrected("Koka vattnet. Slut.", "Koka vattnet.", "")[0] == "Fel: Koka vattnet. Slut."


def test_what_was_called_wrong_before_is_not_called_so_twice():
    before, _struck = corrected("Koka vattnet. Slut.", "Koka vattnet.", "Drick det inte.")
    text, _struck = corrected(before, "Koka vattnet.", "Drick det kallt.")
    assert text.count("Fel:") == 1


def test_a_question_can_be_what_was_wrong():
    text, struck = corrected("Är du sjuk? Ring 112. Slut", "Är du sjuk?", "Ring 1177.")
    assert text == "Fel: Är du sjuk? Rättat kl 12.00: Ring 1177. Ring 112. Slut"
    assert struck == ("Är du sjuk?",)
