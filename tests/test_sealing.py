from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from console import sealing

SECRET = {"token": "åäö-hemligt", "n": 3, "list": ["a", None, True]}


@pytest.fixture(autouse=True)
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    sealing.use(folder)
    return folder


def test_a_sealed_secret_opens_to_the_same_and_cannot_be_read_in_between() -> None:
    sealed = sealing.seal(SECRET)
    assert sealing.unseal(sealed) == SECRET
    assert b"hemligt" not in sealed and b"token" not in sealed
    assert sealing.seal(SECRET) != sealed


def test_no_secret_is_an_empty_one() -> None:
    assert sealing.unseal(None) == {}


def test_the_key_file_is_for_its_owner_alone(keys: Path) -> None:
    sealing.seal(SECRET)
    assert stat.S_IMODE((keys / sealing.FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700
    assert [path.name for path in keys.iterdir()] == [sealing.FILE]


def test_a_key_file_that_others_can_read_is_refused(keys: Path) -> None:
    sealing.seal(SECRET)
    (keys / sealing.FILE).chmod(0o640)
    with pytest.raises(sealing.KeyTrouble):
        sealing.seal(SECRET)


def test_a_new_key_on_top_seals_and_the_old_one_below_still_opens(keys: Path) -> None:
    old = sealing.seal(SECRET)
    file = keys / sealing.FILE
    first = file.read_text()
    file.write_text(Fernet.generate_key().decode() + "\n" + first)
    new = sealing.seal(SECRET)
    assert sealing.unseal(old) == sealing.unseal(new) == SECRET
    file.write_text(first)
    assert sealing.unseal(old) == SECRET
    with pytest.raises(sealing.KeyTrouble):
        sealing.unseal(new)


@pytest.mark.parametrize("content", ["", "not a key\n"])
def test_a_key_file_without_keys_is_refused(keys: Path, content: str) -> None:
    keys.mkdir()
    file = keys / sealing.FILE
    file.write_text(content)
    file.chmod(0o600)
    with pytest.raises(sealing.KeyTrouble):
        sealing.seal(SECRET)


def test_a_secret_that_somebody_changed_does_not_open() -> None:
    sealed = bytearray(sealing.seal(SECRET))
    sealed[20] ^= 1
    with pytest.raises(sealing.KeyTrouble):
        sealing.unseal(bytes(sealed))


def test_processes_that_start_together_agree_on_one_key() -> None:
    with ThreadPoolExecutor(8) as pool:
        sealed = list(pool.map(sealing.seal, [SECRET] * 8))
    assert all(sealing.unseal(one) == SECRET for one in sealed)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes a file's owner")
def test_keys_that_root_retires_stay_the_consoles_own_so_that_backups_can_read_them(
    keys: Path,
) -> None:
    sealing.seal(SECRET)
    sealing.add_key()
    os.chown(keys / sealing.FILE, 12345, 12345)
    assert sealing.retire_keys(datetime.now(UTC) + 2 * sealing.SETTLING) == 1
    for name in (sealing.FILE, sealing.RETIRED):
        assert (keys / name).stat().st_uid == 12345, name
