"""X, API v2: posts of one's own, media, and tokens that live two hours and renew once.

After docs.x.com; the words of a duplicate, of empty credits and of a dead refresh token are as
reported by those who met them.
"""

from __future__ import annotations

import base64
import html
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

from aiohttp import web

from channels.weighted import spans, weighted
from simulators.base import Simulator, Taken
from simulators.oauth import Bad, Door, basic

POSTS = 100
WINDOW_SECONDS = 900
ACCESS_SECONDS = 7_200
SCOPES = "tweet.read tweet.write users.read media.write offline.access"
# When the first post is made; every post after it a second later.
BEGAN = 1_780_010_000
_ABOUT = "about:blank"
_PROBLEMS = "https://api.x.com/2/problems"


class X(Simulator):
    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.username = "torsby"
        self.user_id = "2244994945"
        self.access = {"access-1"}
        self.refresh = {"refresh-1"}
        self.credits = True
        self.media: dict[str, dict[str, Any]] = {}
        self.renewed = 0
        """How many refresh tokens have been taken."""
        self.door = Door({"app-id-of-torsby": "app-secret-of-torsby"}, pkce=True)
        self._tokens = 1
        self.now: Callable[[], float] = lambda: BEGAN + len(self.taken)
        """Unix time at which a post is made."""

    def routes(self) -> Iterable[web.RouteDef]:
        return (
            web.post("/2/tweets", self._post),
            web.delete("/2/tweets/{id}", self._delete),
            web.get("/2/users/me", self._me),
            web.get("/2/users/{id}/tweets", self._posts),
            web.post("/2/media/upload", self._upload),
            web.post("/2/media/metadata", self._describe),
            web.post("/2/oauth2/token", self._token),
            *self.door.routes("/i/oauth2/authorize"),
        )

    def limited(self, after: int | None) -> web.StreamResponse:
        now = int(time.monotonic()) + BEGAN
        headers = {"Date": formatdate(now, usegmt=True)}
        if after is not None:
            headers |= {
                "x-rate-limit-limit": str(POSTS),
                "x-rate-limit-remaining": "0",
                "x-rate-limit-reset": str(now + after),
            }
        return _problem(429, "Too Many Requests", "Too Many Requests", headers=headers)

    def dead_key(self) -> web.StreamResponse:
        return _problem(401, "Unauthorized", "Unauthorized")

    def _refused(self, request: web.Request) -> web.StreamResponse | None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.access:
            return self.dead_key()
        if not self.credits:
            return _problem(
                402,
                "CreditsDepleted",
                "Your enrolled account [1] does not have any credits to fulfill this request.",
                f"{_PROBLEMS}/credits",
            )
        return None

    async def _post(self, request: web.Request) -> web.StreamResponse:
        if refused := self._refused(request):
            return refused
        asked = await request.json()
        text = asked["text"]
        if len(self.taken) >= POSTS:
            return self.limited(WINDOW_SECONDS)
        if weighted(text) > 280:
            return _problem(403, "Forbidden", "Your Tweet text is too long.")
        if any(one.text == text for one in self.shown):
            return _problem(
                403, "Forbidden", "You are not allowed to create a Tweet with duplicate content."
            )
        media = asked.get("media", {}).get("media_ids", [])
        if any(each not in self.media for each in media):
            return _problem(400, "Invalid Request", "Your media IDs are invalid.", _PROBLEMS)
        one = Taken(str(10**18 + len(self.taken)), self.username, text)
        one.extra = {"created_at": self.now(), "media": media}
        self.taken.append(one)
        shown = self._shown(one)
        return web.json_response(
            {"data": {"id": shown["id"], "text": shown["text"]}},
            status=201,
        )

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        if refused := self._refused(request):
            return refused
        for one in self.shown:
            if one.remote_id == request.match_info["id"]:
                one.gone = True
                return web.json_response({"data": {"deleted": True}})
        return _problem(
            404, "Not Found Error", "Could not find tweet.", f"{_PROBLEMS}/resource-not-found"
        )

    async def _me(self, request: web.Request) -> web.StreamResponse:
        if refused := self._refused(request):
            return refused
        about = {"id": self.user_id, "name": "Torsby kommun", "username": self.username}
        return web.json_response({"data": about})

    async def _posts(self, request: web.Request) -> web.StreamResponse:
        if refused := self._refused(request):
            return refused
        since = datetime.fromisoformat(request.query["start_time"]).timestamp()
        found = [
            self._shown(one) for one in reversed(self.shown) if one.extra["created_at"] >= since
        ][: int(request.query["max_results"])]
        answer: dict[str, Any] = {"meta": {"result_count": len(found)}}
        return web.json_response({"data": found} | answer if found else answer)

    def _shown(self, one: Taken) -> dict[str, Any]:
        """As X shows it: links shortened, one more for pictures, and escaped."""
        text, urls = html.escape(one.text, quote=False), []
        for number, (start, end) in enumerate(reversed(spans(text))):
            short = f"https://t.co/{one.remote_id[-4:]}{number:06}"
            urls.append({"url": short, "expanded_url": text[start:end]})
            text = text[:start] + short + text[end:]
        if media := one.extra["media"]:
            urls += [{"url": "https://t.co/pic0000001", "media_key": f"3_{each}"} for each in media]
            text += " https://t.co/pic0000001"
        made_at = datetime.fromtimestamp(one.extra["created_at"], UTC)
        shown: dict[str, Any] = {
            "id": one.remote_id,
            "text": text,
            "created_at": made_at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "edit_history_tweet_ids": [one.remote_id],
        }
        return shown | {"entities": {"urls": urls}} if urls else shown

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        if refused := self._refused(request):
            return refused
        asked = await request.json()
        number = f"11465{len(self.media):014}"
        self.media[number] = asked | {"media": base64.b64decode(asked["media"])}
        return web.json_response({"data": {"id": number, "media_key": f"3_{number}"}})

    async def _describe(self, request: web.Request) -> web.StreamResponse:
        if refused := self._refused(request):
            return refused
        asked = await request.json()
        self.media[asked["id"]] |= asked["metadata"]
        return web.json_response({"data": {"id": asked["id"]}})

    async def _token(self, request: web.Request) -> web.StreamResponse:
        """Each refresh token once: with the new one, the old one is dead."""
        asked = await request.post()
        if not request.headers.get("Authorization", "").startswith("Basic "):
            return web.json_response({"error": "unauthorized_client"}, status=401)
        scope = SCOPES
        if asked.get("grant_type") == "authorization_code":
            try:
                scope = self.door.spend(asked, basic(request)).scope
            except Bad as error:
                return _no_key(error.what)
        elif self.door.apps.get(basic(request)[0]) != basic(request)[1]:
            return _no_key("client")
        elif asked["refresh_token"] not in self.refresh:
            dead = "Value passed for the token was invalid."
            return web.json_response(
                {"error": "invalid_request", "error_description": dead}, status=400
            )
        else:
            self.renewed += 1
        self._tokens += 1
        access, refresh = f"access-{self._tokens}", f"refresh-{self._tokens}"
        self.access, self.refresh = {access}, {refresh}
        return web.json_response(
            {
                "token_type": "bearer",
                "expires_in": ACCESS_SECONDS,
                "access_token": access,
                "refresh_token": refresh,
                "scope": scope,
            }
        )


def _no_key(what: str) -> web.Response:
    """Words as reported by those who met them."""
    if what == "client":
        words = "Missing valid authorization header"
        return web.json_response(
            {"error": "unauthorized_client", "error_description": words}, status=401
        )
    words = {
        "code": "Value passed for the authorization code was invalid.",
        "redirect": "Value passed for the redirect uri did not match the uri of the authorization "
        "code.",
        "verifier": "Value passed for the code verifier did not match the code challenge.",
    }[what]
    return web.json_response({"error": "invalid_request", "error_description": words}, status=400)


def _problem(
    status: int,
    title: str,
    detail: str,
    kind: str = _ABOUT,
    headers: dict[str, str] | None = None,
) -> web.Response:
    value = {"title": title, "detail": detail, "type": kind, "status": status}
    return web.json_response(value, status=status, headers=headers)
