"""Writing an event's timeline to a folder that anybody can verify (`console.timeline.verify`)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from console.config import Settings
from console.errors import BadInput, NotFound, WrongState
from console.timeline import keys, lines, rules, signing
from console.timeline.compare import compare_with_second_place
from console.timeline.masking import Mask, masked_line
from console.timeline.models import Body, Entry, Personal, SignedHead
from console.timeline.readme import MASKED, MORE_FILES, README_TEXT

ROWS_AT_A_TIME = 1000


def export(
    session: Session,
    incident_id: int | None,
    folder: Path,
    settings: Settings,
    now: datetime,
    *,
    masked: Mask | None = None,
    beside: Callable[[Path], Mapping[str, int]] | None = None,
    progress: Callable[[int], None] | None = None,
    upto: int | None = None,
) -> None:
    """Write one event's timeline, or (None) all of it, in constant memory.

    The range runs from the event's first entry to the first signed head at or after its last.
    What doesn't belong to the event, is masked or is disposed of stands there as a digest.

    1. Find the range, and sign the head if no signature covers it yet.
    2. Write `timeline.jsonl` and `timeline.csv` side by side, one database row at a time.
    3. Write `head.json`, `README.txt`, what stands beside them, and last `manifest.json`: a folder
    without it isn't done.

    Args:
        session: READ COMMITTED, as `compare_with_second_place` needs.
        folder: is made; must be empty if it is there.
        masked: for handing out: every personal text is left out, and every body that holds what
            mustn't be shown. None: all is shown.
        beside: writes more files into the folder, from what stands in `timeline.jsonl` by then, and
            says how much of what, which the manifest counts.
        progress: is told the number of entries written, every `ROWS_AT_A_TIME` entries. What it
            raises breaks the export off.
        upto: an entry that is signed already; later ones are left out. Nothing is written to the
            database then: whoever signs while a long export is read would wait for its end.

    Raises:
        BadInput: the folder holds something already (`field`: folder).
        NotFound: there is nothing to export.
        WrongState: the chain has been cut or rewritten below a signed head.
        OSError: the folder can't be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise BadInput(f"{folder} isn't empty. Choose another folder.", field="folder")
    fault = compare_with_second_place(session, settings)
    if fault is not None and fault.forbids_signing:
        raise WrongState(fault.sentence)
    key = keys.load_or_make_key(settings)
    first, last = _range(session, incident_id, upto)
    signed = _signed_head(session, key, last, now)

    prev, counts = _write_entries(
        session, incident_id, first, signed.n, folder, masked, progress or (lambda _n: None)
    )
    fingerprint = keys.fingerprint(key.public_key())
    head = {
        "n": signed.n,
        "hash": signed.entry_hash.hex(),
        "text": rules.head_text(signed.n, signed.entry_hash),
        "signature": signed.signature.hex(),
        "public_key": keys.public_pem(key.public_key()),
        "fingerprint": fingerprint,
        "signed_at": rules.moment(signed.signed_at),
    }
    (folder / lines.HEAD).write_bytes(lines.pretty(head))
    readme = README_TEXT.format(
        scope_sv="hela tidslinjen" if incident_id is None else f"händelse {incident_id}",
        scope_en="the whole timeline" if incident_id is None else f"event {incident_id}",
        first=first,
        last=last,
        head_n=signed.n,
        fingerprint=fingerprint,
        more_sv=MORE_FILES["sv"] if beside else "",
        more_en=MORE_FILES["en"] if beside else "",
        masked_sv=MASKED["sv"] if masked is not None else "",
        masked_en=MASKED["en"] if masked is not None else "",
    )
    (folder / lines.README).write_bytes(readme.encode())
    if beside is not None:
        counts |= beside(folder)
    write_manifest(
        folder,
        key,
        {
            "format": lines.FORMAT,
            "made_at": rules.moment(now),
            "event": incident_id,
            "range": {"from": first, "last": last, "to": signed.n, "prev": prev.hex()},
            "counts": counts,
            "masked": masked is not None,
            "fingerprint": fingerprint,
        },
    )


def _range(session: Session, incident_id: int | None, upto: int | None) -> tuple[int, int]:
    query = select(func.min(Entry.n), func.max(Entry.n))
    if incident_id is not None:
        query = query.where(Entry.incident_id == incident_id)
    if upto is not None:
        query = query.where(Entry.n <= upto)
    first, last = session.execute(query).one()
    if first is None:
        raise NotFound("There is nothing in the timeline to export.")
    return first, last


def _signed_head(session: Session, key: Ed25519PrivateKey, last: int, now: datetime) -> SignedHead:
    """The first head at or after `last` that is signed with `key`, or else the head signed now."""
    found = session.scalar(
        select(SignedHead).where(SignedHead.n >= last).order_by(SignedHead.n).limit(1)
    )
    if found is not None:
        try:
            key.public_key().verify(
                found.signature, rules.head_text(found.n, found.entry_hash).encode()
            )
        except InvalidSignature:
            pass  # signed with a key since replaced
        else:
            return found
    signed = signing.sign_head(session, key, now)
    if signed is None or signed.n < last:
        raise WrongState(f"The timeline's head stands before entry {last}.")
    return signed


def entries_in(session: Session, incident_id: int | None, upto: int | None = None) -> int:
    """About how many entries an export holds: its range may go on to the next signed head.

    Raises:
        NotFound: there is nothing to export.
    """
    first, last = _range(session, incident_id, upto)
    return last - first + 1


def _write_entries(
    session: Session,
    incident_id: int | None,
    first: int,
    to: int,
    folder: Path,
    masked: Mask | None,
    progress: Callable[[int], None],
) -> tuple[bytes, dict[str, int]]:
    """Returns the hash before the first entry, and the counts."""
    start: bytes | None = None
    counts = {"entries": 0, "withheld": 0}
    with (folder / lines.JSONL).open("wb") as jsonl, (folder / lines.CSV).open("wb") as table:
        table.write(lines.csv_head())
        for prev, entry in _entries(session, incident_id, first, to):
            if start is None:
                start = prev
            if masked is not None:
                entry = masked_line(entry, masked)
            jsonl.write(lines.jsonl_line(entry))
            table.write(lines.csv_line(entry))
            counts["entries"] += 1
            counts["withheld"] += "withheld" in entry
            if counts["entries"] % ROWS_AT_A_TIME == 0:
                progress(counts["entries"])
    assert start is not None  # the range has at least its first entry
    return start, counts


def _entries(
    session: Session, incident_id: int | None, first: int, to: int
) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Each entry of the range as (its `prev`, its line), in order."""
    own = Body.n == Entry.n
    if incident_id is not None:
        own &= Entry.incident_id == incident_id
    personal = (
        select(
            func.json_agg(
                aggregate_order_by(
                    func.json_build_object(
                        "field",
                        Personal.field,
                        "salt",
                        func.encode(Personal.salt, "hex"),
                        "text",
                        Personal.content,
                        "withheld",
                        func.coalesce(Personal.masked_reason, "masked"),
                    ),
                    Personal.field.collate("C"),
                )
            )
        )
        .where(Personal.n == Body.n)
        .correlate(Body)
        .scalar_subquery()
    )
    # Columns, not entities: making objects of them took half of the time.
    query = (
        select(
            Entry.n,
            Entry.incident_id,
            Entry.prev,
            Entry.entry_hash,
            Entry.body_digest,
            Body.n.label("body_n"),
            Body.salt,
            Body.canonical,
            Body.masked_reason,
            personal.label("personal"),
        )
        .outerjoin(Body, own)
        .where(Entry.n.between(first, to))
        .order_by(Entry.n)
        .execution_options(yield_per=ROWS_AT_A_TIME)
    )
    for row in session.execute(query):
        foreign = incident_id is not None and row.incident_id != incident_id
        yield row.prev, _line(row, foreign=foreign)


def _line(row: Any, *, foreign: bool) -> dict[str, Any]:
    line: dict[str, Any] = {
        "n": row.n,
        "entry_hash": row.entry_hash.hex(),
        "body_digest": row.body_digest.hex(),
    }
    if foreign:
        return line | {"withheld": "outside the event"}
    if row.body_n is None:
        return line | {"withheld": "disposed of"}
    if row.canonical is None:
        return line | {"withheld": row.masked_reason or "masked"}
    line["salt"], line["body"] = row.salt.hex(), row.canonical
    line["personal"] = [
        {"field": p["field"], "withheld": p["withheld"]}
        if p["text"] is None
        else {"field": p["field"], "salt": p["salt"], "text": p["text"]}
        for p in row.personal or ()
    ]
    return line


def write_manifest(folder: Path, key: Ed25519PrivateKey, about: Mapping[str, Any]) -> None:
    """List every file of the folder and sign the list.

    The signature is over the list's compact spelling, so that no listed file, the README
    included, can be changed without the key.
    """
    files = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        files[path.relative_to(folder).as_posix()] = {
            "size": path.stat().st_size,
            "sha256": sha256,
        }
    manifest = {**about, "files": files}
    signature = key.sign(lines.compact(manifest).encode()).hex()
    (folder / lines.MANIFEST).write_bytes(lines.pretty({**manifest, "signature": signature}))
