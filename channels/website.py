"""The public website. The site process publishes it; here is only what the console must know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from channels.contract import Ask, InOrder, digest
from channels.counting import NO_LIMIT, Limit
from channels.failures import BadSettings
from channels.web_address import LONGEST
from channels.words import N_


@dataclass(frozen=True, slots=True)
class WebsiteSettings:
    address: str | None
    """Where the public reads it, for people; the installation's public address when None."""
    start_page: str | None = None
    """The municipality's own start page, which is to show what applies; None: nobody looks."""


class Website(InOrder):
    kind = "website"
    asks = (
        Ask("address", N_("Webbadress")),
        Ask(
            "start_page",
            N_("Kommunens startsida"),
            help=N_("Till exempel https://www.torsby.se/. Vi tittar om den visar det som gäller."),
        ),
    )

    def parse(self, settings: Mapping[str, Any], secret: Mapping[str, Any]) -> WebsiteSettings:
        """Settings: address and start_page (both optional)."""
        address, start_page = settings.get("address"), settings.get("start_page")
        return WebsiteSettings(
            None if address is None else _whole("address", address).rstrip("/"),
            None if start_page is None else _whole("start_page", start_page),
        )

    def fingerprint(self, settings: WebsiteSettings) -> str:
        return digest(self.kind, settings.address or "")

    def limit(self, settings: WebsiteSettings) -> Limit:
        return NO_LIMIT

    def can_edit(self, settings: WebsiteSettings) -> bool:
        return False  # the site process shows what is struck: the next page is the edit

    def can_delete(self, settings: WebsiteSettings) -> bool:
        return True


def _whole(field: str, value: object) -> str:
    """
    Raises:
        BadSettings: naming `field`.
    """
    text = str(value).strip()
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known or not text.isprintable() or " " in text or len(text) > LONGEST:
        raise BadSettings(field, N_("Skriv en hel webbadress, med https:// först."))
    if parts.username is not None:
        raise BadSettings(field, N_("Skriv inte inloggning i adressen."))
    return text
