"""What a post says: what applies first, the round line, the body, the next word, the link."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.counting import NO_LIMIT, Limit
from console.messages import checks, wording
from console.messages.rendering import Source, Standing, fill, render, shorter

PROMISE = datetime(2026, 6, 11, 8, 0, tzinfo=UTC)
LINK = "https://torsby.example/h/koka-vattnet/"
ANY = NO_LIMIT


def source(**changes):
    return Source(
        **{
            "language": "sv",
            "exercise": False,
            "headline": "",
            "detail": "",
            "standing": (Standing(1, "Koka allt vatten du dricker.", "Torsby tätort"),),
            "body": "Nu finns vattentankar vid Nya torget. Ta med egen dunk.",
            "short": "",
            "may_cut": False,
            "link": LINK,
            "promise": PROMISE,
            "earliest": datetime(2026, 6, 11, 5, 10, tzinfo=UTC),
            **changes,
        }
    )


def text_of(rendition, number=3):
    due = datetime(2026, 6, 11, 7, 0, tzinfo=UTC)
    return fill(
        rendition.parts,
        wording.round_line(due, number, "sv"),
        wording.next_word(PROMISE, due, "sv"),
    )


def test_what_applies_stands_before_everything_else_in_a_later_message():
    assert text_of(render(source(), ANY)) == (
        "Koka allt vatten du dricker. Gäller Torsby tätort. Kl 09.00, uppdatering 3. "
        "Nu finns vattentankar vid Nya torget. Ta med egen dunk. Nytt besked kl 10.00. " + LINK
    )


def test_an_exercise_says_so_before_anything_else():
    assert text_of(render(source(exercise=True), ANY)).startswith("ÖVNING. Koka")


def test_a_text_that_does_not_fit_is_refused_unless_the_writer_chose_how_to_shorten_it():
    narrow = Limit(render(source(), ANY).length - 5)
    assert not render(source(), narrow).fits
    assert render(source(short="Hämta vatten vid Nya torget."), narrow).how == "short"
    cut = render(source(may_cut=True), narrow)
    assert cut.how == "cut" and cut.fits
    assert "Ta med" not in text_of(cut) and text_of(cut).endswith(LINK)


def test_a_cut_text_ends_with_the_link_even_where_links_are_left_out():
    long = source(may_cut=True, body="Hämta vatten vid torget. " + "Ta med egen dunk. " * 5)
    narrow = Limit(render(long, ANY, with_link=False).length - 5)
    cut = render(long, narrow, with_link=False)
    assert cut.how == "cut" and text_of(cut).endswith(LINK)


@given(st.lists(st.sampled_from(["Koka vattnet.", "Ring 112!", "Är du sjuk?", "kl 9.30."])))
def test_cutting_keeps_whole_sentences_and_always_shortens(sentences):
    body = " ".join(sentences)
    for cut in shorter(body):
        assert body.startswith(cut) and 0 < len(cut) < len(body) and cut[-1] in ".!?"


@given(
    st.integers(1, 9999),
    st.timedeltas(timedelta(), timedelta(days=20)),
    st.timedeltas(timedelta(), timedelta(days=20)),
)
def test_no_round_is_longer_than_what_was_counted(number, ahead, lead):
    due = PROMISE - min(ahead, lead)
    rendition = render(source(earliest=PROMISE - lead), ANY)
    line = wording.round_line(due, number, "sv")
    filled = fill(rendition.parts, line, wording.next_word(PROMISE, due, "sv"))
    assert len(filled) <= rendition.length


@pytest.mark.parametrize(
    ("text", "lix"),
    [
        (
            "Koka ditt kranvatten om du bor i Torsby tätort. Vi har hittat tecken på bakterier. "
            "Vi vet inte varför ännu. Vi tar nya prover nu.",
            14,
        ),
        ("", 0),
    ],
)
def test_lix_counts_as_the_scenarios_say(text, lix):
    """4-l"""
    assert checks.lix(text).value == lix


def test_a_personal_identity_number_is_found_and_a_phone_number_is_not():
    assert checks.identity_numbers("Ring 0560-160 00 eller 811218-9876.") == ["811218-9876"]
    assert checks.identity_numbers("Ring 070-174 06 12, kl 13.00, 2026:412.") == []
