"""Threads: posts with or without pictures, with a user's token.

Documentation: developers.facebook.com/docs/threads/posts (containers; 500 characters, of which an
emoji takes as many as its UTF-8 bytes; five links), …/threads/overview (250 posts in 24 hours),
…/threads/posts/delete-posts (100 a day, threads_delete), …/threads/get-started/long-lived-tokens
(60 days), …/threads/troubleshooting/debug-access-token. Errors are read by `channels.graph_errors`.

Threads fetches pictures itself. One without a public address, or that Threads can't fetch or won't
have, is left out, and the receipt says so: the words matter more. A post can't be changed
afterwards.
"""

from __future__ import annotations

from channels.containers import ContainerChannel, Ways
from channels.contract import Ask, Picture, Post, Rate
from channels.words import N_

MOST_PICTURES = 20


class Threads(ContainerChannel):
    kind = "threads"
    host = "https://graph.threads.net"
    version = "v1.0"
    account_setting = "user_id"
    name = "username"
    scopes = ("threads_basic", "threads_content_publish")
    ways = Ways(
        "threads",
        "threads_publish",
        text="text",
        status="status",
        plain={"media_type": "TEXT"},
        picture={"media_type": "IMAGE"},
        words_alone=True,
    )
    posts = "threads"
    fields = ("text", "timestamp", "permalink")
    quota = "threads_publishing_limit"
    asks: tuple[Ask, ...] = (
        Ask("user_id", N_("Kontots id hos Threads"), help=N_("Bara siffror, inte namnet.")),
        Ask("token", N_("Nyckel"), "secret", help=N_("En lång nyckel gäller i 60 dagar.")),
    )
    # 250 a day, which the profile counts itself and is asked for (`quota`).
    rate: Rate | None = None

    def usable(self, post: Post) -> list[Picture]:
        return [one for one in post.pictures if one.address][:MOST_PICTURES]
