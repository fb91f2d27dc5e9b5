"""The exercise wall: a channel in every respect, except that it goes nowhere.

It stands in for an account with that account's own limit, so that a text too long for the real
platform is refused in the exercise too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from channels.contract import (
    Ask,
    Edit,
    Pin,
    Post,
    Rate,
    Readiness,
    Receipt,
    Removal,
    Unseen,
    digest,
    refuse_too_long,
)
from channels.counting import Limit
from channels.failures import BadSettings, Reason, Refused, Retry
from channels.platforms import PLATFORMS
from channels.words import N_

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
    down: bool = False
    """The exercise's plan says that the platform can't be reached now."""


class Pretend(Unseen):
    kind = "pretend"
    asks: tuple[Ask, ...] = ()
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
        return PretendSettings(platform, account, wall, settings.get("down") is True)

    def honours_key(self, settings: PretendSettings) -> bool:
        return True

    def pacing_key(self, settings: PretendSettings) -> str:
        return "pretend:wall:-"

    def fingerprint(self, settings: PretendSettings) -> str:
        return digest(self.kind, settings.platform, settings.account)

    def limit(self, settings: PretendSettings) -> Limit:
        return PLATFORMS[settings.platform].limit

    def can_edit(self, settings: PretendSettings) -> bool:
        return PLATFORMS[settings.platform].edits

    def can_delete(self, settings: PretendSettings) -> bool:
        return PLATFORMS[settings.platform].deletes

    def can_pin(self, settings: PretendSettings) -> bool:
        return PLATFORMS[settings.platform].pins

    async def publish(self, client: Client, settings: PretendSettings, post: Post) -> Receipt:
        """The same key gives the same id."""
        self._only_exercises(post.exercise)
        self._only_up(settings)
        refuse_too_long(self.limit(settings), post)
        remote_id = "wall-" + digest(settings.account, post.key)[:24]
        return Receipt(remote_id=remote_id, link=f"{settings.wall}#{remote_id}", text=post.text)

    async def edit(self, client: Client, settings: PretendSettings, change: Edit) -> Receipt:
        """The post keeps its place on the wall. Too long a text is refused, as there."""
        self._only_exercises(change.exercise)
        self._only_up(settings)
        if not self.can_edit(settings):
            raise Refused(Reason.CANNOT)
        limit = self.limit(settings)
        if over := limit.over(change.text):
            raise Refused(Reason.TOO_LONG, f"{over} over {limit.most}")
        link = f"{settings.wall}#{change.remote_id}"
        return Receipt(remote_id=change.remote_id, link=link, text=change.text)

    async def delete(self, client: Client, settings: PretendSettings, removal: Removal) -> None:
        self._only_exercises(removal.exercise)
        if not self.can_delete(settings):
            raise Refused(Reason.CANNOT)

    async def pin(self, client: Client, settings: PretendSettings, pin: Pin) -> None:
        """The console knows what it asked for, and the wall shows that."""
        self._only_exercises(pin.exercise)
        if not self.can_pin(settings):
            raise Refused(Reason.CANNOT)

    async def unpin(self, client: Client, settings: PretendSettings, pin: Pin) -> None:
        await self.pin(client, settings, pin)

    async def probe(self, client: Client, settings: PretendSettings) -> Readiness:
        return Readiness(account=settings.account)

    def _only_up(self, settings: PretendSettings) -> None:
        """Nothing was taken, as when the real platform can't be reached."""
        if settings.down:
            raise Retry(Reason.NO_CONNECTION)

    def _only_exercises(self, exercise: bool) -> None:
        """A live post is refused: here nobody would see it."""
        if not exercise:
            raise Refused(Reason.TURNED_DOWN, "a live post on the exercise wall")
