"""The signing key, the second place, and what a comparison with it finds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from console import db
from console.config import Settings
from console.errors import WrongState
from console.timeline import keys, rules, second_place
from console.timeline.compare import Fault, compare_with_second_place
from console.timeline.models import Body, Entry, Head, Personal, SignedHead
from console.timeline.signing import replace_key, sign_and_store
from tests.timeline.factory import NOON, write_export, write_rounds


def compare(settings: Settings, *, walk: bool = False) -> Fault | None:
    with db.unit_of_work() as session:
        return compare_with_second_place(session, settings, walk=walk)


def kind_of(fault: Fault | None) -> str | None:
    return fault.kind if fault else None


def test_the_key_is_made_once_for_its_owner_only(database: Settings):
    together = threading.Barrier(8)

    def first_use(_: int) -> str:
        together.wait(10)
        return keys.fingerprint(keys.load_or_make_key(database).public_key())

    with ThreadPoolExecutor(8) as pool:
        fingerprints = set(pool.map(first_use, range(8)))
    assert len(fingerprints) == 1
    assert [path.name for path in database.keys.glob("*timeline*")] == ["timeline.pem"]
    assert (database.keys / "timeline.pem").stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_can_read_is_refused(database: Settings):
    keys.load_or_make_key(database)
    (database.keys / "timeline.pem").chmod(0o640)
    with pytest.raises(WrongState, match="chmod 600"):
        keys.load_key(database)


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nMC4C", b"no key"])
def test_a_key_file_that_holds_no_key_is_refused_in_one_sentence(
    database: Settings, content: bytes
):
    keys.load_or_make_key(database)
    (database.keys / "timeline.pem").write_bytes(content)
    with pytest.raises(WrongState, match=r"timeline\.pem doesn't hold an Ed25519 key"):
        keys.load_key(database)


def test_the_head_is_signed_and_stored_once_until_it_moves(database: Settings):
    assert sign_and_store(database, NOON) is None
    write_rounds(3)
    assert sign_and_store(database, NOON) == 3
    assert sign_and_store(database, NOON + timedelta(minutes=1)) == 3
    write_rounds(2)
    assert sign_and_store(database, NOON + timedelta(minutes=2)) == 5
    stored = list(second_place.every(database.head_copy))
    assert [head.n for head in stored] == [3, 5]
    public = keys.load_key(database).public_key()
    for head in stored:
        public.verify(head.signature, rules.head_text(head.n, head.entry_hash).encode())
        assert head.key == keys.fingerprint(public)
    with db.unit_of_work() as session:
        assert all(session.scalars(select(SignedHead.stored_at)))
    assert compare(database, walk=True) is None


def test_two_tickers_signing_at_once_store_each_head_once(database: Settings):
    write_rounds(3)
    together = threading.Barrier(4)

    def sign(_: int) -> int | None:
        together.wait(10)
        return sign_and_store(database, NOON)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(sign, range(4))) == {3}
    assert [head.n for head in second_place.every(database.head_copy)] == [3]


def test_a_head_whose_storing_broke_off_is_stored_the_next_time(database: Settings, tmp_path: Path):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    unreachable = replace(database, head_copy=in_the_way / "heads.log")
    write_rounds(3)
    with pytest.raises(OSError, match="file"):
        sign_and_store(unreachable, NOON)
    assert kind_of(compare(unreachable)) == "copy_unreachable"
    assert second_place.newest(database.head_copy) is None
    write_rounds(2)
    assert sign_and_store(database, NOON) == 5
    assert [head.n for head in second_place.every(database.head_copy)] == [3, 5]


def test_a_line_cut_short_by_a_crash_is_passed_over(database: Settings):
    write_rounds(3)
    sign_and_store(database, NOON)
    with database.head_copy.open("ab") as file:
        file.write(b'{"at": "2026-03-01T12:00')
    write_rounds(1)
    assert sign_and_store(database, NOON) == 4
    assert [head.n for head in second_place.every(database.head_copy)] == [3, 4]
    assert compare(database, walk=True) is None


def cut_the_tail(session: Session) -> None:
    for model in (Personal, Body, Entry):
        session.execute(delete(model).where(model.n > 4))
    session.execute(delete(SignedHead))
    last = session.execute(select(Entry.entry_hash).where(Entry.n == 4)).scalar_one()
    session.execute(update(Head).values(n=4, entry_hash=last))


def rewrite_everything_from_the_third(session: Session) -> None:
    """As an intruder would who knows how the chain is made but hasn't the second place."""
    session.execute(delete(SignedHead))
    rows = session.execute(select(Entry, Body).join(Body, Body.n == Entry.n).order_by(Entry.n))
    prev = rules.START
    for entry, body in rows.all():
        if entry.n == 3:
            body.canonical = (body.canonical or "").replace("Koka", "Drick")
        entry.prev = prev
        entry.body_digest = rules.digest(body.salt, body.canonical or "")
        entry.entry_hash = prev = rules.entry_hash(prev, entry.n, entry.body_digest)
    session.execute(update(Head).values(entry_hash=prev))


@pytest.mark.parametrize(
    ("deed", "kind"),
    [(cut_the_tail, "cut"), (rewrite_everything_from_the_third, "rewritten")],
)
def test_a_consistent_forgery_in_the_database_is_told_by_the_second_place(
    database: Settings, deed: Callable[[Session], None], kind: str
):
    write_rounds(6)
    sign_and_store(database, NOON)
    with db.unit_of_work() as session:
        deed(session)
    assert kind_of(compare(database)) == kind
    assert kind_of(compare(database, walk=True)) == kind
    with pytest.raises(WrongState):
        sign_and_store(database, NOON)
    write_rounds(5)
    fault = compare(database)
    assert kind_of(fault) == "rewritten"
    with pytest.raises(WrongState):
        sign_and_store(database, NOON)
    assert [head.n for head in second_place.every(database.head_copy)] == [6]


def test_a_walk_names_the_entry_whose_body_was_changed(database: Settings):
    write_rounds(6)
    sign_and_store(database, NOON)
    with db.unit_of_work() as session:
        session.execute(update(Body).where(Body.n == 3).values(canonical="{}"))
    assert compare(database) is None
    fault = compare(database, walk=True)
    assert fault is not None
    assert (fault.kind, fault.n) == ("broken", 3)


def test_entries_cut_off_above_the_newest_signature_are_missed_too(database: Settings):
    write_rounds(3)
    sign_and_store(database, NOON)
    write_rounds(3)
    with db.unit_of_work() as session:
        for model in (Body, Entry):
            session.execute(delete(model).where(model.n > 4))
    fault = compare(database)
    assert fault is not None
    assert (fault.kind, fault.n) == ("cut", 5)


def test_an_emptied_second_place_is_told_and_filled_again(database: Settings):
    write_rounds(3)
    sign_and_store(database, NOON)
    database.head_copy.write_bytes(b"")
    assert kind_of(compare(database)) == "copy_gone"
    assert sign_and_store(database, NOON) == 3
    assert [head.n for head in second_place.every(database.head_copy)] == [3]
    assert compare(database) is None


def test_an_altered_second_place_is_told(database: Settings):
    write_rounds(3)
    sign_and_store(database, NOON)
    text = database.head_copy.read_text()
    head = second_place.newest(database.head_copy)
    assert head is not None
    other = rules.digest(b"", "another").hex()
    database.head_copy.write_text(text.replace(head.entry_hash.hex(), other))
    assert kind_of(compare(database)) == "copy_altered"


def lose_the_key(settings: Settings) -> None:
    (settings.keys / keys.KEY_FILE).unlink()


def exchange_the_key(settings: Settings) -> None:
    """As the program itself once did when it found none."""
    lose_the_key(settings)
    keys.load_or_make_key(settings)


@pytest.mark.parametrize(
    ("deed", "kind"), [(lose_the_key, "key_gone"), (exchange_the_key, "key_changed")]
)
def test_nothing_is_signed_with_another_key_until_somebody_says_so(
    database: Settings, tmp_path: Path, deed: Callable[[Settings], None], kind: str
):
    write_rounds(3)
    sign_and_store(database, NOON)
    old = keys.public_key(database)
    deed(database)
    present = keys.public_key(database)
    for _ in range(2):
        write_rounds(1)
        assert kind_of(compare(database)) == kind
        with pytest.raises(WrongState, match="budkavle keys replace-signing"):
            sign_and_store(database, NOON)
        with pytest.raises(WrongState, match="Put it back from a backup"):
            write_export(tmp_path / "out", database)
    assert keys.public_key(database) == present, "nobody has made a key"
    with db.unit_of_work() as session:
        signed = session.scalars(select(SignedHead.signature)).one()
    assert old is not None
    old.verify(signed, rules.head_text(3, second_place_hash(database)).encode())


def second_place_hash(settings: Settings) -> bytes:
    head = second_place.newest(settings.head_copy)
    assert head is not None
    return head.entry_hash


@pytest.mark.parametrize("deed", [lose_the_key, exchange_the_key])
def test_a_key_that_is_lost_is_replaced_by_a_verb_that_the_timeline_shows(
    database: Settings, deed: Callable[[Settings], None]
):
    write_rounds(3)
    sign_and_store(database, NOON)
    old = keys.fingerprint(keys.load_key(database).public_key())
    with db.unit_of_work() as session, pytest.raises(WrongState, match="is in its place"):
        replace_key(session, database, NOON)
    deed(database)
    with db.unit_of_work() as session:
        before, after = replace_key(session, database, NOON)
    assert (before, after) == (old, keys.fingerprint(keys.load_key(database).public_key()))
    assert sign_and_store(database, NOON) == 4
    assert [head.key for head in second_place.every(database.head_copy)] == [old, after]
    assert compare(database, walk=True) is None
    with db.unit_of_work() as session:
        assert session.scalars(select(Entry.tag).where(Entry.n == 4)).one() == (
            "timeline:key_replaced"
        )


def test_another_key_hides_no_cut_in_the_chain(database: Settings):
    write_rounds(6)
    sign_and_store(database, NOON)
    with db.unit_of_work() as session:
        cut_the_tail(session)
    lose_the_key(database)
    with db.unit_of_work() as session, pytest.raises(WrongState, match="has been cut"):
        replace_key(session, database, NOON)


def test_a_second_place_whose_disk_is_not_mounted_is_not_begun_anew(database: Settings):
    write_rounds(3)
    sign_and_store(database, NOON)
    disk = database.head_copy.parent
    disk.rename(disk.with_name("unmounted"))
    disk.mkdir()  # the mount point stands there, empty
    write_rounds(2)
    for _ in range(2):
        with pytest.raises(FileNotFoundError, match="now empty or gone"):
            sign_and_store(database, NOON)
        assert kind_of(compare(database)) == "copy_gone"
        assert list(disk.iterdir()) == []
    disk.rmdir()
    disk.with_name("unmounted").rename(disk)
    assert sign_and_store(database, NOON) == 5
    assert [head.n for head in second_place.every(database.head_copy)] == [3, 5]
    assert compare(database, walk=True) is None
