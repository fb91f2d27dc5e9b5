"""One conversation with a mail server: connecting, naming recipients, what its answers mean.

A refusal by number is an answer, before or after the text: 4xx may be tried again, 5xx not. Silence
after DATA is unknown (RFC 5321, 4.5.3.2.6: the server may have taken the message).
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import formatdate
from typing import TYPE_CHECKING

import aiosmtplib

from channels.contract import Post
from channels.email_settings import EmailSettings
from channels.failures import ChannelError, Reason, Reauthorise, Refused, Retry, Unknown

if TYPE_CHECKING:
    from channels.http import Client

# RFC 4954, 6: wrong, missing, too weak or expired credentials.
_CREDENTIALS = frozenset({530, 534, 535, 538})
# What is set raw stands as it is: an address too long for a line would be written in encoded words,
# in which no mail program looks for one.
_POLICY = SMTP_POLICY.clone(refold_source="none")
_LEAVE = {
    "sv": "Vill du inte ha fler utskick? Avsluta här:",
    "en": "Don't want these messages any more? Leave here:",
}


def message_id(key: str, sender: str) -> str:
    """The same key gives the same Message-ID, so that a second copy is known as one."""
    local = hashlib.sha256(key.encode()).hexdigest()[:32]
    return f"<{local}@{sender.rpartition('@')[2]}>"


async def connection(client: Client, settings: EmailSettings) -> aiosmtplib.SMTP:
    """To the mail server; `connect()` on it encrypts and logs in.

    Raises:
        Refused: the text would go unencrypted to a server that isn't our own.
        Retry: no connection.
    """
    if settings.tls == "none" and not client.hosts.allow(settings.host, settings.port):
        raise Refused(Reason.ADDRESS, f"{settings.host} without TLS")
    return aiosmtplib.SMTP(
        hostname=settings.host,
        sock=await client.connect(settings.host, settings.port),
        use_tls=settings.tls == "tls",
        start_tls=settings.tls == "starttls",
        username=settings.user,
        password=settings.password if settings.user else None,
        local_hostname=settings.sender.rpartition("@")[2],
        timeout=client.total,
    )


def hang_up(client: Client, smtp: aiosmtplib.SMTP | None) -> None:
    if smtp is not None and isinstance(smtp.transport, asyncio.Transport):
        client.afterwards(_leave(smtp, smtp.transport))


async def refused_by(
    smtp: aiosmtplib.SMTP, recipients: tuple[str, ...]
) -> dict[str, aiosmtplib.SMTPRecipientRefused]:
    """Name all; address → the answer of those whom the server would not have. One bad address
    must not silence the rest."""
    refused: dict[str, aiosmtplib.SMTPRecipientRefused] = {}
    for recipient in recipients:
        try:
            await smtp.rcpt(recipient)
        except aiosmtplib.SMTPRecipientRefused as error:
            refused[recipient] = error
    return refused


def outcome(error: Exception, handed_over: bool) -> ChannelError:
    """What an error means, given whether DATA had begun."""
    if isinstance(error, ChannelError):
        return error
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return answered(error, handed_over)
    if handed_over:
        return Unknown(Reason.NO_ANSWER, type(error).__name__)
    if isinstance(error, (OSError, aiosmtplib.SMTPServerDisconnected)):
        return Retry(Reason.NO_CONNECTION, type(error).__name__)
    # STARTTLS or AUTH isn't offered: the settings are wrong.
    return Refused(Reason.TURNED_DOWN, str(error))


def answered(error: aiosmtplib.SMTPResponseException, handed_over: bool) -> ChannelError:
    """What a reply means. Words with an address in them are left out of the detail."""
    detail = f"{error.code}" if "@" in error.message else f"{error.code} {error.message}"
    if error.code in _CREDENTIALS:
        return Reauthorise(Reason.CREDENTIALS, str(error.code))
    if 400 <= error.code < 500:
        return Retry(Reason.BUSY, detail)
    if 500 <= error.code < 600 or not handed_over:
        return Refused(Reason.TURNED_DOWN, detail)
    return Unknown(Reason.BAD_ANSWER, detail)


async def _leave(smtp: aiosmtplib.SMTP, transport: asyncio.Transport) -> None:
    """Say QUIT and hang up, after the outcome is known: nothing here may change it."""
    try:
        with suppress(Exception):
            await smtp.quit()
    finally:
        smtp.close()
        transport.abort()


def message(
    settings: EmailSettings,
    post: Post,
    subject: str,
    now: float,
    *,
    key: str = "",
    leave: str | None = None,
) -> bytes:
    """A mail whose recipients stand in the envelope only.

    Args:
        key: of this copy; empty: the post's.
        leave: where its one recipient leaves the list: said in the text, and in the headers by
            which mail programs show a button of their own (RFC 2369, RFC 8058).
    """
    mail = EmailMessage(policy=_POLICY)
    mail["Subject"] = " ".join(subject.split())
    mail["From"] = settings.sender
    mail["To"] = "undisclosed-recipients:;"
    mail["Date"] = formatdate(now)
    mail["Message-ID"] = message_id(key or post.key, settings.sender)
    mail["Auto-Submitted"] = "auto-generated"
    text = post.text
    if leave is not None:
        mail.set_raw("List-Unsubscribe", f"<{leave}>")
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        text = f"{text}\n\n-- \n{_LEAVE['en' if post.language == 'en' else 'sv']}\n{leave}\n"
    mail.set_content(text, charset="utf-8", cte="quoted-printable")
    # After the text: set_content clears every Content- header.
    mail["Content-Language"] = post.language
    return mail.as_bytes()


def first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:120]
