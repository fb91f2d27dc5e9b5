"""Facebook and Instagram: connecting through Facebook Login, and the choice among the Pages that
the person runs.

Documentation: developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow (code),
…/guides/access-tokens/get-long-lived (short → long → Page: a Page's token from a long-lived one
has no end), …/docs/permissions, …/docs/instagram-platform/instagram-api-with-facebook-login.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from channels import oauth
from channels.api_base import api_base
from channels.facebook import Facebook
from channels.graph import VERSION
from channels.instagram import Instagram
from channels.oauth import App, Asked, Failed, Fault, Found, Granted

if TYPE_CHECKING:
    from channels.http import Client

LOGIN = "https://www.facebook.com"
MOST_PAGES = "100"


class FacebookFlow:
    app = "meta"
    host = Facebook.host
    scopes: tuple[str, ...] = ("pages_show_list", *Facebook.scopes)
    fields = "id,name,access_token"

    def authorize(self, settings: Mapping[str, Any], app: App, asked: Asked) -> str:
        return oauth.authorize(
            f"{api_base(settings, LOGIN)}/{VERSION}/dialog/oauth", app, asked, ",".join(self.scopes)
        )

    async def exchange(
        self, client: Client, settings: Mapping[str, Any], app: App, granted: Granted
    ) -> list[Found]:
        base = f"{api_base(settings, self.host)}/{VERSION}"
        known = {"client_id": app.client_id, "client_secret": app.client_secret}
        code = {**known, "redirect_uri": granted.redirect, "code": granted.code}
        short = await self._token(client, base, code)
        change = {**known, "grant_type": "fb_exchange_token", "fb_exchange_token": short}
        long = await self._token(client, base, change)
        headers = {"Authorization": f"Bearer {long}"}
        await self._need_rights(client, base, headers)
        query = urlencode({"fields": self.fields, "limit": MOST_PAGES})
        told = await oauth.ask(client, "GET", f"{base}/me/accounts?{query}", headers=headers)
        pages = told.get("data")
        if found := list(self.found(pages if isinstance(pages, list) else [])):
            return found
        raise Failed(Fault.NO_ACCOUNT)

    def found(self, pages: list[Any]) -> Iterator[Found]:
        """The accounts among the Pages that the person runs and has let us see."""
        for page in pages:
            if isinstance(page, dict) and isinstance(page.get("access_token"), str):
                secret = {"token": oauth.text(page, "access_token")}
                page_id = oauth.text(page, "id")
                yield Found({"page_id": page_id}, str(page.get("name") or page_id), secret)

    async def _token(self, client: Client, base: str, query: Mapping[str, str]) -> str:
        where = f"{base}/oauth/access_token?{urlencode(query)}"
        return oauth.text(await oauth.ask(client, "GET", where), "access_token")

    async def _need_rights(self, client: Client, base: str, headers: Mapping[str, str]) -> None:
        """The person may have taken single rights away in the dialog."""
        told = await oauth.ask(client, "GET", f"{base}/me/permissions", headers=headers)
        rows = told.get("data")
        given = [
            str(row.get("permission"))
            for row in (rows if isinstance(rows, list) else [])
            if isinstance(row, dict) and row.get("status") == "granted"
        ]
        oauth.need_scopes(self.scopes, " ".join(given) or "-")


class InstagramFlow(FacebookFlow):
    scopes = ("pages_show_list", *Instagram.scopes)
    fields = "id,name,access_token,instagram_business_account{id,username}"

    def found(self, pages: list[Any]) -> Iterator[Found]:
        for page in pages:
            account = page.get("instagram_business_account") if isinstance(page, dict) else None
            if isinstance(account, dict) and isinstance(page.get("access_token"), str):
                secret = {"token": oauth.text(page, "access_token")}
                user_id = oauth.text(account, "id")
                yield Found({"user_id": user_id}, str(account.get("username") or user_id), secret)
