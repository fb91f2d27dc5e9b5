"""Who asks, and by what address, where proxies of our own stand in between.

Only as many hops as the installation says it has are believed: the last so many values of
`X-Forwarded-For`, `-Proto` and `-Host`, which those proxies wrote. What a visitor sends lies before
them and counts for nothing; with none, the headers are nobody's and aren't read.
"""

from __future__ import annotations

import hmac
from ipaddress import IPv6Address, ip_address, ip_network

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from console.config import Settings
from console.web.secret import web_secret

PROOF = "Budkavle-Doctor"
"""The header by which `budkavle doctor` shows that it may read the keys."""
LONGEST = 64


def install(app: Flask, settings: Settings) -> None:
    """Last, so that everything else sees the address after it has been worked out."""
    n = settings.proxies
    if n:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]


def client_address() -> str:
    """What attempts to log in are counted by: an IPv4 address, or the /64 that an IPv6 address
    lies in, since whoever has one of those has all of them."""
    text = (request.remote_addr or "").strip()
    try:
        ip = ip_address(text)
    except ValueError:
        # Some proxies add the port: each connection would count for itself.
        host = text.rpartition(":")[0].strip("[]")
        try:
            ip = ip_address(host)
        except ValueError:
            return text[:LONGEST]
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ip_network((ip.packed[:8] + bytes(8), 64)).network_address) + "/64"
    return str(ip)


def proof(settings: Settings) -> str:
    """What `PROOF` holds. It opens nothing but the sight of one's own request."""
    return hmac.digest(web_secret(settings.keys).encode(), b"budkavle doctor", "sha256").hex()


def seen(settings: Settings) -> dict[str, str] | None:
    """How this request looks from here, for whoever has the proof; None for anybody else."""
    given = request.headers.get(PROOF, "")
    if not given or not hmac.compare_digest(given.encode(), proof(settings).encode()):
        return None
    return {
        "scheme": request.scheme,
        "host": request.host,
        "address": request.remote_addr or "",
    }
