"""E-mail over SMTP: its recipients in the envelope only. How it is sent: `email_sending`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import aiosmtplib

from channels import email_smtp as smtp
from channels.contract import (
    Ask,
    AsSent,
    Post,
    Rate,
    Readiness,
    Receipt,
    Unseen,
    digest,
    refuse_exercise,
)
from channels.counting import NO_LIMIT, Limit
from channels.email_sending import Sending
from channels.email_settings import EmailSettings
from channels.failures import ChannelError, Reason, Refused
from channels.words import N_

if TYPE_CHECKING:
    from channels.http import Client


class Email(AsSent, Unseen):
    kind = "email"
    asks = (
        Ask("host", N_("E-postserver")),
        Ask("port", N_("Port"), "number", N_("Tomt: den vanliga.")),
        Ask("tls", N_("Kryptering"), help="tls, starttls, none"),
        Ask("user", N_("Användarnamn")),
        Ask("from", N_("Avsändare")),
        Ask(
            "recipients",
            N_("Mottagare"),
            "lines",
            N_("En adress per rad. Namn och invånare står på kontots egen lista."),
        ),
        Ask("password", N_("Lösenord till e-postservern"), "secret"),
    )
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
        subject = post.title or smtp.first_line(post.text)
        return await Sending(client, settings, post, subject).run()

    async def probe(self, client: Client, settings: EmailSettings) -> Readiness:
        """Log in, name the sender, and leave: nothing is sent before DATA."""
        if not settings.everybody:
            return Readiness(reason=Reason.SETTINGS, detail="no recipients")
        connected: aiosmtplib.SMTP | None = None
        try:
            async with asyncio.timeout(client.total):
                connected = await smtp.connection(client, settings)
                await connected.connect()
                await connected.mail(settings.sender)
        except ChannelError:
            raise
        except Exception as error:
            outcome = smtp.outcome(error, handed_over=False)
            if isinstance(outcome, Refused):
                return Readiness(reason=outcome.reason, detail=outcome.detail)
            raise outcome from error
        finally:
            smtp.hang_up(client, connected)
        return Readiness(account=settings.sender)


async def send_notice(client: Client, settings: EmailSettings, post: Post) -> Receipt:
    """A mail to staff. Exercises have them too: then the subject says ÖVNING first.

    Raises as `Channel.publish` does.
    """
    subject = post.title or smtp.first_line(post.text)
    said = f"ÖVNING {subject}" if post.exercise else subject
    return await Sending(client, settings, post, said).run()
