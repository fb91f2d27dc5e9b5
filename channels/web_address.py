"""Web addresses and keys that people type in, and links that servers answer with."""

from __future__ import annotations

from urllib.parse import urlsplit

from channels.failures import BadSettings
from channels.words import N_

LONGEST = 2000


def origin(field: str, value: object) -> str:
    """A server's address as scheme, host and port, in lower case and without a slash at the end.

    Whether it must be https is the client's to say, which knows the hosts that are opened by name.

    Raises:
        BadSettings: naming `field`.
    """
    text = value.strip() if isinstance(value, str) else ""
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known or not text.isprintable():
        raise BadSettings(field, N_("Skriv en hel webbadress, med https:// först."))
    if parts.username is not None:
        raise BadSettings(field, N_("Skriv inte inloggning i adressen."))
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise BadSettings(field, N_("Skriv bara serverns adress, utan något efter namnet."))
    return f"{parts.scheme}://{parts.netloc}".lower()


def host(address: str) -> str:
    """Host and port of an address, for a pacing key."""
    return urlsplit(address).netloc


def link(value: object) -> str | None:
    """A link people may follow: anything but a web address is left out."""
    if isinstance(value, str) and value.startswith(("https://", "http://")):
        return value if value.isprintable() and len(value) <= LONGEST else None
    return None


def is_key(value: str) -> bool:
    """Whether a key can stand in a header or an address as it is."""
    return value.isascii() and value.isprintable() and bool(value) and " " not in value
