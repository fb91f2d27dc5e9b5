"""Pictures on their way to a Mastodon post: docs.joinmastodon.org/methods/media."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import quote

from channels.contract import Picture, Post
from channels.mastodon_api import MastodonSettings, ask, failure, field_of, parsed
from channels.multipart import form
from channels.pictures import taken
from channels.preparing import preparing

if TYPE_CHECKING:
    from channels.http import Client

MOST = 4
POLL_SECONDS = 0.5


async def upload(client: Client, settings: MastodonSettings, post: Post) -> tuple[list[str], int]:
    """Ids of those that the server has ready, and how many go without.

    Raises:
        Reauthorise, Retry: nothing is published yet.
    """
    async with preparing(client):
        ready = await taken(
            client, post, post.pictures[:MOST], lambda one: _one(client, settings, one)
        )
    return ready, len(post.pictures) - len(ready)


async def _one(client: Client, settings: MastodonSettings, picture: Picture) -> str:
    body, media_type = form({"description": picture.alt}, "file", picture)
    answer = await ask(client, settings, "POST", "/api/v2/media", body=body, media_type=media_type)
    if answer.status not in (200, 202):
        raise failure(answer, settings)
    media_id = field_of(parsed(answer), "id")
    while answer.status != 200:
        await asyncio.sleep(POLL_SECONDS)
        path = f"/api/v1/media/{quote(media_id, safe='')}"
        answer = await ask(client, settings, "GET", path)
        if 400 <= answer.status < 500:
            raise failure(answer, settings)
    return media_id
