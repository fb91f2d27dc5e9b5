"""A WordPress site's REST API, as far as we ask it: posts, media and who we are.

https://developer.wordpress.org/rest-api/reference/posts/: errors are `{code, message, data}`. A
slug that is taken becomes `…-2`, for drafts too, and is made unique once more as its post is
published, out of what it is then; in the trash it becomes `…__trashed`. Drafts are
shown to nobody: `taken` holds what has been published.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from simulators.base import Simulator, Taken

BASE = "/wp-json/wp/v2"
STATUSES = {"publish", "future", "draft", "pending", "private", "trash", "auto-draft", "any"}
AUTHOR = ("edit_posts", "publish_posts", "upload_files", "edit_published_posts",
          "delete_published_posts", "delete_posts", "read")  # fmt: skip
_TEXTURE = {'"': "\N{RIGHT DOUBLE QUOTATION MARK}", "'": "\N{RIGHT SINGLE QUOTATION MARK}",
            "...": "\N{HORIZONTAL ELLIPSIS}", "--": "\N{EN DASH}", " - ": " \N{EN DASH} ",
            " 8)": " \N{SMILING FACE WITH SUNGLASSES}"}  # fmt: skip


@dataclass
class Stored:
    """A row of the site's posts."""

    id: int
    slug: str
    status: str
    title: str
    content: str
    media: int = 0
    sticky: bool = False
    taken: Taken | None = None
    """What visitors see, once it has been published."""


@dataclass
class Media:
    id: int
    alt: str
    data: bytes
    name: str
    media_type: str


class WordPress(Simulator):
    def __init__(
        self,
        port: int = 0,
        *,
        user: str = "budkavle",
        password: str = "abcd EFGH 1234",
        rights: Iterable[str] = AUTHOR,
    ) -> None:
        super().__init__(port)
        self.login = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.rights = tuple(rights)
        self.posts: dict[int, Stored] = {}
        self.media: list[Media] = []
        self.held_back = False
        """A plugin turns what is to be published into something that waits for an editor."""
        self.refusal: tuple[int, str] | None = None
        """Status and code that a change is answered with, and nothing is changed."""
        self._ids = 100

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.get(f"{BASE}/posts", self._list),
            web.post(f"{BASE}/posts", self._create),
            web.get(BASE + r"/posts/{id:\d+}", self._get),
            web.post(BASE + r"/posts/{id:\d+}", self._change),
            web.delete(BASE + r"/posts/{id:\d+}", self._delete),
            web.post(f"{BASE}/media", self._upload),
            web.get(f"{BASE}/users/me", self._me),
        ]

    def limited(self, after: int | None) -> web.StreamResponse:
        """WordPress counts nothing itself: it is the host's own wall that answers."""
        headers = {} if after is None else {"Retry-After": str(after)}
        return web.Response(status=429, text="<h1>Too Many Requests</h1>", headers=headers)

    def dead_key(self) -> web.StreamResponse:
        return _error(401, "rest_not_logged_in", "Du är inte inloggad.")

    def draft(self, slug: str) -> Stored:
        """A draft of a request that nobody waits for any more."""
        return self._store(slug, "draft", "", "<p>Sent</p>")

    def trash(self, number: int) -> None:
        """As an editor does it."""
        one = self.posts[number]
        one.status, one.slug = "trash", f"{one.slug}__trashed"
        if one.taken:
            one.taken.gone = True

    def _known(self, request: web.Request) -> bool:
        return request.headers.get("Authorization") == f"Basic {self.login}"

    def _lacks(self, request: web.Request) -> int:
        """The status for who is nobody, or may write nothing; 0: they may."""
        if not self._known(request):
            return 401
        return 0 if "edit_posts" in self.rights else 403

    async def _list(self, request: web.Request) -> web.StreamResponse:
        statuses = request.query.get("status", "publish").split(",")
        if statuses != ["publish"] and (status := self._lacks(request)):
            return _forbidden_status(status)
        if wrong := set(statuses) - STATUSES:
            return _error(400, "rest_invalid_param", f"status: {wrong}")
        slugs = request.query.get("slug", "").split(",")
        size = int(request.query.get("per_page", "10"))
        found = [
            self._shown(one)
            for one in sorted(self.posts.values(), key=lambda one: -one.id)
            if one.slug in slugs
            and (one.status in statuses or ("any" in statuses and one.status != "trash"))
        ]
        return web.json_response(found[:size])

    async def _create(self, request: web.Request) -> web.StreamResponse:
        if status := self._lacks(request):
            return _error(status, "rest_cannot_create", "Du får inte skapa inlägg.")
        value = await request.json()
        status = value.get("status", "draft")
        if status == "publish" and "publish_posts" not in self.rights:
            return _error(403, "rest_cannot_publish", "Du saknar rätt att publicera.")
        one = self._store(value["slug"], status, value["title"], value["content"])
        one.media = value.get("featured_media", 0)
        self._published(one)
        return web.json_response(self._shown(one), status=201)

    async def _get(self, request: web.Request) -> web.StreamResponse:
        one = self.posts.get(int(request.match_info["id"]))
        if one is None:
            return _error(404, "rest_post_invalid_id", "Ogiltigt inläggs-ID.")
        if status := self._lacks(request):
            return _error(status, "rest_forbidden_context", "Du får inte ändra inlägget.")
        return web.json_response(self._shown(one))

    async def _change(self, request: web.Request) -> web.StreamResponse:
        one = self.posts.get(int(request.match_info["id"]))
        if one is None:
            return _error(404, "rest_post_invalid_id", "Ogiltigt inläggs-ID.")
        if status := self._lacks(request):
            return _error(status, "rest_cannot_edit", "Du får inte ändra inlägget.")
        if self.refusal is not None:
            return _error(*self.refusal, "Lisa Berg får inte göra det.")
        value = await request.json()
        if value.get("status") == "publish":
            if "publish_posts" not in self.rights:
                return _error(403, "rest_cannot_publish", "Du saknar rätt att publicera.")
            one.status = "pending" if self.held_back else "publish"
            one.slug = self._unique(value.get("slug", one.slug), one)
            self._published(one)
        if value.get("sticky") and "publish_posts" not in self.rights:
            return _error(403, "rest_cannot_assign_sticky", "Du får inte fästa inlägg.")
        one.sticky = value.get("sticky", one.sticky)
        if "content" in value:
            one.content = value["content"]
            if one.taken:
                one.taken.text, one.taken.edits = seen(one.content), one.taken.edits + 1
        return web.json_response(self._shown(one))

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        number = int(request.match_info["id"])
        one = self.posts.get(number)
        if one is None:
            return _error(404, "rest_post_invalid_id", "Ogiltigt inläggs-ID.")
        if status := self._lacks(request):
            return _error(status, "rest_cannot_delete", "Du får inte radera inlägget.")
        if request.query.get("force") != "true":
            if one.status == "trash":
                return _error(410, "rest_already_trashed", "Inlägget är redan raderat.")
            self.trash(number)
            return web.json_response(self._shown(one))
        del self.posts[number]
        if one.taken:
            one.taken.gone = True
        # `deleted` and `previous` are none of the fields that we ask for.
        return web.json_response([])

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        if not self._known(request):
            return self.dead_key()
        if "upload_files" not in self.rights:
            return _error(403, "rest_cannot_create", "Du saknar rätt att ladda upp.")
        found = re.search('filename="([^"]+)"', request.headers.get("Content-Disposition", ""))
        if found is None:
            return _error(400, "rest_upload_invalid_disposition", "Filnamn saknas.")
        self._ids += 1
        alt = request.query.get("alt_text", "")
        body = await request.read()
        self.media.append(Media(self._ids, alt, body, found[1], request.content_type))
        return web.json_response({"id": self._ids}, status=201)

    async def _me(self, request: web.Request) -> web.StreamResponse:
        if not self._known(request):
            return self.dead_key()
        held = dict.fromkeys(self.rights, True)
        return web.json_response({"name": "Torsby kommun", "capabilities": held})

    def _store(self, slug: str, status: str, title: str, content: str) -> Stored:
        self._ids += 1
        name = self._unique(slug)
        self.posts[self._ids] = Stored(self._ids, name, status, title, content)
        return self.posts[self._ids]

    def _unique(self, slug: str, but: Stored | None = None) -> str:
        """The slug, or the first of its copies, that no other post has."""
        held, name, copy = {one.slug for one in self.posts.values() if one is not but}, slug, 2
        while name in held:
            name, copy = f"{slug}-{copy}", copy + 1
        return name

    def _published(self, one: Stored) -> None:
        if one.status == "publish" and one.taken is None:
            extra = {"title": html.unescape(one.title), "media": one.media}
            one.taken = Taken(str(one.id), "", seen(one.content), one.slug, extra=extra)
            self.taken.append(one.taken)

    def _shown(self, one: Stored) -> dict[str, Any]:
        link = f"{self.url}/{one.slug}/" if one.status == "publish" else f"{self.url}/?p={one.id}"
        return {"id": one.id, "slug": one.slug, "status": one.status, "link": link}


def seen(content: str) -> str:
    """The text that a visitor reads, after what WordPress does to it on its way."""
    content = content.replace("<br />\n", "\n")
    parts = re.split(r"(<[^>]*>)", re.sub(r"</p>\n<p[^>]*>", "\n\n", content))
    for place in range(0, len(parts), 2):
        for plain, typeset in _TEXTURE.items():
            parts[place] = parts[place].replace(plain, typeset)
        parts[place] = re.sub(r"\[[^\]]*\]", "", parts[place])
    return html.unescape("".join(parts[::2]))


def _forbidden_status(status: int) -> web.StreamResponse:
    """What somebody is told who asks for drafts and may not see them."""
    why = {"code": "rest_forbidden_status", "message": "Otillåten.", "data": {"status": status}}
    data = {"status": 400, "params": {"status": "Otillåten."}, "details": {"status": why}}
    value = {"code": "rest_invalid_param", "message": "Ogiltig: status", "data": data}
    return web.json_response(value, status=400)


def _error(status: int, code: str, message: str) -> web.StreamResponse:
    value = {"code": code, "message": message, "data": {"status": status}}
    return web.json_response(value, status=status)
