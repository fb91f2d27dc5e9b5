"""Settings of an e-mail account, and of the installation's own mail server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from email_validator import EmailNotValidError, validate_email

from channels.failures import BadSettings
from channels.listed import Ledger, Listed
from channels.words import N_

PORTS = {"tls": 465, "starttls": 587, "none": 25}
RECIPIENTS = 100
"""As many as every server takes in one message (RFC 5321, 4.5.3.1.8)."""


@dataclass(frozen=True, slots=True)
class EmailSettings:
    host: str
    port: int
    tls: str
    """tls (from the first byte), starttls (asked for, or nothing is sent), none (open hosts)."""
    sender: str
    recipients: tuple[str, ...]
    user: str | None = None
    password: str = field(default="", repr=False)
    listed: tuple[Listed, ...] = ()
    """With a ledger: everybody, those of the settings included."""
    ledger: Ledger | None = field(default=None, repr=False, compare=False)

    @property
    def everybody(self) -> tuple[Listed, ...]:
        """Those whom a post goes to, each once."""
        if self.ledger is not None:
            return self.listed
        return tuple(Listed(key=address, address=address) for address in self.recipients)

    @classmethod
    def from_url(cls, url: str, sender: str, recipients: tuple[str, ...]) -> EmailSettings:
        """The installation's own server, for notices to staff.

        `url` is smtps://user:password@host:port, or smtp://… for STARTTLS, or smtp://…?tls=none;
        addresses are taken as they are. Raises BadSettings naming the field url.
        """
        parts = urlsplit(url)
        tls = (
            "tls" if parts.scheme == "smtps" else parse_qs(parts.query).get("tls", ["starttls"])[0]
        )
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or tls not in PORTS:
            raise BadSettings("url", N_("Skriv smtp:// eller smtps:// och serverns namn."))
        return cls(
            host=parts.hostname,
            port=parts.port or PORTS[tls],
            tls=tls,
            sender=sender,
            recipients=recipients,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password or ""),
        )

    @classmethod
    def parse(cls, settings: Mapping[str, Any], secret: Mapping[str, Any]) -> EmailSettings:
        """An account's settings: host, port, tls, user (optional), from, recipients (optional:
        others may stand on the console's own list).

        Secret: password, where there is a user. Raises BadSettings.
        """
        host = settings.get("host")
        if not isinstance(host, str) or not host or not host.isascii() or set(host) & set(" /:@"):
            raise BadSettings("host", N_("Ange e-postserverns namn."))
        tls = settings.get("tls", "starttls")
        if tls not in PORTS:
            raise BadSettings("tls", N_("Välj tls, starttls eller none."))
        port = settings.get("port", PORTS[tls])
        if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
            raise BadSettings("port", N_("Porten är ett tal mellan 1 och 65535."))
        recipients = settings.get("recipients", [])
        if not isinstance(recipients, list) or len(recipients) > RECIPIENTS:
            raise BadSettings("recipients", N_("Ange högst 100 mottagare här."))
        user = settings.get("user") or None
        password = secret.get("password", "")
        if user is not None and not isinstance(user, str):
            raise BadSettings("user", N_("Användarnamnet är text."))
        if not isinstance(password, str) or (user is not None and not password):
            raise BadSettings("password", N_("Ange lösenordet till e-postservern."))
        return cls(
            host=host.lower(),
            port=port,
            tls=tls,
            sender=_address("from", settings.get("from")),
            recipients=tuple(dict.fromkeys(_address("recipients", each) for each in recipients)),
            user=user,
            password=password,
        )


def _address(name: str, value: object) -> str:
    """An address in the form the envelope takes: ASCII, an international domain in punycode."""
    try:
        address = validate_email(str(value), check_deliverability=False).ascii_email
    except EmailNotValidError:
        address = None
    if address is None:
        raise BadSettings(name, N_("Skriv en hel e-postadress, till exempel namn@kommun.se."))
    return address
