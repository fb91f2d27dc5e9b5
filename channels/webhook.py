"""Webhook: a signed JSON POST to an address of the receiver's own.

The receiver checks `Budkavle-Signature` (`v1=` + HMAC-SHA256 in hex of timestamp, a full stop and
the body) and how old `Budkavle-Timestamp` is, and answers 204, or 2xx with a JSON object that may
hold `id` and `link`. With `honours_key` it promises to take one `Idempotency-Key` once only.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

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
from channels.failures import BadSettings, Reason, Reauthorise, Refused, Retry, Unknown
from channels.words import N_

if TYPE_CHECKING:
    from channels.http import Answer, Client

SECRET_CHARACTERS = 16
ID_CHARACTERS = 500
_WAIT = frozenset({408, 409, 425, 429})
# 303 is how many a form says "taken, look over there", and 302 is used for the same.
_MOVED = frozenset({301, 307, 308})


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    url: str
    secret: bytes
    honours_key: bool

    def __repr__(self) -> str:
        return f"WebhookSettings({self.url!r}, honours_key={self.honours_key})"


class Webhook(AsSent, Unseen):
    kind = "webhook"
    asks = (
        Ask("url", N_("Mottagarens adress"), help=N_("Hel adress, med https:// först.")),
        Ask("honours_key", N_("Mottagaren tar varje nyckel bara en gång"), "yes_no"),
        Ask("secret", N_("Hemlig nyckel"), "secret"),
    )
    concurrency = 64
    unlimited = True
    rate: Rate | None = None

    def parse(self, settings: Mapping[str, Any], secret: Mapping[str, Any]) -> WebhookSettings:
        """Settings: url, honours_key (optional). Secret: secret, at least 16 characters."""
        url = str(settings.get("url", ""))
        try:
            parts = urlsplit(url)
            known = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            known = False
        if not known:
            raise BadSettings("url", N_("Skriv en hel webbadress, med https:// först."))
        if parts.username is not None:
            raise BadSettings("url", N_("Skriv inte inloggning i adressen."))
        honours_key = settings.get("honours_key", False)
        if not isinstance(honours_key, bool):
            raise BadSettings("honours_key", N_("Välj ja eller nej."))
        key = secret.get("secret")
        if not isinstance(key, str) or len(key) < SECRET_CHARACTERS:
            raise BadSettings("secret", N_("Nyckeln behöver minst 16 tecken."))
        return WebhookSettings(url, key.encode(), honours_key)

    def honours_key(self, settings: WebhookSettings) -> bool:
        return settings.honours_key

    def pacing_key(self, settings: WebhookSettings) -> str:
        return f"{self.kind}:{urlsplit(settings.url).netloc}:{_credential(settings)}"

    def fingerprint(self, settings: WebhookSettings) -> str:
        return digest(self.kind, settings.url)

    def limit(self, settings: WebhookSettings) -> Limit:
        return NO_LIMIT

    async def publish(self, client: Client, settings: WebhookSettings, post: Post) -> Receipt:
        refuse_exercise(post)
        body = _body(post)
        timestamp = str(int(client.now()))
        answer = await client.request(
            "POST",
            settings.url,
            body=body,
            headers={
                "Content-Type": "application/json",
                "Idempotency-Key": post.key,
                "Budkavle-Timestamp": timestamp,
                "Budkavle-Signature": sign(settings.secret, timestamp, body),
            },
        )
        return _receipt(answer, settings, post)

    async def probe(self, client: Client, settings: WebhookSettings) -> Readiness:
        """Is anybody there? Only a post tells what the receiver thinks of the signature."""
        answer = await client.request("HEAD", settings.url)
        if answer.status >= 500:
            raise Retry(Reason.SERVER_ERROR, str(answer.status))
        return Readiness(detail=str(answer.status))


def sign(secret: bytes, timestamp: str, body: bytes) -> str:
    """The signature header for a body sent at `timestamp` (Unix seconds in decimal)."""
    return "v1=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _body(post: Post) -> bytes:
    return json.dumps(
        {
            "format": 1,
            "key": post.key,
            "text": post.text,
            "language": post.language,
            "title": post.title,
            "link": post.link,
            "marker": post.marker,
        }
    ).encode()


def _receipt(answer: Answer, settings: WebhookSettings, post: Post) -> Receipt:
    """What an answer means. A server error may come after the post was taken: that is unknown.

    So may a 503, which caches say of a receiver that has the post and is slow to answer. Where the
    receiver takes a key once only, sending again does no harm.
    """
    status = answer.status
    if status == 204:
        return Receipt(remote_id=post.key, link=None, text=post.text)
    if 200 <= status < 300:
        value = answer.json()
        return Receipt(
            remote_id=_remote_id(value, post.key), link=_link(value.get("link")), text=post.text
        )
    if status in (401, 403):
        raise Reauthorise(Reason.CREDENTIALS, str(status))
    if status in _WAIT or (status == 503 and settings.honours_key):
        raise Retry(Reason.BUSY, str(status), after=answer.retry_after())
    if 400 <= status < 500 or status in _MOVED:
        raise Refused(Reason.TURNED_DOWN, str(status))
    raise Unknown(Reason.SERVER_ERROR, str(status))


def _remote_id(value: dict[str, Any], key: str) -> str:
    """The receiver's id as text, or our key where it gave none."""
    found = value.get("id", key)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    if isinstance(found, str) and 0 < len(found) <= ID_CHARACTERS and found.isprintable():
        return found
    raise Unknown(Reason.BAD_ANSWER, "an id that is neither text nor a number")


def _link(value: object) -> str | None:
    """A link people may follow: anything but a web address is left out."""
    if isinstance(value, str) and value.startswith(("https://", "http://")) and len(value) <= 2000:
        return value if value.isprintable() else None
    return None


def _credential(settings: WebhookSettings) -> str:
    return hashlib.sha256(settings.secret).hexdigest()[:16]
