"""Facebook: posts on a Page, with a Page access token (best a system user's: it doesn't expire).

Documentation: developers.facebook.com/docs/pages-api/posts (publish, update, delete, read),
…/docs/graph-api/reference/page/photos (pictures), …/docs/permissions (scopes). Errors are read by
`channels.graph_errors`.

What an app in Development mode publishes is shown to people with a role on the app only, and the
answer is the same (…/docs/development/build-and-test/app-modes): docs/platforms.md and the settings
page warn of it, since nothing here can tell.

There is no key, and the same text twice in a row is refused with #506: that may be our own post
whose answer was lost, so it comes to `Unknown`. The list of a Page's posts is ranked and may leave
some out: what isn't there may be out all the same.

The link goes in the text only. As a field of its own it makes Facebook fetch the page first, and
an alert would be refused (1609005) because the website was slow.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from channels.contract import Ask, Edit, Post, Rate, Receipt, refuse_exercise, refuse_too_long
from channels.graph import Graph, GraphChannel, GraphSettings, identity
from channels.pictures import left_out, taken
from channels.platforms import PLATFORMS
from channels.preparing import preparing
from channels.words import N_

if TYPE_CHECKING:
    from channels.counting import Limit
    from channels.http import Client


class Facebook(GraphChannel):
    kind = "facebook"
    host = "https://graph.facebook.com"
    account_setting = "page_id"
    name = "name"
    scopes = ("pages_manage_posts", "pages_read_engagement")
    posts = "published_posts"
    fields = ("message", "created_time")
    asks: tuple[Ask, ...] = (
        Ask("page_id", N_("Sidans id"), help=N_("Bara siffror. Står under Om sidan.")),
        Ask(
            "token",
            N_("Sidans nyckel"),
            "secret",
            help=N_("Sätt appen i läge Live. Annars syns inläggen bara för er själva."),
        ),
    )
    rate: Rate | None = None

    def limit(self, settings: GraphSettings) -> Limit:
        return PLATFORMS["facebook"].limit

    def can_edit(self, settings: GraphSettings) -> bool:
        return True

    def link_of(self, post: Mapping[str, Any]) -> str | None:
        return _link(identity(post))

    async def publish(self, client: Client, settings: GraphSettings, post: Post) -> Receipt:
        refuse_exercise(post)
        refuse_too_long(self.limit(settings), post)
        graph = Graph(client, settings, self.version)
        # A picture uploaded unpublished is shown nowhere until a post refers to it.
        async with preparing(client):
            photos = await taken(
                client,
                post,
                post.pictures,
                lambda one: graph.upload(
                    f"{settings.account}/photos",
                    one,
                    {"published": "false", "alt_text_custom": one.alt},
                ),
            )
        attached = {
            f"attached_media[{n}]": json.dumps({"media_fbid": photo})
            for n, photo in enumerate(photos)
        }
        fields = {"message": post.text, **attached}
        remote_id = identity(await graph.post(f"{settings.account}/feed", fields))
        note = left_out(len(post.pictures) - len(photos), len(post.pictures))
        return Receipt(remote_id=remote_id, link=_link(remote_id), text=post.text, note=note)

    async def edit(self, client: Client, settings: GraphSettings, change: Edit) -> Receipt:
        refuse_exercise(change)
        refuse_too_long(self.limit(settings), change)
        graph = Graph(client, settings, self.version)
        await graph.post(change.remote_id, {"message": change.text})
        return Receipt(remote_id=change.remote_id, link=_link(change.remote_id), text=change.text)


def _link(remote_id: str) -> str:
    return f"https://www.facebook.com/{remote_id}"
