"""Facebook Login: a code, a short key, a long one, and the keys of the Pages that the person runs.
After developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow and
…/guides/access-tokens/get-long-lived; errors 36008 and 36009 as reported.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aiohttp import web

from simulators.graph import GraphSimulator
from simulators.oauth import Bad, Door

SHORT, LONG = "EAAB-short", "EAAB-long"


class MetaLogin(GraphSimulator):
    """Comes before the platform's own class."""

    APP = ("1234567890", "meta-hemlighet")

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        no = {"error": "access_denied", "error_reason": "user_denied"}
        self.door = Door(dict([self.APP]), no=no)
        self.pages: dict[str, str] = {}
        """Id → name of the Pages that the person runs; the first one's key is the account's."""
        self.professional: dict[str, tuple[str, str]] = {}
        """Page → (id, name) of the Instagram account that is linked to it."""
        self.granted: list[str] = []

    def login_routes(self, version: str) -> Iterable[web.RouteDef]:
        yield from self.door.routes(f"{version}/dialog/oauth")
        yield web.get(f"{version}/oauth/access_token", self._key)
        yield web.get(f"{version}/me/permissions", self._permissions)
        yield web.get(f"{version}/me/accounts", self._accounts)

    async def _key(self, request: web.Request) -> web.Response:
        asked = request.query
        client = asked.get("client_id", ""), asked.get("client_secret", "")
        if client != self.APP:
            return self.error(1, None, "Error validating client secret.")
        if asked.get("grant_type") == "fb_exchange_token":
            if asked.get("fb_exchange_token") != SHORT:
                return self.error(190, None, "Invalid OAuth access token.", 401)
            return web.json_response({"access_token": LONG, "expires_in": 5_184_000})
        try:
            self.granted = self.door.spend(asked, client).scope.split()
        except Bad as error:
            if error.what == "redirect":
                return self.error(
                    100, 36008, "Error validating verification code. Please make sure your "
                    "redirect_uri is identical to the one you used in the OAuth dialog request",
                )  # fmt: skip
            return self.error(100, 36009, "This authorization code has been used.")
        return web.json_response({"access_token": SHORT, "expires_in": 3_600})

    async def _permissions(self, request: web.Request) -> web.Response:
        if not _is_long(request):
            return self.error(190, None, "Invalid OAuth access token.", 401)
        rows = [{"permission": one, "status": "granted"} for one in self.granted]
        return web.json_response({"data": rows})

    async def _accounts(self, request: web.Request) -> web.Response:
        if not _is_long(request):
            return self.error(190, None, "Invalid OAuth access token.", 401)
        data = []
        for page, name in self.pages.items():
            mine = page == next(iter(self.pages))
            token = self.token if mine else f"{self.token}-{page}"
            row: dict[str, Any] = {"id": page, "name": name, "access_token": token}
            if page in self.professional:
                linked, username = self.professional[page]
                row["instagram_business_account"] = {"id": linked, "username": username}
            data.append(row)
        return web.json_response({"data": data, "paging": {}})


def _is_long(request: web.Request) -> bool:
    return request.headers.get("Authorization") == f"Bearer {LONG}"
