"""A mail server with many senders, each with a login of its own (RFC 5321, RFC 4954).

A reply after DATA is the only answer there is: what spoils an answer elsewhere here closes the
connection without one, or never gives it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from simulators.base import Effect, Simulator, Taken
from simulators.serving import BACKLOG, End, Serving

_REPLIES = {
    Effect.LIMIT: "451 4.7.1 Too many messages, try again later",
    Effect.LIMIT_BARE: "451 4.7.1 Too many messages",
    Effect.TURNED_DOWN: "550 5.7.1 Message rejected",
}


class Sender(Simulator):
    """What one login has sent. Its faults are of the method DATA."""


class MailServer(Serving):
    def __init__(self, senders: Mapping[str, tuple[str, Sender]], port: int = 0) -> None:
        """`senders` by login name, each with its password."""
        super().__init__(port)
        self.senders = senders

    async def begin(self) -> End:
        loop = asyncio.get_running_loop()

        def session() -> SMTP:
            return SMTP(
                self, hostname="localhost", authenticator=self._authenticate,
                auth_require_tls=False, loop=loop,
            )  # fmt: skip

        server = await loop.create_server(session, "127.0.0.1", self.port, backlog=BACKLOG)
        self.port = int(server.sockets[0].getsockname()[1])

        async def end() -> None:
            server.close()

        return end

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        name = data.login.decode() if isinstance(data, LoginPassword) else ""
        password, sender = self.senders.get(name, ("", None))
        good = (
            isinstance(data, LoginPassword)
            and sender is not None
            and data.password.decode() == password
            and sender.due("AUTH", "") is not Effect.DEAD_KEY
        )
        return AuthResult(success=good, handled=False, auth_data=name)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if not isinstance(session.auth_data, str):
            return "530 5.7.0 Authentication required"
        _password, sender = self.senders[session.auth_data]
        sender.requests.append(("DATA", ""))
        effect = sender.due("DATA", "")
        await asyncio.sleep(sender.delay())
        if effect in _REPLIES:
            return _REPLIES[effect]
        if effect is not Effect.ERROR_BEFORE:
            sender.taken.append(_taken(session.auth_data, envelope))
        if effect is None:
            return "250 OK"
        if effect is Effect.DRIP:
            while server.transport is not None and not server.transport.is_closing():
                await asyncio.sleep(0.1)
        elif server.transport is not None:
            server.transport.abort()
        return "250 OK"


def _taken(login: str, envelope: Envelope) -> Taken:
    content = envelope.content
    message = message_from_bytes(
        content if isinstance(content, bytes) else (content or "").encode(), policy=policy.default
    )
    text = str(message.get_content()).replace("\r\n", "\n").strip()
    return Taken(str(message["Message-ID"]), login, text, str(message["Message-ID"]))
