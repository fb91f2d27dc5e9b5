"""Settings, read once from the environment and never changed after."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import make_url
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import SQLAlchemyError

from console.errors import BadInput

INSIDE = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test", ".invalid")
"""Endings of names that only a machine or a network of one's own knows (RFC 6761, 6762, 8375)."""


@dataclass(frozen=True)
class Settings:
    """What an installation decides. Everything else is policy (in the database) or code."""

    home: Path
    """Folder for data, keys and the public site."""
    bind: str
    port: int
    public_port: int
    public_url: str
    """Address of the public site without a slash at the end."""
    console_url: str
    """Address staff reach the console at, without a slash at the end; used in mails."""
    database_url: str | None
    """None: the embedded PostgreSQL."""
    redis_url: str | None
    """None: the embedded Valkey."""
    workers: int
    """Number of delivery workers (processes) that `up` starts."""
    allow_hosts: tuple[str, ...]
    """host or host:port that channels may reach although they are private or loopback."""
    smtp_url: str | None
    """smtp://user:password@host:port or smtps://…; None: notices stand in the console only."""
    mail_from: str
    sms_url: str | None
    """apprise address of the SMS service, with {phone} where the number goes; None: no SMS."""
    site_nodes: tuple[str, ...]
    """Names of the site nodes that must serve a generation before the website counts as sent."""
    node_name: str
    """This site process's name among site_nodes."""
    proxies: int
    """How many trusted proxies stand in front of the console (0: none)."""
    head_copy: Path
    """File that signed heads of the timeline are copied to; best on another machine's disk."""

    @property
    def keys(self) -> Path:
        return self.home / "keys"

    @property
    def site_folder(self) -> Path:
        """The live site: `current` inside it is what the public is served."""
        return self.home / "site" / "live"

    @property
    def public_url_is_open(self) -> bool:
        """Could a citizen reach it: https, and no address of this machine or a network within?"""
        parts = urlsplit(self.public_url)
        host = parts.hostname or ""
        try:
            inside = not ip_address(host).is_global
        except ValueError:
            inside = "." not in host or host.endswith(INSIDE)
        return parts.scheme == "https" and not inside

    @property
    def exports(self) -> Path:
        """Finished exports of timelines, for some days."""
        return self.home / "exports"

    @property
    def packages(self) -> Path:
        """Packages for archive and registry, until they are fetched or too old."""
        return self.home / "packages"

    def exercise_folder(self, slug: str) -> Path:
        return self.home / "site" / "ovning" / slug

    def site_url(self, exercise: bool) -> str:
        """Where readers of an event's site go: an exercise's lies in the console, behind login."""
        return self.console_url if exercise else self.public_url

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read settings.

        Raises:
            BadInput: a value that can't be used; `field` names the variable.
        """
        e = os.environ if env is None else env
        port = _port(e, "BUDKAVLE_PORT", 8000)
        public_port = _port(e, "BUDKAVLE_PUBLIC_PORT", 8001)
        # Empty is as if it weren't there: no address is every address, and no folder is this one.
        bind = e.get("BUDKAVLE_BIND") or "127.0.0.1"
        shown = "127.0.0.1" if bind in ("0.0.0.0", "::") else bind
        home = Path(e.get("BUDKAVLE_HOME") or "var").expanduser().absolute()
        head_copy = Path(e.get("BUDKAVLE_HEAD_COPY") or home / "second-place" / "heads.log")
        nodes = tuple(_words(e.get("BUDKAVLE_SITE_NODES", ""))) or ("site",)
        return cls(
            home=home,
            bind=bind,
            port=port,
            public_port=public_port,
            public_url=_root(e, "BUDKAVLE_PUBLIC_URL", f"http://{shown}:{public_port}"),
            console_url=_root(e, "BUDKAVLE_CONSOLE_URL", f"http://{shown}:{port}"),
            database_url=_database(e.get("DATABASE_URL")),
            redis_url=_redis(e.get("REDIS_URL")),
            workers=_number(e, "BUDKAVLE_WORKERS", 2, 1, 64),
            allow_hosts=tuple(_words(e.get("BUDKAVLE_ALLOW_HOSTS", ""))),
            smtp_url=_smtp(e.get("BUDKAVLE_SMTP_URL")),
            mail_from=e.get("BUDKAVLE_MAIL_FROM") or "budkavle@localhost",
            sms_url=_sms(e.get("BUDKAVLE_SMS_URL")),
            site_nodes=nodes,
            node_name=_node(e.get("BUDKAVLE_NODE") or nodes[0], nodes),
            proxies=_number(e, "BUDKAVLE_PROXIES", 0, 0, 8),
            head_copy=head_copy.expanduser().absolute(),
        )

    def as_env(self) -> dict[str, str]:
        """The variables that `from_env` reads these settings from, for another process."""
        return {
            "BUDKAVLE_HOME": str(self.home),
            "BUDKAVLE_BIND": self.bind,
            "BUDKAVLE_PORT": str(self.port),
            "BUDKAVLE_PUBLIC_PORT": str(self.public_port),
            "BUDKAVLE_PUBLIC_URL": self.public_url,
            "BUDKAVLE_CONSOLE_URL": self.console_url,
            "DATABASE_URL": self.database_url or "",
            "REDIS_URL": self.redis_url or "",
            "BUDKAVLE_WORKERS": str(self.workers),
            "BUDKAVLE_ALLOW_HOSTS": " ".join(self.allow_hosts),
            "BUDKAVLE_SMTP_URL": self.smtp_url or "",
            "BUDKAVLE_MAIL_FROM": self.mail_from,
            "BUDKAVLE_SMS_URL": self.sms_url or "",
            "BUDKAVLE_SITE_NODES": " ".join(self.site_nodes),
            "BUDKAVLE_NODE": self.node_name,
            "BUDKAVLE_PROXIES": str(self.proxies),
            "BUDKAVLE_HEAD_COPY": str(self.head_copy),
        }


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _number(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = env.get(name) or str(default)
    try:
        number = int(text)
    except ValueError:
        raise BadInput(f"{name} must be a whole number, not {text!r}.", field=name) from None
    if not low <= number <= high:
        raise BadInput(f"{name} must be between {low} and {high}, not {number}.", field=name)
    return number


def _port(env: Mapping[str, str], name: str, default: int) -> int:
    return _number(env, name, default, 1, 65535)


def _root(env: Mapping[str, str], name: str, default: str) -> str:
    """A host of its own: pages link from the root."""
    text = (env.get(name) or default).rstrip("/")
    if not _is_address(text, "http", "https"):
        raise BadInput(f"{name} must be an http or https address, not {text!r}.", field=name)
    parts = urlsplit(text)
    if parts.path or parts.query or parts.fragment:
        raise BadInput(
            f"{name} must be a host of its own, like https://kris.example.se, not {text!r}.",
            field=name,
        )
    return text


def _is_address(text: str, *schemes: str) -> bool:
    """Is it an address of one of these schemes, with a host and, if any, a port that can be one?"""
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:  # also when the port is asked for
        return False


def _node(name: str, nodes: tuple[str, ...]) -> str:
    """One that the website waits for: with any other name it would never count as sent."""
    if name not in nodes:
        raise BadInput(
            f"BUDKAVLE_NODE must be one of BUDKAVLE_SITE_NODES ({' '.join(nodes)}), not {name!r}.",
            field="BUDKAVLE_NODE",
        )
    return name


def _smtp(text: str | None) -> str | None:
    """What isn't an address isn't repeated: it may hold a password."""
    if text and not _is_address(text, "smtp", "smtps"):
        raise BadInput(
            "BUDKAVLE_SMTP_URL must be an address like smtp://user:password@host:587.",
            field="BUDKAVLE_SMTP_URL",
        )
    return text or None


def _sms(text: str | None) -> str | None:
    if text and ("{phone}" not in text or "://" not in text):
        raise BadInput(
            "BUDKAVLE_SMS_URL must be an apprise address with {phone} in it.",
            field="BUDKAVLE_SMS_URL",
        )
    return text or None


def _database(text: str | None) -> str | None:
    """SQLAlchemy's name for psycopg 3, whichever of the usual spellings was given."""
    if not text:
        return None
    for prefix in ("postgres://", "postgresql://", "postgresql+psycopg://"):
        if text.startswith(prefix):
            url = "postgresql+psycopg://" + text.removeprefix(prefix)
            break
    else:
        raise BadInput("DATABASE_URL must begin with postgresql://.", field="DATABASE_URL")
    try:  # as it is read later, and without a word of it: it may hold a password
        dialect: Any = PGDialect_psycopg
        parts = make_url(url)
        # What follows the first one would be taken, and shown, as the host's name.
        if "@" in f"{parts.host}{parts.database}":
            raise BadInput(
                "DATABASE_URL has one @ too many: write the one in the password as %40.",
                field="DATABASE_URL",
            )
        _none, options = dialect().create_connect_args(parts)
        make_conninfo("", **options)
    except (ValueError, SQLAlchemyError, psycopg.Error):
        raise BadInput(
            "DATABASE_URL must be an address like postgresql://user:password@host:5432/name.",
            field="DATABASE_URL",
        ) from None
    return url


def _redis(text: str | None) -> str | None:
    """As `_smtp`."""
    is_socket = (text or "").startswith("unix://")
    if text and not is_socket and not _is_address(text, "redis", "rediss"):
        raise BadInput(
            "REDIS_URL must be an address like redis://:password@host:6379/0.", field="REDIS_URL"
        )
    return text or None
