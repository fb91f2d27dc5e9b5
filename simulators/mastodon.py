"""A Mastodon server with one account: docs.joinmastodon.org/methods, answers as documented there.

`keeps_keys=False` is a server that speaks the API and passes over `Idempotency-Key`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, NoReturn

from aiohttp import web

from channels.counting import Counting, count
from simulators.base import Simulator, Taken
from simulators.forms import parts
from simulators.oauth import Bad, Door
from simulators.refusal import Refusal

TOKEN = "mastodon-nyckel-1"
SCOPES = ("read:accounts", "read:statuses", "write:accounts", "write:media", "write:statuses")
MOST_PINNED = 5
NOW = 1_780_002_000.0
_LINK = re.compile(r"https?://\S+")


class Mastodon(Simulator):
    def __init__(
        self,
        port: int = 0,
        *,
        keeps_keys: bool = True,
        software: str = "mastodon",
        characters: int = 500,
        scopes: tuple[str, ...] = SCOPES,
        pictures_after: int = 0,
        now: Callable[[], float] = lambda: NOW,
    ) -> None:
        """
        Args:
            pictures_after: how often a picture is asked for before it is ready.
            now: Unix time on the server's clock.
        """
        super().__init__(port)
        self.keeps_keys, self.software, self.characters = keeps_keys, software, characters
        self.scopes, self.pictures_after, self.now = scopes, pictures_after, now
        self.account, self.token = "torsby", TOKEN
        self.tokens: dict[str, tuple[str, ...]] = {}
        """Token → its rights; `token` is beside them."""
        self.revoked = False
        """Whether every token has been taken back."""
        self.door = Door({}, pkce=True)
        self.registered: list[str] = []
        """Addresses of the apps that have been registered."""
        self.fails_before_key = False
        """The next post is taken and shown, then the server fails without having noted its key."""
        self.pinned: list[str] = []
        """Ids of the statuses that stand first, the oldest pin first."""
        self.pictures: dict[str, dict[str, Any]] = {}
        self._asked: dict[str, int] = {}

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.post("/api/v1/apps", self.register),
            *self.door.routes("/oauth/authorize"),
            web.post("/oauth/token", self.grant),
            web.get("/api/v1/accounts/verify_credentials", self.me),
            web.get("/api/v1/accounts/{id}/statuses", self.statuses),
            web.post("/api/v1/statuses", self.post),
            web.get("/api/v1/statuses/{id}", self.status),
            web.put("/api/v1/statuses/{id}", self.edit),
            web.delete("/api/v1/statuses/{id}", self.delete),
            web.post("/api/v1/statuses/{id}/pin", self.pin),
            web.post("/api/v1/statuses/{id}/unpin", self.unpin),
            web.post("/api/v2/media", self.upload),
            web.get("/api/v1/media/{id}", self.picture),
            web.get("/api/v2/instance", self.instance),
            web.get("/.well-known/nodeinfo", self.nodeinfo_at),
            web.get("/nodeinfo/2.0", self.nodeinfo),
        ]

    def limited(self, after: int | None) -> web.StreamResponse:
        """The wait stands in X-RateLimit-Reset, a moment on the server's own clock."""
        now = int(self.now())
        headers = {"Date": format_datetime(datetime.fromtimestamp(now, UTC), usegmt=True)}
        if after is not None:
            reset = datetime.fromtimestamp(now + after, UTC)
            headers |= {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0"}
            headers["X-RateLimit-Reset"] = reset.isoformat(timespec="microseconds")
        return web.json_response({"error": "Too many requests"}, status=429, headers=headers)

    # Of apps and keys.

    async def register(self, request: web.Request) -> web.Response:
        asked = await request.post()
        number = len(self.registered) + 1
        client_id, secret = f"app-{number}", f"mastodon-app-hemlighet-{number}"
        self.door.apps[client_id] = secret
        self.registered.append(str(asked["redirect_uris"]))
        app = {"id": str(number), "name": asked["client_name"], "client_id": client_id}
        return web.json_response(app | {"client_secret": secret})

    async def grant(self, request: web.Request) -> web.Response:
        """Refusals as Doorkeeper words them."""
        asked = await request.post()
        try:
            client = str(asked.get("client_id")), str(asked.get("client_secret"))
            code = self.door.spend(asked, client)
        except Bad as error:
            if error.what == "client":
                words = "Client authentication failed due to unknown client"
                return web.json_response(
                    {"error": "invalid_client", "error_description": words}, status=401
                )
            words = (
                "The provided authorization grant is invalid, expired, revoked, does not match the "
                "redirection URI used in the authorization request, or was issued to another "
                "client."
            )
            return web.json_response(
                {"error": "invalid_grant", "error_description": words}, status=400
            )
        token = f"mastodon-nyckel-{len(self.tokens) + 2}"
        self.tokens[token] = tuple(code.scope.split())
        self.revoked = False
        return web.json_response(
            {
                "access_token": token,
                "token_type": "Bearer",
                "scope": code.scope,
                "created_at": int(self.now()),
            }
        )

    # Of the account.

    async def me(self, request: web.Request) -> web.Response:
        self._allow(request, "read:accounts")
        return self._says({"id": "1", "username": self.account, "acct": self.account})

    async def statuses(self, request: web.Request) -> web.Response:
        self._allow(request, "read:statuses")
        before = int(request.query.get("max_id", "9" * 30))
        found = [one for one in reversed(self.shown) if int(one.remote_id) < before]
        return self._says([self._json(one) for one in found[: int(request.query.get("limit", 20))]])

    # Of posts.

    async def post(self, request: web.Request) -> web.Response:
        self._allow(request, "write:statuses")
        key = request.headers.get("Idempotency-Key", "")
        if self.keeps_keys and key:
            for one in self.taken:
                if one.key == key:
                    return self._says(self._json(one))
        wanted = await request.json()
        text = self._text(wanted)
        one = Taken(str(114_000_000_000_000_000 + len(self.taken)), self.account, text, key)
        one.extra = {**wanted, "made_at": self.now()}
        self.taken.append(one)
        if self.fails_before_key:
            self.fails_before_key, one.key = False, ""
            self._fail(500, "Internal Server Error")
        return self._says(self._json(one))

    async def status(self, request: web.Request) -> web.Response:
        self._allow(request, "read:statuses")
        return self._says(self._json(self._one(request)))

    async def edit(self, request: web.Request) -> web.Response:
        self._allow(request, "write:statuses")
        one = self._one(request)
        wanted = await request.json()
        one.text = self._text(wanted)
        one.edits += 1
        one.extra = {**one.extra, "media_ids": [], **wanted}
        return self._says(self._json(one))

    async def delete(self, request: web.Request) -> web.Response:
        self._allow(request, "write:statuses")
        one = self._one(request)
        one.gone = True
        return self._says({**self._json(one), "text": one.text})

    async def pin(self, request: web.Request) -> web.Response:
        """Refusals as StatusPinValidator words them; a second pin of the same is a duplicate."""
        self._allow(request, "write:accounts")
        one = self._one(request)
        if one.remote_id in self.pinned:
            self._fail(422, "Duplicate record")
        if len(self.pinned) >= MOST_PINNED:
            words = "You have already pinned the maximum number of posts"
            self._fail(422, f"Validation failed: {words}")
        self.pinned.append(one.remote_id)
        return self._says(self._json(one))

    async def unpin(self, request: web.Request) -> web.Response:
        self._allow(request, "write:accounts")
        one = self._one(request)
        self.pinned = [each for each in self.pinned if each != one.remote_id]
        return self._says(self._json(one))

    # Of pictures.

    async def upload(self, request: web.Request) -> web.Response:
        self._allow(request, "write:media")
        form = await parts(request)
        if not form["file"].media_type.startswith("image/"):
            self._fail(422, "Validation failed: File content type is invalid, File is invalid")
        picture = str(22_000_000 + len(self.pictures))
        self.pictures[picture] = {"alt": form["description"].text, "of": form["file"].data}
        self._asked[picture] = 0
        ready = self.pictures_after == 0
        return self._says({"id": picture, "type": "image"}, status=200 if ready else 202)

    async def picture(self, request: web.Request) -> web.Response:
        self._allow(request, "write:media")
        picture = request.match_info["id"]
        if picture not in self.pictures:
            self._fail(404, "Record not found")
        self._asked[picture] += 1
        ready = self._asked[picture] >= self.pictures_after
        return self._says({"id": picture, "type": "image"}, status=200 if ready else 206)

    # Of the server.

    async def instance(self, request: web.Request) -> web.Response:
        statuses = {"max_characters": self.characters, "characters_reserved_per_url": 23}
        return self._says({"version": "4.4.3", "configuration": {"statuses": statuses}})

    async def nodeinfo_at(self, request: web.Request) -> web.Response:
        rel = "http://nodeinfo.diaspora.software/ns/schema/2.0"
        return self._says({"links": [{"rel": rel, "href": f"{self.url}/nodeinfo/2.0"}]})

    async def nodeinfo(self, request: web.Request) -> web.Response:
        return self._says({"version": "2.0", "software": {"name": self.software}})

    def _allow(self, request: web.Request, scope: str) -> None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        scopes = self.scopes if token == self.token else self.tokens.get(token)
        if self.revoked or scopes is None:
            self._fail(401, "The access token is invalid")
        if scope not in scopes:
            self._fail(403, "This action is outside the authorized scopes")

    def _one(self, request: web.Request) -> Taken:
        for one in self.shown:
            if one.remote_id == request.match_info["id"]:
                return one
        self._fail(404, "Record not found")

    def _text(self, wanted: dict[str, Any]) -> str:
        text = str(wanted.get("status") or "")
        if not text.strip():
            self._fail(422, "Validation failed: Text can't be blank")
        if count(text, Counting.GRAPHEMES_LINKS_23) > self.characters:
            exceeded = f"Text character limit of {self.characters} exceeded"
            self._fail(422, f"Validation failed: {exceeded}")
        if set(wanted.get("media_ids") or []) - set(self.pictures):
            self._fail(422, "Validation failed: Media not found")
        return text

    def _json(self, one: Taken) -> dict[str, Any]:
        made_at = datetime.fromtimestamp(one.extra["made_at"], UTC)
        media = [
            {"id": each, "type": "image", "description": self.pictures[each]["alt"]}
            for each in one.extra.get("media_ids") or []
        ]
        return {
            "id": one.remote_id,
            "created_at": made_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "visibility": one.extra.get("visibility", "public"),
            "language": one.extra.get("language"),
            "url": f"{self.url}/@{self.account}/{one.remote_id}",
            "content": as_html(one.text),
            "media_attachments": media,
            "pinned": one.remote_id in self.pinned,
        }

    def _says(self, value: object, status: int = 200) -> web.Response:
        return web.json_response(value, status=status, headers=self._budget())

    def _fail(self, status: int, words: str) -> NoReturn:
        raise Refusal(status, {"error": words}, self._budget())

    def _budget(self) -> dict[str, str]:
        left = max(0, 300 - len(self.requests))
        return {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": str(left)}


def as_html(text: str) -> str:
    """Paragraphs, breaks, and links cut in spans after 30 characters, as Mastodon shows them."""
    paragraphs = re.split(r"\n{2,}", text.strip())
    return "".join(f"<p>{_inline(each).replace(chr(10), '<br />')}</p>" for each in paragraphs)


def _inline(text: str) -> str:
    pieces, at = [], 0
    for match in _LINK.finditer(text):
        pieces += [html.escape(text[at : match.start()]), _link(match.group())]
        at = match.end()
    return "".join([*pieces, html.escape(text[at:])])


def _link(address: str) -> str:
    scheme, _, rest = address.partition("://")
    shown, hidden = html.escape(rest[:30]), html.escape(rest[30:])
    cut = ' class="ellipsis"' if hidden else ""
    return (
        f'<a href="{html.escape(address)}" rel="nofollow noopener" target="_blank">'
        f'<span class="invisible">{scheme}://</span><span{cut}>{shown}</span>'
        f'<span class="invisible">{hidden}</span></a>'
    )
