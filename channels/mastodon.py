"""Mastodon, and servers that speak its API.

docs.joinmastodon.org/methods/statuses, /methods/media, /methods/accounts. Mastodon keeps an
`Idempotency-Key` for an hour and answers with the first post; others may ignore it without a word
(GoToSocial and Pixelfed have), so only a server known to run Mastodon is trusted to. Elsewhere the
account's own posts are read. Mastodon notes the key when the post is out already, and its older
versions last of all: a server that fails in between has a post without its key, which only reading
back finds.
Posts are plain text: nothing can be struck through in an edit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from channels import mastodon_media, mastodon_probe
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
    refuse_too_long,
)
from channels.counting import Counting, Limit
from channels.failures import BadSettings, Reason, Retry, Unknown
from channels.mastodon_api import (
    MastodonSettings,
    call,
    failure,
    field_of,
    is_id,
    look,
    rest,
    says_no,
)
from channels.mastodon_text import same, text_of
from channels.pictures import left_out
from channels.preparing import preparing
from channels.web_address import host, is_key, link, origin
from channels.words import N_

if TYPE_CHECKING:
    from channels.http import Answer, Client

KEEPS_KEYS = frozenset({"mastodon"})
"""Software, by its nodeinfo name, whose documentation promises to keep keys."""
# A status is up to some 10 kB of JSON, and an answer is read to 64 kB.
PAGE = 5
PAGES = 10
MARGIN_SECONDS = 600


class Mastodon:
    kind = "mastodon"
    asks = (
        Ask("server", N_("Serverns adress"), help=N_("Till exempel https://social.kommun.se.")),
        Ask("account", N_("Kontots namn på servern"), help=N_("Det som står före serverns namn.")),
        Ask("software", N_("Programvara"), help=N_("mastodon, om servern kör Mastodon.")),
        Ask("characters", N_("Längsta inlägg"), "number", N_("I tecken. Tomt: 500.")),
        Ask("token", N_("Åtkomstnyckel"), "secret"),
    )
    concurrency = 4
    unlimited = False
    # 300 requests in 5 minutes, or what the server is set to: each answer says what is left.
    rate: Rate | None = None

    def parse(self, settings: Mapping[str, Any], secret: Mapping[str, Any]) -> MastodonSettings:
        """Settings: server, account, software and characters (optional). Secret: token."""
        server = origin("server", settings.get("server"))
        account = str(settings.get("account") or "").strip().removeprefix("@").partition("@")[0]
        if not account or not account.replace(".", "").replace("-", "").replace("_", "").isalnum():
            raise BadSettings("account", N_("Ange kontots namn, till exempel torsby."))
        software = settings.get("software") or ""
        if not isinstance(software, str):
            raise BadSettings("software", N_("Programvarans namn är text."))
        characters = settings.get("characters") or 500
        if not isinstance(characters, int) or isinstance(characters, bool) or characters < 1:
            raise BadSettings("characters", N_("Ange antalet tecken som ett tal."))
        token = secret.get("token")
        if not isinstance(token, str) or not is_key(token):
            raise BadSettings("token", N_("Ange åtkomstnyckeln."))
        return MastodonSettings(
            server=server,
            account=account.lower(),
            token=token,
            software=software.strip().lower(),
            characters=characters,
        )

    def honours_key(self, settings: MastodonSettings) -> bool:
        return settings.software in KEEPS_KEYS

    def pacing_key(self, settings: MastodonSettings) -> str:
        return f"{self.kind}:{host(settings.server)}:{digest(settings.token)[:16]}"

    def fingerprint(self, settings: MastodonSettings) -> str:
        return digest(self.kind, settings.server, settings.account)

    def limit(self, settings: MastodonSettings) -> Limit:
        return Limit(settings.characters, Counting.GRAPHEMES_LINKS_23)

    def can_edit(self, settings: MastodonSettings) -> bool:
        return True

    def can_delete(self, settings: MastodonSettings) -> bool:
        return True

    async def publish(self, client: Client, settings: MastodonSettings, post: Post) -> Receipt:
        """Pictures go up first. One that the server won't have is left out, and the note says so:
        the words are the alert."""
        refuse_exercise(post)
        refuse_too_long(self.limit(settings), post)
        media, missing = await mastodon_media.upload(client, settings, post)
        status: dict[str, Any] = {
            "status": post.text,
            "visibility": "public",
            "sensitive": False,
            "language": _language(post.language),
            # For servers that would else read the text as Markdown; Mastodon passes it over.
            "content_type": "text/plain",
        }
        if media:
            status["media_ids"] = media
        body = json.dumps(status).encode()
        answer = await call(client, settings, "POST", "/api/v1/statuses", body=body, key=post.key)
        return _receipt(answer, settings, post.text, left_out(missing, len(post.pictures)))

    async def edit(self, client: Client, settings: MastodonSettings, change: Edit) -> Receipt:
        """The pictures are named again: an edit that doesn't name them takes them away."""
        refuse_exercise(change)
        refuse_too_long(self.limit(settings), change)
        path = f"/api/v1/statuses/{quote(change.remote_id, safe='')}"
        async with preparing(client):
            before = await look(client, settings, path)
        body = json.dumps(
            {
                "status": change.text,
                "sensitive": False,
                "language": _language(change.language),
                "content_type": "text/plain",
                "media_ids": _media(before),
            }
        ).encode()
        answer = await call(client, settings, "PUT", path, body=body)
        return _receipt(answer, settings, change.text, None)

    async def delete(self, client: Client, settings: MastodonSettings, removal: Removal) -> None:
        refuse_exercise(removal)
        path = f"/api/v1/statuses/{quote(removal.remote_id, safe='')}"
        answer = await call(client, settings, "DELETE", path)
        if not 200 <= answer.status < 300 and not says_no(answer, 404, 410):
            raise failure(answer, settings)

    def can_pin(self, settings: MastodonSettings) -> bool:
        return True

    async def pin(self, client: Client, settings: MastodonSettings, pin: Pin) -> None:
        """Beside what is pinned already, of which there may be five (422: the sixth). A server
        refuses to pin what it has pinned, so a refusal is followed by a look."""
        refuse_exercise(pin)
        path = f"/api/v1/statuses/{quote(pin.remote_id, safe='')}"
        answer = await call(client, settings, "POST", f"{path}/pin")
        if 200 <= answer.status < 300:
            answer.json()  # a page of something in between has pinned nothing
            return
        if says_no(answer, 422):
            status = await look(client, settings, path)
            if isinstance(status, dict) and status.get("pinned") is True:
                return
        raise failure(answer, settings)

    async def unpin(self, client: Client, settings: MastodonSettings, pin: Pin) -> None:
        refuse_exercise(pin)
        path = f"/api/v1/statuses/{quote(pin.remote_id, safe='')}/unpin"
        answer = await call(client, settings, "POST", path)
        if 200 <= answer.status < 300:
            answer.json()
        elif not says_no(answer, 404, 410):
            raise failure(answer, settings)

    def can_read_back(self, settings: MastodonSettings) -> bool:
        return True

    def absence_proves(self, settings: MastodonSettings) -> bool:
        """Mastodon shows an account its own posts from where it writes them. What another server
        does isn't known."""
        return settings.software in KEEPS_KEYS

    async def read_back(
        self, client: Client, settings: MastodonSettings, post: Post
    ) -> Receipt | None:
        """Page by page until what is older than the attempt.

        Raises:
            Unknown: there are more posts since then than anybody should look through.
        """
        me = await look(client, settings, "/api/v1/accounts/verify_credentials")
        account = quote(field_of(me, "id"), safe="")
        before = ""
        for _page in range(PAGES):
            query = f"?limit={PAGE}&exclude_reblogs=true{before}"
            page = await look(client, settings, f"/api/v1/accounts/{account}/statuses{query}")
            if not isinstance(page, list):
                raise Retry(Reason.NO_CONNECTION, "no list of statuses")
            for status in page:
                if _made_at(status) < post.made_at - MARGIN_SECONDS:
                    return None
                # The whole text, and so the marker in it.
                if same(post.text, text_of(str(status.get("content") or ""))):
                    return Receipt(
                        remote_id=field_of(status, "id"),
                        link=link(status.get("url")),
                        text=post.text,
                    )
            if not page:
                return None
            before = f"&max_id={quote(field_of(page[-1], 'id'), safe='')}"
        raise Unknown(Reason.BAD_ANSWER, f"more than {PAGE * PAGES} posts since")

    async def probe(self, client: Client, settings: MastodonSettings) -> Readiness:
        return await mastodon_probe.probe(client, settings, KEEPS_KEYS)


def _receipt(answer: Answer, settings: MastodonSettings, text: str, note: str | None) -> Receipt:
    if not 200 <= answer.status < 300:
        raise failure(answer, settings)
    value = answer.json()
    if not is_id(value.get("id")):
        raise Unknown(Reason.BAD_ANSWER, f"{answer.status} without an id")
    return Receipt(
        remote_id=value["id"], link=link(value.get("url")), text=text, note=note, rest=rest(answer)
    )


def _made_at(status: object) -> float:
    try:
        return datetime.fromisoformat(field_of(status, "created_at")).timestamp()
    except ValueError:
        raise Retry(Reason.NO_CONNECTION, "no time of a status") from None


def _media(status: object) -> list[str]:
    found = status.get("media_attachments") if isinstance(status, dict) else None
    return [field_of(each, "id") for each in found] if isinstance(found, list) else []


def _language(tag: str) -> str:
    """ISO 639-1, as the API takes it: the first part of the tag."""
    return tag.partition("-")[0].lower()
