"""An upload is made anew or refused with a sentence, whatever the file holds."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from console.errors import BadInput
from console.pictures import reencoding
from console.pictures.reencoding import MOST_BYTES, reencode, whole
from console.pictures.reencoding_child import BYTES, HIGHEST, LONGEST, PORTRAIT, WIDEST


@pytest.fixture(autouse=True)
def sentences(app: Flask) -> object:
    """The refusals are said in the reader's language."""
    with app.test_request_context():
        yield


def encoded(picture: Image.Image, kind: str, **more: object) -> bytes:
    made = io.BytesIO()
    picture.save(made, kind, **more)
    return made.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def plain(size: tuple[int, int] = (800, 600), colour: str = "green") -> Image.Image:
    return Image.new("RGB", size, colour)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_may_be_sent_becomes_a_jpeg_in_two_shapes(kind: str) -> None:
    made = reencode(encoded(plain(), kind))
    assert opened(made.data).format == "JPEG" and opened(made.data).size == (800, 600)
    assert (made.width, made.height) == (800, 600)
    assert opened(made.portrait).size == PORTRAIT


def test_neither_place_nor_camera_nor_thumbnail_goes_along() -> None:
    exif = Image.Exif()
    exif[0x010F] = "CANARY camera"
    exif.get_ifd(0x8825)[2] = (60.0, 8.0, 0.0)
    made = reencode(encoded(plain(), "JPEG", exif=exif, comment=b"CANARY comment"))
    for data in (made.data, made.portrait):
        assert b"CANARY" not in data and b"Exif" not in data
        assert not opened(data).getexif()


def test_what_hides_behind_a_picture_stays_behind() -> None:
    """A file that is two things at once is one thing afterwards."""
    made = reencode(encoded(plain(), "JPEG") + b"PK\x03\x04 <script>CANARY</script>")
    assert b"CANARY" not in made.data + made.portrait


def test_a_picture_taken_sideways_is_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    made = reencode(encoded(plain((900, 800)), "JPEG", exif=exif))
    assert (made.width, made.height) == (800, 900)


def test_what_can_be_seen_through_is_white() -> None:
    made = reencode(encoded(Image.new("RGBA", (400, 400), (255, 0, 0, 0)), "PNG"))
    assert opened(made.data).getpixel((200, 200)) == (255, 255, 255)


@pytest.mark.parametrize("how", [reencode, whole])
def test_a_grey_picture_of_sixteen_bits_keeps_its_greys(how: Callable[[bytes], Any]) -> None:
    """A scanned page that became all white would be approved, or kept, as nothing."""
    greys = (b"\x00\x10" * 200 + b"\x00\x80" * 200) * 400
    made = how(encoded(Image.frombytes("I;16", (400, 400), greys), "PNG"))
    shown = opened(made if isinstance(made, bytes) else made.data)
    dark, light = (shown.getpixel((x, 200))[0] for x in (100, 300))
    assert abs(dark - 0x10) < 4 and abs(light - 0x80) < 4


@pytest.mark.parametrize("size", [(3000, 400), (400, 3000), (5000, 4000)])
def test_every_shape_and_size_becomes_one_that_every_platform_shows_whole(
    size: tuple[int, int],
) -> None:
    made = reencode(encoded(plain(size), "PNG"))
    assert max(made.width, made.height) <= LONGEST * 1.3
    assert HIGHEST - 0.01 <= made.width / made.height <= WIDEST + 0.01


def test_a_picture_full_of_noise_is_small_enough_for_every_platform() -> None:
    noise = Image.effect_noise((2600, 2000), 90).convert("RGB")
    made = reencode(encoded(noise, "JPEG", quality=95))
    assert len(made.data) <= BYTES and len(made.portrait) <= BYTES


def test_the_same_upload_is_the_same_bytes() -> None:
    upload = encoded(plain(), "PNG")
    assert reencode(upload) == reencode(upload)


def bomb(side: int = 30_000) -> bytes:
    """A small PNG of 900 million pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    rows = zlib.compress(b"\0" * ((side // 8 + 1) * side), 9)
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


@pytest.mark.parametrize(
    ("upload", "said"),
    [
        (b"", "Välj en bild"),
        (b"\xff\xd8" + b"x" * MOST_BYTES, "större än 10 MB"),
        (bomb(), "för många bildpunkter"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>x</script></svg>", "ingen bild"),
        (b"<!doctype html><script>alert(1)</script>", "ingen bild"),
        (b"%PDF-1.7\n", "ingen bild"),
        (b"GIF89a" + b"\0" * 100, "ingen bild"),
        (encoded(plain(), "TIFF"), "ingen bild"),
        (encoded(plain(), "JPEG")[:400], "går inte att läsa"),
        (encoded(plain((319, 900)), "PNG"), "för liten"),
        (b"\x89PNG\r\n\x1a\n" + b"\xff" * 500, "ingen bild"),
    ],
    ids=["nothing", "huge", "bomb", "svg", "html", "pdf", "gif", "tiff", "cut", "small", "rubbish"],
)
def test_everything_else_is_refused_with_a_sentence(upload: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said) as error:
        reencode(upload)
    assert error.value.field == "file"


def test_what_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(reencoding, "CHILD", slow)
    with pytest.raises(BadInput, match="går inte att läsa"):
        reencode(encoded(plain(), "PNG"), seconds=0.3)
