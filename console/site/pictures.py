"""Pictures in public: for platforms that fetch them themselves, for as long as those may.

A picture lies under a name that nobody can guess, its own digest. It is there from when its round
is released until every such post of it has been answered for, and never else; the site process
puts it there and takes it away. It is no part of the site's generations: those may be copied and
kept by anybody.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from console.accounts.readiness import FETCHING
from console.pictures.models import Image, Picture
from console.pictures.rules import file_name
from console.site.serving import PICTURES

LONGEST = timedelta(days=1)
"""A container lives for a day; who fetches later has no reason to."""
_OPEN = """
    JOIN rounds r ON r.id = d.round_id
    JOIN broadcasts b ON b.id = d.broadcast_id
    WHERE d.kind = ANY(:kinds) AND NOT d.exercise
      AND d.state IN ('queued', 'retry', 'claimed', 'started') AND b.state IN ('running', 'done')
      AND r.released_at IS NOT NULL AND r.released_at > :since
      AND NOT EXISTS (SELECT 1 FROM fault_marks f
                      WHERE f.message_id = d.message_id AND f.withdrawn_at IS NULL)
"""
_CARDS = text(
    f"SELECT DISTINCT d.picture_id FROM deliveries d {_OPEN} AND d.picture_id IS NOT NULL"
)
_OWN = text(f"""
    SELECT DISTINCT m.image_id FROM deliveries d
    JOIN message_images m ON m.message_id = d.message_id {_OPEN}
""")


def address_of(site_url: str, name: str) -> str:
    """Where the world fetches a drawn picture, while it may."""
    return f"{site_url}/{PICTURES}/{name}"


def public(session: Session, now: datetime) -> set[str]:
    """File names of the pictures that the world may fetch now."""
    asked = {"kinds": sorted(FETCHING), "since": now - LONGEST}
    cards, own = (session.scalars(one, asked).all() for one in (_CARDS, _OWN))
    names = set()
    if cards:
        query = select(Picture.digest, Picture.media_type)
        drawn = session.execute(query.where(Picture.id.in_(cards), Picture.state == "drawn"))
        names |= {file_name(digest or "", kind) for digest, kind in drawn}
    if own:
        sheets = session.scalars(select(Image.portrait_digest).where(Image.id.in_(own)))
        names |= {file_name(digest, "image/jpeg") for digest in sheets}
    return names


def bytes_of(session: Session, name: str) -> bytes | None:
    """What a file holds; None: there is no such picture."""
    digest = name.partition(".")[0]
    found: bytes | None = session.scalar(select(Picture.data).where(Picture.digest == digest))
    if found is None:
        found = session.scalar(
            select(Image.portrait).where(Image.portrait_digest == digest).limit(1)
        )
    return found


def missing(folder: Path, names: set[str]) -> list[str]:
    """Those that aren't in the live site's folder yet."""
    return sorted(name for name in names if not (folder / PICTURES / name).is_file())


def put(folder: Path, name: str, data: bytes) -> None:
    """Write a file whole, or not at all."""
    where = folder / PICTURES
    where.mkdir(parents=True, exist_ok=True)
    draft = where / f".{name}.new"
    draft.write_bytes(data)
    os.replace(draft, where / name)


def clear(folder: Path, names: set[str]) -> None:
    """Take away what the world may not fetch any more."""
    where = folder / PICTURES
    if where.is_dir():
        for path in where.iterdir():
            if path.name not in names:
                path.unlink(missing_ok=True)
