"""E-mail over SMTP: one message, its recipients in the envelope only.

A refusal by number is an answer, before or after the text: 4xx may be tried again, 5xx not. Silence
after DATA is unknown (RFC 5321, 4.5.3.2.6: the server may have taken the message).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import aiosmtplib

from channels.contract import (
    ChannelError,
    Post,
    Rate,
    Reason,
    Reauthorise,
    Receipt,
    Refused,
    Retry,
    Unknown,
    digest,
    refuse_exercise,
)
from channels.counting import NO_LIMIT, Limit
from channels.email_settings import EmailSettings

if TYPE_CHECKING:
    from channels.http import Client

# RFC 4954, 6: wrong, missing, too weak or expired credentials.
_CREDENTIALS = frozenset({530, 534, 535, 538})


class Email:
    kind = "email"
    # Mail servers count connections from one sender.
    concurrency = 4
    unlimited = False
    rate: Rate | None = None

    def parse(self, settings: Mapping[str, Any], secret: Mapping[str, Any]) -> EmailSettings:
        """See `EmailSettings.parse`."""
        return EmailSettings.parse(settings, secret)

    def honours_key(self, settings: EmailSettings) -> bool:
        return False

    def pacing_key(self, settings: EmailSettings) -> str:
        return f"{self.kind}:{settings.host}:{settings.port}:{digest(settings.user or '')[:16]}"

    def fingerprint(self, settings: EmailSettings) -> str:
        return digest(
            self.kind, settings.host, settings.port, settings.sender, *sorted(settings.recipients)
        )

    def limit(self, settings: EmailSettings) -> Limit:
        return NO_LIMIT

    async def publish(self, client: Client, settings: EmailSettings, post: Post) -> Receipt:
        refuse_exercise(post)
        return await _send(client, settings, post, post.title or _first_line(post.text))


async def send_notice(client: Client, settings: EmailSettings, post: Post) -> Receipt:
    """A mail to staff. Exercises have them too: then the subject says ÖVNING first.

    Raises as `Channel.publish` does.
    """
    subject = post.title or _first_line(post.text)
    return await _send(client, settings, post, f"ÖVNING {subject}" if post.exercise else subject)


def message_id(key: str, sender: str) -> str:
    """The same key gives the same Message-ID, so that a second copy is known as one."""
    local = hashlib.sha256(key.encode()).hexdigest()[:32]
    return f"<{local}@{sender.rpartition('@')[2]}>"


async def _send(client: Client, settings: EmailSettings, post: Post, subject: str) -> Receipt:
    """Connect, log in, name the recipients, hand over the text: nothing is sent before DATA."""
    if settings.tls == "none" and not client.hosts.allow(settings.host, settings.port):
        raise Refused(Reason.ADDRESS, f"{settings.host} without TLS")
    handed_over = False
    smtp: aiosmtplib.SMTP | None = None
    try:
        message = _message(settings, post, subject, client.now()).as_bytes()
        async with asyncio.timeout(client.total):
            sock = await client.connect(settings.host, settings.port)
            smtp = aiosmtplib.SMTP(
                hostname=settings.host,
                sock=sock,
                use_tls=settings.tls == "tls",
                start_tls=settings.tls == "starttls",
                username=settings.user,
                password=settings.password if settings.user else None,
                local_hostname=settings.sender.rpartition("@")[2],
                timeout=client.total,
            )
            await smtp.connect()
            await smtp.mail(settings.sender)
            left_out = await _name_recipients(smtp, settings.recipients)
            handed_over = True
            await smtp.data(message)
    except ChannelError:
        raise
    except Exception as error:  # Whatever went wrong, DATA decides what is known.
        raise _outcome(error, handed_over) from error
    finally:
        if smtp is not None and isinstance(smtp.transport, asyncio.Transport):
            client.afterwards(_leave(smtp, smtp.transport))
    return Receipt(
        remote_id=message_id(post.key, settings.sender),
        link=None,
        text=post.text,
        note=f"{left_out}/{len(settings.recipients)} refused" if left_out else None,
    )


async def _name_recipients(smtp: aiosmtplib.SMTP, recipients: tuple[str, ...]) -> int:
    """Name all; how many the server would not have. One bad address must not silence the rest.

    Raises:
        Retry: none was taken, and at least one may be later.
        Refused: none was taken, for good.
    """
    refused: list[aiosmtplib.SMTPRecipientRefused] = []
    for recipient in recipients:
        try:
            await smtp.rcpt(recipient)
        except aiosmtplib.SMTPRecipientRefused as error:
            refused.append(error)
    if len(refused) == len(recipients):
        raise _answered(min(refused, key=lambda error: error.code), handed_over=False)
    return len(refused)


def _outcome(error: Exception, handed_over: bool) -> ChannelError:
    """What an error means, given whether DATA had begun."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _answered(error, handed_over)
    if handed_over:
        return Unknown(Reason.NO_ANSWER, type(error).__name__)
    if isinstance(error, (OSError, aiosmtplib.SMTPServerDisconnected)):
        return Retry(Reason.NO_CONNECTION, type(error).__name__)
    # STARTTLS or AUTH isn't offered: the settings are wrong.
    return Refused(Reason.TURNED_DOWN, str(error))


def _answered(error: aiosmtplib.SMTPResponseException, handed_over: bool) -> ChannelError:
    detail = f"{error.code} {error.message}"
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


def _message(settings: EmailSettings, post: Post, subject: str, now: float) -> EmailMessage:
    message = EmailMessage(policy=SMTP_POLICY)
    message["Subject"] = " ".join(subject.split())
    message["From"] = settings.sender
    message["To"] = "undisclosed-recipients:;"
    message["Date"] = formatdate(now)
    message["Message-ID"] = message_id(post.key, settings.sender)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(post.text, charset="utf-8", cte="quoted-printable")
    # After the text: set_content clears every Content- header.
    message["Content-Language"] = post.language
    return message


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:120]
