"""What the simulated platforms share of OAuth 2.0: a page that asks, and codes that are good once.

RFC 6749 (4.1) and RFC 7636. The page has a button for yes and one for no, as the platforms' have.
How a platform words its refusals is in its own file.
"""

from __future__ import annotations

import base64
import hashlib
import html
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import web


@dataclass
class Code:
    client_id: str
    redirect: str
    challenge: str
    scope: str
    used: bool = False


class Bad(Exception):
    """Why a code gives no key: client | code | redirect | verifier."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass
class Door:
    """A platform's authorize page and its codes.

    Args:
        apps: client id → secret.
        redirects: addresses that the app has written down; None: any.
        pkce: the platform asks for a challenge.
    """

    apps: dict[str, str]
    redirects: set[str] | None = None
    pkce: bool = False
    no: Mapping[str, str] = field(
        default_factory=lambda: {"error": "access_denied", "error_description": "No."}
    )
    """What a no comes back with."""
    withhold: set[str] = field(default_factory=set)
    """Rights that the person takes away on the page."""
    codes: dict[str, Code] = field(default_factory=dict)
    _numbers: Iterable[int] = field(default_factory=lambda: itertools.count(1))

    def routes(self, path: str) -> Iterable[web.RouteDef]:
        return [web.get(path, self.page), web.post(path, self.decide)]

    async def page(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request.query):
            return web.Response(status=400, text=refusal)
        action = html.escape(f"{request.path}?{request.query_string}")
        return web.Response(
            text=f'<!doctype html><html lang="en"><title>Allow?</title><h1>Allow Budkavle?</h1>'
            f'<form method="post" action="{action}">'
            '<button name="answer" value="allow">Allow</button> '
            '<button name="answer" value="deny">Deny</button></form></html>',
            content_type="text/html",
        )

    async def decide(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request.query):
            return web.Response(status=400, text=refusal)
        said = await request.post()
        state = request.query.get("state", "")
        if said.get("answer") == "allow":
            back = {"code": self.give(request.query), "state": state}
        else:
            back = {**self.no, "state": state}
        where = f"{request.query['redirect_uri']}?{urlencode(back)}"
        return web.Response(status=302, headers={"Location": where})

    def give(self, query: Mapping[str, str]) -> str:
        """A code, as if the person had pressed yes."""
        scope = query.get("scope", "").replace(",", " ").split()
        code = f"code-{next(iter(self._numbers))}"
        self.codes[code] = Code(
            query["client_id"],
            query["redirect_uri"],
            query.get("code_challenge", ""),
            " ".join(one for one in scope if one not in self.withhold),
        )
        return code

    def allow(self, address: str) -> str:
        """The address that the browser is sent back to, once the person has pressed yes at
        `address`; "deny" isn't pressed here but with `decline`."""
        query = _query(address)
        if refusal := self._refusal(query):
            raise AssertionError(refusal)
        code, state = self.give(query), query.get("state", "")
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': state})}"

    def decline(self, address: str) -> str:
        query = _query(address)
        return f"{query['redirect_uri']}?{urlencode({**self.no, 'state': query.get('state', '')})}"

    def spend(self, fields: Mapping[str, object], client: tuple[str, str]) -> Code:
        """Raises Bad."""
        client_id, secret = client
        if self.apps.get(client_id) != secret:
            raise Bad("client")
        code = self.codes.get(str(fields.get("code")))
        if code is None or code.used or code.client_id != client_id:
            raise Bad("code")
        code.used = True
        if code.redirect != fields.get("redirect_uri"):
            raise Bad("redirect")
        if code.challenge and _challenge(str(fields.get("code_verifier", ""))) != code.challenge:
            raise Bad("verifier")
        return code

    def _refusal(self, query: Mapping[str, str]) -> str:
        if query.get("response_type") != "code" or query.get("client_id") not in self.apps:
            return "Unknown application"
        if self.redirects is not None and query.get("redirect_uri") not in self.redirects:
            return "The redirect uri doesn't match"
        if self.pkce and (
            not query.get("code_challenge") or query.get("code_challenge_method") != "S256"
        ):
            return "A code challenge is required"
        return ""


def basic(request: web.Request) -> tuple[str, str]:
    """Client id and secret of HTTP Basic; empty where there are none."""
    try:
        packed = request.headers.get("Authorization", "").removeprefix("Basic ")
        name, _, secret = base64.b64decode(packed, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return name, secret


def _query(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def _challenge(verifier: str) -> str:
    hashed = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
