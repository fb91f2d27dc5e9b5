"""The cast: a municipality's webhook receiver, its mail server, and a wall, behind one face."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from channels.contract import Channel, Post, Receipt
from channels.email import Email
from channels.http import Client
from channels.pretend import Pretend
from channels.webhook import Webhook
from tests.channels.servers import MailServer, Sink

POST = Post(
    key="r1-d7",
    text="Koka vattnet i Torsby och Oleby.\n\nKl 14.30, uppdatering 3",
    language="sv",
    title="Koka vattnet",
    link="https://torsby.example/h/vattnet/",
    marker="Kl 14.30, uppdatering 3",
)


@dataclass
class Rig:
    """One channel with a real server behind it."""

    channel: Channel[Any]
    at: Callable[[int], tuple[dict[str, Any], dict[str, Any]]]
    """Stored settings and secret for a server on this port."""
    port: int
    arrived: Callable[[], int]
    """How many posts the server has taken."""
    after: bytes
    """What the client has sent when the post is handed over."""

    @property
    def post(self) -> Post:
        return replace(POST, exercise=self.channel.kind == "pretend")

    def settings(self, port: int | None = None) -> Any:
        return self.channel.parse(*self.at(port or self.port))

    def publish(
        self, port: int | None = None, post: Post | None = None, total: float = 5.0
    ) -> Receipt:
        """Publish once, as a worker would, with loopback opened."""

        async def once() -> Receipt:
            async with Client(("127.0.0.1",), total=total) as client:
                return await self.channel.publish(client, self.settings(port), post or self.post)

        return asyncio.run(once())


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with key and certificate for 127.0.0.1, signed by nobody else."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def webhook(sink: Sink) -> Rig:
    def at(port: int) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"url": f"http://127.0.0.1:{port}/krok"}, {"secret": "en-lång-hemlighet-1"}

    return Rig(Webhook(), at, sink.port, lambda: len(sink.requests), b"")


@pytest.fixture
def email(mail: MailServer) -> Rig:
    def at(port: int) -> tuple[dict[str, Any], dict[str, Any]]:
        settings = {
            "host": "127.0.0.1",
            "port": port,
            "tls": "none",
            "user": mail.USER,
            "from": "kris@torsby.example",
            "recipients": ["anna@torsby.example", "bo@torsby.example"],
        }
        return settings, {"password": mail.PASSWORD}

    return Rig(Email(), at, mail.port, lambda: len(mail.mails), b"\r\n.\r\n")


@pytest.fixture
def pretend() -> Rig:
    def at(port: int) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"platform": "x", "account": "7", "wall": "/ovning/vattnet/vagg"}, {}

    return Rig(Pretend(), at, 1, lambda: 0, b"")
