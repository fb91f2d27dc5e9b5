"""A Matrix room: spec.matrix.org/latest/client-server-api.

A send has a transaction id, by which every homeserver knows a repeat within one device's session
(#transaction-identifiers). It is made of the delivery's key and its first moment, so that a
database set up anew never meets an old one's. Texts go plain; an edit strikes through in HTML. The
room must not be encrypted: the probe says whether it is.

A picture stands in one event with the text as its caption (v1.10); older clients show the text
beside it. There is no field for what a picture shows, nor for a language.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from channels import matrix_probe
from channels.contract import (
    Ask,
    Edit,
    Picture,
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
from channels.failures import BadSettings, Reason, Refused, Retry, Unknown
from channels.matrix_api import MatrixSettings, call, is_missing
from channels.matrix_events import (
    event_id_of,
    is_event_id,
    link,
    made_at,
    replacing,
    said,
    text_of,
)
from channels.pictures import left_out, taken
from channels.preparing import preparing
from channels.web_address import host, is_key, origin
from channels.words import N_

if TYPE_CHECKING:
    from channels.http import Client

TEXT = Limit(30_000, Counting.BYTES)
"""An event is at most 65,536 bytes, and an edit carries the text twice."""
MESSAGE = "m.room.message"
PAGE = 5
PAGES = 10
MARGIN_SECONDS = 600
_ROOM = re.compile(r"![^\s/?#]{1,254}")


class Matrix:
    kind = "matrix"
    asks = (
        Ask("server", N_("Hemserverns adress"), help=N_("Till exempel https://matrix.kommun.se.")),
        Ask("room", N_("Rummets id"), help=N_("Börjar med ! och står i rummets inställningar.")),
        Ask("token", N_("Åtkomstnyckel"), "secret"),
    )
    concurrency = 1
    unlimited = False
    # Synapse's own is 0.2 a second after the first ten (rc_message), unless its administrator has
    # lifted it; it says how long to wait, and doesn't count what it refuses.
    rate: Rate | None = None

    def parse(self, settings: Mapping[str, Any], secret: Mapping[str, Any]) -> MatrixSettings:
        """Settings: server, room. Secret: token."""
        server = origin("server", settings.get("server"))
        room = str(settings.get("room") or "").strip()
        if not _ROOM.fullmatch(room):
            raise BadSettings("room", N_("Ange rummets id, som börjar med utropstecken."))
        token = secret.get("token")
        if not isinstance(token, str) or not is_key(token):
            raise BadSettings("token", N_("Ange åtkomstnyckeln."))
        return MatrixSettings(server=server, room=room, token=token)

    def honours_key(self, settings: MatrixSettings) -> bool:
        return True

    def pacing_key(self, settings: MatrixSettings) -> str:
        return f"{self.kind}:{host(settings.server)}:{digest(settings.token)[:16]}"

    def fingerprint(self, settings: MatrixSettings) -> str:
        return digest(self.kind, settings.server, settings.room)

    def limit(self, settings: MatrixSettings) -> Limit:
        return TEXT

    def can_edit(self, settings: MatrixSettings) -> bool:
        return True

    def can_delete(self, settings: MatrixSettings) -> bool:
        return True

    async def publish(self, client: Client, settings: MatrixSettings, post: Post) -> Receipt:
        refuse_exercise(post)
        refuse_too_long(TEXT, post)
        content = said(post.text)
        async with preparing(client):
            uploaded = await taken(
                client, post, post.pictures[:1], lambda one: _upload(client, settings, one)
            )
        for fields in uploaded:
            content |= fields
        note = left_out(len(post.pictures) - len(uploaded), len(post.pictures))
        key = digest(post.key, int(post.made_at))
        path = settings.of_room("send", MESSAGE, key)
        event_id = await _sent(client, settings, path, content)
        return Receipt(
            remote_id=event_id, link=link(settings.room, event_id), text=post.text, note=note
        )

    async def edit(self, client: Client, settings: MatrixSettings, change: Edit) -> Receipt:
        """The post is looked at first: the server would take an edit of a post that is gone, or of
        another account's, and every client would pass it over."""
        refuse_exercise(change)
        refuse_too_long(TEXT, change)
        original = event_id_of(change.remote_id)
        async with preparing(client):
            before = await _own_content(client, settings, original)
        content = replacing(original, before, change)
        key = digest(change.key, original, change.text)
        await _sent(client, settings, settings.of_room("send", MESSAGE, key), content)
        return Receipt(remote_id=original, link=link(settings.room, original), text=change.text)

    async def delete(self, client: Client, settings: MatrixSettings, removal: Removal) -> None:
        """Redacts the post, and its edits too: they hold its words, and stay in the room's history
        when only the post goes (#redactions-of-edited-events)."""
        refuse_exercise(removal)
        original = event_id_of(removal.remote_id)
        async with preparing(client):
            edits = await _edits(client, settings, original)
        for event_id in (original, *edits):
            path = settings.of_room("redact", event_id, digest("redact", event_id))
            try:
                await call(client, settings, "PUT", path, content={})
            except Refused as error:
                if not is_missing(error):
                    raise

    def can_pin(self, settings: MatrixSettings) -> bool:
        return True

    async def pin(self, client: Client, settings: MatrixSettings, pin: Pin) -> None:
        """Last in the room's list, where clients show the newest, after what stands there. The
        post is looked at first, since the list takes any event's id."""
        refuse_exercise(pin)
        event_id = event_id_of(pin.remote_id)
        async with preparing(client):
            await _own_content(client, settings, event_id)
        await self._list_pins(
            client, settings, lambda held: held if event_id in held else [*held, event_id]
        )

    async def unpin(self, client: Client, settings: MatrixSettings, pin: Pin) -> None:
        refuse_exercise(pin)
        event_id = event_id_of(pin.remote_id)
        await self._list_pins(
            client, settings, lambda held: [one for one in held if one != event_id]
        )

    async def _list_pins(
        self,
        client: Client,
        settings: MatrixSettings,
        changed: Callable[[list[object]], list[object]],
    ) -> None:
        """Read the list, and put it back whole: Matrix has no change of a part of it
        (#mroompinned_events). What somebody pins in the moment between is lost."""
        path = settings.of_room("state", "m.room.pinned_events")
        async with preparing(client):
            try:
                content = await call(client, settings, "GET", path)
            except Refused as error:
                if not is_missing(error):
                    raise
                content = {}
        held = content.get("pinned")
        before = list(held) if isinstance(held, list) else []
        after = changed(before)
        if after != before:
            await call(client, settings, "PUT", path, content=content | {"pinned": after})

    def can_read_back(self, settings: MatrixSettings) -> bool:
        return True

    def absence_proves(self, settings: MatrixSettings) -> bool:
        """A homeserver shows its own user's events from where it writes them."""
        return True

    async def read_back(
        self, client: Client, settings: MatrixSettings, post: Post
    ) -> Receipt | None:
        """Page by page until what is older than the attempt.

        Raises:
            Unknown: there are more posts since then than anybody should look through.
        """
        async with preparing(client):
            me = await matrix_probe.whoami(client, settings)
            wanted = json.dumps({"types": [MESSAGE], "senders": [me]})
            query = f"?dir=b&limit={PAGE}&filter={quote(wanted, safe='')}"
            since = ""
            for _page in range(PAGES):
                path = settings.of_room("messages") + query + since
                page = await call(client, settings, "GET", path)
                for event in _list(page.get("chunk")):
                    if made_at(event) < post.made_at - MARGIN_SECONDS:
                        return None
                    event_id = event.get("event_id")
                    # The whole text, and so the marker in it.
                    if text_of(event) == post.text and isinstance(event_id, str):
                        where = link(settings.room, event_id)
                        return Receipt(remote_id=event_id, link=where, text=post.text)
                end = page.get("end")
                if not isinstance(end, str):
                    return None
                since = f"&from={quote(end, safe='')}"
        raise Unknown(Reason.BAD_ANSWER, f"more than {PAGE * PAGES} posts since")

    async def probe(self, client: Client, settings: MatrixSettings) -> Readiness:
        return await matrix_probe.probe(client, settings)


async def _sent(
    client: Client, settings: MatrixSettings, path: str, content: dict[str, Any]
) -> str:
    answer = await call(client, settings, "PUT", path, content=content)
    event_id = answer.get("event_id")
    if not is_event_id(event_id):
        raise Unknown(Reason.BAD_ANSWER, "no event_id")
    return str(event_id)


async def _upload(client: Client, settings: MatrixSettings, picture: Picture) -> dict[str, Any]:
    """The fields that make a text the caption of this picture."""
    answer = await call(
        client,
        settings,
        "POST",
        "/_matrix/media/v3/upload",
        body=picture.data,
        media_type=picture.media_type,
    )
    address = answer.get("content_uri")
    if not isinstance(address, str) or not address.startswith("mxc://"):
        raise Retry(Reason.NO_CONNECTION, "before the post: no content_uri")
    kind = picture.media_type
    info = {"mimetype": kind, "size": len(picture.data), "w": picture.width, "h": picture.height}
    filename = "picture.png" if kind == "image/png" else "picture.jpg"
    return {"msgtype": "m.image", "url": address, "filename": filename, "info": info}


async def _own_content(client: Client, settings: MatrixSettings, event_id: str) -> dict[str, Any]:
    """What the post said when it was sent.

    Raises:
        Refused: it is gone, or another account's.
    """
    me = await matrix_probe.whoami(client, settings)
    event = await call(client, settings, "GET", settings.of_room("event", event_id))
    if event.get("sender") != me:
        raise Refused(Reason.WRONG_ACCOUNT, "the post is another account's")
    content = event.get("content")
    if not isinstance(content, dict) or "body" not in content:
        raise Refused(Reason.TURNED_DOWN, "the post is gone")
    return content


async def _edits(client: Client, settings: MatrixSettings, event_id: str) -> list[str]:
    """Our own; what somebody else calls an edit of the post is none, and theirs to redact."""
    me = await matrix_probe.whoami(client, settings)
    path = settings.of_room("relations", event_id, "m.replace", version="v1")
    found: list[str] = []
    since: str | None = ""
    while since is not None:
        try:
            page = await call(client, settings, "GET", f"{path}?limit={PAGE}{since}")
        except Refused as error:
            if is_missing(error):
                return found
            raise
        mine = [each for each in _list(page.get("chunk")) if each.get("sender") == me]
        found += [str(each["event_id"]) for each in mine if is_event_id(each.get("event_id"))]
        more = page.get("next_batch")
        since = f"&from={quote(more, safe='')}" if isinstance(more, str) else None
    return found


def _list(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
