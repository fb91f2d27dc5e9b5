"""Real servers on loopback, each in a thread of its own, that keep what they were sent."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Self

from aiohttp import web
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def server_tls(certificate: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


class Sink:
    """An HTTP server that answers as `answer` says. `requests` holds (headers, body) in order."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.tls = server_tls(certificate)
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answer: Callable[[web.Request], Awaitable[web.StreamResponse]] = self.accept

    async def accept(self, request: web.Request) -> web.Response:
        return web.json_response({"id": "r-" + request.headers.get("Idempotency-Key", "")})

    def answers(self, status: int, body: bytes = b"", **headers: str) -> None:
        async def answer(request: web.Request) -> web.Response:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return web.Response(status=status, body=body, headers=named)

        self.answer = answer

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((dict(request.headers), await request.read()))
        return await self.answer(request)

    def __enter__(self) -> Self:
        ready = threading.Event()

        async def main() -> None:
            app = web.Application()
            app.router.add_route("*", "/{tail:.*}", self._handle)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self.tls).start()
            self.port = int(runner.addresses[0][1])
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            ready.set()
            await self._stop.wait()
            await runner.cleanup()

        self._thread = threading.Thread(target=lambda: asyncio.run(main()))
        self._thread.start()
        assert ready.wait(5), "the sink did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)


class _Controller(Controller):
    """Closes what is open before it stops; aiosmtpd's own leaves it to the garbage collector."""

    def factory(self) -> SMTP:
        self.sessions = [*getattr(self, "sessions", []), super().factory()]
        return self.sessions[-1]

    def hang_up(self) -> None:
        async def close() -> None:
            for session in getattr(self, "sessions", []):
                if session.transport is not None:
                    session.transport.abort()
            await asyncio.sleep(0.01)

        asyncio.run_coroutine_threadsafe(close(), self.loop).result(5)


class MailServer:
    """An SMTP server with one login, `kommun` / `lösenord-1`. `mails` holds what was accepted.

    `replies` maps a command (AUTH, MAIL, DATA, or an address for its RCPT) to the reply it gets
    instead. With a certificate, it lets nobody log in before STARTTLS.
    """

    USER, PASSWORD = "kommun", "lösenord-1"

    def __init__(self, certificate: Path | None = None) -> None:
        self.tls = server_tls(certificate)
        self.mails: list[Envelope] = []
        self.replies: dict[str, str] = {}
        self.most: int | None = None
        """Recipients that one mail may have; those after them are put off."""

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        if "MAIL" in self.replies:
            return self.replies["MAIL"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.replies:
            return self.replies[address]
        if len(envelope.rcpt_tos) == self.most:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if "DATA" in self.replies:
            return self.replies["DATA"]
        self.mails.append(envelope)
        return "250 OK"

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        login = (self.USER.encode(), self.PASSWORD.encode())
        if "AUTH" in self.replies:
            return AuthResult(success=False, handled=False, message=self.replies["AUTH"])
        good = isinstance(data, LoginPassword) and (data.login, data.password) == login
        return AuthResult(success=good, handled=False)

    def __enter__(self) -> Self:
        self._controller = _Controller(
            self,
            hostname="127.0.0.1",
            port=free_port(),
            authenticator=self._authenticate,
            auth_require_tls=self.tls is not None,
            server_hostname="localhost",
            tls_context=self.tls,
        )
        self._controller.start()
        self.port = self._controller.port
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.hang_up()
        self._controller.stop()
