"""Pictures on their way to a Mastodon post: docs.joinmastodon.org/methods/media."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import quote

from channels.contract import Picture
from channels.mastodon_api import MastodonSettings, ask, failure, field_of, parsed
from channels.multipart import form
from channels.preparing import preparing

if TYPE_CHECKING:
    from channels.http import Client

MOST = 4
POLL_SECONDS = 0.5
# No right to upload, too large, of another kind, not a picture: the same tomorrow.
_WILL_NOT = frozenset({403, 404, 413, 415, 422})


async def upload(
    client: Client, settings: MastodonSettings, pictures: tuple[Picture, ...]
) -> tuple[list[str], int]:
    """Ids of those that the server has ready, and how many it won't have.

    Raises:
        Reauthorise, Retry: nothing is published yet.
    """
    async with preparing(client):
        found = [await _one(client, settings, picture) for picture in pictures[:MOST]]
    ready = [each for each in found if each is not None]
    return ready, len(pictures) - len(ready)


async def _one(client: Client, settings: MastodonSettings, picture: Picture) -> str | None:
    body, media_type = form({"description": picture.alt}, "file", picture)
    answer = await ask(client, settings, "POST", "/api/v2/media", body=body, media_type=media_type)
    if answer.status in _WILL_NOT:
        return None
    if answer.status not in (200, 202):
        raise failure(answer, settings)
    media_id = field_of(parsed(answer), "id")
    while answer.status != 200:
        await asyncio.sleep(POLL_SECONDS)
        path = f"/api/v1/media/{quote(media_id, safe='')}"
        answer = await ask(client, settings, "GET", path)
        if answer.status in _WILL_NOT:
            return None
    return media_id
