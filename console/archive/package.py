"""A package for archive or registry: a ZIP in the shape of E-ARK CSIP (docs/archive.md), which it
doesn't claim to conform to.

    <name>/METS.xml                          what there is, each file with its SHA-256
    <name>/metadata/descriptive/dc.xml       what it is about
    <name>/documentation/LASMIG.txt          how to read it
    <name>/representations/rep1/data/…       the files themselves

A part of what is packed is read at a time: an event's export may be large.
"""

from __future__ import annotations

import hashlib
import mimetypes
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO
from xml.etree import ElementTree as Xml

from console.timeline.rules import moment

DATA = "representations/rep1/data"
DESCRIPTIVE = "metadata/descriptive/dc.xml"
README = "documentation/LASMIG.txt"
PIECE = 2**20
METS = "http://www.loc.gov/METS/"
XLINK = "http://www.w3.org/1999/xlink"
CSIP = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
DC = "http://purl.org/dc/elements/1.1/"
MIME = {".jsonl": "application/jsonl", ".md": "text/markdown"}


@dataclass(frozen=True, slots=True)
class About:
    """What a package says of itself; all in Swedish: it is a record."""

    name: str
    """Of the folder in it, and of the file; ASCII."""
    title: str
    description: str
    creator: str
    """The municipality."""
    made_at: datetime
    readme: str


@dataclass(frozen=True, slots=True)
class _Packed:
    path: str
    """From the package's root."""
    size: int
    sha256: str


@dataclass(slots=True)
class Writer:
    """Puts files into a package, and knows what they were."""

    about: About
    _zip: zipfile.ZipFile
    _files: list[_Packed] = field(default_factory=list)

    def add(self, path: str, content: IO[bytes]) -> None:
        """Args: path: from `DATA`, with / between its parts."""
        self._put(f"{DATA}/{path}", content)

    def add_bytes(self, path: str, content: bytes) -> None:
        """As `add`."""
        self.add(path, BytesIO(content))

    def finish(self) -> None:
        about = self.about
        self._put(DESCRIPTIVE, BytesIO(_dublin_core(about)))
        self._put(README, BytesIO(about.readme.encode()))
        self._zip.writestr(f"{about.name}/METS.xml", _mets(about, self._files))

    def _put(self, path: str, content: IO[bytes]) -> None:
        digest, size = hashlib.sha256(), 0
        with self._zip.open(f"{self.about.name}/{path}", "w", force_zip64=True) as packed:
            while piece := content.read(PIECE):
                digest.update(piece)
                size += len(piece)
                packed.write(piece)
        self._files.append(_Packed(path, size, digest.hexdigest()))


@contextmanager
def writing(file: Path, about: About) -> Iterator[Writer]:
    """A package at `file`, whole once the block has ended without a fault."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        writer = Writer(about, packed)
        yield writer
        writer.finish()


def add_export(writer: Writer, export: Path) -> None:
    """Every file of an event's export, without the one folder around them."""
    with zipfile.ZipFile(export) as whole:
        for one in whole.infolist():
            if one.is_dir():
                continue
            inside = PurePosixPath(one.filename).parts[1:]
            with whole.open(one) as content:
                writer.add("/".join(inside), content)


def measured(file: Path) -> tuple[int, str]:
    """Size in bytes, and SHA-256 in hex."""
    with file.open("rb") as whole:
        return file.stat().st_size, hashlib.file_digest(whole, "sha256").hexdigest()


def _dublin_core(about: About) -> bytes:
    Xml.register_namespace("dc", DC)
    root = Xml.Element("metadata")
    for name, text in (
        ("title", about.title),
        ("description", about.description),
        ("creator", about.creator),
        ("date", moment(about.made_at)),
        ("identifier", about.name),
        ("language", "sv"),
    ):
        Xml.SubElement(root, f"{{{DC}}}{name}").text = text
    return _spelled(root)


def _mets(about: About, files: Iterable[_Packed]) -> bytes:
    Xml.register_namespace("", METS)
    Xml.register_namespace("xlink", XLINK)
    Xml.register_namespace("csip", CSIP)
    at = moment(about.made_at)
    root = Xml.Element(
        _m("mets"),
        {
            "OBJID": about.name,
            "LABEL": about.title,
            "TYPE": "Other",
            f"{{{CSIP}}}OTHERTYPE": "Municipal communication",
        },
    )
    header = Xml.SubElement(root, _m("metsHdr"), {"CREATEDATE": at, "RECORDSTATUS": "NEW"})
    for kind, name in (
        ({"ROLE": "CREATOR", "TYPE": "ORGANIZATION"}, about.creator),
        ({"ROLE": "CREATOR", "TYPE": "OTHER", "OTHERTYPE": "SOFTWARE"}, "Budkavle"),
    ):
        agent = Xml.SubElement(header, _m("agent"), kind)
        Xml.SubElement(agent, _m("name")).text = name
    packed = list(files)
    described = next(one for one in packed if one.path == DESCRIPTIVE)
    section = Xml.SubElement(root, _m("dmdSec"), {"ID": "dmd-1", "CREATED": at})
    Xml.SubElement(
        section, _m("mdRef"),
        {"LOCTYPE": "URL", "MDTYPE": "DC", **_facts(described, at), **_link(described)},
    )  # fmt: skip
    groups = {
        "Documentation": [one for one in packed if one.path == README],
        "Representations/rep1": [one for one in packed if one.path.startswith(f"{DATA}/")],
    }
    sections = Xml.SubElement(root, _m("fileSec"))
    chart = Xml.SubElement(root, _m("structMap"), {"TYPE": "PHYSICAL", "LABEL": "CSIP"})
    whole = Xml.SubElement(chart, _m("div"), {"LABEL": about.name})
    Xml.SubElement(whole, _m("div"), {"LABEL": "Metadata", "DMDID": "dmd-1"})
    number = 0
    for use, members in groups.items():
        group = Xml.SubElement(sections, _m("fileGrp"), {"USE": use})
        place = Xml.SubElement(whole, _m("div"), {"LABEL": use})
        for one in members:
            number += 1
            file = Xml.SubElement(group, _m("file"), {"ID": f"file-{number}", **_facts(one, at)})
            Xml.SubElement(file, _m("FLocat"), {"LOCTYPE": "URL", **_link(one)})
            Xml.SubElement(place, _m("fptr"), {"FILEID": f"file-{number}"})
    return _spelled(root)


def _facts(one: _Packed, at: str) -> dict[str, str]:
    return {
        "MIMETYPE": _mime(one.path),
        "SIZE": str(one.size),
        "CREATED": at,
        "CHECKSUM": one.sha256,
        "CHECKSUMTYPE": "SHA-256",
    }


def _link(one: _Packed) -> dict[str, str]:
    return {f"{{{XLINK}}}type": "simple", f"{{{XLINK}}}href": one.path}


def _mime(path: str) -> str:
    known = MIME.get(PurePosixPath(path).suffix)
    return known or mimetypes.guess_type(path)[0] or "application/octet-stream"


def _m(name: str) -> str:
    return f"{{{METS}}}{name}"


def _spelled(root: Xml.Element) -> bytes:
    Xml.indent(root)
    made: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return made
