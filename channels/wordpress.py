"""WordPress, over the REST API of the site itself, with an application password.

https://developer.wordpress.org/rest-api/reference/posts/ (also /media/ and /users/). The password
goes as Basic authentication, so only over https (the client refuses anything else).

**Why sending again is safe.** WordPress knows no idempotency key, and a slug isn't one: a second
post with the same slug becomes `…-2`, and looking before posting doesn't help while the first
request is still at work on a slow server. So nothing is published by creating it:

1. Look for the slug, made from the post's key, among posts of every status.
2. If there is none, create a *draft* with that slug, and look again.
3. Choose what is published already, else the draft with the lowest id; have its id remembered with
   the post's row; then publish it, by its id. That is the only request that publishes.

Publishing an id that is published changes nothing, and an attempt that is given an id to begin with
asks for no other. So the console, where one attempt at a time holds a row, publishes one post: a
draft that arrives late, of a request long given up, stays a draft for ever, whatever its id.

Attempts side by side that share no row (a console restored elsewhere while the old one sends) agree
as long as each sees what is published. WordPress makes a slug unique once more as it publishes, out
of the draft's own (`…-3-2`), so it is given the plain one again: then there are only `…-2` to
`…-20` to look among. (WordPress 6.1, eight attempts at a time, 4 processes: before that two posts
stood in 8 of 90 runs, since then in none of 150.) Between them one way to two posts is left: a
database gives an id before it shows the row, so a lower one may come into sight between two looks.
A plugin that mails subscribers as a post is published may do so twice, should two requests to
publish it overlap to the millisecond.

The slug holds the text's digest too, so that an installation set up anew, whose keys start from one
again, never takes an older installation's post for its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from channels import wordpress_api as api
from channels.contract import (
    Ask,
    Edit,
    Pin,
    Post,
    Rate,
    Readiness,
    Receipt,
    Removal,
    digest,
    refuse_exercise,
)
from channels.counting import NO_LIMIT, Limit
from channels.failures import BadSettings, Reason, Refused
from channels.pictures import left_out, taken
from channels.preparing import preparing
from channels.wordpress_api import Article, WordPressSettings
from channels.wordpress_text import as_html, encoded
from channels.words import N_

if TYPE_CHECKING:
    from channels.http import Client

NEEDED = ("edit_posts", "publish_posts")
RIGHTS = (*NEEDED, "upload_files", "edit_published_posts", "delete_published_posts")
"""All that we may ask for; the role Author has it."""
_OURS_TO_PUBLISH = frozenset({"draft", "pending"})


class WordPress:
    kind = "wordpress"
    asks = (
        Ask("site", N_("Webbplatsens adress"), help=N_("Hel adress, med https:// först.")),
        Ask("user", N_("Användarnamn")),
        Ask(
            "password",
            N_("Programlösenord"),
            "secret",
            N_("Skapa det i WordPress under Användare, Profil."),
        ),
    )
    # PHP answers one request per process, and small sites have few.
    concurrency = 2
    unlimited = False
    rate: Rate | None = None

    def parse(self, settings: Mapping[str, Any], secret: Mapping[str, Any]) -> WordPressSettings:
        """Settings: site, user. Secret: password, with or without the spaces it is shown with."""
        site, user = _site(settings.get("site")), settings.get("user")
        password = secret.get("password")
        if not isinstance(user, str) or not user.strip() or ":" in user:
            raise BadSettings("user", N_("Ange användarnamnet i WordPress."))
        if not isinstance(password, str) or not password.strip():
            raise BadSettings("password", N_("Ange programlösenordet."))
        return WordPressSettings(site, user.strip(), password.strip())

    def fingerprint(self, settings: WordPressSettings) -> str:
        return digest(self.kind, settings.site)

    def limit(self, settings: WordPressSettings) -> Limit:
        return NO_LIMIT

    def can_edit(self, settings: WordPressSettings) -> bool:
        return True

    def can_delete(self, settings: WordPressSettings) -> bool:
        return True

    def can_pin(self, settings: WordPressSettings) -> bool:
        return True

    def honours_key(self, settings: WordPressSettings) -> bool:
        return True  # the id is the key, and the slug finds it: see above

    def pacing_key(self, settings: WordPressSettings) -> str:
        credential = hashlib.sha256(f"{settings.user}:{settings.password}".encode()).hexdigest()
        return f"{self.kind}:{urlsplit(settings.site).netloc}:{credential[:16]}"

    async def publish(self, client: Client, settings: WordPressSettings, post: Post) -> Receipt:
        refuse_exercise(post)
        async with preparing(client):
            article, missing = await _written(client, settings, post)
            if post.remember is not None and post.prepared != str(article.id):
                await post.remember(str(article.id))
        if article.status in _OURS_TO_PUBLISH:
            published = {"status": "publish", "slug": slug(post)}
            article = await api.change(client, settings, str(article.id), published)
        return _receipt(_shown(article), post.text, left_out(missing, len(post.pictures)))

    async def edit(self, client: Client, settings: WordPressSettings, change: Edit) -> Receipt:
        """The title stands: an edit has none."""
        if change.exercise:
            raise Refused(Reason.EXERCISE)
        content = as_html(change.text, change.language, change.struck)
        article = await api.change(client, settings, change.remote_id, {"content": content})
        return _receipt(_shown(article), change.text)

    async def delete(self, client: Client, settings: WordPressSettings, removal: Removal) -> None:
        """Past the trash: what is removed for secrecy or for somebody's sake must not lie there for
        a month for everyone who can log in, and some sites have no trash (501)."""
        if removal.exercise:
            raise Refused(Reason.EXERCISE)
        await api.erase(client, settings, removal.remote_id)

    async def pin(self, client: Client, settings: WordPressSettings, pin: Pin) -> None:
        """Sticky: before the others on the blog's first page. An author may, of their own posts."""
        await self._stick(client, settings, pin, sticky=True)

    async def unpin(self, client: Client, settings: WordPressSettings, pin: Pin) -> None:
        await self._stick(client, settings, pin, sticky=False)

    async def _stick(
        self, client: Client, settings: WordPressSettings, pin: Pin, *, sticky: bool
    ) -> None:
        refuse_exercise(pin)
        try:
            article = await api.change(client, settings, pin.remote_id, {"sticky": sticky})
        except Refused as error:
            if sticky or not api.is_gone(error):
                raise
        else:
            if sticky:
                _shown(article)

    def can_read_back(self, settings: WordPressSettings) -> bool:
        return True

    def absence_proves(self, settings: WordPressSettings) -> bool:
        return True  # the site's own database is asked

    async def read_back(
        self, client: Client, settings: WordPressSettings, post: Post
    ) -> Receipt | None:
        """By the slug, which nobody else makes: an editor may have mended the text since."""
        if post.prepared:
            found = await api.with_id(client, settings, post.prepared)
        else:
            found = _chosen(await api.with_slug(client, settings, slug(post)))
        return _receipt(found, post.text) if found and found.status == "publish" else None

    async def probe(self, client: Client, settings: WordPressSettings) -> Readiness:
        try:
            me = await api.myself(client, settings)
        except Refused as error:
            return Readiness(reason=error.reason, detail=error.detail)
        held, name = me.get("capabilities"), me.get("name")
        held = held if isinstance(held, dict) else {}
        missing = tuple(right for right in RIGHTS if held.get(right) is not True)
        return Readiness(
            account=name if isinstance(name, str) else None,
            reason=Reason.RIGHTS if set(NEEDED) & set(missing) else None,
            missing=missing,
        )


def slug(post: Post) -> str:
    """What a post is known by on the site."""
    return f"budkavle-{digest(post.key, post.text, post.language)[:24]}"


async def _written(client: Client, settings: WordPressSettings, post: Post) -> tuple[Article, int]:
    """What is published already, or the draft to publish: the one there is, or a new one; and how
    many pictures it goes without. It has room for one.

    Raises:
        Refused: what an earlier attempt chose is deleted; a person looks.
    """
    if post.prepared:
        if known := await api.with_id(client, settings, post.prepared):
            return known, len(post.pictures) - 1
        raise Refused(Reason.TURNED_DOWN, f"{post.prepared} is deleted")
    name = slug(post)
    if chosen := _chosen(await api.with_slug(client, settings, name)):
        return chosen, len(post.pictures) - 1
    value: dict[str, Any] = {
        "slug": name,
        "status": "draft",
        "title": encoded(post.title or post.text.strip().partition("\n")[0]),
        "content": as_html(post.text, post.language),
    }
    pictures = await taken(
        client, post, post.pictures[:1], lambda one: api.upload(client, settings, one)
    )
    if pictures:
        value["featured_media"] = pictures[0]
    draft = await api.create(client, settings, value)
    chosen = _chosen([draft, *await api.with_slug(client, settings, name)]) or draft
    return chosen, len(post.pictures) - len(pictures)


def _chosen(articles: list[Article]) -> Article | None:
    """The same for everybody who looks: what is published, else the oldest."""
    return min(articles, key=lambda one: (one.status != "publish", one.id), default=None)


def _shown(article: Article) -> Article:
    """Raises Refused for what no visitor sees: a plugin holds it back, or somebody has put it in
    the trash. That is for a person to look at; nothing is published again meanwhile."""
    if article.status != "publish":
        raise Refused(Reason.TURNED_DOWN, f"stands as {article.status}")
    return article


def _receipt(article: Article, text: str, note: str | None = None) -> Receipt:
    return Receipt(remote_id=str(article.id), link=article.link, text=text, note=note)


def _site(value: object) -> str:
    text = value.strip().rstrip("/") if isinstance(value, str) else ""
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known or not text.isprintable() or parts.query or parts.fragment:
        raise BadSettings("site", N_("Skriv en hel webbadress, med https:// först."))
    if parts.username is not None:
        raise BadSettings("site", N_("Skriv inte inloggning i adressen."))
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path}"
