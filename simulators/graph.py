"""What the simulated Facebook, Instagram and Threads share: Graph API's tokens, errors and lists.

Shapes after developers.facebook.com/docs/graph-api/guides/error-handling, …/overview/rate-limiting
and …/reference/debug_token. Rate limits answer 400 with a code, and say when to come back in
`X-Business-Use-Case-Usage`, in minutes.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from simulators.base import Simulator, Taken
from simulators.forms import parts

Handler = Callable[[web.Request], Awaitable[web.Response]]
Fields = dict[str, str]
NOW = 1_780_002_000.0


class GraphSimulator(Simulator):
    """One account with one token. `failing` holds answers to give instead, first come first."""

    LIMIT_SECONDS = 120
    TOKEN = "EAABsbCS1iHgBO-prov"
    ACCOUNT = "17841400008460056"
    NAME = "Torsby kommun"
    SCOPES: tuple[str, ...] = ()
    TOKEN_TYPE = "USER"
    LIMIT_CODE = 32
    LIMIT_TYPE = "pages"
    TEXT, WHEN = "text", "timestamp"
    """What a post's text and time are called."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.token = self.TOKEN
        """The account's, as it is now."""
        self.scopes = list(self.SCOPES)
        self.expires_at = 0
        self.debugs = True
        """Whether a token may be asked about."""
        self.failing: list[tuple[str, web.Response]] = []
        """(end of the path, answer) of requests that are refused before anything is taken."""
        self.now: Callable[[], float] = lambda: NOW
        """Unix time on the platform's clock."""
        self._ids = itertools.count(1001)

    # Errors

    def error(
        self,
        code: int,
        subcode: int | None = None,
        message: str = "(#{code}) Refused",
        status: int = 400,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> web.Response:
        error = {
            "message": message.format(code=code),
            "type": "OAuthException",
            "code": code,
            **({} if subcode is None else {"error_subcode": subcode}),
            **more,
            "fbtrace_id": "AbCdEfGhIjKlMnOpQrStUvW",
        }
        return web.json_response({"error": error}, status=status, headers=headers)

    def limited(self, after: int | None) -> web.StreamResponse:
        usage = {
            "type": self.LIMIT_TYPE,
            "call_count": 100,
            "total_cputime": 25,
            "total_time": 25,
            "estimated_time_to_regain_access": (after or 0) // 60,
        }
        headers = {"X-Business-Use-Case-Usage": json.dumps({self.ACCOUNT: [usage]})}
        message = "(#{code}) Request limit reached"
        return self.error(self.LIMIT_CODE, None, message, headers=headers)

    def dead_key(self) -> web.StreamResponse:
        message = f"Error validating access token: session of {self.token} has expired."
        return self.error(190, 463, message)

    def no_such_object(self) -> web.Response:
        message = "Unsupported request. Object does not exist or cannot be loaded."
        return self.error(100, 33, message, type="GraphMethodException")

    # Requests

    def routes(self) -> Iterable[web.RouteDef]:
        """The shared ones; `account_routes` first, since `/{id}` matches anything."""
        version = "/v{version}"
        yield web.get(f"{version}/debug_token", self.guarded(self._debug_token))
        yield web.get(f"{version}/me", self.guarded(self._who))
        yield from self.account_routes(version)
        yield web.get(f"{version}/{{id}}", self.guarded(self._one))
        yield web.delete(f"{version}/{{id}}", self.guarded(self._delete))

    def account_routes(self, version: str) -> Iterable[web.RouteDef]:
        raise NotImplementedError

    def guarded(self, handler: Handler) -> Handler:
        """With the token checked, and whatever is in `failing` first."""

        async def checked(request: web.Request) -> web.Response:
            for failing in self.failing:
                if request.path.endswith(failing[0]):
                    self.failing.remove(failing)
                    return failing[1]
            if request.headers.get("Authorization") != f"Bearer {self.token}":
                return self.error(190, None, "Invalid OAuth access token.", 401)
            return await handler(request)

        return checked

    def next_id(self) -> str:
        return f"178{next(self._ids)}"

    def take(self, remote_id: str, text: str, **extra: Any) -> None:
        extra["at"] = datetime.fromtimestamp(self.now(), UTC)
        self.taken.append(Taken(remote_id, self.ACCOUNT, text, extra=extra))

    def find(self, remote_id: str) -> Taken | None:
        return next((one for one in self.shown if one.remote_id == remote_id), None)

    async def listed(self, request: web.Request) -> web.Response:
        """The account's own posts, newest first."""
        asked = request.query.get("fields", "id").split(",")
        limit = int(request.query.get("limit", "25"))
        latest = list(reversed(self.shown))[:limit]
        data = [{name: self._field(one, name) for name in asked} for one in latest]
        return web.json_response({"data": data, "paging": {}})

    def _field(self, post: Taken, name: str) -> str:
        at: datetime = post.extra["at"]
        return {
            "id": post.remote_id,
            self.TEXT: post.text,
            self.WHEN: at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "permalink": self.permalink(post.remote_id),
        }[name]

    def permalink(self, remote_id: str) -> str:
        return f"https://platform.example/{remote_id}"

    async def _debug_token(self, request: web.Request) -> web.Response:
        if not self.debugs:
            return self.error(100, None, "(#100) You must provide an app access token")
        data = {
            "type": self.TOKEN_TYPE,
            "application": "Budkavle",
            "expires_at": self.expires_at,
            "is_valid": request.query.get("input_token") == self.token,
            "scopes": self.scopes,
        }
        return web.json_response({"data": data})

    async def _who(self, request: web.Request) -> web.Response:
        return web.json_response({"id": self.ACCOUNT, "name": self.NAME, "username": self.NAME})

    async def _one(self, request: web.Request) -> web.Response:
        remote_id = request.match_info["id"]
        if remote_id == self.ACCOUNT:
            return await self._who(request)
        post = self.find(remote_id)
        if post is None:
            return self.no_such_object()
        asked = request.query.get("fields", "id").split(",")
        return web.json_response({name: self._field(post, name) for name in asked})

    async def _delete(self, request: web.Request) -> web.Response:
        post = self.find(request.match_info["id"])
        if post is None:
            return self.no_such_object()
        post.gone = True
        return web.json_response({"success": True, "deleted_id": post.remote_id})


async def form(request: web.Request) -> Fields:
    """The form's text fields; of a file, how many bytes it had."""
    if request.content_type != "multipart/form-data":
        return {name: str(value) for name, value in (await request.post()).items()}
    return {
        name: str(len(part.data)) if part.filename else part.text
        for name, part in (await parts(request)).items()
    }
