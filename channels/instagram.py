"""Instagram: pictures with a caption on a professional account that is linked to a Facebook Page.

Documentation: developers.facebook.com/docs/instagram-platform/content-publishing (containers, JPEG
only, 100 posts in 24 hours), …/instagram-graph-api/reference/ig-user/content_publishing_limit (the
account's own number), …/reference/instagram-media (list; delete, since December 2025, with
instagram_manage_contents). Errors are read by `channels.graph_errors`.

Of Meta's two ways in, this is "with Facebook Login": the same app, review and system user as for
the Page, a token that doesn't run out after 60 days, and the only one of the two that can delete.

There is no post without a picture, and Instagram fetches it itself, from a public address. A
caption can't be changed afterwards, and links in it can't be followed.
"""

from __future__ import annotations

from channels.containers import ContainerChannel, Ways
from channels.contract import Ask, Picture, Post, Rate
from channels.failures import Reason, Refused
from channels.words import N_

MOST_PICTURES = 10


class Instagram(ContainerChannel):
    kind = "instagram"
    host = "https://graph.facebook.com"
    account_setting = "user_id"
    me = ""  # the token is the Page's, and so is `me`
    name = "username"
    scopes = ("instagram_basic", "instagram_content_publish", "pages_read_engagement")
    ways = Ways("media", "media_publish", text="caption", status="status_code")
    posts = "media"
    fields = ("caption", "timestamp", "permalink")
    quota = "content_publishing_limit"
    asks: tuple[Ask, ...] = (
        Ask("user_id", N_("Kontots id hos Instagram"), help=N_("Bara siffror, inte namnet.")),
        Ask("token", N_("Den kopplade Facebooksidans nyckel"), "secret"),
    )
    # 100 a day, which the account counts itself and is asked for (`quota`).
    rate: Rate | None = None

    def usable(self, post: Post) -> list[Picture]:
        jpegs = [one for one in post.pictures if one.address and one.media_type == "image/jpeg"]
        if not jpegs:
            raise Refused(Reason.PICTURE, "no JPEG with a public address")
        return jpegs[:MOST_PICTURES]
