"""The installation's signing key for the timeline."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from console.config import Settings
from console.errors import WrongState
from console.timeline import rules

KEY_FILE = "timeline.pem"


def load_key(settings: Settings) -> Ed25519PrivateKey:
    """The installation's signing key (PKCS #8 PEM, readable by its owner only).

    Raises:
        WrongState: it isn't there, others can read or write the file, or it holds no such key.
    """
    path = settings.keys / KEY_FILE
    if not path.exists():
        raise WrongState(f"The signing key {path} isn't there.")
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise WrongState(f"Others can reach the signing key {path}. Run: chmod 600 {path}")
        pem = file.read()
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # cut off, no key, or one with a password
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise WrongState(f"{path} doesn't hold an Ed25519 key. Put it back from a backup.")
    return key


def public_key(settings: Settings) -> Ed25519PublicKey | None:
    """The signing key's public half; None if there is no key.

    Raises:
        WrongState: others can read or write the file, or it holds no such key.
    """
    if not (settings.keys / KEY_FILE).exists():
        return None
    return load_key(settings).public_key()


def load_or_make_key(settings: Settings) -> Ed25519PrivateKey:
    """As `load_key`, but made on first use. Only for those who have seen, by
    `compare_with_second_place`, that nothing is signed with another.

    Raises:
        WrongState: others can read or write the file, or it holds no such key.
    """
    path = settings.keys / KEY_FILE
    if not path.exists():
        _make_key(path)
    return load_key(settings)


def _make_key(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    try:
        # A link never replaces: of two first users one wins, and both read the winner's key.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def public_pem(key: Ed25519PublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def fingerprint(key: Ed25519PublicKey) -> str:
    return rules.fingerprint(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
