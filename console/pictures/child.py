"""Draws one card, in a process of its own: `python child.py`, run by `console.pictures.drawing`.

Reads JSON from standard input, writes the picture to standard output. It imports nothing of the
console: it starts in a tenth of a second, and can be ended at any moment.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from typing import Any

MEMORY = 2 * 1024**3
QUALITY = 92
"""Of a JPEG: letters stay clean, and the file is a tenth of what platforms take."""


def drawn(asked: dict[str, Any]) -> bytes:
    """The card as PNG or JPEG.

    Args:
        asked: what the template is given, and besides template, root, fonts (paths) and media_type.

    Raises:
        typst.TypstError: it can't be drawn.
    """
    import typst

    data = {name: asked[name] for name in ("card", "colours", "width", "height")}
    made: bytes = typst.compile(
        asked["template"],
        root=asked["root"],
        format="png",
        ppi=72.0,
        font_paths=[asked["fonts"]],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data)},
    )
    if asked["media_type"] == "image/png":
        return made
    from PIL import Image

    jpeg = io.BytesIO()
    with Image.open(io.BytesIO(made)) as picture:
        picture.convert("RGB").save(jpeg, "JPEG", quality=QUALITY, subsampling=0, optimize=True)
    return jpeg.getvalue()


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.stdout.buffer.write(drawn(json.load(sys.stdin)))


if __name__ == "__main__":
    main()
