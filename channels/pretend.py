"""The exercise wall: a channel in every respect, except that it goes nowhere.

It stands in for an account with that account's own limit, so that a text too long for the real
platform is refused in the exercise too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from channels.contract import (
    N_,
    BadSettings,
    Post,
    Rate,
    Reason,
    Receipt,
    Refused,
    digest,
    refuse_too_long,
)
from channels.counting import Limit
from channels.platforms import PLATFORMS

if TYPE_CHECKING:
    from channels.http import Client


@dataclass(frozen=True, slots=True)
class PretendSettings:
    platform: str
    """Key in `channels.platforms`, whose limit applies."""
    account: str
    """The account it stands in for."""
    wall: str
    """Path of the exercise's wall in the console, such as /ovning/vattnet/vagg."""


class Pretend:
    kind = "pretend"
    concurrency = 64
    unlimited = True
    rate: Rate | None = None

    def parse(self, settings: Mapping[str, Any], secret: Mapping[str, Any]) -> PretendSettings:
        """Settings: platform, account, wall. A secret is never looked at."""
        platform = str(settings.get("platform", ""))
        if platform not in PLATFORMS:
            raise BadSettings("platform", N_("Plattformen finns inte i katalogen."))
        account = str(settings.get("account", ""))
        if not account:
            raise BadSettings("account", N_("Ange vilket konto väggen står för."))
        wall = str(settings.get("wall", ""))
        if not wall.startswith("/") or wall.startswith("//"):
            raise BadSettings("wall", N_("Väggens adress är en sökväg i konsolen."))
        return PretendSettings(platform, account, wall)

    def honours_key(self, settings: PretendSettings) -> bool:
        return True

    def pacing_key(self, settings: PretendSettings) -> str:
        return "pretend:wall:-"

    def fingerprint(self, settings: PretendSettings) -> str:
        return digest(self.kind, settings.platform, settings.account)

    def limit(self, settings: PretendSettings) -> Limit:
        return PLATFORMS[settings.platform].limit

    async def publish(self, client: Client, settings: PretendSettings, post: Post) -> Receipt:
        """The same key gives the same id. A live post is refused: here nobody would see it."""
        if not post.exercise:
            raise Refused(Reason.TURNED_DOWN, "a live post on the exercise wall")
        refuse_too_long(self.limit(settings), post)
        remote_id = "wall-" + digest(settings.account, post.key)[:24]
        return Receipt(remote_id=remote_id, link=f"{settings.wall}#{remote_id}", text=post.text)
