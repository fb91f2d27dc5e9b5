"""Where a sentence ends: a text is cut, and called wrong, by whole sentences."""

from __future__ import annotations

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
