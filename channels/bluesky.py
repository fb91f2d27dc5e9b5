"""Bluesky, or any other server that speaks AT Protocol: a record in the account's repository.

`putRecord` under a record key of our own, with a frozen `createdAt`, writes the same record however
often it is asked: so the same attempt again publishes nothing twice, and `getRecord` tells for
certain what became of it. There are no edits: clients show what they saw first, so a correction is
a new post. Sources: docs.bsky.app (Creating a post, Rate Limits), atproto.com/specs/tid, the
lexicons app.bsky.feed.post, app.bsky.richtext.facet, app.bsky.embed.images and com.atproto.repo.*.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from channels import bluesky_pins
from channels.bluesky_session import (
    BlueskySettings,
    Session,
    as_account,
    call,
    error_of,
    fault,
    renewed,
)
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
from channels.counting import Limit
from channels.failures import BadSettings, Reason, Refused, Unknown
from channels.pictures import left_out, taken
from channels.platforms import PLATFORMS
from channels.preparing import preparing
from channels.resets import used_up
from channels.words import N_

if TYPE_CHECKING:
    from channels.http import Answer, Client

DEFAULT_SERVICE = "https://bsky.social"
COLLECTION = "app.bsky.feed.post"
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"
_HANDLE = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?", re.ASCII)
_DID = re.compile(r"did:(plc|web):[a-zA-Z0-9._:%-]+", re.ASCII)
# Punctuation at the end belongs to the sentence.
_LINK = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]}'’”…]", re.IGNORECASE)


class Bluesky:
    kind = "bluesky"
    asks = (
        Ask("handle", N_("Användarnamn"), help=N_("Som torsby.bsky.social.")),
        Ask("service", N_("Server"), help=N_("Tomt: https://bsky.social")),
        Ask(
            "app_password",
            N_("Applösenord"),
            "secret",
            N_(
                "Skapa ett i kontots inställningar på Bluesky. Använd aldrig kontots eget lösenord."
            ),
        ),
    )
    concurrency = 4
    unlimited = False
    # 5,000 points an hour, and a new record costs three: each answer says what is left.
    rate: Rate | None = None

    def parse(self, settings: Mapping[str, Any], secret: Mapping[str, Any]) -> BlueskySettings:
        """Settings: handle (or DID); service (optional). Secret: app_password."""
        service = str(settings.get("service") or DEFAULT_SERVICE).rstrip("/")
        try:
            parts = urlsplit(service)
            known = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            known = False
        if not known or parts.username is not None or service != f"{parts.scheme}://{parts.netloc}":
            raise BadSettings("service", N_("Skriv serverns adress, som https://bsky.social."))
        handle = str(settings.get("handle", "")).strip().removeprefix("@")
        if not _DID.fullmatch(handle):
            handle = handle.lower()
            if not _HANDLE.fullmatch(handle):
                raise BadSettings(
                    "handle", N_("Skriv hela användarnamnet, som torsby.bsky.social.")
                )
        password = secret.get("app_password")
        if not isinstance(password, str) or not password.strip():
            raise BadSettings("app_password", N_("Skriv ett applösenord."))
        return BlueskySettings(service, handle, password.strip())

    def honours_key(self, settings: BlueskySettings) -> bool:
        return True

    def pacing_key(self, settings: BlueskySettings) -> str:
        return f"{self.kind}:{urlsplit(settings.service).netloc}:{settings.credential[:16]}"

    def fingerprint(self, settings: BlueskySettings) -> str:
        return digest(self.kind, settings.service, settings.handle)

    def limit(self, settings: BlueskySettings) -> Limit:
        return PLATFORMS[self.kind].limit

    def can_edit(self, settings: BlueskySettings) -> bool:
        return False

    def can_delete(self, settings: BlueskySettings) -> bool:
        return True

    def can_read_back(self, settings: BlueskySettings) -> bool:
        return True

    def absence_proves(self, settings: BlueskySettings) -> bool:
        """The repository is the account itself, and the record's key is known."""
        return True

    async def publish(self, client: Client, settings: BlueskySettings, post: Post) -> Receipt:
        refuse_exercise(post)
        refuse_too_long(self.limit(settings), post)
        record = record_of(post)
        async with preparing(client):
            images = await taken(
                client, post, post.pictures, lambda one: _image(client, settings, one)
            )
        if images:
            record["embed"] = {"$type": "app.bsky.embed.images", "images": images}

        async def put(session: Session) -> Answer:
            return await call(
                client,
                settings,
                "POST",
                "com.atproto.repo.putRecord",
                token=session.access,
                value=_place(session, record_key(post)) | {"record": record},
            )

        answer = await as_account(client, settings, put)
        if answer.status != 200:
            raise fault(answer)
        rest = used_up(answer, "RateLimit-Remaining", "RateLimit-Reset")
        note = left_out(len(post.pictures) - len(images), len(post.pictures))
        return replace(_receipt(settings, answer.json().get("uri"), post), rest=rest, note=note)

    async def edit(self, client: Client, settings: BlueskySettings, change: Edit) -> Receipt:
        raise Refused(Reason.CANNOT)

    async def delete(self, client: Client, settings: BlueskySettings, removal: Removal) -> None:
        """A record that isn't there is deleted with the same answer as one that was."""
        refuse_exercise(removal)

        async def remove(session: Session) -> Answer:
            return await call(
                client,
                settings,
                "POST",
                "com.atproto.repo.deleteRecord",
                token=session.access,
                value=_place(session, removal.remote_id.rpartition("/")[2]),
            )

        answer = await as_account(client, settings, remove)
        if answer.status != 200:
            raise fault(answer)

    def can_pin(self, settings: BlueskySettings) -> bool:
        return True

    async def pin(self, client: Client, settings: BlueskySettings, pin: Pin) -> None:
        refuse_exercise(pin)
        await bluesky_pins.pin(client, settings, pin)

    async def unpin(self, client: Client, settings: BlueskySettings, pin: Pin) -> None:
        refuse_exercise(pin)
        await bluesky_pins.unpin(client, settings, pin)

    async def read_back(
        self, client: Client, settings: BlueskySettings, post: Post
    ) -> Receipt | None:
        async def get(session: Session) -> Answer:
            return await call(
                client,
                settings,
                "GET",
                "com.atproto.repo.getRecord",
                token=session.access,
                query=_place(session, record_key(post)),
            )

        async with preparing(client):
            answer = await as_account(client, settings, get)
            if answer.status == 400 and error_of(answer) == "RecordNotFound":
                return None
            if answer.status != 200:
                raise fault(answer)
            found = answer.json()
        record = found.get("value")
        if not isinstance(record, dict) or record.get("text") != post.text:
            raise Unknown(Reason.BAD_ANSWER, "another text under our own record key")
        return _receipt(settings, found.get("uri"), post)

    async def probe(self, client: Client, settings: BlueskySettings) -> Readiness:
        """Renew the session, so that an app password taken back is seen at once, and ask whose."""
        try:
            async with preparing(client):
                session = await renewed(client, settings)
                answer = await call(
                    client,
                    settings,
                    "GET",
                    "com.atproto.server.getSession",
                    token=session.access,
                )
                if answer.status != 200:
                    raise fault(answer)
                value = answer.json()
        except Refused as error:
            return Readiness(reason=error.reason, detail=error.detail)
        account, did = str(value.get("handle", "")).lower(), str(value.get("did", ""))
        if settings.handle not in (account, did):
            return Readiness(account=account, reason=Reason.WRONG_ACCOUNT, detail=account)
        if value.get("active", True) is not True:
            return Readiness(
                account=account, reason=Reason.TURNED_DOWN, detail=str(value.get("status", ""))
            )
        return Readiness(account=account)


def record_key(post: Post) -> str:
    """A TID (13 characters, 53 bits of microseconds and 10 of clock id) of the post's own.

    The second is that of its first attempt, the rest a digest of its key: the same for every
    attempt, and two posts would have to meet among 1,024,000,000 within the same second.
    """
    number = int.from_bytes(hashlib.sha256(post.key.encode()).digest()[:8], "big")
    fraction, clock_id = number // 1024 % 1_000_000, number % 1024
    tid = (int(post.made_at) * 1_000_000 + fraction) << 10 | clock_id
    return "".join(_SORTABLE[tid >> shift & 31] for shift in range(60, -5, -5))


def record_of(post: Post) -> dict[str, Any]:
    """The record, pictures left out: nothing in it may differ between two attempts."""
    made_at = datetime.fromtimestamp(post.made_at, UTC).isoformat(timespec="milliseconds")
    record: dict[str, Any] = {
        "$type": COLLECTION,
        "text": post.text,
        "createdAt": made_at.replace("+00:00", "Z"),
        "langs": [post.language],
    }
    if facets := links_in(post.text):
        record["facets"] = facets
    return record


def links_in(text: str) -> list[dict[str, Any]]:
    """A facet per web address in the text, without which it is not a link; offsets in UTF-8."""
    return [
        {
            "index": {
                "byteStart": len(text[: match.start()].encode()),
                "byteEnd": len(text[: match.end()].encode()),
            },
            "features": [{"$type": "app.bsky.richtext.facet#link", "uri": match.group()}],
        }
        for match in _LINK.finditer(text)
    ]


def _place(session: Session, key: str) -> dict[str, str]:
    return {"repo": session.did, "collection": COLLECTION, "rkey": key}


def _receipt(settings: BlueskySettings, uri: object, post: Post) -> Receipt:
    key = record_key(post)
    if not isinstance(uri, str) or not uri.endswith(f"/{COLLECTION}/{key}"):
        raise Unknown(Reason.BAD_ANSWER, "no address of the record that was put")
    link = f"https://bsky.app/profile/{settings.handle}/post/{key}"
    return Receipt(remote_id=uri, link=link, text=post.text)


async def _image(client: Client, settings: BlueskySettings, picture: Picture) -> dict[str, Any]:
    """Upload a picture. The same bytes get the same blob, so an attempt again changes nothing."""

    async def upload(session: Session) -> Answer:
        return await call(
            client,
            settings,
            "POST",
            "com.atproto.repo.uploadBlob",
            token=session.access,
            data=(picture.data, picture.media_type),
        )

    answer = await as_account(client, settings, upload)
    if answer.status != 200:
        raise fault(answer)
    blob = answer.json().get("blob")
    if not isinstance(blob, dict):
        raise Unknown(Reason.BAD_ANSWER, "200 without a blob")
    return {
        "alt": picture.alt,
        "image": blob,
        "aspectRatio": {"width": picture.width, "height": picture.height},
    }
