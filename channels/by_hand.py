"""By hand: a task for the account's administrators. The text to copy, a button, the link back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.contract import Ask, InOrder, digest
from channels.counting import Limit
from channels.failures import BadSettings
from channels.platforms import PLATFORMS
from channels.words import N_


@dataclass(frozen=True, slots=True)
class ByHandSettings:
    platform: str
    """Key in `channels.platforms`, whose limit applies."""
    handle: str


class ByHand(InOrder):
    kind = "by_hand"
    asks: tuple[Ask, ...] = ()

    def parse(self, settings: Mapping[str, Any], secret: Mapping[str, Any]) -> ByHandSettings:
        """Settings: platform, handle. A secret is never looked at."""
        platform = str(settings.get("platform", ""))
        if platform not in PLATFORMS:
            raise BadSettings("platform", N_("Plattformen finns inte i katalogen."))
        handle = str(settings.get("handle", "")).strip()
        if not handle:
            raise BadSettings("handle", N_("Ange kontots namn på plattformen."))
        return ByHandSettings(platform, handle)

    def fingerprint(self, settings: ByHandSettings) -> str:
        return digest(self.kind, settings.platform, settings.handle)

    def limit(self, settings: ByHandSettings) -> Limit:
        return PLATFORMS[settings.platform].limit

    def can_edit(self, settings: ByHandSettings) -> bool:
        return PLATFORMS[settings.platform].edits

    def can_delete(self, settings: ByHandSettings) -> bool:
        return PLATFORMS[settings.platform].deletes
