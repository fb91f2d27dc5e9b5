"""A platform's "no" on the short way out of a handler."""

from __future__ import annotations

import json
from collections.abc import Mapping

from aiohttp import web


class Refusal(web.HTTPException):
    """Raise it anywhere under a handler; the caller gets `value` as JSON."""

    status_code = 400

    def __init__(
        self, status: int, value: object, headers: Mapping[str, str] | None = None
    ) -> None:
        text = json.dumps(value)
        super().__init__(text=text, content_type="application/json", headers=headers)
        self.set_status(status)
