"""Bluesky: what stands first on an account, which is one post, named in the account's profile.

Lexicon app.bsky.actor.profile (`pinnedPost`, a com.atproto.repo.strongRef). The profile is one
record, so it is read and written whole, and only over what was read (`swapRecord`): what the
municipality changes in it meanwhile stays, and the attempt is made again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from channels.bluesky_session import BlueskySettings, Session, as_account, call, error_of, fault
from channels.contract import Pin
from channels.failures import Reason, Refused, Retry, Unknown
from channels.preparing import preparing

if TYPE_CHECKING:
    from channels.http import Answer, Client

PROFILE = "app.bsky.actor.profile"
SELF = "self"
_PINNED = "pinnedPost"
Record = dict[str, Any]


async def pin(client: Client, settings: BlueskySettings, given: Pin) -> None:
    """Raises as `Channel.pin`."""
    *_repository, collection, key = _parts(given.remote_id)
    async with preparing(client):
        post = await _record(client, settings, collection, key)
        if post is None:
            raise Refused(Reason.TURNED_DOWN, "the post is gone")
        found = await _record(client, settings, PROFILE, SELF)
    profile = {"$type": PROFILE} if found is None else found["value"]
    held = profile.get(_PINNED)
    if _address(held) == given.remote_id:
        return
    before = json.dumps(held) if _address(held) else ""
    if given.remember is not None and before != given.before:
        await given.remember(before)
    await _put(client, settings, found, profile | {_PINNED: _reference(post)})


async def unpin(client: Client, settings: BlueskySettings, given: Pin) -> None:
    """Raises as `Channel.unpin`."""
    async with preparing(client):
        found = await _record(client, settings, PROFILE, SELF)
    profile: Record = {} if found is None else found["value"]
    if _address(profile.get(_PINNED)) != given.remote_id:
        return
    profile = {name: value for name, value in profile.items() if name != _PINNED}
    if given.before:
        profile[_PINNED] = json.loads(given.before)
    await _put(client, settings, found, profile)


async def _record(
    client: Client, settings: BlueskySettings, collection: str, key: str
) -> Record | None:
    """One of the account's records: uri, cid, value. None: it isn't there."""

    async def get(session: Session) -> Answer:
        query = {"repo": session.did, "collection": collection, "rkey": key}
        return await call(
            client, settings, "GET", "com.atproto.repo.getRecord", token=session.access, query=query
        )

    answer = await as_account(client, settings, get)
    if answer.status == 400 and error_of(answer) == "RecordNotFound":
        return None
    if answer.status != 200:
        raise fault(answer)
    found = answer.json()
    if not isinstance(found.get("value"), dict) or not isinstance(found.get("cid"), str):
        raise Unknown(Reason.BAD_ANSWER, "no record")
    return found


async def _put(
    client: Client, settings: BlueskySettings, over: Record | None, profile: Record
) -> None:
    async def put(session: Session) -> Answer:
        value: Record = {
            "repo": session.did,
            "collection": PROFILE,
            "rkey": SELF,
            "record": profile,
        }
        value["swapRecord"] = None if over is None else over["cid"]
        return await call(
            client,
            settings,
            "POST",
            "com.atproto.repo.putRecord",
            token=session.access,
            value=value,
        )

    answer = await as_account(client, settings, put)
    if answer.status == 400 and error_of(answer) == "InvalidSwap":
        raise Retry(Reason.BUSY, "the profile was changed meanwhile")
    if answer.status != 200:
        raise fault(answer)
    answer.json()


def _parts(address: str) -> list[str]:
    """The five parts of at://did/collection/key."""
    parts = address.split("/")
    if len(parts) != 5:
        raise Refused(Reason.TURNED_DOWN, "not a post of Bluesky's")
    return parts


def _address(reference: object) -> str:
    found = reference.get("uri") if isinstance(reference, dict) else None
    return found if isinstance(found, str) else ""


def _reference(record: Record) -> dict[str, str]:
    return {"uri": record["uri"], "cid": record["cid"]}
