"""A card is drawn for real, the same each time, and nothing that anybody writes stops it."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from PIL import Image

from console.pictures import drawing, rules
from console.pictures.drawing import CannotDraw, draw
from console.pictures.rules import BANDS, SIZES, fit
from tests.pictures.test_rules import LONG, card

WORDS = fit("portrait", "Koka ditt kranvatten.", "Vi tar nya prover nu.", plate=True)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def near(one: tuple[int, ...], colour: str) -> bool:
    """Whether they are the same but for JPEG's rounding."""
    wanted = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return all(abs(a - b) <= 6 for a, b in zip(one, wanted, strict=True))


@pytest.mark.parametrize("kind", BANDS)
def test_each_type_of_message_has_a_band_of_its_colour(kind: str) -> None:
    size = SIZES["portrait"]
    data = draw(card(WORDS, kind=kind))
    picture = opened(data)
    assert data.startswith(b"\xff\xd8") and picture.size == (size.width, size.height)
    assert near(picture.getpixel((4, 4)), BANDS[kind].fill)


def test_an_exercise_is_blue_and_hatched_whatever_its_type() -> None:
    picture = opened(draw(card(WORDS, kind="first", exercise="ÖVNING. Det här är en övning.")))
    row = [picture.getpixel((x, 14)) for x in range(0, 200)]
    assert any(near(one, "#FFFFFF") for one in row)
    assert any(near(one, rules.EXERCISE.fill) for one in row)
    assert near(picture.getpixel((4, 40)), rules.EXERCISE.fill)


def test_the_same_card_is_the_same_bytes_and_another_is_not() -> None:
    one = card(fit("landscape", "Koka vattnet.", LONG, plate=True), size="landscape")
    assert draw(one) == draw(one)
    assert draw(one) != draw(card(one.words, size="landscape", lines=("Kl 15.00.",)))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("headline", "body"),
    [
        ("", LONG[:5000]),
        ("Koka vattnet.", "y" * 5000),
        ("Koka vattnet.", "https://torsby.example/" + "lang-adress-" * 12),
        ("يمكنك الآن شرب ماء الصنبور.", "أظهرت العينات أن المياه نظيفة."),
        ("Пийте воду.", "Ελληνικά. 日本語. \N{FIRE ENGINE} \N{WOMAN}\u200d\N{FIRE ENGINE}"),
        ('#panic("x") $ * _ ` \\ <a> @b', '"}] #read("/etc/passwd") // \u202e'),
        ("", ""),
    ],
)
def test_nothing_that_is_written_stops_it(size: str, headline: str, body: str) -> None:
    made = card(fit(size, headline, body, plate=bool(headline)), size=size)
    assert opened(draw(made)).size == (SIZES[size].width, SIZES[size].height)


def test_nothing_is_drawn_over_the_foot_however_much_there_is() -> None:
    """The middle shrinks until it fits: the strip above the foot's rule stays paper."""
    full = fit(
        "portrait", "Koka allt vatten du dricker. " * 5, LONG, plate=True,
        detail="Låt det koka upp. " * 9, standing=["Bada inte i Klarälven vid bron. " * 2] * 2,
    )  # fmt: skip
    picture = opened(draw(card(full, exercise="ÖVNING. Det här är en övning.")))
    rule = next(
        y for y in range(1349, 900, -1) if near(picture.getpixel((80, y)), rules.INK)
        and near(picture.getpixel((1000, y)), rules.INK)
    )  # fmt: skip
    above = [picture.getpixel((x, rule - 12)) for x in range(0, 1080, 7)]
    assert all(near(one, rules.PAPER) for one in above)


def test_what_takes_too_long_is_ended_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(drawing, "CHILD", slow)
    with pytest.raises(CannotDraw, match="Timeout"):
        draw(card(WORDS), seconds=0.3)


@pytest.mark.parametrize("code", ["raise SystemExit(3)", "pass"])
def test_what_breaks_or_gives_nothing_is_said(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text(code)
    monkeypatch.setattr(drawing, "CHILD", broken)
    with pytest.raises(CannotDraw):
        draw(card(WORDS))


def test_the_child_knows_nothing_of_the_console(monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets no address, no key and no password: neither in its environment nor by importing."""
    assert "console" not in drawing.CHILD.read_text().split('"""')[2]
    monkeypatch.setenv("DATABASE_URL", "postgresql://canary")
    monkeypatch.setattr(sys, "executable", "/usr/bin/env")
    with pytest.raises(CannotDraw) as error:
        draw(card(WORDS))
    assert "canary" not in str(error.value)
