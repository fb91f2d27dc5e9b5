"""What the simulated Instagram and Threads share: containers, their status, the day's quota.

After developers.facebook.com/docs/instagram-platform/content-publishing and …/docs/threads/posts.
Pictures are fetched for real where `fetches` says so; else `unreachable` says which addresses give
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from simulators.graph import Fields, GraphSimulator, form


@dataclass
class Container:
    fields: Fields
    looks: int = 0
    """Times its status is IN_PROGRESS before it is FINISHED."""
    status: str = "FINISHED"
    children: list[str] = field(default_factory=list)
    image: bytes = b""
    """What the picture's address gave."""


class ContainerSimulator(GraphSimulator):
    CREATE, PUBLISH, STATUS, QUOTA = "", "", "", ""
    MOST = 100

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.containers: dict[str, Container] = {}
        self.slow = 0
        """`Container.looks` of those to come."""
        self.new_status = "FINISHED"
        """`Container.status` of those to come."""
        self.unreachable: set[str] = set()
        self.fetches = False
        self.used = 0
        """Posts in the last 24 hours by others."""
        self.lists_late = False
        """Whether published posts are missing in the list."""

    def account_routes(self, version: str) -> Iterable[web.RouteDef]:
        account = f"{version}/{self.ACCOUNT}"
        yield web.post(f"{account}/{self.CREATE}", self.guarded(self._create))
        yield web.post(f"{account}/{self.PUBLISH}", self.guarded(self._publish))
        yield web.get(f"{account}/{self.CREATE}", self.guarded(self._posts))
        yield web.get(f"{account}/{self.QUOTA}", self.guarded(self._quota))
        yield web.get(f"{version}/{{id:9[0-9]+}}", self.guarded(self._container))

    def refusal(self, fields: Fields) -> web.Response | None:
        """Why a container can't be made; None: it can."""
        raise NotImplementedError

    async def _create(self, request: web.Request) -> web.Response:
        fields = await form(request)
        image = await self._image(fields.get("image_url"))
        if image is None:
            message = "The media could not be fetched from this URI."
            return self.error(9004, 2207052, message)
        children = fields["children"].split(",") if "children" in fields else []
        parts = [self.containers[child] for child in children]
        if any(part.looks or part.status != "FINISHED" for part in parts):
            return self.error(9007, 2207027, "The media is not ready")
        if refusal := self.refusal(fields):
            return refusal
        name = f"9{self.next_id()}"
        self.containers[name] = Container(fields, self.slow, self.new_status, children, image)
        return web.json_response({"id": name})

    async def _image(self, address: str | None) -> bytes | None:
        """What the world finds at a picture's address; None: nothing."""
        if address is None or not self.fetches:
            return None if address in self.unreachable else b""
        async with aiohttp.ClientSession() as client, client.get(address) as answer:
            return await answer.read() if answer.status == 200 else None

    async def _container(self, request: web.Request) -> web.Response:
        container = self.containers.get(request.match_info["id"])
        if container is None:
            return self.no_such_object()
        status = container.status
        if container.looks and status == "FINISHED":
            container.looks -= 1
            status = "IN_PROGRESS"
        return web.json_response({self.STATUS: status, "id": request.match_info["id"]})

    async def _publish(self, request: web.Request) -> web.Response:
        container = self.containers.get((await form(request)).get("creation_id", ""))
        if container is None or container.status == "PUBLISHED":
            return self.error(24, 2207006, "The requested resource does not exist")
        if container.looks:
            return self.error(9007, 2207027, "The media is not ready to be published")
        if self.used + len(self.taken) >= self.MOST:
            message = "The user has reached the maximum number of posts"
            return self.error(9, 2207042, message)
        container.status = "PUBLISHED"
        remote_id = self.next_id()
        text = container.fields.get(self.TEXT, "")
        shown = [self.containers[child].fields for child in container.children]
        shown = shown or [container.fields]
        pictures = [(one["image_url"], one.get("alt_text")) for one in shown if "image_url" in one]
        self.take(remote_id, text, pictures=pictures, image=container.image)
        return web.json_response({"id": remote_id})

    async def _posts(self, request: web.Request) -> web.Response:
        if self.lists_late:
            return web.json_response({"data": []})
        return await self.listed(request)

    async def _quota(self, request: web.Request) -> web.Response:
        config = {"quota_total": self.MOST, "quota_duration": 86_400}
        counted = {"quota_usage": self.used + len(self.taken), "config": config}
        return web.json_response({"data": [counted]})
