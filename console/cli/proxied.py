"""What `budkavle doctor` asks of the proxy in front: a request as a visitor's, and an upgrade."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from console.cli.finding import BAD, GOOD, NOTE, Finding
from console.config import Settings
from console.web.proxies import PROOF, proof

WHAT = "Proxy"
SECONDS = 5.0
CLAIMED = "192.0.2.66"
"""An address that is nobody's (RFC 5737): if the console believes it, it believes anybody."""
LOCAL = ("127.0.0.1", "::1", "localhost")
COUNT = "set BUDKAVLE_PROXIES to how many proxies of your own stand in front, and start again"
MOST_BYTES = 64 * 1024


def said(settings: Settings) -> Iterator[Finding]:
    """What the settings alone tell."""
    parts = urlsplit(settings.console_url)
    https = parts.scheme == "https"
    if https and settings.proxies == 0:
        yield Finding(
            BAD,
            WHAT,
            "BUDKAVLE_PROXIES is 0: every visitor seems to come from the proxy, and twenty wrong"
            " passwords shut everybody out",
            COUNT,
        )
    if not https and settings.bind not in LOCAL and parts.hostname not in LOCAL:
        yield Finding(
            BAD,
            WHAT,
            f"passwords go in the clear: the console listens on {settings.bind} without https",
            "let a proxy with a certificate stand in front, and set BUDKAVLE_CONSOLE_URL to its"
            " https address",
        )
    if settings.proxies and settings.bind not in LOCAL:
        yield Finding(
            NOTE,
            WHAT,
            f"whoever reaches {settings.bind}:{settings.port} past it may claim any address",
            "let only the proxy reach that port: BUDKAVLE_BIND=127.0.0.1, or a firewall",
        )


def asked(settings: Settings, context: ssl.SSLContext | None = None) -> Iterator[Finding]:
    """What the console's own address answers. Only where https says that a proxy is there.

    Args:
        context: whom to trust; the machine's certificates when None.
    """
    if not settings.console_url.startswith("https://"):
        return
    try:
        status, answer = _get(settings, context)
    except ssl.SSLCertVerificationError as error:
        mend = "renew the certificate, and let the proxy send the whole chain"
        yield Finding(BAD, WHAT, f"the certificate isn't trusted: {error.verify_message}", mend)
        return
    except (OSError, http.client.HTTPException) as error:
        why = getattr(error, "strerror", "") or type(error).__name__
        yield Finding(
            BAD,
            WHAT,
            f"{settings.console_url} doesn't answer: {why}",
            "start the proxy, open its port, or correct BUDKAVLE_CONSOLE_URL",
        )
        return
    seen = answer.get("seen")
    if not isinstance(seen, dict):
        yield Finding(
            BAD,
            WHAT,
            f"{settings.console_url} answers {status}, but it isn't this console",
            f"let the proxy pass everything on to port {settings.port}, headers of ours included",
        )
        return
    wrong = list(_judged(settings, seen))
    yield from wrong
    if wrong:
        return  # a WebSocket is refused whose address isn't the page's own
    if not _upgrades(settings, context):
        yield Finding(
            BAD,
            WHAT,
            "it lets no WebSockets through: boards hear of changes late",
            "pass Upgrade and Connection on, as in docs/deploy/nginx.conf",
        )
        return
    yield Finding(GOOD, WHAT, f"{settings.console_url} arrives as it should")


def _judged(settings: Settings, seen: Mapping[str, Any]) -> Iterator[Finding]:
    if seen.get("scheme") != "https":
        mend = "let the proxy send X-Forwarded-Proto: https, and " + COUNT
        yield Finding(BAD, WHAT, "requests over https arrive as http", mend)
    if seen.get("host") != urlsplit(settings.console_url).netloc:
        yield Finding(
            BAD,
            WHAT,
            f"the console is called {seen.get('host')} there, not by its own name",
            "let the proxy pass Host on, and X-Forwarded-Host",
        )
    if seen.get("address") == CLAIMED:
        yield Finding(
            BAD,
            WHAT,
            "it lets visitors claim any address, and guess passwords without end",
            "let the outermost proxy overwrite X-Forwarded-For, and " + COUNT,
        )


def _get(settings: Settings, context: ssl.SSLContext | None) -> tuple[int, dict[str, Any]]:
    headers = {PROOF: proof(settings), "X-Forwarded-For": CLAIMED}
    connection = _connection(settings, context)
    try:
        connection.request("GET", f"{urlsplit(settings.console_url).path}/healthz", headers=headers)
        response = connection.getresponse()
        body = response.read(MOST_BYTES)
    finally:
        connection.close()
    try:
        answer = json.loads(body)
    except ValueError:
        answer = {}
    return response.status, answer if isinstance(answer, dict) else {}


def _upgrades(settings: Settings, context: ssl.SSLContext | None) -> bool:
    """Does a WebSocket open? What is said on it is another matter."""
    connection = _connection(settings, context)
    path = f"{urlsplit(settings.console_url).path}/socket.io/?EIO=4&transport=websocket"
    try:
        connection.request(
            "GET",
            path,
            headers={
                "Upgrade": "websocket",
                "Connection": "Upgrade",
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": "YnVka2F2bGUtZG9jdG9yLQ==",
                "Origin": settings.console_url,
            },
        )
        return connection.getresponse().status == http.client.SWITCHING_PROTOCOLS
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _connection(settings: Settings, context: ssl.SSLContext | None) -> http.client.HTTPSConnection:
    parts = urlsplit(settings.console_url)
    return http.client.HTTPSConnection(
        parts.hostname or "",
        parts.port or 443,
        timeout=SECONDS,
        context=context or ssl.create_default_context(),
    )
