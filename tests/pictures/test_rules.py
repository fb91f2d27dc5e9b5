"""What stands on a card: short enough to be read by phone, never cut within a word, never less
than what is to be done; and every colour readable."""

from __future__ import annotations

import pytest

from console.messages.rules import MessageType
from console.pictures import rules
from console.pictures.rules import SIZES, Card, Words, fit, shorten

LONG = "Du kan duscha och tvätta som vanligt, men drick inte vattnet. " * 100


def card(words: Words, **more: object) -> Card:
    given: dict[str, object] = {
        "size": "portrait",
        "kind": "update",
        "language": "sv",
        "exercise": "",
        "sender": "Torsby kommun",
        "label": "Uppdatering",
        "words": words,
        "applies": "Det här gäller:",
        "more": "Läs hela texten på",
        "lines": ("Kl 14.30, uppdatering 3.", "Nytt besked kl 16.00."),
        "address": "kris.torsby.example/h/koka-vattnet",
    }
    return Card(**{**given, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("most", range(0, 70, 3))
def test_a_text_is_never_cut_within_a_word(most: int) -> None:
    text = "Koka vattnet. Det gäller alla som bor i Torsby, Oleby och Östmark tills vidare"
    short = shorten(text, most)
    assert len(short) <= most
    assert set(short.rstrip("….").split()) <= {one.rstrip(".,") for one in text.split()} | set(
        text.split()
    )


def test_a_text_is_cut_after_a_sentence_where_most_of_it_is_left() -> None:
    assert shorten("Koka vattnet. Det gäller alla i Torsby.", 20) == "Koka vattnet."
    assert (
        shorten("Ja. Det gäller alla i Torsby tills vidare.", 30) == "Ja. Det gäller alla i Torsby…"
    )


def test_a_word_without_an_end_is_left_out() -> None:
    assert shorten("x" * 5000, 400) == ""


@pytest.mark.parametrize("size", SIZES)
def test_a_long_text_says_that_there_is_more_and_a_short_one_does_not(size: str) -> None:
    long = fit(size, "Koka vattnet.", LONG, plate=True)
    assert long.cut and long.body and len(long.body) < SIZES[size].room
    assert not fit(size, "Koka vattnet.", "Vi tar prover.", plate=True).cut


@pytest.mark.parametrize("size", SIZES)
def test_the_instruction_stays_however_much_else_there_is(size: str) -> None:
    words = fit(size, "Koka allt vatten.", LONG, plate=True, detail=LONG, standing=[LONG] * 5)
    assert words.headline == "Koka allt vatten."
    assert len(words.standing) <= rules.MOST_STANDING
    assert words.cut


def test_what_is_spoken_is_all_that_stands_there() -> None:
    words = fit(
        "portrait", "Koka vattnet.", "Vi tar prover.", plate=True, detail="Låt det koka upp.",
        standing=["Bada inte i älven."],
    )  # fmt: skip
    said = rules.spoken(card(words, exercise="ÖVNING. Det här är en övning."))
    assert said == (
        "ÖVNING. Det här är en övning. Torsby kommun. Uppdatering. Koka vattnet. Låt det koka upp."
        " Det här gäller: Bada inte i älven. Vi tar prover. Kl 14.30, uppdatering 3. Nytt besked"
        " kl 16.00. Läs hela texten på kris.torsby.example/h/koka-vattnet"
    )


def test_a_card_is_known_by_everything_that_stands_on_it() -> None:
    words = fit("portrait", "Koka vattnet.", "Vi tar prover.", plate=True)
    one, same = card(words), rules.card_of(rules.content_of(card(words)))
    assert same == one
    assert rules.key_of(one) == rules.key_of(same)
    assert rules.key_of(one) != rules.key_of(card(words, lines=("Kl 15.00, uppdatering 4.",)))


def test_control_characters_are_left_out_and_joined_signs_stay_joined() -> None:
    words = fit("portrait", "Koka\x00 vattnet.\n", "\N{WOMAN}\u200d\N{FIRE ENGINE}", plate=True)
    assert (words.headline, words.body) == ("Koka vattnet.", "\N{WOMAN}\u200d\N{FIRE ENGINE}")


def test_every_type_of_message_has_a_colour() -> None:
    assert set(rules.BANDS) == {str(kind) for kind in MessageType}


@pytest.mark.parametrize(
    ("fill", "text"),
    [
        *((one.fill, one.text) for one in (*rules.BANDS.values(), rules.EXERCISE, rules.PLATE)),
        (rules.PAPER, rules.INK),
        (rules.PAPER, rules.INK_2),
    ],
)
def test_every_text_has_a_contrast_of_four_and_a_half_to_one(fill: str, text: str) -> None:
    light, dark = sorted((_luminance(fill), _luminance(text)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
