"""The public website. The site process publishes it; here is only what the console must know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from channels.contract import N_, BadSettings, digest
from channels.counting import NO_LIMIT, Limit


@dataclass(frozen=True, slots=True)
class WebsiteSettings:
    address: str | None
    """Where the public reads it, for people; the installation's public address when None."""


class Website:
    kind = "website"

    def parse(self, settings: Mapping[str, Any], secret: Mapping[str, Any]) -> WebsiteSettings:
        """Settings: address (optional)."""
        address = settings.get("address")
        if address is None:
            return WebsiteSettings(None)
        parts = urlsplit(str(address))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadSettings("address", N_("Skriv en hel webbadress, med https:// först."))
        return WebsiteSettings(str(address).rstrip("/"))

    def fingerprint(self, settings: WebsiteSettings) -> str:
        return digest(self.kind, settings.address or "")

    def limit(self, settings: WebsiteSettings) -> Limit:
        return NO_LIMIT
