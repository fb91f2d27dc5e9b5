"""46elks' API for text messages: sending, history, account.

https://46elks.com/docs/send-sms, /docs/sms-history, /docs/get-account. Errors are a status and a
few words; `403 Not enough credits` when the money is out. At most 100 rows of history at once,
newest first, `next` is what to give as `start`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from channels.counting import sms_parts
from simulators.base import Simulator, Taken

PART_PRICE = 5_200
"""Ten-thousandths of a krona."""


class Sms(Simulator):
    def __init__(self, port: int = 0, *, user: str = "u1", password: str = "hemlig-1") -> None:
        super().__init__(port)
        self.login = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.balance = 100_000_000
        self.bad_numbers: set[str] = set()
        """Those that are answered with 400."""
        self.answers: dict[str, int] = {}
        """Number → status that it is answered with, and nothing is taken."""
        self.seen_late = 0
        """How many of the newest messages the history doesn't show yet."""
        self.now = datetime(2026, 5, 28, 21, 0, tzinfo=UTC)
        self.clock: Callable[[], datetime] = lambda: self.now

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.post("/a1/sms", self._send),
            web.get("/a1/sms", self._history),
            web.get("/a1/me", self._me),
        ]

    def limited(self, after: int | None) -> web.StreamResponse:
        """46elks queues instead; what stands before it may still say so."""
        headers = {} if after is None else {"Retry-After": str(after)}
        return web.Response(status=429, text="Too many requests", headers=headers)

    def dead_key(self) -> web.StreamResponse:
        return web.Response(status=401, text="API access requires Basic HTTP authentication")

    def to(self, number: str) -> list[Taken]:
        """What a recipient has got."""
        return [one for one in self.taken if one.account == number]

    def _known(self, request: web.Request) -> bool:
        return request.headers.get("Authorization") == f"Basic {self.login}"

    async def _send(self, request: web.Request) -> web.StreamResponse:
        if not self._known(request):
            return self.dead_key()
        form = await request.post()
        number, text = str(form.get("to", "")), str(form.get("message", ""))
        if number in self.answers:
            return web.Response(status=self.answers[number], text=f"No, not {number}")
        if not number.startswith("+") or number in self.bad_numbers:
            return web.Response(status=400, text=f"Invalid 'to' number: {number}")
        parts = sms_parts(text)
        row: dict[str, Any] = {
            "status": "created",
            "direction": "outgoing",
            "from": str(form.get("from", "")),
            "to": number,
            "parts": parts,
            "message": text,
        }
        if form.get("dryrun") == "yes":
            return web.json_response(row | {"estimated_cost": parts * PART_PRICE})
        if self.balance < parts * PART_PRICE:
            return web.Response(status=403, text="Not enough credits")
        self.balance -= parts * PART_PRICE
        self.now = max(self.now + timedelta(milliseconds=1), self.clock())
        row["id"] = f"s{len(self.taken):032x}"
        row["created"] = self.now.replace(tzinfo=None).isoformat(timespec="microseconds")
        row["cost"] = parts * PART_PRICE
        self.taken.append(Taken(row["id"], number, text, extra=row))
        return web.json_response(row)

    async def _history(self, request: web.Request) -> web.StreamResponse:
        if not self._known(request):
            return self.dead_key()
        limit = min(100, int(request.query.get("limit", "100")))
        start, end = request.query.get("start", "9"), request.query.get("end", "")
        rows = [one.extra for one in self.taken][: len(self.taken) - self.seen_late]
        found = [one for one in reversed(rows) if end < one["created"] < start]
        answer: dict[str, Any] = {"data": found[:limit]}
        if len(found) > limit:
            answer["next"] = found[limit - 1]["created"]
        return web.json_response(answer)

    async def _me(self, request: web.Request) -> web.StreamResponse:
        if not self._known(request):
            return self.dead_key()
        return web.json_response(
            {
                "id": "u1",
                "displayname": "Torsby kommun",
                "currency": "SEK",
                "balance": self.balance,
                "email": "it@torsby.example",
                "mobilenumber": "+46700000000",
            }
        )
