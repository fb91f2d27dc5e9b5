"""A simulated Facebook Page, after developers.facebook.com/docs/pages-api/posts and
…/docs/graph-api/reference/page/photos: publish, update, delete, unpublished photos, #506.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from aiohttp import web

from simulators.graph import Fields, GraphSimulator, form
from simulators.meta_login import MetaLogin

LONGEST = 63_206


class Facebook(MetaLogin, GraphSimulator):
    ACCOUNT = "546349135390552"
    SCOPES = ("pages_show_list", "pages_manage_posts", "pages_read_engagement")
    TOKEN_TYPE = "PAGE"
    TEXT, WHEN = "message", "created_time"

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.pages = {self.ACCOUNT: self.NAME}
        self.photos: dict[str, Fields] = {}
        """Uploaded and not shown, by id."""

    def account_routes(self, version: str) -> Iterable[web.RouteDef]:
        yield from self.login_routes(version)
        page = f"{version}/{self.ACCOUNT}"
        yield web.post(f"{page}/feed", self.guarded(self._publish))
        yield web.post(f"{page}/photos", self.guarded(self._photo))
        yield web.get(f"{page}/published_posts", self.guarded(self.listed))
        yield web.post(f"{version}/{{id}}", self.guarded(self._edit))

    async def _photo(self, request: web.Request) -> web.Response:
        fields = await form(request)
        if "source" not in fields or fields.get("published") != "false":
            return self.error(100, None, "(#100) Invalid parameter")
        photo = self.next_id()
        self.photos[photo] = fields
        return web.json_response({"id": photo})

    async def _publish(self, request: web.Request) -> web.Response:
        fields = await form(request)
        message = fields.get("message", "")
        if not message or len(message) > LONGEST:
            return self.error(100, None, "(#100) Invalid parameter")
        if self.shown and self.shown[-1].text == message:
            return self.error(506, 1455006, "(#506) Duplicate status message")
        named = [
            json.loads(value)["media_fbid"]
            for name, value in fields.items()
            if name.startswith("attached_media[")
        ]
        if any(photo not in self.photos for photo in named):
            return self.error(100, None, "(#100) No such photo")
        remote_id = f"{self.ACCOUNT}_{self.next_id()}"
        self.take(remote_id, message, photos=[self.photos.pop(photo) for photo in named])
        return web.json_response({"id": remote_id})

    async def _edit(self, request: web.Request) -> web.Response:
        post = self.find(request.match_info["id"])
        if post is None:
            return self.no_such_object()
        post.text = (await form(request))["message"]
        post.edits += 1
        return web.json_response({"success": True})
