"""What the doctor says of disk, clock, keys and the proxy, each with the way to mend it."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from console.cli import proxied, surroundings
from console.cli.finding import BAD, GOOD, NOTE, Finding
from console.config import Settings
from console.web.proxies import PROOF, proof
from tests.cli.program import free_port


def test_keys_that_others_may_read_are_named_with_what_shuts_them(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    assert list(surroundings.keys(folder)) == []
    folder.mkdir(mode=0o700)
    (folder / "web").write_text("hemligt")
    (folder / "web").chmod(0o600)
    assert [one.mark for one in surroundings.keys(folder)] == [GOOD]
    (folder / "web").chmod(0o640)
    (found,) = surroundings.keys(folder)
    assert found.mark == BAD and str(folder / "web") in found.how
    assert f"chmod -R go= {folder}" in found.mend and "hemligt" not in found.how
    (folder / "web").chmod(0o600)
    folder.chmod(0o755)
    assert [one.mark for one in surroundings.keys(folder)] == [BAD]


@pytest.mark.parametrize(
    ("free", "files", "mark"),
    [
        (10 * 2**30, 10**6, GOOD),
        (2**30, 10**6, NOTE),
        (100 * 2**20, 10**6, BAD),
        (10 * 2**30, 10, BAD),
        (10 * 2**30, 0, GOOD),  # a file system that doesn't count them
    ],
)
def test_a_disk_is_told_of_before_it_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, files: int, mark: str
) -> None:
    class Space:
        f_favail = files

    class Usage:
        pass

    usage = Usage()
    usage.free = free  # type: ignore[attr-defined]
    monkeypatch.setattr(surroundings.shutil, "disk_usage", lambda _path: usage)
    monkeypatch.setattr(surroundings.os, "statvfs", lambda _path: Space())
    (found,) = surroundings.disk(tmp_path / "not made yet")
    assert found.mark == mark and (mark == GOOD or found.mend)


def test_a_clock_that_nobody_keeps_and_one_that_differs_from_the_databases_are_told(
    database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from console import db

    assert surroundings.kept_right().mark in (GOOD, NOTE)
    with db.unit_of_work() as session:
        assert surroundings.clocks_apart(session) is None
        real = surroundings.clock.machine
        monkeypatch.setattr(surroundings.clock, "machine", lambda: real() - 90)
        found = surroundings.clocks_apart(session)
    assert found is not None and found.mark == BAD and "90 s away" in found.how and found.mend


# The proxy


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of our own for 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]),
                       critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )  # fmt: skip
    return cert, private


class Front:
    """A proxy with the console behind it, as the doctor meets the two."""

    def __init__(self, settings: Settings) -> None:
        self.scheme, self.host, self.believes, self.upgrades = "https", "", False, True
        self.ours = True
        self._proof = proof(settings)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path.startswith("/socket.io/"):
            if not self.upgrades:
                return web.Response(status=400)
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            await socket.close()
            return socket
        seen = {
            "scheme": self.scheme,
            "host": self.host or request.host,
            "address": request.headers["X-Forwarded-For"] if self.believes else "203.0.113.9",
        }
        right = self.ours and request.headers.get(PROOF) == self._proof
        return web.Response(text=json.dumps({"ok": True, **({"seen": seen} if right else {})}))


@pytest.fixture
def served(settings: Settings, tmp_path: Path) -> Iterator[tuple[Front, Settings, ssl.SSLContext]]:
    cert, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    front, ready, loop = Front(settings), threading.Event(), asyncio.new_event_loop()
    port, stop = free_port(), asyncio.Event()

    async def serve() -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", front.answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, ssl_context=context).start()
        ready.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert ready.wait(10)
    trusted = ssl.create_default_context(cafile=str(cert))
    yield front, replace(settings, console_url=f"https://127.0.0.1:{port}", proxies=1), trusted
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)


Served = tuple[Front, Settings, ssl.SSLContext]


def test_a_proxy_that_does_as_it_should_is_found_good(served: Served) -> None:
    _front, settings, trusted = served
    assert [one.mark for one in proxied.asked(settings, trusted)] == [GOOD]


@pytest.mark.parametrize(
    ("spoil", "how", "mend"),
    [
        (lambda f: setattr(f, "scheme", "http"), "arrive as http", "X-Forwarded-Proto"),
        (lambda f: setattr(f, "host", "127.0.0.1:8000"), "not by its own name", "Host"),
        (lambda f: setattr(f, "believes", True), "claim any address", "overwrite X-Forwarded-For"),
        (lambda f: setattr(f, "upgrades", False), "no WebSockets", "Upgrade and Connection"),
        (lambda f: setattr(f, "ours", False), "isn't this console", "pass everything on"),
    ],
)
def test_what_a_proxy_does_wrong_is_said_with_what_mends_it(
    served: Served, spoil: Callable[[Front], None], how: str, mend: str
) -> None:
    front, settings, trusted = served
    spoil(front)
    bad = [one for one in proxied.asked(settings, trusted) if one.mark == BAD]
    assert len(bad) == 1 and how in bad[0].how and mend in bad[0].mend


def test_a_certificate_that_nobody_trusts_and_a_proxy_that_is_away_are_told_apart(
    served: Served,
) -> None:
    _front, settings, _trusted = served
    (found,) = proxied.asked(settings)
    assert "certificate isn't trusted" in found.how and "renew" in found.mend
    (found,) = proxied.asked(replace(settings, console_url=f"https://127.0.0.1:{free_port()}"))
    assert "doesn't answer" in found.how and "BUDKAVLE_CONSOLE_URL" in found.mend


def test_what_the_settings_alone_tell(settings: Settings) -> None:
    def said(**changes: object) -> list[Finding]:
        return list(proxied.said(replace(settings, **changes)))  # type: ignore[arg-type]

    https = "https://konsol.torsby.example"
    assert said() == [] == said(console_url=https, proxies=1)
    (found,) = said(console_url=https)
    assert found.mark == BAD and "BUDKAVLE_PROXIES" in found.mend
    assert said(bind="0.0.0.0") == [], "a container, whose port is let out to this machine only"
    (found,) = said(bind="0.0.0.0", console_url="http://konsol.torsby.example:8000")
    assert found.mark == BAD and "in the clear" in found.how
    (found,) = said(console_url=https, proxies=1, bind="0.0.0.0")
    assert found.mark == NOTE and "BUDKAVLE_BIND=127.0.0.1" in found.mend
