"""A picture that somebody uploads, made anew: read in a process of its own, with limits of time and
memory, so that whatever a file holds, the console goes on."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from console.errors import BadInput
from console.logs import get_logger

CHILD = Path(__file__).with_name("reencoding_child.py")
MOST_BYTES = 10 * 1024**2
SECONDS = 15.0
FIELD = "file"
log = get_logger("pictures")


@dataclass(frozen=True, slots=True)
class Reencoded:
    """Both are JPEG without anything but pixels, small enough for every platform."""

    data: bytes
    width: int
    height: int
    portrait: bytes
    """The same on a white sheet of 1080 × 1350, for those who show nothing else whole."""


def reencode(upload: bytes, seconds: float = SECONDS) -> Reencoded:
    """
    Raises:
        BadInput: field `file`: it is no picture that can be sent; the sentence says what to do.
    """
    found = _found(upload, seconds)
    return Reencoded(
        base64.b64decode(found["data"]),
        found["width"],
        found["height"],
        base64.b64decode(found["portrait"]),
    )


def whole(upload: bytes, seconds: float = SECONDS) -> bytes:
    """A picture to be kept, as JPEG in its own shape.

    Raises:
        BadInput: as `reencode`.
    """
    return base64.b64decode(_found(upload, seconds, "whole")["data"])


def _found(upload: bytes, seconds: float, *how: str) -> dict[str, Any]:
    """What the process says that it made.

    Raises:
        BadInput: as `reencode`.
    """
    if not upload:
        raise BadInput(_("Välj en bild."), field=FIELD)
    if len(upload) > MOST_BYTES:
        raise BadInput(_("Bilden är större än 10 MB. Välj en mindre."), field=FIELD)
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(CHILD), *how],
            input=upload,
            capture_output=True,
            timeout=seconds,
            env={"LANG": "C.UTF-8"},
            check=True,
        )
        found: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        log.warning("picture_not_read", error=type(error).__name__)
        found = {"fault": "broken"}
    if "fault" in found:
        raise BadInput(_fault(found["fault"]), field=FIELD)
    return found


def _fault(why: str) -> str:
    words: dict[str, str] = {
        "kind": _("Filen är ingen bild som går att sända. Välj en JPEG, PNG eller WebP."),
        "pixels": _("Bilden har för många bildpunkter. Välj en på högst 50 miljoner."),
        "small": _("Bilden är för liten. Välj en som är minst 320 bildpunkter på varje håll."),
    }
    other = _("Bilden går inte att läsa. Välj en annan, eller spara den på nytt först.")
    return str(words.get(why, other))
