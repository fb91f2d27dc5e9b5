"""A simulated LinkedIn with one organisation, after learn.microsoft.com/en-us/linkedin/marketing/
community-management/shares/posts-api, …/images-api, …/little-text-format and
…/linkedin/shared/authentication/token-introspection.

A reserved character that isn't escaped ends the post there, and 201 is answered all the same: so
it has been seen to do (github.com/ComposioHQ/composio/issues/2710).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from simulators.base import Simulator, Taken
from simulators.oauth import Bad, Door

Handler = Callable[[web.Request], Awaitable[web.Response]]
NOW = 1_780_002_000.0
_RESERVED = r"|{}@[]()<>#\*_~"
_TEXT = re.compile(rf"(?:\\.|[^{re.escape(_RESERVED)}])*", re.DOTALL)


class LinkedIn(Simulator):
    TOKEN = "AQUvlL_DYEzvT2wz1QJiEPeLioeA"
    CLIENT = ("86app", "hemligt-86")
    ORGANISATION = "5515715"
    NAME = "Torsby kommun"
    VERSIONS = ("202607", "202608")

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.versions = list(self.VERSIONS)
        self.role = "ADMINISTRATOR"
        self.scope = "w_organization_social,r_organization_social,rw_organization_admin"
        self.expires_at = 1_785_000_000
        self.images: dict[str, bytes] = {}
        self.upload_host = ""
        """Where pictures are to be sent; empty: here."""
        self.ghosts = False
        """Whether duplicates are named that nobody can see."""
        self.failing: list[web.Response] = []
        """Answers to the next posts, before anything is taken."""
        self.now: Callable[[], float] = lambda: NOW
        self._ids = itertools.count(7_503_001)
        self.token = self.TOKEN
        """The one that is taken."""
        self.door = Door(dict([self.CLIENT]), no={"error": "user_cancelled_login"})
        self.refreshes = False
        """Whether LinkedIn has let the app have refresh tokens."""
        self.refresh = "AQX-refresh-1"
        self.organisations = {self.ORGANISATION: self.NAME}
        """Id → name, of those that the person administers."""

    @property
    def urn(self) -> str:
        return f"urn:li:organization:{self.ORGANISATION}"

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.post("/rest/posts", self._checked(self._post)),
            web.get("/rest/posts", self._checked(self._listed)),
            web.get("/rest/posts/{urn}", self._checked(self._one)),
            web.post("/rest/posts/{urn}", self._checked(self._edit)),
            web.delete("/rest/posts/{urn}", self._checked(self._delete)),
            web.post("/rest/images", self._checked(self._initialize)),
            web.put("/upload/{image}", self._upload),
            web.get("/rest/organizationAcls", self._checked(self._roles)),
            web.get("/rest/organizations/{id}", self._checked(self._organisation)),
            *self.door.routes("/oauth/v2/authorization"),
            web.post("/oauth/v2/accessToken", self._access_token),
            web.post("/oauth/v2/introspectToken", self._introspect),
        ]

    def error(self, status: int, code: str, message: str, **headers: str) -> web.Response:
        body = {"status": status, "code": code, "message": message}
        return web.json_response(body, status=status, headers=headers)

    def limited(self, after: int | None) -> web.StreamResponse:
        """No header is documented; should there be one, it is this."""
        headers = {} if after is None else {"Retry-After": str(after)}
        message = "Resource level throttle APPLICATION DAY limit for calls is reached."
        return self.error(429, "TOO_MANY_REQUESTS", message, **headers)

    def dead_key(self) -> web.StreamResponse:
        return self.error(401, "EXPIRED_ACCESS_TOKEN", "The token used has expired")

    def _checked(self, handler: Handler) -> Handler:
        async def checked(request: web.Request) -> web.Response:
            if request.headers.get("Authorization") != f"Bearer {self.token}":
                return self.error(401, "INVALID_ACCESS_TOKEN", "Invalid access token")
            version = request.headers.get("LinkedIn-Version", "")
            if version not in self.versions:
                message = f"Requested version {version} is not active"
                return self.error(426, "NONEXISTENT_VERSION", message)
            if request.headers.get("X-Restli-Protocol-Version") != "2.0.0":
                return self.error(400, "ILLEGAL_ARGUMENT", "X-Restli-Protocol-Version")
            return await handler(request)

        return checked

    async def _post(self, request: web.Request) -> web.Response:
        if self.failing:
            return self.failing.pop(0)
        value: dict[str, Any] = await request.json()
        if value["author"] != self.urn:
            return self.error(403, "ACCESS_DENIED", "Viewer is not authorized for the organization")
        text = _shown(value["commentary"])
        if len(text) > 3_000:
            return self.error(400, "FIELD_LENGTH_TOO_LONG", "commentary exceeds 3000")
        if twin := next((one for one in self.shown if one.text == text), None):
            urn = f"urn:li:share:{next(self._ids)}" if self.ghosts else twin.remote_id
            return web.json_response(
                {
                    "errorDetailType": "com.linkedin.common.error.BadRequest",
                    "message": f"Content is a duplicate of {urn}",
                    "errorDetails": {"inputErrors": [{"code": "DUPLICATE_POST"}]},
                    "status": 422,
                },
                status=422,
            )
        urn = f"urn:li:share:{next(self._ids)}"
        extra = {"at": int(self.now() * 1000), "content": value.get("content")}
        self.taken.append(Taken(urn, self.urn, text, extra=extra))
        return web.Response(status=201, headers={"x-restli-id": urn})

    def _find(self, request: web.Request) -> Taken | None:
        urn = unquote(request.match_info["urn"])
        return next((one for one in self.shown if one.remote_id == urn), None)

    def _as_told(self, post: Taken) -> dict[str, Any]:
        return {
            "id": post.remote_id,
            "author": self.urn,
            "commentary": re.sub(rf"([{re.escape(_RESERVED)}])", r"\\\1", post.text),
            "createdAt": post.extra["at"],
            "lifecycleState": "PUBLISHED",
        }

    async def _listed(self, request: web.Request) -> web.Response:
        if request.headers.get("X-RestLi-Method") != "FINDER" or request.query["q"] != "author":
            return self.error(400, "ILLEGAL_ARGUMENT", "finder")
        latest = list(reversed(self.shown))[: int(request.query["count"])]
        return web.json_response({"elements": [self._as_told(one) for one in latest]})

    async def _one(self, request: web.Request) -> web.Response:
        post = self._find(request)
        return web.json_response(self._as_told(post)) if post else self._not_found()

    async def _edit(self, request: web.Request) -> web.Response:
        post = self._find(request)
        if post is None or request.headers.get("X-RestLi-Method") != "PARTIAL_UPDATE":
            return self._not_found()
        post.text = _shown((await request.json())["patch"]["$set"]["commentary"])
        post.edits += 1
        return web.Response(status=204)

    async def _delete(self, request: web.Request) -> web.Response:
        if post := self._find(request):
            post.gone = True
        return web.Response(status=204)

    def _not_found(self) -> web.Response:
        return self.error(404, "NOT_FOUND", "Could not find entity")

    async def _initialize(self, request: web.Request) -> web.Response:
        name = str(next(self._ids))
        value = {
            "uploadUrl": f"{self.upload_host or self.url}/upload/{name}",
            "image": f"urn:li:image:{name}",
        }
        return web.json_response({"value": value})

    async def _upload(self, request: web.Request) -> web.Response:
        self.images[f"urn:li:image:{request.match_info['image']}"] = await request.read()
        return web.Response(status=201)

    async def _roles(self, request: web.Request) -> web.Response:
        if "rw_organization_admin" not in self.scope:
            return self.error(
                403, "ACCESS_DENIED", "Not enough permissions to access this resource"
            )
        rows = [
            {
                "role": self.role,
                "organization": f"urn:li:organization:{one}",
                "state": "APPROVED",
            }
            for one in self.organisations
        ]
        return web.json_response({"elements": rows})

    async def _organisation(self, request: web.Request) -> web.Response:
        found = request.match_info["id"]
        if found not in self.organisations:
            return self.error(404, "NOT_FOUND", "No such organisation")
        return web.json_response({"id": int(found), "localizedName": self.organisations[found]})

    async def _access_token(self, request: web.Request) -> web.Response:
        """A key for a code, or for a refresh token: that one stays the same, and lives on."""
        asked = await request.post()
        client = str(asked.get("client_id")), str(asked.get("client_secret"))
        if asked.get("grant_type") == "refresh_token":
            if client != self.CLIENT:
                return _no("invalid_client", "Client authentication failed", 401)
            if not self.refreshes or asked.get("refresh_token") != self.refresh:
                words = "The provided authorization grant or refresh token is invalid, expired or "
                return _no("invalid_grant", f"{words}revoked.", 400)
        else:
            try:
                self.scope = self.door.spend(asked, client).scope.replace(" ", ",")
            except Bad as error:
                if error.what == "client":
                    return _no("invalid_client", "Client authentication failed", 401)
                words = (
                    "Unable to retrieve access token: appid/redirect uri/code verifier does not "
                    "match authorization code. Or authorization code expired. Or external member "
                    "binding exists"
                )
                return _no("invalid_request", words, 400)
        self.token = f"{self.TOKEN}-{next(self._ids)}"
        self.expires_at = int(self.now()) + 5_184_000
        told = {"access_token": self.token, "expires_in": 5_184_000, "scope": self.scope}
        if self.refreshes:
            told |= {"refresh_token": self.refresh, "refresh_token_expires_in": 31_536_000}
        return web.json_response(told)

    async def _introspect(self, request: web.Request) -> web.Response:
        fields = await request.post()
        if (fields["client_id"], fields["client_secret"]) != self.CLIENT:
            return web.json_response({"error": "invalid_client"}, status=401)
        active = fields["token"] == self.token
        told = {"active": active, "scope": self.scope, "expires_at": self.expires_at}
        return web.json_response(told if active else {"active": False})


def _no(error: str, words: str, status: int) -> web.Response:
    return web.json_response({"error": error, "error_description": words}, status=status)


def _shown(commentary: str) -> str:
    """What little text shows: up to the first reserved character that isn't escaped."""
    found = _TEXT.match(commentary)
    return re.sub(r"\\(.)", r"\1", found.group() if found else "", flags=re.DOTALL)
