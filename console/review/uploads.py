"""An export that somebody has sent us, laid out in a folder of its own to be verified.

Nothing of it is kept: what is sent may be anything, from anybody.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO

from flask_babel import gettext as _

from console.errors import BadInput

LARGEST = 64 * 2**20
"""Bytes of what is sent."""
LARGEST_UNPACKED = 256 * 2**20
"""Bytes of what a ZIP becomes: a small file may unpack to anything."""
MOST_FILES = 5_000
"""The pages of the public site are a file each."""
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How an export is packed. LZMA asks for as much memory as the file says, and others fail in ways
of their own."""
LONGEST_NAME = 180
AT_A_TIME = 2**20
FIELD = "files"

Sent = Sequence[tuple[str, IO[bytes]]]
"""(name as the browser gave it, content)"""


@contextmanager
def folder(sent: Sent) -> Iterator[Path]:
    """The folder that was sent, as one ZIP or as its files; it is gone afterwards.

    Raises:
        BadInput: nothing was sent, or it is no ZIP, or too large, or names files that can't be
            laid out (`field`: files).
    """
    if not sent:
        raise BadInput(_("Välj exportens zip-fil, eller alla filer i mappen."), field=FIELD)
    if len(sent) > MOST_FILES:
        raise _too_many()
    with TemporaryDirectory(prefix="budkavle-verify-") as made:
        root = Path(made)
        (name, content), *more = sent
        if not more and name.lower().endswith(".zip"):
            yield _unpacked(content, root)
        else:
            yield _laid_out(sent, root)


def _laid_out(sent: Sent, root: Path) -> Path:
    """The files by their own names: a browser that sends a folder may put its path before them."""
    names = [PurePosixPath(name.replace("\\", "/")) for name, _content in sent]
    top = {name.parts[0] for name in names if len(name.parts) > 1}
    inner = len(top) == 1 and all(len(name.parts) > 1 for name in names)
    left = LARGEST_UNPACKED
    for name, (_name, content) in zip(names, sent, strict=True):
        path = _place(root, PurePosixPath(*name.parts[1:]) if inner else name)
        left -= _copy(content, path, left)
    return root


def _unpacked(content: IO[bytes], root: Path) -> Path:
    """What the ZIP holds, without the one folder around it that an export has."""
    left = LARGEST_UNPACKED
    try:
        with zipfile.ZipFile(content) as packed:
            if len(packed.infolist()) > MOST_FILES:
                raise _too_many()
            for one in packed.infolist():
                if one.is_dir():
                    continue
                if one.flag_bits & 0x1:
                    raise BadInput(_("Zip-filen har lösenord. Packa upp den först."), field=FIELD)
                if one.compress_type not in METHODS:
                    raise BadInput(
                        _("Zip-filen är packad på ett ovanligt sätt. Packa upp den först."),
                        field=FIELD,
                    )
                path = _place(root, PurePosixPath(one.filename.replace("\\", "/")))
                with packed.open(one) as file:
                    left -= _copy(file, path, left)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise BadInput(_("Zip-filen är trasig och går inte att packa upp."), field=FIELD) from error
    inside = list(root.iterdir())
    if len(inside) == 1 and inside[0].is_dir():
        return inside[0]
    return root


def _place(root: Path, name: PurePosixPath) -> Path:
    """Where a file of that name lies.

    Raises:
        BadInput: it would lie outside, or twice in the same place.
    """
    strange = name.is_absolute() or not name.parts or len(str(name)) > LONGEST_NAME
    if strange or any(part in ("..", ".") or "\0" in part for part in name.parts):
        raise BadInput(_("Ett filnamn går inte att använda: %(name)s", name=str(name)[:60]),
                       field=FIELD)  # fmt: skip
    path = root.joinpath(*name.parts)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("xb").close()
    except OSError as error:
        raise BadInput(_("Två filer heter likadant: %(name)s", name=str(name)[:60]),
                       field=FIELD) from error  # fmt: skip
    return path


def _copy(content: IO[bytes], path: Path, most: int) -> int:
    """Returns how many bytes there were.

    Raises:
        BadInput: more than `most`.
    """
    done = 0
    with path.open("wb") as file:
        while some := content.read(AT_A_TIME):
            done += len(some)
            if done > most:
                raise BadInput(
                    _("Mappen är för stor: högst %(n)s MB uppackad.", n=LARGEST_UNPACKED // 2**20),
                    field=FIELD,
                )
            file.write(some)
    return done


def _too_many() -> BadInput:
    return BadInput(_("Det är för många filer: högst %(n)s.", n=MOST_FILES), field=FIELD)
