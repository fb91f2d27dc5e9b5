"""Whether a Matrix account may write in its room.

spec.matrix.org/latest/client-server-api: #current-account-information, #mroompower_levels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from channels.contract import Readiness
from channels.failures import Reason, Reauthorise, Refused, Unknown
from channels.matrix_api import MatrixSettings, call, is_missing
from channels.preparing import preparing

if TYPE_CHECKING:
    from channels.http import Client

MESSAGE = "m.room.message"


async def whoami(client: Client, settings: MatrixSettings) -> str:
    """The user that the token belongs to. Raises as `call`; Unknown when it can't be read."""
    answer = await call(client, settings, "GET", "/_matrix/client/v3/account/whoami")
    user = answer.get("user_id")
    if not isinstance(user, str):
        raise Unknown(Reason.BAD_ANSWER, "no user_id")
    return user


async def probe(client: Client, settings: MatrixSettings) -> Readiness:
    """`detail` says whether the room is encrypted: posts stand in the clear there."""
    async with preparing(client):
        try:
            me = await whoami(client, settings)
            joined = await call(client, settings, "GET", "/_matrix/client/v3/joined_rooms")
            rooms = joined.get("joined_rooms")
            if not isinstance(rooms, list) or settings.room not in rooms:
                return Readiness(account=me, reason=Reason.RIGHTS, detail="not in the room")
            may = await _may_write(client, settings, me)
            encrypted = await _state(client, settings, "m.room.encryption")
        except Reauthorise as error:
            return Readiness(reason=error.reason, detail=error.detail)
        except Refused as error:
            return Readiness(reason=error.reason, detail=error.detail)
    return Readiness(
        account=me,
        reason=None if may else Reason.RIGHTS,
        detail=f"encrypted={'yes' if encrypted else 'no'}",
        missing=() if may else (MESSAGE,),
    )


async def _may_write(client: Client, settings: MatrixSettings, me: str) -> bool:
    levels = await _state(client, settings, "m.room.power_levels")
    needed = _object(levels.get("events")).get(MESSAGE, levels.get("events_default", 0))
    level = _object(levels.get("users")).get(me, levels.get("users_default", 0))
    if _number(level) >= _number(needed):
        return True
    # From room version 12 on, whoever made the room may do everything and stands in no list.
    made = await _state(client, settings, "m.room.create", "?format=event")
    content = _object(made.get("content"))
    version = content.get("room_version")
    others = content.get("additional_creators")
    creators = [made.get("sender"), *(others if isinstance(others, list) else [])]
    return isinstance(version, str) and version.isdigit() and int(version) >= 12 and me in creators


async def _state(
    client: Client, settings: MatrixSettings, kind: str, query: str = ""
) -> dict[str, Any]:
    """A state of the room; empty where it has none."""
    try:
        return await call(client, settings, "GET", settings.of_room("state", kind) + query)
    except Refused as error:
        if is_missing(error):
            return {}
        raise


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: object) -> int:
    """A power level; rooms of old versions may hold it as a text."""
    try:
        return int(str(value))
    except ValueError:
        return 0
