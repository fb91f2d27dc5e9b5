"""A Matrix homeserver with one room and one user: spec.matrix.org/latest/client-server-api."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from aiohttp import web

from simulators.base import Simulator, Taken
from simulators.refusal import Refusal

TOKEN = "syt_dG9yc2J5_hemligt_1"
ROOM = "!vatten:kommun.example"
USER = "@torsby:kommun.example"
NOW = 1_780_002_000.0
EVENT_BYTES = 65_536
_ROOM = "/_matrix/client/v3/rooms/{room}"


class Matrix(Simulator):
    def __init__(self, port: int = 0, *, now: Callable[[], float] = lambda: NOW) -> None:
        """`now` is Unix time on the server's clock."""
        super().__init__(port)
        self.now = now
        self.user, self.token = USER, TOKEN
        self.joined = [ROOM]
        self.takes_pictures = True
        self.states: dict[str, dict[str, Any]] = {
            "m.room.power_levels": {"users": {USER: 50}, "events_default": 50},
            "m.room.create": {"sender": USER, "content": {"room_version": "11"}},
        }
        self.events: list[dict[str, Any]] = []
        """Everything in the room, edits too, in the order it came."""
        self.uploads: list[bytes] = []
        self._answered: dict[str, str] = {}
        """Event id by transaction id."""

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.get("/_matrix/client/v3/account/whoami", self.whoami),
            web.get("/_matrix/client/v3/joined_rooms", self.rooms),
            web.put(_ROOM + "/send/{kind}/{key}", self.send),
            web.put(_ROOM + "/redact/{event}/{key}", self.redact),
            web.get(_ROOM + "/event/{event}", self.event),
            web.get(_ROOM + "/messages", self.messages),
            web.get(_ROOM + "/state/{kind}", self.state),
            web.put(_ROOM + "/state/{kind}", self.set_state),
            web.get("/_matrix/client/v1/rooms/{room}/relations/{event}/m.replace", self.relations),
            web.post("/_matrix/media/v3/upload", self.upload),
        ]

    def limited(self, after: int | None) -> web.StreamResponse:
        value = {"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests"}
        wish = {} if after is None else {"retry_after_ms": after * 1000}
        return web.json_response({**value, **wish}, status=429)

    def dead_key(self) -> web.StreamResponse:
        value = {"errcode": "M_UNKNOWN_TOKEN", "error": "Unrecognised access token"}
        return web.json_response({**value, "soft_logout": False}, status=401)

    async def whoami(self, request: web.Request) -> web.Response:
        self._known(request)
        return web.json_response({"user_id": self.user, "device_id": "BUDKAVLE"})

    async def rooms(self, request: web.Request) -> web.Response:
        self._known(request)
        return web.json_response({"joined_rooms": self.joined})

    async def send(self, request: web.Request) -> web.Response:
        self._member(request)
        key = "send " + request.match_info["key"]
        if key not in self._answered:
            body = await request.read()
            if len(body) > EVENT_BYTES:
                self._fail(413, "M_TOO_LARGE", "event too large")
            self._answered[key] = self._add(json.loads(body), key)
        return web.json_response({"event_id": self._answered[key]})

    async def redact(self, request: web.Request) -> web.Response:
        self._member(request)
        event_id = request.match_info["event"]
        event = self._find(event_id)
        key = "redact " + request.match_info["key"]
        if key not in self._answered:
            self._answered[key] = f"$redaction{len(self._answered)}"
            event["content"] = {}
            event["unsigned"] = {"redacted_because": {"event_id": self._answered[key]}}
            for one in self.taken:
                one.gone = one.gone or one.remote_id == event_id
        return web.json_response({"event_id": self._answered[key]})

    async def event(self, request: web.Request) -> web.Response:
        self._member(request)
        return web.json_response(self._find(request.match_info["event"]))

    async def messages(self, request: web.Request) -> web.Response:
        self._member(request)
        wanted = json.loads(request.query.get("filter", "{}"))
        senders = wanted.get("senders")
        found = [e for e in reversed(self.events) if senders is None or e["sender"] in senders]
        return web.json_response(_page(found, request, "end"))

    async def relations(self, request: web.Request) -> web.Response:
        self._member(request)
        found = [
            event
            for event in reversed(self.events)
            if event["content"].get("m.relates_to", {}).get("event_id")
            == self._find(request.match_info["event"])["event_id"]
        ]
        return web.json_response(_page(found, request, "next_batch"))

    async def state(self, request: web.Request) -> web.Response:
        self._member(request)
        kind = request.match_info["kind"]
        if kind not in self.states:
            self._fail(404, "M_NOT_FOUND", "Event not found.")
        return web.json_response(self.states[kind])

    async def set_state(self, request: web.Request) -> web.Response:
        self._member(request)
        levels, kind = self.states["m.room.power_levels"], request.match_info["kind"]
        needed = levels.get("events", {}).get(kind, levels.get("state_default", 50))
        if levels["users"].get(self.user, 0) < needed:
            words = "You don't have permission to post that to the room."
            self._fail(403, "M_FORBIDDEN", f"{words} user_level < send_level")
        self.states[kind] = await request.json()
        return web.json_response({"event_id": f"$läge{len(self.requests)}"})

    async def upload(self, request: web.Request) -> web.Response:
        self._known(request)
        if not self.takes_pictures:
            self._fail(413, "M_TOO_LARGE", "Upload request body is too large")
        self.uploads.append(await request.read())
        return web.json_response({"content_uri": f"mxc://kommun.example/{len(self.uploads)}"})

    def _known(self, request: web.Request) -> None:
        if "Authorization" not in request.headers:
            self._fail(401, "M_MISSING_TOKEN", "Missing access token")
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            self._fail(401, "M_UNKNOWN_TOKEN", "Unrecognised access token")

    def _member(self, request: web.Request) -> None:
        self._known(request)
        if request.match_info["room"] not in self.joined:
            self._fail(403, "M_FORBIDDEN", f"User {self.user} not in room")

    def _find(self, event_id: str) -> dict[str, Any]:
        for event in self.events:
            if event["event_id"] == event_id:
                return event
        self._fail(404, "M_NOT_FOUND", "Event not found.")

    def _add(self, content: dict[str, Any], key: str) -> str:
        event_id = f"$händelse{len(self.events)}"
        self.events.append(
            {
                "type": "m.room.message",
                "event_id": event_id,
                "sender": self.user,
                "origin_server_ts": int(self.now() * 1000),
                "content": content,
            }
        )
        original = content.get("m.relates_to", {}).get("event_id")
        if original is None:
            self.taken.append(Taken(event_id, self.user, content["body"], key, extra=content))
        for one in self.taken:
            if one.remote_id == original and not one.gone:
                one.text, one.extra = content["m.new_content"]["body"], content["m.new_content"]
                one.edits += 1
        return event_id

    def _fail(self, status: int, code: str, words: str) -> NoReturn:
        raise Refusal(status, {"errcode": code, "error": words})


def _page(found: list[dict[str, Any]], request: web.Request, end: str) -> dict[str, Any]:
    """One page of events, and under the name `end` where the next begins."""
    start = int(request.query.get("from", "0"))
    stop = start + int(request.query.get("limit", "10"))
    more = {end: str(stop)} if stop < len(found) else {}
    return {"chunk": found[start:stop], **more}
