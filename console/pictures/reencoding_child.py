"""Makes an uploaded picture anew, in a process of its own, run by `console.pictures.reencoding`.

Reads the upload from standard input, writes JSON to standard output: what was made of it, or why
nothing was. Nothing of the upload but its pixels goes further: no place, no camera, no hidden part.
With the argument `whole` the picture keeps its shape and nearly all of its pixels: it is to be kept
and read, not to be sent.
"""

from __future__ import annotations

import base64
import io
import json
import resource
import sys
import warnings
from typing import Any

MEMORY = 1536 * 1024**2
PIXELS = 50_000_000
"""More than telephones' cameras have; a bomb has more."""
LEAST = 320
"""Pixels on the shorter side: what Instagram asks of the width."""
LONGEST = 2048
WIDEST, HIGHEST = 1.91, 0.8
"""Width over height, between which every platform shows a picture whole."""
PORTRAIT = (1080, 1350)
BYTES = 900_000
"""What every platform takes; Bluesky takes least (a million)."""
WHOLE_LONGEST = 12_000
WHOLE_BYTES = 5_000_000
"""Of a picture that is kept whole: a page is long."""


def made(data: bytes, *, whole: bool = False) -> dict[str, Any]:
    """The picture as JPEG, in its own shape and on a portrait sheet; or {"fault": …}: kind, pixels,
    small or broken.

    Args:
        whole: for keeping; there is no portrait sheet then.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    longest = WHOLE_LONGEST if whole else LONGEST

    Image.MAX_IMAGE_PIXELS = PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as opened:
            if opened.width * opened.height > PIXELS:
                return {"fault": "pixels"}
            if min(opened.size) < LEAST:
                return {"fault": "small"}
            opened.draft("RGB", (longest, longest))
            upright = _eight_bits(ImageOps.exif_transpose(opened)).convert("RGBA")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return {"fault": "pixels"}
    except UnidentifiedImageError:
        return {"fault": "kind"}
    except (OSError, ValueError, SyntaxError, MemoryError):
        return {"fault": "broken"}
    picture = Image.new("RGB", upright.size, "white")
    picture.paste(upright, mask=upright.getchannel("A"))
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    if whole:
        data, width, height = _jpeg(picture, WHOLE_BYTES)
        return {"width": width, "height": height, "data": base64.b64encode(data).decode()}
    ratio = picture.width / picture.height
    if not HIGHEST <= ratio <= WIDEST:
        edge = WIDEST if ratio > WIDEST else HIGHEST
        tall = ratio > WIDEST
        size = (
            (picture.width, round(picture.width / edge))
            if tall
            else (round(picture.height * edge), picture.height)
        )
        picture = ImageOps.pad(picture, size, color="white")
    sheet = ImageOps.pad(picture, PORTRAIT, Image.Resampling.LANCZOS, color="white")
    data, width, height = _jpeg(picture)
    return {
        "width": width,
        "height": height,
        "data": base64.b64encode(data).decode(),
        "portrait": base64.b64encode(_jpeg(sheet)[0]).decode(),
    }


def _eight_bits(picture: Any) -> Any:
    """A grey picture of 16 bits, as scanners make them, in eight: converted as it is, all but its
    darkest parts would be white."""
    if not picture.mode.startswith("I"):
        return picture
    return picture.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")


def _jpeg(picture: Any, most: int = BYTES) -> tuple[bytes, int, int]:
    """As good as fits, and its size: a smaller one only where the coarsest doesn't fit."""
    for quality in (88, 80, 70, 55, 40):
        made = io.BytesIO()
        picture.save(made, "JPEG", quality=quality, optimize=True, progressive=True)
        if made.tell() <= most:
            return made.getvalue(), picture.width, picture.height
    half = picture.resize((picture.width * 2 // 3, picture.height * 2 // 3))
    return _jpeg(half, most)


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    json.dump(made(sys.stdin.buffer.read(), whole="whole" in sys.argv[1:]), sys.stdout)


if __name__ == "__main__":
    main()
