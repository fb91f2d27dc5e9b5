"""A simulated Threads profile, after developers.facebook.com/docs/threads/posts and
…/docs/threads/overview. An emoji counts as many characters as its UTF-8 bytes.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

from aiohttp import web

from simulators.containers import ContainerSimulator
from simulators.graph import Fields
from simulators.oauth import Bad, Door

LINKS = 5
_EMOJI = re.compile("[\U0001f000-\U0001ffff\u2600-\u27bf]")


class Threads(ContainerSimulator):
    CREATE, PUBLISH, STATUS = "threads", "threads_publish", "status"
    QUOTA = "threads_publishing_limit"
    TOKEN = "THAAKzbCS1iHgBO-prov"
    ACCOUNT = "25463491353905520"
    SCOPES = ("threads_basic", "threads_content_publish", "threads_delete")
    LIMIT_CODE, LIMIT_TYPE = 4, "threads"
    MOST = 250

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.door = Door({"990602627938098": "threads-hemlighet"})
        self.short = ""
        self.issued_at = self.now()
        self.renewed = 0
        self._tokens = itertools.count(2)

    def routes(self) -> Iterable[web.RouteDef]:
        yield from self.door.routes("/oauth/authorize")
        yield web.post("/oauth/access_token", self._code)
        yield web.get("/access_token", self._long)
        yield web.get("/refresh_access_token", self._refresh)
        yield from super().routes()

    async def _code(self, request: web.Request) -> web.Response:
        asked = await request.post()
        try:
            client = str(asked.get("client_id")), str(asked.get("client_secret"))
            code = self.door.spend(asked, client)
        except Bad as error:
            words = {
                "client": "Error validating client secret.",
                "code": "This authorization code has been used.",
                "redirect": "Error validating verification code. Please make sure your "
                "redirect_uri is identical to the one you used in the OAuth dialog request",
            }[error.what]
            return web.json_response(
                {"error_type": "OAuthException", "code": 400, "error_message": words}, status=400
            )
        self.scopes = code.scope.split()
        self.short = f"THAA-short-{next(self._tokens)}"
        return web.json_response({"access_token": self.short, "user_id": int(self.ACCOUNT)})

    async def _long(self, request: web.Request) -> web.Response:
        secret = next(iter(self.door.apps.values()))
        if request.query.get("client_secret") != secret:
            return self.error(1, None, "Error validating client secret.")
        if not self.short or request.query.get("access_token") != self.short:
            return self.error(190, None, "Invalid OAuth access token.", 401)
        return self._new()

    async def _refresh(self, request: web.Request) -> web.Response:
        """A key that is a day old at least, and not dead."""
        if request.query.get("access_token") != self.token:
            return self.error(190, 463, "Error validating access token.", 401)
        if self.now() - self.issued_at < 86_400:
            return self.error(100, None, "The access token is too young to be refreshed")
        self.renewed += 1
        return self._new()

    def _new(self) -> web.Response:
        self.token, self.issued_at = f"THAA-long-{next(self._tokens)}", self.now()
        self.expires_at = int(self.issued_at) + 5_184_000
        told = {"access_token": self.token, "token_type": "bearer", "expires_in": 5_184_000}
        return web.json_response(told)

    def refusal(self, fields: Fields) -> web.Response | None:
        kind, text = fields.get("media_type"), fields.get("text", "")
        if kind not in ("TEXT", "IMAGE", "CAROUSEL"):
            return self.error(100, None, "Param media_type must be one of {{TEXT, IMAGE, …}}")
        if len(_EMOJI.sub("four", text)) > 500:
            return self.error(100, None, "Param text must be at most 500 characters long.")
        if kind == "TEXT" and not text:
            return self.error(100, None, "Param text is required")
        if len(set(re.findall(r"https?://\S+", text))) > LINKS:
            return self.error(100, None, "THREADS_API__LINK_LIMIT_EXCEEDED")
        return None
